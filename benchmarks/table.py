"""Prints lines of JSON of the network workloads as a table of medians with ratios.

    python benchmarks/table.py FILE...

One part per workload and number of threads. Times of the simulation are seconds per second of model
time; ratios say how often ours (double precision, kernels kept) goes into it. Whole processes are
compared at the durations of the lines, as they ran.
"""

from __future__ import annotations

import json
import statistics
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import measure

Line = dict[str, Any]
_COLUMNS = (
    ("sim/s", "sim"),
    ("ratio", "ratio"),
    ("cpu/s", "cpu"),
    ("setup", "setup"),
    ("compile", "compile"),
    ("whole", "whole"),
    ("MiB", "memory"),
    ("B/syn", "bytes"),
    ("Hz", "rate"),
    ("n", "runs"),
)


def read(*paths: Path) -> list[Line]:
    """All lines of some files."""
    return [json.loads(line) for path in paths for line in path.read_text().splitlines() if line]


def text(lines: Iterable[Line]) -> str:
    """The table."""
    groups: dict[tuple[str, int], dict[str, list[Line]]] = {}
    machine: list[Line] = []
    for line in lines:
        if line.get("workload") == "limits":
            machine.append(line)
            continue
        name = f"{line['engine']} {line['label']}".strip()
        groups.setdefault((line["work"], line["threads"]), {}).setdefault(name, []).append(line)
    parts = [_part(place, rows) for place, rows in groups.items()]
    return "\n\n".join(parts + ([_machine(machine)] if machine else []))


def _part(place: tuple[str, int], rows: dict[str, list[Line]]) -> str:
    """One workload with one number of threads."""
    figures = {name: _figures(items) for name, items in rows.items()}
    ours = figures.get(measure.OURS, {}).get("sim")
    for values in figures.values():
        if ours and values.get("sim"):
            values["ratio"] = values["sim"] / ours
    sizes = next((item for items in rows.values() for item in items if item["ok"]), {})
    work, threads = place
    title = (
        f"{work}: {sizes.get('workload', '')}, {sizes.get('n_neurons', 0):,} cells, "
        f"{sizes.get('n_synapses', 0):,} synapses, {threads} thread{'s' * (threads > 1)}"
    )
    heads = ["", *(head for head, _ in _COLUMNS)]
    body = [
        [name, *(_cell(values.get(key)) for _, key in _COLUMNS)] for name, values in figures.items()
    ]
    return "\n".join([title, *_aligned([heads, *body])])


def _figures(items: Sequence[Line]) -> dict[str, float]:
    """Medians of the runs that succeeded."""
    good = [item for item in items if item["ok"]]
    result: dict[str, float] = {"runs": len(good)}
    if not good:
        return result
    for key, values in {
        "sim": [_per_second(item, "sim_s") for item in good],
        "cpu": [_per_second(item, "sim_cpu_s") for item in good],
        "setup": [item.get("setup_s") for item in good],
        "compile": [item.get("build_or_compile_s") for item in good],
        "whole": [item["whole_process_s"] for item in good],
        "memory": [item.get("peak_rss_mb") for item in good],
        "bytes": [_bytes(item) for item in good],
        "rate": [item.get("mean_rate_hz") for item in good],
    }.items():
        known = [value for value in values if value is not None]
        if known:
            result[key] = statistics.median(known)
    return result


def _per_second(item: Line, key: str) -> float | None:
    value = item.get(key)
    return None if value is None else value / item["bio_s"]


def _bytes(item: Line) -> float | None:
    """Bytes per synapse: ours as counted, those of others as their resident memory grows."""
    names = (
        "connection_bytes_per_synapse",
        "rss_bytes_per_synapse",
        "rss_bytes_per_synapse_running",
        "peak_bytes_per_synapse",
    )
    return next((item[name] for name in names if name in item), None)


def _machine(lines: Sequence[Line]) -> str:
    rows = [
        [item["what"], f"{item['threads']}", f"{item['value']:.4g}", item["unit"]] for item in lines
    ]
    return "\n".join(["the machine", *_aligned([["", "threads", "", ""], *rows])])


def _cell(value: float | None) -> str:
    if value is None:
        return "-"
    return f"{value:,.0f}" if value == int(value) or value >= 1000 else f"{value:.3g}"


def _aligned(rows: Sequence[Sequence[str]]) -> list[str]:
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return [
        "  ".join(
            cell.ljust(width) if k == 0 else cell.rjust(width)
            for k, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in rows
    ]


if __name__ == "__main__":
    print(text(read(*map(Path, sys.argv[1:]))))
