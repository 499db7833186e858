"""The published tests (`.omt`, `.mep`) of the public cases: passed by their engine, and by us.

    python benchmarks/model_tests.py [--only nml2_ex1] [--engine jNeuroML] [--own --python FILE]

For each test of jNeuroML and of jNeuroML_NEURON: the verdict of its own engine, run beside us with
`--own`, and ours by the method of that engine. A test that its own engine passes here and we do not
is marked. The cases lie beside the repository, in ``../shared/conformance`` (`--cases`).

`--full` runs models for as long as their authors did, where a case was made shorter.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import shutil
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from annarchy_ml import api
from annarchy_ml.validation.engines import Elsewhere, EngineError, Source, run_engine
from annarchy_ml.validation.omt import read_test
from annarchy_ml.validation.suite import method_of, tested
from annarchy_ml.validation.trial import Trial, run_trial
from annarchy_ml.validation.verdicts import Case, Check, Verdict

CASES = Path(__file__).parents[2] / "shared" / "conformance" / "cases"
ENGINES = {"jNeuroML": "jneuroml", "jNeuroML_NEURON": "neuron"}
"""Whose tests are run, and the engine that each of these names means."""
_CUT = re.compile(r"Simulation length changed from (\S+) to (\S+)")


@dataclass(frozen=True)
class Row:
    """One test: who passes it, and what differs with us."""

    case: str
    test: str
    engine: str
    own: str
    ours: str
    message: str

    @property
    def is_lost(self) -> bool:
        """Whether its own engine passes it and we do not."""
        return self.own == Verdict.AGREE and self.ours != Verdict.AGREE


def main() -> int:
    """Prints the table; 1 if a test is lost, or differs where its own engine was not run."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--cases", type=Path, default=CASES)
    arguments.add_argument("--only", default="")
    arguments.add_argument("--engine", choices=ENGINES, action="append")
    arguments.add_argument("--own", action="store_true", help="run the engines of the tests too")
    arguments.add_argument("--python", default=sys.executable, help="interpreter with NEURON")
    arguments.add_argument("--full", action="store_true")
    chosen = arguments.parse_args()
    rows: list[Row] = []
    for home in cases_of(chosen):
        for row in table_of(home, chosen):
            print(line(row), flush=True)
            rows.append(row)
    for engine in chosen.engine or ENGINES:
        print(summary(engine, [row for row in rows if row.engine == engine]))
    failed = any(row.is_lost or (not row.own and row.ours != Verdict.AGREE) for row in rows)
    return 1 if failed or not rows else 0


def cases_of(chosen: argparse.Namespace) -> list[Path]:
    """The folders of the cases that have tests."""
    homes = sorted(path.parent for path in chosen.cases.glob("*/case.json"))
    named = (home for home in homes if home.name.startswith(chosen.only))
    return [home for home in named if (home / "expectations").is_dir()]


def table_of(home: Path, chosen: argparse.Namespace) -> Iterator[Row]:
    """The rows of a case, run in a folder of its own."""
    with tempfile.TemporaryDirectory() as folder:
        yield from rows_of(home.name, lay_out(home, Path(folder), chosen.full), chosen)


def lay_out(case: Path, folder: Path, full: bool) -> list[Path]:
    """Puts a case's model and its tests where they lay at their source; gives the tests."""
    known = json.loads((case / "case.json").read_text(encoding="utf-8"))
    shutil.copytree(case / "model", folder / "model")
    entry = folder / "model" / known["entry"]
    cut = next(filter(None, map(_CUT.search, _changes(known))), None)
    if full and cut:
        text = entry.read_text(encoding="utf-8")
        whole, short = _milliseconds(cut[1]), cut[2]
        entry.write_text(text.replace(f'length="{short}"', f'length="{whole:g}ms"'), "utf-8")
    return [_placed(test, entry.parent) for test in sorted((case / "expectations").glob("*.omt"))]


def _changes(known: Mapping[str, Any]) -> list[str]:
    said = known["changes_to_source"]
    return [said] if isinstance(said, str) else list(said)


def _milliseconds(text: str) -> float:
    return float(text.removesuffix("ms"))


