"""Networks built from Python: populations of LEMS components, projections by rule or arrays.

The components are those of the LEMS and NeuroML core definitions and of included files; what a user
writes goes through the same checks as a file. Nothing is stored per cell or connection.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Literal

from annarchy_ml.diagnostics.core import Diagnostics, UsageError
from annarchy_ml.kernels.connectivity import Distribution
from annarchy_ml.model.component import Component
from annarchy_ml.model.network import Input, Network, Population, Spikes, Trace
from annarchy_ml.options import CompileOptions
from annarchy_ml.session.coupled_library import CoupledLibrary
from annarchy_ml.session.network_checks import check_delays, checked_hearing, checked_paths
from annarchy_ml.session.network_parts import CellsView, InputView, PopulationView

if TYPE_CHECKING:
    from annarchy_ml.kernels.connectivity import Rule
    from annarchy_ml.passes.pipeline import Compiled
    from annarchy_ml.session.inspection import PathInfo
    from annarchy_ml.session.simulation import Simulation

_SHOWN_DT = 1e-4


class NetworkModel(CoupledLibrary):
    """A network that is built step by step, ready to be compiled at any time.

    Attributes:
        network: what was built.
    """

    def __init__(
        self, name: str, temperature: str = "", include_dirs: Iterable[str | os.PathLike[str]] = ()
    ) -> None:
        """A network without populations.

        Args:
            name: its id.
            temperature: such as ``32 degC``, for channels that depend on it.
            include_dirs: further folders for included files.
        """
        super().__init__(name, include_dirs)
        kind = "networkWithTemperature" if temperature else "network"
        attributes = {"id": name, **({"temperature": temperature} if temperature else {})}
        top = Component(kind, attributes, [], None, kind)
        self.tables.values.of(top)
        self._settle()
        self.network = Network(top)

    def population(self, name: str, component: Component | str, size: int) -> PopulationView:
        """So many instances of a component.

        Args:
            name: its name; paths begin with it.
            component: what `component` gave, or the id of one of an included file.
            size: number of cells, at least 1.

        Raises:
            UsageError: If the name is taken, there is no such component, or the size is none.
        """
        self._named(name, "the population", self.network.names)
        made = Population(name, self._checks.cell(component), self._checks.size(size, name))
        self.network.populations.append(made)
        return PopulationView(made, self._checks)

    def projection(
        self,
        name: str,
        source: CellsView,
        target: CellsView,
        rule: Rule,
        synapse: Component | str | None = None,
        *,
        port: str = "",
        weight: Any = None,
        delay: Any = None,
        separate: bool = False,
        double_weights: bool | Literal["given"] = False,
        heard_after: float | tuple[float, float] = 0.0,
        source_at: Any = None,
        target_at: Any = None,
    ) -> None:
        """Connects the events of some cells to others.

        Synapses with linear equations are summed per cell; all others keep a state of their own.

        Args:
            name: its name.
            source: cells that lie side by side.
            target: cells that lie side by side.
            rule: which pairs, such as ``FixedProbability(0.1)``.
            synapse: what acts on the targets; None with ``port``.
            port: the in-port of the targets to which events go straight.
            weight: of the connections, a number, a text with unit, a distribution, or with
                `Explicit` an array; None takes the default of the property ``weight``.
            delay: [s] or text, a distribution or an array; at least one step, which None means.
            separate: whether each connection keeps a synapse of its own.
            double_weights: whether weights that differ are kept in double precision; a weight
                that all share always is. With ``"given"``, those that are given or set are, and
                those that a distribution draws are numbers of single precision.
            heard_after: a port ``post`` hears the cell after this many delays, in whole steps; a
                pair adds seconds, which may be negative: ``(2.0, -1e-4)``.
            source_at: with `Explicit`, the segments (and fractions) at which connections begin.
            target_at: the same where they end.

        Raises:
            UsageError: If something in it does not fit.
            ModelError: If a text has the wrong unit.
        """
        self._named(name, "the projection", self.network.names)
        ends = (self._cells(source, name), self._cells(target, name))
        made = self._checks.projection(name, ends, rule, (synapse, port), (weight, delay))
        given = not isinstance(made.connectivity.weight, Distribution)
        connectivity = replace(
            made.connectivity,
            double_weights=given if double_weights == "given" else double_weights,
            set_in_double=bool(double_weights),
        )
        heard = checked_hearing(name, heard_after)
        made = replace(made, connectivity=connectivity, separate=separate, heard_after=heard)
        self.network.links.append(self._checks.placed(made, source_at, target_at))

    def input(self, name: str, target: CellsView, component: Component | str) -> InputView:
        """One instance of an input component, such as a ``pulseGenerator``, on each cell.

        Raises:
            UsageError: If the cells take no such input.
        """
        self._named(name, "the input", self.network.names)
        cells = self._cells(target, name)
        made = Input(name, cells, self._checks.input(component, cells.population, name))
        self.network.links.append(made)
        return InputView(made, self._checks)

    def record(self, target: CellsView, *paths: str) -> None:
        """Records variables of some cells in every step.

        Args:
            target: the cells.
            paths: what follows the cell in a path: ``v``, ``synapses:ampa/g``.
        """
        cells = self._cells(target, "record")
        self.network.traces.extend(Trace(cells, path) for path in checked_paths(paths))

    def record_spikes(self, target: CellsView, port: str = "") -> None:
        """Records the events that some cells send.

        Args:
            target: the cells.
            port: the out-port; empty for the first.

        Raises:
            UsageError: If they send none there.
        """
        cells = self._cells(target, "record_spikes")
        out = self._checks.out_port(cells.population, port)
        self.network.spikes.append(Spikes(cells, out))

    def compile(
        self,
        dt: float | str,
        duration: float | str = 0.0,
        seed: int | None = None,
        method: str = "reference",
        precision: str = "double",
        threads: int | None = None,
        device: str = "cpu",
        executor: str = "auto",
    ) -> Simulation:
        """A simulation of the network as it is now.

        Args:
            dt: step, [s] or text.
            duration: of ``run()`` without a duration, [s] or text.
            seed: of all random numbers, connections included.
            method: one of ``annarchy_ml.integrators.METHODS``.
            precision: ``double`` or ``single``.
            threads: None chooses by the size of the model.
            device: ``cpu``, or a GPU: ``cuda``, ``cuda:1`` and so on.
            executor: ``auto``, ``compiled`` or ``interpreter``.

        Raises:
            ModelError: If the model is at fault.
            UsageError: If an option has no such value.
            EnvironmentFault: If it cannot run here.
        """
        from annarchy_ml.engine.faults import rule_faults
        from annarchy_ml.session.lowering import lower_network
        from annarchy_ml.session.simulation import Simulation

        times = (self._checks.values.time(dt, "dt"), self._checks.values.time(duration, "duration"))
        options = CompileOptions(method, precision, *times, seed, device)
        with rule_faults():
            return Simulation(lower_network(self, options), executor=executor, threads=threads)

    def compiled(self, options: CompileOptions, report: Diagnostics) -> Compiled:
        """What the compiler makes of the network; faults are raised."""
        from annarchy_ml.engine.expand import Expander
        from annarchy_ml.engine.faults import memory_faults
        from annarchy_ml.options import DEFAULT_SEED
        from annarchy_ml.passes.pipeline import compile_network

        if not self.network.populations:
            raise UsageError(f"{self} has no population", hint="net.population(name, cell, size)")
        if options.dt is None:  # only looked at, not run
            options = replace(options, dt=_SHOWN_DT, duration=0.0)
        seed = DEFAULT_SEED if options.seed is None else options.seed
        dt = options.dt or _SHOWN_DT
        check_delays(self.network, dt)
        with memory_faults():
            return compile_network(self.tables, self.network, options, Expander(dt, seed), report)

    def show(self, after: str) -> str:
        """A stage of the compiler as text; one of ``annarchy_ml.passes.pipeline.PASSES``."""
        from annarchy_ml.session.inspection import stage_text

        return stage_text(self, after)

    def paths(self) -> list[PathInfo]:
        """What can be recorded of the first cell of each population, with units."""
        from annarchy_ml.session.inspection import first_paths

        return first_paths(self.compiled(CompileOptions(), Diagnostics(self.warnings)).assembler)
