"""Finds the start values of all fields by running the start programs of all groups.

A value is one number as long as it is the same for all instances of a group, and an array of shape
(size,) once it differs. Start programs run before the first step only, so they are evaluated here
and never compiled.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from annarchy_ml.kernels.laws import drawn, stepped
from annarchy_ml.kernels.nodes import (
    Draw,
    Let,
    Placement,
    Propagate,
    Set,
    Statement,
    Store,
    When,
)
from annarchy_ml.kernels.plan import GroupPlan, SimulationPlan
from annarchy_ml.kernels.random import Stream
from annarchy_ml.kernels.schemes import settled
from annarchy_ml.kernels.start_expressions import Environment, Evaluator, Value

if TYPE_CHECKING:
    from annarchy_ml.kernels.plan import FloatArray, IntArray, StartValues


def start_values(plan: SimulationPlan, seed: int) -> StartValues:
    """Start values of every group, by field.

    Args:
        plan: the whole plan, start programs included.
        seed: of the random numbers in them.
    """
    return Start(plan, seed).values_for(plan)


class Start:
    """The values of all names after the start programs have run."""

    def __init__(self, plan: SimulationPlan, seed: int) -> None:
        self.plan = plan
        self.seed = seed
        self.values: list[Environment] = []
        self._value = Evaluator()
        self._hung: dict[int, list[tuple[int, IntArray]]] = {}
        for position, group in enumerate(plan.groups):
            if group.host is not None and group.host_index is not None:
                self._hung.setdefault(group.host, []).append((position, group.host_index))
            known: Environment = {
                name: float(value[0]) if len(value) == 1 else np.asarray(value, float)
                for name, value in group.values.items()
            }
            known.update(t=0.0, t_prev=0.0, dt=plan.dt)
            known.update({name: np.nan_to_num(value) for name, value in group.given.items()})
            self.values.append(known)
        with np.errstate(all="ignore"):
            self._compute()

    def _compute(self) -> None:
        for position, group in enumerate(self.plan.groups):
            for name, value in group.formulas:
                self.values[position][name] = self._value(value, self.values[position])
        for call in self.plan.init:
            if call.kernel:
                self._program(call.group, call.kernel)
            else:
                self._reduce(call.group)

    def values_for(self, plan: SimulationPlan) -> StartValues:
        """Values of all fields by group, in the shapes that ``plan`` asks for."""
        return [self._fields(plan, position) for position in range(len(plan.groups))]

    def spread(self, position: int) -> tuple[str, ...]:
        """Fields that the group shares in its plan, and whose values differ all the same."""
        values = self.values[position]
        kernel = self.plan.module.groups[self.plan.groups[position].kernel]
        return tuple(
            item.name
            for item in kernel.fields
            if item.placement is Placement.SHARED and isinstance(values.get(item.name), np.ndarray)
        )

    def _program(self, position: int, name: str) -> None:
        """Runs one program of one group."""
        group = self.plan.groups[position]
        values = self.values[position]
        for external, binding in group.externals.items():
            found = self.values[binding.group].get(binding.field, 0.0)
            if isinstance(found, np.ndarray):
                index = next(
                    item.index
                    for item in self.plan.module.groups[group.kernel].externals
                    if item.name == external
                )
                found = found[group.indices[index]]
            values[external] = found
        self._run(position, group.start.get(name, ()), values, None)

    def _run(
        self,
        position: int,
        statements: tuple[Statement, ...],
        values: Environment,
        mask: Value,
    ) -> None:
        given = self.plan.groups[position].given
        for item in statements:
            if isinstance(item, (Set, Let, Store)):
                name = item.field if isinstance(item, Store) else item.name
                value = self._value(item.value, values)
                if name in given:
                    value = np.where(np.isnan(given[name]), value, given[name])
                _assign(values, name, value, mask)
            elif isinstance(item, Draw):
                instances = np.arange(self.plan.groups[position].size)
                stream = Stream(self.seed, position)
                words = stepped(item.law, stream, instances, 0, item.ordinal)
                arguments = (self._value(argument, values) for argument in item.arguments)
                values[item.name] = drawn(item.law, words, False, *arguments)
            elif isinstance(item, Propagate):
                self._settle(item, values, given)
            elif isinstance(item, When):
                test = self._value(item.test, values)
                inner = test if mask is None else np.logical_and(mask, test)
                self._run(position, item.body, values, inner)

    def _settle(self, scheme: Propagate, values: Environment, given: dict[str, FloatArray]) -> None:
        """Sets occupancies to the steady state; a scheme in a start program means that."""
        forward = [self._value(item.forward, values) for item in scheme.flows]
        reverse = [self._value(item.reverse, values) for item in scheme.flows]
        edges = [(item.source, item.target) for item in scheme.flows]
        found = settled(len(scheme.occupancies), edges, forward, reverse)
        for name, value in zip(scheme.occupancies, found, strict=True):
            own = np.where(np.isnan(given[name]), value, given[name]) if name in given else value
            values[name] = own if own.ndim else float(own)

    def _reduce(self, host: int) -> None:
        """Refreshes what a group sums over its attached instances."""
        size = self.plan.groups[host].size
        fresh: set[str] = set()
        for position, hosts in self._hung.get(host, ()):
            for item in self.plan.groups[position].reductions:
                product = item.operation == "multiply"
                if item.target not in fresh:
                    self.values[host][item.target] = np.full(size, 1.0 if product else 0.0)
                    fresh.add(item.target)
                source = self.values[position].get(item.source, 0.0)
                operation = np.multiply if product else np.add
                operation.at(self.values[host][item.target], hosts, source)
        if size == 1:
            for name in fresh:
                self.values[host][name] = float(self.values[host][name][0])

    def _fields(self, plan: SimulationPlan, position: int) -> dict[str, FloatArray]:
        group: GroupPlan = plan.groups[position]
        result = {}
        for item in plan.module.groups[group.kernel].fields:
            size = 1 if item.placement is Placement.SHARED else group.size
            value = self.values[position].get(item.name, 0.0)
            if isinstance(value, np.ndarray) and size == 1 and len(value) > 1:
                value = value[:1]
            result[item.name] = np.broadcast_to(np.asarray(value, float), (size,)).copy()
        return result


def _assign(values: Environment, name: str, value: Value, mask: Value) -> None:
    if mask is None:
        values[name] = value
    elif isinstance(mask, np.ndarray):
        values[name] = np.where(mask, value, values.get(name, 0.0))
    elif mask:
        values[name] = value
