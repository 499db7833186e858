"""Runs test files: every model once, then all checks of all tests that look at its run."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from multiprocessing import get_context
from pathlib import Path
from typing import Any

from annarchy_ml import api
from annarchy_ml.diagnostics.core import ModelError
from annarchy_ml.integrators import EULER, NEURON
from annarchy_ml.validation.model_facts import FactError, fact
from annarchy_ml.validation.observables import Surroundings, check_observable
from annarchy_ml.validation.omt import ModelTest, OmtError, read_test
from annarchy_ml.validation.trial import Trial, run_trial
from annarchy_ml.validation.verdicts import Case, Check, Report, Verdict, check_of_fault

OURS = "annarchy_ml"
VALIDATING = ("jNeuroML_validate",)
PREFERRED = (OURS, "jNeuroML", "jLEMS", "jNeuroML_EDEN", "jNeuroML_NEURON", "jNeuroML_NetPyNE")
"""Whose tests are taken for ours where a model has several: the first of these that it has.

NEURON comes late: expected values are often its own, with a tolerance of 0 for it alone.
"""
_METHODS = {
    "jNeuroML_NEURON": NEURON,
    "jNeuroML_NetPyNE": NEURON,
    "jNeuroML_EDEN": NEURON,
    "jNeuroML_Brian2": EULER,
    "PyLEMS": EULER,
    "PyLEMS_NeuroML2": EULER,
}
"""By which method tests of an engine are run, where that is not the usual one.

