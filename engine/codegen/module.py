"""Prints a whole translation unit from a KernelModule."""

from __future__ import annotations

from dataclasses import dataclass, replace

from annarchy_ml.engine.codegen.comments import comment_line
from annarchy_ml.engine.codegen.divisions import shared_exponents
from annarchy_ml.engine.codegen.events import print_event
from annarchy_ml.engine.codegen.family import print_family
from annarchy_ml.engine.codegen.frames import fill
from annarchy_ml.engine.codegen.halves import in_halves
from annarchy_ml.engine.codegen.laws import places_of_laws, print_laws
from annarchy_ml.engine.codegen.loop import Loop
from annarchy_ml.engine.codegen.openmp import print_loop
from annarchy_ml.engine.codegen.printer import CPrinter
from annarchy_ml.engine.codegen.rare import ends_rarely, print_rare
from annarchy_ml.engine.codegen.symbols import exported_kernels
from annarchy_ml.engine.codegen.vector_math import declare_library
from annarchy_ml.kernels.nodes import GroupKernel, Kernel, KernelKind, KernelModule, Propagate


@dataclass(frozen=True, slots=True)
class TargetLibrary:
    """What the printed code may count on at the place where it will be compiled.

    Attributes:
        vector_functions: library functions that have vector forms.
        contract: text of the headers, which goes into the unit itself, so that the unit needs
            no include path.
    """

    vector_functions: frozenset[str]
    contract: str


def print_module(module: KernelModule, target: TargetLibrary) -> str:
    """C11 text of all kernels, but those that only the interpreter runs.

    Where it holds the macro `HALF` of `halves.py`, its halves may be compiled side by side.
    """
    single = module.precision == "single"
    blocks = any(_has_blocks(group) for group in module.groups)
    draws = any(kernel.in_vectors for kernel, _ in places_of_laws(module))
    schemes = any(_has_schemes(group) for group in module.groups)
    called: set[str] = set()
    functions = [fill("identity.c")]
    for number, group in enumerate(module.groups):
        for symbol, kernel in exported_kernels(number, group):
            functions.append(_function(symbol, kernel, group, single, called))
    functions += [_family(module, number, called) for number in range(len(module.families))]
    return fill(
        "module.c",
        precision=module.precision,
        contract=target.contract.rstrip("\n"),
        real="float" if single else "double",
        library=declare_library(called, target.vector_functions, single),
        blocks=fill("blocks.c") if blocks else "",
        leads=fill("leads.c") if any("aml_lead(" in item for item in functions) else "",
        families=fill("families.c") if module.families else "",
        lanes=fill("lanes.c") if draws or schemes else "",
        laws=print_laws(module, draws),
        draws=fill("draws.c") if draws else "",
        schemes=fill("schemes.c") if schemes else "",
        functions=in_halves(functions).rstrip("\n"),
    )


def _family(module: KernelModule, number: int, called: set[str]) -> str:
    family = module.families[number]
    printer = CPrinter(module.precision == "single", True, called)
    loop, usual = print_family(module, family, printer)
    text = _vector_loop(loop)
    if usual is not None:
        text = _either(usual, loop.tests, text)
    names = ", ".join(module.groups[kernel].name for kernel in family.kernels)
    return fill(
        "family.c",
        title=comment_line(f"update of {names}"),
        symbol=f"aml_family_{number}",
        setup="\n".join(loop.setup),
        unit=_unit(loop.touched),
        loop=text.rstrip("\n"),
    )


def _has_blocks(group: GroupKernel) -> bool:
    return any(
        kernel.apart or kernel.in_vectors or ends_rarely(kernel, group) for kernel in group.kernels
    )


def _has_schemes(group: GroupKernel) -> bool:
    """Whether a loop over vectors advances kinetic schemes."""
    return any(
        isinstance(item, Propagate)
        for kernel in group.kernels
        if kernel.in_vectors
        for item in kernel.body
    )


def _function(
    symbol: str, kernel: Kernel, group: GroupKernel, single: bool, called: set[str]
) -> str:
    title = comment_line(f"{kernel.name} of {group.name}")
    if ends_rarely(kernel, group):
        return _rare_update(symbol, kernel, group, single, called)
    if kernel.in_vectors:
        return _vector_update(symbol, kernel, group, single, called)
    printer = CPrinter(single, False, called)
    if kernel.kind is KernelKind.EVENT:
        return print_event(symbol, kernel, group, printer)
    loop = print_loop(kernel, group, printer)
    return _one_by_one(symbol, title, loop, exported=True)


