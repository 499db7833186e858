"""Writes a report for machines: JSON, and JUnit XML."""

from __future__ import annotations

import json
import xml.etree.ElementTree as ElementTree
from math import isfinite
from pathlib import Path
from typing import Any

from annarchy_ml.exporters.atomic import replacing
from annarchy_ml.validation.html import html_text
from annarchy_ml.validation.verdicts import Case, Check, Report, Value, Verdict

_ELEMENTS = {
    Verdict.DIFFER: "failure",
    Verdict.NOT_RUN: "error",
    Verdict.LACKS_FEATURE: "skipped",
    Verdict.SKIPPED: "skipped",
}
_NOT_IN_XML = {code: "\ufffd" for code in range(32) if chr(code) not in "\t\n\r"}


def write_report(report: Report, path: str | Path, form: str) -> None:
    """Writes a report.

    Args:
        report: what was found.
        path: of the file.
        form: ``json``, ``junit`` or ``html``.

    Raises:
        EnvironmentFault: If the file cannot be written.
    """
    text = {"json": _json_text, "junit": _junit_text, "html": html_text}[form](report)
    with replacing(Path(path)) as temporary:
        temporary.write_text(text, encoding="utf-8")


def _json_text(report: Report) -> str:
    found = {
        "title": report.title,
        "verdict": report.verdict,
        "facts": _finite(report.facts),
        "cases": [_case(case) for case in report.cases],
    }
    return json.dumps(found, indent=2, ensure_ascii=False) + "\n"


def _case(case: Case) -> dict[str, Any]:
    return {
        "name": case.name,
        "verdict": case.verdict,
        "seconds": case.seconds,
        "notes": list(case.notes),
        "checks": [_check(check) for check in case.checks],
    }


def _check(check: Check) -> dict[str, Any]:
    return {
        "name": check.name,
        "verdict": check.verdict,
        "message": check.message,
        "numbers": _finite(check.numbers),
    }


def _finite(numbers: dict[str, Value]) -> dict[str, Value]:
    """JSON knows no infinity: such numbers are texts."""
    return {
        name: str(value) if isinstance(value, float) and not isfinite(value) else value
        for name, value in numbers.items()
    }


def _junit_text(report: Report) -> str:
    checks = [check.verdict for case in report.cases for check in case.checks]
    root = ElementTree.Element("testsuites")
    suite = ElementTree.SubElement(
        root,
        "testsuite",
        name=report.title,
        tests=str(len(checks)),
        failures=str(checks.count(Verdict.DIFFER)),
        errors=str(checks.count(Verdict.NOT_RUN)),
        skipped=str(checks.count(Verdict.LACKS_FEATURE) + checks.count(Verdict.SKIPPED)),
        time=f"{sum(case.seconds for case in report.cases):.3f}",
    )
    for case in report.cases:
        for check in case.checks:
            _junit_case(suite, case, check)
    ElementTree.indent(root)
    return ElementTree.tostring(root, encoding="unicode", xml_declaration=True) + "\n"


def _junit_case(suite: ElementTree.Element, case: Case, check: Check) -> None:
    share = case.seconds / len(case.checks)
    names = {"classname": case.name, "name": check.name}
    shown = {key: text.translate(_NOT_IN_XML) for key, text in names.items()}
    place = ElementTree.SubElement(suite, "testcase", shown, time=f"{share:.3f}")
    if check.verdict in _ELEMENTS:
        message = check.message.translate(_NOT_IN_XML)
        first = f"{check.verdict}: {message}".splitlines()[0]
        ended = ElementTree.SubElement(place, _ELEMENTS[check.verdict], message=first)
        ended.text = message
