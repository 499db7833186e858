"""`annarchy-ml check FILE…`: every fault of every file, without running anything."""

from __future__ import annotations

import json

import click

from annarchy_ml.cli import parameters


@click.command()
@click.argument("files", type=click.Path(), nargs=-1, required=True, metavar="FILE...")
@click.option("--json", "as_json", is_flag=True, help="Print a list of objects instead of text.")
@parameters.include_option
@parameters.lenient_option
def command(files: tuple[str, ...], as_json: bool, include: tuple[str, ...], lenient: bool) -> int:
    """Report all faults of LEMS and NeuroML files: names, references, units.

    Nothing is run, and no network is used. Exits with 1 if any file has an error.
    """
    from annarchy_ml import api
    from annarchy_ml.cli.outcome import count_line
    from annarchy_ml.diagnostics.render import render_all, to_dict

    found = api.check(files, include_dirs=include, lenient=lenient)
    if as_json:
        click.echo(json.dumps([to_dict(item) for item in found], indent=2))
    else:
        if found:
            click.echo(f"{render_all(found)}\n")
        number = f"{len(files)} file{'s' * (len(files) != 1)} checked"
        click.echo(f"{number}: {count_line(found)}")
    return 1 if any(item.severity == "error" for item in found) else 0