def _vector_update(
    symbol: str, kernel: Kernel, group: GroupKernel, single: bool, called: set[str]
) -> str:
    powers = shared_exponents(kernel, group)
    loop = print_loop(kernel, group, CPrinter(single, True, called), powers, ahead=True)
    text = _vector_loop(loop).rstrip("\n")
    if loop.gathers:
        near = print_loop(kernel, group, CPrinter(single, True, called), powers, contiguous=True)
        text = fill("either_loop.c", contiguous=_vector_loop(near).rstrip("\n"), gathering=text)
    if kernel.usual is not None:
        text = _usual_loop(kernel, group, called, loop, text)
    general = check = ""
    if powers:
        other = print_loop(kernel, group, CPrinter(single, False, called))
        title = comment_line(f"{kernel.name} of {group.name} where an exponent is unusual")
        general = _one_by_one(f"{symbol}_any_power", title, other, exported=False)
        check = _power_check(symbol, powers, group, single)
    return fill(
        "update.c",
        title=comment_line(f"{kernel.name} of {group.name}"),
        symbol=symbol,
        general=general.rstrip("\n"),
        check=check,
        setup="\n".join(loop.setup),
        loop=text.rstrip("\n"),
        **_tables(loop.touched, group),
    )


def _usual_loop(
    kernel: Kernel, group: GroupKernel, called: set[str], general: Loop, text: str
) -> str:
    """The loop for usual values before the general one, where no index is in its way."""
    assert kernel.usual is not None
    usual = replace(kernel, body=kernel.usual.body, usual=None)
    loop = print_loop(usual, group, CPrinter(False, True, called), contiguous=general.gathers)
    near = "!context->indices[0] &&\n    " if general.gathers else ""
    return _either(loop, f"{near}{general.tests}", text)


def _either(usual: Loop, tests: str, general: str) -> str:
    return fill(
        "usual_loop.c",
        tests=tests,
        setup="\n".join(usual.setup),
        usual=_vector_loop(usual).rstrip("\n"),
        general=general.rstrip("\n"),
    )


def _tables(touched: tuple[str, ...], group: GroupKernel) -> dict[str, str]:
    """What a loop touches, of how much."""
    sizes = (len(group.fields), len(group.indices), len(group.out_ports))
    return {
        "unit": _unit(touched),
        "touched": "\n".join(touched or ("{AML_FIELD, 0, 0, 0},",)),
        "n_tables": str(sum(sizes) or 1),
        "n_fields": str(sizes[0]),
        "n_indices": str(sizes[1]),
        "n_emitted": str(sizes[2]),
    }


def _unit(touched: tuple[str, ...]) -> str:
    """How many instances a loop steps together, whatever the length of its vectors."""
    integers = any("sizeof(int32_t)" in item for item in touched)
    return "AML_INT_LANES" if integers else "AML_LANES"


def _rare_update(
    symbol: str, kernel: Kernel, group: GroupKernel, single: bool, called: set[str]
) -> str:
    loops = print_rare(kernel, group, single, called)
    title = comment_line(f"{kernel.name} of {group.name}, a branch that is rarely taken")
    rare = _one_by_one(f"{symbol}_rare", title, loops.rare, exported=False)
    loop = fill("loop_with_rare.c", symbol=symbol, body="\n".join(loops.all.body))
    return rare + fill(
        "update.c",
        title=comment_line(f"{kernel.name} of {group.name}"),
        symbol=symbol,
        general="",
        check="",
        setup="\n".join(loops.all.setup),
        loop=loop.rstrip("\n"),
        **_tables(loops.touched, group),
    )


def _vector_loop(loop: Loop) -> str:
    body = "\n".join(loop.body)
    if not loop.ahead:
        return fill("loop.c", body=body)
    return fill("loop_of_runs.c", body=body, run=loop.run, ahead="\n".join(loop.ahead))


def _power_check(symbol: str, powers: tuple[str, ...], group: GroupKernel, single: bool) -> str:
    names = [item.name for item in group.fields]
    suffix = "f" if single else ""
    tests = [
        f"aml_is_small_power{suffix}(*(const aml_real *)context->fields[{names.index(name)}])"
        for name in powers
    ]
    call = f"{symbol}_any_power(context, begin, end);"
    return "if (!({})) {{\n  {}\n  return;\n}}".format(" &&\n      ".join(tests), call)


def _one_by_one(symbol: str, title: str, loop: Loop, exported: bool) -> str:
    arguments = "const aml_context *context, int64_t begin, int64_t end"
    declaration = f"AML_EXPORT void {symbol}({arguments});"
    return fill(
        "update_one_by_one.c",
        title=title,
        declaration=declaration if exported else "",
        linkage="AML_EXPORT" if exported else "static __attribute__((cold, noinline))",
        symbol=symbol,
        **_lines(loop),
    )


def _lines(loop: Loop) -> dict[str, str]:
    return {"setup": "\n".join(loop.setup), "body": "\n".join(loop.body)}
