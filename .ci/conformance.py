"""Compares the results of the conformance cases with the list of those known not to be met."""

from __future__ import annotations

import json
import sys
from pathlib import Path


def main(results: Path, known_list: Path) -> int:
    """1 if a case fails that is not on the list, or no case ran at all."""
    found = json.loads(results.read_text())
    rows = found if isinstance(found, list) else found.get("results", found.get("cases", []))
    lines = known_list.read_text().splitlines()
    known = {line.split()[0] for line in lines if line.strip() and not line.startswith("#")}
    failed = {row.get("name") or row.get("case") for row in rows if row["verdict"] != "PASS"}
    for name in sorted(known - failed):
        print(f"met now, take it off the list: {name}")
    for name in sorted(failed - known):
        print(f"not met: {name}")
    print(f"{len(rows) - len(failed)} of {len(rows)} conformance cases met")
    return 1 if failed - known or not rows else 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), Path(sys.argv[2])))
