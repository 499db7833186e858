"""The table of commands: each is imported only when it is called, so that each starts quickly."""

from __future__ import annotations

from importlib import import_module
from typing import Any

import click

from annarchy_ml.cli.outcome import closed_pipe_named
from annarchy_ml.diagnostics.suggest import did_you_mean

COMMANDS = {
    "run": "Run a model and write the files that it names.",
    "check": "Report all faults of model files without running them.",
    "paths": "List what can be recorded, with units.",
    "show": "Show the model after any stage of the compiler.",
    "explain": "Say what a diagnostic means, with a bad and a good example.",
    "export": "Write a model in another format.",
    "examples": "List or copy the standard's own examples.",
    "compare": "Compare a model with other engines, or with results.",
    "test": "Run .omt/.mep tests of models.",
    "sweep": "Run a model with many values of its parameters.",
    "omv": "Run a command of OSB Model Validation with this engine.",
    "cache": "Show or clear the compiled kernels that are kept.",
}


class CommandTable(click.Group):
    """A group whose commands live in modules of the same name."""

    def make_context(self, *args: Any, **extra: Any) -> click.Context:
        """As click does; printing help may meet a closed pipe."""
        with closed_pipe_named():
            return super().make_context(*args, **extra)

    def invoke(self, ctx: click.Context) -> Any:
        """As click does; what a command prints may meet a closed pipe."""
        with closed_pipe_named():
            return super().invoke(ctx)

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Names of all commands, in the order of the table."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command, imported now."""
        if cmd_name not in COMMANDS:
            return None
        command = import_module(f"annarchy_ml.cli.{cmd_name}").command
        assert isinstance(command, click.Command)
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """The command that is meant; an unknown one is answered with the nearest."""
        if args[0] not in COMMANDS and not args[0].startswith("-"):
            hint = did_you_mean(args[0], COMMANDS) or f"the commands are: {', '.join(COMMANDS)}"
            raise click.UsageError(f"there is no command '{args[0]}'; {hint}", ctx)
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The list of commands, from the table alone."""
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))


def _print_version(ctx: click.Context, parameter: click.Parameter, wanted: bool) -> None:
    if wanted and not ctx.resilient_parsing:
        from annarchy_ml import __version__

        click.echo(f"annarchy-ml {__version__}")
        ctx.exit()


@click.group(
    cls=CommandTable,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog="Try it: annarchy-ml examples Ex5 demo",
)
@click.option(
    "--version",
    is_flag=True,
    is_eager=True,
    expose_value=False,
    callback=_print_version,
    help="Show the version and exit.",
)
def command_line() -> None:
    """Runs NeuroML and LEMS models on a native engine.

    Exit codes: 0 complete, 1 the model is at fault, 2 wrong usage, 3 cannot run here
    (compiler, device, memory, disk), 130 interrupted.
    """
