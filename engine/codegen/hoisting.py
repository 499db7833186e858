"""Moves out of a loop what is the same for all instances and takes long.

    let z = dt * (-1 / tau)                      before the loop: z, factor = (exp(z) - 1) / z
    store g = g + dt * g' * (exp(z) - 1) / z  -> store g = g + dt * g' * factor

The arithmetic stays as it is. A compiler does the same where no branch is around it. A local of two
values, as of cells in one of two regimes, gives two factors and a choice between them:

    let z = if(regime == 1, a, 0)        before the loop: exp(a), exp(0)
    store g = g * exp(z)              -> store g = g * if(regime == 1, factor, factor 2)
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, replace

from annarchy_ml.engine.codegen.divisions import Rewritten, shared_names
from annarchy_ml.expr.nodes import Binary, Call, Conditional, Expr, Number, Symbol
from annarchy_ml.expr.traverse import (
    free_symbols,
    is_condition,
    map_bottom_up,
    postorder,
    substitute,
)
from annarchy_ml.kernels.nodes import Draw, GroupKernel, Kernel, Let, Set, Statement, When
from annarchy_ml.kernels.rewrite import map_expressions
from annarchy_ml.kernels.uses import stored_fields, used_symbols, walk

Body = tuple[Statement, ...]


def hoist(rewritten: Rewritten, kernel: Kernel, group: GroupKernel) -> Rewritten:
    """The same loop with less to do in it."""
    names = [item.name for item in walk(rewritten.body) if isinstance(item, Let | Draw | Set)]
    outer = {item.name for item in group.fields} | {item.name for item in group.externals}
    once = {name for name, count in Counter(names).items() if count == 1} - outer
    hoister = _Hoister(
        set(shared_names(kernel, group)) | {item.name for item in rewritten.prologue},
        once,
        outer | set(names) | used_symbols(kernel.body),
    )
    body = hoister.body(rewritten.body)
    return Rewritten((*rewritten.prologue, *hoister.moved), body)


@dataclass(slots=True)
class _Hoister:
    """What was moved so far.

    Attributes:
        shared: names of one value for all instances.
        once: locals that get one value at one place.
        taken: names that a new local must not have.
    """

    shared: set[str]
    once: set[str]
    taken: set[str]
    moved: list[Let] = field(default_factory=list)
    known: dict[Expr, str] = field(default_factory=dict)
    choices: dict[str, Conditional] = field(default_factory=dict)

    def body(self, body: Body) -> Body:
        result: list[Statement] = []
        for statement in body:
            if isinstance(statement, Let) and self.movable(statement):
                self.shared.add(statement.name)
                self.moved.append(replace(statement, comment=""))
            elif isinstance(statement, When):
                test = self.expression(statement, statement.test)
                result.append(replace(statement, test=test, body=self.body(statement.body)))
            else:
                result += map_expressions((statement,), self.expression)
                self.note_choice(statement)
            self.forget_choices(statement)
        return tuple(result)

    def note_choice(self, statement: Statement) -> None:
        """Remembers a local that has one of two values, the same ones for all instances."""
        if not isinstance(statement, Let) or statement.name not in self.once:
            return
        found = [node for node in postorder(statement.value) if isinstance(node, Conditional)]
        if len(found) != 1:
            return
        then, otherwise = (_with(statement.value, found[0], part) for part in found[0].operands[1:])
        if free_symbols(then) | free_symbols(otherwise) <= self.shared:
            self.choices[statement.name] = Conditional(found[0].test, then, otherwise)

    def forget_choices(self, statement: Statement) -> None:
        """Drops what was decided by a value that changes here."""
        changed = stored_fields((statement,))
        changed |= {item.name for item in walk((statement,)) if isinstance(item, Set)}
        for name, choice in list(self.choices.items()):
            if free_symbols(choice.test) & changed:
                del self.choices[name]

    def chosen_value(self, statement: Statement, node: Expr) -> Expr:
        """What stands for a part that was moved."""
        differing = free_symbols(node) - self.shared
        if not differing:
            return Symbol(self.name(statement, node))
        (name,) = differing
        choice = self.choices[name]
        then, otherwise = (
            Symbol(self.name(statement, substitute(node, {name: part})))
            for part in (choice.then, choice.otherwise)
        )
        return Conditional(choice.test, then, otherwise)

    def hoistable(self, node: Expr) -> bool:
        """Whether a part takes long and has one value, or one of two."""
        if is_condition(node) or not _is_dear(node):
            return False
        differing = free_symbols(node) - self.shared
        return not differing or (len(differing) == 1 and differing <= self.choices.keys())

    def movable(self, statement: Let) -> bool:
        value = statement.value
        return (
            statement.name in self.once
            and not isinstance(value, Number)
            and free_symbols(value) <= self.shared
        )

    def expression(self, statement: Statement, expression: Expr) -> Expr:
        """The expression with names in place of its largest parts that can be moved."""
        chosen, waiting = set[int](), [expression]
        while waiting:
            node = waiting.pop()
            if self.hoistable(node):
                chosen.add(id(node))
            else:
                waiting += node.operands
        changed: dict[int, Expr] = {}
        for node in postorder(expression) if chosen else ():
            parts = tuple(changed[id(part)] for part in node.operands)
            same = all(a is b for a, b in zip(parts, node.operands, strict=True))
            if id(node) in chosen:
                changed[id(node)] = self.chosen_value(statement, node)
            else:
                changed[id(node)] = node if same else node.with_operands(parts)
        return changed.get(id(expression), expression)

    def name(self, statement: Statement, value: Expr) -> str:
        """The local that holds this value, made at its first use."""
        if value not in self.known:
            target = getattr(statement, "name", getattr(statement, "field", ""))
            stem = f"{target} factor".strip()
            name, number = stem, 2
            while name in self.taken:
                name, number = f"{stem} {number}", number + 1
            self.taken.add(name)
            self.shared.add(name)
            self.known[value] = name
            self.moved.append(Let(name, value))
        return self.known[value]


def _with(expression: Expr, old: Expr, new: Expr) -> Expr:
    return map_bottom_up(expression, lambda node: new if node == old else node)


def _is_dear(expression: Expr) -> bool:
    """Whether it holds a call, a power or a division."""
    return any(
        isinstance(node, Call) or (isinstance(node, Binary) and node.op in ("^", "/"))
        for node in postorder(expression)
    )
