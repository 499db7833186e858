"""The progress line: silent for short runs, a bar on a terminal, a line now and then elsewhere."""

from __future__ import annotations

import os
import pty
import subprocess
import sys

import pytest

from annarchy_ml.cli.progress import ProgressLine


@pytest.fixture
def terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    """Makes stderr look like a terminal."""
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True, raising=False)
    monkeypatch.setenv("TERM", "xterm")


def test_short_runs_show_nothing(capsys, terminal):
    with ProgressLine(quiet=False) as progress:
        progress(0.1, 0.3, 0.2)
    assert capsys.readouterr() == ("", "")


def test_lines_come_rarely_where_there_is_no_terminal(capsys):
    with ProgressLine(quiet=False) as progress:
        for wall_s in range(50):
            progress(wall_s * 0.01, 1.0, float(wall_s))
    lines = capsys.readouterr().err.splitlines()
    assert lines == [
        "200 ms of 1 s, 10 ms per second",
        "400 ms of 1 s, 10 ms per second",
    ]


def test_bar_on_a_terminal():
    program = (
        "from annarchy_ml.cli.progress import ProgressLine\n"
        "with ProgressLine(quiet=False) as progress: progress(0.25, 1.0, 5.0)"
    )
    master, slave = pty.openpty()
    environment = os.environ | {"TERM": "xterm"}
    command = [sys.executable, "-c", program]
    subprocess.run(command, cwd="/", env=environment, stderr=slave, check=True)
    os.close(slave)
    shown = os.read(master, 100_000).decode()
    os.close(master)
    assert "250 ms of 1 s, 50 ms per second" in shown
    assert shown.endswith("\x1b[2K"), "the bar is taken away at the end"


def test_quiet(capsys, terminal):
    with ProgressLine(quiet=True) as progress:
        progress(0.25, 1.0, 50.0)
    assert capsys.readouterr() == ("", "")
