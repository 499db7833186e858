"""Inheritance: what a type or component has after ``resolve``."""

from __future__ import annotations

from collections.abc import Callable

Stage = Callable[..., list[str]]

BASE = """
<ComponentType name="base"><Parameter name="a" dimension="none"/>
  <Parameter name="b" dimension="time"/>
  <DerivedParameter name="twice" dimension="none" value="2 * a"/>
  <Dynamics><StateVariable name="x" dimension="none"/>
    <TimeDerivative variable="x" value="a / b"/></Dynamics></ComponentType>
"""


def test_inherited_parameters_come_with_si_values(stage: Stage) -> None:
    body = BASE + '<ComponentType name="sub" extends="base"/><sub id="net" a="3" b="2 ms"/>'

    assert stage(body, "resolve") == [
        "sub 'net'",
        "    a = 3.0",
        "    b = 0.002",
        "    twice = 6.0",
    ]


def test_fixed_parameter_replaces_an_inherited_one(stage: Stage) -> None:
    body = (
        BASE + '<ComponentType name="sub" extends="base"><Fixed parameter="a" value="5"/>'
        '</ComponentType><sub id="net" b="1s"/>'
    )

    assert stage(body, "resolve")[1:] == ["    a = 5.0", "    b = 1.0", "    twice = 10.0"]


def test_component_takes_what_it_does_not_give_from_the_one_it_extends(stage: Stage) -> None:
    body = BASE + '<base id="first" a="3" b="1s"/><base id="net" extends="first" b="7s"/>'

    lines = stage(body, "resolve")

    second = lines.index("base 'net'")
    assert lines[second + 1 :] == ["    a = 3.0", "    b = 7.0", "    twice = 6.0"]


def test_own_dynamics_replace_inherited_ones_as_a_whole(stage: Stage) -> None:
    body = (
        BASE + '<ComponentType name="sub" extends="base"><Dynamics>'
        '<StateVariable name="y" dimension="none"/>'
        '<TimeDerivative variable="y" value="1 / b"/></Dynamics></ComponentType>'
        '<sub id="net" a="3" b="1s"/>'
    )

    assert stage(body, "flatten", "y") == ["system of net", "  . (sub)", "    dy/dt = 1 / b"]


def test_child_stands_in_the_slot_of_its_type(stage: Stage) -> None:
    body = (
        BASE + '<ComponentType name="sub" extends="base"/>'
        '<ComponentType name="holder"><Child name="one" type="base"/>'
        '<Children name="many" type="base"/><Dynamics><StateVariable name="z" dimension="none"/>'
        '</Dynamics></ComponentType><holder id="net"><one type="sub" a="1" b="1s"/>'
        '<sub id="s" a="2" b="1s"/><base id="t" a="3" b="1s"/></holder>'
    )

    heads = [line for line in stage(body, "resolve") if "=" not in line]

    assert heads == ["holder 'net'", "  sub '' in one", "  sub 's' in many", "  base 't' in many"]
