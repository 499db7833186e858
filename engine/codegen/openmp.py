"""Prints kernels as C loops over instances: vectorised with selects, or one by one with branches.

Every value that a loop body touches is loaded into a local of its own name at the top of the body
and written back at its end, so that statements read as the author's equations.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from annarchy_ml.engine.codegen.comments import comment_line
from annarchy_ml.engine.codegen.divisions import Rewritten, rewrite_divisions, shared_names
from annarchy_ml.engine.codegen.draws import INDENT, TYPES, draw_for_all, index_of
from annarchy_ml.engine.codegen.hoisting import hoist
from annarchy_ml.engine.codegen.identifiers import Identifiers
from annarchy_ml.engine.codegen.leads import fetch_ahead, joins_cells
from annarchy_ml.engine.codegen.loop import Loop
from annarchy_ml.engine.codegen.parts import Parts
from annarchy_ml.engine.codegen.printer import CPrinter, Value
from annarchy_ml.engine.codegen.propagation import propagated
from annarchy_ml.engine.codegen.runs import longest_run, work_ahead
from annarchy_ml.expr.nodes import Expr, Number
from annarchy_ml.expr.traverse import free_symbols
from annarchy_ml.kernels.nodes import (
    BUILTINS,
    Accumulate,
    Count,
    Draw,
    DType,
    Emit,
    External,
    Field,
    GroupKernel,
    Kernel,
    Let,
    Placement,
    Propagate,
    Set,
    Statement,
    Store,
    When,
)
from annarchy_ml.kernels.uses import (
    accumulated,
    loaded_fields,
    stored_fields,
    used_symbols,
    walk,
)


def print_loop(
    kernel: Kernel,
    group: GroupKernel,
    printer: CPrinter,
    small_powers: tuple[str, ...] = (),
    contiguous: bool = False,
    ahead: bool = False,
) -> Loop:
    """The text of one kernel.

    Args:
        kernel: what to print.
        group: where its names are declared.
        printer: says precision and whether the loop is to be vectorised.
        small_powers: shared fields that will be whole numbers from 0 to 15 when this loop runs.
        contiguous: every index is null when this loop runs.
        ahead: whether cells at the other end of connections are read ahead of a run.
    """
    once = kernel.in_vectors
    rewritten = Rewritten((), kernel.body)
    if once:
        rewritten = hoist(rewrite_divisions(kernel, group), kernel, group)
    writer = _LoopWriter(kernel, group, printer, rewritten, small_powers, contiguous=contiguous)
    writer.leads = ahead
    return writer.loop()


@dataclass(slots=True)
class _LoopWriter:
    """Prints one kernel of a group."""

    kernel: Kernel
    group: GroupKernel
    printer: CPrinter
    rewritten: Rewritten
    powers: tuple[str, ...]
    names: Identifiers = field(default_factory=Identifiers)
    scope: dict[str, Value] = field(default_factory=dict)
    setup: list[str] = field(default_factory=list)
    touched: list[str] = field(default_factory=list)
    ahead: list[str] = field(default_factory=list)
    drawn: dict[int, str] = field(default_factory=dict)
    changed: frozenset[str] = frozenset()
    integers: frozenset[str] = frozenset()
    added: frozenset[str] = frozenset()
    contiguous: bool = False
    gathers: bool = False
    leads: bool = False
    parts: Parts | None = None
    masks: dict[str, list[str]] = field(default_factory=dict)
    count: int = 0
    run: str = ""

    def loop(self) -> Loop:
        body = self.rewritten.body
        if self.kernel.apart:
            self.parts = Parts(self.names, self.contiguous)
        self.changed = frozenset(item.name for item in walk(body) if isinstance(item, Set))
        self.integers = frozenset(f.name for f in self.group.fields if f.dtype is DType.INT)
        used = used_symbols(body) | used_symbols(self.rewritten.prologue)
        tests = self.kernel.usual.tests if self.kernel.usual is not None else ()
        used |= {name for test in tests for name in free_symbols(test)}
        loaded = loaded_fields(body) | used
        stored = stored_fields(body)
        head: list[str] = []
        self.leads = self.leads and joins_cells(self.group, used)
        self.builtins(used, head)
        for position, item in enumerate(self.group.fields):
            self.scope[item.name] = self.value(("field", item.name), item.name, item.dtype)
            if item.name in loaded or item.name in stored:
                head += self.load(position, item, item.name in loaded, item.name in stored)
        self.added = accumulated(body)
        self.run = longest_run(body, self.leads)
        for position, external in enumerate(self.group.externals):
            key = ("external", external.name)
            self.scope[external.name] = self.value(key, external.name, external.dtype)
            if external.name in used:
                head += self.load_external(position, external)
        self.pointers_of_ports()
        self.prologue()
        work_ahead(self, body)
        lines = self.block(body, "")
        kept = [item for item in self.group.fields if item.name in stored]
        tail = [line for item in kept for line in self.writes_back(item)]
        return Loop(
            (*self.setup,),
            (*head, *lines, *tail),
            (*self.touched,),
            (*self.ahead,),
            self.run,
            self.gathers,
            self.parts,
            " &&\n    ".join(self.printer.expression(test, self.scope) for test in tests),
        )

    def shared(self) -> frozenset[str]:
        """Names of one value for all instances, those of the prologue included."""
        moved = frozenset(item.name for item in self.rewritten.prologue)
        return shared_names(self.kernel, self.group) | moved

    def branch(self, test: str, lines: list[str], most: int = 1) -> Iterator[str]:
        loop = f"for (int aml_round = 0; aml_round < {most} && ({test}); ++aml_round)"
        yield f"{loop if most > 1 else f'if ({test})'} {{"
        yield from (INDENT + line for line in lines)
        yield "}"

    def value(self, key: tuple[str, str], path: str, dtype: DType = DType.REAL) -> Value:
        return Value(self.names.name(key, path), dtype is DType.INT)

    def array(self, name: str) -> str:
        return self.names.name(("array", name), name, "_values")

    def builtins(self, used: frozenset[str], head: list[str]) -> None:
        for name in BUILTINS:
            self.scope[name] = self.value(("builtin", name), name)
            text = self.scope[name].text
            if name not in used:
                continue
            if name == "weight":
                head.append(f"const aml_real {text} = (aml_real){self.weight()};")
            else:
                self.setup.append(f"const aml_real {text} = (aml_real)context->{name};")

    def weight(self) -> str:
        """The weight of the connection that delivers an event."""
        return "aml_weight(&run, layout, entry, shared_weight)"

    def load(self, position: int, item: Field, loaded: bool, stored: bool) -> Iterator[str]:
        kind, name = TYPES[item.dtype], self.scope[item.name].text
        unit = f" [{item.unit}]" if item.unit else ""
        note = comment_line(f"{item.role.value} {item.name}{unit}")
        source = self.field_source(position)
        if item.placement is Placement.SHARED:
            self.setup.append(f"const {kind} {name} = *(const {kind} *){source};  {note}")
            if item.name in self.powers:
                self.scope[item.name] = Value(name, False, self.power(item.name, name))
            return
        qualifier = "" if stored else "const "
        array = self.array(item.name)
        self.touched.append(f"{{AML_FIELD, {position}, sizeof({kind}), {int(stored)}}},")
        # One by one, an instance may read what another one of its own group has just stored.
        alone = "restrict " if self.printer.vector or not self.group.externals else ""
        self.setup.append(f"{qualifier}{kind} *{alone}{array} = {source};  {note}")
        if self.parts is not None:
            self.parts.fetch.append(f"__builtin_prefetch({array} + i, {int(stored)});")
        if not loaded:
            yield f"{kind} {name};"
            return
        yield f"{qualifier}{kind} {name} = {self.taken(kind, item.name, f'{array}[i]')};"

    def field_source(self, position: int) -> str:
        """Where the array of a field is found."""
        return f"context->fields[{position}]"

    def port_source(self, position: int) -> str:
        """Where the flags of an out-port are found."""
        return f"context->emitted[{position}]"

    def writes_back(self, item: Field) -> Iterator[str]:
        """What keeps the value of a field at the end of the body."""
        place, value = self.stored_in(item), self.scope[item.name].text
        masks = {*self.masks.get(item.name, [""])}
        one = len(masks) == 1 and "" not in masks  # of several, GCC 12 often makes no vector loop
        if one and self.parts is None and self.printer.vector:
            yield f"AML_KEEP({masks.pop()}, {place}, {value});"
        else:
            yield f"{place} = {value};"

    def taken(self, kind: str, name: str, element: str) -> str:
        """Where the loop reads what stands in an element of an array."""
        return element if self.parts is None else self.parts.taken(kind, name, element)

    def stored_in(self, item: Field) -> str:
        """Where it writes a field."""
        element = f"{self.array(item.name)}[i]"
        if self.parts is None:
            return element
        return self.parts.kept(TYPES[item.dtype], item.name, element)

    def power(self, path: str, name: str) -> str:
        """The whole-number form of an exponent, of use where it is one."""
        suffix = "f" if self.printer.single else ""
        power = self.names.name(("power", path), path, "_power")
        self.setup.append(f"const int32_t {power} = aml_small_exponent{suffix}({name});")
        return power

    def load_external(self, position: int, external: External) -> Iterator[str]:
        kind, name = TYPES[external.dtype], self.scope[external.name].text
        if external.shared:
            self.setup.append(
                f"const {kind} {name} = *(const {kind} *)context->externals[{position}];"
            )
            return
        element = self.element(position, external)
        yield f"const {kind} {name} = {self.taken(kind, external.name, element)};"

    def element(self, position: int, external: External) -> str:
        """The place of an instance in another group's array, with what must be set up for it."""
        array = self.names.name(("external array", external.name), external.name, "_values")
        index = self.names.name(("index", external.index), external.index, "_index")
        constant = "" if external.name in self.added else "const "
        kind = TYPES[external.dtype]
        source = self.external_source(position, bool(constant))
        line = f"{constant}{kind} *{array} = {source};"
        if line not in self.setup:
            self.setup.append(line)
        number = self.group.indices.index(external.index)
        line = f"const int32_t *{index} = context->indices[{number}];"
        if line not in self.setup:
            self.setup.append(line)
            self.touched.append(f"{{AML_INDEX, {number}, sizeof(int32_t), 0}},")
            if self.parts is not None:
                self.parts.fetch_index(index, number)
        place = self.place_of(index, number)
        led = fetch_ahead(self, external, (array, index)) if self.leads else None
        return led or f"{array}[{place}]"

    def external_source(self, position: int, constant: bool) -> str:
        """Where the array of another group's field is found."""
        return f"{'' if constant else '(void *)'}context->externals[{position}]"

    def place_of(self, index: str, number: int) -> str:
        """Instance of another group; a null index stands for the own number."""
        self.gathers = True
        if self.parts is not None:
            return self.parts.led_to(index, number)
        if self.contiguous:
            return "i"
        return f"{index}[i]" if self.printer.vector else f"{index} ? {index}[i] : i"

    def pointers_of_ports(self) -> None:
        ports = {item.port for item in walk(self.rewritten.body) if isinstance(item, Emit)}
        for position, port in enumerate(self.group.out_ports):
            if port in ports:
                name = self.emitted(port)
                self.setup.append(f"int64_t *restrict {name} = {self.port_source(position)};")
                self.touched.append(f"{{AML_EMITTED, {position}, sizeof(int64_t), 1}},")

    def emitted(self, port: str) -> str:
        return self.names.name(("emitted", port), port, "_emitted")

    def prologue(self) -> None:
        for statement in self.rewritten.prologue:
            text = self.printer.expression(statement.value, self.scope)
            self.scope[statement.name] = self.value(("hoisted", statement.name), statement.name)
            self.setup.append(f"const aml_real {self.scope[statement.name].text} = {text};")

    def block(self, body: tuple[Statement, ...], mask: str) -> list[str]:
        """Lines of a body; what it introduces is forgotten at its end."""
        before = dict(self.scope)
        lines = [line for item in body for line in self.statement(item, mask)]
        self.scope = before
        return lines

    def statement(self, statement: Statement, mask: str) -> Iterator[str]:
        comment = getattr(statement, "comment", "")
        if comment:
            yield comment_line(comment)
        match statement:
            case Let(name, value):
                text = self.printer.expression(value, self.scope)
                constant = "" if name in self.changed else "const "
                yield f"{constant}aml_real {self.introduce(name)} = {text};"
            case Draw(name):
                yield f"const aml_real {self.introduce(name)} = {self.draw(statement)};"
            case Count(name):
                count = self.field(name)
                yield f"{count} = (int32_t)((uint32_t){count} + 1u);"
            case Set(name, value):
                text = self.printer.expression(value, self.scope)
                yield self.change(self.scope[name].text, text, mask)
            case Store(name, value):
                yield self.change_field(name, self.stored_value(name, value), mask)
            case Accumulate(name, value):
                position = [item.name for item in self.group.externals].index(name)
                element = self.element(position, self.group.externals[position])
                text = self.printer.expression(value, self.scope)
                if self.parts is None:
                    yield f"{element} += {text};"
                else:
                    yield f"{self.parts.added(name, element)} = {text};"
            case Emit(port):
                yield self.emit(port, mask)
            case When():
                yield from self.when(statement, mask)
            case Propagate():
                yield from propagated(self, statement, mask)

    def emit(self, port: str, mask: str) -> str:
        """What sends an event."""
        count = f"{self.emitted(port)}[i]"
        return f"AML_EMIT({mask}, {count});" if mask else f"{count} += 1;"

    def draw(self, statement: Draw) -> str:
        if statement.ordinal in self.drawn:
            return f"{self.drawn[statement.ordinal]}[i - first]"
        law = statement.law
        name = "uniformf" if law == "uniform" and self.printer.single else law
        if statement.common and not statement.arguments:
            return draw_for_all(self, statement)
        counters = ["context", index_of(self, statement)]
        if statement.count:
            name = f"event_{name}"
            counters.append(f"(uint32_t){self.field(statement.count)}")
        given = [self.printer.expression(item, self.scope) for item in statement.arguments]
        call = f"aml_{name}({', '.join((*counters, f'{statement.ordinal}u', *given))})"
        return call if law == "uniform" else f"(aml_real){call}"

    def introduce(self, name: str) -> str:
        self.count += 1
        self.scope[name] = self.value(("local", f"{self.count} {name}"), name)
        return self.scope[name].text

    def field(self, name: str) -> str:
        return self.names.name(("field", name), name)

    def stored_value(self, name: str, value: Expr) -> str:
        if name not in self.integers:
            return self.printer.expression(value, self.scope)
        if isinstance(value, Number) and value.value == int(value.value):
            return str(int(value.value))
        return f"(int32_t)({self.printer.expression(value, self.scope)})"

    def change_field(self, name: str, value: str, mask: str) -> str:
        self.masks.setdefault(name, []).append(mask)
        return self.change(self.field(name), value, mask)

    def change(self, target: str, value: str, mask: str) -> str:
        return f"{target} = {mask} ? {value} : {target};" if mask else f"{target} = {value};"

    def when(self, statement: When, mask: str) -> Iterator[str]:
        test = self.printer.expression(statement.test, self.scope)
        if not self.printer.vector:
            yield from self.branch(test, self.block(statement.body, ""), statement.most)
            return
        self.count += 1
        own = self.names.name(("mask", self.count), "when")
        yield f"const _Bool {own} = {f'{mask} && ({test})' if mask else test};"
        yield from self.block(statement.body, own)
