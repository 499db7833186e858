"""What a model may read: its project, given folders and the core types, whatever it writes."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from annarchy_ml.importers import reach
from annarchy_ml.importers.neuroml import document

SOUND = '<Lems><ComponentType name="{}"/></Lems>'


def include(name: str) -> str:
    return f'<Lems><Include file="{name}"/></Lems>'


def codes(report):
    return [item.code for item in report]


def test_siblings_and_folders_above_belong_to_the_project(write, read):
    write("model/channels/k/K.xml", SOUND.format("k"))
    write("model/cells/RS/RS.xml", include("../../channels/k/K.xml"))
    write("model/LEMS/main.xml", include("../cells/RS/RS.xml"))
    for main in ("model/LEMS/main.xml", "model/cells/RS/RS.xml"):
        found, report = read(main)
        assert not report
        assert set(found.types) == {"k"}


def test_the_folder_of_the_call_does_not_matter(write, read, monkeypatch):
    write("model/channels/K.xml", SOUND.format("k"))
    main = os.path.abspath(write("model/LEMS/sub/main.xml", include("../../channels/K.xml")))
    monkeypatch.chdir("/")
    found, report = read(main)
    assert not report
    assert set(found.types) == {"k"}


@pytest.mark.parametrize("up", ["../../../../", "./x/../../../../../", "..\\..\\..\\..\\"])
def test_further_above_is_refused_until_it_is_given(write, read, up):
    write("secret.xml", SOUND.format("secret"))
    write("a/b/c/d/x/y.xml", SOUND.format("y"))
    main = write("a/b/c/d/main.xml", include(f"{up}secret.xml"))
    found, report = read(main)
    assert codes(report) == ["include.outside"]
    assert not found.types
    found, report = read(main, ".")
    assert not report
    assert set(found.types) == {"secret"}


def test_what_does_not_exist_outside_is_refused_alike(write, read):
    write("secret.xml", SOUND.format("secret"))
    found = []
    for name in ("secret.xml", "sacret.xml", "", "."):
        _, report = read(write("a/b/c/d/main.xml", include(f"../../../../{name}")))
        found.append((report.items[0].code, report.items[0].hint))
    assert len(set(found)) == 1
    assert found[0][0] == "include.outside"


def test_links_count_where_they_lead(write, read, tmp_path):
    outside = tmp_path / "outside"
    write("outside/secret.xml", SOUND.format("secret"))
    write("p/q/r/s/t/inside.xml", SOUND.format("inside"))
    folder = tmp_path / "p/q/r/s/t"
    (folder / "file.xml").symlink_to(outside / "secret.xml")
    (folder / "folder").symlink_to(outside)
    (folder / "near.xml").symlink_to(folder / "inside.xml")
    (folder / "loop.xml").symlink_to(folder / "loop.xml")
    expected = {
        "file.xml": ["include.outside"],
        "folder/secret.xml": ["include.outside"],
        "folder/../outside/secret.xml": ["include.outside"],
        "near.xml": [],
        "loop.xml": ["include.missing"],
    }
    for name, said in expected.items():
        assert codes(read(write("p/q/r/s/t/main.xml", include(name)))[1]) == said, name


def test_main_file_that_is_a_link_may_read_both_projects(write, read, tmp_path):
    write("store/a/b/c/d/real.xml", include("beside.xml"))
    write("store/a/b/c/d/beside.xml", SOUND.format("beside"))
    (tmp_path / "main.xml").symlink_to(tmp_path / "store/a/b/c/d/real.xml")
    found, report = read("main.xml")
    assert not report
    assert set(found.types) == {"beside"}


@pytest.mark.parametrize(
    "name",
    ["/etc/passwd", "//etc/passwd", "/dev/zero", "/proc/self/environ", "C:\\x.xml", "~/x.xml"],
)
def test_absolute_paths_are_read_below_the_project(write, read, name):
    assert codes(read(write("main.xml", include(name)))[1]) == ["include.missing"]


@pytest.mark.parametrize(
    "name", ["http://a.org/x.xml", "https://a.org/x.xml", "FILE:///etc/passwd", "FTP://a.org/x.nml"]
)
def test_addresses_are_refused(write, read, name):
    (found,) = read(write("main.xml", include(name)))[1]
    assert found.code == "include.outside"
    assert "address" in found.message


def test_devices_and_pipes_are_no_files(write, read, tmp_path):
    main = write("main.xml", include("pipe.xml"))
    os.mkfifo(tmp_path / "pipe.xml")
    assert codes(read(main)[1]) == ["include.missing"]
    os.remove(tmp_path / "pipe.xml")
    (tmp_path / "pipe.xml").symlink_to("/dev/zero")
    assert codes(read(main)[1]) == ["include.outside"]
    assert codes(read(main, "/dev")[1]) == ["include.missing"]


@pytest.mark.skipif(not os.path.exists("/proc/self/environ"), reason="there is no /proc here")
def test_files_without_an_end_are_not_read_on(write, read):
    main = write("main.xml", include("environ"))
    (found,) = read(main, "/proc/self")[1]
    assert found.code == "file.missing"
    assert "no plain file" in found.message


def test_too_much_is_refused(write, read, monkeypatch):
    write("a.xml", SOUND.format("a") + " " * 400)
    write("b.xml", SOUND.format("b") + " " * 400)
    main = write("main.xml", '<Lems><Include file="a.xml"/><Include file="b.xml"/></Lems>')
    assert not read(main)[1]
    slots = document.Loader.__init__.__defaults__
    monkeypatch.setattr(
        document.Loader.__init__,
        "__defaults__",
        tuple(700 if value == document.MAX_BYTES else value for value in slots),
    )
    (found,) = read(main)[1]
    assert found.code == "file.missing"
    assert found.span is not None and found.span.file == "main.xml"
    assert "more than" in found.message


def test_chains_of_includes_may_be_long(write, read):
    for number in range(1500):
        write(f"f{number}.xml", include(f"f{number + 1}.xml"))
    write("f1500.xml", SOUND.format("last"))
    found, report = read("f0.xml")
    assert not report
    assert set(found.types) == {"last"}
    assert len(found.files) == 1501


@pytest.mark.parametrize(
    ("folder", "project"),
    [
        ("home/ada/models/net/LEMS", "home/ada/models"),
        ("home/ada/models", "home/ada/models"),
        ("home/ada", "home/ada"),
        ("Users/ada/net/a/b/c/d", "Users/ada/net/a"),
        ("model/LEMS", "model"),
        ("work/net/cells/RS", "work"),
        ("work", "work"),
        ("", ""),
        ("tmp/net/LEMS", "tmp/net"),
        ("tmp/net/a/b/c/d", "tmp/net/a"),
        ("var/tmp/net", "var/tmp/net"),
        ("own/ada/net/LEMS", "own/ada/net"),
        ("etc/models/LEMS", "etc/models"),
    ],
)
def test_projects_end_below_shared_folders(monkeypatch, folder, project):
    monkeypatch.setattr(reach, "_own_home", lambda: "/own/ada")
    assert reach.project_of(f"/{folder}") == f"/{project}"


def test_a_home_that_is_a_repository_is_a_project(monkeypatch, tmp_path):
    monkeypatch.setattr(reach, "_own_home", lambda: str(tmp_path))
    assert reach.project_of(str(tmp_path / "LEMS")) == str(tmp_path / "LEMS")
    (tmp_path / ".git").mkdir()
    assert reach.project_of(str(tmp_path / "LEMS")) in str(tmp_path)


def test_reach_is_by_whole_names():
    allowed = reach.Reach(("/a/model",))
    assert allowed.allows("/a/model") and allowed.allows("/a/model/x/y.xml")
    assert not allowed.allows("/a/model2/y.xml") and not allowed.allows("/a")
    assert reach.Reach(("/",)).allows("/etc/x")
    assert not reach.Reach().allows("/etc/x")


def test_given_folders_on_the_command_line(write, tmp_path: Path):
    from annarchy_ml import check

    write("lib/k.xml", SOUND.format("k"))
    main = write("a/b/c/d/main.xml", include("../../../../lib/k.xml"))
    assert [item.code for item in check(main)] == ["include.outside"]
    assert check(main, include_dirs=["lib"]) == []
