"""Copies of a network that run side by side, a process each."""

from __future__ import annotations

import copy
import inspect
import multiprocessing
import os
import secrets
import time
from collections.abc import Callable
from typing import Any, Self, cast

import numpy as np

from annarchy_ml.importers.equations.faults import ANNarchyException
from annarchy_ml.importers.equations.registry import registered
from annarchy_ml.options import cuda_number

_SETTINGS = ("method", "num_threads", "precision", "device", "structural_plasticity")
_Task = Callable[[], Any]
_tasks: list[_Task] = []
"""What the processes of a pool do: they are forked and find it here."""


class Repeats:
    """Copies of a network, and runs of many of them."""

    def copy(self) -> Self:
        """A network of the same populations, projections and monitors, not compiled.

        One of a class of its own is made as this one was; another one is copied part by part, with
        the values from before `compile` and without callbacks.
        """
        return self._again(self.seed, {})  # type: ignore[attr-defined]  # of Network

    def _again(self, seed: int, changes: dict[str, Any]) -> Self:
        """A copy with another seed, made with other arguments."""
        net: Any = self
        kind: Any = type(self)
        made: Any
        if kind.__init__ is _plain_class().__init__:
            made = _copied(net)
            made.config(seed=seed)
            return cast(Self, made)
        args, keywords = net._made_of
        bound = inspect.signature(kind.__init__).bind(None, *args, **keywords)
        bound.arguments.update(changes)
        made = kind.__new__(kind, *bound.args[1:], **bound.kwargs)
        made.__dict__["_wanted"] = (net.dt, seed)
        kind.__init__(made, *bound.args[1:], **bound.kwargs)
        for name in _SETTINGS:
            setattr(made, name, getattr(net, name))
        return cast(Self, made)

    def parallel_run(
        self,
        method: Callable[..., Any],
        number: int,
        max_processes: int = -1,
        seeds: Any = None,
        measure_time: bool = False,
        **lists: Any,
    ) -> list[Any]:
        """Runs ``method(net, ...)`` for copies of the network, several at a time.

        Args:
            method: gets a compiled copy, and what `lists` say; gives the result.
            number: of copies.
            max_processes: at a time; -1: as many as there are cores. On a GPU one at a time.
            seeds: a list, ``same``, ``sequential``, or None for fresh ones.
            measure_time: whether to print how long it took.
            lists: arguments of the constructor of the network, or else of `method`; a list has a
                value for each copy.

        Returns:
            The results in the order of the copies.
        """
        net: Any = self
        values = [
            {name: _of_copy(name, given, k, number) for name, given in lists.items()}
            for k in range(number)
        ]
        own = set(inspect.signature(type(self).__init__).parameters) - {"self", "dt", "seed"}
        tasks = [
            _task(net, seed, {k: v for k, v in item.items() if k in own},
                  method, {k: v for k, v in item.items() if k not in own})
            for seed, item in zip(_seeds(seeds, net.seed, number), values, strict=True)
        ]  # fmt: skip
        begun = time.perf_counter()
        results = run_tasks(tasks, max_processes, _on_gpu(net))
        if measure_time:
            took = time.perf_counter() - begun
            print(f"Simulating {number} networks in parallel took {took:.3f} seconds.")
        return results


def _task(
    net: Any, seed: int, changes: dict[str, Any], method: Callable[..., Any], given: dict[str, Any]
) -> _Task:
    def run() -> Any:
        np.random.seed(seed % 2**32)
        made = net._again(seed, changes)
        made.compile()
        return method(made, **given)

    return run


def run_tasks(tasks: list[_Task], max_processes: int, here: bool) -> list[Any]:
    """Results of tasks, each in a process of its own where they may be forked.

    Args:
        tasks: in their order.
        max_processes: at a time.
        here: whether they are done one after the other in this process.
    """
    if here or "fork" not in multiprocessing.get_all_start_methods() or not tasks:
        return [task() for task in tasks]
    _tasks[:] = tasks
    count = min(len(tasks), max_processes if max_processes > 0 else _cores())
    try:
        with multiprocessing.get_context("fork").Pool(count, maxtasksperchild=1) as pool:
            return pool.map(_run_task, range(len(tasks)), chunksize=1)
    finally:
        _tasks.clear()


def _on_gpu(net: Any) -> bool:
    """Whether copies share a GPU, which forks of a process that has used it cannot."""
    return cuda_number(net.device) is not None


def _cores() -> int:
    """Cores that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _run_task(number: int) -> Any:
    return _tasks[number]()


def _of_copy(name: str, given: Any, position: int, number: int) -> Any:
    if not isinstance(given, list):
        return given
    if len(given) != number:
        raise ANNarchyException(f"'{name}' has {len(given)} values for {number} networks")
    return given[position]


def _seeds(given: Any, own: int, number: int) -> list[int]:
    if given is None:
        return [secrets.randbits(32) for _ in range(number)]
    if given == "same":
        return [own] * number
    if given == "sequential":
        return [own + 1 + k for k in range(number)]
    found = [int(item) for item in given]
    if len(found) != number:
        raise ANNarchyException(f"there are {len(found)} seeds for {number} networks")
    return found


def _copied(net: Any) -> Any:
    """A copy part by part, without what was compiled."""
    made = copy.deepcopy(net, {id(net.running): None, id(net.callbacks): []})
    made.id = registered(made)
    for monitor in made.monitors:
        monitor.detach()
    return made


def _plain_class() -> Any:
    from annarchy_ml.importers.equations.network import Network

    return Network


def parallel_run(
    method: Callable[..., Any],
    networks: list[Any] | None = None,
    number: int = 0,
    max_processes: int = -1,
    measure_time: bool = False,
    **lists: Any,
) -> list[Any]:
    """Runs ``method(number, net, ...)`` for networks, or for copies of the default one.

    Args:
        method: gets the number of the network, the network, and what `lists` say.
        networks: compiled ones; None: copies of the default network.
        number: of copies, without `networks`.
        max_processes: at a time; -1: as many as there are cores. On a GPU one at a time.
        measure_time: whether to print how long it took.
        lists: further arguments; a list has a value for each network.
    """
    if networks is None:
        from annarchy_ml.importers.equations.network import default_network

        net = default_network()
        networks = [net._again(seed, {}) for seed in _seeds(None, net.seed, number)]
    count = len(networks)
    tasks = []
    for k, net in enumerate(networks):
        given = {name: _of_copy(name, item, k, count) for name, item in lists.items()}
        tasks.append(_numbered(method, k, net, given))
    begun = time.perf_counter()
    results = run_tasks(tasks, max_processes, any(map(_on_gpu, networks)))
    if measure_time:
        took = time.perf_counter() - begun
        print(f"Simulating {count} networks in parallel took {took:.3f} seconds.")
    return results


def _numbered(method: Callable[..., Any], number: int, net: Any, given: dict[str, Any]) -> _Task:
    def run() -> Any:
        np.random.seed(net.seed % 2**32)
        net.compile()
        return method(number, net, **given)

    return run
