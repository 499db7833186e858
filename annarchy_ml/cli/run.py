"""`annarchy-ml run FILE`: run a model, write its files, say what ran and how long it took."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, TypedDict, Unpack

import click

from annarchy_ml.cli import parameters
from annarchy_ml.cli.outcome import INTERRUPTED, tell
from annarchy_ml.integrators import METHODS
from annarchy_ml.options import PRECISIONS

if TYPE_CHECKING:
    from collections.abc import Iterable

    from annarchy_ml.diagnostics import Diagnostic
    from annarchy_ml.results import Results


class RunArguments(TypedDict):
    """Values of the options of this command."""

    method: str
    precision: str
    device: str
    threads: int | None
    seed: int | None
    dt: float | None
    duration: float | None
    interpreter: bool
    out: str
    allow_outside: bool
    neo: str | None
    plot: str | None
    include: tuple[str, ...]
    lenient: bool
    profile: bool
    quiet: bool


@click.command(cls=parameters.PlotCommand)
@click.argument("file", type=click.Path())
@click.option("--method", default="reference", help="Integration method: reference (default, as "
              f"jLEMS), {', '.join(METHODS[1:])}.")  # fmt: skip
@click.option("--precision", type=click.Choice(PRECISIONS), default="double",
              help="Kind of floating point numbers (default double).")  # fmt: skip
@click.option("--device", type=click.Choice(["cpu", "cuda"]), default="cpu",
              help="Where to run (default cpu).")  # fmt: skip
@click.option("--threads", type=click.IntRange(min=1), help="Threads; chosen by size if left out.")
@click.option("--seed", type=int, help="Seed of all random numbers; that of the file if left out.")
@click.option("--dt", metavar="TIME", callback=parameters.seconds, help="Step, such as 0.01ms.")
@click.option("--duration", metavar="TIME", callback=parameters.seconds, help="Length, such as 1s.")
@click.option(
    "--interpreter",
    is_flag=True,
    help="Run without compiling: slower; the same numbers up to rounding.",
)
@click.option("--out", default=".", metavar="DIR", help="Folder for the files of the model.")
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
    from annarchy_ml import api
    from annarchy_ml.cli.progress import ProgressLine

    _refuse_unknown_formats(arguments)
    with ProgressLine(arguments["quiet"]) as progress:
        results = api.run(
            file,
            out=arguments["out"],
            method=arguments["method"],
            precision=arguments["precision"],
            threads=arguments["threads"],
            seed=arguments["seed"],
            dt=arguments["dt"],
            duration=arguments["duration"],
            include_dirs=arguments["include"],
            lenient=arguments["lenient"],
            allow_outside=arguments["allow_outside"],
            device=arguments["device"],
            executor="interpreter" if arguments["interpreter"] else "auto",
            progress=progress,
        )
    return _report(results, file, arguments)


def _refuse_unknown_formats(arguments: RunArguments) -> None:
    """A wrong suffix, or a missing library, must not cost a run."""
    for name in (arguments["neo"], arguments["plot"]):
        if name is not None and name != parameters.WINDOW:
            from annarchy_ml.exporters.registry import format_for

            format_for(Path(name))


def _report(results: Results, file: str, arguments: RunArguments) -> int:
    """Save and draw what was asked for, then say what was done."""
    from annarchy_ml.exporters.lems_files import output_paths

    folder = Path(arguments["out"])
    say = _nothing if arguments["quiet"] else click.echo
    for path in output_paths(results.outputs, folder, allow_outside=arguments["allow_outside"]):
        say(f"wrote {_shown(path)}")
    if arguments["neo"]:
        say(f"wrote {results.save(arguments['neo'])}")
    if arguments["plot"]:
        picture = _draw(results, arguments["plot"], folder / f"{Path(file).stem}.png")
        say(f"wrote {_shown(picture)}" if picture else "drew a window")
    say(_summary(results))
    if arguments["profile"]:
        click.echo(_profile(results))
    _tell_warnings(results.warnings)
    if results.complete:
        return 0
    tell("interrupted: the files hold what was recorded until then")
    return INTERRUPTED


def _nothing(_: str) -> None:
    """Takes the place of `click.echo` when nothing is to be said."""


def _draw(results: Results, plot: str, otherwise: Path) -> Path | None:
    """Draw into a file or a window; without a display, into a file beside the results."""
    if plot == parameters.WINDOW and _has_display():
        results.plot(show=True)
        return None
    path = otherwise if plot == parameters.WINDOW else Path(plot)
    results.plot(path)
    return path


def _has_display() -> bool:
    """Whether matplotlib can open a window here."""
    import matplotlib
    from matplotlib import pyplot

    pyplot.get_backend()
    return matplotlib.get_backend().lower() != "agg"


def _shown(path: Path) -> Path:
    """A path as short as it can be told."""
    return path.relative_to(Path.cwd()) if path.is_relative_to(Path.cwd()) else path


def _summary(results: Results) -> str:
    """What ran and how fast, on one line."""
    from annarchy_ml.results import time_text

    made = results.provenance
    walls = made.get("wall_times", {})
    run_s, total_s = (float(f"{wall:.3g}") for wall in (walls.get("run", 0.0), sum(walls.values())))
    threads = made.get("threads", 1)
    simulated_s = made.get("stopped_at", 0.0)
    return (
        f"simulated {time_text(simulated_s)} in {time_text(run_s)} ({time_text(total_s)} in all): "
        f"{made.get('method')} method, step {time_text(made.get('dt', 0.0))}, "
        f"{made.get('precision')} precision, {made.get('device')}, "
        f"{threads} thread{'s' * (threads != 1)}"
    )


def _profile(results: Results) -> str:
    """A line for each section of the run."""
    walls = results.provenance.get("wall_times", {})
    total = sum(walls.values())
    width = max(map(len, [*walls, "total"]))
    rows = [(name, wall) for name, wall in walls.items()] + [("total", total)]
    return "\n".join(
        f"  {name:<{width}}  {wall * 1e3:9.1f} ms  {wall / (total or 1.0):6.1%}"
        for name, wall in rows
    )


def _tell_warnings(warnings: Iterable[Diagnostic]) -> None:
    """Doubts come last, where they are seen."""
    doubts = tuple(warnings)
    if doubts:
        from annarchy_ml.cli.outcome import count_line
        from annarchy_ml.diagnostics.render import render_all

        tell(f"{render_all(doubts)}\n\n{count_line(doubts)}")
