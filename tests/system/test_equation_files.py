"""Values, parameters, connections and reports of equation networks in files."""

from __future__ import annotations

import json
import pickle
from pathlib import Path

import numpy as np
import pytest

import annarchy_ml as aml

CELL = aml.Neuron(
    parameters="tau = 10.0 : population\nk = 1.0", equations="tau*dr/dt = k - r\nseen = sum(exc)"
)
KINDS = (".npz", ".data", ".txt.gz", ".mat")


def made(size: int = 4) -> tuple[aml.Network, aml.Population, aml.Projection]:
    net = aml.Network(seed=3)
    cells = net.create(size, CELL, name="cells")
    proj = net.connect(cells, cells, "exc", synapse=aml.Oja, name="loop")
    proj.all_to_all(weights=aml.Uniform(0.0, 1.0))
    return net, cells, proj


@pytest.mark.parametrize("kind", KINDS)
def test_values_come_back_from_files(tmp_path: Path, kind: str) -> None:
    if kind == ".mat":
        pytest.importorskip("scipy.io")
    net, cells, proj = made()
    net.compile()
    cells.k = [1.0, 2.0, 3.0, 4.0]
    net.simulate(20.0)
    values = (cells.r, cells.k, np.array(proj.w))
    path = tmp_path / f"saved{kind}"
    net.save(path)
    fresh, others, loop = made()
    fresh.compile()
    fresh.load(path)
    assert np.array_equal(others.r, values[0])
    assert np.array_equal(others.k, values[1])
    assert np.array_equal(np.array(loop.w), values[2])
    for item in (net, fresh):
        item.simulate(5.0)
    assert np.allclose(others.r, cells.r, rtol=1e-12)


def test_files_of_numpy_can_be_read_by_others(tmp_path: Path) -> None:
    net, cells, _ = made()
    net.compile()
    cells.r = [1.0, 2.0, 3.0, 4.0]
    cells.save(tmp_path / "cells.npz")
    with np.load(tmp_path / "cells.npz") as file:
        assert file["attributes/r"].tolist() == [1.0, 2.0, 3.0, 4.0]


def test_a_pickle_of_anything_else_is_not_called(tmp_path: Path) -> None:
    class Evil:
        def __reduce__(self) -> tuple[object, tuple[str]]:
            return Path.touch, (str(tmp_path / "called"),)

    (tmp_path / "evil.data").write_bytes(pickle.dumps({"populations": Evil()}))
    net, _, _ = made()
    with pytest.raises(aml.ANNarchyException, match="not numbers"):
        net.load(tmp_path / "evil.data")
    assert not (tmp_path / "called").exists()


def test_what_does_not_fit_is_told_and_skipped(tmp_path: Path) -> None:
    net, cells, _ = made()
    net.compile()
    cells.r = 7.0
    net.save(tmp_path / "four.npz")
    other, five, _ = made(5)
    other.create(1, CELL, name="more")
    other.compile()
    with pytest.warns(UserWarning) as told:
        other.load(tmp_path / "four.npz")
    messages = "\n".join(str(item.message) for item in told)
    assert "'cells', r: differs, skipped" in messages
    assert "'loop', everything: belongs to other connections" in messages
    assert "'more', everything: is not in the file" in messages
    assert five.r.tolist() == [0.0] * 5


def test_files_that_are_none_are_refused(tmp_path: Path) -> None:
    net, _, _ = made()
    (tmp_path / "text.npz").write_text("no archive")
    (tmp_path / "text.data").write_text("no pickle")
    for name in ("text.npz", "text.data", "missing.npz"):
        with pytest.raises(aml.ANNarchyException, match=name):
            net.load(tmp_path / name)


def test_connections_are_made_again_from_a_file(tmp_path: Path) -> None:
    net = aml.Network(dt=0.5, seed=1)
    cells = net.create(20, CELL)
    proj = net.connect(cells[:10], cells[5:], "exc")
    proj.fixed_probability(0.3, weights=aml.Normal(0.0, 1.0), delays=aml.Uniform(1.0, 5.0))
    proj.save_connectivity(tmp_path / "loop.npz")
    again = aml.Network(dt=0.5, seed=2)
    others = again.create(20, CELL)
    made = again.connect(others[:10], others[5:], "exc").from_file(tmp_path / "loop.npz")
    assert np.array_equal(made.connectivity_matrix(), proj.connectivity_matrix())
    assert made.delay == proj.delay
    with pytest.raises(aml.ANNarchyException, match="does not have"):
        again.connect(others[:5], others[5:], "exc").from_file(tmp_path / "loop.npz")


