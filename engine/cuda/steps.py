"""Prints the step of a program: its phases, between which all threads meet."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

from annarchy_ml.engine.cuda.cables import block_group, print_cables
from annarchy_ml.engine.cuda.deliveries import print_arrivals, print_at_once, print_late
from annarchy_ml.engine.cuda.functions import INDENT, family_name, update_name
from annarchy_ml.engine.cuda.layout import kernel_of
from annarchy_ml.engine.cuda.stages import BlockSteps, attached_to, is_serial, stages
from annarchy_ml.engine.cuda.texts import MEET, Texts
from annarchy_ml.engine.cuda.values import (
    print_couplings,
    print_learning,
    print_pools,
    print_timetables,
)
from annarchy_ml.kernels.nodes import KernelKind, Placement


def print_step(texts: Texts) -> str:
    """The body of the loop over the steps."""
    return "\n".join(_lines(texts))


def _lines(texts: Texts) -> Iterator[str]:
    """All phases of a step."""
    plan, sending = texts.plan, frozenset(link.port[0] for link in texts.links if link.immediate)
    yield from _begin(texts)
    yield from print_timetables(texts)
    yield from print_couplings(texts)
    yield from print_arrivals(texts)
    pooled = frozenset(source[0] for source, _, _ in texts.further.pools)
    for stage in stages(plan, sending | pooled, pooled):
        yield from _stage(texts, stage)
        yield MEET
        ports = [port for item in stage for port in _ports_of(texts, item)]
        yield from print_at_once(texts, ports, {item.number for item in stage})
        for item in stage:
            group = plan.blocks[item.number].group
            if not any(block.group == group for block in plan.blocks[item.number + 1 :]):
                yield from print_pools(texts, group)
    yield from print_learning(texts)
    waiting = [port for port in texts.ordered if port not in texts.begun]
    if waiting:
        yield from (f"aml_order_rows({texts.port(port)}, now.number, 0);" for port in waiting)
        yield MEET
    yield from print_late(texts)
    if texts.passes:
        yield "if (stuck) {"
        yield f"{INDENT}aml_lower(&report->endless, now.number);"
        yield f"{INDENT}--done;"
        yield f"{INDENT}break;"
        yield "}"
    if texts.layout.records:
        yield "aml_take_row(now, rows, row, report);"
        yield MEET
        yield "if (report->not_finite != ~(uint64_t)0) break;"


def _begin(texts: Texts) -> Iterator[str]:
    """Before all phases: nothing is sent yet in the next step, and nothing is heard in this one."""
    ports = texts.layout.ports
    if ports:
        first = texts.port(min(ports, key=lambda port: ports[port]))
        yield f"aml_clear_ports({first}, {len(ports)}, now.number + 1);"
    if texts.listed:
        yield "aml_clear_arrivals(arrivals, now.number + 1);"
    if not texts.passes:
        for port in dict.fromkeys(link.port for link in texts.listed):
            yield f"aml_forget_messages({texts.port(port)}, now.number + 1);"
    for k in range(len(texts.begun)):
        yield f"uint32_t begin_{k} = 0;"
    if texts.passes:
        yield "uint32_t said = 0;  // messages of this step"
        yield "bool stuck = false;  // events without delay cause each other on and on"


def _ports_of(texts: Texts, item: BlockSteps) -> list[tuple[int, int]]:
    """Heard out-ports of the groups of a block, in the order of sending."""
    groups = (*item.attached, texts.plan.blocks[item.number].group)
    return [port for group in groups for port in texts.layout.ports if port[0] == group]


def _stage(texts: Texts, stage: list[BlockSteps]) -> Iterator[str]:
    if len(stage) > 1:
        yield "{"
        yield f"{INDENT}uint32_t turn = 0;  // a block begins with threads after those before it"
        for run in _alike(texts, stage):
            yield from (INDENT + line for line in _hosts_step(texts, run, True))
        yield "}"
        return
    for item in stage:
        for phase in item.phases:
            for group in phase:
                yield from _attached_step(texts, item, group)
            yield MEET
        if item.alone:
            yield from print_cables(texts, item, list(_sums(texts, block_group(texts, item))))
        else:
            yield from _hosts_step(texts, [item])


def _members(texts: Texts, item: BlockSteps) -> tuple[int, ...]:
    """The groups that step in a block, that of the hosts last."""
    return (*item.attached, texts.plan.blocks[item.number].group)


def _alike(texts: Texts, stage: list[BlockSteps]) -> list[list[BlockSteps]]:
    """Blocks that follow each other and do the same, so that a loop over them may step them."""
    runs: list[list[BlockSteps]] = []
    for item in stage:
        run = runs[-1] if runs else []
        if run and _kind(texts, item) == _kind(texts, run[0]) and _in_a_row(texts, [*run, item]):
            run.append(item)
        else:
            runs.append([item])
    return runs


def _kind(texts: Texts, item: BlockSteps) -> tuple[object, ...]:
    """What decides the text of a step, but for numbers; blocks with sums are all different."""
    members = _members(texts, item)
    groups = [texts.plan.groups[member] for member in members]
    family = groups[-1].family
    sums = not family and any(group.reductions for group in groups)
    order = family and [members.index(member) for member in family[1]]
    return (
        item.number if sums or is_serial(texts.plan, members[-1]) else None,
        [group.kernel for group in groups],
        family and family[0],
        order,
    )


def _in_a_row(texts: Texts, run: list[BlockSteps]) -> bool:
    """Whether the words of some blocks, and those of their groups, lie equally far apart."""
    steps = {
        tuple(later - earlier for earlier, later in zip(*pair, strict=True))
        for pair in pairwise(_places(texts, item) for item in run)
    }
    return len(steps) == 1 and min(min(step) for step in steps) >= 0


def _places(texts: Texts, item: BlockSteps) -> tuple[int, ...]:
    """The words of the groups of a block, and its own."""
    groups = (texts.layout.groups[member].first for member in _members(texts, item))
    return (*groups, texts.layout.blocks[item.number])


def _attached_step(texts: Texts, item: BlockSteps, group: int) -> Iterator[str]:
    """All instances of an attached group whose hosts are in a block."""
    block, words = texts.layout.blocks[item.number], texts.layout.groups[group]
    if kernel_of(texts.plan, group).kernel(KernelKind.UPDATE) is None:
        return
    yield f"if (words[{words.stepped}]) {{"
    yield INDENT + texts.context(group, True)
    yield f"{INDENT}const int64_t *hosts = (const int64_t *)words[{words.hosts}];"
    begin, end = (f"(int64_t)words[{block + k}]" for k in (0, 1))
    yield f"{INDENT}const int64_t begin = hosts ? hosts[{begin}] : {begin};"
    yield f"{INDENT}const int64_t end = hosts ? hosts[{end}] : {end};"
    yield from _loop(texts, group, "begin", "end", is_serial(texts.plan, group))
    yield "}"


def _loop(texts: Texts, group: int, begin: str, end: str, serial: bool) -> Iterator[str]:
    call = f"{update_name(texts.plan.groups[group].kernel)}(&stepped_{group}, (int32_t)i);"
    if serial:
        yield f"{INDENT}if (aml_thread() == 0)"
        yield f"{INDENT * 2}for (int64_t i = {begin}; i < {end}; ++i) {call}"
    else:
        step = f"for (int64_t i = {begin} + aml_thread(); i < {end}; i += aml_threads())"
        yield f"{INDENT}{step} {call}"


def _hosts_step(texts: Texts, run: list[BlockSteps], turning: bool = False) -> Iterator[str]:
    """The hosts of blocks that are alike, each with what is attached to it where that is near."""
    item = run[0]
    group = texts.plan.groups[texts.plan.blocks[item.number].group]
    members, more = _members(texts, item), _more(texts, run)
    words = texts.layout.blocks[item.number]
    begin, end = (f"(int64_t)words[{words + k}{more[-1]}]" for k in (0, 1))
    if len(run) > 1:
        yield "#pragma unroll 1"
        yield f"for (uint32_t k = 0; k < {len(run)}; ++k) {{"
    else:
        yield "{"
    for member in dict.fromkeys(members):
        yield INDENT + texts.context(member, True, more[members.index(member)])
    body = list(
        _family_lines(texts, members, more) if group.family else _host_lines(texts, item, more)
    )
    if is_serial(texts.plan, members[-1]):
        yield f"{INDENT}if (aml_thread() == 0)"
        yield f"{INDENT}for (int64_t h = {begin}; h < {end}; ++h) {{"
    else:
        own = "aml_turned(turn)" if turning else "aml_thread()"
        yield f"{INDENT}for (int64_t h = {begin} + {own}; h < {end}; h += aml_threads()) {{"
    yield f"{INDENT * 2}const int32_t i = (int32_t)h;"
    yield from (INDENT * 2 + line for line in body)
    yield f"{INDENT}}}"
    if turning:
        yield f"{INDENT}turn = aml_turn_after(turn, (uint32_t)({end} - {begin}));"
    yield "}"


def _more(texts: Texts, run: list[BlockSteps]) -> list[str]:
    """What leads from the words of the first block to those of block `k`: groups, then its own."""
    if len(run) == 1:
        return [""] * (1 + len(_members(texts, run[0])))
    first, second = (_places(texts, item) for item in run[:2])
    return [f" + k * {other - one}" for one, other in zip(first, second, strict=True)]


def _family_lines(texts: Texts, members: tuple[int, ...], more: list[str]) -> Iterator[str]:
    family = texts.plan.groups[members[-1]].family
    assert family is not None
    number, listed = family
    names = ", ".join(f"&stepped_{member}" for member in listed)
    yield f"const aml_context *const contexts[] = {{{names}}};"
    stepped = texts.layout.groups[members[-1]].stepped
    host = more[len(members) - 1]
    yield f"if (words[{stepped}{host}]) {family_name(number)}(contexts, i, seen);"


def _host_lines(texts: Texts, item: BlockSteps, more: list[str]) -> Iterator[str]:
    host = texts.plan.blocks[item.number].group
    if not item.phases:
        for group, other in zip(item.attached, more, strict=False):
            yield from _update_line(texts, group, other)
    yield from _sums(texts, host)
    yield from _update_line(texts, host, more[-2])


def _update_line(texts: Texts, group: int, more: str) -> Iterator[str]:
    if kernel_of(texts.plan, group).kernel(KernelKind.UPDATE) is None:
        return
    name = update_name(texts.plan.groups[group].kernel)
    stepped = texts.layout.groups[group].stepped
    yield f"if (words[{stepped}{more}]) {name}(&stepped_{group}, i);"


def _sums(texts: Texts, host: int) -> Iterator[str]:
    """What a host sums over all that is attached to it."""
    targets = [item.name for item in kernel_of(texts.plan, host).fields]
    begun: set[str] = set()
    for group in attached_to(texts.plan, host):
        fields = kernel_of(texts.plan, group).fields
        for item in texts.plan.groups[group].reductions:
            source = next(k for k, own in enumerate(fields) if own.name == item.source)
            adds = item.operation == "add"
            target = f"((aml_real *)stepped_{host}.fields[{targets.index(item.target)}])[i]"
            start = target if item.target in begun else f"(aml_real){0 if adds else 1}"
            begun.add(item.target)
            each = str(fields[source].placement is Placement.PER_INSTANCE).lower()
            hosts = f"(const int64_t *)words[{texts.layout.groups[group].hosts}]"
            name = "aml_sum_of" if adds else "aml_product_of"
            yield (
                f"{target} = {name}(stepped_{group}.fields[{source}], {each}, {hosts}, i, {start});"
            )
