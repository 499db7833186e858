"""`annarchy-ml sweep MODEL --set PATH=VALUES`: one model with many values."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from annarchy_ml.cli import parameters
from annarchy_ml.diagnostics.core import UsageError

if TYPE_CHECKING:
    from annarchy_ml.session.model import Model

_RANGE_PARTS = 3


@click.command()
@click.argument("file", type=click.Path())
@click.option("--set", "values", multiple=True, required=True, metavar="PATH=VALUES",
              help="Values with units: a list (1nA,2nA) or FIRST:LAST:NUMBER (0nA:1nA:11); may be "
              "repeated, then every combination is run.")  # fmt: skip
@click.option("--table", metavar="FILE", help="Write the table of all points as CSV.")
@click.option("--resume", metavar="FILE", help="Keep finished points in FILE, and go on from it.")
@click.option("--method", default="reference", help="Integration method (default reference).")
@click.option("--dt", metavar="TIME", callback=parameters.seconds, help="Step, such as 0.01ms.")
@click.option("--duration", metavar="TIME", callback=parameters.seconds, help="Length, such as 1s.")
def command(
    file: str,
    values: tuple[str, ...],
    table: str | None,
    resume: str | None,
    **options: Any,
) -> int:
    """Run a model with many values of its parameters; nothing is compiled for a point.

    The table has a row for each point: values in SI units, then spikes and events, and the least,
    largest, mean and last value of each recorded quantity.
    """
    from annarchy_ml import api

    model = api.load(file)
    grid = dict(_values(model, text) for text in values)
    found = model.compile(**options).sweep(grid, resume=resume)
    if table:
        click.echo(f"wrote {found.save(table)}")
    faults = [row for row in found.rows if row.fault]
    click.echo(f"{len(found.rows)} points, {found.batches} new runs, {len(faults)} stopped")
    for row in faults:
        click.echo(f"{row.point}: {row.fault}", err=True)
    return 1 if faults else 0


def _values(model: Model, text: str) -> tuple[str, list[float]]:
    """A path and its values in SI units.

    Raises:
        UsageError: If it cannot be read so.
    """
    path, equals, said = text.rpartition("=")
    if not equals:
        raise UsageError(f"'{text}' has no '='", hint="write PATH=VALUES")
    wanted = next((item.dimension for item in model.paths() if item.path == path), "")
    parts = said.split(":")
    if len(parts) == 1:
        return path, [_si(model, one, wanted) for one in said.split(",")]
    if len(parts) != _RANGE_PARTS or not parts[2].isdigit() or int(parts[2]) < 2:
        raise UsageError(f"'{said}' is no range", hint="write FIRST:LAST:NUMBER, as in 0nA:1nA:11")
    first, last = (_si(model, part, wanted) for part in parts[:2])
    steps = int(parts[2]) - 1
    return path, [first + (last - first) * step / steps for step in range(steps + 1)]


def _si(model: Model, text: str, wanted: str) -> float:
    """A number in SI units, whose unit must be of the dimension that is wanted."""
    from annarchy_ml.units import DIMENSIONLESS, UnitError, split_quantity

    try:
        number, symbol, _ = split_quantity(text)
    except UnitError as fault:
        raise UsageError(str(fault)) from fault
    if symbol and symbol not in model.document.units:
        raise UsageError(f"there is no unit '{symbol}' in '{text}'")
    unit = model.document.units.get(symbol)
    dimension = model.document.dimensions.get(wanted)
    if dimension is not None and dimension != (unit.dimension if unit else DIMENSIONLESS):
        raise UsageError(f"'{text}' is not of the dimension '{wanted}'")
    return unit.to_si(number) if unit else number
