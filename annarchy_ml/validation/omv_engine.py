"""Makes this engine known to OSB Model Validation, whose own commands then run its tests with it.

Source: `omv.engines`, https://github.com/OpenSourceBrain/osb-model-validation
"""

from __future__ import annotations

import re
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import annarchy_ml
from annarchy_ml import api
from annarchy_ml.diagnostics.core import EnvironmentFault, ModelError, UsageError
from annarchy_ml.exporters.lems_files import write
from annarchy_ml.integrators import NEURON
from annarchy_ml.validation.model_facts import FactError, fact
from annarchy_ml.validation.suite import method_of

NAME = "annarchy_ml"


@dataclass(frozen=True, slots=True)
class RunningModels:
    """How models are read and run.

    Attributes:
        read: further arguments of `api.load`.
        allow_outside: whether models may write outside of their folder.
        method: by which they are run.
    """

    read: Mapping[str, Any] = field(default_factory=dict)
    allow_outside: bool = False
    method: str = "reference"


_PLAIN = RunningModels()


def run_omv(words: Sequence[str], names: Sequence[str] = (), how: RunningModels = _PLAIN) -> int:
    """Runs a command of OSB Model Validation with this engine registered.

    Args:
        words: what follows ``omv`` on its command line.
        names: other engines in whose place ours runs.
        how: how ours reads and runs models.

    Returns:
        Its exit code.

    Raises:
        EnvironmentFault: If OSB Model Validation is not installed.
        UsageError: If there is no engine of such a name, or the words are none of its commands.
    """
    engines = _known_engines(names)
    from omv import omv_util

    kept, sys.argv = sys.argv, ["omv", *words]
    before = dict(engines)
    for name in (NAME, *names):
        engines[name] = engine_class(replace(how, method=method_of(name)))
    try:
        omv_util.main()
    except SystemExit as ended:
        if isinstance(ended.code, str):
            raise UsageError(ended.code) from ended
        return int(ended.code or 0)
    finally:
        sys.argv = kept
        engines.clear()
        engines.update(before)
    return 0


def _known_engines(names: Sequence[str]) -> dict[str, Any]:
    """The engines of OSB Model Validation, after a look at names of them."""
    try:
        from omv.engines import OMVEngines
    except ImportError as fault:
        raise EnvironmentFault(
            "OSB Model Validation is not installed", hint="pip install OSBModelValidation"
        ) from fault
    engines: dict[str, Any] = OMVEngines
    unknown = [name for name in names if name not in engines]
    if unknown:
        raise UsageError(
            f"OSB Model Validation knows no engine '{unknown[0]}'",
            hint=f"there are: {', '.join(sorted(engines))}",
        )
    return engines


def engine_class(how: RunningModels = _PLAIN) -> Any:
    """The class of this engine, as OSB Model Validation asks for it."""
    from omv.engines.engine import EngineExecutionError, OMVEngine

    class AnnarchyMLEngine(OMVEngine):  # type: ignore[misc]  # their classes have no types
        """Runs LEMS files, and answers what tests ask of a model."""

        name = NAME

        @staticmethod
        def is_installed() -> str:
            """The version: whoever asks has it."""
            return f"v{annarchy_ml.__version__}"

        @staticmethod
        def install(version: object) -> None:
            """Nothing to do: whoever asks has it."""

        def query_area(self, section: str) -> str:
            """Asks for the surface of a cell."""
            return self._ask("area", section)

        def query_temperature(self) -> str:
            """Asks for the temperature of the network."""
            return self._ask("temperature", "")

        def _ask(self, kind: str, name: str) -> str:
            key = re.sub(r"\W+", "_", f"{kind}_{name}")
            self.extra_pars.append((key, kind, name))
            return key

        def run(self) -> None:
            """Runs the model; its files go where the model names them."""
            self.returncode, self.stdout = _outcome(Path(self.modelpath), self.extra_pars, how)
            if self.returncode != 0:
                raise EngineExecutionError(self.stdout)

    return AnnarchyMLEngine


def _outcome(
    model: Path, asked: Sequence[tuple[str, str, str]], how: RunningModels
) -> tuple[int, str]:
    """Runs a model: its exit code, and what is said of it, with facts that were asked for.

    Args:
        model: the LEMS file.
        asked: for each fact a key, its kind, and of what.
        how: how to read and run it.
    """
    try:
        ran = api.run(
            model, out=model.parent, allow_outside=how.allow_outside, method=how.method, **how.read
        )
        results, loaded = ran.whole(), api.load(model, **how.read)
        if how.method == NEURON:
            write(results, model.parent, allow_outside=how.allow_outside, short=True)
        answers = [f"{key}: {fact(loaded, kind, name)!r}" for key, kind, name in asked]
    except (ModelError, UsageError, EnvironmentFault) as fault:
        return fault.exit_code, str(fault)
    except FactError as fault:
        return 1, str(fault)
    return 0, "\n".join([repr(results), *answers, ""])
