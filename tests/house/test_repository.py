"""What a visitor finds: licence, README with the commands that work, no traces of one machine."""

from __future__ import annotations

import ast
import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGES = ("annarchy_ml", "importers", "exporters", "engine")
_MODULES = {"pyyaml": "yaml"}
"""Modules of distributions that have another name."""
LOCAL = re.compile(r"/(?:home|Users|root|work|tmp/\w+)/\w|file://|[A-Z]:\\\\Users")
TEXT_SUFFIXES = (
    ".c", ".cff", ".cpp", ".cu", ".h", ".hpp", ".md", ".nml", ".py", ".pyi", ".toml", ".txt",
    ".xml", ".yaml", ".yml", "",
)  # fmt: skip


def _tracked() -> list[Path]:
    try:
        listed = subprocess.run(
            ["git", "ls-files", "--cached", "--others", "--exclude-standard"],
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=True,
        )
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("not a git checkout")
    paths = [ROOT / name for name in listed.stdout.splitlines()]
    return [path for path in paths if path.is_file() and path != Path(__file__)]


def test_licence_is_apache() -> None:
    text = (ROOT / "LICENSE").read_text(encoding="utf-8")
    assert "Apache License" in text
    assert "END OF TERMS AND CONDITIONS" in text


@pytest.mark.parametrize("command", ["make demo", "make test", "pip install .", "annarchy-ml run"])
def test_readme_names_the_commands(command: str) -> None:
    assert command in (ROOT / "README.md").read_text(encoding="utf-8")


def test_pictures_and_pages_that_documents_link_to_exist() -> None:
    missing = []
    for page in (path for path in _tracked() if path.suffix == ".md"):
        for target in re.findall(r"\]\(([^)#\s]+)[^)]*\)", page.read_text(encoding="utf-8")):
            if "://" not in target and not (page.parent / target).exists():
                missing.append(f"{page.relative_to(ROOT)} -> {target}")
    assert not missing


def test_no_file_holds_a_path_of_one_machine() -> None:
    found = []
    for path in _tracked():
        if path.suffix in TEXT_SUFFIXES:
            lines = path.read_text(encoding="utf-8", errors="replace").splitlines()
            hits = [number for number, line in enumerate(lines, 1) if LOCAL.search(line)]
            found += [f"{path.relative_to(ROOT)}:{number}" for number in hits]
    assert not found


def test_pages_of_the_rooms_name_every_file() -> None:
    """A file is named as `file.py`, or by its stem where a table lists many."""
    rooms = {path.parent for path in _tracked() if path.suffix == ".py"}
    unnamed = []
    for room in sorted(room for room in rooms if (room / "README.md").exists()):
        page = (room / "README.md").read_text(encoding="utf-8")
        files = [path for path in sorted(room.glob("*.py")) if path.name != "__init__.py"]
        unnamed += [
            path.relative_to(ROOT).as_posix()
            for path in files
            if f"`{path.name}`" not in page and f"`{path.stem}`" not in page
        ]
    assert not unnamed


def test_every_code_of_the_catalog_is_used() -> None:
    from annarchy_ml.diagnostics import CATALOG

    used = set()
    for path in _tracked():
        room = path.relative_to(ROOT).parts[0]
        if room in PACKAGES and path.suffix == ".py" and not path.stem.startswith("catalog"):
            nodes = ast.walk(ast.parse(path.read_text(encoding="utf-8")))
            used |= {node.value for node in nodes if isinstance(node, ast.Constant)}
    assert not CATALOG.keys() - used


def test_every_dependency_is_used() -> None:
    import tomllib

    with open(ROOT / "pyproject.toml", "rb") as stream:
        listed = tomllib.load(stream)["project"]["dependencies"]
    names = {re.split(r"[<>=~!\[ ]", item)[0].lower().replace("-", "_") for item in listed}
    names = {_MODULES.get(name, name) for name in names}
    sources = [path for name in PACKAGES for path in (ROOT / name).rglob("*.py")]
    text = "\n".join(path.read_text(encoding="utf-8") for path in sources)
    used = re.findall(r"^ *(?:import|from) (\w+)|find_spec\(\"(\w+)", text, re.M)
    assert not names - {name.lower() for pair in used for name in pair}


def test_every_room_has_a_page() -> None:
    rooms = {path.parent for name in PACKAGES for path in (ROOT / name).rglob("__init__.py")}
    assert not [str(room) for room in rooms if not (room / "README.md").exists()]
