"""The rules of Kernel IR: a small kernel per rule that breaks it."""

import pytest

from annarchy_ml.expr import parse
from annarchy_ml.expr.nodes import Binary, Call, Number, Symbol
from annarchy_ml.kernels.nodes import (
    Count,
    Draw,
    DType,
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
from annarchy_ml.kernels.verify import KernelError, verify

FIELDS = (
    Field("v", Placement.PER_INSTANCE, Role.STATE),
    Field("w", Placement.PER_INSTANCE, Role.STATE),
    Field("regime", Placement.PER_INSTANCE, Role.REGIME, DType.INT),
    Field("tau", Placement.SHARED, Role.PARAMETER),
)
FLOW = Flow(0, 1, Number(1.0), Number(2.0))
ONE = Number(1.0)


def module_of(*body, kind=KernelKind.UPDATE, port="", externals=(), fields=FIELDS):
    kernel = Kernel("it", kind, tuple(body), port)
    group = GroupKernel("cell", fields, externals, ("j",), ("spike",), ("in",), (kernel,))
    return KernelModule((group,))


def test_a_sound_kernel_passes():
    verify(
        module_of(
            Let("a", parse("v / tau + t - t_prev + peer")),
            Draw("u", 0),
            When(parse("a .gt. u"), (Let("b", ONE), Store("v", parse("a * b")), Emit("spike"))),
            When(parse("a .lt. u"), (Let("b", ONE), Set("a", parse("b")), Draw("c", 1))),
            Propagate(("v", "w"), (FLOW,)),
            Store("regime", ONE),
            externals=(External("peer", "j"),),
        )
    )
    verify(module_of(Store("v", parse("v + weight")), kind=KernelKind.EVENT, port="in"))
    verify(module_of(Store("tau", ONE), kind=KernelKind.INIT))
    drawing = (Count("regime"), When(parse("v .gt. 1"), (Draw("a", 0, "regime"),)))
    verify(module_of(*drawing, kind=KernelKind.EVENT, port="in"))


BAD = [
    ((Store("v", parse("nobody")),), "'nobody' means nothing here"),
    ((Store("v", parse("weight")),), "'weight' means nothing here"),
    ((Set("a", ONE),), "'a' is no local that is visible here"),
    ((Set("v", ONE),), "'v' is no local that is visible here"),
    ((Store("v", parse("a")), Let("a", ONE)), "'a' means nothing here"),
    ((When(parse("v .gt. 1"), (Let("a", ONE),)), Store("v", parse("a"))), "'a' means nothing"),
    ((Let("a", ONE), Let("a", ONE)), "'a' is already a local here"),
    ((Let("a", ONE), When(parse("v .gt. 1"), (Let("a", ONE),))), "'a' is already a local here"),
    ((Let("dt", ONE),), "'dt' is a built-in scalar"),
    ((Store("x", ONE),), "the group has no field 'x'"),
    ((Store("tau", ONE),), "'tau' is shared"),
    ((Emit("out"),), "no event can leave through 'out'"),
    ((Draw("a", 0), Draw("b", 0)), "draw number 0 is taken"),
    ((Draw("a", 0, law="cauchy"),), "no law 'cauchy'"),
    ((Draw("a", 0, law="poisson"),), "no law 'poisson' of these arguments"),
    ((Draw("a", 0, law="normal", arguments=(ONE,)),), "no law 'normal' of these arguments"),
    ((Draw("a", 0, law="poisson", arguments=(parse("nobody"),)),), "'nobody' means nothing here"),
    ((Propagate(("v", "tau"), (FLOW,)),), "'tau' is shared"),
    ((Propagate(("v", "regime"), (FLOW,)),), "'regime' is not a real number"),
    ((Propagate(("v", "v"), (FLOW,)),), "different occupancies"),
    ((Propagate(("v", "w"), (Flow(0, 2, ONE, ONE),)),), "no flow from 0 to 2"),
    ((Store("v", parse("v .gt. 1")),), "a number is needed"),
    ((When(parse("v"), ()),), "a condition is needed"),
    ((Store("v", Binary("+", parse("v .gt. 1"), ONE)),), "conditions and numbers are mixed"),
    ((Store("v", Call("random", (ONE,))),), "no function 'random' in kernels"),
    ((Store("v", Call("nothing", (ONE,))),), "no function 'nothing' in kernels"),
    ((Store("v", Call("exp", (ONE, ONE))),), "wrong number of arguments of 'exp'"),
]


BAD_EVENTS = [
    ((Draw("a", 0),), "needs the number of the event"),
    ((Draw("a", 0, "regime"),), "'regime' is not counted"),
    ((Draw("a", 0, "nobody"),), "'nobody' is not counted"),
    ((Count("nobody"),), "no field 'nobody'"),
    ((Count("tau"),), "'tau' is shared"),
    ((Count("v"),), "'v' is not a whole number"),
    ((Store("v", ONE), Count("regime")), "only the first statement"),
    ((Count("regime"), Store("v", parse("regime"))), "used by draws only"),
]


@pytest.mark.parametrize(("body", "message"), BAD_EVENTS)
def test_each_rule_of_events(body, message):
    with pytest.raises(KernelError, match=message):
        verify(module_of(*body, kind=KernelKind.EVENT, port="in"))


def test_steps_do_not_count():
    with pytest.raises(KernelError, match="only the first statement of an event"):
        verify(module_of(Count("regime")))


@pytest.mark.parametrize(("body", "message"), BAD)
def test_each_rule(body, message):
    with pytest.raises(KernelError, match=message) as caught:
        verify(module_of(*body))
    assert "group 'cell', kernel 'it'" in str(caught.value)


def test_the_statement_is_shown():
    with pytest.raises(KernelError) as caught:
        verify(module_of(Store("v", Symbol("nobody"))))
    assert str(caught.value).endswith("\n    store v = nobody")


@pytest.mark.parametrize(
    ("module", "message"),
    [
        (module_of(kind=KernelKind.EVENT, port="out"), "belongs to no in-port: 'out'"),
        (module_of(port="in"), "has a port but is no event kernel"),
        (module_of(Emit("spike"), kind=KernelKind.INIT), "no event can leave"),
        (module_of(externals=(External("peer", "k"),)), "has no index 'k'"),
        (module_of(externals=(External("v", "j"),)), "two of field or external 'v'"),
        (module_of(fields=FIELDS + FIELDS[:1]), "two of field or external 'v'"),
        (KernelModule((), "half"), "neither 'double' nor 'single'"),
    ],
)
def test_names_and_kinds(module, message):
    with pytest.raises(KernelError, match=message):
        verify(module)


def test_ordinals_are_unique_in_the_whole_group():
    draw = (Draw("a", 3),)
    kernels = (
        Kernel("update", KernelKind.UPDATE, draw),
        Kernel("event", KernelKind.EVENT, draw, "in"),
    )
    group = GroupKernel("cell", FIELDS, (), (), (), ("in",), kernels)
    with pytest.raises(KernelError, match="draw number 3 is taken"):
        verify(KernelModule((group,)))


def looped(*body, most=3, vectorize=False):
    loop = When(parse("a .gt. 0"), body, most=most)
    kernel = Kernel("it", KernelKind.UPDATE, (Let("a", ONE), loop), vectorize=vectorize)
    return KernelModule((GroupKernel("cell", FIELDS, (), ("j",), ("spike",), ("in",), (kernel,)),))


def test_loops_go_one_by_one_without_draws_and_events():
    verify(looped(Set("a", parse("a - 1")), Store("v", parse("v / 2"))))
    for module, message in (
        (looped(Set("a", ONE), vectorize=True), "a loop needs a kernel that goes one by one"),
        (looped(Set("a", ONE), most=0), "a loop needs a kernel that goes one by one"),
        (looped(Draw("u", 0)), "a loop neither draws nor sends events"),
        (looped(Emit("spike")), "a loop neither draws nor sends events"),
    ):
        with pytest.raises(KernelError, match=message):
            verify(module)
    with pytest.raises(KernelError, match=r"when a .gt. 0 at most 3 times:"):
        verify(looped(Emit("spike")))
