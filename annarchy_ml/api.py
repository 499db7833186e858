"""Load, check, compile and run models: the one module that knows every room."""

from __future__ import annotations

import os
import time
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, overload

from annarchy_ml.diagnostics.core import Diagnostic, EnvironmentFault, StoppedError
from annarchy_ml.options import CompileOptions, ReadOptions
from annarchy_ml.session.model import Model

if TYPE_CHECKING:
    from annarchy_ml.kernels.connectivity import Connections, Rows, Rule, Span
    from annarchy_ml.results import Results
    from annarchy_ml.session.network_model import NetworkModel
    from annarchy_ml.session.simulation import Progress


@overload
def load(
    path: str | Path, include_dirs: Sequence[str] = (), lenient: bool = False
) -> Model: ...  # pragma: no cover


@overload
def load(
    path: str | Path, *, populations: bool, projections: bool = True
) -> None: ...  # pragma: no cover


def load(
    path: str | Path,
    include_dirs: Sequence[str] = (),
    lenient: bool = False,
    populations: bool = True,
    projections: bool = True,
) -> Model | None:
    """Reads a LEMS or NeuroML file and all that it includes; or values that `save` has written.

    A file of values (``.npz``, ``.mat``, ``.gz``, a pickle) goes to the default network, and
    gives None.

    Args:
        path: the entry file.
        include_dirs: further folders for included files.
        lenient: unknown elements and attributes are warnings.
        populations: of a file of values, whether neurons take theirs.
        projections: whether synapses do.

    Raises:
        ModelError: With every fault found.
        ANNarchyException: If a file of values cannot be read.
    """
    from annarchy_ml.importers.equations.files.formats import holds_values

    if holds_values(path):
        from annarchy_ml.importers.equations.network import default_network

        default_network().load(path, populations=populations, projections=projections)
        return None
    return Model(os.fspath(path), ReadOptions(tuple(include_dirs), lenient))


def check(
    paths: Sequence[str | Path] | str | Path,
    include_dirs: Sequence[str] = (),
    lenient: bool = False,
) -> list[Diagnostic]:
    """All faults and doubts of model files, without running them.

    Args:
        paths: one file or several.
        include_dirs: further folders for included files.
        lenient: unknown elements and attributes are warnings.
    """
    from annarchy_ml.session.inspection import check_file

    given = [paths] if isinstance(paths, (str, Path)) else list(paths)
    read = ReadOptions(tuple(include_dirs), lenient)
    return [item for path in given for item in check_file(os.fspath(path), read)]


def run(
    path: str | Path,
    out: str | Path = ".",
    method: str = "reference",
    precision: str = "double",
    threads: int | None = None,
    seed: int | None = None,
    dt: float | None = None,
    duration: float | None = None,
    include_dirs: Sequence[str] = (),
    lenient: bool = False,
    allow_outside: bool = False,
    device: str = "cpu",
    executor: str = "auto",
    progress: Progress | None = None,
    write_files: bool = True,
) -> Results:
    """Runs a LEMS file and writes the files that it names.

    Args:
        path: the LEMS file.
        out: folder for the files that it names.
        method: one of ``annarchy_ml.integrators.METHODS``; ``reference`` is that of jLEMS.
        precision: ``double`` or ``single``.
        threads: None chooses by the size of the model.
        seed: of all random numbers; None takes that of the file.
        dt: step [s]; None takes that of the file.
        duration: [s]; None takes that of the file.
        include_dirs: further folders for included files.
        lenient: unknown elements and attributes are warnings.
        allow_outside: whether files may lie outside of ``out``.
        device: ``cpu``, or a GPU: ``cuda``, ``cuda:1`` and so on.
        executor: ``auto`` (compiled where there is a compiler), ``compiled`` or ``interpreter``.
        progress: called now and then with (time, duration, wall time) in seconds.
        write_files: whether to write the files.

    Returns:
        Everything recorded, to the end or to where the run was interrupted.

    Raises:
        ModelError: If the model is at fault, at once or during the run.
        UsageError: If an option has no such value.
        EnvironmentFault: If it cannot run here, or a file cannot be written.
    """
    from annarchy_ml.exporters.lems_files import RunFiles
    from annarchy_ml.session.lowering import cached_lowering
    from annarchy_ml.session.simulation import Simulation, print_rows

    options = CompileOptions(method, precision, dt, duration, seed, device)
    read = ReadOptions(tuple(include_dirs), lenient)
    lowered = cached_lowering(os.fspath(path), read, options)
    outputs = lowered.outputs if write_files else ()
    with RunFiles(outputs, Path(out), allow_outside=allow_outside) as files:
        simulation = Simulation(lowered, executor=executor, threads=threads)
        files.begin(partial(print_rows, simulation))
        try:
            results = simulation.run(progress=progress)
        except (StoppedError, EnvironmentFault) as fault:
            if fault.partial is not None:
                files.write(fault.partial)
            raise
        started = time.perf_counter()
        files.write(results)
    if write_files:
        results.provenance["wall_times"]["write"] = time.perf_counter() - started
    return results


def export(
    model: str | Path | Model | NetworkModel,
    to: str,
    out: str | Path,
    dt: float | None = None,
    duration: float | None = None,
    seed: int | None = None,
) -> list[Path]:
    """Writes a model in another format; what that cannot say is refused by name.

    Args:
        model: a model, or the path of its file.
        to: one of ``annarchy_ml.session.exporting.FORMATS``.
        out: the file or folder to write.
        dt: step of a network that was built in Python [s].
        duration: of its simulation [s].
        seed: of all its random numbers, connections included.

    Returns:
        The files written; the one to run comes last.

    Raises:
        ModelError: If the model is at fault.
        UsageError: If there is no such format, or it cannot say something of the model.
        EnvironmentFault: If a library is missing, or a file cannot be written.
    """
    made = load(model) if isinstance(model, (str, Path)) else model
    return export_by(CompileOptions(dt=dt, duration=duration, seed=seed), made, to, Path(out))


