"""Shapes from SWC files: as the same cell in NeuroML; every fault with its line."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import annarchy_ml

MODEL = """<neuroml id="doc">
  {include}
  <ionChannelPassive id="leak" conductance="10pS"/>
  {shape}
  <biophysicalProperties id="bio">
    <membraneProperties>
      <channelDensity id="leaks" ionChannel="leak" condDensity="1 S_per_m2" erev="-65mV"
        ion="non_specific"/>
      <channelDensity id="more" ionChannel="leak" condDensity="3 S_per_m2" erev="-80mV"
        ion="non_specific" segmentGroup="{group}"/>
      <spikeThresh value="0mV"/><initMembPotential value="-65mV"/>
      <specificCapacitance value="1 uF_per_cm2"/>
    </membraneProperties>
    <intracellularProperties><resistivity value="100 ohm_cm"/></intracellularProperties>
  </biophysicalProperties>
  <cell id="cell" morphology="branched" biophysicalProperties="bio"/>
  <pulseGenerator id="pulse" delay="1ms" duration="9ms" amplitude="0.3nA"/>
  <network id="net"><population id="pop" component="cell" size="1"/>
    <inputList id="in" component="pulse" population="pop">
      <input id="0" target="../pop/0/cell" segmentId="5" destination="synapses"/></inputList>
  </network>
  <Simulation id="sim" length="20ms" step="0.025ms" target="net">
    <OutputFile id="o" fileName="v.dat">{columns}</OutputFile></Simulation>
  <Target component="sim"/>
</neuroml>
"""
ONE_POINT = """# a soma, an apical dendrite that branches, a basal one of a single point
1 1 0 0 0 8 -1
2 4 0 8 0 2 1
3 4 0 58 0 1.5 2
4 4 30 98 0 0.5 3   # a tip
5 4 -30 98 0 0.5 3

6 3 0 -40 0 1 1
"""
THREE_POINTS = """1 1 0 0 0 8 -1
7 1 0 -8 0 8 1
8 1 0 8 0 8 1
2 4 0 8 0 2 8
3 4 0 58 0 1.5 2
4 4 30 98 0 0.5 3
5 4 -30 98 0 0.5 3
6 3 0 -40 0 1 1
"""
SHAPE = """<morphology id="branched">
  <segment id="1"><proximal x="0" y="0" z="0" diameter="16"/>
    <distal x="0" y="0" z="0" diameter="16"/></segment>
  <segment id="3"><parent segment="1" fractionAlong="0.5"/>
    <proximal x="0" y="8" z="0" diameter="4"/><distal x="0" y="58" z="0" diameter="3"/></segment>
  <segment id="4"><parent segment="3"/><distal x="30" y="98" z="0" diameter="1"/></segment>
  <segment id="5"><parent segment="3"/><distal x="-30" y="98" z="0" diameter="1"/></segment>
  <segment id="6"><parent segment="1" fractionAlong="0.5"/>
    <proximal x="0" y="0" z="0" diameter="2"/><distal x="0" y="-40" z="0" diameter="2"/></segment>
  <segmentGroup id="apical_group"><member segment="3"/><member segment="4"/><member segment="5"/>
  </segmentGroup>
  <segmentGroup id="dendrite_group"><include segmentGroup="apical_group"/><member segment="6"/>
  </segmentGroup>
</morphology>"""
SEGMENTS = (1, 3, 4, 5, 6)


def traces(folder: Path, group: str, swc: str = "") -> np.ndarray:
    (folder / "branched.swc").write_text(swc, encoding="utf-8")
    columns = "".join(f'<OutputColumn id="v{k}" quantity="pop/0/cell/{k}/v"/>' for k in SEGMENTS)
    text = MODEL.format(
        include='<include href="branched.swc"/>' if swc else "",
        shape="" if swc else SHAPE,
        group=group,
        columns=columns,
    )
    path = folder / f"model_{bool(swc)}.nml"
    path.write_text(text, encoding="utf-8")
    results = annarchy_ml.run(path, write_files=False)
    return np.array([results[f"pop/0/cell/{k}/v"].values for k in SEGMENTS])


@pytest.mark.parametrize("swc", [ONE_POINT, THREE_POINTS], ids=["one point", "three points"])
@pytest.mark.parametrize("group", ["apical_group", "dendrite_group"])
def test_points_are_the_same_cell_as_segments(tmp_path: Path, group: str, swc: str) -> None:
    found, expected = traces(tmp_path, group, swc), traces(tmp_path, group)
    np.testing.assert_allclose(found, expected, rtol=1e-12)
    assert np.ptp(expected, axis=0).max() > 1e-3


CONTOUR = """1 1 0 0 0 5 -1
2 1 0 10 0 7 1
3 2 0 -20 0 1 1
4 2 0 -40 0 1 3
"""


@pytest.mark.parametrize("turned", [False, True])
def test_a_soma_of_several_points_is_a_cable(tmp_path: Path, turned: bool) -> None:
    """An axon at its beginning hangs there; compartments have the areas of their frusta.

    The soma is the root, whatever the order of the lines; a byte order mark is no part of them.
    """
    lines = CONTOUR.splitlines()[:: -1 if turned else 1]
    (tmp_path / "branched.swc").write_text("\n".join(lines), encoding="utf-8-sig")
    text = MODEL.format(
        include='<include href="branched.swc"/>', shape="", group="axon_group", columns=""
    ).replace('segmentId="5"', 'segmentId="2"')
    path = tmp_path / "contour.nml"
    path.write_text(text, encoding="utf-8")
    areas = np.asarray(annarchy_ml.load(path).compile().get("pop/surfaceArea")) * 1e12
    expected = [np.pi * (5 + 7) * np.hypot(10, 2), np.pi * 2 * 20]
    np.testing.assert_allclose(areas, expected, rtol=1e-6)


FAULTS = {
    "circle": ("1 1 0 0 0 5 -1\n2 3 9 0 0 1 4\n3 3 19 0 0 1 2\n4 3 29 0 0 1 3", 3, "in a circle"),
    "orphan": ("1 1 0 0 0 5 -1\n2 3 9 0 0 1 7", 2, "which is no point"),
    "roots": ("1 1 0 0 0 5 -1\n2 3 9 0 0 1 -1", 2, "neither has point 1"),
    "twice": ("1 1 0 0 0 5 -1\n1 3 9 0 0 1 1", 2, "stands twice"),
    "radius": ("1 1 0 0 0 5 -1\n2 3 9 0 0 0 1", 2, "has no extent"),
    "length": ("1 1 0 0 0 5 -1\n# soma\n2 3 0 0 0 1 1", 3, "lies where its parent 1 does"),
    "columns": ("1 1 0 0 0 5 -1\n2 3 9 0 0", 2, "is no point of a morphology"),
    "infinite": ("1 1 0 0 0 5 -1\n2 3 nan 0 0 1 1", 2, "is no point of a morphology"),
    "alone": ("1 3 0 0 0 5 -1", 1, "point 1 alone has no extent"),
    "empty": ("# nothing", 1, "there are no points"),
}


@pytest.mark.parametrize("name", FAULTS)
def test_faults_have_their_line(tmp_path: Path, name: str) -> None:
    text, line, message = FAULTS[name]
    with pytest.raises(annarchy_ml.ModelError) as fault:
        traces(tmp_path, "all", text)
    own = [item for item in fault.value.diagnostics if item.code == "morphology.swc"]
    assert own
    assert message in own[0].message
    assert own[0].span is not None
    assert (Path(own[0].span.file).name, own[0].span.line) == ("branched.swc", line)
