"""`annarchy-ml omex -i ARCHIVE -o DIR`: a COMBINE archive, as BioSimulators asks for it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click


def _version(ctx: click.Context, parameter: click.Parameter, wanted: bool) -> None:
    if wanted and not ctx.resilient_parsing:
        from annarchy_ml import __version__

        click.echo(__version__)
        ctx.exit()


@click.command()
@click.option("-i", "--archive", required=True, type=click.Path(), help="COMBINE/OMEX archive.")
@click.option("-o", "--out-dir", required=True, type=click.Path(), help="Folder for the results.")
@click.option("-v", "--version", is_flag=True, is_eager=True, expose_value=False,
              callback=_version, help="Show the version and exit.")  # fmt: skip
def command(archive: str, out_dir: str) -> int:
    """Run the SED-ML documents of a COMBINE archive.

    Writes reports.h5, plots.zip and log.yml. ALGORITHM_SUBSTITUTION_POLICY says how far another
    algorithm may be from the one that is asked for.
    """
    from annarchy_ml import api

    made = api.run_archive(archive, out_dir)
    for text in _faults(made):
        click.echo(f"error: {text}", err=True)
    click.echo(f"{made['status'].lower()}: {Path(out_dir) / 'log.yml'}")
    return 0 if made["status"] == "SUCCEEDED" else 1


def _faults(made: dict[str, Any]) -> list[str]:
    """What went wrong, each with its place."""
    found = []
    for name in ("sedDocuments", "tasks", "outputs"):
        for item in made.get(name) or ():
            place = item.get("location") or item.get("id")
            found += [f"{place}: {text}" for text in _faults(item)]
    if made["exception"]:
        found.append(made["exception"]["message"])
    return found
