"""Cells with morphology for the tests: a soma, a trunk of two segments, two branches.

A `CableCase` adds to them what it is about: channels, pools, inputs, synapses, groups. The same
files are run by the tests and, through jNeuroML, by NEURON (``make_cables.py``).
"""

from __future__ import annotations

import runpy
from dataclasses import dataclass
from pathlib import Path

LEAK = '<ionChannelPassive id="leak" conductance="10pS"/>'


def _squid() -> str:
    """Sodium and potassium channels of the squid, as the benchmarks have them, with their ions."""
    file = Path(__file__).parents[2] / "benchmarks" / "squid_channels.py"
    text = str(runpy.run_path(str(file))["HODGKIN_HUXLEY"])
    for ion in ("na", "k"):
        named = f'id="{ion}" conductance="10pS"'
        assert text.count(named) == 1
        text = text.replace(named, f'{named} species="{ion}"')
    return text


SQUID = _squid()
LEAKS = """<channelDensity id="leaks" ionChannel="leak" condDensity="0.3 S_per_m2" erev="-60mV"
          ion="non_specific"/>"""
SQUIDS = """<channelDensity id="nas" ionChannel="na" condDensity="120 mS_per_cm2" erev="50mV"
          ion="na" segmentGroup="{group}"/>
        <channelDensity id="ks" ionChannel="k" condDensity="36 mS_per_cm2" erev="-77mV" ion="k"
          segmentGroup="{group}"/>"""
SHAPE = """<morphology id="shape">
      <segment id="0" name="soma"><proximal x="0" y="0" z="0" diameter="20"/>
        <distal x="20" y="0" z="0" diameter="20"/></segment>
      <segment id="1"><parent segment="0"/><proximal x="20" y="0" z="0" diameter="4"/>
        <distal x="120" y="0" z="0" diameter="3"/></segment>
      <segment id="2"><parent segment="1"/><distal x="220" y="30" z="0" diameter="2"/></segment>
      <segment id="3"><parent segment="2"/><proximal x="220" y="30" z="0" diameter="1.5"/>
        <distal x="320" y="130" z="0" diameter="1"/></segment>
      <segment id="4"><parent segment="2"/><proximal x="220" y="30" z="0" diameter="1.2"/>
        <distal x="360" y="-70" z="40" diameter="1.2"/></segment>
      <segmentGroup id="body" neuroLexId="sao864921383"><member segment="0"/></segmentGroup>
      <segmentGroup id="trunk" neuroLexId="sao864921383">
        <property tag="numberInternalDivisions" value="5"/>
        <member segment="1"/><member segment="2"/></segmentGroup>
      <segmentGroup id="left" neuroLexId="sao864921383">
        <property tag="numberInternalDivisions" value="3"/><member segment="3"/></segmentGroup>
      <segmentGroup id="right" neuroLexId="sao864921383"><member segment="4"/></segmentGroup>
      <segmentGroup id="soma_group"><include segmentGroup="body"/></segmentGroup>
      <segmentGroup id="dendrites"><include segmentGroup="trunk"/><include segmentGroup="left"/>
        <include segmentGroup="right"/>{gradient}</segmentGroup>
    </morphology>"""
AXON = """<cell id="axon">
    <morphology id="shape">
      <segment id="0">
        <proximal x="0" y="0" z="0" diameter="1"/>
        <distal x="1000" y="0" z="0" diameter="1"/>
      </segment>
      <segmentGroup id="cable" neuroLexId="sao864921383">
        <annotation><property tag="numberInternalDivisions" value="{divisions}"/></annotation>
        <member segment="0"/>
      </segmentGroup>
    </morphology>
    <biophysicalProperties id="bio">
      <membraneProperties>
        <channelDensity id="leaks" ionChannel="leak" condDensity="{leak}" erev="-65mV"
          ion="non_specific"/>
        <spikeThresh value="0mV"/>
        <specificCapacitance value="1 uF_per_cm2"/>
        <initMembPotential value="-65mV"/>
      </membraneProperties>
      <intracellularProperties><resistivity value="1 ohm_m"/></intracellularProperties>
    </biophysicalProperties>
  </cell>"""
