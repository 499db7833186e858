"""Prints the delivery of events: of those that arrive, and of those without delay."""

from __future__ import annotations

from collections.abc import Iterator

from annarchy_ml.engine.cuda.functions import INDENT
from annarchy_ml.engine.cuda.layout import PROJECTION_WORDS
from annarchy_ml.engine.cuda.passing import (
    delivered,
    print_late_messages,
    print_messages,
    print_retaken,
    print_sent,
)
from annarchy_ml.engine.cuda.past import print_past, step_seen
from annarchy_ml.engine.cuda.stages import n_blocks
from annarchy_ml.engine.cuda.texts import MEET, Batch, Texts
from annarchy_ml.engine.cuda.wiring import Link

Ports = list[tuple[int, int]]


def print_arrivals(texts: Texts) -> Iterator[str]:
    """Delivers what arrives at the begin of a step."""
    delayed = [link for link in texts.links if link.delayed]
    listed = [link for link in delayed if link.mode != "spread"]
    spread = [link for link in delayed if link.mode == "spread"]
    if listed:
        yield "if (aml_thread() == 0) {"
        yield f"{INDENT}*arrivals->count = 0;"
        for link in listed:
            yield (
                f"{INDENT}aml_list_arrivals(now, times, {texts.projection(link.number)}, "
                f"{texts.port(link.port)}, {link.number}, {link.rank}, arrivals);"
            )
        yield "}"
        yield MEET
        yield from _listed(texts, listed)
        yield MEET
    if spread:
        yield "{"
        for run in _alike(texts, spread):
            yield from (INDENT + line for line in _spread(texts, run))
        yield "}"
        yield MEET


def _alike(texts: Texts, links: list[Link]) -> list[list[Link]]:
    """Links whose events do the same, and whose words follow each other."""
    runs: list[list[Link]] = []
    for link in sorted(links, key=lambda link: link.number):
        last = runs[-1][-1] if runs else None
        follows = last is not None and link.number == last.number + 1
        alone = {link.target, last.target} & texts.looking_back.keys() if last else ()
        if last is not None and follows and not alone and texts.event(link) == texts.event(last):
            runs[-1].append(link)
        else:
            runs.append([link])
    return runs


def _spread(texts: Texts, run: list[Link]) -> Iterator[str]:
    """One loop over projections, so that a program does not grow with their number."""
    words, first = texts.layout.groups[run[0].target], texts.layout.projections[run[0].number]
    yield "#pragma unroll 1"
    yield f"for (uint32_t k = 0; k < {len(run)}; ++k) {{"
    yield (
        f"{INDENT}const aml_projection *p = "
        f"(const aml_projection *)(words + {first} + k * {PROJECTION_WORDS});"
    )
    past = texts.looking_back.get(run[0].target)
    yield (
        f"{INDENT}{'const ' if past is None else ''}aml_context context = aml_bind(now, false, "
        f"words[p->target - 4], words + p->target, {words.externals}, {words.indices}, "
        f"{words.ports});"
    )
    if past is not None:
        seen = print_past(texts, past, "context", step_seen(False))
        yield from (INDENT + line for line in seen)
    yield (
        f"{INDENT}aml_deliver_arrivals<{texts.event(run[0])}>(now, times, &context, p, "
        "(const aml_port *)(words + p->port));"
    )
    yield "}"


def _listed(texts: Texts, links: list[Link]) -> Iterator[str]:
    """Delivers what arrives one batch after the other."""
    yield "{"
    for line in texts.contexts((link.target for link in links), (False,)):
        yield INDENT + line
    yield f"{INDENT}const uint32_t batches = *arrivals->count;"
    yield f"{INDENT}for (uint32_t k = 0; k < batches; ++k) {{"
    yield f"{INDENT * 2}const aml_arrival now_here = arrivals->list[k];"
    yield f"{INDENT * 2}switch (now_here.projection) {{"
    for link in links:
        rows = f"aml_rows_of({texts.port(link.port)}, now_here.sent) + now_here.first"
        waiting = f"waiting_{link.target}"
        batch = Batch(waiting, "0", rows, "now_here.count", "now_here.delay", "now_here.from")
        yield f"{INDENT * 3}case {link.number}:"
        yield from (INDENT * 4 + line for line in delivered(texts, link, batch))
        yield f"{INDENT * 4}break;"
    yield f"{INDENT * 2}}}"
    reached = {link.target for link in links} & texts.relays
    ports = [port for port in texts.tracked if port[0] in reached]
    passed_on = list(print_messages(texts, ports, set()))
    if passed_on or texts.must_meet(links):
        yield f"{INDENT * 2}{MEET}"
    yield from (INDENT * 2 + line for line in passed_on)
    yield f"{INDENT}}}"
    yield "}"


