"""`annarchy-ml test DIR|FILE…`: runs the `.omt` tests of Open Source Brain."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from annarchy_ml.cli import parameters
from annarchy_ml.cli.report_options import finish, report_options, tell_case
from annarchy_ml.diagnostics.core import UsageError


@click.command()
@click.argument(
    "paths", nargs=-1, required=True, metavar="DIR|FILE...", type=click.Path(exists=True)
)
@click.option("--as", "engines", multiple=True, metavar="ENGINE", help="Run tests of this engine "
              "as ours; may be repeated, the first that a model has counts; 'all' for "
              "each.")  # fmt: skip
@click.option("-j", "--jobs", type=click.IntRange(min=1), default=1, help="Models at a time.")
@click.option("--method", default=None, help="Integration method (default: the one that does "
              "what the engine of a test does; reference for jNeuroML and ours).")  # fmt: skip
@click.option("--record", is_flag=True, help="Write .omt and .mep files for LEMS files instead: "
              "what they do now is what is expected later.")  # fmt: skip
@parameters.include_option
@parameters.lenient_option
@report_options
def command(paths: tuple[str, ...], engines: tuple[str, ...], jobs: int, **given: Any) -> int:
    """Run tests of models: .omt and .mep files as OSB Model Validation reads them.

    Each model runs once. Files of the model's folder are left as they are. Exit codes: 0 all
    agree, 1 some differ, 3 some could not run.
    """
    from annarchy_ml.validation.omt import find_tests
    from annarchy_ml.validation.suite import SuiteOptions, run_tests

    models = [Path(path) for path in paths]
    run = {} if given["method"] is None else {"method": given["method"]}
    read = {"include_dirs": given["include"], "lenient": given["lenient"]}
    if given["record"]:
        return _record(models, {**run, **read})
    tests = find_tests(models)
    if not tests:
        raise UsageError(f"there is no .omt file in {', '.join(paths)}")
    options = SuiteOptions(engines, jobs=jobs, run=run, read=read)
    return finish(run_tests(tests, options, tell_case), given)


def _record(models: list[Path], options: dict[str, Any]) -> int:
    from annarchy_ml.validation.recording import record

    for model in models:
        for path in record(model, options):
            click.echo(f"wrote {path}")
    return 0
