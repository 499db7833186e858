"""Delays and weights of event connections: read, and set between runs.

A user always sees connections by source, then target; the rows of the engine are those that a
model written with these delays would have. With the method ``neuron`` the engine has half a step
more of each delay than a user sees.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from annarchy_ml.diagnostics.core import UsageError
from annarchy_ml.integrators import NEURON
from annarchy_ml.kernels.connectivity import Connections
from annarchy_ml.kernels.plan import ProjectionPlan
from annarchy_ml.model.cable_places import owners
from annarchy_ml.passes.links import reordered
from annarchy_ml.passes.settle import whole_steps
from annarchy_ml.passes.wired import UNHEARD, Wired, WiredFinder
from annarchy_ml.session.connection_rows import ConnectionRows

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from annarchy_ml.kernels.plan import SimulationPlan
    from annarchy_ml.passes.links import Links
    from annarchy_ml.session.simulation import Simulation

    Floats = NDArray[np.float64]
    Integers = NDArray[np.int64]

_DECIMALS = 15
"""Of delays [s] from which half a step was taken again: less than that was rounded away."""


class Wiring:
    """The event connections of one simulation."""

    def __init__(self, simulation: Simulation, links: Links) -> None:
        """Knows the connections as they were made.

        Args:
            simulation: whose engine keeps them.
            links: projections by name.
        """
        self.simulation = simulation
        self.links = links
        self.finder = WiredFinder(links, simulation.plan.dt)
        self.rows = ConnectionRows(simulation, self.finder)
        self._found: dict[str, Wired] = {}

    def found(self, name: str) -> Wired:
        """The connections of a projection as the plan numbers them.

        Raises:
            KeyError: If there is no such projection, or several.
        """
        if name not in self._found:
            wires = self.links.rule(name)
            if wires is None:
                self._found[name] = self.finder.listed(name)
            else:
                number = self.finder.number(wires)
                heard = number != UNHEARD
                size = self.simulation.runtime.network.projection_size(number) if heard else 0
                self._found[name] = self.finder.rule(name, size)
        return self._found[name]

    def connections(self, name: str) -> Connections:
        """The connections of a projection, by source, then target.

        Raises:
            KeyError: If there is no such projection, or several.
        """
        wires = self.links.rule(name)
        made = self.links.listed(name) if wires is None else self._of_rule(name)
        if self.is_weighted(name):
            made = made._replace(weights=self.weights(name))
        return made._replace(delays=self.delays(name))

    def delays(self, name: str) -> Floats:
        """Delays [s], shape (n_connections,)."""
        return self._column(name, 3)

    def weights(self, name: str) -> Floats:
        """Weights that the engine keeps, in SI units, shape (n_connections,)."""
        return self._column(name, 2)

    def set_delays(self, name: str, delays: Floats) -> SimulationPlan:
        """Gives all connections of a projection their delays [s], shape (n_connections,).

        Returns:
            The plan that runs by now.

        Raises:
            UsageError: If they cannot have them; then nothing has changed.
        """
        found = self.found(name)
        self._check_heard(name, found)
        changes = {}
        for number, own in found.parts:
            heard = delays[own] + self._late(number)
            whole = self._filled(number, 3, found.places[own], heard)
            if number in found.split:
                changes.update(_traced(self, name, number, found, whole))
            changes[number] = whole
        for number, whole in changes.items():
            self.rows.rearrange(number, whole)
        return self.rows.replanned(changes)

    def _filled(self, number: int, column: int, places: Integers, values: Floats) -> Floats:
        """A column of a projection of the plan, in the order made, with new values at places."""
        size = self.simulation.runtime.network.projection_size(number)
        whole = np.empty(size) if len(places) == size else self.rows.column(number, column)
        whole[places] = values
        return whole

    def is_weighted(self, name: str) -> bool:
        """Whether weights lie with the connections or with a sum of all synapses of a cell."""
        found = self.found(name)
        summed = (self.finder.summed_weight(number) for number, _ in found.parts)
        return found.weighted or (len(found.numbers) > 0 and all(summed))

    def set_weights(self, name: str, weights: Floats) -> None:
        """Gives all connections of a projection their weights, shape (n_connections,).

        Raises:
            UsageError: If they cannot differ from those of others.
            EnvironmentFault: If a kernel must be compiled for that, and there is no compiler.
        """
        found = self.found(name)
        self._check_heard(name, found)
        for number, _ in found.parts:
            self._unshare(name, number)
        for number, own in found.parts:
            self.rows.reweigh(number, self._filled(number, 2, found.places[own], weights[own]))

    def _unshare(self, name: str, number: int) -> None:
        """Gives weights of their own to connections whose synapses share one in their sum."""
        from annarchy_ml.kernels.connection_weights import connection_weighted

        shared = self.rows.shared_weight(number)
        if shared is None:
            return
        plan = connection_weighted(self.simulation.whole_plan(), *shared)
        if plan is None:
            raise UsageError(
                f"'{name}/weight': the sum of these synapses needs one weight for all of a kind on "
                "a population",
                hint="write weights that differ into the model, or record one of the synapses",
            )
        into = [k for k, item in enumerate(plan.projections) if item.target == shared[0]]
        before = {k: self.rows.column(k, 2) for k in into}
        self.simulation.runtime.change_kernels(plan)
        self.simulation.go_on_with(plan)
        self.rows.unshared.add(shared)
        for k, weights in before.items():
            self.rows.reweigh(k, weights)

    def reconnect(
        self, name: str, made: tuple[Integers, Integers, Floats, Floats], kept: Integers
    ) -> None:
        """Puts other connections in the place of those of a projection that a rule made.

        Args:
            name: of the projection.
            made: sources, targets, weights, delays [s], by source, then target; delays become whole
                steps, one at least.
            kept: shape (n_connections,): which of those before each one is; -1 for new ones. Events
                under way stay so on connections that stay.

        Raises:
            UsageError: If they are more than a weight, or lead nowhere; then nothing has changed.
        """
        wires, found = self.links.rule(name), self.found(name)
        if wires is None or not self.is_weighted(name):
            raise UsageError(f"the connections of '{name}' cannot come or go while it runs")
        self._check_heard(name, found)
        number = self.finder.number(wires)
        self._unshare(name, number)
        self.rows.replace(number, Connections(*made), np.asarray(kept))
        self._found[name] = self.finder.rule(name, len(made[0]))

    def in_steps(self, name: str) -> bool:
        """Whether delays count whole steps, one at least, as those of rules do."""
        return any(self.rows.counts_steps(number) for number, _ in self.found(name).parts)

    def _check_heard(self, name: str, found: Wired) -> None:
        wires = self.links.rule(name)
        unmade = wires is not None and self.finder.number(wires) == UNHEARD
        if unmade or np.any(found.numbers == UNHEARD):
            raise UsageError(
                f"nothing hears the events of '{name}': its connections have no effect"
            )

    def _of_rule(self, name: str) -> Connections:
        found = self.found(name)
        number = int(found.numbers[0]) if len(found.numbers) else UNHEARD
        if number == UNHEARD:
            empty = np.zeros(0)
            return Connections(empty.astype(np.int64), empty.astype(np.int64), empty, empty)
        place = np.argsort(self.rows.order(number))
        made = reordered(Connections(*self.rows.of(number)), place)
        wires = self.links.rule(name)
        assert wires is not None
        return made._replace(sources=owners(wires.source, made.sources))

    def _column(self, name: str, column: int) -> Floats:
        found = self.found(name)
        result = np.zeros(len(found.numbers))
        if np.any(found.numbers == UNHEARD):
            made = self.links.listed(name)
            result[:] = made[column]
        for number, own in found.parts:
            if number == UNHEARD:
                continue
            kept = self.rows.column(number, column)[found.places[own]]
            late = self._late(number) if column == 3 else 0.0
            result[own] = np.round(kept - late, _DECIMALS) if late else kept
        return result

    def _late(self, number: int) -> float:
        """How much later the engine hears events of a projection than its delays say [s]."""
        plan = self.simulation.plan
        listed = isinstance(plan.projections[number], ProjectionPlan)
        exported = self.simulation.lowered.options.method == NEURON
        return 0.5 * plan.dt if listed and exported else 0.0


def _traced(
    wiring: Wiring, name: str, number: int, found: Wired, delays: Floats
) -> dict[int, Floats]:
    """What the traces of the sources of split synapses must be delayed by.

    Raises:
        UsageError: If one trace would need several delays.
    """
    if np.any(delays <= 0):
        raise UsageError(
            f"'{name}/delay' must stay above 0 s: its synapses were compiled for events that "
            "arrive after they are sent",
            hint="write the delay of 0 s into the model",
        )
    trace = found.traces.get(number)
    if trace is None:
        return {}
    sources = np.empty(len(delays), np.int64)
    sources[wiring.rows.order(number)] = wiring.rows.of(number)[0]
    result = wiring.rows.column(trace, 3)
    result[sources] = delays
    if wiring.rows.counts_steps(number):
        same = whole_steps(result, wiring.finder.dt)[sources] == whole_steps(
            delays, wiring.finder.dt
        )
    else:
        same = result[sources] == delays
    if not np.all(same):
        raise UsageError(
            f"'{name}/delay': connections of one source share a trace of it, so that all "
            "projections of these synapses need one delay for each source",
            hint="write them into the model, or record a synapse: then all are kept apart",
        )
    return {trace: result}
