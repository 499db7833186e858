"""Ctrl-C while kernels are interpreted: it waits for the end of a step, and is never lost."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

import annarchy_ml
from annarchy_ml.engine import callbacks
from annarchy_ml.engine.interrupts import held_interrupts

pytestmark = pytest.mark.usefixtures("interruptible")
MODEL = Path(__file__).parents[2] / "models" / "LEMS_iaf.xml"


def press() -> None:
    signal.raise_signal(signal.SIGINT)


def test_an_interrupt_waits_until_it_is_let_go() -> None:
    with held_interrupts() as release:
        press()
        with pytest.raises(KeyboardInterrupt):
            release()
        release()
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_what_is_held_at_the_end_happens_then() -> None:
    done = []
    with pytest.raises(KeyboardInterrupt), held_interrupts():
        press()
        done.append("rest")
    assert done == ["rest"]


def test_other_threads_and_ignored_interrupts_are_left_alone() -> None:
    def enter() -> None:
        with held_interrupts() as release:
            release()
        seen.append(signal.getsignal(signal.SIGINT))

    seen: list[object] = []
    thread = threading.Thread(target=enter)
    thread.start()
    thread.join()
    assert seen == [signal.default_int_handler]

    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        with held_interrupts() as release:
            press()
            release()
    finally:
        signal.signal(signal.SIGINT, before)


def test_a_run_stops_with_whole_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    """The key is pressed inside of a kernel, long before the end."""
    original = callbacks.bind
    calls = 0

    def bind(*given: object) -> Callable[..., None]:
        kernel = original(*given)  # type: ignore[arg-type]

        def pressing(*arguments: object) -> None:
            nonlocal calls
            calls += 1
            if calls == 50:
                press()
            kernel(*arguments)

        return pressing

    model = annarchy_ml.load(MODEL)
    whole = model.compile(executor="interpreter").run()
    monkeypatch.setattr(callbacks, "bind", bind)
    part = model.compile(executor="interpreter", duration=1e3).run()

    assert not part.complete
    assert len(part.times) > 10
    common = min(len(part.times), len(whole.times))
    for path in whole.signals:
        assert part[path].values[:common].tolist() == whole[path].values[:common].tolist()
