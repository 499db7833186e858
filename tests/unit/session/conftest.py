"""A small model on disk, and a cache of plans and kernels of its own."""

from __future__ import annotations

from pathlib import Path

import pytest

CELLS = """<Lems>
<ComponentType name="sawtooth" extends="baseSpikingCell">
  <Constant name="SEC" dimension="time" value="1s"/>
  <Parameter name="rate" dimension="none"/><Parameter name="gain" dimension="none"/>
  <Parameter name="start" dimension="none"/>
  <Property name="bias" dimension="none" defaultValue="0"/>
  <Exposure name="x" dimension="none"/>
  <Dynamics><StateVariable name="x" dimension="none" exposure="x"/>
    <DerivedVariable name="slope" dimension="none" value="rate * gain"/>
    <TimeDerivative variable="x" value="(slope + bias) / SEC"/>
    <OnStart><StateAssignment variable="x" value="start * 10"/></OnStart>
    <OnCondition test="x .geq. 14"><StateAssignment variable="x" value="0"/>
      <EventOut port="spike"/></OnCondition>
  </Dynamics></ComponentType>
<sawtooth id="c" rate="2" gain="0.5" start="1"/></Lems>"""
MAIN = """<Lems><Target component="sim"/>
<Include file="Cells.xml"/><Include file="Networks.xml"/><Include file="Simulation.xml"/>
<Include file="cells.xml"/>
<network id="net"><population id="p" component="c" size="3"/></network>
<Simulation id="sim" length="8s" step="1s" target="net">
<OutputFile id="of" fileName="o.dat"><OutputColumn id="a" quantity="p[0]/x"/>
<OutputColumn id="b" quantity="p[2]/x"/></OutputFile>
<EventOutputFile id="ev" fileName="ev.dat" format="TIME_ID">
<EventSelection id="0" select="p[1]" eventPort="spike"/></EventOutputFile></Simulation></Lems>"""


@pytest.fixture(autouse=True)
def cache_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The cache of one test."""
    folder = tmp_path / "cache"
    monkeypatch.setenv("ANNARCHY_ML_CACHE", str(folder))
    return folder


@pytest.fixture
def model_file(tmp_path: Path) -> Path:
    """Three counting cells: x starts at 10, grows by 1 each second, fires and restarts at 14."""
    (tmp_path / "cells.xml").write_text(CELLS, encoding="utf-8")
    path = tmp_path / "main.xml"
    path.write_text(MAIN, encoding="utf-8")
    return path
