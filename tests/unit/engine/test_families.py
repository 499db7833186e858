"""Cells that step in one loop with what is attached to them: the bits of separate loops."""

from pathlib import Path

import numpy as np
import pytest

import annarchy_ml as aml
from annarchy_ml.passes import pipeline

TYPES = Path(__file__).parents[3] / "benchmarks" / "lems" / "w2_coba.xml"
SIZE = 1700  # more than a portion, and no multiple of a vector
FIELDS = ("v", "release", "iSyn")


def network(size=SIZE, separate=False):
    net = aml.NetworkModel("coba")
    net.include(TYPES)
    cells = net.population("cells", "coba", size)
    cells.set(v=aml.Uniform(-0.060, -0.050))
    net.record_spikes(cells)
    for name in ("excitatory", "inhibitory"):
        net.projection(
            name, cells, cells, aml.FixedIndegree(20), synapse=name, weight=1.0, delay="0.3 ms"
        )
    if separate:
        rule, given = aml.FixedIndegree(2), {"weight": 1.0, "delay": "0.3 ms"}
        net.projection("other", cells, cells, rule, synapse="excitatory", separate=True, **given)
    return net


def simulation(threads=1, **options):
    net = network()
    return net.compile(dt="0.1 ms", duration="50 ms", seed=3, threads=threads, **options)


def states(made):
    fields = [(group, item) for group in range(3) for item in made.runtime.kernel_of(group).fields]
    return [made.runtime.field(group, item.name).copy() for group, item in fields]


@pytest.fixture
def apart(monkeypatch, tmp_path):
    """Gives the simulation whose members step by themselves; plans are not kept."""
    monkeypatch.setenv("ANNARCHY_ML_CACHE", str(tmp_path))

    def make(**options):
        with monkeypatch.context() as patch:
            patch.setattr(pipeline, "with_families", lambda plan: plan)
            patch.setenv("ANNARCHY_ML_CACHE", str(tmp_path / "apart"))
            return simulation(**options)

    return make


@pytest.mark.parametrize("precision", ["double", "single"])
def test_one_loop_has_the_bits_of_separate_ones(apart, precision):
    plain = apart(precision=precision)
    assert not plain.plan.module.families
    spikes = plain.run().spikes("cells")
    assert len(spikes[0]) > 300
    for threads in (1, 3):
        joined = simulation(threads, precision=precision)
        (family,) = joined.plan.module.families
        assert joined.plan.groups[0].family == (0, (0, 1, 2))
        assert family.sums == (("synapses[*]/i", "add", ((1, "i"), (2, "i"))),)
        found = joined.run().spikes("cells")
        assert all(map(np.array_equal, found, spikes))
        assert all(map(np.array_equal, states(joined), states(plain)))


def test_pieces_of_a_run_have_the_bits_of_the_whole(apart):
    """The last step of a piece keeps what only passes between the members."""
    whole, pieces = simulation(), simulation()
    whole.run(20e-3)
    for piece in (0.1e-3, 7e-3, 0.3e-3, 12.6e-3):
        pieces.run(piece)
    assert all(map(np.array_equal, states(whole), states(pieces)))


def test_synapses_of_their_own_step_by_themselves():
    net = network(separate=True)
    made = net.compile(dt="0.1 ms", duration="1 ms", threads=1)
    assert not made.plan.module.families
    made.run()


def test_parameters_of_each_cell_make_another_loop():
    made = simulation()
    made.set("cells/C", np.linspace(150e-12, 250e-12, SIZE))
    assert made.plan.groups[0].family is not None
    made.run(5e-3)
    assert np.isfinite(made.get("cells/v")).all()


def test_cells_that_stand_still(apart):
    """What is attached to them goes on, and so do they later; kernels may change meanwhile."""
    plain, joined = apart(), simulation()
    for made in (plain, joined):
        made.run(5e-3)
        before = made.get("cells/v")
        made.runtime.switch(0, False)
        made.set("cells/C", np.linspace(150e-12, 250e-12, SIZE))
        made.run(5e-3)
        assert np.array_equal(made.get("cells/v"), before)
        made.runtime.switch(0, True)
        made.run(5e-3)
        assert not np.array_equal(made.get("cells/v"), before)
    assert all(map(np.array_equal, states(joined), states(plain)))


@pytest.mark.parametrize("precision", ["double", "single"])
def test_steps_that_are_looked_at_have_the_bits_of_others(precision, tmp_path):
    """Two products in one sum: of a leak, and of a conductance that only passes."""
    (tmp_path / "parts.nml").write_text(
        '<neuroml xmlns="http://www.neuroml.org/schema/neuroml2" id="parts">'
        '<iafCell id="iaf" leakReversal="-60 mV" thresh="-50 mV" reset="-70 mV" C="0.2 nF"'
        ' leakConductance="11 nS"/>'
        '<expOneSynapse id="syn" gbase="0.7 nS" erev="-3 mV" tauDecay="3 ms"/></neuroml>',
        encoding="utf-8",
    )
    found = []
    for piece in (400, 1, 3):
        net = aml.NetworkModel("pair")
        net.include(tmp_path / "parts.nml")
        cells = net.population("cells", "iaf", 50)
        cells.set(leakReversal=aml.Uniform(-0.049, -0.045))
        net.projection("p", cells, cells, aml.FixedIndegree(9), synapse="syn", delay="0.3 ms")
        made = net.compile(dt="0.1 ms", duration="40 ms", seed=5, threads=1, precision=precision)
        assert made.plan.module.families
        for begin in range(0, 400, piece):
            made.step(min(piece, 400 - begin))
        found.append(made.get("cells/v"))
    assert np.array_equal(found[1], found[0])
    assert np.array_equal(found[2], found[0])
