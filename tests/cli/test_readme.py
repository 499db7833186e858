"""The tour of README.md is run as it stands there."""

from __future__ import annotations

import os
import re
import shlex
from glob import glob
from pathlib import Path

README = Path(__file__).parents[2] / "README.md"
EXAMPLE = "LEMS_NML2_Ex5_DetCell.xml"


def _blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", README.read_text(), re.M | re.S)


def test_command_line_tour(cli):
    tour = README.read_text().partition("### On the command line")[2].partition("### In Python")[0]
    lines = [
        line for block in re.findall(r"```\n(.*?)```", tour, re.S) for line in block.split("\n")
    ]
    ran = []
    for line in lines:
        words = shlex.split(line, comments=True) if line.startswith(("annarchy-ml", "cd ")) else []
        if words[:1] == ["cd"]:
            os.chdir(words[1])
        elif words:
            arguments = [name for word in words[1:] for name in (glob(word) or [word])]
            done = cli(*arguments)
            assert (done.code, done.err) == (0, ""), line
            ran.append(words[1])
    assert set(ran) == {"examples", "run", "check", "paths", "show", "explain"}
    assert Path("ex5.png").exists()


def test_python_tour(cli, capsys):
    cli("examples", "Ex5", ".")
    os.chdir("LEMSexamples")
    names: dict[str, object] = {}
    for block in _blocks("python"):
        exec(compile(block, "README.md", "exec"), names)
    printed = capsys.readouterr().out.split("\n")
    assert printed[0].endswith(" V")
    peaks = [float(line.split()[1]) for line in printed[1:4]]
    assert peaks == sorted(peaks), "more sodium channels, higher spikes"
