"""Which exporter writes which file: chosen by the suffix, loaded when it is needed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, cast

from annarchy_ml.diagnostics import EnvironmentFault, UsageError, did_you_mean
from annarchy_ml.exporters.atomic import replacing

if TYPE_CHECKING:
    from annarchy_ml.results import Results


class Exporter(Protocol):
    """What a module named in `FORMATS` offers."""

    def write(self, results: Results, path: Path) -> object:
        """Write results to a file that the caller will rename; `path` has the final suffix."""


@dataclass(frozen=True, slots=True)
class Format:
    """One kind of file.

    Attributes:
        name: What a user calls it.
        suffixes: In lower case, with their dot.
        module: Where its exporter is.
        package: What must be installed for it, beside what always is.
        extra: The extra of this package that installs it.
    """

    name: str
    suffixes: tuple[str, ...]
    module: str
    package: str = ""
    extra: str = ""

    def load(self) -> Exporter:
        """The exporter."""
        return cast(Exporter, import_module(self.module))


_NEO_FILES = "annarchy_ml.exporters.neo_files"
FORMATS = (
    Format("NWB", (".nwb",), _NEO_FILES, "pynwb", "nwb"),
    Format("NIX", (".nix",), _NEO_FILES, "nixio", "nix"),
    Format("pickled Neo block", (".pkl", ".pickle"), _NEO_FILES),
    Format("picture", (".png", ".pdf", ".svg"), "annarchy_ml.exporters.plots"),
)


def format_for(path: Path) -> Format:
    """The format that the suffix of a file name means.

    Raises:
        UsageError: If no format has this suffix.
        EnvironmentFault: If the format's library is not installed.
    """
    suffix = path.suffix.lower()
    known = {known: item for item in FORMATS for known in item.suffixes}
    if suffix in known:
        return _installed(known[suffix])
    listed = ", ".join(f"{' '.join(item.suffixes)} ({item.name})" for item in FORMATS)
    raise UsageError(
        f"'{path.name}' does not tell in which format to write it",
        notes=(f"known suffixes: {listed}",),
        hint=did_you_mean(suffix, known),
    )


def _installed(found: Format) -> Format:
    if found.package and find_spec(found.package) is None:
        raise EnvironmentFault(
            f"{found.name} files need the package '{found.package}', which is not installed",
            hint=f'pip install "annarchy-ml[{found.extra}]"',
        )
    return found


def write(results: Results, path: str | Path) -> Path:
    """Write results in the format that the suffix names.

    Returns:
        The file written.

    Raises:
        UsageError: If no format has this suffix.
        EnvironmentFault: If the format's library is missing, or the file cannot be written.
    """
    target = Path(path)
    exporter = format_for(target).load()
    with replacing(target) as temporary:
        exporter.write(results, temporary)
    return target


def block_format(path: Path) -> Format:
    """The format of a Neo block that the suffix of a file name means.

    Raises:
        UsageError: If no format for Neo blocks has this suffix.
        EnvironmentFault: If the format's library is not installed.
    """
    found = format_for(path)
    if found.module != _NEO_FILES:
        raise UsageError(f"a {found.name} cannot hold a Neo block", hint="write .nwb, .nix or .pkl")
    return found


def write_block(make: Callable[[], Any], path: str | Path) -> Path:
    """Write a Neo block in the format that the suffix names.

    Args:
        make: gives the block; called when the format is known to be there.
        path: of the file.

    Raises:
        UsageError: If no format for Neo blocks has this suffix.
        EnvironmentFault: If the format's library is missing, or the file cannot be written.
    """
    target = Path(path)
    block_format(target)
    from annarchy_ml.exporters import neo_files

    with replacing(target) as temporary:
        neo_files.write_block(make(), temporary)
    return target
