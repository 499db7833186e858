"""What validation finds: checks with verdicts, gathered in cases and in a report."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import StrEnum

from annarchy_ml.diagnostics.core import EnvironmentFault, ModelError, UnsupportedError, UsageError


class Verdict(StrEnum):
    """How a check ended."""

    AGREE = "agree"
    DIFFER = "differ"
    LACKS_FEATURE = "engine lacks feature"
    NOT_RUN = "could not run"
    SKIPPED = "skipped"


_WORST_FIRST = (Verdict.DIFFER, Verdict.NOT_RUN, Verdict.LACKS_FEATURE, Verdict.AGREE)
_EXIT_CODES = {Verdict.DIFFER: 1, Verdict.NOT_RUN: 3, Verdict.LACKS_FEATURE: 3}

Value = float | int | str | None


@dataclass(frozen=True, slots=True)
class Curve:
    """A line of a figure: `x` and `y` of equal length; as marks where `marks` is set."""

    label: str
    x: tuple[float, ...]
    y: tuple[float, ...]
    marks: bool = False


@dataclass(frozen=True, slots=True)
class Figure:
    """A picture of a check, as numbers."""

    title: str
    curves: tuple[Curve, ...]
    x_label: str = ""
    y_label: str = ""


@dataclass(frozen=True, slots=True)
class Check:
    """One quantity or property that was compared.

    Attributes:
        name: of the quantity or experiment.
        verdict: how it ended.
        message: one sentence on what was found.
        numbers: figures by name; their units are in the names.
        figures: pictures.
    """

    name: str
    verdict: Verdict
    message: str = ""
    numbers: dict[str, Value] = field(default_factory=dict)
    figures: tuple[Figure, ...] = ()


@dataclass(frozen=True, slots=True)
class Case:
    """What belongs together: one test file, or one pair of engines.

    Attributes:
        name: as a user would write it.
        checks: in the order in which they were asked for.
        seconds: wall time.
        notes: facts beside the verdicts.
    """

    name: str
    checks: tuple[Check, ...]
    seconds: float = 0.0
    notes: tuple[str, ...] = ()

    @property
    def verdict(self) -> Verdict:
        """The worst one of its checks."""
        return worst(check.verdict for check in self.checks)


@dataclass(frozen=True, slots=True)
class Report:
    """All cases of one command.

    Attributes:
        title: one line.
        cases: in order.
        facts: versions and options by name.
    """

    title: str
    cases: tuple[Case, ...]
    facts: dict[str, Value] = field(default_factory=dict)

    @property
    def verdict(self) -> Verdict:
        """The worst one of its cases."""
        return worst(case.verdict for case in self.cases)

    @property
    def exit_code(self) -> int:
        """0 agree, 1 differ, 3 something could not run, or nothing was there to be run."""
        return 3 if self.verdict is Verdict.SKIPPED else _EXIT_CODES.get(self.verdict, 0)

    def count_line(self) -> str:
        """The closing line: "3 agree, 1 differ"."""
        counts = Counter(case.verdict for case in self.cases)
        parts = [f"{counts[verdict]} {verdict}" for verdict in Verdict if counts[verdict]]
        return ", ".join(parts) or "nothing to compare"


def worst(verdicts: Iterable[Verdict]) -> Verdict:
    """The one that decides; `SKIPPED` where nothing else is there."""
    found = set(verdicts)
    return next((item for item in _WORST_FIRST if item in found), Verdict.SKIPPED)


def check_of_fault(name: str, fault: ModelError | UsageError | EnvironmentFault) -> Check:
    """What stopped a run, as a check: a construct that is refused by name is a missing feature."""
    refused = isinstance(fault, UnsupportedError)
    return Check(name, Verdict.LACKS_FEATURE if refused else Verdict.NOT_RUN, str(fault))
