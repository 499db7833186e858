"""The rules of Kernel IR: what a well-formed module keeps, checked before it is run or printed.

A breach is a fault of the compiler, not of the user's model, so it raises a plain exception that
shows the statement.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from annarchy_ml.expr.functions import FUNCTIONS
from annarchy_ml.expr.nodes import Call, Expr
from annarchy_ml.expr.traverse import (
    free_symbols,
    has_sound_logic,
    is_condition,
    postorder,
)
from annarchy_ml.kernels.nodes import (
    BUILTINS,
    LAWS,
    Accumulate,
    Count,
    Draw,
    DType,
    Emit,
    GroupKernel,
    Kernel,
    KernelKind,
    KernelModule,
    Let,
    Placement,
    Propagate,
    Set,
    Statement,
    Store,
    When,
)
from annarchy_ml.kernels.text import statement_text
from annarchy_ml.kernels.uses import expressions_of, used_symbols, walk

LARGEST_SCHEME = 64
"""Most occupancies that one `Propagate` may have (room in `aml_propagate`)."""


class KernelError(Exception):
    """A kernel breaks a rule of the IR: a fault of the compiler."""


def verify(module: KernelModule) -> None:
    """Check all groups.

    Raises:
        KernelError: At the first statement that breaks a rule.
    """
    if module.precision not in ("double", "single"):
        raise KernelError(f"precision {module.precision!r} is neither 'double' nor 'single'")
    for group in module.groups:
        verify_group(group)


def verify_group(group: GroupKernel) -> None:
    """Check the names of a group, then each kernel.

    Raises:
        KernelError: At the first statement that breaks a rule.
    """
    _check_names(group)
    ordinals: dict[int, set[int]] = {}  # each kind of compartments has its own instances
    for kernel in group.kernels:
        _check_kind(group, kernel)
        scope = _Scope(group, kernel, ordinals.setdefault(kernel.part, set()))
        _check_body(scope, kernel.body, frozenset())


@dataclass(frozen=True, slots=True)
class _Scope:
    """What the statements of one kernel may refer to."""

    group: GroupKernel
    kernel: Kernel
    ordinals: set[int]
    fields: dict[str, Placement] = field(init=False)
    outer: frozenset[str] = field(init=False)

    def __post_init__(self) -> None:
        placements = {item.name: item.placement for item in self.group.fields}
        builtins = set(BUILTINS)
        if self.kernel.kind is not KernelKind.EVENT:
            builtins.discard("weight")
        names = builtins | set(placements) | {item.name for item in self.group.externals}
        object.__setattr__(self, "fields", placements)
        object.__setattr__(self, "outer", frozenset(names))

    def fault(self, rule: str, statement: Statement) -> KernelError:
        """An exception that names the place."""
        where = f"group {self.group.name!r}, kernel {self.kernel.name!r}"
        return KernelError(f"{rule}\n  in {where}:\n    {statement_text(statement)}")


def _check_names(group: GroupKernel) -> None:
    fields = [item.name for item in group.fields]
    kinds: tuple[tuple[str, Iterable[str]], ...] = (
        ("field or external", fields + [item.name for item in group.externals]),
        ("index", group.indices),
        ("out-port", group.out_ports),
        ("in-port", group.in_ports),
        ("kernel", [item.name for item in group.kernels]),
    )
    for kind, names in kinds:
        seen: set[str] = set()
        for name in names:
            if name in seen:
                raise KernelError(f"group {group.name!r} has two of {kind} {name!r}")
            seen.add(name)
    for item in group.externals:
        if not item.shared and item.index not in group.indices:
            raise KernelError(
                f"external {item.name!r} of group {group.name!r} has no index {item.index!r}"
            )


def _check_kind(group: GroupKernel, kernel: Kernel) -> None:
    where = f"kernel {kernel.name!r} of group {group.name!r}"
    if kernel.kind is KernelKind.EVENT:
        if kernel.port not in group.in_ports:
            raise KernelError(f"{where} belongs to no in-port: {kernel.port!r}")
    elif kernel.port:
        raise KernelError(f"{where} has a port but is no event kernel")
    own = (kernel.kind, kernel.port, kernel.part)
    same = [k for k in group.kernels if (k.kind, k.port, k.part) == own]
    if len(same) > 1 and kernel.kind is not KernelKind.INIT:
        raise KernelError(f"{where} is not the only one of its kind")


def _check_body(
    scope: _Scope, body: tuple[Statement, ...], visible: frozenset[str]
) -> frozenset[str]:
    """Check statements from top to bottom; returns the locals visible after them."""
    for statement in body:
        _check_expressions(scope, statement, visible)
        match statement:
            case Let(name):
                visible = _introduce(scope, statement, name, visible)
            case Draw(name):
                _check_draw(scope, statement)
                visible = _introduce(scope, statement, name, visible)
            case Count():
                _check_count(scope, statement)
            case Set(name):
                if name not in visible:
                    raise scope.fault(f"{name!r} is no local that is visible here", statement)
            case Store(name):
                _check_store(scope, statement, name)
            case Accumulate():
                _check_accumulate(scope, statement)
            case Emit(port):
                if port not in scope.group.out_ports or scope.kernel.kind is KernelKind.INIT:
                    raise scope.fault(f"no event can leave through {port!r} here", statement)
            case When(_, inner):
                if statement.most != 1:
                    _check_repeated(scope, statement)
                _check_body(scope, inner, visible)
            case Propagate():
                _check_propagate(scope, statement)
    return visible


def _check_repeated(scope: _Scope, statement: When) -> None:
    if statement.most < 1 or scope.kernel.in_vectors:
        raise scope.fault("a loop needs a kernel that goes one by one", statement)
    plain = (Let, Set, Store, When)
    if not all(isinstance(item, plain) for item in walk(statement.body)):
        raise scope.fault("a loop neither draws nor sends events", statement)


def _check_accumulate(scope: _Scope, statement: Accumulate) -> None:
    if scope.kernel.kind is not KernelKind.EVENT:
        raise scope.fault("only an event adds to another group", statement)
    if scope.kernel.apart and statement.external in used_symbols(scope.kernel.body):
        raise scope.fault(f"{statement.external!r} is read while it is added to", statement)
    found = {item.name: item for item in scope.group.externals}.get(statement.external)
    if found is None or found.shared or found.dtype is not DType.REAL:
        raise scope.fault(f"{statement.external!r} is nothing that can be added to", statement)


def _check_draw(scope: _Scope, statement: Draw) -> None:
    if statement.ordinal in scope.ordinals or statement.ordinal < 0:
        raise scope.fault(f"draw number {statement.ordinal} is taken", statement)
    scope.ordinals.add(statement.ordinal)
    if LAWS.get(statement.law) != len(statement.arguments):
        raise scope.fault(f"no law {statement.law!r} of these arguments", statement)
    if statement.count and Count(statement.count) not in scope.kernel.body:
        raise scope.fault(f"{statement.count!r} is not counted in this kernel", statement)
    if not statement.count and scope.kernel.kind is KernelKind.EVENT:
        raise scope.fault("a draw of an event needs the number of the event", statement)
    if statement.key is not None and (statement.count or statement.common):
        raise scope.fault("a draw has one key", statement)


def _check_count(scope: _Scope, statement: Count) -> None:
    dtypes = {item.name: item.dtype for item in scope.group.fields}
    _check_store(scope, statement, statement.field)
    if scope.kernel.kind is not KernelKind.EVENT or statement != scope.kernel.body[0]:
        raise scope.fault("only the first statement of an event kernel counts", statement)
    if dtypes[statement.field] is not DType.INT:
        raise scope.fault(f"{statement.field!r} is not a whole number", statement)
    if statement.field in used_symbols(scope.kernel.body):
        raise scope.fault(f"{statement.field!r} can be used by draws only", statement)


def _introduce(
    scope: _Scope, statement: Statement, name: str, visible: frozenset[str]
) -> frozenset[str]:
    if name in visible:
        raise scope.fault(f"{name!r} is already a local here", statement)
    if name in BUILTINS:
        raise scope.fault(f"{name!r} is a built-in scalar", statement)
    return visible | {name}


def _check_store(scope: _Scope, statement: Statement, name: str) -> None:
    placement = scope.fields.get(name)
    if placement is None:
        raise scope.fault(f"the group has no field {name!r}", statement)
    if placement is Placement.SHARED and scope.kernel.kind is not KernelKind.INIT:
        raise scope.fault(f"{name!r} is shared and can only be stored by INIT", statement)


def _check_propagate(scope: _Scope, statement: Propagate) -> None:
    size = len(statement.occupancies)
    if not 0 < size <= LARGEST_SCHEME or len(set(statement.occupancies)) != size:
        raise scope.fault(f"1 to {LARGEST_SCHEME} different occupancies are needed", statement)
    dtypes = {item.name: item.dtype for item in scope.group.fields}
    for name in statement.occupancies:
        _check_store(scope, statement, name)
        if scope.fields[name] is Placement.SHARED or dtypes[name] is not DType.REAL:
            raise scope.fault(f"{name!r} is not a real number of each instance", statement)
    for flow in statement.flows:
        ends = {flow.source, flow.target}
        if len(ends) != 2 or not all(0 <= end < size for end in ends):
            raise scope.fault(f"no flow from {flow.source} to {flow.target}", statement)


def _check_expressions(scope: _Scope, statement: Statement, visible: frozenset[str]) -> None:
    for expression in expressions_of(statement):
        for name in sorted(free_symbols(expression)):
            if name not in visible and name not in scope.outer:
                raise scope.fault(f"{name!r} means nothing here", statement)
        _check_calls(scope, statement, expression)
        if not has_sound_logic(expression):
            raise scope.fault("conditions and numbers are mixed", statement)
        if is_condition(expression) != isinstance(statement, When):
            wanted = "condition" if isinstance(statement, When) else "number"
            raise scope.fault(f"a {wanted} is needed", statement)


def _check_calls(scope: _Scope, statement: Statement, expression: Expr) -> None:
    for node in postorder(expression):
        if not isinstance(node, Call):
            continue
        row = FUNCTIONS.get(node.function)
        if row is None or row.stochastic:
            raise scope.fault(f"no function {node.function!r} in kernels", statement)
        least, most = row.arity
        if len(node.args) < least or (most is not None and len(node.args) > most):
            raise scope.fault(f"wrong number of arguments of {node.function!r}", statement)
