"""Cells against solutions by other means: scipy's ODE solver, the matrix exponential, logarithms.

The Hodgkin-Huxley cell has the rates of Hodgkin and Huxley 1952
(doi:10.1113/jphysiol.1952.sp004764) as NeuroML writes them, once as one component and once as a
tree of channels and gates. Its reference is ``scipy.integrate.solve_ivp`` (DOP853, rtol 1e-12),
whose error is far below the ones measured.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

ORDERS = {"reference": 1, "euler": 1, "rk2": 2, "rk4": 4, "exponential_euler": 1}
STEPS_MS = (0.02, 0.01, 0.005, 0.0025)
END_MS = 3.0
"""After the peak of the first spike."""

Trajectory = Callable[..., Any]


def hh_rates(_: float, state: Any) -> list[float]:
    """Derivatives per ms of v [mV], m, h, n; 10 nA/cm2-like constant drive."""
    v, m, h, n = state
    current = 120 * m**3 * h * (50 - v) + 36 * n**4 * (-77 - v) + 0.3 * (-54.3 - v) + 10
    return [
        current,
        0.1 * (v + 40) / (1 - np.exp(-(v + 40) / 10)) * (1 - m) - 4 * np.exp(-(v + 65) / 18) * m,
        0.07 * np.exp(-(v + 65) / 20) * (1 - h) - 1 / (1 + np.exp(-(v + 35) / 10)) * h,
        0.01 * (v + 55) / (1 - np.exp(-(v + 55) / 10)) * (1 - n)
        - 0.125 * np.exp(-(v + 65) / 80) * n,
    ]


START = [-65.0, 0.05, 0.6, 0.32]


@pytest.fixture(scope="module")
def exact() -> Any:
    from scipy.integrate import solve_ivp

    found = solve_ivp(hh_rates, (0, END_MS), START, method="DOP853", rtol=1e-12, atol=1e-13)
    return found.y[:, -1]


def one_component(model: Callable[..., str]) -> str:
    """The cell as one component; a millisecond of the model is a second of LEMS."""
    derived = {
        "am": "0.1 * (v + 40) / (1 - exp(-(v + 40) / 10))",
        "bm": "4 * exp(-(v + 65) / 18)",
        "ah": "0.07 * exp(-(v + 65) / 20)",
        "bh": "1 / (1 + exp(-(v + 35) / 10))",
        "an": "0.01 * (v + 55) / (1 - exp(-(v + 55) / 10))",
        "bn": "0.125 * exp(-(v + 65) / 80)",
        "current": "120 * m^3 * h * (50 - v) + 36 * n^4 * (-77 - v) + 0.3 * (-54.3 - v) + 10",
    }
    states = {
        "v": ("current", START[0]),
        "m": ("am * (1 - m) - bm * m", START[1]),
        "h": ("ah * (1 - h) - bh * h", START[2]),
        "n": ("an * (1 - n) - bn * n", START[3]),
    }
    return model(states, derived=derived)


@pytest.mark.parametrize("method", ORDERS)
def test_order_of_a_hodgkin_huxley_cell(
    trajectory: Trajectory,
    observed_order: Callable[..., float],
    model: Callable[..., str],
    exact: Any,
    method: str,
) -> None:
    text = one_component(model)

    ends = [trajectory(text, "v", method, dt, END_MS)[-1] for dt in STEPS_MS]

    assert observed_order([abs(v - exact[0]) for v in ends]) == pytest.approx(
        ORDERS[method], abs=0.2
    )


GATES = (
    ("na", "m", 3, "HHExpLinearRate", 1, -40, 10, "HHExpRate", 4, -65, -18),
    ("na", "h", 1, "HHExpRate", 0.07, -65, -20, "HHSigmoidRate", 1, -35, 10),
    ("k", "n", 4, "HHExpLinearRate", 0.1, -55, 10, "HHExpRate", 0.125, -65, -80),
)


def tree(area_um2: float = 1e8) -> str:
    """The cell as a tree of core component types, alone in a population."""

    def gate(row: tuple[Any, ...]) -> str:
        _, name, power, *rates = row
        elements = "".join(
            f'<{tag} type="{kind}" rate="{rate}per_ms" midpoint="{mid}mV" scale="{scale}mV"/>'
            for tag, (kind, rate, mid, scale) in zip(
                ("forwardRate", "reverseRate"), (rates[:4], rates[4:]), strict=True
            )
        )
        return f'<gateHHrates id="{name}" instances="{power}">{elements}</gateHHrates>'

    channels = "".join(
        f'<ionChannelHH id="{ion}" conductance="10pS">'
        + "".join(gate(row) for row in GATES if row[0] == ion)
        + "</ionChannelHH>"
        for ion in ("na", "k", "leak")
    )
    placed = "".join(
        f'<channelPopulation id="{ion}s" ionChannel="{ion}" number="{number}" erev="{erev}mV"/>'
        for ion, number, erev in (
            ("na", 120 * area_um2, 50),
            ("k", 36 * area_um2, -77),
            ("leak", 0.3 * area_um2, -54.3),
        )
    )
    return (
        channels + f'<pulseGenerator id="drive" delay="0ms" duration="1s" '
        f'amplitude="{10e-8 * area_um2}uA"/>'
        f'<pointCellCondBased id="cell" C="{1e-8 * area_um2}uF" v0="-65mV" thresh="0mV">'
        f'{placed}</pointCellCondBased><network id="net"><population id="p" component="cell" '
        'size="1"/><explicitInput target="p[0]" input="drive" destination="synapses"/></network>'
    )


@pytest.mark.parametrize("method", ORDERS)
def test_order_of_a_cell_made_of_components(
    trajectory: Trajectory, observed_order: Callable[..., float], method: str
) -> None:
    from scipy.integrate import solve_ivp

    start = [-65.0, *_steady_gates()]
    found = solve_ivp(hh_rates, (0, END_MS), start, method="DOP853", rtol=1e-12, atol=1e-13)

    ends = [
        1e3 * trajectory(tree(), "p[0]/v", method, dt * 1e-3, END_MS * 1e-3)[-1] for dt in STEPS_MS
    ]

    errors = [abs(v - found.y[0, -1]) for v in ends]
    assert observed_order(errors) == pytest.approx(ORDERS[method], abs=0.2)


def _steady_gates() -> list[float]:
    rates = np.array([hh_rates(0, [-65.0, *[x] * 3])[1:] for x in (0.0, 1.0)])
    return list(rates[0] / (rates[0] - rates[1]))


SCHEME = """
<ComponentType name="state"><Exposure name="occupancy" dimension="none"/>
  <Dynamics>
    <StateVariable name="occupancy" dimension="none" exposure="occupancy"/>
    <DerivedVariable name="seen" dimension="none" value="occupancy"/>
  </Dynamics></ComponentType>
