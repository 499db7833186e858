"""A whole simulation as one CUDA C++ text."""

from __future__ import annotations

import re
from pathlib import Path

from annarchy_ml.engine.build import contract_header
from annarchy_ml.engine.codegen.frames import fill_text
from annarchy_ml.engine.codegen.laws import print_laws
from annarchy_ml.engine.cuda.deliveries import print_served
from annarchy_ml.engine.cuda.functions import print_functions
from annarchy_ml.engine.cuda.further import Further
from annarchy_ml.engine.cuda.layout import Layout
from annarchy_ml.engine.cuda.steps import print_step
from annarchy_ml.engine.cuda.texts import Texts
from annarchy_ml.engine.cuda.values import print_begin, print_end
from annarchy_ml.kernels.plan import SimulationPlan

ENTRY = "run_steps"
MOST_SHARED_WORDS = 4096
"""Words that a block of threads keeps in its own memory, which is read faster than the device's."""
_PARTS = "events", "deliveries", "steps", "couplings"
_TEMPLATES = Path(__file__).parent / "templates"


def print_program(plan: SimulationPlan, layout: Layout, further: Further) -> str:
    """The text of a plan; it depends on the structure of the plan, not on its numbers."""
    texts = Texts(plan, layout, further)
    single = plan.module.precision == "single"
    return fill_text(
        _frame("program.cuh"),
        precision=plan.module.precision,
        real="float" if single else "double",
        prelude=_frame("prelude.cuh").rstrip("\n"),
        events="".join(_frame(f"{name}.cuh") for name in _PARTS).rstrip("\n"),
        arithmetic=on_device(contract_header("kernel_arithmetic.h")),
        laws=on_device(print_laws(plan.module, False)),
        kernels=print_functions(plan, layout.modes),
        words=_words(layout),
        meeting=str(layout.meeting),
        report=str(layout.report),
        times=str(layout.times),
        arrivals=str(layout.arrivals),
        rows=str(layout.rows),
        ends=str(layout.ends),
        begin="\n".join((*print_begin(texts), *print_served(texts))),
        seen="1" if _is_looked_at(plan, further) else "done == count",
        step=print_step(texts),
        end="\n".join(print_end(texts)),
    )


def _frame(name: str) -> str:
    return (_TEMPLATES / name).read_text(encoding="ascii")


def _words(layout: Layout) -> str:
    """Where the loop reads the words."""
    if layout.size > MOST_SHARED_WORDS:
        return "const uint64_t *words = given;"
    return f"AML_TAKE_WORDS(words, given, {layout.size})"


def on_device(text: str) -> str:
    """A part of the contract with compiled kernels, in functions of the device."""
    text = re.sub(r"#include.*\n", "", text)
    text = re.sub(r'#ifdef __cplusplus\n(extern "C" \{|\})\n#endif\n', "", text)
    for old, new in (
        ("static inline __attribute__((always_inline))", "AML_DEVICE"),
        ("static inline", "AML_DEVICE"),
        ("static __attribute__((noinline))", "AML_APART"),
        ("static double", "AML_APART double"),
    ):
        text = text.replace(old, new)
    return text.rstrip("\n")


def _is_looked_at(plan: SimulationPlan, further: Further) -> bool:
    """Whether values that kernels only hand on within a step are recorded or pooled in each."""
    read = {(group, name) for group, name, _ in further.columns}
    read |= {source for source, _, _ in further.pools}
    return bool(read.intersection(plan.passing))
