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
              "repeated, then every combination is run. PATH 'seed' is that of a run.")  # fmt: skip
@click.option("--table", metavar="FILE", help="Write the table of all points as CSV.")
@click.option("--neo", metavar="FILE", help="Write all recordings, a segment for each point: .nwb, "
              ".nix or .pkl.")  # fmt: skip
@click.option("--resume", metavar="FILE", help="Keep finished points in FILE, and go on from it.")
@click.option("-j", "--workers", type=click.IntRange(min=1), metavar="N",
              help="Runs at a time (default: as many as there are cores).")  # fmt: skip
@click.option("--method", default="reference", help="Integration method (default reference).")
@click.option("--dt", metavar="TIME", callback=parameters.seconds, help="Step, such as 0.01ms.")
@click.option("--duration", metavar="TIME", callback=parameters.seconds, help="Length, such as 1s.")
@parameters.include_option
@parameters.lenient_option
def command(
    file: str,
    values: tuple[str, ...],
    resume: str | None,
    workers: int | None,
    **given: Any,
) -> int:
    """Run a model with many values of its parameters; nothing is compiled for a point.

    The table has a row for each point: values in SI units, then spikes and events, and the least,
    largest, mean and last value of each recorded quantity.
    """
    from annarchy_ml import api

    model = api.load(file, given.pop("include"), given.pop("lenient"))
    table, neo = given.pop("table"), given.pop("neo")
    _check_suffixes(table, neo)
    grid = _grid(model, values)
    simulation = model.compile(**given)
    found = simulation.sweep(grid, resume=resume, keep=neo is not None, workers=workers)
    for path in filter(None, (table, neo)):
        click.echo(f"wrote {found.save(path)}")
    faults = [row for row in found.rows if row.fault]
    click.echo(f"{len(found.rows)} points, {found.new} of them run now, {len(faults)} stopped")
    for row in faults:
        click.echo(f"{row.point}: {row.fault}", err=True)
    return 1 if faults else 0


def _check_suffixes(table: str | None, neo: str | None) -> None:
    """Raises UsageError where a file could not be written after all points have run."""
    from pathlib import Path

    from annarchy_ml.exporters.registry import block_format

    if table and Path(table).suffix.lower() != ".csv":
        raise UsageError(f"'{table}' is no CSV file", hint="write --table points.csv")
    if neo:
        block_format(Path(neo))


def _grid(model: Model, values: tuple[str, ...]) -> dict[str, list[float]]:
    """Values by path.

    Raises:
        UsageError: If a path is given twice, or values cannot be read.
    """
    grid: dict[str, list[float]] = {}
    for text in values:
        path, given = _values(model, text)
        if path in grid:
            raise UsageError(f"'{path}' is set twice", hint="write all its values in one --set")
        grid[path] = given
    return grid


def _values(model: Model, text: str) -> tuple[str, list[float]]:
    """A path and its values in SI units.

    Raises:
        UsageError: If it cannot be read so.
    """
    from annarchy_ml.session.sweep_points import check_number

    path, equals, said = text.rpartition("=")
    if not equals:
        raise UsageError(f"'{text}' has no '='", hint="write PATH=VALUES")
    wanted = next((item.dimension for item in model.paths() if item.path == path), "")
    parts = said.split(":")
    if len(parts) == 1:
        return path, [_si(model, one, wanted) for one in said.split(",")]
    if len(parts) != _RANGE_PARTS or not parts[2].isdigit() or int(parts[2]) < 2:
        raise UsageError(f"'{said}' is no range", hint="write FIRST:LAST:NUMBER, as in 0nA:1nA:11")
    check_number(int(parts[2]))
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
