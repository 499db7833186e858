"""Small kernels written by hand in C, for tests of the native engine alone."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

INCLUDE = Path(__file__).parents[3] / "cpp" / "include"
HEAD = """
#include "annarchy_ml/kernel_abi.h"
typedef {real} aml_real;
int32_t aml_abi_version(void) {{ return {version}; }}
int32_t aml_real_size(void) {{ return (int32_t)sizeof(aml_real); }}
#define F(k) ((aml_real *)c->fields[k])
#define X(k) ((const aml_real *)c->externals[k])
#define INDEX(k, i) (c->indices[k] ? c->indices[k][i] : (i))
#define UPDATE(name) void name(const aml_context *c, int64_t begin, int64_t end)
/* The body works on targets[k] and W(k) of one run, k < count. */
#define EVENT(name) \\
  static void name##_run(const aml_context *c, const int32_t *targets, const double *weights, \\
                         int64_t count); \\
  void name(const aml_context *c, const aml_events *events) {{ \\
    for (int64_t n = 0; n < events->n_runs; ++n) \\
      for (int64_t k = 0; k < events->runs[n].count; ++k) {{ \\
        const int32_t target = aml_target(&events->runs[n], events->layout, k); \\
        const double w = aml_weight(&events->runs[n], events->layout, k, events->weight); \\
        name##_run(c, &target, &w, 1); \\
      }} \\
  }} \\
  static void name##_run(const aml_context *c, const int32_t *targets, const double *weights, \\
                         int64_t count)
#define W(k) ((aml_real)weights[k])
#define EACH for (int64_t i = begin; i < end; ++i)
"""

Compile = Callable[..., str]


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