def export_by(
    options: CompileOptions, model: Model | NetworkModel, to: str, out: Path
) -> list[Path]:
    """The same, with all options: a C++ project integrates by their method.

    Raises:
        UsageError: Also if a method is given that the format cannot say.
    """
    from annarchy_ml.session.exporting import export_model

    return export_model(model, to, out, options)


def run_archive(path: str | Path, out: str | Path) -> dict[str, Any]:
    """Runs the SED-ML documents of a COMBINE/OMEX archive, as BioSimulators asks for it.

    Writes ``reports.h5``, ``plots.zip`` where there are plots, and ``log.yml``.

    Args:
        path: the archive.
        out: folder for the results.

    Returns:
        The log; its ``status`` is ``SUCCEEDED`` or ``FAILED``.

    Raises:
        EnvironmentFault: If h5py is not installed, or results cannot be written.
    """
    from annarchy_ml.archives.running import run_archive as run_all

    return run_all(Path(path), Path(out))


def recorded_block(
    name: str,
    values: dict[str, Any],
    spikes: dict[int, Any] | None,
    times: tuple[float, float, float],
    ranks: Any,
    provenance: dict[str, Any],
) -> Any:
    """What a monitor of an equation network has recorded as a `neo.Block`.

    Args:
        name: of the block.
        values: arrays [time, neuron] by variable.
        spikes: steps of spikes by rank, if spikes were recorded.
        times: begin, end, and time between rows [ms].
        ranks: of the neurons.
        provenance: how it was made, with the ``dt`` of a step [ms] and the ``population``.
    """
    from annarchy_ml.exporters.neo_monitors import monitor_block

    return monitor_block(name, values, spikes, times, ranks, provenance)


def lazy_trains(trains: Any) -> Any:
    """A `neo.SpikeTrainList` over arrays as one that makes a train when it is looked at."""
    from annarchy_ml.exporters.spike_trains import LazyArraySpikeTrainList

    return LazyArraySpikeTrainList(plain=trains)


def connections(
    rule: Rule,
    values: tuple[Any, Any],
    ends: tuple[tuple[Span, Span], bool],
    number: int,
    engine: tuple[float, int],
) -> Connections:
    """The connections of a rule one by one, by source, as a network would make them.

    Args:
        rule: which pairs, such as ``FixedProbability(0.1)``.
        values: weight and delay, numbers or distributions.
        ends: (begin, end) of sources and of targets, and whether both are of one population.
        number: of the projection in its network.
        engine: step and seed of the network.
    """
    from annarchy_ml.engine.expand import expand
    from annarchy_ml.kernels.connectivity import Connectivity

    made = Connectivity(rule, *values, double_weights=True)
    return expand(made, *ends, number, engine)


def coupled_connections(
    rule: Rule,
    values: tuple[Any, Any],
    ends: tuple[tuple[Span, Span], bool],
    number: int,
    engine: tuple[float, int],
) -> Rows:
    """The connections of a coupling one by one, by target, see `connections`."""
    from annarchy_ml.engine.expand import Expander
    from annarchy_ml.kernels.connectivity import Connectivity

    made = Connectivity(rule, *values, double_weights=True)
    return Expander(*engine).rows(made, *ends, number)


def export_lems(
    into: tuple[str, bool, int],
    model: NetworkModel,
    times: tuple[float, float],
    given: tuple[dict[str, list[Any]], dict[str, tuple[str, Any, Any, int]]],
    synapses: dict[str, list[str]],
) -> None:
    """Writes a network of equations, which count time in ms, as a LEMS file.

    Args:
        into: path of the file (LEMS, NeuroML with LEMS beside it, or NIR), whether a simulator that
            integrates by Euler's method has to give the same numbers (of LEMS; NIR is in
            continuous time always), and the seed of the connections.
        model: the network.
        times: step and duration [ms].
        given: steps of the spikes of each neuron, of populations that spike at given times; name,
            steps, values and period of rows of values, of those that get such.
        synapses: what is recorded of the synapses of projections.

    Raises:
        UsageError: If LEMS, or NIR, cannot say something of it.
    """
    from annarchy_ml.engine.expand import Expander
    from annarchy_ml.exporters.lems.network import write_lems
    from annarchy_ml.exporters.lems.timetables import Rows
    from annarchy_ml.exporters.lems.types import Clock
    from annarchy_ml.exporters.lems.wanted import Wanted

    name, exact, seed = into
    path = Path(name)
    dt, duration = times
    if path.suffix == ".nir":
        from annarchy_ml.session.exporting_nir import write_nir

        own = CompileOptions(dt=dt, duration=duration, seed=seed)
        spikes = {owner: [row * dt * 1e-3 for row in given[0][owner]] for owner in given[0]}
        write_nir(model, own, path, second=1e3, trains=spikes)
        return
    expand = Expander(dt, seed)
    parts = (model.document, model.network, Clock(dt), duration, expand)
    end = round(duration / dt)
    rows = {owner: Rows(*item).until(end) for owner, item in given[1].items()}
    made = Wanted(*parts, trains=given[0], rows=rows, synapses=synapses, exact=exact)
    if path.suffix == ".xml":
        write_lems(made, path)
        return
    from tempfile import TemporaryDirectory

    with TemporaryDirectory() as folder:
        whole = Path(folder, f"{path.name.split('.')[0]}.xml")
        write_lems(made, whole, plain=True)
        export(whole, "neuroml" if path.suffix == ".nml" else "hdf5", path)
