"""Laws of random numbers that scripts draw from, in the arguments that scripts give.

Those that the engine draws from itself extend its own. Bounds ``min`` and ``max`` clip values;
``low`` and ``high`` say that values beyond them are drawn again. A law with an ``rng`` is drawn by
it; else numbers come from the network that uses the law.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from math import inf, isfinite, ulp
from typing import Any, ClassVar, Protocol

import numpy as np
from numpy.typing import NDArray

from annarchy_ml.diagnostics.core import UsageError
from annarchy_ml.kernels import connectivity

Floats = NDArray[np.float64]
Generator = np.random.Generator


class Law(Protocol):
    """A law, as attributes and connections use it."""

    rng: Generator | None

    def drawn(self, count: int, rng: Generator) -> Floats:
        """So many numbers, by the generator of the law if it has one."""


class _Drawn(ABC):
    """What scripts may ask of a law.

    Attributes:
        rng: draws its numbers; None leaves that to the network.
    """

    rng: Generator | None = None
    known_to_engine: ClassVar[bool] = True

    @abstractmethod
    def _free(self, count: int, rng: Generator) -> Floats:
        """So many numbers without bounds."""

    def drawn(self, count: int, rng: Generator) -> Floats:
        """So many numbers, by the generator of the law if it has one."""
        return self._free(count, self.rng or rng)

    def get_values(self, shape: Any) -> Floats:
        """An array of numbers of this shape."""
        size = int(np.prod(shape))
        return self.drawn(size, self.rng or _own_generator()).reshape(shape)

    def get_list_values(self, size: int) -> list[float]:
        """A list of so many numbers."""
        return [float(item) for item in self.get_values(size)]

    def get_value(self) -> float:
        """One number."""
        return float(self.get_values(1)[0])


def _own_generator() -> Generator:
    """A generator that follows ``np.random``, which seeds of networks set, too."""
    return np.random.default_rng(np.random.randint(0, 2**32, dtype=np.uint64))


def _kept(law: Any, rng: Generator | None) -> None:
    if rng is not None and not isinstance(rng, np.random.Generator):
        raise UsageError(f"'rng' is a numpy.random.Generator, not {rng!r}")
    object.__setattr__(law, "rng", rng)


def _check(law: str, **given: tuple[Any, str, float, float]) -> None:
    """Refuses arguments that a law cannot have.

    Args:
        law: its name.
        given: of each argument its value, what it should be, and the ends between which it lies.

    Raises:
        UsageError: At the first that is no number, or lies outside.
    """
    for name, (value, wanted, least, most) in given.items():
        try:
            fits = isfinite(value) and least <= value <= most
        except TypeError:
            fits = False
        if not fits:
            raise UsageError(f"{name} of {law} is {wanted}, not {value!r}")


def _ordered(law: str, low: Any, high: Any) -> None:
    """Refuses ends of an interval that are none, or in the wrong order."""
    _check(law, min=(low, "a number", -inf, inf), max=(high, "a number", -inf, inf))
    if low > high:
        raise UsageError(f"min of {law}, {low!r}, lies above max, {high!r}")


_POSITIVE = (ulp(0.0), inf)
"""Above 0."""


class Uniform(_Drawn, connectivity.Uniform):
    """Evenly distributed in [min, max)."""

    def __init__(self, min: float, max: float, rng: Generator | None = None) -> None:
        _ordered("Uniform", min, max)
        connectivity.Uniform.__init__(self, min, max)
        _kept(self, rng)

    def _free(self, count: int, rng: Generator) -> Floats:
        return rng.uniform(self.low, self.high, count)

    @property
    def min(self) -> float:
        """The lower end."""
        return self.low

    @property
    def max(self) -> float:
        """The upper end."""
        return self.high


class _Bounded(_Drawn):
    """A law with bounds; values beyond them are clipped, or drawn again."""

    low: float
    high: float
    clipped: bool

    @property
    def min(self) -> float | None:
        """Where values are clipped from below; None if they are not."""
        return self.low if self.clipped and self.low > -inf else None

    @property
    def max(self) -> float | None:
        """Where values are clipped from above; None if they are not."""
        return self.high if self.clipped and self.high < inf else None

    def drawn(self, count: int, rng: Generator) -> Floats:
        """So many numbers within the bounds, by the generator of the law if it has one."""
        source = self.rng or rng
        found = self._free(count, source)
        if self.clipped:
            return np.clip(found, self.low, self.high)
        for _ in range(_MOST_ROUNDS):
            outside = np.flatnonzero((found < self.low) | (found > self.high))
            if len(outside) == 0:
                return found
            found[outside] = self._free(len(outside), source)
        raise UsageError(f"{self} hardly ever lies between its bounds")


_MOST_ROUNDS = 1000


def _limits(ends: tuple[float | None, float | None], again: tuple[float, float]) -> Any:
    """Low, high and whether values are clipped there."""
    if ends == (None, None):
        return *again, False
    if again != (-inf, inf):
        raise UsageError("a law is bounded by min and max, or by low and high, not by both")
    low, high = (-inf if ends[0] is None else ends[0]), (inf if ends[1] is None else ends[1])
    if not low <= high:
        raise UsageError(f"min of a law, {low!r}, lies above max, {high!r}")
    return low, high, True


def _gaussian(law: str, mu: Any, sigma: Any) -> None:
    _check(law, mu=(mu, "a number", -inf, inf), sigma=(sigma, "0 or more", 0.0, inf))


class Normal(_Bounded, connectivity.Normal):
    """Gaussian; beyond min and max clipped, beyond low and high drawn again."""

    def __init__(
        self,
        mu: float,
        sigma: float,
        min: float | None = None,
        max: float | None = None,
        rng: Generator | None = None,
        **again: float,
    ) -> None:
        _gaussian("Normal", mu, sigma)
        connectivity.Normal.__init__(self, mu, sigma, *_limits((min, max), _again(again)))
        _kept(self, rng)

    def _free(self, count: int, rng: Generator) -> Floats:
        return rng.normal(self.mean, self.deviation, count)


class LogNormal(_Bounded, connectivity.LogNormal):
    """exp of a Gaussian; bounds as those of `Normal`."""

    def __init__(
        self,
        mu: float,
        sigma: float,
        min: float | None = None,
        max: float | None = None,
        rng: Generator | None = None,
        **again: float,
    ) -> None:
        _gaussian("LogNormal", mu, sigma)
        connectivity.LogNormal.__init__(self, mu, sigma, *_limits((min, max), _again(again)))
        _kept(self, rng)

    def _free(self, count: int, rng: Generator) -> Floats:
        return rng.lognormal(self.mean, self.deviation, count)


class Exponential(_Bounded, connectivity.Exponential):
    """Exponential of this rate, whose mean is 1/rate; bounds as those of `Normal`.

    ``Lambda`` is another name of the rate.
    """

    def __init__(
        self,
        rate: float | None = None,
        min: float | None = None,
        max: float | None = None,
        rng: Generator | None = None,
        **again: float,
    ) -> None:
        rate = _argument("Exponential", "rate", rate, again.pop("Lambda", None))
        _check("Exponential", rate=(rate, "above 0", *_POSITIVE))
        limits = _limits((min, max), _again(again))
        connectivity.Exponential.__init__(self, 1.0 / rate, *limits)
        _kept(self, rng)

    def _free(self, count: int, rng: Generator) -> Floats:
        return rng.exponential(self.mean, count)


def _argument(law: str, name: str, given: float | None, other: float | None) -> float:
    """An argument that goes by two names."""
    if (given is None) == (other is None):
        raise TypeError(f"{law} takes one '{name}'")
    value = other if given is None else given
    assert value is not None
    return value


def _again(given: dict[str, float]) -> tuple[float, float]:
    """The bounds beyond which numbers are drawn again."""
    for name in given.keys() - {"low", "high"}:
        raise TypeError(f"a law has no argument '{name}'")
    return given.get("low", -inf), given.get("high", inf)


class DiscreteUniform(_Drawn):
    """Whole numbers from ``min`` to ``max``, both ends included."""

    known_to_engine = False

    def __init__(self, min: int, max: int, rng: Generator | None = None) -> None:
        _ordered("DiscreteUniform", min, max)
        if min != int(min) or max != int(max):
            raise UsageError(f"ends of DiscreteUniform are whole numbers, not {min!r} and {max!r}")
        self.min, self.max = int(min), int(max)
        _kept(self, rng)

    def _free(self, count: int, rng: Generator) -> Floats:
        return rng.integers(self.min, self.max, count, endpoint=True).astype(float)

    def __repr__(self) -> str:
        return f"DiscreteUniform({self.min}, {self.max})"


class Gamma(_Bounded):
    """Gamma distribution of this shape and scale (1), also called ``alpha`` and ``beta``."""

    known_to_engine = False

    def __init__(
        self,
        shape: float | None = None,
        scale: float | None = None,
        min: float | None = None,
        max: float | None = None,
        rng: Generator | None = None,
        **names: float,
    ) -> None:
        shape = _argument("Gamma", "shape", shape, names.pop("alpha", None))
        default = None if scale is not None else 1.0
        scale = _argument("Gamma", "scale", scale, names.pop("beta", default))
        _again(names)
        _check("Gamma", shape=(shape, "above 0", *_POSITIVE), scale=(scale, "above 0", *_POSITIVE))
        self.shape, self.scale = shape, scale
        self.low, self.high, self.clipped = _limits((min, max), (-inf, inf))
        _kept(self, rng)

    def _free(self, count: int, rng: Generator) -> Floats:
        return rng.gamma(self.shape, self.scale, count)

    def __repr__(self) -> str:
        return f"Gamma({self.shape:g}, {self.scale:g})"


class Binomial(_Drawn):
    """How many of ``n`` trials succeed with probability ``p``."""

    known_to_engine = False

    def __init__(self, n: int, p: float, rng: Generator | None = None) -> None:
        _check("Binomial", n=(n, "0 or more", 0.0, inf), p=(p, "from 0 to 1", 0.0, 1.0))
        if n != int(n):
            raise UsageError(f"n of Binomial is a whole number, not {n!r}")
        self.n, self.p = int(n), p
        _kept(self, rng)

    def _free(self, count: int, rng: Generator) -> Floats:
        return rng.binomial(self.n, self.p, count).astype(float)

    def __repr__(self) -> str:
        return f"Binomial({self.n}, {self.p:g})"


def is_law(given: Any) -> bool:
    """Whether something is a distribution to draw from."""
    return isinstance(given, _Drawn)


def is_own_law(given: Any) -> bool:
    """Whether scripts draw from a law themselves: the engine does not know it, or not its rng."""
    return isinstance(given, _Drawn) and (not given.known_to_engine or given.rng is not None)


def drawn(law: Law, count: int, rng: Generator) -> Floats:
    """Numbers drawn from a law, shape (count,)."""
    return law.drawn(count, rng)
