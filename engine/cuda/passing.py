"""Prints how events are passed on at once: messages, heard one after the other as on the CPU.

A message is what a port has sent since its last one: the events of a block's step, or what the
targets of one delivery send on. Where nothing passes events on, `deliveries.py` has shorter ways.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from annarchy_ml.engine.cuda.functions import INDENT
from annarchy_ml.engine.cuda.past import step_seen, take_histories
from annarchy_ml.engine.cuda.texts import MEET, Batch, Texts
from annarchy_ml.engine.cuda.wiring import Link

Ports = Iterable[tuple[int, int]]
_EVENTS = "now_here.end - now_here.begin"


def delivered(texts: Texts, link: Link, batch: Batch, waiting: str = "") -> Iterator[str]:
    """Delivers events over a projection; what its targets send on are messages."""
    yield texts.delivery(link, batch, waiting)
    ports = [port for port in texts.tracked if port[0] == link.target]
    if link.target not in texts.relays or not ports:
        return
    ordered = [port for port in ports if port in texts.ordered]
    yield MEET
    for port in ordered:
        yield f"aml_find_causes({_new(texts, port)}, {texts.over(link, batch)});"
    if ordered:
        yield MEET
    for port in ports:
        if port in ordered:
            yield f"aml_order_passed({_new(texts, port)});"
        yield from _message(texts, port)
    yield MEET


def print_sent(texts: Texts, ports: Ports) -> Iterator[str]:
    """What some groups have sent in their own step becomes messages."""
    tracked = [port for port in ports if port in texts.tracked]
    for port in tracked:
        if port in texts.ordered:
            yield f"aml_order_rows({_new(texts, port)});"
        yield from _message(texts, port)
    if tracked:
        yield MEET


def _new(texts: Texts, port: tuple[int, int]) -> str:
    """What a port has sent since its last message."""
    return f"{texts.port(port)}, now.number, {texts.begin_of(port)}"


def _message(texts: Texts, port: tuple[int, int]) -> Iterator[str]:
    number = texts.tracked.index(port)
    if port in texts.numbered:
        yield f"aml_number_events({_new(texts, port)}, ++said);"
    if port in texts.immediate_ports:
        yield f"aml_pass_on(passing, {number}, {_new(texts, port)});"
    yield f"{texts.begin_of(port)} = aml_sent({texts.port(port)}, now.number);"


def print_messages(texts: Texts, ports: Ports, blocks: set[int]) -> Iterator[str]:
    """Delivers messages of some ports, and those that these cause, when some blocks have stepped.

    Events for connections of couplings wait.
    """
    links = texts.caused_by(ports)
    if not links:
        return
    yield "{"
    for line in texts.contexts((link.target for link in links), (True, False)):
        yield INDENT + line
    yield f"{INDENT}uint32_t round = 0;"
    yield f"{INDENT}for (uint32_t last = passed; passed != passing->sent; ++passed) {{"
    yield f"{INDENT * 2}if (passed == last) {{"
    yield f"{INDENT * 3}last = passing->sent;"
    yield from (INDENT * 3 + line for line in _round_begins())
    yield f"{INDENT * 2}}}"
    yield f"{INDENT * 2}const aml_message now_here = aml_message_of(passing, passed);"
    yield f"{INDENT * 2}switch (now_here.port) {{"
    for port in dict.fromkeys(link.port for link in links):
        yield f"{INDENT * 3}case {texts.tracked.index(port)}:"
        own = [link for link in links if link.port == port]
        yield from (INDENT * 4 + line for line in _heard(texts, own, blocks))
        yield f"{INDENT * 4}break;"
    yield f"{INDENT * 2}}}"
    yield f"{INDENT}}}"
    yield f"{INDENT}{_STUCK}"
    yield "}"


_STUCK = "stuck = stuck || (passing->full && round > AML_MANY_ROUNDS);"


def _round_begins() -> Iterator[str]:
    yield "if (++round > AML_MOST_ROUNDS) {"
    yield f"{INDENT}stuck = true;"
    yield f"{INDENT}break;"
    yield "}"


def _heard(texts: Texts, links: list[Link], blocks: set[int]) -> Iterator[str]:
    """One message over all connections without delay of its port."""
    for link in links:
        n_stepped = texts.n_stepped(link.target, blocks)
        yield from _to_all(texts, link, (f"stepped_{link.target}", n_stepped), "")


def _to_all(texts: Texts, link: Link, stepped: tuple[str, str], waiting: str) -> Iterator[str]:
    """One message over one projection; then all meet."""
    lines = [_spread(texts, link, stepped, waiting)]
    if link.mode != "spread":
        rows = f"aml_rows_of({texts.port(link.port)}, now.number) + now_here.begin"
        lines = list(delivered(texts, link, Batch(*stepped, rows, _EVENTS, "0"), waiting))
    yield from lines
    if lines[-1] != MEET:
        yield MEET


def _spread(texts: Texts, link: Link, stepped: tuple[str, str], waiting: str) -> str:
    return (
        f"aml_deliver_at_once<{texts.event(link)}>(&{stepped[0]}, "
        f"&{waiting or f'waiting_{link.target}'}, {stepped[1]}, {texts.projection(link.number)}, "
        f"{texts.port(link.port)}, now_here.begin, now_here.end);"
    )


def print_retaken(texts: Texts, links: Iterable[Link]) -> Iterator[str]:
    """Keeps what cells are by now, where connections of couplings look back from it."""
    if any(link.target in texts.looking_back for link in links):
        yield from take_histories(texts, step_seen(True))
        yield MEET


def print_late_messages(texts: Texts) -> Iterator[str]:
    """Messages for connections of couplings, which have moved after all cells.

    What these pass on is heard before their next messages.
    """
    links = [link for link in texts.links if link.late]
    if not links:
        return
    yield "{"
    yield from (INDENT + line for line in print_retaken(texts, links))
    for line in texts.contexts((link.target for link in links), (True,)):
        yield INDENT + line
    yield f"{INDENT}uint32_t round = 0;"
    yield f"{INDENT}while (heard_late != passing->sent) {{"
    yield from (INDENT * 2 + line for line in _round_begins())
    yield f"{INDENT * 2}const uint32_t end = passing->sent;"
    yield f"{INDENT * 2}for (; heard_late != end; ++heard_late) {{"
    yield f"{INDENT * 3}const aml_message now_here = aml_message_of(passing, heard_late);"
    yield f"{INDENT * 3}switch (now_here.port) {{"
    for port in dict.fromkeys(link.port for link in links):
        yield f"{INDENT * 4}case {texts.tracked.index(port)}:"
        own = [link for link in links if link.port == port]
        yield from (INDENT * 5 + line for link in own for line in _late(texts, link))
        yield f"{INDENT * 5}break;"
    yield f"{INDENT * 3}}}"
    yield f"{INDENT * 2}}}"
    sent = [port for port in texts.tracked if port[0] in {link.target for link in links}]
    blocks = set(range(len(texts.plan.blocks)))
    yield from (INDENT * 2 + line for line in print_messages(texts, sent, blocks))
    yield f"{INDENT * 2}if (stuck) break;"
    yield f"{INDENT * 2}passed = passing->sent;"
    yield f"{INDENT}}}"
    yield f"{INDENT}{_STUCK}"
    yield f"{INDENT}{MEET}"
    yield "}"


def _late(texts: Texts, link: Link) -> Iterator[str]:
    stepped = f"stepped_{link.target}"
    size = f"(int32_t)words[{texts.layout.groups[link.target].size}]"
    yield from _to_all(texts, link, (stepped, size), stepped)
