"""Ctrl-C while Python code runs below the core: kept until the core can stop at the end of a step.

An interpreted kernel is called from C++. A ``KeyboardInterrupt`` raised inside it has nobody to go
to: it would be printed and forgotten, and the step would stay half done.
"""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager


@contextmanager
def held_interrupts() -> Iterator[Callable[[], None]]:
    """Holds interrupts back inside the block.

    Yields:
        A function that lets a held interrupt happen, to be called where it may be raised. What is
        still held at the end of the block happens then.
    """
    handler = signal.getsignal(signal.SIGINT)
    if threading.current_thread() is not threading.main_thread() or not callable(handler):
        yield lambda: None
        return
    held: list[int] = []

    def release() -> None:
        if held:
            handler(held.pop(), None)

    signal.signal(signal.SIGINT, lambda number, _: held.append(number))
    try:
        yield release
    finally:
        signal.signal(signal.SIGINT, handler)
        release()
