"""Which exporter writes which file: chosen by the suffix, loaded when it is needed."""

from __future__ import annotations

from dataclasses import dataclass
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Protocol, cast

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


FORMATS = (
    Format("NWB", (".nwb",), "annarchy_ml.exporters.neo_files", "pynwb", "nwb"),
    Format("NIX", (".nix",), "annarchy_ml.exporters.neo_files", "nixio", "nix"),
    Format("pickled Neo block", (".pkl", ".pickle"), "annarchy_ml.exporters.neo_files"),
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