"""A sealed cable of 1 mm, as in Rallpack 1."""
CELL = """<cell id="cell">
    {shape}
    <biophysicalProperties id="bio">
      <membraneProperties>
        {membrane}
        <spikeThresh value="0mV"/>{start}
      </membraneProperties>
      <intracellularProperties>{inside}</intracellularProperties>
    </biophysicalProperties>
  </cell>"""
START = """<initMembPotential value="-60mV"/>
        <specificCapacitance value="1 uF_per_cm2"/>"""
RESISTIVITY = '<resistivity value="150 ohm_cm"/>'
PULSE = '<pulseGenerator id="pulse" delay="1ms" duration="12ms" amplitude="0.15nA"/>'
STRONG = '<pulseGenerator id="strong" delay="1ms" duration="1ms" amplitude="3nA"/>'
LEMS = """<Lems>
  <Target component="sim"/>
  <Include file="Cells.xml"/><Include file="Networks.xml"/><Include file="Simulation.xml"/>
  <Include file="model.nml"/>
  <Simulation id="sim" length="{length}ms" step="{step}ms" target="net">
    <OutputFile id="out" fileName="out.dat">{columns}</OutputFile>
  </Simulation>
</Lems>
"""


def applied(component: str, segment: int = 0, along: float = 0.5, cell: int = 0) -> str:
    """An inputList with one input at a place of a cell."""
    return (
        f'<inputList id="{component}_{cell}_{segment}" component="{component}" population="pop">'
        f'<input id="0" target="../pop/{cell}/cell" segmentId="{segment}" '
        f'fractionAlong="{along}" destination="synapses"/></inputList>'
    )


@dataclass(frozen=True)
class CableCase:
    """One model.

    Attributes:
        columns: what is recorded of cell 0: ``3/v``, ``0/bio/...``; a path with ``pop`` stays.
        top: components beside the cell.
        membrane: densities.
        inside: of ``intracellularProperties``.
        network: what the network holds besides the cells.
        cells: how many.
        worst: largest difference, of the range of a column.
        late: by how many steps it may be later or earlier besides.
        asked: what NEURON is given instead, where it or jNeuroML knows no such element.
        pools: elements of the cell end so; ``2CaPools`` has two kinds of calcium.
    """

    columns: tuple[str, ...]
    membrane: str = LEAKS
    top: str = ""
    inside: str = RESISTIVITY
    network: str = applied("pulse", 2, 0.7)
    start: str = START
    gradient: str = ""
    shape: str = SHAPE
    cells: int = 1
    length: float = 20.0
    step: float = 0.005
    temperature: str = "32 degC"
    worst: float = 2e-3
    late: int = 2
    asked: CableCase | None = None
    pools: str = ""

    @property
    def paths(self) -> tuple[str, ...]:
        """Full paths of the columns."""
        return tuple(
            item if item.startswith("pop") else f"pop/0/cell/{item}" for item in self.columns
        )

    def cell(self) -> str:
        """The cell as an element."""
        shape = self.shape.format(gradient=self.gradient)
        made = CELL.format(
            shape=shape, membrane=self.membrane, start=self.start, inside=self.inside
        )
        if not self.pools:
            return made
        made = made.replace("<cell ", f"<cell{self.pools} ").replace(
            "</cell>", f"</cell{self.pools}>"
        )
        return made.replace("Properties", f"Properties{self.pools}")

    def write(self, folder: Path) -> Path:
        """Writes the files of the model; the LEMS file."""
        instances = "".join(
            f'<instance id="{k}"><location x="{k}" y="0" z="0"/></instance>'
            for k in range(self.cells)
        )
        net = (
            f'<network id="net" type="networkWithTemperature" temperature="{self.temperature}">'
            f'<population id="pop" component="cell" type="populationList" size="{self.cells}">'
            f"{instances}</population>{self.network}</network>"
        )
        parts = "\n  ".join((LEAK, self.top, PULSE, self.cell(), net))
        text = f'<neuroml xmlns="http://www.neuroml.org/schema/neuroml2" id="doc">\n  {parts}\n'
        (folder / "model.nml").write_text(f"{text}</neuroml>\n", encoding="utf-8")
        columns = "".join(
            f'<OutputColumn id="c{k}" quantity="{path}"/>' for k, path in enumerate(self.paths)
        )
        path = folder / "LEMS_model.xml"
        text = LEMS.format(length=self.length, step=self.step, columns=columns)
        path.write_text(text, encoding="utf-8")
        return path