NetPyNE runs in NEURON. EDEN steps the potential of cells with morphology by backward Euler, as
NEURON does: `CABLE_SOLVER_AUTO` in `eden/Eden.cpp`, https://github.com/spanag/eden (version 0.2.3).
"""


@dataclass(frozen=True, slots=True)
class SuiteOptions:
    """How tests are run.

    Attributes:
        engines: names of engines whose tests are run as ours; for each model the first one that
            has tests. Empty: `PREFERRED`.
        every: whether tests of all these engines are run, not only of the first.
        jobs: models at a time, each in a process of its own if more than one.
        run: further arguments of `api.run`; a method among them is that of all tests.
        read: further arguments of `api.load`, for whatever reads a model.
    """

    engines: tuple[str, ...] = ()
    every: bool = False
    jobs: int = 1
    run: Mapping[str, Any] = field(default_factory=dict)
    read: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class _Job:
    """A model with the tests that look at its run; no model for tests that validate files."""

    model: Path | None
    tests: tuple[tuple[int, ModelTest], ...]
    run: Mapping[str, Any] = field(default_factory=dict)


def run_tests(
    paths: Sequence[Path],
    options: SuiteOptions,
    told: Callable[[Case], Any] = lambda case: None,
) -> Report:
    """Runs `.omt` files.

    Args:
        paths: of the files.
        options: how to run them.
        told: called with each case as soon as it is there.
    """
    cases: dict[int, Case] = {}
    tests: list[tuple[int, ModelTest]] = []
    for number, path in enumerate(paths):
        try:
            tests.append((number, read_test(path)))
        except OmtError as fault:
            cases[number] = _stopped(path, Verdict.NOT_RUN, str(fault))
    jobs, skipped = _jobs(tests, options, cases)
    cases.update(skipped)
    for number in sorted(cases):
        told(cases[number])
    for done in _run(jobs, options):
        for number, case in done:
            cases[number] = case
            told(case)
    return Report(
        "Tests of models", tuple(cases[number] for number in sorted(cases)), {"engine": OURS}
    )


def _jobs(
    tests: Iterable[tuple[int, ModelTest]], options: SuiteOptions, cases: dict[int, Case]
) -> tuple[list[_Job], dict[int, Case]]:
    """Tests by model; those that cannot be tried, and those that are not ours, are cases."""
    by_model: dict[Path, list[tuple[int, ModelTest]]] = {}
    jobs: list[_Job] = []
    for number, test in tests:
        if test.engine in VALIDATING:
            jobs.append(_Job(None, ((number, test),)))
            continue
        try:
            by_model.setdefault(test.model, []).append((number, test))
        except OmtError as fault:
            cases[number] = _stopped(test.path, Verdict.NOT_RUN, str(fault))
    skipped: dict[int, Case] = {}
    for model, asked in by_model.items():
        chosen = _chosen(asked, options)
        skipped |= {
            number: _stopped(test.path, Verdict.SKIPPED, f"a test of {test.engine}")
            for number, test in asked
            if test.engine not in chosen
        }
        by_method: dict[str, list[tuple[int, ModelTest]]] = {}
        for number, test in asked:
            if test.engine in chosen:
                by_method.setdefault(method_of(test.engine), []).append((number, test))
        jobs += [_Job(model, tuple(kept), {"method": method}) for method, kept in by_method.items()]
    return jobs, skipped


def method_of(engine: str) -> str:
    """The method that does what an engine of OSB Model Validation does."""
    return _METHODS.get(engine, "reference")


def _chosen(asked: Iterable[tuple[int, ModelTest]], options: SuiteOptions) -> set[str]:
    """Engines whose tests of a model are run as ours."""
    there = {test.engine for _, test in asked}
    wanted = [name for name in options.engines or PREFERRED if name in there]
    if "all" in options.engines:
        return there
    return set(wanted if options.every else wanted[:1])


def _run(jobs: Sequence[_Job], options: SuiteOptions) -> Iterable[list[tuple[int, Case]]]:
    """The cases of each job, in order."""
    task = partial(_run_job, dict(options.run), dict(options.read))
    if options.jobs <= 1 or len(jobs) <= 1:
        yield from map(task, jobs)
        return
    # Spawned, because a fork would inherit threads of the native core.
    workers = min(options.jobs, len(jobs))
    with ProcessPoolExecutor(workers, mp_context=get_context("spawn")) as pool:
        yield from pool.map(task, jobs)


def _run_job(
    run_options: Mapping[str, Any], read: Mapping[str, Any], job: _Job
) -> list[tuple[int, Case]]:
    if job.model is None:
        return [(number, _validated(test, read)) for number, test in job.tests]
    with tempfile.TemporaryDirectory() as folder:
        trial = run_trial(job.model, Path(folder), {**job.run, **run_options, **read})
        return [(number, tested(test, trial, read)) for number, test in job.tests]


def tested(test: ModelTest, trial: Trial, read: Mapping[str, Any]) -> Case:
    """The checks of a test on a run of its model, read as `api.load` is told."""
    if trial.fault is not None:
        check = check_of_fault("run", trial.fault)
        return Case(str(test.path), (check,), trial.seconds)
    home = test.expected_path.parent if test.expected_path else test.folder
    around = Surroundings(partial(_observed, test, trial), home, partial(_fact, trial.model, read))
    checks = [
        check_observable(name, observable, around)
        for name, observables in test.experiments
        for observable in observables
    ]
    return Case(str(test.path), tuple(checks), trial.seconds, _notes(test))


def _observed(test: ModelTest, trial: Trial, name: str) -> Path:
    try:
        return trial.written(test.folder / name)
    except FileNotFoundError as fault:
        raise ValueError(str(fault)) from fault


def _fact(model: Path, read: Mapping[str, Any], kind: str, name: str) -> float:
    try:
        return fact(api.load(model, **read), kind, name)
    except ModelError as fault:
        raise FactError(str(fault)) from fault


def _notes(test: ModelTest) -> tuple[str, ...]:
    return () if test.engine == OURS else (f"a test of {test.engine}, run as ours",)


def _validated(test: ModelTest, read: Mapping[str, Any]) -> Case:
    """The files that a test names, checked and not run."""
    files = sorted({path for target in test.targets for path in _matching(test.folder, target)})
    if not files:
        named = " ".join(test.targets)
        return _stopped(test.path, Verdict.NOT_RUN, f"no file is meant by '{named}'")
    checks = []
    for path in files:
        errors = [item for item in api.check(path, **read) if item.severity == "error"]
        verdict = Verdict.DIFFER if errors else Verdict.AGREE
        checks.append(Check(f"valid: {path.name}", verdict, "\n".join(map(str, errors))))
    return Case(str(test.path), tuple(checks), notes=_notes(test))


def _matching(folder: Path, pattern: str) -> list[Path]:
    parts = Path(pattern)
    home = folder / parts.parent
    return [path for path in home.glob(parts.name) if path.is_file()]


def _stopped(path: Path, verdict: Verdict, message: str) -> Case:
    return Case(str(path), (Check("test", verdict, message),))
