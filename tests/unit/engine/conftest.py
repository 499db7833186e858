"""Small kernels written by hand in C, for tests of the native engine alone."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from annarchy_ml.kernels.connectivity import Connectivity, OneToOne
from annarchy_ml.kernels.plan import RuleProjectionPlan

INCLUDE = Path(__file__).parents[3] / "cpp" / "include"
HEAD = """
#include "annarchy_ml/kernel_arithmetic.h"
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


STEP_S = 1e-4


class BuiltConnections:
    """One projection: arrays of sources, targets, weights, delays [s], shape (n_connections,)."""

    def __init__(self, rule, sizes=(300, 400), **options):
        n_sources, n_targets = sizes
        from annarchy_ml.engine import _core as core

        self.network = core.Network(
            STEP_S, options.pop("seed", 5), "double", options.pop("threads", 1)
        )
        source = self.network.add_group("source", n_sources, [], ["in"], ["out"])
        target = source
        if not options.pop("same", False):
            target = self.network.add_group("target", n_targets, [], ["in"], ["out"])
        ranges = options.pop("ranges", ((0, n_sources), (0, n_targets)))
        for _ in range(options.pop("before", 0)):
            self.add(source, target, ranges, Connectivity(OneToOne(), delay=STEP_S))
        made = Connectivity(rule, **{"delay": 1e-3, **options})
        self.number = self.add(source, target, ranges, made)
        self.row_ptr, self.targets, weights, self.delays = self.network.connections(self.number)
        self.n = len(self.targets)
        self.weights = np.broadcast_to(weights, self.n)
        self.one_weight = len(weights) == 1
        self.sources = np.repeat(np.arange(n_sources), np.diff(self.row_ptr))
        self.bytes = self.network.projection_bytes(self.number)

    def add(self, source, target, ranges, made):
        from annarchy_ml.engine.projections import add_projection

        plan = RuleProjectionPlan(source, "out", target, "in", made, *ranges)
        return add_projection(plan, self.network)

    @property
    def pairs(self):
        return np.stack([self.sources, self.targets])

    def same_as(self, other):
        return all(
            np.array_equal(getattr(self, name), getattr(other, name))
            for name in ("row_ptr", "targets", "weights", "delays")
        )

    @property
    def is_sorted(self):
        """Rows by source, within them by (delay, target)."""
        order = np.lexsort((self.targets, self.delays, self.sources))
        return np.array_equal(order, np.arange(self.n))


@pytest.fixture
def build():
    """Builds one projection by rule and gives it as arrays; options as `Connectivity` has them."""
    pytest.importorskip("annarchy_ml.engine._core", reason="the native core is not built")
    return BuiltConnections
