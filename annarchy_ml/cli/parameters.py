"""What several commands take, times with units, and an option whose value may be left out."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import click

from annarchy_ml.cli.running import WINDOW
from annarchy_ml.options import DEVICES, is_device

_MODELS = (".xml", ".nml", ".h5")
_POWERS = {"s": 0, "ms": -3, "us": -6, "µs": -6, "ns": -9}

include_option: Callable[[Any], Any] = click.option(
    "-I",
    "--include",
    "include",
    multiple=True,
    metavar="DIR",
    type=click.Path(file_okay=False),
    help="Another folder in which included files may lie; may be repeated.",
)
lenient_option: Callable[[Any], Any] = click.option(
    "--lenient", is_flag=True, help="Unknown elements and attributes are warnings, not errors."
)


class Finite(click.FloatRange):
    """A number that is one: neither nan nor inf."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """The number."""
        found = super().convert(value, param, ctx)
        if not math.isfinite(found):
            self.fail(f"{value} is no number that something can be compared with", param, ctx)
        return found


def seconds(ctx: click.Context, parameter: click.Parameter, text: str | None) -> float | None:
    """Turns a positive time with its unit into seconds, computed as from a model file."""
    if text is None:
        return None
    from annarchy_ml.units import NAMED_DIMENSIONS, Unit, UnitError, split_quantity

    example = "; write a time such as 0.01ms"
    try:
        number, symbol, _ = split_quantity(text)
    except UnitError as fault:
        raise click.BadParameter(f"{fault}{example}") from fault
    if symbol not in _POWERS:
        what = f"'{symbol}' is not a unit of time" if symbol else f"'{text}' has no unit"
        raise click.BadParameter(what + example)
    if number <= 0:
        raise click.BadParameter(f"'{text}' must be positive")
    return Unit(symbol, NAMED_DIMENSIONS["time"], _POWERS[symbol]).to_si(number)


def device(ctx: click.Context, parameter: click.Parameter, name: str) -> str:
    """Refuses a device that does not exist anywhere."""
    if not is_device(name):
        raise click.BadParameter(f"there is no device '{name}'; there are {', '.join(DEVICES)}")
    return name


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
