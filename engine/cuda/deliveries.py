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
_MANY = 4
"""Projections of which a thread need not ask each in every step whether it is its own."""


def print_arrivals(texts: Texts) -> Iterator[str]:
    """Delivers what arrives at the begin of a step."""
    listed = texts.listed
    spread = [link for link in texts.links if link.delayed and link.mode == "spread"]
    if listed:
        yield from _list(texts, listed)
        yield MEET
        yield from _listed(texts, listed)
        if not (texts.plan.blocks and _meets_at_the_end(texts, listed)):
            yield MEET
    if spread:
        yield "{"
        for number, run in enumerate(_alike(texts, spread)):
            own = f"served_{number}" if len(run) >= _MANY else ""
            yield from (INDENT + line for line in _spread(texts, run, own))
        yield "}"
        yield MEET


def print_served(texts: Texts) -> Iterator[str]:
    """Before the first step of a launch: which of many projections a warp delivers."""
    spread = [link for link in texts.links if link.delayed and link.mode == "spread"]
    for number, run in enumerate(_alike(texts, spread)):
        if len(run) >= _MANY:
            first = texts.projection(run[0].number)
            yield f"const aml_served served_{number} = aml_served_of({first}, {len(run)});"


def _list(texts: Texts, links: list[Link]) -> Iterator[str]:
    """Lists what arrives, each thread another delay of a projection."""
    yield "{"
    yield f"{INDENT}uint32_t turn = 0;"
    for run in _alike(texts, links, False):
        yield from (
            INDENT + line
            for line in _over_all(
                texts,
                run,
                f"{INDENT}aml_list_arrivals(now, times, p, (const aml_port *)(words + p->port), "
                f"{run[0].number} + k, turn, arrivals);",
            )
        )
    yield "}"


def _meets_at_the_end(texts: Texts, links: list[Link]) -> bool:
    """Whether all meet after each batch that arrives."""
    return texts.must_meet(links) or bool(texts.caused_by(_reached(texts, links)))


def _reached(texts: Texts, links: list[Link]) -> Ports:
    """Out-ports of the relays that hear something over some projections."""
    heard = {link.target for link in links} & texts.relays
    return [port for port in texts.tracked if port[0] in heard]


def _alike(texts: Texts, links: list[Link], same: bool = True) -> list[list[Link]]:
    """Links whose words follow each other, and whose events do the same if that is asked for."""
    runs: list[list[Link]] = []
    for link in sorted(links, key=lambda link: link.number):
        last = runs[-1][-1] if runs else None
        follows = last is not None and link.number == last.number + 1
        alike = last is not None and (not same or _do_the_same(texts, link, last))
        if follows and alike:
            runs[-1].append(link)
        else:
            runs.append([link])
    return runs


def _do_the_same(texts: Texts, link: Link, other: Link) -> bool:
    """Whether one text can deliver both; what looks back has a text of its own."""
    alone = {link.target, other.target} & texts.looking_back.keys()
    return not alone and texts.event(link) == texts.event(other)


def _spread(texts: Texts, run: list[Link], own: str) -> Iterator[str]:
    """One loop over projections, so that a program does not grow with their number."""
    words = texts.layout.groups[run[0].target]
    past = texts.looking_back.get(run[0].target)
    seen = () if past is None else print_past(texts, past, "context", step_seen(False))
    yield from _over_all(
        texts,
        run,
        f"{INDENT}{'const ' if past is None else ''}aml_context context = aml_bind(now, false, "
        f"words[p->target - 4], words + p->target, {words.externals}, {words.indices}, "
        f"{words.ports});",
        *(INDENT + line for line in seen),
        f"{INDENT}aml_deliver_arrivals<{texts.event(run[0])}>(now, times, &context, p, "
        "(const aml_port *)(words + p->port));",
        own=own,
    )


def _over_all(texts: Texts, run: list[Link], *body: str, own: str = "") -> Iterator[str]:
    """A loop over projections whose words follow each other: `p` of each of them."""
    first_of, end_of = (f"{own}.first", f"{own}.end") if own else ("0", str(len(run)))
    first = texts.layout.projections[run[0].number]
    yield "#pragma unroll 1"
    yield f"for (uint32_t k = {first_of}; k < {end_of}; ++k) {{"
    yield (
        f"{INDENT}const aml_projection *p = "
        f"(const aml_projection *)(words + {first} + k * {PROJECTION_WORDS});"
    )
    yield from body
    yield "}"


def _listed(texts: Texts, links: list[Link]) -> Iterator[str]:
    """Delivers what arrives one batch after the other."""
    yield "{"
    for line in texts.contexts((link.target for link in links), (False,)):
        yield INDENT + line
    yield f"{INDENT}const uint32_t batches = aml_arrived(arrivals, now.number);"
    yield f"{INDENT}const aml_arrival *list = batches > 1 ? arrivals->ordered : arrivals->found;"
    yield f"{INDENT}if (batches > 1) {{"
    yield f"{INDENT * 2}aml_order_arrivals(arrivals, batches);"
    yield f"{INDENT * 2}{MEET}"
    yield f"{INDENT}}}"
    yield f"{INDENT}for (uint32_t k = 0; k < batches; ++k) {{"
    yield f"{INDENT * 2}const aml_arrival now_here = list[k];"
    yield f"{INDENT * 2}switch (now_here.projection) {{"
    for link in links:
        rows = f"aml_rows_of({texts.port(link.port)}, now_here.sent) + now_here.first"
        waiting = f"waiting_{link.target}"
        connections = f"aml_connections_of({texts.projection(link.number)}, now_here.former)"
        batch = Batch(waiting, "0", rows, "now_here.count", "now_here.delay", connections)
        yield f"{INDENT * 3}case {link.number}:"
        yield from (INDENT * 4 + line for line in delivered(texts, link, batch))
        yield f"{INDENT * 4}break;"
    yield f"{INDENT * 2}}}"
    if _meets_at_the_end(texts, links):
        yield f"{INDENT * 2}{MEET}"
    yield from (INDENT * 2 + line for line in print_messages(texts, _reached(texts, links), set()))
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
