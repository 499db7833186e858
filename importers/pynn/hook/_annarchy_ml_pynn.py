"""Makes `annarchy_ml.importers.pynn` importable as ``pyNN.annarchy``; a ``.pth`` file loads it."""

import sys
from typing import Any

ALIAS, REAL = "pyNN.annarchy", "annarchy_ml.importers.pynn"


class Loader:
    """Gives the real module under its other name."""

    @staticmethod
    def create_module(spec: Any) -> None:
        """The default."""

    @staticmethod
    def exec_module(module: Any) -> None:
        """Puts the real module in the place of the new one."""
        from importlib import import_module

        name = module.__name__
        sys.modules[name] = import_module(REAL + name[len(ALIAS) :])


class Finder:
    """Finds ``pyNN.annarchy`` and what lies in it."""

    @staticmethod
    def find_spec(fullname: str, path: Any = None, target: Any = None) -> Any:
        """The place of a module; None for all that is not ours."""
        if fullname != ALIAS and not fullname.startswith(ALIAS + "."):
            return None
        from importlib.machinery import ModuleSpec

        loader: Any = Loader
        return ModuleSpec(fullname, loader, origin=REAL + fullname[len(ALIAS) :])


def install() -> None:
    """Comes first among the finders: otherwise the module's parts would be loaded twice."""
    if Finder not in sys.meta_path:
        sys.meta_path.insert(0, Finder)
