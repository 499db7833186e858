"""Small kernels written by hand in C, for tests of the native engine alone."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

INCLUDE = Path(__file__).parents[3] / "cpp" / "include"
HEAD = """
#include "annarchy_ml/kernel_abi.h"
typedef {real} aml_real;
int32_t aml_abi_version(void) {{ return {version}; }}
int32_t aml_real_size(void) {{ return (int32_t)sizeof(aml_real); }}
#define F(k) ((aml_real *)c->fields[k])
#define X(k) ((const aml_real *)c->externals[k])
#define UPDATE(name) void name(const aml_context *c, int64_t begin, int64_t end)
#define EVENT(name) void name(const aml_context *c, const int32_t *targets, \\
                              const void *weights, int64_t count)
#define W(k) (weights ? ((const aml_real *)weights)[k] : (aml_real)1)
#define EACH for (int64_t i = begin; i < end; ++i)
"""

Compile = Callable[..., str]


@pytest.fixture
def recorded() -> Callable[[Any, int], tuple[Any, Any]]:
    """Returns a function that gives the times and values of a recording as arrays."""

    def split(network: Any, traces: int) -> tuple[Any, Any]:
        rows = np.asarray(network.rows(traces))
        return rows[:, 0], rows[:, 1:]

    return split


@pytest.fixture
def compile_kernels(tmp_path: Path) -> Compile:
    """Returns a function from C text to the path of a shared library."""
    compiler = shutil.which("gcc") or shutil.which("cc") or shutil.which("clang")
    if compiler is None:
        pytest.skip("no C compiler on this machine")

    def build(text: str, real: str = "double", version: str = "AML_ABI_VERSION") -> str:
        number = len(list(tmp_path.glob("kernels*.c")))
        source = tmp_path / f"kernels{number}.c"
        source.write_text(HEAD.format(real=real, version=version) + text)
        target = source.with_suffix(".so")
        command = [compiler, "-O2", "-ffp-contract=off", "-shared", "-fPIC", f"-I{INCLUDE}"]
        subprocess.run([*command, str(source), "-o", str(target), "-lm"], check=True)
        return str(target)

    return build
