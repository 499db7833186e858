"""BOLD monitors against ANNarchy 5.0.4.1, and against what is known in closed form."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import annarchy_ml as ann

ROWS = (300, 900, 1999)
FIRST = """
    tau*dmp/dt = a*pos(sin(2*pi*t/700)) - mp
    r = pos(mp)
    z = 0.5*r
"""
SECOND = "tau*dr/dt = r0 + 0.1*sin(t/90) - r\nz = r*r"


def populations(net: Any) -> list[Any]:
    first = net.create(4, ann.Neuron(parameters="tau = 50.0; a = 1.0", equations=FIRST))
    second = net.create(6, ann.Neuron(parameters="tau = 20.0; r0 = 0.3", equations=SECOND))
    first.a = [1.0, 0.5, 0.2, 0.9]
    return [first, second]


def signals(model: Any, **options: Any) -> Any:
    """What a monitor records that starts after 100 ms."""
    net = ann.Network(dt=1.0, seed=1)
    monitor = net.boldmonitor(populations(net), bold_model=model, **options)
    net.compile()
    net.simulate(100.0)
    assert monitor.get("BOLD").size == 0
    monitor.start()
    net.simulate(2000.0)
    return monitor


R: dict[str, Any] = {"mapping": {"I_CBF": "r"}}
TWO = {"I_CBF": "r", "I_CMRO2": "z"}
KNOWN = {
    "RN": (ann.balloon_RN, R, [2.15083945707789e-05, 0.000543982040558582, 0.00423538511229265]),
    "CN": (ann.balloon_CN, R, [2.69692088572229e-05, 0.000623726522994209, 0.00465925432377664]),
    "CL": (ann.balloon_CL, R, [2.69972075521534e-05, 0.000629013635568485, 0.00479388068297847]),
    "maith": (
        ann.balloon_maith2021,
        R,
        [3.38698500759126e-05, 0.000821187219416173, 0.0062215043725831],
    ),
    "two": (
        ann.balloon_two_inputs,
        {"mapping": TWO},
        [-0.000292136712971503, -0.00208601955572245, -0.00332867497809927],
    ),
    "norm": (
        ann.balloon_RN,
        {**R, "normalize_input": [500.0, 0.0], "scale_factor": [1.0, 0.5]},
        [9.7234063466875e-06, 0.000173226282450256, 0.000823469023442634],
    ),
    "par": (
        ann.balloon_RN(phi=2.0, kappa=0.7),
        {"mapping": {"I_CBF": "z"}, "scale_factor": 1.0},
        [3.94924138391944e-05, 0.000913906903287113, 0.00646442671263943],
    ),
}
"""Rows 300, 900 and 1999 of the same script in ANNarchy."""


@pytest.mark.parametrize("name", KNOWN)
def test_signal_equals_annarchy(name: str) -> None:
    model, options, wanted = KNOWN[name]
    found = signals(model, **options).get("BOLD")
    assert found.shape == (2000, 1)
    np.testing.assert_allclose(found[ROWS, 0], wanted, rtol=1e-11)


def test_linear_signal_of_revised_coefficients() -> None:
    """ANNarchy's counts the transit time of this one in ms; the volumes are those of RN."""
    monitor = signals(ann.balloon_RL, recorded_variables=["q", "v"], **R)
    got = monitor.get()
    other = signals(ann.balloon_RN, recorded_variables=["q", "v"], **R).get()
    np.testing.assert_array_equal(got["q"], other["q"])
    np.testing.assert_array_equal(got["v"], other["v"])
    k_1, k_2, k_3 = 4.3 * 40.3 * 0.34 * 0.04, 1.43 * 25.0 * 0.34 * 0.04, 1.0 - 1.43
    wanted = 0.02 * ((k_1 + k_2) * (1.0 - got["q"]) + (k_3 - k_2) * (1.0 - got["v"]))
    np.testing.assert_allclose(got["BOLD"], wanted, rtol=1e-10, atol=1e-16)


LEAKY = {
    "parameters": {"tau": 100.0},
    "equations": "seen = sum(drive)\ntau*dBOLD/dt = seen - BOLD",
    "inputs": "drive",
}


def test_a_model_of_ones_own_sees_scaled_means() -> None:
    """Of 1, 2, 3 and of 5, times 0.5 and 2: 11."""
    net = ann.Network(dt=1.0)
    first = net.create(3, ann.Neuron(parameters="r = 0.0"))
    second = net.create(2, ann.Neuron(parameters="r = 5.0"))
    first.r = [1.0, 2.0, 3.0]
    monitor = ann.BoldMonitor(
        [first, second],
        ann.BoldModel(**LEAKY),
        {"drive": "r"},
        scale_factor=[0.5, 2.0],
        recorded_variables="seen",
        start=True,
    )
    net.compile()
    net.simulate(50.0)
    got = monitor.get()
    np.testing.assert_allclose(got["seen"], 11.0, rtol=1e-15)
    wanted = 11.0 * (1.0 - 0.99 ** np.arange(1, 51))
    np.testing.assert_allclose(got["BOLD"][:, 0], wanted, rtol=1e-13)
    monitor.tau = 50.0
    assert monitor.tau == 50.0
    monitor.stop()
    before = monitor.BOLD
    net.simulate(20.0)
    assert monitor.get("BOLD").size == 0 and before == monitor.BOLD


