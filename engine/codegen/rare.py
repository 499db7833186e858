"""Steps that end in a branch which is rarely taken: vectors up to it, then one by one.

t_since = t_since + dt             for all, in vectors; the test with them
when t > t_next                    for the few that it holds for, one after the other
  t_next = t - log(random) / rate
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from annarchy_ml.engine.codegen.ahead import is_cheap
from annarchy_ml.engine.codegen.divisions import Rewritten
from annarchy_ml.engine.codegen.loop import Loop
from annarchy_ml.engine.codegen.openmp import _LoopWriter as LoopWriter
from annarchy_ml.engine.codegen.printer import CPrinter
from annarchy_ml.kernels.nodes import (
    Draw,
    Emit,
    GroupKernel,
    Kernel,
    KernelKind,
    Let,
    Set,
    Store,
    When,
)
from annarchy_ml.kernels.uses import accumulated, expressions_of, used_symbols, walk


def ends_rarely(kernel: Kernel, group: GroupKernel) -> bool:
    """Whether a step is cheap up to a last branch that draws, which needs nothing but fields."""
    if kernel.kind is not KernelKind.UPDATE or not kernel.body:
        return False
    last, before = kernel.body[-1], kernel.body[:-1]
    if not isinstance(last, When) or not any(isinstance(item, Draw) for item in walk(last.body)):
        return False
    if kernel.vectorize and not any(isinstance(item, Emit) for item in last.body):
        return False  # not an event of its own, it may hold for many
    if not all(isinstance(item, Let | Set | Store) for item in before):
        return False
    values = (last.test, *(value for item in before for value in expressions_of(item)))
    local = {item.name for item in before if isinstance(item, Let | Set)}
    others = {item.name for item in group.externals if not item.shared}
    alone = not others & used_symbols(kernel.body) and not accumulated(kernel.body)
    return (
        alone and not local & used_symbols(last.body) and all(is_cheap((), item) for item in values)
    )


@dataclass(frozen=True, slots=True)
class RareLoops:
    """The loop over all instances in vectors, and that over those for which the branch is taken."""

    all: Loop
    rare: Loop

    @property
    def touched(self) -> tuple[str, ...]:
        """What both touch, with what either of them stores."""
        lines = (*self.all.touched, *self.rare.touched)
        stored = {line for line in lines if line.endswith(" 1},")}
        return tuple(
            dict.fromkeys(
                line if line in stored or _stored(line) not in stored else _stored(line)
                for line in lines
            )
        )


def print_rare(kernel: Kernel, group: GroupKernel, single: bool, called: set[str]) -> RareLoops:
    """The loops of such a step."""
    last = kernel.body[-1]
    assert isinstance(last, When)
    test = replace(last, body=())
    every = replace(kernel, body=(*kernel.body[:-1], test), vectorize=True)
    some = replace(kernel, body=last.body, vectorize=False)
    writers = (
        _TestWriter(every, group, CPrinter(single, True, called), Rewritten((), every.body), ()),
        LoopWriter(some, group, CPrinter(single, False, called), Rewritten((), some.body), ()),
    )
    return RareLoops(*(writer.loop() for writer in writers))


class _TestWriter(LoopWriter):
    """Prints what goes before the branch, and its test."""

    def when(self, statement: When, mask: str) -> Iterator[str]:
        test = self.printer.expression(statement.test, self.scope)
        yield f"const aml_real taken = {test};"
        yield "rare[i - first] = taken;"
        yield "any_rare += taken;"


def _stored(line: str) -> str:
    return line.removesuffix(" 0},") + " 1},"