<ComponentType name="way">
  <Parameter name="f" dimension="per_time"/><Parameter name="b" dimension="per_time"/>
  <Link name="from" type="state"/><Link name="to" type="state"/>
  <Exposure name="rf" dimension="per_time"/><Exposure name="rr" dimension="per_time"/>
  <Dynamics>
    <DerivedVariable name="rf" dimension="per_time" exposure="rf" value="f"/>
    <DerivedVariable name="rr" dimension="per_time" exposure="rr" value="b"/>
  </Dynamics></ComponentType>
<ComponentType name="scheme"><Children name="states" type="state"/>
  <Children name="ways" type="way"/>
  <Dynamics>
    <KineticScheme name="ks" nodes="states" stateVariable="occupancy" edges="ways"
      edgeSource="from" edgeTarget="to" forwardRate="rf" reverseRate="rr"/>
  </Dynamics></ComponentType>
<scheme id="net"><state id="a"/><state id="b"/><state id="c"/><state id="d"/>
  <way id="1" from="a" to="b" f="3 per_s" b="1 per_s"/>
  <way id="2" from="b" to="c" f="0.5 per_s" b="20 per_s"/>
  <way id="3" from="c" to="d" f="7 per_s" b="0 per_s"/>
  <way id="4" from="d" to="a" f="0.1 per_s" b="2 per_s"/></scheme>
