"""What the commands that validate share: options for report files, words for cases."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from annarchy_ml.validation.verdicts import Case, Report

FORMS = ("json", "junit", "html")


def report_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Adds ``--json``, ``--junit`` and ``--html`` to a command."""
    words = {"json": "as JSON", "junit": "as JUnit XML", "html": "as a page with figures"}
    for form in reversed(FORMS):
        text = f"Write the report {words[form]}."
        command = click.option(f"--{form}", metavar="FILE", help=text)(command)
    return command


def tell_case(case: Case) -> None:
    """One line for a case, and one for each check that has something to say."""
    from annarchy_ml.validation.verdicts import Verdict

    click.echo(f"{case.verdict:<20}  {case.name}")
    for check in case.checks:
        text = check.message.replace("\n", "\n      ")
        if check.verdict not in (Verdict.AGREE, Verdict.SKIPPED):
            click.echo(f"    {check.name}: {check.verdict}: {text}")
        elif text and case.verdict is not Verdict.SKIPPED:
            click.echo(f"    {check.name}: {text}")


def finish(report: Report, files: dict[str, Any]) -> int:
    """Writes the files that were asked for, says the verdict, and gives the exit code."""
    from annarchy_ml.validation.report_files import write_report

    for form in FORMS:
        if files[form]:
            write_report(report, files[form], form)
            click.echo(f"wrote {files[form]}")
    click.echo(f"{report.verdict}: {report.count_line()}")
    return report.exit_code