def test_baseline_is_the_mean_over_its_time() -> None:
    """r = 2, 3, 4, ...: mean of the first four values seen, 2.5 to 5.5 in a row of steps."""
    net = ann.Network(dt=0.5)
    cells = net.create(2, ann.Neuron(equations="r += 1.0 : init=2.0"))
    monitor = net.boldmonitor(
        cells, bold_model=ann.BoldModel(**LEAKY), mapping={"drive": "r"}, normalize_input=2.0,
        recorded_variables="seen", start=True,
    )  # fmt: skip
    net.compile()
    net.simulate(4.0)
    seen = monitor.get("seen")[:, 0]
    base = np.mean([2.0, 3.0, 4.0, 5.0])
    np.testing.assert_array_equal(seen[:4], 0.0)
    wanted = (np.array([6.0, 7.0, 8.0, 9.0]) - base) / (base + 1e-7)
    np.testing.assert_allclose(seen[4:], wanted, rtol=1e-14)


def test_spiking_neurons_give_their_variables() -> None:
    net = ann.Network(dt=1.0, seed=2)
    cells = net.create(ann.PoissonPopulation(2000, rates=50.0))
    cells.compute_firing_rate(100.0)
    monitor = net.boldmonitor(
        cells, bold_model=ann.BoldModel(**LEAKY), recorded_variables="seen", start=True
    )
    net.compile()
    net.simulate(300.0)
    seen = monitor.get("seen")[:, 0]
    assert abs(seen[200:].mean() - 50.0) < 2.0
    net.simulate(1.0)
    before = cells.r.mean()
    net.simulate(1.0)
    assert monitor.get("seen")[-1, 0] == pytest.approx(before, rel=1e-14)


def test_what_does_not_fit_is_refused() -> None:
    net = ann.Network(dt=1.0)
    first, second = populations(net)
    cases: list[tuple[dict[str, Any], str]] = [
        ({"populations": first[:2]}, "whole populations"),
        ({"bold_model": ann.Izhikevich}, "takes a BoldModel"),
        ({"mapping": {"I_CBV": "r"}}, "no input 'I_CBV'"),
        ({"mapping": {"I_CBF": "q"}}, "have no 'q'"),
        ({"bold_model": ann.balloon_two_inputs}, "nothing of the input 'I_CMRO2'"),
        ({"scale_factor": [1.0, 2.0, 3.0]}, "3 values for 2 populations"),
        ({"scale_factor": float("nan")}, "takes finite numbers, not nan"),
        ({"scale_factor": [1.0, "a"]}, "takes finite numbers, not 'a'"),
        ({"populations": []}, "at least one population"),
    ]
    for options, message in cases:
        given = {"populations": [first, second], **options}
        with pytest.raises(ann.ANNarchyException, match=message):
            net.boldmonitor(**given)
    with pytest.raises(TypeError, match="no parameter 'kapa'"):
        ann.balloon_RN(kapa=1.0)
    with pytest.raises(ann.ANNarchyException, match="reads the input"):
        ann.BoldModel({}, "BOLD = 1.0", "drive")


SLICED = {
    "r": (
        {"mapping": {"I_CBF": "r"}},
        [
            [2.261277783727991e-05, 3.405263213136614e-05, 2.134710560975691e-05],
            [0.0005087325652146505, 0.000767842265499103, 0.00048012134131527316],
            [0.0034439832108017756, 0.005129217968501041, 0.0032546934112673816],
        ],
    ),
    "norm": (
        {"mapping": {"I_CBF": "z"}, "normalize_input": 500},
        [
            [0.0, 0.0, 0.0],
            [-9.028210349447302e-05, -9.028212767729011e-05, -9.028209922688647e-05],
            [-0.0014415537824683383, -0.0014415541645808228, -0.0014415537150369825],
        ],
    ),
}
"""Rows 300, 900 and 1999 in ANNarchy, of the mean of some neurons in each column."""


@pytest.mark.parametrize("name", SLICED)
def test_signals_of_slices_equal_annarchy(name: str) -> None:
    options, wanted = SLICED[name]
    net = ann.Network(dt=1.0, seed=1)
    first = populations(net)[0]
    monitor = net.boldmonitor_from_slices(first, slices=[[0, 2], [3], [1, 0, 2]], **options)
    assert net.get_extensions() == [monitor]
    assert net.get_extension("bold_monitor") is monitor
    net.compile()
    net.simulate(100.0)
    monitor.start()
    net.simulate(2000.0)
    found = monitor.get("BOLD")
    assert found.shape == (2000, 3)
    np.testing.assert_allclose(found[list(ROWS)], wanted, rtol=1e-11)


@pytest.mark.parametrize(
    ("slices", "told"),
    [
        ([], "give one at least"),
        ([[0, 0]], "each once"),
        ([[0], [4]], "has no neurons"),
        ([[]], "a slice has ranks"),
    ],
)
def test_slices_are_checked(slices: Any, told: str) -> None:
    net = ann.Network()
    first = populations(net)[0]
    with pytest.raises(ann.ANNarchyException, match=told):
        net.boldmonitor_from_slices(first, slices=slices)
    with pytest.raises(ann.ANNarchyException, match="parts of one population"):
        net.boldmonitor_from_slices([first], slices=[[0]])
    with pytest.raises(ann.ANNarchyException, match="there is no extension 'x'"):
        net.get_extension("x")
