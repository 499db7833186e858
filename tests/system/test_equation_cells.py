"""Built-in cells of equations against scipy's solution of the same differential equations."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest

import annarchy_ml as aml

STEP = 0.01
ARRIVES = 2.0
"""When the spike of the source reaches the cell [ms]."""


@pytest.fixture(autouse=True)
def fresh() -> Iterator[None]:
    aml.clear()
    yield
    aml.clear()


def simulated(cell: aml.Neuron, weight: float, step: float) -> np.ndarray:
    """v at the times of whole `STEP`, from one excitatory spike."""
    net = aml.Network(dt=step)
    pre, post = net.create(aml.SpikeSourceArray([[1.0]])), net.create(1, cell)
    net.connect(pre, post, "exc").all_to_all(weights=weight, delays=ARRIVES - 1.0)
    net.compile()
    seen = net.monitor(post, "v")
    net.simulate(30.0)
    every = round(STEP / step)
    return np.asarray(seen.get("v")[every - 1 :: every, 0])


def solved(cell: type, weight: float) -> np.ndarray:
    """The same by scipy: ``g`` and, for alpha functions, what follows it."""
    integrate = pytest.importorskip("scipy.integrate")
    p = {"e_rev_E": 0.0, **cell.defaults, "i_offset": 0.3}
    alpha, conductance = "alpha" in cell.__name__, "cond" in cell.__name__

    def rates(t: float, y: np.ndarray) -> list[float]:
        v, g, a = y
        drive = (a if alpha else g) * ((p["e_rev_E"] - v) if conductance else 1.0)
        tau = p["tau_syn_E"]
        leak = (p["v_rest"] - v) / p["tau_m"]
        return [leak + (drive + p["i_offset"]) / p["cm"], -g / tau, (np.e * g - a) / tau]

    options = {"rtol": 1e-10, "atol": 1e-12, "method": "DOP853"}
    times = STEP * np.arange(1, 3001)
    before = times[times <= ARRIVES + 1e-9]
    first = integrate.solve_ivp(rates, (0, ARRIVES), [p["v_reset"], 0, 0], t_eval=before, **options)
    start = [first.y[0, -1], weight, 0.0]
    after = times[times > ARRIVES + 1e-9]
    second = integrate.solve_ivp(rates, (ARRIVES, 30.0), start, t_eval=after, **options)
    return np.concatenate([first.y[0], second.y[0]])


@pytest.mark.parametrize(
    ("cell", "weight"),
    [
        (aml.IF_curr_exp, 1.0),
        (aml.IF_cond_exp, 0.02),
        (aml.IF_curr_alpha, 0.5),
        (aml.IF_cond_alpha, 0.01),
    ],
)
def test_cell_follows_its_differential_equation(cell: type, weight: float) -> None:
    """Below threshold; conductances are exact, v is of first order in the step."""
    expected = solved(cell, weight)
    assert np.ptp(expected) > 2.0
    assert np.max(expected) < -50.0
    whole, half = (
        np.abs(simulated(cell(i_offset=0.3), weight, step) - expected).max()
        for step in (STEP, STEP / 2)
    )
    assert whole < 0.01
    assert half < 0.51 * whole


def test_unknown_parameters_are_refused() -> None:
    with pytest.raises(TypeError, match="no 'taum'"):
        aml.IF_curr_exp(taum=3.0)


def test_izhikevich_follows_its_euler_steps() -> None:
    net = aml.Network(dt=0.5)
    pop = net.create(1, aml.Izhikevich(i_offset=10.0))
    net.compile()
    seen = net.monitor(pop, ["v", "u", "spike"])
    net.simulate(100.0)
    v, u, spikes = -65.0, -13.0, []
    for k, (found_v, found_u) in enumerate(zip(seen.get("v"), seen.get("u"), strict=True)):
        new_v = v + 0.5 * (0.04 * v**2 + 5 * v + 140 - u + 10.0)
        v, u = new_v, u + 0.5 * 0.02 * (0.2 * v - u)
        if v > 30:
            v, u = -65.0, u + 8.0
            spikes.append(k)
        assert (found_v[0], found_u[0]) == pytest.approx((v, u), rel=1e-9)
    assert seen.get("spike")[0] == spikes
    assert len(spikes) > 2
