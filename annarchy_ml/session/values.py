"""The part of a simulation that reads and writes values by path."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from annarchy_ml.session.account import with_value

if TYPE_CHECKING:
    from annarchy_ml.kernels.plan import SimulationPlan
    from annarchy_ml.passes.locate import Located
    from annarchy_ml.session.simulation import Simulation


class Values:
    """Values of states, parameters and connections."""

    def get(self, path: str) -> Any:
        """The present value of a state, parameter or recorded variable, in SI units.

        ``pop[3]/v`` is one number, ``pop/v`` an array over the population, even of one cell;
        ``p/delay`` and ``p/weight`` of a projection stand in the order of ``connections``.

        Raises:
            UsageError: If nothing of this name is kept while the model runs.
        """
        import numpy as np

        from annarchy_ml.session.connection_values import connection_value

        simulation = cast("Simulation", self)
        connection = connection_value(simulation, path)
        if connection is not None:
            return connection.get()
        place = self._place(path)
        values = simulation.runtime.field(place.groups[0], place.field)
        if place.single:
            return float(values[max(place.index, 0) if len(values) > 1 else 0])
        full = np.broadcast_to(values, (simulation.plan.groups[place.groups[0]].size,))
        return (full if place.order is None else full[place.order]).astype(float)

    def set(self, path: str, value: Any) -> None:
        """Gives a state or parameter another value, in SI units; the simulation goes on from here.

        ``pop[3]/thresh`` is one instance, ``pop/thresh`` takes one number or one per instance.
        What depends on a parameter is computed again: constants at once, start values at once
        before the first step, later at the next ``reset``. Nothing is compiled, but where the
        instances of a population get different values of a parameter that they had in common, or
        connections of a weight: then their kernel is compiled once more (or found in the cache).
        States, time, events under way and recordings stay as they are: an event that was sent
        arrives when it would have, also where the delay of its connection is set.

        Raises:
            UsageError: If there is no such state or parameter, or it cannot have this value.
            EnvironmentFault: If a kernel must be compiled, and there is no compiler any more.
        """
        from annarchy_ml.kernels.nodes import Role
        from annarchy_ml.session.connection_values import connection_value

        simulation = cast("Simulation", self)
        connection = connection_value(simulation, path)
        if connection is not None:
            connection.set(value)
            return
        place = self._place(path)
        if place.together:
            _warn_of_others(path, place.together)
        first = place.groups[0]
        size = simulation.plan.groups[first].size
        if place.role is Role.PARAMETER and not place.fixed:
            old = simulation.whole_plan().groups[first].values[place.field]
            values = with_value(old, place, size, path, value)
            self.set_parameter(place.groups, place.field, values)
            return
        target = simulation.runtime.field(first, place.field)
        target[...] = with_value(target, place, size, path, value)

    def columns(self, path: str) -> tuple[int, str, Any] | None:
        """Where the values at a path are kept that move: group, field, instance of each.

        Raises:
            UsageError: If nothing of this name is kept while the model runs.
        """
        import numpy as np

        simulation, place = cast("Simulation", self), self._place(path)
        group, size = place.groups[0], simulation.plan.groups[place.groups[0]].size
        if len(simulation.runtime.field(group, place.field)) != size:
            return None
        return group, place.field, np.arange(size) if place.order is None else place.order

    def set_parameter(self, groups: tuple[int, ...], field: str, values: Any) -> None:
        """New values of a parameter, and what follows from them."""
        from annarchy_ml.session.changes import with_parameters

        simulation = cast("Simulation", self)
        given = [(group, field, values) for group in groups]
        changed = with_parameters(simulation.whole_plan(), given)
        before = simulation.runtime.starts
        simulation.runtime.adopt(changed.plan, changed.starts, changed.wide)
        self.go_on_with(changed.plan)
        for group, name in changed.written:
            simulation.runtime.field(group, name)[...] = changed.starts[group][name]
        if simulation.runtime.network.step == 0:
            simulation.runtime.follow_starts(before)

    def look_at(self, group: int, field: str) -> None:
        """Keeps a field of a group in every step from now on, also one that only passes."""
        from annarchy_ml.engine.runtime import look_at

        look_at(cast("Simulation", self).runtime, group, field)

    def adopt_plan(self, plan: SimulationPlan, starts: Any) -> None:
        """Goes on with a plan of the same kernels, whose connections differ."""
        cast("Simulation", self).runtime.adopt(plan, starts, ())
        self.go_on_with(plan)

    def go_on_with(self, plan: SimulationPlan) -> None:
        """Remembers what runs."""
        simulation = cast("Simulation", self)
        simulation.plan = plan
        simulation.whole_plan = lambda: plan

    def _place(self, path: str) -> Located:
        from annarchy_ml.session.looking import place_of

        return place_of(cast("Simulation", self), path)


def _warn_of_others(path: str, together: tuple[str, ...]) -> None:
    """Says that channels of several densities get a value."""
    import warnings

    names = ", ".join(f"'{item}'" for item in together)
    warnings.warn(
        f"'{path}' is set for {len(together)} densities of one channel, which share its gates: "
        f"{names}. Give one of them values of its own before the network is compiled, by set(...)",
        stacklevel=3,
    )
