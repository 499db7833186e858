"""Which library functions have vector forms, and how a printed module declares what it calls."""

from __future__ import annotations

from collections.abc import Iterable

from annarchy_ml.engine.codegen.frames import fill

_BINARY = frozenset({"pow", "atan2", "hypot"})
_PORTABLE = frozenset({"exp"})
"""Functions that `kernel_arithmetic.h` writes out: in double precision for all, in single precision
for compilers without a vector library.
"""

_OLD = frozenset({"exp", "log", "pow", "sin", "cos"})
_NEW = frozenset(
    {"acos", "asin", "atan", "cosh", "log10", "sinh", "tan", "tanh", "exp2", "expm1", "log1p"}
)


def libmvec_functions(glibc: tuple[int, int]) -> frozenset[str]:
    """The functions with vector forms in libmvec of this glibc on x86-64."""
    if glibc < (2, 22):
        return frozenset()
    return _OLD if glibc < (2, 35) else _OLD | _NEW


def declare_library(names: Iterable[str], vector: frozenset[str], single: bool) -> str:
    """C text that declares library functions, with vector forms where there are some.

    Args:
        names: functions in their double precision spelling.
        vector: those of them that have vector forms.
        single: declare the float functions instead.
    """
    suffix = "f" if single else ""
    lines = [_declaration(name, suffix, name in vector) for name in sorted(names)]
    frame = fill("vector_math.c") if vector.intersection(names) else ""
    return frame + "\n".join(lines)


def _declaration(name: str, suffix: str, vector: bool) -> str:
    if name in _PORTABLE and not (vector and suffix):
        return f"#define {name}{suffix} aml_{name}{suffix}"
    parameters = "aml_real, aml_real" if name in _BINARY else "aml_real"
    return f"aml_real {name}{suffix}({parameters}){' AML_SIMD' if vector else ''};"
