"""Building and caching: hits, damage, races, privacy, missing and failing compilers."""

import os
import stat
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from annarchy_ml.engine.build import KernelCache, NoCompiler, build
from annarchy_ml.engine.build.cache import MANIFEST, fingerprint
from annarchy_ml.engine.build.compile import CompileFault, compile_library
from annarchy_ml.engine.build.toolchain import find_program, find_toolchain
from annarchy_ml.expr import parse
from annarchy_ml.kernels.nodes import (
    Field,
    GroupKernel,
    Kernel,
    KernelKind,
    KernelModule,
    Placement,
    Role,
    Store,
)


def module_of(text="v + 1"):
    fields = (Field("v", Placement.PER_INSTANCE, Role.STATE),)
    kernel = Kernel("update", KernelKind.UPDATE, (Store("v", parse(text), f"v = {text}"),))
    return KernelModule((GroupKernel("cell", fields, (), (), (), (), (kernel,)),))


@pytest.fixture
def cache(tmp_path):
    return KernelCache(tmp_path / "cache")


@pytest.fixture
def no_compilation(monkeypatch):
    def refuse(*_):
        raise AssertionError("compiled again")

    monkeypatch.setattr("annarchy_ml.engine.build.compile.compile_library", refuse)


def refused():
    raise AssertionError("the module was asked for")


