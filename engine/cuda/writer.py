"""Prints kernels as CUDA functions of one instance; statements read as those of the CPU's loops."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from annarchy_ml.engine.codegen.divisions import Rewritten, rewrite_divisions
from annarchy_ml.engine.codegen.draws import TYPES
from annarchy_ml.engine.codegen.family import FamilyParts, family_parts
from annarchy_ml.engine.codegen.hoisting import hoist
from annarchy_ml.engine.codegen.loop import Loop
from annarchy_ml.engine.codegen.openmp import _LoopWriter as LoopWriter
from annarchy_ml.engine.codegen.printer import CPrinter
from annarchy_ml.engine.cuda.modes import added_value
from annarchy_ml.kernels.nodes import (
    Accumulate,
    Family,
    Field,
    GroupKernel,
    Kernel,
    KernelModule,
    Statement,
    Store,
)


def print_update(kernel: Kernel, group: GroupKernel, single: bool) -> Loop:
    """What steps one instance."""
    writer = _DeviceWriter(kernel, group, _printer(single), _rewritten(kernel, group), ())
    return writer.loop()


def print_event(kernel: Kernel, group: GroupKernel, single: bool, mode: str) -> Loop:
    """What an event does to one instance.

    Args:
        kernel: of an in-port.
        group: where its names are declared.
        single: whether real numbers are float.
        mode: how the events of the group are delivered: ``spread``, ``apart`` or ``owned``.
    """
    rewritten = Rewritten((), kernel.body)
    alone = replace(kernel, apart=False)
    return _EventWriter(alone, group, _printer(single), rewritten, (), mode=mode).loop()


def print_family(module: KernelModule, family: Family) -> Loop:
    """What steps one host and all that is attached to it."""
    parts = family_parts(module, family)
    rewritten = _rewritten(parts.kernel, parts.group)
    printer = _printer(module.precision == "single")
    return _FamilyWriter(parts.kernel, parts.group, printer, rewritten, (), family=parts).loop()


def _printer(single: bool) -> CPrinter:
    return CPrinter(single, vector=False)


def _rewritten(kernel: Kernel, group: GroupKernel) -> Rewritten:
    """The body with the divisions of the CPU's loops, so that results differ by roundings alone."""
    if not kernel.in_vectors:
        return Rewritten((), kernel.body)
    return hoist(rewrite_divisions(kernel, group), kernel, group)


@dataclass(slots=True)
class _DeviceWriter(LoopWriter):
    """Prints the body for instance ``i``."""

    def external_source(self, position: int, constant: bool) -> str:
        return f"context->externals[{position}]"

    def pointers_of_ports(self) -> None:
        """Events are sent by `aml_send`."""

    def stored_in(self, item: Field) -> str:
        """Found again: addresses that lasted through a long body would take registers from it."""
        position = [own.name for own in self.group.fields].index(item.name)
        return f"(({TYPES[item.dtype]} *){self.field_source(position)})[i]"

    def emit(self, port: str, mask: str) -> str:
        position = self.group.out_ports.index(port)
        return f"aml_send(context, {self.port_source(position)}, i);"

    def port_source(self, position: int) -> str:
        return f"context->ports[{position}]"


@dataclass(slots=True)
class _EventWriter(_DeviceWriter):
    """Prints what an event does; sums that others may add to at the same time are atomic."""

    mode: str = "owned"

    def weight(self) -> str:
        return "connection_weight"

    @property
    def sums(self) -> frozenset[str]:
        """The group's own fields that are added to by several at once."""
        if self.mode != "spread":
            return frozenset()
        return frozenset(item.field for item in self.kernel.body if isinstance(item, Store))

    def load(self, position: int, item: Field, loaded: bool, stored: bool) -> Iterator[str]:
        if item.name not in self.sums:
            yield from LoopWriter.load(self, position, item, loaded, stored)
            return
        array = self.array(item.name)
        self.setup.append(f"aml_real *{array} = {self.field_source(position)};")

    def writes_back(self, item: Field) -> Iterator[str]:
        if item.name not in self.sums:
            yield from LoopWriter.writes_back(self, item)

    def statement(self, statement: Statement, mask: str) -> Iterator[str]:
        match statement:
            case Store(name, value) if name in self.sums:
                added = added_value(name, value)
                assert added is not None
                text = self.printer.expression(added, self.scope)
                yield f"aml_add(&{self.array(name)}[i], (aml_real)({text}));"
            case Accumulate(name, value) if self.mode != "owned":
                position = [item.name for item in self.group.externals].index(name)
                element = self.element(position, self.group.externals[position])
                text = self.printer.expression(value, self.scope)
                yield f"aml_add(&{element}, (aml_real)({text}));"
            case _:
                yield from LoopWriter.statement(self, statement, mask)


@dataclass(slots=True)
class _FamilyWriter(_DeviceWriter):
    """Prints a family, whose members have a context each."""

    family: FamilyParts = field(kw_only=True)

    def field_source(self, position: int) -> str:
        member, own = self.family.fields[position]
        return f"contexts[{member}]->fields[{own}]"

    def emit(self, port: str, mask: str) -> str:
        member, own = self.family.ports[self.group.out_ports.index(port)]
        return f"aml_send(contexts[{member}], contexts[{member}]->ports[{own}], i);"

    def writes_back(self, item: Field) -> Iterator[str]:
        for line in LoopWriter.writes_back(self, item):
            yield f"if (seen) {{ {line} }}" if item.name in self.family.passing else line
