"""`annarchy-ml explain CODE`: what a diagnostic means, with a bad and a good example."""

from __future__ import annotations

import click

from annarchy_ml.diagnostics import CATALOG, CatalogEntry, UsageError, did_you_mean


@click.command()
@click.argument("code", required=False)
def command(code: str | None) -> None:
    """Say what the code in the brackets of an error means, and how to mend it.

    Without CODE, all codes are listed.
    """
    if code is None:
        width = max(map(len, CATALOG))
        for entry in CATALOG.values():
            click.echo(f"{entry.code:<{width}}  {entry.title}")
        return
    known = code.strip("[]")
    if known not in CATALOG:
        raise UsageError(
            f"there is no diagnostic '{code}'",
            hint=did_you_mean(known, CATALOG) or "'annarchy-ml explain' lists them all",
        )
    click.echo(_text(CATALOG[known]))


def _text(entry: CatalogEntry) -> str:
    wrapped = click.wrap_text(entry.meaning, 88)
    return (
        f"{entry.code}: {entry.title}\n\n{wrapped}\n\nRule: {entry.rule}\n\n"
        f"Wrong:\n{_indented(entry.bad)}\n\nRight:\n{_indented(entry.good)}"
    )


def _indented(text: str) -> str:
    return "\n".join(f"    {line}" for line in text.split("\n"))