@pytest.mark.usefixtures("toolchain")
class TestWithCompiler:
    def test_first_build(self, cache):
        built = build(module_of(), cache=cache)
        assert built.path.is_file()
        assert built.symbols == ("aml_0_update",)
        assert "v = v + 1" in built.source_path.read_text()
        assert [entry.key for entry in cache.entries()] == [built.path.parent.name]
        assert cache.entries()[0].size_bytes > 1000

    def test_second_build_is_a_hit(self, cache, request):
        first = build(module_of(), cache=cache)
        request.getfixturevalue("no_compilation")
        assert build(module_of(), cache=cache) == first
        assert build(module_of(), content_key="m", cache=cache) == first

    def test_other_text_is_a_miss(self, cache):
        assert build(module_of("v + 1"), cache=cache) != build(module_of("v + 2"), cache=cache)
        assert len(cache.entries()) == 2

    def test_content_key_spares_the_module(self, cache):
        first = build(module_of, content_key="m", cache=cache)
        assert build(refused, content_key="m", cache=cache) == first
        with pytest.raises(AssertionError, match="asked for"):
            build(refused, content_key="other", cache=cache)

    @pytest.mark.parametrize("name", ["kernels.so", MANIFEST])
    @pytest.mark.parametrize("damage", ["truncate", "change", "remove"])
    def test_a_damaged_entry_is_built_again(self, cache, name, damage):
        first = build(module_of(), content_key="m", cache=cache)
        victim, whole = first.path.parent / name, (first.path.parent / name).read_bytes()
        if damage == "remove":
            victim.unlink()
        else:
            victim.write_bytes(whole[:50] if damage == "truncate" else whole[:-9] + b"garbage!\n")
        assert cache.find(first.path.parent.name) is None
        again = build(module_of(), content_key="m", cache=cache)
        assert again == first
        assert again.path.stat().st_size > 1000
        assert cache.find(first.path.parent.name) == first

    @pytest.mark.parametrize("content", ["", "../../etc", "0" * 64, "\xff"])
    def test_a_damaged_index_is_a_miss(self, cache, content):
        first = build(module_of(), content_key="m", cache=cache)
        (note,) = (cache.folder / "index").iterdir()
        note.write_text(content, encoding="latin-1")
        assert build(module_of(), content_key="m", cache=cache) == first

    def test_clear(self, cache):
        build(module_of("v + 1"), content_key="m", cache=cache)
        build(module_of("v + 2"), cache=cache)
        assert cache.clear() == 2
        assert cache.entries() == ()
        assert build(module_of(), content_key="m", cache=cache).path.is_file()

    def test_a_failed_compilation_shows_the_equation(self, cache, toolchain, tmp_path):
        source = "/* dv/dt = -v / tau */\n\nint broken(void) { return nothing; }\n"
        with pytest.raises(CompileFault) as caught:
            compile_library(source, toolchain, tmp_path)
        notes = caught.value.notes
        assert notes[0] == "while compiling: dv/dt = -v / tau"
        assert "nothing" in " ".join(notes[1:])
        assert str(tmp_path) not in str(caught.value)

    def test_nothing_is_left_of_a_failed_build(self, cache, monkeypatch):
        monkeypatch.setattr(
            "annarchy_ml.engine.codegen.module.print_module", lambda *_: "int broken(void) {"
        )
        with pytest.raises(CompileFault):
            build(module_of(), cache=cache)
        assert [p.name for p in (cache.folder / "libraries").iterdir() if p.is_dir()] == []

    def test_concurrent_builds(self, tmp_path):
        """Several processes want the same library at once; all get one that works."""
        script = textwrap.dedent("""
            import ctypes, sys
            from pathlib import Path
            from annarchy_ml.engine.build import KernelCache, build
            from annarchy_ml.expr import parse
            from annarchy_ml.kernels.nodes import *
            fields = (Field("v", Placement.PER_INSTANCE, Role.STATE),)
            kernel = Kernel("update", KernelKind.UPDATE, (Store("v", parse("v * 3")),))
            group = GroupKernel("cell", fields, (), (), (), (), (kernel,))
            built = build(KernelModule((group,)), "m", KernelCache(Path(sys.argv[1])))
            assert ctypes.CDLL(str(built.path)).aml_real_size() == 8
        """)
        command = [sys.executable, "-c", script, str(tmp_path / "cache")]
        paths = os.pathsep.join(path for path in sys.path if path)
        environment = {**os.environ, "PYTHONPATH": paths}
        running = [subprocess.Popen(command, env=environment, cwd=tmp_path) for _ in range(4)]
        assert [process.wait(timeout=60) for process in running] == [0, 0, 0, 0]
        assert len(KernelCache(tmp_path / "cache").entries()) == 1

    def test_a_warm_build_imports_little(self, tmp_path):
        build(module_of, content_key="m", cache=KernelCache(tmp_path / "cache"))
        script = textwrap.dedent("""
            import sys
            from pathlib import Path
            before = set(sys.modules)
            from annarchy_ml.engine.build import KernelCache, build
            build(None, "m", KernelCache(Path(sys.argv[1])))
            heavy = {"subprocess", "numpy", "jinja2", "filelock", "shutil", "tempfile", "json",
                     "annarchy_ml.expr", "annarchy_ml.kernels", "annarchy_ml.engine.codegen",
                     "annarchy_ml.engine.build.compile"}
            loaded = heavy & (set(sys.modules) - before)
            assert not loaded, loaded
        """)
        command = [sys.executable, "-c", script, str(tmp_path / "cache")]
        subprocess.run(command, cwd=tmp_path, check=True)

    def test_the_version_is_asked_once(self, tmp_path, monkeypatch):
        first = find_toolchain(tmp_path)
        monkeypatch.setattr(
            "annarchy_ml.engine.build.toolchain._ask_version", lambda _: pytest.fail("asked")
        )
        assert find_toolchain(tmp_path) == first
        assert first.version in first.description
        assert "-ffast-math" not in first.flags


def test_cache_is_private(tmp_path):
    folder = tmp_path / "cache"
    folder.mkdir(mode=0o755)
    cache = KernelCache(folder)
    assert stat.S_IMODE(os.stat(folder).st_mode) == 0o700
    assert cache.entries() == ()


def test_cache_folder_follows_the_environment(tmp_path, monkeypatch):
    monkeypatch.setenv("ANNARCHY_ML_CACHE", str(tmp_path / "mine"))
    assert KernelCache().folder == tmp_path / "mine"
    monkeypatch.delenv("ANNARCHY_ML_CACHE")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "xdg"))
    assert KernelCache().folder.name == "kernels"