def _placed(test: Path, home: Path) -> Path:
    """A test beside its model, or in a folder there, as its target says; and its `.mep` file."""
    text = test.read_text(encoding="utf-8")
    inside = re.search(r'^target: *"?\.\./', text, re.MULTILINE) is not None
    place = home / "test" if inside else home
    place.mkdir(exist_ok=True)
    named = re.search(r"^mep: *(\S+)", text, re.MULTILINE)
    if named:
        expected = Path(named[1]).name.removeprefix(".")
        shutil.copyfile(test.parent / expected, place / expected)
        text = text.replace(named[0], f"mep: {expected}")
    (place / test.name).write_text(text, encoding="utf-8")
    return place / test.name


def rows_of(case: str, tests: Sequence[Path], chosen: argparse.Namespace) -> Iterator[Row]:
    """The rows of a case; each engine runs its model once."""
    with tempfile.TemporaryDirectory() as made:
        runs = Runs(Path(made), Elsewhere(chosen.python))
        for path in tests:
            test = read_test(path)
            if test.engine not in (chosen.engine or ENGINES):
                continue
            trial = runs.ours(test.model, test.engine)
            ours = tested(test, trial, {})
            own = ""
            if chosen.own:
                ran = runs.own(test.model, test.engine)
                own = tested(test, ran, {}).verdict if isinstance(ran, Trial) else ran
            yield Row(case, path.name, test.engine, own, ours.verdict, _first_fault(ours))


def _first_fault(case: Case) -> str:
    faults: list[Check] = [item for item in case.checks if item.verdict is not Verdict.AGREE]
    if not faults:
        return ""
    more = f" (and {len(faults) - 1} more)" if len(faults) > 1 else ""
    return f"{faults[0].name}: {faults[0].message.splitlines()[0]}{more}"


class Runs:
    """Runs of models, each once for an engine, by us and by the engine itself."""

    def __init__(self, folder: Path, where: Elsewhere) -> None:
        self._folder = folder
        self._where = where
        self._ours: dict[tuple[Path, str], Trial] = {}
        self._own: dict[tuple[Path, str], Trial | Verdict] = {}

    def ours(self, model: Path, engine: str) -> Trial:
        """Our run, by the method that does what an engine does."""
        if (model, engine) not in self._ours:
            place = self._place("ours")
            self._ours[model, engine] = run_trial(model, place, {"method": method_of(engine)})
        return self._ours[model, engine]

    def own(self, model: Path, engine: str) -> Trial | Verdict:
        """The run of the engine itself, or why there is none."""
        if (model, engine) not in self._own:
            self._own[model, engine] = self._run_own(model, engine)
        return self._own[model, engine]

    def _run_own(self, model: Path, engine: str) -> Trial | Verdict:
        results = self.ours(model, engine).results
        if results is None:
            return Verdict.NOT_RUN
        outputs = tuple(output.path for output in results.outputs)
        source = Source(model, tuple(api.load(model).document.files), outputs)
        try:
            ran = run_engine(ENGINES[engine], source, self._place(engine), self._where)
        except EngineError as fault:
            return Verdict.LACKS_FEATURE if fault.lacks else Verdict.NOT_RUN
        there = {name: ran.folder / name for name in outputs if (ran.folder / name).is_file()}
        home = model.resolve().parent
        files = {Path(os.path.normpath(home / name)): file for name, file in there.items()}
        return Trial(model, files, ran.seconds)

    def _place(self, name: str) -> Path:
        return Path(tempfile.mkdtemp(prefix=name, dir=self._folder))


def line(row: Row) -> str:
    """One line of the table."""
    mark = "LOST " if row.is_lost else "     "
    own = f"{row.own:21}" if row.own else ""
    named = f"{row.case:36}{row.engine:16}"
    return f"{mark}{named}{own}{row.ours:21}{row.test}  {row.message}".rstrip()


def summary(engine: str, rows: Sequence[Row]) -> str:
    """How many tests of an engine there are, and who passes them."""
    ours = Counter(row.ours for row in rows)[Verdict.AGREE]
    text = f"{engine}: {len(rows)} tests, {ours} passed by us"
    if any(row.own for row in rows):
        own = [row for row in rows if row.own == Verdict.AGREE]
        kept = sum(not row.is_lost for row in own)
        text += f"; {len(own)} passed by {engine} itself here, {kept} of these by us"
    return text


if __name__ == "__main__":
    sys.exit(main())
