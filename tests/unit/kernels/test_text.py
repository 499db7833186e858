"""The text of Kernel IR: readable, and different for different modules."""

from annarchy_ml.expr import parse
from annarchy_ml.expr.nodes import Symbol
from annarchy_ml.kernels.nodes import (
    Count,
    Draw,
    Emit,
    External,
    Field,
    Flow,
    GroupKernel,
    Kernel,
    KernelKind,
    KernelModule,
    Let,
    Placement,
    Propagate,
    Role,
    Set,
    Store,
    When,
)
from annarchy_ml.kernels.text import module_text, statement_text

SHARED, EACH = Placement.SHARED, Placement.PER_INSTANCE


def test_module():
    update = Kernel(
        "update",
        KernelKind.UPDATE,
        (
            Let("a", parse("exp(-v / tau)")),
            Draw("u", 0),
            Store("v", parse("v + dt * (a - v)"), "dv/dt =\n (a - v)"),
            When(parse("v .gt. 1"), (Emit("spike"), Set("a", parse("0")))),
            Propagate(("C", "O"), (Flow(0, 1, parse("a"), parse("2")),), "KS"),
        ),
        vectorize=False,
    )
    fields = (Field("v", EACH, Role.STATE, unit="V"), Field("tau", SHARED, Role.PARAMETER))
    externals = (External("pre/v", "j"), External("g", "", shared=True))
    group = GroupKernel("cell", fields, externals, ("j",), ("spike",), ("in",), (update,))
    assert module_text(KernelModule((group,), "single")) == (
        "module in single precision\n"
        "\n"
        "group 0 cell\n"
        "  field v: per instance state, real [V]\n"
        "  field tau: shared parameter, real\n"
        "  external pre/v: at j, real\n"
        "  external g: shared, real\n"
        "  index j\n"
        "  out spike\n"
        "  in in\n"
        "  kernel 'update': update, one by one\n"
        "    let a = exp(-v / tau)\n"
        "    draw u number 0\n"
        "    store v = v + dt * (a - v)    # dv/dt = (a - v)\n"
        "    when v .gt. 1:\n"
        "      emit spike\n"
        "      set a = 0\n"
        "    propagate C, O:    # KS\n"
        "      0 <-> 1: a, 2\n"
    )


def test_draws_of_events():
    assert statement_text(Count("n")) == "count n"
    assert statement_text(Draw("u", 2, "n")) == "draw u number 2 of event n"
    poisson = Draw("u", 0, law="poisson", arguments=(parse("a * b"),))
    assert statement_text(poisson) == "draw u number 0: poisson(a * b)"
    assert statement_text(Draw("u", 0, law="normal")) == "draw u number 0: normal()"


def test_units_stand_as_they_are_written_and_hostile_ones_are_quoted():
    units = ("V", "S/m²", "kg·m⁻¹", "Ω·m", "1", "V]\nfield x")
    fields = tuple(Field(f"x{n}", EACH, Role.STATE, unit=unit) for n, unit in enumerate(units))
    text = module_text(KernelModule((GroupKernel("g", fields, (), (), (), (), ()),)))
    shown = [line.partition("real ")[2] for line in text.splitlines() if "field" in line]
    assert shown == ["[V]", "[S/m²]", "[kg·m⁻¹]", "[Ω·m]", "[1]", "['V]\\nfield x']"]


def test_hostile_names_are_quoted():
    assert statement_text(Store("a = 1\n", Symbol("b + c"))) == "store 'a = 1\\n' = 'b + c'"
    sum_of_two = statement_text(Store("a", parse("b + c")))
    assert sum_of_two != statement_text(Store("a", Symbol("b + c")))
