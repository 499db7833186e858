"""Which engines run each network workload, with the options of their good cases."""

from __future__ import annotations

from dataclasses import dataclass

import measure


@dataclass(frozen=True, slots=True)
class Variant:
    """One way to run a workload.

    Attributes:
        engine: who runs it.
        script: name of its file, without the suffix.
        venv: folder of its virtual environment; None for ours.
        seconds: model time; figures of the table are per second of it.
        options: further options of the script.
        label: what sets it apart from the engine's other variants.
        cold: whether kernels of earlier runs are forgotten before.
        reference: whether ratios of the table refer to it.
    """

    work: str
    engine: str
    script: str
    venv: str | None
    seconds: float
    options: tuple[str, ...] = ()
    label: str = ""
    cold: bool = False
    reference: bool = False


def _equations(work: str, script: str, seconds: float, *options: str) -> tuple[Variant, ...]:
    """Ours, written in equations, from nothing and with kept kernels."""
    return (
        Variant(work, measure.OURS, script, None, seconds, options, "equations, cold", cold=True),
        Variant(work, measure.OURS, script, None, seconds, options, "equations"),
    )


def _ours(work: str, script: str, seconds: float, *options: str) -> tuple[Variant, ...]:
    """In double precision from nothing and with kept kernels, and in single precision."""
    single = (*options, "--precision=single")
    return (
        Variant(work, measure.OURS, script, None, seconds, options, "cold", cold=True),
        Variant(work, measure.OURS, script, None, seconds, options, reference=True),
        Variant(work, measure.OURS, script, None, seconds, single, "single"),
    )


def _peer(
    work: str, engine: str, script: str, seconds: float, *options: str, label: str = ""
) -> Variant:
    venv = {"brian2": "brian", "numpy": "annarchy"}.get(engine, engine)
    return Variant(work, engine, f"{script}_{engine}", venv, seconds, options, label)


_W1, _W2, _W3, _W4 = "w1_izhikevich", "w2_coba", "w3_brunel", "w4_microcircuit"
_W5 = "w5_stdp"
_W6 = "w6_rate"
_OJA = "--kind=oja"
_LARGE = "--scale=10"
_BERNOULLI = "--conn=bernoulli"

ENGINES: dict[str, tuple[Variant, ...]] = {
    "w1": (
        *_ours("w1", _W1, 1, _LARGE),
        *_equations("w1", "equations_w1", 1, _LARGE),
        _peer("w1", "brian2", _W1, 1, _LARGE),
        _peer("w1", "annarchy", _W1, 1, _LARGE),
        _peer("w1", "nest", _W1, 1, _LARGE),
    ),
    "w2": (
        *_ours("w2", _W2, 10),
        _peer("w2", "brian2", _W2, 10, "--method=euler", label="euler"),
        _peer("w2", "brian2", _W2, 10, label="exponential_euler"),
        _peer("w2", "annarchy", _W2, 10),
        _peer("w2", "nest", _W2, 1, label="adaptive"),
    ),
    "w3": (
        *_ours("w3", _W3, 1),
        _peer("w3", "brian2", _W3, 1, _BERNOULLI),
        _peer("w3", "brian2", _W3, 1, _BERNOULLI, "--drive=normal", label="Gaussian drive"),
        _peer("w3", "annarchy", _W3, 1, label="binomial drive"),
        _peer("w3", "annarchy", _W3, 1, "--drive=normal", label="Gaussian drive"),
        _peer("w3", "nest", _W3, 1),
    ),
    "w4": (
        *_ours("w4", _W4, 1, "--scale=0.1"),
        _peer("w4", "nest", _W4, 1, "--scale=0.1"),
    ),
    "w5": (
        *_ours("w5", _W5, 10),
        *_equations("w5", "equations_w5", 10),
        _peer("w5", "brian2", _W5, 10),
        _peer("w5", "annarchy", _W5, 10),
        _peer("w5", "nest", _W5, 10),
    ),
    "w6": (
        *_ours("w6", _W6, 1),
        *_equations("w6", "equations_w6", 1),
        _peer("w6", "numpy", _W6, 1),
        _peer("w6", "numpy", _W6, 1, "--dtype=float32", label="single"),
        _peer("w6", "annarchy", _W6, 1),
    ),
    "w6oja": (
        *_ours("w6oja", _W6, 1, _OJA),
        *_equations("w6oja", "equations_w6", 1, _OJA),
        _peer("w6oja", "numpy", _W6, 1, _OJA),
        _peer("w6oja", "numpy", _W6, 1, _OJA, "--dtype=float32", label="single"),
        _peer("w6oja", "annarchy", _W6, 1, _OJA),
    ),
}
"""Variants by workload."""
