"""The kernels of a plan as functions of a program."""

from __future__ import annotations

from collections.abc import Iterator

from annarchy_ml.engine.codegen.comments import comment_line
from annarchy_ml.engine.codegen.loop import Loop
from annarchy_ml.engine.cuda.writer import print_event, print_family, print_update
from annarchy_ml.kernels.nodes import GroupKernel, Kernel, KernelKind, KernelModule
from annarchy_ml.kernels.plan import SimulationPlan

INDENT = "  "


def update_name(kernel: int, part: int = 0) -> str:
    """The function that steps an instance of a structure; of one kind of compartments."""
    return f"aml_{kernel}_update" + (f"_{part}" if part else "")


def advance_name(kernel: int, part: int) -> str:
    """The function that ends the step of a compartment of some kind."""
    return f"aml_{kernel}_advance_{part}"


def event_name(kernel: int, port: int, mode: str) -> str:
    """The type whose `at` does what an event does."""
    return f"aml_{kernel}_event_{port}_{mode}"


def terms_name(kernel: int) -> str:
    """The function that says what a connection of a coupling gives."""
    return f"aml_{kernel}_terms"


def family_name(family: int) -> str:
    """The function that steps a host and all that is attached to it."""
    return f"aml_family_{family}"


def print_functions(plan: SimulationPlan, modes: tuple[str, ...]) -> str:
    """All functions that the steps of a plan call."""
    module = plan.module
    single = module.precision == "single"
    lines: list[str] = []
    families = {group.family[0] for group in plan.groups if group.family is not None}
    members = {k for group in plan.groups if group.family is not None for k in group.family[1]}
    stepped = {group.kernel for k, group in enumerate(plan.groups) if k not in members}
    for number in sorted(stepped):
        for kernel in module.groups[number].kernels:
            lines += _loop(number, module, kernel)
    for number in sorted(families):
        lines += _family(number, module)
    hears = {
        (plan.groups[item.target].kernel, item.target_port, modes[item.target])
        for item in plan.projections
    }
    for number, port, mode in sorted(hears):
        lines += _event(number, module.groups[number], port, (mode, single))
    return "\n".join(lines)


def _loop(number: int, module: KernelModule, kernel: Kernel) -> Iterator[str]:
    names = {
        KernelKind.UPDATE: update_name(number, kernel.part),
        KernelKind.ADVANCE: advance_name(number, kernel.part),
        KernelKind.TERMS: terms_name(number),
    }
    if kernel.kind not in names:
        return
    group, name = module.groups[number], names[kernel.kind]
    yield comment_line(f"{kernel.name} of {group.name}")
    yield f"AML_DEVICE void {name}(const aml_context *context, int32_t i) {{"
    yield from _body(print_update(kernel, group, module.precision == "single"))


def _family(number: int, module: KernelModule) -> Iterator[str]:
    family = module.families[number]
    names = ", ".join(module.groups[kernel].name for kernel in family.kernels)
    yield comment_line(f"update of {names}")
    yield f"AML_DEVICE void {family_name(number)}(const aml_context *const *contexts, int32_t i,"
    yield "                             int seen) {"
    yield f"{INDENT}const aml_context *context = contexts[0];"
    yield from _body(print_family(module, family))


def _event(number: int, group: GroupKernel, port: str, how: tuple[str, bool]) -> Iterator[str]:
    mode, single = how
    kernel = _event_kernel(group, port)
    yield comment_line(f"{kernel.name} of {group.name}")
    yield f"struct {event_name(number, group.in_ports.index(port), mode)} {{"
    yield f"{INDENT}static AML_INSIDE void at(const aml_context *stepped,"
    yield "                           const aml_context *waiting, int32_t n_stepped, int32_t i,"
    yield "                           double connection_weight) {"
    yield f"{INDENT * 2}const aml_context *context = i < n_stepped ? stepped : waiting;"
    for line in _body(print_event(kernel, group, single, mode)):
        yield INDENT + line
    yield "};"


def _event_kernel(group: GroupKernel, port: str) -> Kernel:
    kernel = group.kernel(KernelKind.EVENT, port)
    assert kernel is not None, f"{group.name} has no kernel for {port}"
    return kernel


def _body(loop: Loop) -> Iterator[str]:
    for line in (*loop.setup, *loop.body):
        yield f"{INDENT}{line}" if not line.startswith("#") else line
    yield "}"
