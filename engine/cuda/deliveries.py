"""Prints the delivery of events: of those that arrive, and of those without delay."""

from __future__ import annotations

from collections.abc import Iterator

from annarchy_ml.engine.cuda.functions import INDENT
from annarchy_ml.engine.cuda.layout import PROJECTION_WORDS
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
        if last is not None and follows and texts.event(link) == texts.event(last):
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
    yield (
        f"{INDENT}const aml_context context = aml_bind(now, false, words[p->target - 4], "
        f"words + p->target, {words.externals}, {words.indices}, {words.ports});"
    )
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
        yield INDENT * 4 + texts.delivery(link, batch)
        yield f"{INDENT * 4}break;"
    yield f"{INDENT * 2}}}"
    if texts.must_meet(links):
        yield f"{INDENT * 2}{MEET}"
    yield f"{INDENT}}}"
    yield "}"


def print_at_once(texts: Texts, ports: Ports, blocks: set[int]) -> Iterator[str]:
    """Delivers what the blocks have sent over connections without delay."""
    instant = [link for link in texts.links if link.immediate and not link.late]
    first = [link for link in instant if link.port in ports]
    if not first:
        return
    reached = {link.target for link in first} & texts.relays
    links = list(first)
    while True:
        more = [link for link in instant if link.port[0] in reached and link not in links]
        if not more:
            break
        links += more
        reached |= {link.target for link in more} & texts.relays
    yield from _rounds(texts, links, blocks, bool(reached))


def _rounds(texts: Texts, links: list[Link], blocks: set[int], again: bool) -> Iterator[str]:
    """Rounds of events that cause each other."""
    ports = list(dict.fromkeys(link.port for link in links))
    again = again or any(texts.n_blocks(port[0]) > 1 for port in ports)
    numbers = [texts.immediate_ports.index(port) for port in ports]
    yield "{"
    for line in texts.contexts((link.target for link in links), (True, False)):
        yield INDENT + line
    yield f"{INDENT}for (uint32_t round = 0;; ++round) {{"
    yield f"{INDENT * 2}uint32_t end[{len(ports)}];"
    yield f"{INDENT * 2}bool any = false;"
    for k, port in enumerate(ports):
        if port in texts.ordered:
            yield f"{INDENT * 2}aml_order_rows({texts.port(port)}, now.number, begin_{numbers[k]});"
    if again:
        yield from (INDENT * 2 + line for line in _agreed_ends(texts, ports))
    if again or any(port in texts.ordered for port in ports):
        yield INDENT * 2 + MEET
    for k, port in enumerate(ports):
        value = f"ends[{k}]" if again else f"aml_sent({texts.port(port)}, now.number)"
        yield f"{INDENT * 2}end[{k}] = {value};"
        yield f"{INDENT * 2}any = any || end[{k}] > begin_{numbers[k]};"
    if again:
        yield from (INDENT * 2 + line for line in _ending(len(ports)))
    else:
        yield f"{INDENT * 2}if (!any) break;"
    yield from (INDENT * 2 + line for line in _round(texts, links, ports, blocks))
    yield INDENT * 2 + MEET
    yield from (f"{INDENT * 2}begin_{n} = end[{k}];" for k, n in enumerate(numbers))
    if not again:
        yield f"{INDENT * 2}break;"
    yield f"{INDENT}}}"
    yield "}"


def _agreed_ends(texts: Texts, ports: Ports) -> Iterator[str]:
    """One thread says for all how much there is to deliver, and whether all of it had room."""
    for k, port in enumerate(ports):
        sent = f"aml_sent({texts.port(port)}, now.number)"
        yield f"if (aml_thread() == 0) ends[{k}] = {sent};"
    yield f"if (aml_thread() == 0) ends[{len(ports)}] = report->overflow != ~(uint64_t)0;"


def _ending(full: int) -> Iterator[str]:
    """When rounds are over: what all have read alike, before anybody sends more."""
    yield "if (!any) {"
    yield f"{INDENT}stuck = stuck || (ends[{full}] && round > AML_MANY_ROUNDS);"
    yield f"{INDENT}break;"
    yield "}"
    yield "if (round >= AML_MOST_ROUNDS) {"
    yield f"{INDENT}stuck = true;"
    yield f"{INDENT}break;"
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
    links = [link for link in texts.links if link.late]
    if not links:
        return
    yield "{"
    for line in texts.contexts((link.target for link in links), (True,)):
        yield INDENT + line
    if texts.passed_on_late:
        yield from (INDENT + line for line in _late_rounds(texts, links))
    else:
        for link in links:
            count = f"aml_sent({texts.port(link.port)}, now.number)"
            yield from (INDENT + line for line in _late(texts, link, "0", count))
        yield f"{INDENT}{MEET}"
    yield "}"


def _late(texts: Texts, link: Link, begin: str, end: str) -> Iterator[str]:
    """Delivers what was sent from place `begin` to `end` in this step."""
    stepped, port = f"stepped_{link.target}", texts.port(link.port)
    size = f"(int32_t)words[{texts.layout.groups[link.target].size}]"
    if link.mode == "spread":
        yield (
            f"aml_deliver_at_once<{texts.event(link)}>(&{stepped}, &{stepped}, {size}, "
            f"{texts.projection(link.number)}, {port}, {begin}, {end});"
        )
        return
    first, rows = begin != "0", f"aml_rows_of({port}, now.number)"
    rows, count = (f"{rows} + {begin}", f"{end} - {begin}") if first else (rows, end)
    yield texts.delivery(link, Batch(stepped, size, rows, count, "0"), stepped)
    yield MEET


def _late_rounds(texts: Texts, links: list[Link]) -> Iterator[str]:
    """Rounds of such events, where connections pass them on, and of all that these cause."""
    ports = list(dict.fromkeys(link.port for link in links))
    yield f"uint32_t heard[{len(ports)}] = {{}};"
    yield "for (uint32_t round = 0;; ++round) {"
    yield f"{INDENT}uint32_t end[{len(ports)}];"
    yield f"{INDENT}bool any = false;"
    for k, port in enumerate(ports):
        if port in texts.ordered and port not in texts.immediate_ports:
            yield f"{INDENT}aml_order_rows({texts.port(port)}, now.number, heard[{k}]);"
    yield from (INDENT + line for line in _agreed_ends(texts, ports))
    yield INDENT + MEET
    for k in range(len(ports)):
        yield f"{INDENT}end[{k}] = ends[{k}];"
        yield f"{INDENT}any = any || end[{k}] > heard[{k}];"
    yield from (INDENT + line for line in _ending(len(ports)))
    for link in links:
        k = ports.index(link.port)
        yield from (INDENT + line for line in _late(texts, link, f"heard[{k}]", f"end[{k}]"))
    yield INDENT + MEET
    yield from (f"{INDENT}heard[{k}] = end[{k}];" for k in range(len(ports)))
    sent = [port for port in texts.layout.ports if port[0] in texts.late_relays]
    for line in print_at_once(texts, sent, set(range(len(texts.plan.blocks)))):
        yield INDENT + line
    yield f"{INDENT}if (stuck) break;"
    yield INDENT + MEET
    yield "}"