"""
WAYS = ((0, 1, 3, 1), (1, 2, 0.5, 20), (2, 3, 7, 0), (3, 0, 0.1, 2))


@pytest.mark.parametrize("executor", ["interpreter", "compiled"])
@pytest.mark.parametrize("dt", [0.01, 0.5, 10.0])
def test_kinetic_scheme_is_the_matrix_exponential(
    trajectory: Trajectory, request: pytest.FixtureRequest, dt: float, executor: str
) -> None:
    from scipy.linalg import expm

    if executor == "compiled":
        request.getfixturevalue("toolchain")
    rates = np.zeros((4, 4))
    for source, target, forward, backward in WAYS:
        rates[source, source] -= forward
        rates[target, source] += forward
        rates[target, target] -= backward
        rates[source, target] += backward

    values = [
        trajectory(SCHEME, f"{name}/seen", "rk4", dt, 6 * dt, executor=executor) for name in "abcd"
    ]

    exact = np.transpose([expm(rates * dt * step)[:, 0] for step in range(7)])
    np.testing.assert_allclose(values, exact, rtol=1e-10, atol=1e-13)
    np.testing.assert_allclose(np.sum(values, axis=0), 1.0, rtol=1e-12)


LIF = {"tau": 10.0, "drive": 1.5}
SPIKE = """
<StateVariable name="n" dimension="none"/><StateVariable name="last" dimension="none"/>
<OnCondition test="v .gt. 1"><StateAssignment variable="v" value="0"/>
<StateAssignment variable="n" value="n + 1"/>
<StateAssignment variable="last" value="t / SEC"/></OnCondition>
"""


@pytest.mark.parametrize("dt", [0.5, 0.1, 0.013])
def test_spike_of_an_exact_cell_comes_at_the_step_after_its_crossing(
    trajectory: Trajectory, model: Callable[..., str], dt: float
) -> None:
    text = model({"v": ("(drive - v) / tau", 0.0)}, LIF, SPIKE)

    last = trajectory(text, "last", "exponential_euler", dt, round(12 / dt) * dt)[-1]

    assert 0 <= last - 10 * np.log(3) <= dt


def test_spikes_of_an_exact_cell_come_every_110_steps(
    trajectory: Trajectory, model: Callable[..., str]
) -> None:
    """Period ceil(10 ln 3 / 0.1) steps: tau 10, drive 1.5, strict threshold 1, step 0.1."""
    text = model({"v": ("(drive - v) / tau", 0.0)}, LIF, SPIKE)

    counts = trajectory(text, "n", "exponential_euler", 0.1, 40.0)

    assert np.flatnonzero(np.diff(counts)).tolist() == [109, 219, 329]


def test_error_of_a_spike_time_falls_with_the_step(
    trajectory: Trajectory, model: Callable[..., str]
) -> None:
    text = model({"v": ("(drive - v) / tau", 0.0)}, LIF, SPIKE)

    errors = [
        abs(trajectory(text, "last", "euler", dt, 12.0)[-1] - 10 * np.log(3))
        for dt in (0.4, 0.1, 0.025, 0.00625)
    ]

    for dt, error in zip((0.4, 0.1, 0.025, 0.00625), errors, strict=True):
        assert error <= 2 * dt


COUPLED = """
<gapJunction id="gj" conductance="100pS"/>
<iafCell id="iaf" leakConductance="0.2nS" leakReversal="-70mV" thresh="0mV" reset="-70mV"
  C="3.2pF"/>
<pulseGenerator id="drive" delay="0ms" duration="1s" amplitude="3.2pA"/>
<network id="net"><population id="a" component="iaf" size="1"/>
  <population id="b" component="iaf" size="1"/>
  <electricalProjection id="ab" presynapticPopulation="a" postsynapticPopulation="b">
    <electricalConnection id="0" preCell="0" postCell="0" synapse="gj"/></electricalProjection>
  <explicitInput target="a[0]" input="drive" destination="synapses"/></network>
"""


@pytest.mark.parametrize("method", ORDERS)
def test_order_of_coupled_cells_is_one(
    trajectory: Trajectory, observed_order: Callable[..., float], method: str
) -> None:
    """The current of a gap junction is held over the step, whatever moves the cells."""
    from scipy.linalg import expm

    rates = np.array([[-0.3, 0.1], [0.1, -0.3]]) / 3.2
    end = np.array([-70.0, -70.0])
    rest = end + np.linalg.solve(-rates, [1.0, 0.0])
    exact = rest + expm(rates * 60) @ (end - rest)

    ends = [
        1e3 * trajectory(COUPLED, "b[0]/v", method, dt * 1e-3, 0.06)[-1]
        for dt in (0.8, 0.4, 0.2, 0.1)
    ]

    assert observed_order([abs(v - exact[1]) for v in ends]) == pytest.approx(1, abs=0.2)
