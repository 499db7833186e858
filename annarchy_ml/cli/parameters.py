"""Kinds of command line values: times with units, and options whose value may be left out."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import click

_MODELS = (".xml", ".nml", ".h5")
WINDOW = "a window"
_POWERS = {"s": 0, "ms": -3, "us": -6, "µs": -6, "ns": -9}

include_option: Callable[[Any], Any] = click.option(
    "-I",
    "--include",
    "include",
    multiple=True,
    metavar="DIR",
    type=click.Path(file_okay=False),
    help="Another folder to look in for included files; may be repeated.",
)
lenient_option: Callable[[Any], Any] = click.option(
    "--lenient", is_flag=True, help="Unknown elements and attributes are warnings, not errors."
)


class TimeQuantity(click.ParamType):
    """A positive time with its unit, such as ``0.01ms``; gives seconds."""

    name = "time"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> float:
        """The time in seconds, computed as from a model file."""
        from annarchy_ml.units import NAMED_DIMENSIONS, Unit, UnitError, split_quantity

        if isinstance(value, float):
            return value
        try:
            number, symbol, _ = split_quantity(str(value))
        except UnitError as fault:
            self.fail(f"{fault}; write a time such as 0.01ms", param, ctx)
        if symbol not in _POWERS:
            what = f"'{symbol}' is not a unit of time" if symbol else f"'{value}' has no unit"
            self.fail(f"{what}; write a time such as 0.01ms", param, ctx)
        if number <= 0:
            self.fail(f"'{value}' must be positive", param, ctx)
        return Unit(symbol, NAMED_DIMENSIONS["time"], _POWERS[symbol]).to_si(number)


class PlotCommand(click.Command):
    """A command whose ``--plot`` may stand without a value, also before the model file."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Give ``--plot`` its value where none follows, then parse as usual."""
        given = list(args)
        for place, word in enumerate(args):
            following = args[place + 1] if place + 1 < len(args) else "-"
            if word == "--plot" and (following.startswith("-") or following.endswith(_MODELS)):
                given[place] = f"--plot={WINDOW}"
        return super().parse_args(ctx, given)
