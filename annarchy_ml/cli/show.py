"""`annarchy-ml show FILE --after PASS`: any stage of the compiler as text."""

from __future__ import annotations

import click

from annarchy_ml.cli import parameters


@click.command()
@click.argument("file", type=click.Path())
@click.option("--after", metavar="PASS", help="Which pass to stop behind.")
@parameters.include_option
@parameters.lenient_option
def command(file: str, after: str | None, include: tuple[str, ...], lenient: bool) -> None:
    """Show the model as it stands behind a pass of the compiler.

    Without --after, the names of all passes are listed.
    """
    from annarchy_ml import api

    if after is None:
        from annarchy_ml.passes.pipeline import PASSES

        click.echo("\n".join(PASSES))
        return
    click.echo(api.load(file, include_dirs=include, lenient=lenient).show(after))
