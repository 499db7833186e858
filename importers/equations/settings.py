"""Settings of a network, and its parts by name."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np

from annarchy_ml.importers.equations.base import NetworkBase
from annarchy_ml.importers.equations.faults import (
    ANNarchyException,
    InvalidConfiguration,
    hinted,
)
from annarchy_ml.importers.equations.population import Population
from annarchy_ml.importers.equations.projection import Projection, population_of
from annarchy_ml.importers.equations.statements import METHODS
from annarchy_ml.importers.equations.values import step_of
from annarchy_ml.options import DEVICES, is_device

if TYPE_CHECKING:
    from annarchy_ml.importers.equations.bold.monitor import BoldMonitor
    from annarchy_ml.importers.equations.monitor import Monitor

_HINTS = (
    "sparse_matrix_format", "sparse_matrix_storage_order", "only_int_idx_type", "verbose",
    "suppress_warnings", "show_time", "visible_cores",
)  # fmt: skip

_OWN = (
    "dt", "seed", "method", "dtype", "precision", "num_threads", "device", "paradigm",
    "structural_plasticity",
)  # fmt: skip

_PARADIGMS = {None: "cpu", "openmp": "cpu", "cuda": "cuda"}


def check_options(what: str, given: dict[str, Any], known: tuple[str, ...]) -> None:
    """Refuses options that a function does not have.

    Raises:
        TypeError: At the first unknown one.
    """
    for name in given.keys() - {*known}:
        raise TypeError(f"{what}() has no argument '{name}'")


def seed_of(given: Any) -> int:
    """A seed.

    Raises:
        InvalidConfiguration: If it is no whole number from 0 on.
    """
    whole = isinstance(given, (int, np.integer)) and not isinstance(given, bool)
    if not whole or given < 0:
        raise InvalidConfiguration(f"a seed is a whole number from 0 on, not {given!r}")
    return int(given)


class Settings(NetworkBase):
    """What `config` sets."""

    seed: int
    method: str
    precision: str
    num_threads: int | None
    device: str
    structural_plasticity: bool
    default_rng: np.random.Generator

    def config(self, **settings: Any) -> None:
        """Settings: ``dt seed method num_threads dtype device``; hints for storage are accepted.

        ``device`` is ``cpu``, ``cuda``, ``cuda:1`` and so on. ``paradigm`` says the same in the
        words of ANNarchy: ``openmp``, ``cuda``. Of a setting that there is not it warns.

        Raises:
            InvalidConfiguration: If a setting has no such value.
        """
        for name, value in settings.items():
            if name not in _HINTS:
                self.check_open(name)
            if name == "dt":
                self.dt = step_of(value)
            elif name == "seed":
                self._reseed(seed_of(value))
                self._seed_scripts(self.seed)
            elif name == "num_threads":
                if value is not None and int(value) < 1:
                    raise InvalidConfiguration(f"num_threads is at least 1, not {value}")
                self.num_threads = None if value is None else int(value)
            elif name in ("device", "paradigm"):
                self._set_device(name, value)
            elif name == "structural_plasticity":
                self.structural_plasticity = bool(value)
            elif name == "method":
                self._set_method(value)
            elif name in ("dtype", "precision"):
                self._set_precision(value)
            elif name not in _HINTS:
                message = f"there is no setting '{name}'"
                warnings.warn(hinted(message, name, (*_OWN, *_HINTS)), stacklevel=2)

    def _set_method(self, value: str) -> None:
        if value not in METHODS or METHODS[value] == "event-driven":
            raise InvalidConfiguration(f"there is no method '{value}'")
        self.method = METHODS[value]

    def _set_precision(self, value: Any) -> None:
        name = value if isinstance(value, str) else np.dtype(value).name
        singles = dict.fromkeys(("float", "float32", "single"), "single")
        known = {"double": "double", "float64": "double", **singles}
        if name not in known:
            raise InvalidConfiguration(f"there is no precision '{name}'")
        self.precision = known[name]

    def _set_device(self, name: str, value: Any) -> None:
        if name == "paradigm" and value not in _PARADIGMS:
            raise InvalidConfiguration(f"there is no paradigm '{value}': openmp, cuda")
        device = _PARADIGMS[value] if name == "paradigm" else value
        if not is_device(device):
            raise InvalidConfiguration(f"there is no device {device!r}: {', '.join(DEVICES)}")
        self.device = device

    def _reseed(self, seed: int) -> None:
        self.seed = seed
        self.default_rng = np.random.default_rng(seed)

    def _seed_scripts(self, seed: int) -> None:
        """A seed that the user gave also holds for scripts that draw by ``np.random``."""
        np.random.seed(seed % 2**32)


class Lookup(NetworkBase):
    """Parts of a network by name, or by what they connect."""

    def get_population(self, name: str) -> Population:
        """A population by its name."""
        return _named("population", name, self.populations)

    def get_monitor(self, name: str) -> Monitor:
        """A monitor by its name."""
        return _named("monitor", name, self.monitors)

    def get_projection(self, name: str) -> Projection:
        """A projection by its name."""
        return _named("projection", name, self.projections)

    def get_monitors(self) -> list[Monitor]:
        """All monitors."""
        return list(self.monitors)

    def get_populations(self) -> list[Population]:
        """All populations."""
        return list(self.populations)

    def get_projections(
        self,
        post: Any = None,
        pre: Any = None,
        target: str | None = None,
        suppress_error: bool = False,
    ) -> list[Projection]:
        """The projections that have these ends and this target; all, if nothing is said.

        Args:
            post: a population, a view of one or a name.
            pre: the same of the neurons before them.
            target: what they act on.
            suppress_error: whether none may be found.

        Raises:
            ANNarchyException: If something is said and no projection is so.
        """
        ends = [self.get_population(one) if isinstance(one, str) else one for one in (post, pre)]
        found = [
            item
            for item in self.projections
            if (post is None or population_of(item.post) is population_of(ends[0]))
            and (pre is None or population_of(item.pre) is population_of(ends[1]))
            and (target is None or target in item.targets)
        ]
        asked = {"post": ends[0], "pre": ends[1], "target": target}
        said = [f"{name} {value!r}" for name, value in asked.items() if value is not None]
        if said and not found and not suppress_error:
            raise ANNarchyException(f"there is no projection with {', '.join(said)}")
        return found

    def get_extension(self, name: str) -> BoldMonitor:
        """A monitor of a BOLD signal by its name."""
        return _named("extension", name, self.extensions)

    def get_extensions(self) -> list[BoldMonitor]:
        """All monitors of BOLD signals."""
        return list(self.extensions)


_Part = TypeVar("_Part", bound="Population | Projection | Monitor | BoldMonitor")


def _named(kind: str, name: str, parts: list[_Part]) -> _Part:
    """The part of this name."""
    known = {item.name: item for item in reversed(parts)}
    if name not in known:
        raise ANNarchyException(hinted(f"there is no {kind} '{name}'", str(name), known))
    return known[name]
