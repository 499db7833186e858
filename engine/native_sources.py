"""Where the sources of the native engine are: installed with the package, or in the source tree."""

from __future__ import annotations

from pathlib import Path

from annarchy_ml.diagnostics.core import EnvironmentFault

FOLDERS = ("include", "src", "standalone")


def native_folder() -> Path:
    """The folder with `native.cmake`.

    Raises:
        EnvironmentFault: If the sources are not there.
    """
    package, source = Path(__file__).parent, Path(__file__).resolve().parent
    for place in (package / "native", source.parent / "cpp"):
        if (place / "native.cmake").is_file():
            return place
    raise EnvironmentFault(
        "the C++ sources of the engine are not installed", hint="reinstall annarchy-ml"
    )
