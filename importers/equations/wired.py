"""The connections of a compiled network: their values, delays, and what switches them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from annarchy_ml.importers.equations.structure.growth import Growth
from annarchy_ml.importers.equations.types import engine_name

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from annarchy_ml import Simulation
    from annarchy_ml.importers.equations.values import Values

W = "w"
START = ("./weight", "weight")
"""What the engine calls the weight at the start."""


class Wired:
    """What scripts see of the connections of a simulation.

    Couplings are those of rate-coded neurons: their connections lie by target, those of projections
    by source.

    Attributes:
        coupled: names of projections that are couplings.
        growth: rules by which synapses come and go.
        moved: connections as they were at `compile`, of those that were changed since.
    """

    def __init__(self, simulation: Simulation) -> None:
        self.simulation = simulation
        plan = simulation.plan
        self._position = {item.name: number for number, item in enumerate(plan.groups)}
        self.coupled = [item.name for item in plan.couplings]
        self.growth = Growth()
        self.moved: dict[str, tuple[Any, ...]] = {}

    def keeps(self, projection: str, name: str) -> bool:
        """Whether the running model has an attribute of the synapses of a projection."""
        from annarchy_ml.diagnostics.core import UsageError

        if projection in self.coupled:
            return engine_name(name) in self.simulation.coupling(projection).names
        try:
            self.simulation.get(f"{projection}/{engine_name(name)}")
        except UsageError:
            return False
        return True

    def synapse_values(self, projection: str, name: str) -> NDArray[np.float64]:
        """Values of all synapses of a projection, in the order of its connections."""
        if projection in self.coupled:
            rows = self.simulation.coupling(projection)
            values = np.broadcast_to(rows.value(engine_name(name)), rows.sources.shape)
            return np.array(values, float)
        return np.array(self.simulation.get(f"{projection}/{engine_name(name)}"))

    def put_synapses(self, projection: str, name: str, values: Values) -> None:
        """Gives the synapses other values, in the order of its connections."""
        if projection not in self.coupled:
            self._put_spiking(f"{projection}/{engine_name(name)}", values)
            return
        rows = self.simulation.coupling(projection)
        if name == W and len(rows.names) == 1:  # a start value of other connections
            self._remember(projection)
        flat = np.ravel(values)
        same = len(flat) > 0 and bool(np.all(flat == flat[0]))
        rows.put(engine_name(name), float(flat[0]) if same else flat)

    def _put_spiking(self, path: str, values: Values) -> None:
        """What is kept once for several synapses takes values that are the same for these."""
        from annarchy_ml.diagnostics.core import UsageError

        try:
            self.simulation.set(path, values)
        except UsageError:
            place = self.simulation.columns(path)
            if place is None:
                raise
            group, field, instances = place
            kept = self.simulation.runtime.field(group, field)
            found = np.array(kept)
            found[instances] = values
            if not np.array_equal(found[instances], np.broadcast_to(values, instances.shape)):
                raise
            kept[...] = found

    def columns(self, projection: str, name: str) -> tuple[int, str, NDArray[np.int64]] | None:
        """Where values are kept that change: group, field, instance of each connection."""
        if projection in self.coupled:
            return self.simulation.coupling(projection).columns(engine_name(name))
        if not self.keeps(projection, name):
            return None
        return self.simulation.columns(f"{projection}/{engine_name(name)}")

    def record_columns(self, group: int, field: str, instances: NDArray[np.int64]) -> int:
        """Records a field of some instances from now on; gives the number of the recording."""
        sources = [(group, field, item) for item in instances.tolist()]
        return self.simulation.runtime.network.record(sources)

    def connections(self, projection: str) -> Any:
        """Sources, targets, weights, delays [ms] of a projection, as the engine has them."""
        if projection not in self.coupled:
            return self.simulation.connections(projection)
        rows = self.simulation.coupling(projection)
        weights = self.synapse_values(projection, W)
        return np.asarray(rows.sources, np.int64), rows.targets, weights, rows.delays

    def reconnect(self, projection: str, made: Any, kept: Any = None) -> None:
        """Puts other connections in the place of those of a projection.

        Args:
            projection: its name.
            made: sources, targets, weights, delays [ms]: those of couplings by target, then source;
                others by source, then target.
            kept: which of those before each one is, -1 for new ones; None if all stay.
        """
        self._remember(projection)
        sources, targets, weights, delays = made
        if projection not in self.coupled:
            self._reconnect_spiking(projection, made, kept)
            return
        rows = self.simulation.coupling(projection)
        row_ptr = np.searchsorted(targets, np.arange(len(rows.row_ptr)))
        rows.reconnect(row_ptr.astype(np.int64), sources, weights, delays, kept)

    def _reconnect_spiking(self, projection: str, made: Any, kept: Any) -> None:
        """The same where only spikes go over the connections."""
        sources, targets, weights, delays = made
        now = self.connections(projection)
        same = np.array_equal(now[0], sources) and np.array_equal(now[1], targets)
        weighted = not self.keeps(projection, W)
        if weighted and not same:
            self.simulation.wiring.reconnect(projection, made, kept)
            return
        self.put_delays(projection, delays)
        if weighted:
            self.put_weights(projection, weights)

    def put_weights(self, projection: str, weights: NDArray[np.float64]) -> None:
        """Gives connections that are nothing but weights other ones, in their order."""
        self._remember(projection)
        self.simulation.set(f"{projection}/weight", weights)

    def put_delays(self, projection: str, delays: NDArray[np.float64]) -> None:
        """Gives connections other delays [ms], in their order."""
        self._remember(projection)
        steps = np.rint(np.asarray(delays) / self.simulation.plan.dt)
        whole = steps * self.simulation.plan.dt
        self.simulation.set(f"{projection}/delay", whole)

    def switch(self, projection: str, transmits: bool = True, **wanted: Any) -> None:
        """What connections do, see `CoupledRows.switch`; spikes can be kept from arriving."""
        if projection in self.coupled:
            self.simulation.coupling(projection).switch(transmits, **wanted)
        else:
            self.simulation.switch_projection(projection, transmits)

    def _remember(self, projection: str) -> None:
        """Keeps connections as they were at `compile`, before they are changed."""
        if projection in self.moved:
            return
        sources, targets, weights, delays = self.connections(projection)
        first = self._first_weights(projection)
        if first is not None:
            weights = np.array(np.broadcast_to(first, weights.shape))
        self.moved[projection] = (sources, targets, weights, delays)

    def _first_weights(self, projection: str) -> NDArray[np.float64] | None:
        """Weights with which synapses have begun that may have learned since."""
        for item in self.simulation.plan.couplings:
            if item.name == projection and hasattr(item, "synapses"):
                known = self.simulation.plan.groups[item.synapses].values
                return next((known[name] for name in START if name in known), None)
        return None

    def first_connections(self, but: list[str]) -> None:
        """Connections as they were at `compile`, except for some projections."""
        for name, made in self.moved.items():
            if name not in but:
                self.reconnect(name, made, np.full(len(made[0]), -1))

    def first_synapses(self, projection: str) -> None:
        """Synapses, weights and delays of a projection as they were at `compile`."""
        made = self.moved.get(projection)
        if made is not None:
            self.reconnect(projection, made, np.full(len(made[0]), -1))
        if self.keeps(projection, W):
            first = self._first_weights(projection)
            weights = self.connections(projection)[2] if first is None else first
            if projection not in self.coupled or first is not None:
                self.put_synapses(projection, W, weights)

    def owner(self, position: int) -> str:
        """The population or projection to which a group belongs."""
        for item in self.simulation.plan.couplings:
            if getattr(item, "synapses", None) == position:
                return item.name
        name = self.simulation.plan.groups[position].name
        made = name.partition("/synapses:")[2].partition(" ")[0].removesuffix("_")
        return made or name
