"""Runs a model for the command line: calls `api`, says what was written and how long it took.

Nothing in here imports click, which takes longer than most models run.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, TypedDict, cast

from annarchy_ml.cli.outcome import INTERRUPTED, tell

if TYPE_CHECKING:
    from collections.abc import Iterable

    from annarchy_ml.diagnostics import Diagnostic
    from annarchy_ml.results import Results

WINDOW = "a window"
"""Stands for the file of a picture that is shown and not written."""


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


DEFAULTS: RunArguments = {
    "method": "reference",
    "precision": "double",
    "device": "cpu",
    "threads": None,
    "seed": None,
    "dt": None,
    "duration": None,
    "interpreter": False,
    "out": ".",
    "allow_outside": False,
    "neo": None,
    "plot": None,
    "include": (),
    "lenient": False,
    "profile": False,
    "quiet": False,
}
_FLAGS = ("interpreter", "allow_outside", "lenient", "profile", "quiet")
_TEXTS = ("out", "neo")


def plain_arguments(words: Sequence[str]) -> tuple[str, RunArguments] | None:
    """File and options of a command line that needs no more than to be looked at.

    Returns:
        None where there is anything else: other options, help, a mistake. That is for click.
    """
    if not words or words[0] != "run":
        return None
    files: list[str] = []
    found: dict[str, object] = {}
    rest = iter(words[1:])
    for word in rest:
        name = word[2:].replace("-", "_")
        if not word.startswith("-"):
            files.append(word)
        elif word == f"--{name.replace('_', '-')}" and name in _FLAGS:
            found[name] = True
        elif word == f"--{name}" and name in _TEXTS:
            found[name] = next(rest, "-")
            if str(found[name]).startswith("-"):
                return None
        else:
            return None
    return (files[0], cast(RunArguments, {**DEFAULTS, **found})) if len(files) == 1 else None


def run(file: str, arguments: RunArguments) -> int:
    """Run a LEMS file and write the files that it names.

    Returns:
        The exit code.
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
        if name is not None and name != WINDOW:
            from annarchy_ml.exporters.registry import format_for

            format_for(Path(name))


def _report(results: Results, file: str, arguments: RunArguments) -> int:
    """Save and draw what was asked for, then say what was done."""
    from annarchy_ml.exporters.lems_files import output_paths

    folder = Path(arguments["out"])
    say = _nothing if arguments["quiet"] else _say
    for path in output_paths(results.outputs, folder, allow_outside=arguments["allow_outside"]):
        say(f"wrote {_shown(path)}")
    if arguments["neo"]:
        say(f"wrote {results.save(arguments['neo'])}")
    if arguments["plot"]:
        picture = _draw(results, arguments["plot"], folder / f"{Path(file).stem}.png")
        say(f"wrote {_shown(picture)}" if picture else "drew a window")
    say(_summary(results))
    if arguments["profile"]:
        _say(_profile(results))
    _tell_warnings(results.warnings)
    if results.complete:
        return 0
    tell("interrupted: the files hold what was recorded until then")
    return INTERRUPTED


def _say(text: str) -> None:
    """Write text to stdout; click knows what to do where that cannot show it."""
    out = sys.stdout
    if str(getattr(out, "encoding", None)).lower() in ("utf-8", "utf8"):
        try:
            out.write(f"{text}\n")
            out.flush()
            return
        except UnicodeEncodeError:
            pass
    import click

    click.echo(text)


def _nothing(_: str) -> None:
    """Takes the place of `_say` when nothing is to be said."""


def _draw(results: Results, plot: str, otherwise: Path) -> Path | None:
    """Draw into a file or a window; without a display, into a file beside the results."""
    if plot == WINDOW and _has_display():
        results.plot(show=True)
        return None
    path = otherwise if plot == WINDOW else Path(plot)
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
