"""Component trees before, one set of equations after ``flatten``."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

Stage = Callable[..., list[str]]

LEAF = """
<ComponentType name="leaf"><Parameter name="k" dimension="none"/>
  <Requirement name="v" dimension="none"/><Exposure name="q" dimension="none"/>
  <Dynamics><DerivedVariable name="q" dimension="none" exposure="q" value="k * v"/></Dynamics>
</ComponentType>
"""
SEC = '<Constant name="SEC" dimension="time" value="2s"/>'


def holder(dynamics: str, slots: str = '<Children name="leaves" type="leaf"/>') -> str:
    return (
        f'<ComponentType name="holder">{SEC}{slots}<Exposure name="v" dimension="none"/>'
        f'<Dynamics><StateVariable name="v" dimension="none" exposure="v"/>{dynamics}</Dynamics>'
        "</ComponentType>"
    )


def test_reduced_list_becomes_a_chain_and_children_come_first(stage: Stage) -> None:
    total = (
        '<DerivedVariable name="all" dimension="none" select="leaves[*]/q" reduce="multiply"/>'
        '<TimeDerivative variable="v" value="all / SEC"/>'
    )
    body = (
        LEAF + holder(total) + '<holder id="net"><leaf id="a" k="1"/><leaf id="b" k="2"/></holder>'
    )

    assert stage(body, "flatten", "v") == [
        "system of net",
        "  a (leaf)",
        "    v = ../v",
        "    q = k * v",
        "  b (leaf)",
        "    v = ../v",
        "    q = k * v",
        "  . (holder)",
        "    all = a/q * b/q",
        "    dv/dt = all / 2",
    ]


def test_empty_list_gives_the_neutral_number(stage: Stage) -> None:
    sums = (
        '<DerivedVariable name="s" dimension="none" select="leaves[*]/q" reduce="add"/>'
        '<DerivedVariable name="p" dimension="none" select="leaves[*]/q" reduce="multiply"/>'
    )

    lines = stage(LEAF + holder(sums) + '<holder id="net"/>', "flatten", "s", "p")

    assert lines[2:] == ["    s = 0", "    p = 1"]


def test_requirement_is_met_two_levels_up(stage: Stage) -> None:
    middle = (
        '<ComponentType name="middle"><Child name="leaf" type="leaf"/><Dynamics>'
        '<DerivedVariable name="m" dimension="none" select="leaf/q"/></Dynamics></ComponentType>'
    )
    body = (
        LEAF
        + middle
        + holder("", '<Child name="mid" type="middle"/>')
        + '<holder id="net"><mid type="middle"><leaf k="3"/></mid></holder>'
    )

    lines = stage(body, "flatten", "mid/m")

    assert lines[1:3] == ["  mid/leaf (leaf)", "    v = ../../v"]
    assert "    m = leaf/q" in lines


def test_event_inside_a_tree_becomes_what_it_does(stage: Stage) -> None:
    sender = (
        '<ComponentType name="sender"><EventPort name="out" direction="out"/>'
        '<Requirement name="v" dimension="none"/><Dynamics>'
        '<OnCondition test="v .gt. 1"><EventOut port="out"/></OnCondition></Dynamics>'
        '<Structure><With instance="this" as="a"/><With instance="parent" as="b"/>'
        '<EventConnection from="a" to="b"/></Structure></ComponentType>'
    )
    receiver = (
        '<ComponentType name="receiver"><EventPort name="in" direction="in"/>'
        '<Children name="senders" type="sender"/><Exposure name="v" dimension="none"/><Dynamics>'
        '<StateVariable name="v" dimension="none" exposure="v"/>'
        '<OnEvent port="in"><StateAssignment variable="v" value="v / 2"/></OnEvent></Dynamics>'
        "</ComponentType>"
    )
    body = sender + receiver + '<receiver id="net"><sender id="s"/></receiver>'

    lines = [line.partition("#")[0].rstrip() for line in stage(body, "flatten", "v")]

    assert lines == [
        "system of net",
        "  s (sender)",
        "    v = ../v",
        "    when v .gt. 1:",
        "      set ../v = ../v / 2",
        "  . (receiver)",
        "  on event in:",
        "    set v = v / 2",
    ]


def test_regime_equations_stand_apart(stage: Stage) -> None:
    regimes = (
        '<Regime name="up" initial="true"><TimeDerivative variable="v" value="1 / SEC"/>'
        '<OnCondition test="v .gt. 1"><Transition regime="down"/></OnCondition></Regime>'
        '<Regime name="down"><OnEntry><StateAssignment variable="v" value="0"/></OnEntry></Regime>'
    )
    body = LEAF + holder(regimes) + '<holder id="net"/>'

    lines = [line.partition("#")[0].rstrip() for line in stage(body, "flatten", "v")]

    assert lines == [
        "system of net",
        "  . (holder)",
        "    in regime up:",
        "      dv/dt = 1 / 2",
        "      when v .gt. 1:",
        "        set regime = 1",
        "        set v = 0",
        "    in regime down:",
    ]


def test_order_of_variables_does_not_depend_on_the_process(tmp_path: Path) -> None:
    """Kernels are kept by their text; the order of sets differs from process to process."""
    names = ("u", "v", "w", "x", "y")
    exposures = "".join(f'<Exposure name="{name}" dimension="none"/>' for name in names)
    states = "".join(
        f'<StateVariable name="{name}" dimension="none" exposure="{name}"/>' for name in names
    )
    resets = "".join(f'<StateAssignment variable="{name}" value="1"/>' for name in names)
    columns = "".join(f'<OutputColumn id="{name}" quantity="{name}"/>' for name in names)
    path = tmp_path / "model.xml"
    path.write_text(
        '<Lems><Target component="sim"/><Include file="Simulation.xml"/>'
        f'<ComponentType name="cell">{exposures}<EventPort name="in" direction="in"/><Dynamics>'
        f'{states}<OnEvent port="in">{resets}</OnEvent></Dynamics></ComponentType><cell id="net"/>'
        '<Simulation id="sim" length="1ms" step="1ms" target="net"><OutputFile id="o" '
        f'fileName="o.dat">{columns}</OutputFile></Simulation></Lems>'
    )
    code = f"import annarchy_ml; print(annarchy_ml.load({str(path)!r}).show('lower'))"
    texts = {
        subprocess.run(
            [sys.executable, "-c", code],
            cwd=tmp_path,
            env={**os.environ, "PYTHONHASHSEED": str(seed)},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed in range(3)
    }
    assert len(texts) == 1
