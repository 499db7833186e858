"""`annarchy-ml examples [NAME DIR]`: list or copy the standard's own examples."""

from __future__ import annotations

from pathlib import Path

import click


@click.command()
@click.argument("name", required=False)
@click.argument("folder", required=False, metavar="[DIR]", type=click.Path(file_okay=False))
def command(name: str | None, folder: str | None) -> None:
    """List the examples of the NeuroML standard, or copy one to a folder.

    NAME is a number such as Ex5, or more of the name. The example is copied with all that it
    includes, and can be run there.
    """
    from annarchy_ml.importers.neuroml import examples

    if name is None:
        known = examples.list_examples()
        width = max(len(example.name) for example in known)
        for example in known:
            click.echo(f"{example.name:<{width}}  {example.title}")
        return
    example = examples.find_example(name)
    if folder is None:
        click.echo(f"{example.name}: {example.title}")
        click.echo(f"copy it with: annarchy-ml examples {name} DIR")
        return
    copied = examples.copy_example(example, Path(folder))
    for path in copied:
        click.echo(f"copied {path}")
    click.echo(f"run it with: annarchy-ml run {copied[0]}")
