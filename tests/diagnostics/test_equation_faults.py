"""Faulty models of the equation language with their exact messages: ``equation_faults.txt``.

A case is a call, the code of its fault, and the message; an empty line ends it. Texts are compared
without spaces at line ends.
"""

from __future__ import annotations

from pathlib import Path

import pytest

import annarchy_ml as aml
from annarchy_ml.diagnostics import CATALOG

CORPUS = Path(__file__).with_name("equation_faults.txt").read_text(encoding="utf-8")
CASES = [block.split("\n", 1) for block in CORPUS.strip("\n").split("\n\n")]
NAMES = {
    "Parameter": aml.Parameter,
    "Variable": aml.Variable,
    "Uniform": aml.Uniform,
    "Neuron": lambda **given: aml.Neuron(name="X", **given),
    "Synapse": lambda **given: aml.Synapse(name="X", **given),
}


def lines(text: str) -> list[str]:
    return [line.rstrip() for line in text.rstrip().split("\n")]


@pytest.mark.parametrize(("call", "expected"), CASES, ids=[call for call, _ in CASES])
def test_fault_has_its_message(call: str, expected: str) -> None:
    with pytest.raises(aml.EquationError) as caught:
        eval(call, {"__builtins__": {"dict": dict}}, NAMES)
    fault = caught.value
    assert lines(f"{fault.diagnostics[0].code}: {fault}") == lines(expected)
    assert isinstance(fault, aml.ANNarchyException)
    assert fault.object.endswith("'X'")
    assert (fault.line > 0) == (", line " in expected)


def test_corpus_is_large_and_has_every_kind() -> None:
    assert len(CASES) >= 60
    codes = {expected.partition(":")[0] for _, expected in CASES}
    assert codes == {code for code in CATALOG if code.startswith("equation.")} | {
        "unsupported.construct"
    }


@pytest.mark.parametrize("code", [code for code in CATALOG if code.startswith("equation.")])
def test_examples_of_the_catalog(code: str) -> None:
    entry = CATALOG[code]
    with pytest.raises(aml.EquationError) as caught:
        eval(entry.bad, {"__builtins__": {}}, NAMES)
    assert caught.value.diagnostics[0].code == code
    assert caught.value.kind == code.partition(".")[2]
    eval(entry.good, {"__builtins__": {}}, NAMES)