def test_a_cache_that_cannot_be_made(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(Exception, match="cannot be written"):
        KernelCache(tmp_path / "file" / "cache")


def test_a_foreign_cache_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(os, "getuid", lambda: os.stat(tmp_path).st_uid + 1)
    with pytest.raises(Exception, match="belongs to another user"):
        KernelCache(tmp_path)


def _without_its_own(monkeypatch, folder):
    monkeypatch.setenv("ANNARCHY_ML_CACHE", str(folder))
    cache = KernelCache()
    assert cache.folder != folder and cache.folder == KernelCache().folder
    assert stat.S_IMODE(os.stat(cache.folder).st_mode) == 0o700
    assert cache.entries() == ()


def test_a_cache_that_cannot_be_made_stops_no_run(tmp_path, monkeypatch):
    (tmp_path / "file").write_text("")
    _without_its_own(monkeypatch, tmp_path / "file" / "cache")


def test_a_foreign_or_read_only_cache_stops_no_run(tmp_path, monkeypatch):
    (tmp_path / "cache").mkdir(mode=0o755)
    real = os.chmod

    def refuse(path, mode):
        if Path(path) == tmp_path / "cache":
            raise PermissionError(1, "Operation not permitted")
        real(path, mode)

    monkeypatch.setattr(os, "chmod", refuse)
    _without_its_own(monkeypatch, tmp_path / "cache")
    monkeypatch.undo()
    (tmp_path / "cache").chmod(0o700)
    usable = os.access
    monkeypatch.setattr(
        os, "access", lambda path, mode: tmp_path not in path.parents and usable(path, mode)
    )
    _without_its_own(monkeypatch, tmp_path / "cache")


def test_a_temporary_cache_goes_with_its_process(tmp_path):
    (tmp_path / "file").write_text("")
    script = "from annarchy_ml.engine.build import KernelCache; print(KernelCache().folder)"
    settings = {**os.environ, "ANNARCHY_ML_CACHE": str(tmp_path / "file" / "cache")}
    command = [sys.executable, "-c", script]
    folder = Path(subprocess.check_output(command, env=settings, cwd=tmp_path, text=True).strip())
    assert folder.name.startswith("annarchy_ml-") and not folder.exists()


def test_no_compiler(tmp_path, monkeypatch):
    monkeypatch.delenv("CXX", raising=False)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr("importlib.util.find_spec", lambda _: None)
    with pytest.raises(NoCompiler) as caught:
        build(module_of(), cache=KernelCache(tmp_path / "cache"))
    assert "no C compiler was found" in str(caught.value)


def test_a_compiler_that_does_not_start(tmp_path, monkeypatch):
    broken = tmp_path / "broken-c++"
    broken.write_text("#!/bin/sh\nexit 3\n")
    broken.chmod(0o755)
    monkeypatch.setenv("CXX", str(broken))
    with pytest.raises(NoCompiler, match="does not start"):
        find_toolchain(tmp_path)


def test_find_program(tmp_path, monkeypatch):
    program = tmp_path / "tool"
    program.write_text("")
    monkeypatch.setenv("PATH", str(tmp_path))
    assert find_program("tool") is None
    program.chmod(0o755)
    assert find_program("tool") == str(program)
    assert find_program(str(program)) == str(program)
    assert find_program("other") is None


def test_fingerprints_keep_texts_apart():
    assert fingerprint(("ab", "c")) != fingerprint(("a", "bc"))
    assert fingerprint(("\ud800",)) != fingerprint(("",))
    assert len(fingerprint(())) == 64


def test_contract_is_found():
    from annarchy_ml.engine.build import contract_text

    assert "AML_ABI_VERSION" in contract_text()
    assert Path(sys.modules["annarchy_ml.engine.build"].__file__).exists()
