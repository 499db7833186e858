"""Random numbers drawn by events: each event has its own, whatever the threads and the executor."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

import annarchy_ml

TYPES = """<Lems><Target component="sim"/>
<Include file="Cells.xml"/><Include file="Networks.xml"/><Include file="Simulation.xml"/>
<Include file="Inputs.xml"/>
<ComponentType name="dice" extends="baseSpikingCell">
  <EventPort name="in" direction="in"/><EventPort name="other" direction="in"/>
  <Exposure name="now" dimension="none"/><Exposure name="before" dimension="none"/>
  <Exposure name="stepped" dimension="none"/><Exposure name="count" dimension="none"/>
  <Dynamics>
    <StateVariable name="now" dimension="none" exposure="now"/>
    <StateVariable name="before" dimension="none" exposure="before"/>
    <StateVariable name="stepped" dimension="none" exposure="stepped"/>
    <StateVariable name="count" dimension="none" exposure="count"/>
    <OnCondition test="t .gt. 0*SEC"><StateAssignment variable="stepped" value="random(1)"/>
    </OnCondition>
    <OnEvent port="in"><StateAssignment variable="before" value="now"/>
      <StateAssignment variable="now" value="random(1)"/>
      <StateAssignment variable="count" value="count + 1"/></OnEvent>
    <OnEvent port="other"><StateAssignment variable="before" value="now"/>
      <StateAssignment variable="now" value="random(1)"/></OnEvent>
  </Dynamics>
  <Constant name="SEC" dimension="time" value="1s"/></ComponentType>
<ComponentType name="wire"><Path name="from"/><Path name="to"/><Text name="into"/>
  <Structure><With instance="from" as="a"/><With instance="to" as="b"/>
    <EventConnection from="a" to="b" targetPort="into"/></Structure></ComponentType>
<ComponentType name="net2" extends="network"><Children name="wires" type="wire"/></ComponentType>
<dice id="c"/><spikeGenerator id="g" period="1ms"/>"""


def model(tmp_path: Path, wires: str, cells: int, sources: int) -> Any:
    columns = "".join(
        f'<OutputColumn id="{name}{i}" quantity="p[{i}]/{name}"/>'
        for i in range(min(cells, 40))
        for name in ("now", "before", "stepped", "count")
    )
    path = tmp_path / "dice.xml"
    path.write_text(
        f"""{TYPES}<net2 id="net"><population id="g1" component="g" size="{sources}"/>
        <population id="p" component="c" size="{cells}"/>{wires}</net2>
        <Simulation id="sim" length="6ms" step="0.25ms" target="net">
        <OutputFile id="o" fileName="o.dat">{columns}</OutputFile></Simulation></Lems>""",
        encoding="utf-8",
    )
    return annarchy_ml.load(path)


def wire(source: int, target: int, port: str) -> str:
    return f'<wire from="g1[{source}]" to="p[{target}]" into="{port}"/>'


@pytest.mark.parametrize("precision", ["double", "single"])
@pytest.mark.parametrize("ports", [("in", "in"), ("in", "other")])
def test_events_of_one_step_draw_different_numbers(
    tmp_path: Path, executor: str, ports: tuple[str, str], precision: str
) -> None:
    wires = "".join(wire(source, 0, port) for source, port in enumerate(ports))
    simulation = model(tmp_path, wires, 1, 2).compile(executor=executor, precision=precision)
    results = simulation.run()
    now, before = (np.asarray(results[f"p[0]/{name}"].values) for name in ("now", "before"))
    fired = now[1:] != now[:-1]

    assert fired.sum() >= 5
    assert np.all(now[1:][fired] != before[1:][fired])
    drawn = np.concatenate([now[1:][fired], before[1:][fired]])
    assert len(np.unique(drawn)) == len(drawn)
    simulation.reset()
    assert np.array_equal(simulation.run()["p[0]/now"].values, now)


def test_draws_of_steps_are_those_of_a_model_without_events(tmp_path: Path, executor: str) -> None:
    silent = model(tmp_path, "", 2, 1).compile(executor=executor).run()
    loud = model(tmp_path, wire(0, 0, "in") + wire(0, 1, "in"), 2, 1)
    results = loud.compile(executor=executor).run()

    for path in ("p[0]/stepped", "p[1]/stepped"):
        assert np.array_equal(results[path].values, silent[path].values)
    assert results["p[0]/count"].values[-1] >= 5


def test_draws_depend_on_neither_threads_nor_executor(tmp_path: Path, toolchain: Any) -> None:
    """Enough connections that threads deliver side by side, three of them onto each cell."""
    cells, rng = 4000, np.random.default_rng(2)
    wires = "".join(
        wire(source, int(target), "in")
        for source in range(3)
        for target in rng.permutation(cells)[: cells - 7 * source]
    )
    compiled = model(tmp_path, wires, cells, 3)
    runs = [compiled.compile(executor="interpreter")]
    runs += [compiled.compile(executor="compiled", threads=threads) for threads in (1, 2, 3)]
    for simulation in runs:
        simulation.run()
    for path in ("p/now", "p/before", "p/stepped", "p/count"):
        values = [simulation.get(path).tobytes() for simulation in runs]
        assert len(set(values)) == 1, path

    now, before = runs[0].get("p/now"), runs[0].get("p/before")
    assert len(np.unique(np.concatenate([now, before]))) == 2 * cells
    assert abs(now.mean() - 0.5) < 5 * np.sqrt(1 / 12 / cells)
    assert abs(np.corrcoef(now, before)[0, 1]) < 5 / np.sqrt(cells)
