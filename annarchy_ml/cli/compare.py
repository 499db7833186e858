"""`annarchy-ml compare MODEL --with ENGINES`, or results with results."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import click

from annarchy_ml.cli import parameters
from annarchy_ml.cli.report_options import finish, report_options, tell_case


@click.command()
@click.argument("paths", nargs=-1, required=True, metavar="MODEL|RESULTS...",
                type=click.Path(exists=True))  # fmt: skip
@click.option("--with", "engines", metavar="ENGINES", default="", help="Other engines, with commas:"
              " jneuroml, neuron, netpyne, eden, pylems, brian2.")  # fmt: skip
@click.option("--tolerance", type=parameters.Finite(min=0), default=1e-3, help="Largest RMS "
              "difference, as a part of how much a trace varies (default 0.001).")  # fmt: skip
@click.option("--shift", metavar="TIME", default="0.1ms", callback=parameters.seconds,
              help="Largest shift of a spike (default 0.1ms).")  # fmt: skip
@click.option(
    "--threshold",
    type=parameters.Finite(),
    default=0.0,
    help="Spikes rise above it, in mV (default 0).",
)
@click.option("--statistics", is_flag=True, help="Judge spikes by rates and intervals of "
              "populations, for chaotic networks.")  # fmt: skip
@click.option("--no-convergence", is_flag=True, help="Do not run dt/2 and dt/4.")
@click.option("--method", default="reference", help="Our integration method (default reference).")
@click.option("--dt", metavar="TIME", callback=parameters.seconds, help="Our step.")
@click.option("--python", metavar="FILE", default=sys.executable, help="The Python interpreter in "
              "which other engines are installed, if it is another one.")  # fmt: skip
@click.option("--limit", metavar="TIME", default="600s", callback=parameters.seconds,
              help="Longest run of another engine (default 600s).")  # fmt: skip
@parameters.include_option
@parameters.lenient_option
@report_options
def command(paths: tuple[str, ...], **options: Any) -> int:
    """Compare a model with other engines, or with results; or results with each other.

    Results are folders with the files that a model names, or Neo files. Exit codes: 0 agree, 1
    differ, 3 something could not run.
    """
    from annarchy_ml.validation.comparing import Comparison, compare
    from annarchy_ml.validation.engines import Elsewhere
    from annarchy_ml.validation.trace_checks import Limits

    limits = Limits(
        options["tolerance"],
        options["shift"],
        options["threshold"] * 1e-3,
        options["statistics"],
    )
    wanted = Comparison(
        tuple(name.strip() for name in options["engines"].split(",") if name.strip()),
        limits,
        Elsewhere(options["python"], options["limit"]),
        not options["no_convergence"],
        {"method": options["method"], "dt": options["dt"]},
        {"include_dirs": options["include"], "lenient": options["lenient"]},
    )
    return finish(compare([Path(path) for path in paths], wanted, tell_case), options)
