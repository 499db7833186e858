"""What became of every document, task and output of an archive: ``log.yml``."""

from __future__ import annotations

import time
from pathlib import Path
from types import TracebackType
from typing import Any

from annarchy_ml.archives.sedml import Document, Output
from annarchy_ml.exporters.atomic import replacing

LOG = "log.yml"
QUEUED, RUNNING, DONE, FAILED, SKIPPED = "QUEUED", "RUNNING", "SUCCEEDED", "FAILED", "SKIPPED"
Entry = dict[str, Any]


def entry(**more: Any) -> Entry:
    """An entry that waits."""
    known = {"status": QUEUED, "exception": None, "skipReason": None, "output": None}
    return {**known, "duration": None, **more}


def document_entry(location: str, document: Document | None) -> Entry:
    """The entry of a SED-ML document, with its tasks and outputs."""
    if document is None:
        return entry(location=location, tasks=None, outputs=None)
    tasks = [entry(id=name, algorithm=None, simulatorDetails=None) for name in document.tasks]
    outputs = [_output_entry(item) for item in document.outputs.values()]
    return entry(location=location, tasks=tasks, outputs=outputs)


def _output_entry(item: Output) -> Entry:
    if item.curves:
        return entry(id=item.id, curves=[{"id": c.id, "status": QUEUED} for c in item.curves])
    return entry(id=item.id, dataSets=[{"id": c.id, "status": QUEUED} for c in item.columns])


class Tried:
    """A part of the work: its entry tells how long it took and how it ended.

    What goes wrong is written down and ends the part, not the program.
    """

    def __init__(self, made: Entry) -> None:
        self.made = made
        self._started = 0.0

    def __enter__(self) -> Entry:
        self.made["status"] = RUNNING
        self._started = time.perf_counter()
        return self.made

    def __exit__(
        self,
        kind: type[BaseException] | None,
        value: BaseException | None,
        trace: TracebackType | None,
    ) -> bool:
        self.made["duration"] = time.perf_counter() - self._started
        if value is None:
            self.made["status"] = DONE
            return True
        self.made["status"] = FAILED
        self.made["exception"] = {"type": type(value).__name__, "message": str(value)}
        for part in (*self.made.get("dataSets", ()), *self.made.get("curves", ())):
            part["status"] = FAILED
        return isinstance(value, Exception)


def write_log(made: Entry, folder: Path) -> Path:
    """Writes the log."""
    import yaml

    path = folder / LOG
    with replacing(path) as temporary:
        temporary.write_text(yaml.safe_dump(made, sort_keys=False), encoding="utf-8")
    return path
