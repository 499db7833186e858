"""`annarchy-ml run FILE`: its options; `running.py` does what they say."""

from __future__ import annotations

from typing import Unpack

import click

from annarchy_ml.cli import parameters
from annarchy_ml.cli.running import DEFAULTS, RunArguments, run
from annarchy_ml.integrators import METHODS
from annarchy_ml.options import PRECISIONS


@click.command(cls=parameters.PlotCommand)
@click.argument("file", type=click.Path())
@click.option("--method", default=DEFAULTS["method"], help="Integration method: reference "
              f"(default, as jLEMS), {', '.join(METHODS[1:])}.")  # fmt: skip
@click.option("--precision", type=click.Choice(PRECISIONS), default=DEFAULTS["precision"],
              help="Kind of floating point numbers (default double).")  # fmt: skip
@click.option("--device", default=DEFAULTS["device"], metavar="cpu|cuda[:N]",
              callback=parameters.device, help="Where to run (default cpu); cuda:1 is the "
              "second GPU.")  # fmt: skip
@click.option("--threads", type=click.IntRange(min=1), help="Threads; chosen by size if left out.")
@click.option("--seed", type=int, help="Seed of all random numbers; that of the file if left out.")
@click.option("--dt", metavar="TIME", callback=parameters.seconds, help="Step, such as 0.01ms.")
@click.option("--duration", metavar="TIME", callback=parameters.seconds, help="Length, such as 1s.")
@click.option(
    "--interpreter",
    is_flag=True,
    help="Run without compiling: slower; the same numbers up to rounding.",
)
@click.option(
    "--out", default=DEFAULTS["out"], metavar="DIR", help="Folder for the files of the model."
)
@click.option("--allow-outside", is_flag=True, help="Let the model write outside that folder.")
@click.option("--neo", metavar="FILE", help="Also save all results to FILE: .nwb, .nix or .pkl.")
@click.option("--plot", metavar="[FILE]", help="Draw the displays of the model: into FILE (.png, "
              ".pdf or .svg), or in a window.")  # fmt: skip
@parameters.include_option
@parameters.lenient_option
@click.option("--profile", is_flag=True, help="Show where the time went.")
@click.option("--quiet", is_flag=True, help="Say nothing unless something is wrong.")
def command(file: str, **arguments: Unpack[RunArguments]) -> int:
    """Run a LEMS file and write the files that it names.

    The numbers are those of jLEMS unless another --method is chosen.
    """
    return run(file, arguments)
