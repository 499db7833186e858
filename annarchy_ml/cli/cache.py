"""`annarchy-ml cache`: where compiled kernels are kept, how many, how big."""

from __future__ import annotations

import click


@click.command()
@click.option("--clear", is_flag=True, help="Remove them all; they are made again when needed.")
def command(clear: bool) -> None:
    """Show where compiled kernels are kept, how many there are and how big."""
    from annarchy_ml.engine.build.cache import KernelCache

    cache = KernelCache()
    if clear:
        click.echo(f"removed {_count(cache.clear())} from {cache.folder}")
        return
    entries = cache.entries()
    size = sum(entry.size_bytes for entry in entries)
    click.echo(f"{_count(len(entries))}, {size / 1e6:.1f} MB, in {cache.folder}")


def _count(number: int) -> str:
    return f"{number} compiled {'kernel' if number == 1 else 'kernels'}"
