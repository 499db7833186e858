"""What a run hands over: memory, shown as NumPy arrays when they are asked for.

Memory is any object with a buffer; NumPy is imported with the first array, so that a run which only
writes files does without.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, TypeAlias

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import ArrayLike, NDArray

    RecordedArray: TypeAlias = NDArray[np.float64] | NDArray[np.float32]
    """Recorded values, in the precision of the run."""
    Numbers: TypeAlias = RecordedArray | memoryview[float]
    """An array, or memory that can be shown as one."""


class UnknownPathError(KeyError):
    """Nothing was recorded under this path; the message names the nearest ones."""

    def __init__(self, what: str, path: str, known: Sequence[str]) -> None:
        from annarchy_ml.diagnostics.suggest import closest

        names = closest(str(path), known) or tuple(known[:3])
        listed = ", ".join(f"'{name}'" for name in names)
        remark = f"; the closest are {listed}" if listed else "; nothing was recorded"
        super().__init__(f"no {what} '{path}'{remark}")

    def __str__(self) -> str:
        return str(self.args[0])


def as_array(memory: Numbers | NDArray[np.int64] | memoryview[int]) -> Any:
    """Memory as an array, or the array itself."""
    import numpy as np

    return np.asarray(memory)


def as_memory(given: ArrayLike, kind: str) -> Any:
    """Memory of this kind (see `struct`) as it is, anything else as an array of it."""
    if isinstance(given, memoryview) and given.format == kind:
        return given
    import numpy as np

    return np.asarray(given, dtype=kind)


def range_text(values: RecordedArray, unit: str) -> str:
    """From which value to which: for the prompt."""
    import numpy as np

    if not len(values):
        return ""
    unit = f" {unit}" if unit else ""
    return f" from {float(np.min(values)):.6g}{unit} to {float(np.max(values)):.6g}{unit}"
