"""Runs jNeuroML on the standard's examples and keeps samples of what it computes, as one file.

    python tests/reference/make_references.py [Ex0 Ex5 ...]

needs Java and the pyneuroml distribution, nothing of annarchy_ml. Every quantity that an example
records or displays is written by jNeuroML to one file (an OutputFile is added to a copy); of each
column the rows of ``rows`` are kept, its extremes, and how often it rises through their middle.
The random examples are run with several seeds, of which the numbers of events are kept.
"""

from __future__ import annotations

import argparse
import datetime
import glob
import importlib.metadata
import importlib.util
import json
import os
import re
import subprocess
import tempfile
import zipfile
from pathlib import Path

import numpy as np

TARGET = Path(__file__).with_name("jneuroml_examples.json")
SAMPLES = 40
SEEDED = {"Ex23_Spiketimes": range(1, 25)}
"""Random examples, and the seeds under which jNeuroML is run."""
WITHOUT = {"Ex25_MultiComp"}
"""Cells of several compartments, which jNeuroML alone cannot run."""
COLUMNS_FILE = "all_columns.dat"

Columns = dict[str, list[object]]


def archive() -> Path:
    """The jar inside the installed pyneuroml distribution."""
    spec = importlib.util.find_spec("pyneuroml")
    if spec is None or not spec.submodule_search_locations:
        raise SystemExit("pip install pyneuroml")
    folder = os.path.join(next(iter(spec.submodule_search_locations)), "lib")
    return Path(sorted(glob.glob(os.path.join(folder, "jNeuroML-*.jar")))[-1])


def quantities(text: str) -> list[str]:
    """Every recorded or displayed path of a LEMS file, once, in document order."""
    text = re.sub(r"<!--.*?-->", "", text, flags=re.DOTALL)
    found = re.findall(r"<(?:Line|OutputColumn)\s[^>]*?quantity\s*=\s*\"([^\"]+)\"", text)
    return list(dict.fromkeys(found))


def with_all_columns(text: str, paths: list[str]) -> str:
    """The file with one more OutputFile, which holds all paths."""
    columns = "".join(f'<OutputColumn id="c{i}" quantity="{p}"/>' for i, p in enumerate(paths))
    block = f'<OutputFile id="allColumns" fileName="{COLUMNS_FILE}">{columns}</OutputFile>'
    return text.replace("</Simulation>", f"{block}</Simulation>")


def run_java(jar: Path, name: str, folder: Path) -> None:
    """One run without windows; its output files come to lie in the folder."""
    command = ["java", "-Xmx1g", "-jar", str(jar), name, "-nogui"]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"{name}: {done.stdout[-3000:]}{done.stderr[-3000:]}")


def rises(values: np.ndarray) -> int:
    """How often a column rises through the middle between its extremes."""
    above = values > (values.min() + values.max()) / 2
    return int(np.count_nonzero(above[1:] & ~above[:-1]))


def sampled(table: np.ndarray, paths: list[str]) -> dict[str, object]:
    """What is kept of one run; the first column is the time."""
    rows = np.unique(np.linspace(0, len(table) - 1, SAMPLES).round().astype(int))
    columns: dict[str, object] = {}
    for number, path in enumerate(paths, start=1):
        values = table[:, number]
        columns[path] = {
            "min": float(values.min()),
            "max": float(values.max()),
            "rises": rises(values),
            "values": [float(f"{value:.8g}") for value in values[rows]],
        }
    return {
        "steps": len(table) - 1,
        "end": float(table[-1, 0]),
        "rows": rows.tolist(),
        "columns": columns,
    }


def event_counts(folder: Path, text: str) -> dict[str, int]:
    """Number of events by selected instance."""
    counts: dict[str, int] = {}
    text = re.sub(r"<!--.*?-->", "", text, flags=re.DOTALL)
    for block in re.findall(r"<EventOutputFile.*?</EventOutputFile>", text, flags=re.DOTALL):
        name = re.search(r"fileName=\"([^\"]+)\"", block)[1]
        order = 0 if 'format="ID_TIME"' in block else 1
        lines = (folder / name).read_text().split("\n")
        ids = [line.split()[order] for line in lines if line.strip()]
        for selection in re.findall(r"<EventSelection[^>]*>", block):
            key = re.search(r"\bid=\"([^\"]+)\"", selection)[1]
            path = re.search(r"select=\"([^\"]+)\"", selection)[1]
            counts[path] = ids.count(key)
    return counts


def reference(jar: Path, folder: Path, name: str) -> dict[str, object]:
    """The samples of one example."""
    file = folder / f"LEMS_NML2_{name}.xml"
    text = file.read_text(encoding="utf-8")
    paths = quantities(text)
    copy = folder / f"copy_{name}.xml"
    copy.write_text(with_all_columns(text, paths), encoding="utf-8")
    run_java(jar, copy.name, folder)
    result = sampled(np.loadtxt(folder / COLUMNS_FILE, ndmin=2), paths)
    if "EventOutputFile" in text:
        result["events"] = event_counts(folder, text)
    if name in SEEDED:
        result["event_counts_by_seed"] = _seeded(jar, folder, name, text)
    return result


def _seeded(jar: Path, folder: Path, name: str, text: str) -> dict[str, list[int]]:
    collected: dict[str, list[int]] = {}
    for seed in SEEDED[name]:
        copy = folder / f"seeded_{name}.xml"
        copy.write_text(re.sub(r'seed="\d+"', f'seed="{seed}"', text), encoding="utf-8")
        run_java(jar, copy.name, folder)
        for path, count in event_counts(folder, text).items():
            collected.setdefault(path, []).append(count)
    return collected


def written(found: dict[str, object]) -> str:
    """JSON with a line for each column, so that differences can be read."""
    text = json.dumps(found, indent=1)
    flat = re.compile(r"\[[^\[\]{}]*\]|\{[^{}]*\"values\"[^{}]*\}")
    return flat.sub(lambda match: re.sub(r"\s*\n\s*", " ", match[0]), text) + "\n"


def main() -> None:
    """Runs the examples that are named, or all, and writes the file."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*", help="such as Ex5; all if none is given")
    wanted = parser.parse_args().names
    jar = archive()
    found = json.loads(TARGET.read_text()) if TARGET.exists() and wanted else {"examples": {}}
    with tempfile.TemporaryDirectory() as place, zipfile.ZipFile(jar) as packed:
        members = [n for n in packed.namelist() if n.startswith(("LEMSexamples/", "examples/"))]
        packed.extractall(place, members)
        folder = Path(place, "LEMSexamples")
        (folder / "results").mkdir(exist_ok=True)
        for file in sorted(folder.glob("LEMS_NML2_Ex*.xml")):
            name = file.stem.removeprefix("LEMS_NML2_")
            if name in WITHOUT or (wanted and name.partition("_")[0] not in wanted):
                continue
            print(name, flush=True)
            found["examples"][name] = reference(jar, folder, name)
    found["made_with"] = f"{jar.stem.split('-jar')[0]} of pyneuroml " + importlib.metadata.version(
        "pyneuroml"
    )
    found["date"] = datetime.date.today().isoformat()
    TARGET.write_text(written(found))


if __name__ == "__main__":
    main()
