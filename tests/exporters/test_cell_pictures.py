"""Cells with morphology in space: their shapes, pictures of them, what is refused."""

from __future__ import annotations

import pickle
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from matplotlib.collections import PolyCollection

import annarchy_ml as ann
from annarchy_ml import NetworkModel, Simulation

CELL = """<neuroml id="library">
  <ionChannelPassive id="leak" conductance="10pS"/>
  <cell id="neuron">
    <morphology id="shape">
      <segment id="0" name="soma">
        <proximal x="0" y="0" z="5" diameter="20"/><distal x="0" y="0" z="5" diameter="20"/>
      </segment>
      <segment id="1" name="dendrite"><parent segment="0"/>
        <proximal x="0" y="0" z="5" diameter="4"/><distal x="0" y="300" z="5" diameter="2"/>
      </segment>
      <segmentGroup id="cable" neuroLexId="sao864921383">
        <property tag="numberInternalDivisions" value="3"/><member segment="1"/>
      </segmentGroup>
    </morphology>
    <biophysicalProperties id="bio">
      <membraneProperties>
        <channelDensity id="leaks" ionChannel="leak" condDensity="1 S_per_m2" erev="-65mV"
          ion="non_specific"/>
        <spikeThresh value="0mV"/>
        <specificCapacitance value="1 uF_per_cm2"/>
        <initMembPotential value="-65mV"/>
      </membraneProperties>
      <intracellularProperties><resistivity value="150 ohm_cm"/></intracellularProperties>
    </biophysicalProperties>
  </cell>
  <iafCell id="point" C="1 nF" leakConductance="0.05 uS" leakReversal="-60 mV" thresh="-50 mV"
    reset="-60 mV"/>
</neuroml>"""
MICRON = 1e-6


@pytest.fixture
def simulation(tmp_path: Path) -> Simulation:
    (tmp_path / "library.nml").write_text(CELL, encoding="utf-8")
    net = NetworkModel("net")
    net.include(tmp_path / "library.nml")
    cells = net.population("cells", "neuron", 3)
    net.population("points", "point", 2)
    cells[1].set(v=-0.06)
    cells[1].at("dendrite", 0.9).set(v=-0.03)
    net.record(cells[1], "v", "1@0.9/v")
    return net.compile(dt="0.025 ms", duration="1 ms")


def polygons(figure: Any) -> PolyCollection:
    found = [item for axes in figure.axes for item in axes.collections]
    return next(item for item in found if isinstance(item, PolyCollection))


def test_a_shape_is_the_cell_from_the_root_outwards(simulation: Simulation) -> None:
    shape = simulation.shape("cells")
    assert shape.compartments.tolist() == [0, 1, 2, 3]
    assert shape.places[0] == (0, 0.0, 1.0)
    thirds = [(k / 3, (k + 1) / 3) for k in range(3)]
    assert np.allclose([item[1:] for item in shape.places[1:]], thirds)
    assert np.allclose(shape.begins[1:, 1] / MICRON, [0.0, 100.0, 200.0])
    assert np.allclose(shape.ends[1:, 1] / MICRON, [100.0, 200.0, 300.0])
    assert np.allclose(shape.ends[1:, 3] / MICRON, [4 - 2 / 3, 4 - 4 / 3, 2.0])
    assert shape.extent == pytest.approx(300 * MICRON)


def test_a_picture_shows_present_values(simulation: Simulation, tmp_path: Path) -> None:
    path = tmp_path / "cell.png"
    figure = simulation.plot_cell("cells[1]", "v", path)
    assert path.stat().st_size > 5_000
    drawn = polygons(figure)
    assert np.allclose(drawn.get_array(), [-60.0, -60.0, -60.0, -30.0])
    outlines = [item.vertices for item in drawn.get_paths()]
    assert np.ptp(outlines[0][:, 0]) == pytest.approx(20.0, rel=0.02)  # a sphere
    assert np.ptp(outlines[1][:, 0]) == pytest.approx(4.0)
    assert figure.axes[0].get_title(loc="left") == "cells[1]"
    assert figure.axes[1].get_ylabel() == "v (mV) at 0 s"


def test_other_variables_values_and_views(simulation: Simulation, tmp_path: Path) -> None:
    density = "bio/membraneProperties/leaks/condDensity"
    figure = simulation.plot_cell("cells", density)
    assert np.allclose(polygons(figure).get_array(), 0.1)  # mS/cm2
    assert "condDensity (mS/cm²)" in figure.axes[1].get_ylabel()
    given = simulation.plot_cell("cells", values=[1, 2, 3, 4], view="yz")
    assert polygons(given).get_array().tolist() == [1, 2, 3, 4]
    assert np.ptp(polygons(given).get_paths()[1].vertices[:, 0]) == pytest.approx(100.0)
    simulation.plot_cell("cells", path=tmp_path / "space.svg", view="3d")
    assert "<svg" in (tmp_path / "space.svg").read_text(encoding="utf-8")


def test_results_draw_cells_beside_traces(simulation: Simulation, tmp_path: Path) -> None:
    results = simulation.run()
    (cell,) = results.cells
    assert cell.path == "cells[1]"  # the recorded one
    assert cell.recorded == {"cells[1]/v": 0, "cells[1]/1@0.9/v": 3}
    figure = results.plot(tmp_path / "all.png")
    assert len(polygons(figure).get_paths()) == 4
    texts = [item.get_text() for axes in figure.axes for item in axes.texts]
    assert "0" in texts and "1@0.9" in texts
    again = pickle.loads(pickle.dumps(results))
    assert np.array_equal(again.cells[0].values, cell.values)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"cell": "cell"}, "no population 'cell' of cells with several"),
        ({"cell": "points[0]"}, "no population 'points' of cells with several"),
        ({"cell": "cells[3]"}, "only 0 to 2"),
        ({"cell": "cells", "variable": "u"}, "has no 'u'"),
        ({"cell": "cells", "values": [1.0, 2.0]}, "has 4 compartments"),
        ({"cell": "cells", "view": "xx"}, "no view 'xx'"),
        ({"cell": "cells", "path": "cell.unknown"}, "in which format"),
    ],
)
def test_what_cannot_be_drawn_is_told(
    simulation: Simulation, arguments: dict[str, Any], message: str
) -> None:
    with pytest.raises(ann.UsageError, match=message):
        simulation.plot_cell(**arguments)
