"""`annarchy-ml export FILE --to FORMAT -o OUT`: a model in another format."""

from __future__ import annotations

from pathlib import Path

import click

from annarchy_ml.cli import parameters
from annarchy_ml.options import CompileOptions
from annarchy_ml.session.exporting import FORMATS


@click.command()
@click.argument("file", type=click.Path())
@click.option("--to", "to", required=True, metavar="FORMAT", help=f"One of: {', '.join(FORMATS)}.")
@click.option("-o", "--out", required=True, metavar="OUT", help="File or folder to write.")
@click.option("--method", default="reference", show_default=True,
              help="Integration method of a C++ project; no other format has one.")  # fmt: skip
@parameters.include_option
@parameters.lenient_option
def command(
    file: str, to: str, out: str, method: str, include: tuple[str, ...], lenient: bool
) -> None:
    """Write a model in another format.

    What the format cannot say is refused by name. The file to run is named last.
    """
    from annarchy_ml import api

    model = api.load(file, include_dirs=include, lenient=lenient)
    for path in api.export_by(CompileOptions(method), model, to, Path(out)):
        click.echo(f"wrote {path}")
