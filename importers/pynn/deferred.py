"""libNeuroML is loaded when something of it is used, not whenever PyNN is.

PyNN imports it for morphologies, if it is there: 20 MB and a third of the time of all imports, of
which most scripts need nothing. Before: ``neuroml`` is not loaded. After: ``neuroml`` and the two
modules that PyNN takes of it are in `sys.modules`, and run when a name of theirs is asked for.
"""

from __future__ import annotations

import sys
from importlib.machinery import ModuleSpec
from importlib.util import find_spec, module_from_spec
from threading import RLock
from types import ModuleType
from typing import Any

PACKAGE = "neuroml"
PARTS = (f"{PACKAGE}.arraymorph", f"{PACKAGE}.loaders")
"""What `pyNN.morphology` imports."""
_lock = RLock()
_running: set[str] = set()


class Deferred(ModuleType):
    """A module that runs when a name is asked of it that it does not have yet."""

    def __getattr__(self, name: str) -> Any:
        with _lock:  # another thread waits until it has run
            try:
                _run(self)
            except ImportError as fault:  # of what it needs; PyNN does without it as well
                raise AttributeError(f"{self.__name__} cannot be imported: {fault}") from fault
        return ModuleType.__getattribute__(self, name)

    def __dir__(self) -> list[str]:
        with _lock:
            _run(self)
        return list(ModuleType.__dir__(self))

    def __setattr__(self, name: str, value: Any) -> None:
        # What runs later would set it to its own value; a module is set by its import.
        if not (name.startswith("__") or isinstance(value, ModuleType)):
            with _lock:
                _run(self)
        ModuleType.__setattr__(self, name, value)


class PackageFirst:
    """Finds nothing: other modules of the package find it as if it had been imported."""

    @staticmethod
    def find_spec(fullname: str, path: Any = None, target: Any = None) -> None:
        """Runs the package before a module of it that was not deferred is looked for.

        Not while another thread runs it, which may need this module, and waits until it is found.
        """
        if fullname.startswith(f"{PACKAGE}.") and _lock.acquire(blocking=False):
            try:
                _run(sys.modules[PACKAGE])
            finally:
                _lock.release()


def defer() -> None:
    """Puts the modules in the place of those that PyNN would load, unless it has loaded them."""
    if PACKAGE in sys.modules or "pyNN.morphology" in sys.modules:
        return
    made = []
    try:
        for name in (PACKAGE, *PARTS):
            spec = find_spec(name)
            if spec is None or spec.loader is None:
                raise ModuleNotFoundError(name)
            made.append(_put(name, spec))
    except ImportError:  # it is not installed, or another one: PyNN looks for itself
        for item in made:
            del sys.modules[item.__name__]
        return
    finder: Any = PackageFirst
    sys.meta_path.insert(0, finder)


def _put(name: str, spec: ModuleSpec) -> ModuleType:
    module = module_from_spec(spec)
    module.__class__ = Deferred
    sys.modules[name] = module
    owner, _, own = name.rpartition(".")
    if owner:
        vars(sys.modules[owner])[own] = module
    return module


def _run(module: ModuleType) -> None:
    """Runs a module for which something else has stood so far, after its package."""
    name = module.__name__
    waits: bool = type(module) is Deferred
    if not waits or name in _running:
        return
    _running.add(name)
    try:
        if name != PACKAGE:
            _run(sys.modules[PACKAGE])
        spec = module.__spec__
        assert spec is not None and spec.loader is not None  # checked when it was put there
        spec.loader.exec_module(module)
    finally:
        _running.discard(name)
    module.__class__ = ModuleType
    if name == PACKAGE:
        sys.meta_path[:] = [item for item in sys.meta_path if item is not PackageFirst]


defer()
