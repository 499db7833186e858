"""`annarchy-ml omv …`: commands of OSB Model Validation, with this engine among its own."""

from __future__ import annotations

from typing import Any

import click

from annarchy_ml.cli import parameters


@click.command(context_settings={"ignore_unknown_options": True})
@click.option("--as", "engines", multiple=True, metavar="ENGINE", help="Run tests of this engine "
              "with ours too; may be repeated.")  # fmt: skip
@click.option("--allow-outside", is_flag=True, help="Let models write outside their folder.")
@parameters.include_option
@parameters.lenient_option
@click.argument("words", nargs=-1, required=True, type=click.UNPROCESSED, metavar="WORDS...")
def command(words: tuple[str, ...], engines: tuple[str, ...], **given: Any) -> int:
    """Run a command of OSB Model Validation that knows the engine annarchy_ml.

    WORDS are what follows 'omv': 'all --engine=annarchy_ml', 'test FILE.omt', 'list'. It must be
    installed: pip install OSBModelValidation.
    """
    from annarchy_ml.validation.omv_engine import RunningModels, run_omv

    read = {"include_dirs": given["include"], "lenient": given["lenient"]}
    return run_omv(words, engines, RunningModels(read, given["allow_outside"]))
