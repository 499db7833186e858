"""The parts of a printed loop."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from annarchy_ml.engine.codegen.parts import Parts


@dataclass(frozen=True, slots=True)
class Loop:
    """The parts of one printed function.

    Attributes:
        setup: lines before the loop: pointers, shared values.
        body: lines of the loop body.
        touched: C initialisers of `aml_touched`, one for each array of the group's own.
        ahead: lines before the loop over a run of instances, from `first` to before `last`.
        run: the longest run.
        gathers: whether values of other groups are read through an index.
        parts: for events in vectors, the loops around this one.
        tests: condition under which the usual body of the kernel may run.
    """

    setup: tuple[str, ...]
    body: tuple[str, ...]
    touched: tuple[str, ...]
    ahead: tuple[str, ...] = ()
    run: str = "AML_DRAWS"
    gathers: bool = False
    parts: Parts | None = None
    tests: str = ""
