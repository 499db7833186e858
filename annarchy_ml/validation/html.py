"""A report as one HTML page that needs no other file, no script and no network."""

from __future__ import annotations

from collections.abc import Iterator
from html import escape

from annarchy_ml.validation.svg import svg_text
from annarchy_ml.validation.verdicts import Case, Check, Report, Value, Verdict

_CLASSES = {
    Verdict.AGREE: "good",
    Verdict.DIFFER: "bad",
    Verdict.NOT_RUN: "stop",
    Verdict.LACKS_FEATURE: "lacks",
    Verdict.SKIPPED: "skip",
}
_STYLE = """
:root { color-scheme: light dark; }
body { font: 15px/1.45 system-ui, sans-serif; max-width: 74rem; }
body { margin: 2rem auto; padding: 0 1rem; }
h1 { font-size: 1.5rem; overflow-wrap: anywhere; }
h2 { font-size: 1.1rem; margin-top: 2.2rem; overflow-wrap: anywhere; }
table { border-collapse: collapse; margin: .6rem 0; display: block; overflow-x: auto; }
th, td { border: 1px solid #8886; padding: .2rem .45rem; text-align: left; vertical-align: top; }
.numbers { font-size: .85rem; }
td.name { min-width: 9rem; overflow-wrap: break-word; }
td.number { text-align: right; white-space: nowrap; font-variant-numeric: tabular-nums; }
pre { white-space: pre-wrap; overflow-wrap: anywhere; background: #8882; padding: .6rem; }
svg { display: block; width: 100%; max-width: 56rem; height: auto; }
svg { font: 11px system-ui, sans-serif; fill: currentColor; }
svg .title { font-weight: 600; }
.verdict { border-radius: .3rem; color: #fff; padding: .1rem .5rem; white-space: nowrap; }
.good { background: #1a7f37; } .bad { background: #c62828; } .stop { background: #8a4b00; }
.lacks { background: #5b4b9a; } .skip { background: #666; }
"""


def html_text(report: Report) -> str:
    """The whole page."""
    parts = [
        "<!DOCTYPE html>",
        '<html lang="en"><head><meta charset="utf-8">',
        '<meta name="viewport" content="width=device-width, initial-scale=1">',
        f"<title>{escape(report.title)}</title><style>{_STYLE}</style></head><body>",
        f"<h1>{escape(report.title)} {_badge(report.verdict)}</h1>",
        f"<p>{escape(report.count_line())}</p>",
        *_facts(report),
        *_contents(report),
        *(line for number, case in enumerate(report.cases) for line in _case(number, case)),
        "</body></html>\n",
    ]
    return "\n".join(parts)


def _badge(verdict: Verdict) -> str:
    return f'<span class="verdict {_CLASSES[verdict]}">{verdict}</span>'


def _facts(report: Report) -> Iterator[str]:
    if report.facts:
        yield "<table>"
        for name, value in report.facts.items():
            yield f"<tr><th>{escape(name)}</th><td>{escape(_shown(value))}</td></tr>"
        yield "</table>"


def _contents(report: Report) -> Iterator[str]:
    """A line for each case."""
    yield "<table><tr><th>case</th><th>verdict</th><th>checks</th><th>seconds</th></tr>"
    for number, case in enumerate(report.cases):
        link = f'<a href="#case{number}">{escape(case.name)}</a>'
        yield (
            f"<tr><td>{link}</td><td>{_badge(case.verdict)}</td>"
            f'<td class="number">{len(case.checks)}</td>'
            f'<td class="number">{case.seconds:.2f}</td></tr>'
        )
    yield "</table>"


def _case(number: int, case: Case) -> Iterator[str]:
    yield f'<h2 id="case{number}">{escape(case.name)} {_badge(case.verdict)}</h2>'
    for note in case.notes:
        yield f"<p>{escape(note)}</p>"
    columns = _columns(case)
    heads = "".join(
        f"<th>{escape(f'{name} [{next(iter(units))}]' if _is_shared(units) else name)}</th>"
        for name, units in columns.items()
    )
    yield f'<table class="numbers"><tr><th>quantity</th><th>verdict</th>{heads}</tr>'
    for check in case.checks:
        cells = "".join(
            f'<td class="number">{escape(_cell(check, *column))}</td>' for column in columns.items()
        )
        name = f'<td class="name">{_path(check.name)}</td>'
        yield f"<tr>{name}<td>{_badge(check.verdict)}</td>{cells}</tr>"
    yield "</table>"
    for check in case.checks:
        yield from _details(check)


def _path(name: str) -> str:
    """A name that may be broken behind each slash."""
    return escape(name).replace("/", "/<wbr>")


def _columns(case: Case) -> dict[str, set[str]]:
    """What was measured of some check, and in which units."""
    found: dict[str, set[str]] = {}
    for check in case.checks:
        for name, value in check.numbers.items():
            if value is not None:
                base, unit = _split(name)
                found.setdefault(base, set()).add(unit)
    return found


def _split(name: str) -> tuple[str, str]:
    """A measure and its unit: ``largest shift [ms]``."""
    base, _, unit = name.partition(" [")
    return base, unit.removesuffix("]")


def _is_shared(units: set[str]) -> bool:
    """Whether the head of a column tells the unit of all its numbers."""
    return len(units) == 1 and "" not in units


def _cell(check: Check, column: str, units: set[str]) -> str:
    """A number, with its unit where those of a column differ."""
    for name, value in check.numbers.items():
        base, unit = _split(name)
        if base == column and value is not None:
            own = "" if _is_shared(units) or unit in ("", "1") else f" {unit}"
            return _shown(value) + own
    return ""


def _details(check: Check) -> Iterator[str]:
    if check.message:
        yield f"<pre>{escape(check.name)}: {escape(check.message)}</pre>"
    yield from (svg_text(figure) for figure in check.figures)


def _shown(value: Value) -> str:
    if value is None:
        return ""
    return f"{value:.4g}" if isinstance(value, float) else str(value)
