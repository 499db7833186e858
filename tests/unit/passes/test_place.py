"""Where values live after ``place``: fields, constants of the run, locals of a step."""

from __future__ import annotations

from collections.abc import Callable

import pytest

Stage = Callable[..., list[str]]

BODY = """
<ComponentType name="cell"><Constant name="SEC" dimension="time" value="1s"/>
  <Parameter name="a" dimension="none"/><Parameter name="unused" dimension="none"/>
  <Exposure name="x" dimension="none"/><EventPort name="in" direction="in"/>
  <Dynamics><StateVariable name="x" dimension="none" exposure="x"/>
    <DerivedVariable name="fixed" dimension="none" value="3 * a"/>
    <DerivedVariable name="moving" dimension="none" value="fixed + x"/>
    <DerivedVariable name="idle" dimension="none" value="x * x"/>
    <TimeDerivative variable="x" value="moving / SEC"/></Dynamics></ComponentType>
<cell id="net" a="2" unused="1"/>
"""


def fields_and_kernel(lines: list[str]) -> tuple[list[str], list[str]]:
    fields = [line.strip()[6:] for line in lines if line.strip().startswith("field ")]
    start = next(n for n, line in enumerate(lines) if line.strip().startswith("kernel 'update'"))
    body = [line.partition("#")[0].strip() for line in lines[start + 1 :]]
    return fields, [line for line in body if line]


def test_values_of_parameters_alone_are_computed_once(stage: Stage) -> None:
    fields, kernel = fields_and_kernel(stage(BODY, "lower", "x"))

    assert fields == [
        "x: per instance state, real [1]",
        "fixed: shared derived, real [1]",
        "a: shared parameter, real [1]",
    ]
    assert kernel == ["let moving = fixed + x", "store x = x + dt * moving"]


@pytest.mark.parametrize(
    ("recorded", "field", "statement"),
    [
        ("moving", "moving: per instance derived, real [1]", "store moving = fixed + x"),
        ("idle", "idle: per instance derived, real [1]", "store idle = x * x"),
        ("unused", "unused: shared parameter, real [1]", None),
    ],
)
def test_what_is_recorded_is_stored(
    stage: Stage, recorded: str, field: str, statement: str | None
) -> None:
    fields, kernel = fields_and_kernel(stage(BODY, "lower", "x", recorded))

    assert field in fields
    assert statement is None or statement in kernel


def test_value_read_before_it_is_computed_is_stored(stage: Stage) -> None:
    """A child sees what its parent computed in the step before."""
    body = (
        '<ComponentType name="kid"><Requirement name="d" dimension="none"/>'
        '<Exposure name="k" dimension="none"/><Dynamics>'
        '<DerivedVariable name="k" dimension="none" exposure="k" value="d + 1"/></Dynamics>'
        '</ComponentType><ComponentType name="top"><Child name="kid" type="kid"/>'
        '<Exposure name="d" dimension="none"/><Exposure name="x" dimension="none"/>'
        '<Constant name="SEC" dimension="time" value="1s"/><Dynamics>'
        '<StateVariable name="x" dimension="none" exposure="x"/>'
        '<DerivedVariable name="k" dimension="none" select="kid/k"/>'
        '<DerivedVariable name="d" dimension="none" exposure="d" value="x * 2"/>'
        '<TimeDerivative variable="x" value="k / SEC"/></Dynamics></ComponentType>'
        '<top id="net"><kid type="kid"/></top>'
    )

    fields, kernel = fields_and_kernel(stage(body, "lower", "x"))

    assert "d: per instance derived, real [1]" in fields
    assert kernel[0] == "let kid/d = d"
    assert "store d = x * 2" in kernel


def test_what_an_event_reads_is_stored_and_nothing_else_is_kept(stage: Stage) -> None:
    event = '<OnEvent port="in"><StateAssignment variable="x" value="idle"/></OnEvent>'
    body = BODY.replace("</Dynamics>", event + "</Dynamics>")
    network = body.replace('id="net"', 'id="one"') + (
        '<ComponentType name="pair"><Parameter name="n" dimension="none"/>'
        '<ComponentReference name="what" type="cell"/><Structure>'
        '<MultiInstantiate number="n" component="what"/></Structure></ComponentType>'
        '<ComponentType name="group"><Children name="pairs" type="pair"/></ComponentType>'
        '<group id="net"><pair id="p" n="3" what="one"/></group>'
    )

    lines = stage(network, "lower", "p[0]/x")

    fields, _ = fields_and_kernel(lines)
    assert "idle: per instance derived, real [1]" in fields
    assert not any(line.startswith("moving") for line in fields)
    assert any("kernel 'in': event" in line or "event in" in line for line in lines)


def test_fields_tell_their_si_unit(stage: Stage) -> None:
    """The symbol where there is a customary one, else base units."""
    body = (
        '<Dimension name="viscosity" m="1" l="-1" t="-1"/>'
        '<ComponentType name="cell"><Exposure name="v" dimension="voltage"/>'
        '<Exposure name="eta" dimension="viscosity"/><Exposure name="n" dimension="none"/>'
        '<Dynamics><StateVariable name="v" dimension="voltage" exposure="v"/>'
        '<StateVariable name="eta" dimension="viscosity" exposure="eta"/>'
        '<StateVariable name="n" dimension="none" exposure="n"/></Dynamics></ComponentType>'
        '<cell id="net"/>'
    )

    fields, _ = fields_and_kernel(stage(body, "lower", "v"))

    assert [line.partition(", ")[2] for line in fields] == [
        "real [V]",
        "real [kg·m⁻¹·s⁻¹]",
        "real [1]",
    ]


@pytest.mark.parametrize(
    ("test", "statements"),
    [
        ("1 .gt. 0", ["store x = x + dt * moving", "store x = a"]),
        ("1 .lt. 0", ["store x = x + dt * moving"]),
    ],
)
def test_settled_conditions_are_gone(stage: Stage, test: str, statements: list[str]) -> None:
    condition = (
        f'<OnCondition test="{test}"><StateAssignment variable="x" value="a"/></OnCondition>'
    )
    body = BODY.replace("</Dynamics>", f"{condition}</Dynamics>")

    _, kernel = fields_and_kernel(stage(body, "lower", "x"))

    assert kernel == ["let moving = fixed + x", *statements]
