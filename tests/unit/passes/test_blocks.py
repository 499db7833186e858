"""Populations cut into blocks: an instance that an earlier one reaches at once starts a new one."""

from __future__ import annotations

from collections.abc import Callable

import pytest

Stage = Callable[..., list[str]]

TYPES = """
<ComponentType name="cell"><EventPort name="in" direction="in"/>
  <EventPort name="out" direction="out"/><Exposure name="n" dimension="none"/>
  <Dynamics><StateVariable name="n" dimension="none" exposure="n"/>
    <OnCondition test="n .gt. 1"><EventOut port="out"/></OnCondition>
    <OnEvent port="in"><StateAssignment variable="n" value="n + 1"/></OnEvent></Dynamics>
</ComponentType>
<ComponentType name="row"><Parameter name="size" dimension="none"/>
  <ComponentReference name="component" type="cell"/>
  <Structure><MultiInstantiate number="size" component="component"/></Structure></ComponentType>
<ComponentType name="wire"><Path name="from"/><Path name="to"/>
  <Parameter name="delay" dimension="time"/>
  <Structure><With instance="from" as="a"/><With instance="to" as="b"/>
    <EventConnection from="a" to="b" delay="delay"/></Structure></ComponentType>
<ComponentType name="network"><Children name="rows" type="row"/>
  <Children name="wires" type="wire"/></ComponentType>
<cell id="c"/>
"""
CASES = {
    "without connections": ([], ["p[0:5]", "q[0:2]"]),
    "forward": ([("p[1]", "p[3]", 0)], ["p[0:3]", "p[3:5]", "q[0:2]"]),
    "backward": ([("p[3]", "p[1]", 0)], ["p[0:5]", "q[0:2]"]),
    "to itself": ([("p[2]", "p[2]", 0)], ["p[0:5]", "q[0:2]"]),
    "to another population": ([("p[1]", "q[1]", 0)], ["p[0:5]", "q[0:2]"]),
    "with a delay": ([("p[1]", "p[3]", 1)], ["p[0:5]", "q[0:2]"]),
    "chain": (
        [("p[0]", "p[1]", 0), ("p[1]", "p[2]", 0), ("p[2]", "p[3]", 0)],
        ["p[0:1]", "p[1:2]", "p[2:3]", "p[3:5]", "q[0:2]"],
    ),
    "one cut serves two": (
        [("p[0]", "p[3]", 0), ("p[1]", "p[4]", 0)],
        ["p[0:3]", "p[3:5]", "q[0:2]"],
    ),
    "only the undelayed one of two": (
        [("p[0]", "p[2]", 3), ("p[0]", "p[4]", 0)],
        ["p[0:4]", "p[4:5]", "q[0:2]"],
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_blocks(stage: Stage, name: str) -> None:
    connections, blocks = CASES[name]
    wires = "".join(
        f'<wire id="w{n}" from="{source}" to="{target}" delay="{delay}ms"/>'
        for n, (source, target, delay) in enumerate(connections)
    )
    rows = '<row id="p" size="5" component="c"/><row id="q" size="2" component="c"/>'
    body = f'{TYPES}<network id="net">{rows}{wires}</network>'

    lines = stage(body, "plan", "p[0]/n")

    assert [line[6:] for line in lines if line.startswith("block ")] == blocks
