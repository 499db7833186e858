"""`annarchy-ml paths FILE`: what can be recorded, with units."""

from __future__ import annotations

import click

from annarchy_ml.cli import parameters


@click.command()
@click.argument("file", type=click.Path())
@click.option("--match", metavar="GLOB", help="Only these, such as '*/v' or 'pop*'.")
@parameters.include_option
@parameters.lenient_option
def command(file: str, match: str | None, include: tuple[str, ...], lenient: bool) -> int:
    """List all that can be recorded: path, unit, dimension and kind of each.

    Exits with 1 if nothing fits --match.
    """
    from annarchy_ml import api
    from annarchy_ml.cli.outcome import tell

    found = api.load(file, include_dirs=include, lenient=lenient).paths(match)
    path_width = max((len(item.path) for item in found), default=0)
    unit_width = max((len(item.unit) for item in found), default=0)
    for item in found:
        name = f"{item.path:<{path_width}}  {item.unit:<{unit_width}}"
        click.echo(f"{name}  {', '.join(filter(None, (item.dimension, item.kind)))}")
    if not found:
        tell(f"nothing fits '{match}'" if match else "nothing can be recorded in this model")
    return 0 if found else 1