def test_shared_parameters_are_text_to_be_edited(tmp_path: Path) -> None:
    aml.clear()
    aml.Constant("gain", 2.0)
    net, cells, proj = made()
    net.compile()
    path = tmp_path / "parameters.json"
    aml.save_parameters(path, net_id=net.id)
    tree = json.loads(path.read_text())
    assert tree["populations"] == {"cells": {"tau": 10.0}}
    assert tree["projections"] == {"loop": {"eta": 0.01, "alpha": 1.0}}
    assert tree["constants"] == {"gain": 2.0}
    tree["populations"]["cells"].update(tau=20.0, k=3.0)
    tree["projections"]["loop"]["eta"] = 0.5
    tree["constants"]["gain"] = 4.0
    tree["network"] = {"trials": 7}
    path.write_text(json.dumps(tree))
    with pytest.warns(UserWarning, match="no such parameter 'k'"):
        assert aml.load_parameters(path, network=net) == {"trials": 7.0}
    assert (cells.tau, proj.eta) == (20.0, 0.5)
    assert net.get_constants()[0].value == 4.0
    assert cells.k.tolist() == [1.0] * 4
    aml.load_parameters(path, global_only=False, network=net)
    assert cells.k.tolist() == [3.0] * 4
    aml.clear()


def test_reset_brings_back_parameters_of_synapses() -> None:
    net, _, proj = made()
    proj.eta = 0.02
    net.compile()
    proj.eta = 0.5
    net.reset()
    assert proj.eta == 0.5
    net.reset(projections=True)
    assert proj.eta == 0.02


def test_reports_say_what_a_network_is(tmp_path: Path) -> None:
    net = aml.Network(dt=0.1, seed=1)
    cells = net.create((3, 4), aml.Izhikevich, name="cells_1")
    units = net.create(2, aml.LeakyIntegrator, name="units")
    net.connect(units, units, "exc", aml.Oja, name="learning").all_to_all(aml.Uniform(0.0, 1.0))
    net.monitor(cells, "v", period=1.0)
    aml.report(net, tmp_path / "net.md")
    text = (tmp_path / "net.md").read_text()
    for part in (
        "Simulation step: 0.1 ms",
        "| cells_1 | 12 | 3 x 4 | Izhikevich |",
        "| learning | units | units | exc | Oja | all to all | Uniform(low=0.0, high=1.0) | 0 |",
        "| cells_1 | v | 1 ms |",
        r"\frac{d\,v}{dt} = 0.04 \, v^{2} + 5 \, v + 140 - u + I",
        r"\frac{d\,w}{dt} = \eta \, \left(r^\text{pre} \, r^\text{post}",
        r"\left(r^\text{post}\right)^{2}",
        "| units | tau | global | 10 |",
    ):
        assert part in text, part
    aml.report(net, tmp_path / "net.tex", title="A & B", author="N. N.")
    text = (tmp_path / "net.tex").read_text()
    assert text.startswith(r"\documentclass")
    assert r"\title{A \& B}" in text
    assert r"cells\_1 & 12 & 3 x 4 & Izhikevich \\" in text
    for left, right in (("{", "}"), (r"\left(", r"\right)"), (r"\begin{", r"\end{")):
        assert text.count(left) - text.count("\\" + left) == text.count(right) - text.count(
            "\\" + right
        )
    aml.report(net, tmp_path / "part.tex", standalone=False)
    assert r"\documentclass" not in (tmp_path / "part.tex").read_text()
    with pytest.raises(aml.ANNarchyException, match=r"\.tex or \.md"):
        aml.report(net, tmp_path / "net.html")


@pytest.mark.parametrize("kind", KINDS)
def test_load_takes_values_of_the_default_network(tmp_path: Path, kind: str) -> None:
    """The name by which scripts of ANNarchy load; files of models go on being read."""
    if kind == ".mat":
        pytest.importorskip("scipy.io")
    path = tmp_path / f"saved{kind}"
    for setting in (0.25, 0.75):
        aml.clear()
        cells = aml.Population(3, CELL, name="cells")
        aml.compile()
        if setting == 0.25:
            cells.k = setting
            aml.save(path)
            continue
        cells.k = setting
        aml.load(path, populations=False)
        assert cells.k.tolist() == [0.75] * 3
        assert aml.load(path) is None
        assert cells.k.tolist() == [0.25] * 3
    aml.clear()
    with pytest.raises(aml.ModelError):
        aml.load(tmp_path / "nothing.xml")
    with pytest.raises(aml.ANNarchyException, match="cannot be read"):
        aml.load(tmp_path / "nothing.npz")
