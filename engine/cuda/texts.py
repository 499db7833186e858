"""Names and calls that all parts of a printed step share."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from annarchy_ml.engine.cuda.functions import event_name
from annarchy_ml.engine.cuda.further import Further
from annarchy_ml.engine.cuda.layout import Layout, kernel_of
from annarchy_ml.engine.cuda.past import looking_back, print_past, step_seen
from annarchy_ml.engine.cuda.stages import root_of
from annarchy_ml.engine.cuda.wiring import (
    Link,
    hears_messages,
    links_of,
    numbered_ports,
    ordered_ports,
    relays,
)
from annarchy_ml.kernels.plan import SimulationPlan

MEET = "aml_meet(meeting);"


@dataclass(frozen=True, slots=True)
class Batch:
    """Events that are delivered together: texts.

    Attributes:
        stepped: what targets are given that have taken this step.
        n_stepped: targets below this have.
        rows, count: the instances that sent them.
        connections: where the connections are described.
        delay: number of the delay.
    """

    stepped: str
    n_stepped: str
    rows: str
    count: str
    delay: str
    connections: str = ""


@dataclass(slots=True)
class Texts:
    """What a step of a plan is printed from.

    Attributes:
        links: all projections, in the order of sending.
        ordered: out-ports whose events are put into the order of the instances.
        relays: groups that send events because they get some.
        passes: whether events are heard message by message.
        numbered: where they are, the ports whose events arrive over a delay, in order.
        tracked: where they are, these ports, those of relays, and those that are heard at once.
        looking_back: groups whose events read delayed sources, see `past`.
    """

    plan: SimulationPlan
    layout: Layout
    further: Further
    links: tuple[Link, ...] = field(init=False)
    ordered: frozenset[tuple[int, int]] = field(init=False)
    relays: frozenset[int] = field(init=False)
    passes: bool = field(init=False)
    numbered: frozenset[tuple[int, int]] = field(init=False)
    tracked: list[tuple[int, int]] = field(init=False)
    looking_back: dict[int, int] = field(init=False)

    def __post_init__(self) -> None:
        self.links = links_of(self.plan, self.layout)
        self.ordered = ordered_ports(self.links)
        self.relays = relays(self.plan)
        self.looking_back = looking_back(self.plan, self.further)
        own = {port for port in self.ordered if port[0] in self.relays}
        self.passes = hears_messages(self.plan, self.links)
        self.numbered = numbered_ports(self.plan, self.links)
        known = {*own, *self.numbered, *self.immediate_ports}
        self.tracked = sorted(known) if self.passes else []

    @property
    def immediate_ports(self) -> list[tuple[int, int]]:
        """Out-ports that something hears without delay; where nothing passes on, not late."""
        heard = (link for link in self.links if link.immediate)
        return list(dict.fromkeys(link.port for link in heard if self.passes or not link.late))

    @property
    def begun(self) -> list[tuple[int, int]]:
        """Out-ports of which it is known how many events of this step have been looked at."""
        return self.tracked or self.immediate_ports

    def caused_by(self, ports: Iterable[tuple[int, int]]) -> list[Link]:
        """Over what is heard at once, but not late, what ports send, and relays because of that."""
        instant = [link for link in self.links if link.immediate and not link.late]
        links, reached = [], set(ports)
        while more := [link for link in instant if link.port in reached and link not in links]:
            links += more
            relays = {link.target for link in more} & self.relays
            reached |= {port for port in self.tracked if port[0] in relays}
        return links

    def port(self, port: tuple[int, int]) -> str:
        """Where a port is described."""
        return f"(const aml_port *)(words + {self.layout.ports[port]})"

    def projection(self, number: int) -> str:
        """Where a projection is described."""
        return f"(const aml_projection *)(words + {self.layout.projections[number]})"

    def context(self, group: int, stepped: bool) -> str:
        """Declares what the kernels of a group are given."""
        words = self.layout.groups[group]
        name = f"{'stepped' if stepped else 'waiting'}_{group}"
        constant = "" if group in self.looking_back else "const "
        return (
            f"{constant}aml_context {name} = aml_bind(now, {str(stepped).lower()}, "
            f"words[{words.stream}], words + {words.first}, {words.externals}, {words.indices}, "
            f"{words.ports});"
        )

    def contexts(self, groups: Iterable[int], stepped: tuple[bool, ...]) -> Iterator[str]:
        """Declares the contexts of some groups."""
        for group in dict.fromkeys(groups):
            for each in stepped:
                yield self.context(group, each)
                if group in self.looking_back:
                    name = f"{'stepped' if each else 'waiting'}_{group}"
                    yield from print_past(self, self.looking_back[group], name, step_seen(each))

    def event(self, link: Link) -> str:
        """What an event does to a target."""
        kernel = self.plan.groups[link.target].kernel
        return event_name(kernel, link.event, link.mode)

    def must_meet(self, links: Iterable[Link]) -> bool:
        """Whether threads deliver to targets of each other, or read what another one changes."""
        return any(
            link.mode == "apart" or kernel_of(self.plan, link.target).externals for link in links
        )

    def over(self, link: Link, batch: Batch) -> str:
        """Connections and events of a delivery."""
        connections = batch.connections or self.projection(link.number)
        return f"{connections}, {batch.rows}, {batch.count}, {batch.delay}"

    def delivery(self, link: Link, batch: Batch, waiting: str = "") -> str:
        """Delivers events over a projection whose targets hear them in their order."""
        waiting = waiting or f"waiting_{link.target}"
        name = "aml_deliver_owned" if link.mode == "owned" else "aml_deliver_all"
        to = f"&{batch.stepped}, &{waiting}, {batch.n_stepped}"
        return f"{name}<{self.event(link)}>({to}, {self.over(link, batch)});"

    def begin_of(self, port: tuple[int, int]) -> str:
        """Where what a port has sent and nobody has heard begins."""
        return f"begin_{self.begun.index(port)}"

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
