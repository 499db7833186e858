"""The cache of lowered models: what makes an entry valid, and what a miss."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from annarchy_ml import cache_folder
from annarchy_ml.cache_folder import publish_pending
from annarchy_ml.options import CompileOptions, ReadOptions
from annarchy_ml.session import lowering, plan_cache
from annarchy_ml.session.model import Model

READ = ReadOptions()
OPTIONS = CompileOptions()


@pytest.fixture
def lowered_anew(monkeypatch: pytest.MonkeyPatch) -> Callable[..., bool]:
    """Whether a model had to be lowered; then it is in the cache."""
    calls: list[str] = []
    lower = lowering.lower_model

    def counted(model: Any, *rest: Any) -> Any:
        calls.append(model.path)
        return lower(model, *rest)

    monkeypatch.setattr(lowering, "lower_model", counted)

    def ask(path: Path, read: ReadOptions = READ, options: CompileOptions = OPTIONS) -> bool:
        calls.clear()
        lowering.cached_lowering(os.fspath(path), read, options)
        publish_pending()
        return bool(calls)

    return ask


def rewrite(path: Path, old: str, new: str) -> None:
    """Changes a file without changing its time."""
    status = path.stat()
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")
    os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))


def test_second_time_is_a_hit(model_file: Path, lowered_anew: Callable[..., bool]) -> None:
    assert lowered_anew(model_file)
    assert not lowered_anew(model_file)


def test_change_of_the_file_or_of_what_it_includes_is_a_miss(
    model_file: Path, lowered_anew: Callable[..., bool]
) -> None:
    lowered_anew(model_file)
    for path, old, new in (
        (model_file, 'size="3"', 'size="13"'),
        (model_file.with_name("cells.xml"), 'rate="2"', 'rate="12"'),
    ):
        rewrite(path, old, new)
        assert lowered_anew(model_file), path.name
        assert not lowered_anew(model_file), path.name


def test_same_content_at_another_time_is_a_hit(
    model_file: Path, lowered_anew: Callable[..., bool]
) -> None:
    lowered_anew(model_file)
    os.utime(model_file, ns=(1, 1))

    assert not lowered_anew(model_file)


def test_same_size_at_another_time_is_a_miss(
    model_file: Path, lowered_anew: Callable[..., bool]
) -> None:
    lowered_anew(model_file)
    rewrite(model_file, 'size="3"', 'size="4"')
    os.utime(model_file, ns=(1, 1))

    assert lowered_anew(model_file)


def test_file_that_would_now_be_included_instead_is_a_miss(
    model_file: Path, lowered_anew: Callable[..., bool]
) -> None:
    """A local file wins over a core definition of the same name."""
    lowered_anew(model_file)
    model_file.with_name("Simulation.xml").write_text(
        '<Lems><Include file="NeuroMLCoreDimensions.xml"/></Lems>', encoding="utf-8"
    )

    with pytest.raises(Exception, match="Simulation"):
        lowered_anew(model_file)


@pytest.mark.parametrize(
    ("read", "options"),
    [
        (READ, CompileOptions(method="rk4")),
        (READ, CompileOptions(dt=0.5)),
        (READ, CompileOptions(duration=1.0)),
        (READ, CompileOptions(seed=3)),
        (READ, CompileOptions(precision="single")),
        (ReadOptions(lenient=True), OPTIONS),
        (ReadOptions(include_dirs=("elsewhere",)), OPTIONS),
    ],
)
def test_other_options_are_another_entry(
    model_file: Path,
    lowered_anew: Callable[..., bool],
    read: ReadOptions,
    options: CompileOptions,
) -> None:
    lowered_anew(model_file)

    assert lowered_anew(model_file, read, options)
    assert not lowered_anew(model_file, read, options)
    assert not lowered_anew(model_file)


@pytest.mark.parametrize("content", [b"", b"nonsense", None])
def test_entry_that_cannot_be_read_is_a_miss(
    model_file: Path, lowered_anew: Callable[..., bool], content: bytes | None
) -> None:
    lowered_anew(model_file)
    entry = plan_cache.entry_path(os.fspath(model_file), READ, OPTIONS)
    assert entry is not None
    head = Path(entry + ".head")
    head.write_bytes(head.read_bytes()[:-20] if content is None else content)

    assert lowered_anew(model_file)
    assert not lowered_anew(model_file)


def test_code_of_the_package_is_part_of_the_name(
    model_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = plan_cache.entry_path(os.fspath(model_file), READ, OPTIONS)
    monkeypatch.setattr(plan_cache, "code_identity", lambda *_: "another version")

    assert plan_cache.entry_path(os.fspath(model_file), READ, OPTIONS) != first


def test_folder_that_others_may_write_is_not_used(
    model_file: Path, lowered_anew: Callable[..., bool]
) -> None:
    lowered_anew(model_file)
    entry = plan_cache.entry_path(os.fspath(model_file), READ, OPTIONS)
    assert entry is not None
    os.chmod(Path(entry).parent, 0o777)

    assert plan_cache.entry_path(os.fspath(model_file), READ, OPTIONS) is None
    assert lowered_anew(model_file)


@pytest.mark.parametrize("executor", ["interpreter", "compiled"])
def test_run_from_the_cache_equals_the_first_one(
    model_file: Path, tmp_path: Path, request: pytest.FixtureRequest, executor: str
) -> None:
    import annarchy_ml

    if executor == "compiled":
        request.getfixturevalue("toolchain")
    first, again = (
        annarchy_ml.run(model_file, out=tmp_path / name, executor=executor) for name in "ab"
    )

    assert first["p[0]/x"].values.tolist() == again["p[0]/x"].values.tolist()
    assert (tmp_path / "a" / "o.dat").read_bytes() == (tmp_path / "b" / "o.dat").read_bytes()
    assert again.provenance["wall_times"]["lower"] == 0.0
    assert first.provenance["model_hash"] == again.provenance["model_hash"]


def test_values_can_be_set_on_a_plan_from_the_cache(model_file: Path) -> None:
    from annarchy_ml.session.simulation import Simulation

    path = os.fspath(model_file)
    lowering.cached_lowering(path, READ, OPTIONS)
    simulation = Simulation(lowering.cached_lowering(path, READ, OPTIONS), executor="interpreter")

    simulation.set("p/gain", 2.0)

    assert simulation.run(1.0)["p[0]/x"].values.tolist() == [10, 14 - 14]


def test_a_cached_plan_holds_plain_memory_and_the_same_numbers(
    model_file: Path, lowered_anew: Callable[..., bool]
) -> None:
    assert lowered_anew(model_file)
    fresh = lowering.lower_model(Model(os.fspath(model_file), READ), OPTIONS)
    kept = lowering.cached_lowering(os.fspath(model_file), READ, OPTIONS)
    assert kept.read_bodies is not None
    assert len(kept.starts) == len(fresh.starts) > 0
    for ours, theirs in zip(kept.starts, fresh.starts, strict=True):
        assert ours.keys() == theirs.keys()
        for name, value in ours.items():
            assert isinstance(value, memoryview)
            assert value.tolist() == theirs[name].tolist()
    for group, other in zip(kept.plan.groups, fresh.plan.groups, strict=True):
        assert all(isinstance(index, memoryview) for index in group.indices.values())
        assert {name: list(index) for name, index in group.indices.items()} == {
            name: list(index) for name, index in other.indices.items()
        }


def test_arrays_of_more_dimensions_and_other_types_are_kept_as_arrays(tmp_path: Path) -> None:
    values = {"a": np.arange(6.0).reshape(2, 3), "b": np.array(["x", "y"]), "c": np.arange(3)}
    cache_folder.publish(str(tmp_path / "entry"), values, raw_arrays=True)
    found: Any = cache_folder.load(str(tmp_path / "entry"))
    assert found["a"].tolist() == values["a"].tolist()
    assert found["b"].tolist() == ["x", "y"]
    assert isinstance(found["c"], memoryview)
    assert np.asarray(found["c"]).dtype == values["c"].dtype


def test_what_only_passes_is_the_same_from_the_cache(model_file: Path) -> None:
    """A cached plan knows it although it is read without kernel bodies."""
    lowered = lowering.cached_lowering(os.fspath(model_file), READ, OPTIONS)
    publish_pending()
    kept = lowering.cached_lowering(os.fspath(model_file), READ, OPTIONS)
    assert kept.read_bodies is not None
    assert kept.plan.passing == lowered.plan.passing == kept.whole_plan().passing
