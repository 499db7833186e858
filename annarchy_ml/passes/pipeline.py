"""The compiler on one screen: a document goes in, a plan comes out, each stage can be shown.

resolve -> read_request -> check_units -> instantiate -> flatten -> lump -> lower -> assemble
-> verify; for networks built in Python: check_units -> build -> flatten -> settle -> lower -> ...
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from annarchy_ml.diagnostics import Diagnostics, UsageError
from annarchy_ml.integrators import AS_EXPORTED, METHODS, NEURON, SECOND_ORDER, method_step
from annarchy_ml.kernels.event_reads import event_reads
from annarchy_ml.kernels.families import with_families
from annarchy_ml.kernels.nodes import KernelModule
from annarchy_ml.kernels.passing import passing_fields
from annarchy_ml.kernels.plan import SimulationPlan
from annarchy_ml.kernels.steady import with_steady_parts
from annarchy_ml.kernels.usual import with_usual_kernels
from annarchy_ml.kernels.verify import verify
from annarchy_ml.model.document import Document
from annarchy_ml.model.instance import NetworkInstance
from annarchy_ml.options import DEFAULT_SEED, CompileOptions, steps_fault
from annarchy_ml.passes.assemble import Assembler, RunSpec
from annarchy_ml.passes.check_units import check_units
from annarchy_ml.passes.further import further_faults
from annarchy_ml.passes.instantiate import TreeBuilder
from annarchy_ml.passes.outputs import Wanted
from annarchy_ml.passes.populate import NetworkBuilder
from annarchy_ml.passes.request import Request, RequestReader, find_simulation
from annarchy_ml.passes.resolve import ComponentTable, TypeTable
from annarchy_ml.passes.six_digits import round_mechanisms
from annarchy_ml.passes.values import ValueTable

if TYPE_CHECKING:
    from annarchy_ml.model.network import Network
    from annarchy_ml.passes.selected import Selected
    from annarchy_ml.passes.settle import Expand

PASSES = ("resolve", "instantiate", "flatten", "lower", "plan")


@dataclass(slots=True)
class Tables:
    """What the first passes know about a document."""

    document: Document
    types: TypeTable
    components: ComponentTable
    values: ValueTable


@dataclass(slots=True)
class Compiled:
    """A plan and what it was made from."""

    plan: SimulationPlan
    request: Request
    network: NetworkInstance
    assembler: Assembler


def resolve(document: Document, report: Diagnostics) -> Tables:
    """Types, components and values of a document."""
    types = TypeTable(document, report)
    components = ComponentTable(document, types, report)
    return Tables(document, types, components, ValueTable(document, components, report))


def read_request(tables: Tables, report: Diagnostics) -> Request | None:
    """What the document asks to be run."""
    simulation = find_simulation(tables.document, tables.values, report)
    return None if simulation is None else RequestReader(tables.values, report).read(simulation)


def compile_request(
    tables: Tables,
    request: Request,
    options: CompileOptions,
    report: Diagnostics,
) -> Compiled:
    """The plan of a request.

    Args:
        tables: the resolved document.
        request: what to run and record.
        options: method, precision, and overrides of step, duration and seed.
        report: collects faults; raises them between stages.

    Raises:
        ModelError: If the model is at fault.
        UsageError: If there is no such method, or the step does not fit the duration.
    """
    method = _method(options)
    assembler = assembled_request(tables, request, report, method == NEURON)
    return _planned(assembler, request, None, method, options)


def assembled_request(
    tables: Tables, request: Request, report: Diagnostics, as_neuron: bool = False
) -> Assembler:
    """The groups of a request with their equations.

    Args:
        tables: the resolved document.
        request: what to run.
        report: collects faults.
        as_neuron: whether connections and values are those of the export to NEURON.

    Raises:
        ModelError: If the model is at fault.
    """
    check_units(tables, report)
    _stop_if_errors(tables, report)
    builder = NetworkBuilder(TreeBuilder(tables.values, report), report, as_neuron)
    network = builder.build(request.target)
    _stop_if_errors(tables, report)
    if as_neuron:
        round_mechanisms(network.groups)
    assembler = Assembler(network, builder.finder, tables.values, report)
    assembler.flatten()
    return assembler


def compile_network(
    tables: Tables, wanted: Network, options: CompileOptions, expand: Expand, report: Diagnostics
) -> Compiled:
    """The plan of a network that was built in Python.

    Args:
        tables: the resolved component types and components.
        wanted: the network.
        options: method, precision, step, duration and seed.
        expand: gives the connections of a rule, where each one must be known.
        report: collects faults; raises them between stages.

    Raises:
        ModelError: If the model is at fault.
        UsageError: If there is no such method, or the step does not fit the duration.
    """
    from annarchy_ml.passes.selected import select
    from annarchy_ml.passes.settle import settle

    method = _method(options)
    if method == NEURON:
        raise UsageError(
            "the method 'neuron' is for models in files: it does what their export to NEURON does",
            hint="choose auto, or save the network as NeuroML and run that",
        )
    seed = DEFAULT_SEED if options.seed is None else options.seed
    if options.dt is None:
        raise UsageError("a network that was built in Python needs a step", hint='dt="0.1 ms"')
    assembler = assembled_network(tables, wanted, seed, expand, report)
    settle(assembler, expand, report)
    request = Request(wanted.component, 0.0, 0.0, seed)
    return _planned(assembler, request, select(assembler, wanted), method, options)


def assembled_network(
    tables: Tables, wanted: Network, seed: int, expand: Expand, report: Diagnostics
) -> Assembler:
    """The groups of a network that was built in Python with their equations.

    Args:
        tables: the resolved component types and components.
        wanted: the network.
        seed: of all random numbers.
        expand: gives the connections of a rule, where each one must be known.
        report: collects faults.

    Raises:
        ModelError: If the model is at fault.
    """
    from annarchy_ml.passes.build_network import NetworkMaker

    check_units(tables, report)
    _stop_if_errors(tables, report)
    maker = NetworkMaker(TreeBuilder(tables.values, report), report, seed, expand)
    network = maker.build(wanted)
    report.raise_if_errors()
    assembler = Assembler(network, maker.finder, tables.values, report)
    assembler.flatten()
    report.raise_if_errors()
    return assembler


def _planned(
    assembler: Assembler,
    request: Request,
    selected: Selected | None,
    method: str,
    options: CompileOptions,
) -> Compiled:
    """The plan of what is assembled: what is recorded, verified kernels."""
    report = assembler.report
    traces = [assembler.recordings.recording(item) for item in _distinct(request.wanted)]
    events = [
        assembler.recordings.event_recording(item) for item in _distinct(request.wanted_events)
    ]
    assembler.recordings.check_scales(request.wanted, traces)
    report.raise_if_errors()
    spec = RunSpec(
        method_step(method),
        (*(item for item in traces if item is not None), *(selected.traces if selected else ())),
        tuple(item for item in events if item is not None),
        *_times(request, options),
        _seed(request, options),
        _method_text(method, assembler),
        selected.events if selected else (),
        method == SECOND_ORDER,
        method == NEURON,
    )
    plan = assembler.plan(spec)
    report.raise_if_errors()
    module: KernelModule = replace(plan.module, precision=options.precision)
    plan = with_usual_kernels(replace(plan, module=module))
    verify(plan.module)
    plan = replace(plan, passing=passing_fields(plan), event_reads=event_reads(plan))
    plan = with_steady_parts(with_families(plan))
    return Compiled(plan, request, assembler.network, assembler)


def _stop_if_errors(tables: Tables, report: Diagnostics) -> None:
    """Raises all that is wrong with a document, with what the later stages find in it."""
    if report.has_errors:
        further_faults(tables, report).raise_if_errors()


def _method(options: CompileOptions) -> str:
    if options.method not in METHODS:
        raise UsageError(
            f"there is no method '{options.method}'", hint=f"choose one of {', '.join(METHODS)}"
        )
    return options.method


def _method_text(method: str, assembler: Assembler) -> str:
    """The method as results show it, with the groups that the reference mode treats otherwise."""
    others: dict[str, list[str]] = {}
    if method in AS_EXPORTED:
        for member in assembler.members:
            if member.system.own_method:
                others.setdefault(member.system.own_method, []).append(member.group.name)
    parts = [f"{own} for {', '.join(names)}" for own, names in others.items()]
    return f"{method} ({'; '.join(parts)})" if parts else method


def _times(request: Request, options: CompileOptions) -> tuple[float, float]:
    """Step and duration [s]."""
    dt = request.dt if options.dt is None else options.dt
    duration = request.length if options.duration is None else options.duration
    fault = steps_fault(dt, duration)
    if fault:
        raise UsageError(fault, hint="choose another step or duration")
    return dt, duration


def _seed(request: Request, options: CompileOptions) -> int:
    if options.seed is not None:
        return options.seed
    return DEFAULT_SEED if request.seed is None else request.seed


def _distinct(wanted: tuple[Wanted, ...]) -> list[Wanted]:
    found: dict[tuple[str, str], Wanted] = {}
    for item in wanted:
        found.setdefault((item.path, item.port), item)
    return list(found.values())