def print_at_once(texts: Texts, ports: Ports, blocks: set[int]) -> Iterator[str]:
    """Delivers what the blocks have sent over connections without delay."""
    if texts.passes:
        yield from print_sent(texts, ports)
        yield from print_messages(texts, ports, blocks)
        return
    links = texts.caused_by(ports)
    if not links:
        return
    ports = list(dict.fromkeys(link.port for link in links))
    yield "{"
    for line in texts.contexts((link.target for link in links), (True, False)):
        yield INDENT + line
    yield f"{INDENT}uint32_t end[{len(ports)}];"
    yield f"{INDENT}bool any = false;"
    for port in ports:
        if port in texts.ordered:
            begin = texts.begin_of(port)
            yield f"{INDENT}aml_order_rows({texts.port(port)}, now.number, {begin});"
    if any(port in texts.ordered for port in ports):
        yield INDENT + MEET
    for k, port in enumerate(ports):
        yield f"{INDENT}end[{k}] = aml_sent({texts.port(port)}, now.number);"
        yield f"{INDENT}any = any || end[{k}] > {texts.begin_of(port)};"
    if any(n_blocks(texts.plan, port[0]) > 1 for port in ports):
        yield INDENT + MEET  # before the next block sends
    yield f"{INDENT}if (any) {{"
    yield from (INDENT * 2 + line for line in _round(texts, links, ports, blocks))
    yield INDENT * 2 + MEET
    yield from (f"{INDENT * 2}{texts.begin_of(port)} = end[{k}];" for k, port in enumerate(ports))
    yield f"{INDENT}}}"
    yield "}"


def _round(texts: Texts, links: list[Link], ports: Ports, blocks: set[int]) -> Iterator[str]:
    meets = texts.must_meet(link for link in links if link.mode != "spread")
    listed = [link for link in links if link.mode != "spread"]
    for link in listed:
        k, begin = ports.index(link.port), texts.begin_of(link.port)
        rows = f"aml_rows_of({texts.port(link.port)}, now.number) + {begin}"
        stepped, count = f"stepped_{link.target}", f"end[{k}] - {begin}"
        n_stepped = texts.n_stepped(link.target, blocks)
        yield texts.delivery(link, Batch(stepped, n_stepped, rows, count, "0"))
        if meets:
            yield MEET
    if listed and not meets:
        yield MEET
    for link in links:
        if link.mode != "spread":
            continue
        k, begin = ports.index(link.port), texts.begin_of(link.port)
        yield (
            f"aml_deliver_at_once<{texts.event(link)}>(&stepped_{link.target}, "
            f"&waiting_{link.target}, {texts.n_stepped(link.target, blocks)}, "
            f"{texts.projection(link.number)}, {texts.port(link.port)}, {begin}, end[{k}]);"
        )


def print_late(texts: Texts) -> Iterator[str]:
    """Delivers without delay to connections of couplings, which have moved after all cells."""
    if texts.passes:
        yield from print_late_messages(texts)
        return
    links = [link for link in texts.links if link.late]
    if not links:
        return
    yield "{"
    yield from (INDENT + line for line in print_retaken(texts, links))
    for line in texts.contexts((link.target for link in links), (True,)):
        yield INDENT + line
    added = False
    for link in links:
        if added and link.mode != "spread":
            yield INDENT + MEET  # several may still add to what this one changes
        added = link.mode == "spread"
        stepped = f"stepped_{link.target}"
        size = f"(int32_t)words[{texts.layout.groups[link.target].size}]"
        port = texts.port(link.port)
        count = f"aml_sent({port}, now.number)"
        if link.mode == "spread":
            yield (
                f"{INDENT}aml_deliver_at_once<{texts.event(link)}>(&{stepped}, &{stepped}, {size}, "
                f"{texts.projection(link.number)}, {port}, 0, {count});"
            )
            continue
        rows = f"aml_rows_of({port}, now.number)"
        yield INDENT + texts.delivery(link, Batch(stepped, size, rows, count, "0"), stepped)
        yield INDENT + MEET
    yield f"{INDENT}{MEET}"
    yield "}"
