"""Compares a model with other engines, result folders and Neo files: one verdict."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Any

import annarchy_ml
from annarchy_ml import api
from annarchy_ml.diagnostics.core import EnvironmentFault, ModelError, UsageError
from annarchy_ml.results import Results
from annarchy_ml.validation.comparison import compare_recorded
from annarchy_ml.validation.convergence import check_convergence, finer_runs
from annarchy_ml.validation.engines import (
    ENGINES,
    Elsewhere,
    EngineError,
    Source,
    run_engine,
)
from annarchy_ml.validation.quantities import Recorded, again_in_files, recorded_of, with_all_of
from annarchy_ml.validation.result_files import NEO_SUFFIXES, read_as_named, read_results
from annarchy_ml.validation.trace_checks import Limits
from annarchy_ml.validation.verdicts import Case, Check, Report, Value, Verdict, check_of_fault

OURS = "annarchy_ml"
_SONATA = ".json"
_MODELS = (".xml", ".nml", _SONATA)


@dataclass(frozen=True, slots=True)
class Comparison:
    """What is compared, and how.

    Attributes:
        engines: names of other engines.
        limits: what counts as agreement.
        where: other engines are.
        converge: whether our own steps dt/2 and dt/4 are run.
        run: further arguments of `api.run`.
        read: further arguments of `api.load`, for whatever reads the model.
    """

    engines: tuple[str, ...] = ()
    limits: Limits = field(default_factory=Limits)
    where: Elsewhere = field(default_factory=Elsewhere)
    converge: bool = True
    run: Mapping[str, Any] = field(default_factory=dict)
    read: Mapping[str, Any] = field(default_factory=dict)


def compare(
    paths: Sequence[Path], wanted: Comparison, told: Callable[[Case], Any] = lambda case: None
) -> Report:
    """Compares a model with engines and results, or results with each other.

    Args:
        paths: a LEMS file or a SONATA configuration, then folders of results or Neo files; without
            a model the first of these is the reference.
        wanted: engines and limits.
        told: called with each case as soon as it is there.

    Raises:
        UsageError: If there is nothing to compare, or an engine is unknown.
    """
    _check_wishes(paths, wanted)
    cases: list[Case] = []
    source = _model_cases if paths[0].suffix in _MODELS else _result_cases
    for case in source(paths, wanted):
        cases.append(case)
        told(case)
    facts: dict[str, Value] = {
        "annarchy_ml": annarchy_ml.__version__,
        "limit of the normalized RMS": wanted.limits.relative,
        "limit of shifts [ms]": wanted.limits.shift_s * 1e3,
    }
    return Report(f"Comparison of {paths[0].name}", tuple(cases), facts)


def _check_wishes(paths: Sequence[Path], wanted: Comparison) -> None:
    known = f"there are: {', '.join(ENGINES)}"
    for name in wanted.engines:
        if name not in ENGINES:
            raise UsageError(f"there is no engine '{name}'", hint=known)
    is_model = paths[0].suffix in _MODELS
    if wanted.engines and (not is_model or paths[0].suffix == _SONATA):
        raise UsageError(
            "only a LEMS file can be run with other engines",
            hint=f"annarchy-ml export {paths[0]} --to lems -o FILE" if is_model else "",
        )
    for path in paths[is_model:]:
        if not path.is_dir() and path.suffix.lower() not in (*NEO_SUFFIXES, ".dat", ".txt", ".csv"):
            raise UsageError(f"'{path}' is neither a folder of results nor a file of them")
    if len(paths) - is_model + len(wanted.engines) < 2 - is_model:
        raise UsageError("there is nothing to compare with", hint=f"--with ENGINE; {known}")


def _result_cases(paths: Sequence[Path], wanted: Comparison) -> Iterator[Case]:
    reference = read_results(paths[0], str(paths[0]))
    for path in paths[1:]:
        yield compare_recorded(reference, read_results(path, str(path)), wanted.limits)


def _model_cases(paths: Sequence[Path], wanted: Comparison) -> Iterator[Case]:
    """Each other source is the reference for our result; then our own finer steps."""
    model, *given = paths
    try:
        results = api.run(model, write_files=False, **wanted.run, **wanted.read).whole()
    except (ModelError, UsageError, EnvironmentFault) as fault:
        yield Case(OURS, (check_of_fault("run", fault),))
        return
    ours, others = recorded_of(results, OURS), []
    for name, get in _sources(model, given, results, wanted):
        try:
            others.append(get())
        except (EngineError, UsageError) as fault:
            lacks = isinstance(fault, EngineError) and fault.lacks
            verdict = Verdict.LACKS_FEATURE if lacks else Verdict.NOT_RUN
            yield Case(f"{OURS} against {name}", (Check("run", verdict, str(fault)),))
            continue
        own = with_all_of(ours, others[-1], results)
        yield compare_recorded(others[-1], own, wanted.limits)
    if wanted.converge:
        yield _convergence(model, results, (ours, others), wanted)


def _sources(
    model: Path, given: Sequence[Path], results: Results, wanted: Comparison
) -> Iterator[tuple[str, Callable[[], Recorded]]]:
    """Names of other sources, and what gives their results."""
    for path in given:
        yield str(path), partial(_read_given, path, results)
    for name in wanted.engines:
        yield name, partial(_run_other, name, model, results, wanted)


def _read_given(path: Path, results: Results) -> Recorded:
    """A folder holds the files that the model names; a Neo file names its quantities itself."""
    if path.is_dir():
        return read_as_named(path, results, str(path))
    found = read_results(path, str(path))
    for name, quantity in again_in_files(results.outputs).items():
        if quantity in found.traces:
            found.traces[name] = replace(found.traces[quantity], name=name)
        elif quantity in found.trains:
            found.trains[name] = found.trains[quantity]
    return found


def _run_other(name: str, model: Path, results: Results, wanted: Comparison) -> Recorded:
    files = tuple(api.load(model, **wanted.read).document.files)
    source = Source(model, files, tuple(output.path for output in results.outputs))
    with tempfile.TemporaryDirectory() as folder:
        ran = run_engine(name, source, Path(folder), wanted.where)
        found = read_as_named(ran.folder, results, name)
    return Recorded(name, found.traces, found.trains, ran.seconds, found.absent)


def _convergence(
    model: Path, results: Results, sources: tuple[Recorded, list[Recorded]], wanted: Comparison
) -> Case:
    ours, others = sources

    def run(dt: float) -> Recorded:
        options = {**wanted.run, **wanted.read, "dt": dt}
        return recorded_of(api.run(model, write_files=False, **options).whole(), OURS)

    try:
        finer = list(finer_runs(run, results.provenance["dt"], ours))
    except (ModelError, EnvironmentFault) as fault:
        return Case("our steps dt, dt/2, dt/4", (check_of_fault("run", fault),))
    return check_convergence(finer, others, wanted.limits)
