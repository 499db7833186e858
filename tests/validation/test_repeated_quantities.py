"""`compare` where several files of a model hold the same quantity: each file counts."""

from __future__ import annotations

from pathlib import Path

import numpy as np

import annarchy_ml
from annarchy_ml.importers.neuroml import examples
from annarchy_ml.validation.comparing import Comparison, compare
from annarchy_ml.validation.verdicts import Verdict

PLAIN = Comparison(converge=False)


def differing(paths: list[Path]) -> list[str]:
    report = compare(paths, PLAIN)
    checks = [check for case in report.cases for check in case.checks]
    return [check.name for check in checks if check.verdict is Verdict.DIFFER]


def test_each_file_of_one_quantity_is_compared(folder: Path) -> None:
    copied = examples.copy_example(examples.find_example("Ex5"), folder / "demo")
    hh = Path(copied[0])
    text = hh.read_text()
    again = """<OutputFile id="again" fileName="results/again.dat">
        <OutputColumn id="v" quantity="hhpop[0]/v"/>
        <OutputColumn id="w" quantity="hhpop[0]/v"/></OutputFile>
        <OutputFile"""
    hh.write_text(text.replace("<OutputFile", again, 1))
    results = annarchy_ml.run(hh, out=folder / "right")
    results.save(folder / "right.pkl")
    for right in (folder / "right", folder / "right.pkl"):
        assert differing([hh, right]) == []
    again_file = next((folder / "right").rglob("again.dat"))
    first = next(p for p in (folder / "right").rglob("*.dat") if p != again_file)
    for file, column in ((again_file, 1), (again_file, 2), (first, 1)):
        kept = np.loadtxt(file, ndmin=2)
        changed = kept.copy()
        changed[:, column] += 1e-3
        np.savetxt(file, changed, fmt="%.9g")
        assert len(differing([hh, folder / "right"])) == 1, (file, column)
        np.savetxt(file, kept, fmt="%.9g")
