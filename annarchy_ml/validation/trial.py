"""One run of a model for validation: its files in a folder of their own, and how it ended."""

from __future__ import annotations

import os
import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from annarchy_ml import api
from annarchy_ml.diagnostics.core import EnvironmentFault, ModelError, UsageError
from annarchy_ml.exporters.lems_files import write
from annarchy_ml.integrators import NEURON

if TYPE_CHECKING:
    from annarchy_ml.results import Results

Fault = ModelError | UsageError | EnvironmentFault


@dataclass(frozen=True, slots=True)
class Trial:
    """A run that is over.

    Attributes:
        model: the file that was run.
        files: where the files that the model names have been written, by their path as it would
            be beside the model.
        seconds: wall time.
        fault: what stopped it; None after a complete run.
        results: all that was recorded, with the outputs as the model names them.
    """

    model: Path
    files: Mapping[Path, Path]
    seconds: float
    fault: Fault | None = None
    results: Results | None = None

    def written(self, path: Path) -> Path:
        """The file that was written for a path beside the model.

        Raises:
            FileNotFoundError: If the model does not write it.
        """
        wanted = _normal(path)
        if wanted in self.files:
            return self.files[wanted]
        home = self.model.parent
        known = ", ".join(sorted(os.path.relpath(item, home) for item in self.files)) or "none"
        name = os.path.relpath(wanted, home)
        raise FileNotFoundError(f"the model does not write '{name}'; its files: {known}")


def run_trial(model: Path, folder: Path, options: Mapping[str, Any]) -> Trial:
    """Runs a model; its files go into a folder, wherever the model wants them.

    Args:
        model: the LEMS file, or the configuration of a SONATA simulation.
        folder: for the files, which get names of their own.
        options: further arguments of `api.run`.
    """
    started = time.perf_counter()
    try:
        results = api.run(model, write_files=False, **options).whole()
        outputs = results.outputs
        named = [  # reports and spikes of SONATA too are looked at as text
            (
                _normal(model.parent / output.written),
                replace(output, path=f"{number}.dat", report=None),
            )
            for number, output in enumerate(outputs)
        ]
        results.outputs = tuple(output for _, output in named)
        write(results, folder, short=options.get("method") == NEURON)
        results.outputs = outputs
    except (ModelError, UsageError, EnvironmentFault) as fault:
        return Trial(model, {}, time.perf_counter() - started, fault)
    files = {path: folder / output.path for path, output in named}
    return Trial(model, files, time.perf_counter() - started, results=results)


def _normal(path: Path) -> Path:
    return Path(os.path.normpath(path.parent.resolve() / path.name))
