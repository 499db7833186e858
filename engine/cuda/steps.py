"""Prints the step of a program: its phases, between which all threads meet."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from annarchy_ml.engine.cuda.functions import INDENT, event_name, family_name, update_name
from annarchy_ml.engine.cuda.layout import Layout, kernel_of
from annarchy_ml.engine.cuda.stages import BlockSteps, attached_to, is_serial, root_of, stages
from annarchy_ml.engine.cuda.wiring import Link, links_of, ordered_ports, relays
from annarchy_ml.kernels.nodes import KernelKind, Placement
from annarchy_ml.kernels.plan import SimulationPlan

MEET = "aml_meet(meeting);"


def print_step(plan: SimulationPlan, layout: Layout) -> str:
    """The body of the loop over the steps."""
    printer = StepPrinter(plan, layout)
    return "\n".join(printer.lines())


@dataclass(slots=True)
class StepPrinter:
    """Prints one step of a plan."""

    plan: SimulationPlan
    layout: Layout
    links: tuple[Link, ...] = field(init=False)
    ordered: frozenset[tuple[int, int]] = field(init=False)
    relays: frozenset[int] = field(init=False)

    def __post_init__(self) -> None:
        self.links = links_of(self.plan, self.layout)
        self.ordered = ordered_ports(self.links)
        self.relays = relays(self.plan)

    def lines(self) -> Iterator[str]:
        plan, sending = self.plan, frozenset(link.port[0] for link in self.links if link.immediate)
        for port in self.layout.ports:
            yield f"aml_clear_port({self.port(port)}, now.number + 1);"
        for k in range(len(self.immediate_ports())):
            yield f"uint32_t begin_{k} = 0;"
        yield from self.arrivals()
        late = {link.target for link in self.links if link.delayed} & self.relays
        yield from self.at_once([port for port in self.layout.ports if port[0] in late], set())
        for stage in stages(plan, sending):
            yield from self.stage(stage)
            yield MEET
            ports = [port for item in stage for port in self.ports_of(item)]
            yield from self.at_once(ports, {item.number for item in stage})
        waiting = [port for port in self.ordered if not self.is_immediate(port)]
        if waiting:
            yield from (f"aml_order_rows({self.port(port)}, now.number, 0);" for port in waiting)
            yield MEET
        if plan.recordings:
            yield "aml_take_row(now, rows, row, report);"
            yield MEET
            yield "if (report->not_finite != ~(uint64_t)0) break;"

    def immediate_ports(self) -> list[tuple[int, int]]:
        """Out-ports that something hears without delay."""
        return list(dict.fromkeys(link.port for link in self.links if link.immediate))

    def is_immediate(self, port: tuple[int, int]) -> bool:
        """Whether something hears a port without delay."""
        return any(link.immediate and link.port == port for link in self.links)

    def ports_of(self, item: BlockSteps) -> list[tuple[int, int]]:
        """Heard out-ports of the groups of a block, in the order of sending."""
        groups = (*item.attached, self.plan.blocks[item.number].group)
        return [port for group in groups for port in self.layout.ports if port[0] == group]

    def port(self, port: tuple[int, int]) -> str:
        return f"(const aml_port *)(words + {self.layout.ports[port]})"

    def projection(self, number: int) -> str:
        return f"(const aml_projection *)(words + {self.layout.projections[number]})"

    def context(self, group: int, stepped: bool) -> str:
        """Declares what the kernels of a group are given."""
        words = self.layout.groups[group]
        name = f"{'stepped' if stepped else 'waiting'}_{group}"
        return (
            f"const aml_context {name} = aml_bind(now, {str(stepped).lower()}, {group}, "
            f"words + {words.first}, {words.externals}, {words.indices}, {words.ports});"
        )

    def contexts(self, groups: Iterable[int], stepped: tuple[bool, ...]) -> Iterator[str]:
        for group in dict.fromkeys(groups):
            yield from (self.context(group, each) for each in stepped)

    def event(self, link: Link) -> str:
        kernel = self.plan.groups[link.target].kernel
        return event_name(kernel, link.event, link.mode)

    # events that arrive

    def arrivals(self) -> Iterator[str]:
        delayed = [link for link in self.links if link.delayed]
        listed = [link for link in delayed if link.mode != "spread"]
        spread = [link for link in delayed if link.mode == "spread"]
        if listed:
            yield "if (aml_thread() == 0) {"
            yield f"{INDENT}*arrivals->count = 0;"
            for link in listed:
                yield (
                    f"{INDENT}aml_list_arrivals(now, times, {self.projection(link.number)}, "
                    f"{self.port(link.port)}, {link.number}, {link.rank}, arrivals);"
                )
            yield "}"
            yield MEET
            yield from self.listed(listed)
            yield MEET
        if spread:
            yield "{"
            for line in self.contexts((link.target for link in spread), (False,)):
                yield INDENT + line
            for link in spread:
                yield (
                    f"{INDENT}aml_deliver_arrivals<{self.event(link)}>(now, times, "
                    f"&waiting_{link.target}, {self.projection(link.number)}, "
                    f"{self.port(link.port)});"
                )
            yield "}"
            yield MEET

    def listed(self, links: list[Link]) -> Iterator[str]:
        """Delivers what arrives one batch after the other."""
        yield "{"
        for line in self.contexts((link.target for link in links), (False,)):
            yield INDENT + line
        yield f"{INDENT}const uint32_t batches = *arrivals->count;"
        yield f"{INDENT}for (uint32_t k = 0; k < batches; ++k) {{"
        yield f"{INDENT * 2}const aml_arrival now_here = arrivals->list[k];"
        yield f"{INDENT * 2}switch (now_here.projection) {{"
        for link in links:
            rows = f"aml_rows_of({self.port(link.port)}, now_here.sent)"
            call = self.delivery(link, f"waiting_{link.target}", "0", rows)
            yield f"{INDENT * 3}case {link.number}:"
            yield from (INDENT * 4 + line for line in call("now_here.count", "now_here.delay"))
            yield f"{INDENT * 4}break;"
        yield f"{INDENT * 2}}}"
        if self.must_meet(links):
            yield f"{INDENT * 2}{MEET}"
        yield f"{INDENT}}}"
        yield "}"

    def must_meet(self, links: Iterable[Link]) -> bool:
        """Whether threads deliver to targets of each other, or read what another one changes."""
        return any(
            link.mode == "apart" or kernel_of(self.plan, link.target).externals for link in links
        )

    def delivery(self, link: Link, stepped: str, n_stepped: str, rows: str):  # type: ignore[no-untyped-def]
        """Lines that deliver some rows over one delay; given how many, and which delay."""
        waiting = f"waiting_{link.target}"
        event, projection = self.event(link), self.projection(link.number)

        def lines(count: str, delay: str) -> Iterator[str]:
            if link.mode == "owned":
                yield (
                    f"aml_deliver_owned<{event}>(&{stepped}, &{waiting}, {n_stepped}, "
                    f"{projection}, {rows}, {count}, {delay});"
                )
                return
            yield (
                f"aml_deliver_all<{event}>(&{stepped}, &{waiting}, {n_stepped}, "
                f"{projection}, {rows}, {count}, {delay});"
            )

        return lines

    # steps

    def stage(self, stage: list[BlockSteps]) -> Iterator[str]:
        for item in stage:
            for phase in item.phases:
                for group in phase:
                    yield from self.attached_step(item, group)
                yield MEET
            yield from self.hosts_step(item)

    def attached_step(self, item: BlockSteps, group: int) -> Iterator[str]:
        """All instances of an attached group whose hosts are in a block."""
        block, words = self.layout.blocks[item.number], self.layout.groups[group]
        if kernel_of(self.plan, group).kernel(KernelKind.UPDATE) is None:
            return
        yield f"if (words[{words.stepped}]) {{"
        yield INDENT + self.context(group, True)
        yield f"{INDENT}const int64_t *hosts = (const int64_t *)words[{words.hosts}];"
        begin, end = (f"(int64_t)words[{block + k}]" for k in (0, 1))
        yield f"{INDENT}const int64_t begin = hosts ? hosts[{begin}] : {begin};"
        yield f"{INDENT}const int64_t end = hosts ? hosts[{end}] : {end};"
        yield from self.loop(group, "begin", "end", is_serial(self.plan, group))
        yield "}"

    def loop(self, group: int, begin: str, end: str, serial: bool) -> Iterator[str]:
        call = f"{update_name(self.plan.groups[group].kernel)}(&stepped_{group}, (int32_t)i);"
        if serial:
            yield f"{INDENT}if (aml_thread() == 0)"
            yield f"{INDENT * 2}for (int64_t i = {begin}; i < {end}; ++i) {call}"
        else:
            step = f"for (int64_t i = {begin} + aml_thread(); i < {end}; i += aml_threads())"
            yield f"{INDENT}{step} {call}"

    def hosts_step(self, item: BlockSteps) -> Iterator[str]:
        """The hosts of a block, each with what is attached to it where that is near."""
        block = self.plan.blocks[item.number]
        words = self.layout.blocks[item.number]
        group = self.plan.groups[block.group]
        begin, end = (f"(int64_t)words[{words + k}]" for k in (0, 1))
        yield "{"
        for line in self.contexts((*item.attached, block.group), (True,)):
            yield INDENT + line
        body = list(self.family_lines(block.group) if group.family else self.host_lines(item))
        if is_serial(self.plan, block.group):
            yield f"{INDENT}if (aml_thread() == 0)"
            yield f"{INDENT}for (int64_t h = {begin}; h < {end}; ++h) {{"
        else:
            yield (
                f"{INDENT}for (int64_t h = {begin} + aml_thread(); h < {end}; "
                "h += aml_threads()) {"
            )
        yield f"{INDENT * 2}const int32_t i = (int32_t)h;"
        yield from (INDENT * 2 + line for line in body)
        yield f"{INDENT}}}"
        yield "}"

    def family_lines(self, host: int) -> Iterator[str]:
        family = self.plan.groups[host].family
        assert family is not None
        number, members = family
        names = ", ".join(f"&stepped_{member}" for member in members)
        yield f"const aml_context *const contexts[] = {{{names}}};"
        stepped = self.layout.groups[host].stepped
        yield f"if (words[{stepped}]) {family_name(number)}(contexts, i, seen);"

    def host_lines(self, item: BlockSteps) -> Iterator[str]:
        host = self.plan.blocks[item.number].group
        if not item.phases:
            for group in item.attached:
                yield from self.update_line(group)
        yield from self.sums(host)
        yield from self.update_line(host)

    def update_line(self, group: int) -> Iterator[str]:
        if kernel_of(self.plan, group).kernel(KernelKind.UPDATE) is None:
            return
        name = update_name(self.plan.groups[group].kernel)
        stepped = self.layout.groups[group].stepped
        yield f"if (words[{stepped}]) {name}(&stepped_{group}, i);"

    def sums(self, host: int) -> Iterator[str]:
        """What a host sums over all that is attached to it."""
        targets = [item.name for item in kernel_of(self.plan, host).fields]
        begun: set[str] = set()
        for group in attached_to(self.plan, host):
            fields = kernel_of(self.plan, group).fields
            for item in self.plan.groups[group].reductions:
                source = next(k for k, own in enumerate(fields) if own.name == item.source)
                adds = item.operation == "add"
                target = f"((aml_real *)stepped_{host}.fields[{targets.index(item.target)}])[i]"
                start = target if item.target in begun else f"(aml_real){0 if adds else 1}"
                begun.add(item.target)
                each = str(fields[source].placement is Placement.PER_INSTANCE).lower()
                hosts = f"(const int64_t *)words[{self.layout.groups[group].hosts}]"
                name = "aml_sum_of" if adds else "aml_product_of"
                yield (
                    f"{target} = {name}(stepped_{group}.fields[{source}], {each}, {hosts}, i, "
                    f"{start});"
                )

    # events without delay

    def at_once(self, ports: list[tuple[int, int]], blocks: set[int]) -> Iterator[str]:
        """Delivers what the blocks have sent over connections without delay."""
        first = [link for link in self.links if link.immediate and link.port in ports]
        if not first:
            return
        reached = {link.target for link in first} & self.relays
        links = list(first)
        while True:
            more = [
                link
                for link in self.links
                if link.immediate and link.port[0] in reached and link not in links
            ]
            if not more:
                break
            links += more
            reached |= {link.target for link in more} & self.relays
        yield from self.rounds(links, blocks, bool(reached))

    def rounds(self, links: list[Link], blocks: set[int], again: bool) -> Iterator[str]:
        """Rounds of events that cause each other."""
        ports = list(dict.fromkeys(link.port for link in links))
        again = again or any(self.n_blocks(port[0]) > 1 for port in ports)
        numbers = [self.immediate_ports().index(port) for port in ports]
        yield "{"
        for line in self.contexts((link.target for link in links), (True, False)):
            yield INDENT + line
        yield f"{INDENT}for (uint32_t round = 0;; ++round) {{"
        yield f"{INDENT * 2}uint32_t end[{len(ports)}];"
        yield f"{INDENT * 2}bool any = false;"
        for k, port in enumerate(ports):
            if port in self.ordered:
                yield f"{INDENT * 2}aml_order_rows({self.port(port)}, now.number, begin_{numbers[k]});"
            if again:
                yield (
                    f"{INDENT * 2}if (aml_thread() == 0) "
                    f"ends[{k}] = aml_sent({self.port(port)}, now.number);"
                )
        if again or any(port in self.ordered for port in ports):
            yield INDENT * 2 + MEET
        for k, port in enumerate(ports):
            value = f"ends[{k}]" if again else f"aml_sent({self.port(port)}, now.number)"
            yield f"{INDENT * 2}end[{k}] = {value};"
            yield f"{INDENT * 2}any = any || end[{k}] > begin_{numbers[k]};"
        yield f"{INDENT * 2}if (!any) break;"
        yield f"{INDENT * 2}if (round >= AML_MOST_ROUNDS) {{"
        yield f"{INDENT * 3}aml_lower(&report->endless, now.number);"
        yield f"{INDENT * 3}break;"
        yield f"{INDENT * 2}}}"
        yield from (INDENT * 2 + line for line in self.round(links, ports, blocks))
        yield INDENT * 2 + MEET
        yield from (f"{INDENT * 2}begin_{n} = end[{k}];" for k, n in enumerate(numbers))
        if not again:
            yield f"{INDENT * 2}break;"
        yield f"{INDENT}}}"
        yield "}"

    def round(
        self, links: list[Link], ports: list[tuple[int, int]], blocks: set[int]
    ) -> Iterator[str]:
        meets = self.must_meet(link for link in links if link.mode != "spread")
        listed = [link for link in links if link.mode != "spread"]
        for link in listed:
            k, begin = ports.index(link.port), self.begin_of(link.port)
            rows = f"aml_rows_of({self.port(link.port)}, now.number) + {begin}"
            call = self.delivery(
                link, f"stepped_{link.target}", self.n_stepped(link.target, blocks), rows
            )
            yield from call(f"end[{k}] - {begin}", "0")
            if meets:
                yield MEET
        if listed and not meets:
            yield MEET
        for link in links:
            if link.mode != "spread":
                continue
            k, begin = ports.index(link.port), self.begin_of(link.port)
            yield (
                f"aml_deliver_at_once<{self.event(link)}>(&stepped_{link.target}, "
                f"&waiting_{link.target}, {self.n_stepped(link.target, blocks)}, "
                f"{self.projection(link.number)}, {self.port(link.port)}, {begin}, end[{k}]);"
            )

    def begin_of(self, port: tuple[int, int]) -> str:
        """Where what a port has sent and nobody has heard begins."""
        return f"begin_{self.immediate_ports().index(port)}"

    def n_blocks(self, group: int) -> int:
        """Blocks that step a group."""
        return sum(block.group == root_of(self.plan, group) for block in self.plan.blocks)

    def n_stepped(self, group: int, blocks: set[int]) -> str:
        """Instances of a group below this have taken the step when some blocks have."""
        last = max(blocks, default=-1)
        done = [
            k for k in range(last + 1) if self.plan.blocks[k].group == root_of(self.plan, group)
        ]
        if not done:
            return "0"
        end = f"words[{self.layout.blocks[done[-1]] + 1}]"
        if self.plan.groups[group].host is None:
            return f"(int32_t){end}"
        hosts = f"(const int64_t *)words[{self.layout.groups[group].hosts}]"
        return f"aml_attached_before({hosts}, (int32_t){end})"
