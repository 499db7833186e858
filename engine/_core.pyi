"""Types of the native engine (sources in ``cpp/``)."""

from collections.abc import Callable, Mapping, Sequence
from os import PathLike
from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

ABI_VERSION: int
_Bytes = bytes | bytearray | memoryview | NDArray[Any]

Measured = tuple[int, tuple[tuple[float, float, float, float, float], ...]]
"""Rows seen; of each column the least and the largest value, the total, the last, and rises."""

class EngineError(RuntimeError):
    """An error of the engine: ``code`` is a word, ``place`` what it is about."""

    code: str
    place: str

class NonFiniteError(EngineError):
    """A value became infinite or not a number; ``last`` is its last finite value if known."""

    group: str
    field: str
    index: int
    time: float
    last: float | None

class KernelLibrary:
    """A loaded library of generated kernels; it is never unloaded."""

    def __init__(self, path: str | PathLike[str]) -> None: ...
    @property
    def path(self) -> str: ...
    @property
    def abi_version(self) -> int: ...
    @property
    def real_size(self) -> int: ...
    def has(self, symbol: str) -> bool: ...
    def address(self, symbol: str) -> int: ...

class RowPrinter:
    """Result files that are printed while a run goes on; nothing is left of one not finished."""

    def finish(self, file: int) -> None: ...

class RowMeasures:
    """What is seen of rows that nobody keeps."""

    def taken(self) -> Measured: ...

class Network:
    """Groups, projections, schedule and recordings, and the loop over the steps."""

    def __init__(
        self,
        dt: float,
        seed: int = 0,
        precision: Literal["double", "single"] = "double",
        threads: int = 1,
    ) -> None: ...
    def add_group(
        self,
        name: str,
        size: int,
        fields: Sequence[tuple[str, str, bool, bool]],
        in_ports: Sequence[str] = [],
        out_ports: Sequence[str] = [],
        stream: int = 0,
    ) -> int: ...
    def set_kernels(
        self,
        group: int,
        update_address: int,
        event_addresses: Mapping[str, int] = {},
        emits_on_event: bool = False,
    ) -> None: ...
    def bind_external(
        self,
        group: int,
        position: int,
        other_group: int,
        other_field: str,
        index: int | None = None,
    ) -> None: ...
    def set_index(self, group: int, position: int, index: ArrayLike) -> None: ...
    def set_host(self, group: int, host_group: int, host_index: ArrayLike) -> None: ...
    def set_owner(self, group: int, index: int, owner: int) -> None: ...
    def set_event_reads(
        self, group: int, port: str, externals: Sequence[int], may_wait: bool
    ) -> None: ...
    def set_passing(self, group: int, name: str) -> None: ...
    def set_family(self, host: int, members: Sequence[int], address: int) -> None: ...
    def set_interpreted(self) -> None: ...
    def set_serial(self, group: int, serial: bool = True) -> None: ...
    def add_reduction(
        self, group: int, source_field: str, target_field: str, operation: str = "add"
    ) -> None: ...
    def add_pool(self, source: tuple[int, str], target: tuple[int, str], kind: str) -> None: ...
    def forget_events(self, group: int) -> None: ...
    def send_events(self, group: int, port: str, rows: ArrayLike) -> None: ...
    def go_on_from(self, before: Network, projections: Sequence[tuple[int, int]]) -> None: ...
    def add_timetable(
        self,
        target: tuple[int, str],
        steps: ArrayLike,
        values: ArrayLike,
        rows: tuple[ArrayLike, ArrayLike] | None = None,
        period: int = 0,
    ) -> int: ...
    def set_timetable(
        self,
        id: int,
        steps: ArrayLike,
        values: ArrayLike,
        rows: tuple[ArrayLike, ArrayLike] | None = None,
        period: int = 0,
        origin: int = 0,
    ) -> None: ...
    def set_schedule(self, blocks: Sequence[tuple[int, int, int]]) -> None: ...
    def add_projection(
        self,
        source: int,
        source_port: str,
        target: int,
        target_port: str,
        row_ptr: ArrayLike,
        targets: ArrayLike,
        weights: ArrayLike | None,
        delays: ArrayLike,
        delay_index: ArrayLike | None = None,
        whole_steps: bool = False,
    ) -> int: ...
    def add_rule_projection(
        self,
        source: tuple[int, str],
        target: tuple[int, str],
        source_range: tuple[int, int],
        target_range: tuple[int, int],
        pairs: tuple[str, float, bool, bool],
        weight: tuple[str, float, float, float, float, bool] | NDArray[np.float64],
        delay: tuple[str, float, float, float, float, bool] | NDArray[np.float64],
        pair_arrays: tuple[NDArray[np.int32], NDArray[np.int32]] | None = None,
        double_weights: bool = False,
        number: int | None = None,
    ) -> int: ...
    def make_rule_connections(
        self,
        projection: int,
        source_range: tuple[int, int],
        target_range: tuple[int, int],
        pairs: tuple[str, float, bool, bool],
        weight: tuple[str, float, float, float, float, bool] | NDArray[np.float64],
        delay: tuple[str, float, float, float, float, bool] | NDArray[np.float64],
        double_weights: bool,
        number: int | None,
    ) -> None: ...
    def switch_projection(self, projection: int, transmits: bool) -> None: ...
    def add_coupling(
        self,
        source: tuple[int, str],
        target: tuple[int, str],
        source_range: tuple[int, int],
        target_range: tuple[int, int],
        kind: tuple[str, int],
        pairs: tuple[str, float, bool, bool],
        weight: tuple[str, float, float, float, float, bool] | NDArray[np.float64],
        delay: tuple[str, float, float, float, float, bool] | NDArray[np.float64],
        pair_arrays: tuple[NDArray[np.int32], NDArray[np.int32]] | None = None,
        double_weights: bool = False,
    ) -> int: ...
    def add_synaptic_coupling(
        self,
        synapses: int,
        term_field: str,
        target_field: str,
        operation: str,
        learns: bool,
        sources: tuple[int, int],
    ) -> None: ...
    def replace_rows(
        self,
        coupling: int,
        row_ptr: ArrayLike,
        sources: ArrayLike,
        delays: ArrayLike,
        weights: ArrayLike,
        double_weights: bool = True,
    ) -> None: ...
    def switch_coupling(self, coupling: int, transmits: bool) -> None: ...
    def switch_connections(
        self,
        synapses: int,
        transmits: bool = True,
        learns: bool = True,
        period: int = 1,
        first_step: int = 0,
    ) -> None: ...
    def resize_group(self, group: int, kept: ArrayLike) -> None: ...
    def set_terms(self, group: int, address: int) -> None: ...
    def set_cables(
        self,
        group: int,
        cells: tuple[int, int, bool],
        parent: ArrayLike,
        conductance: ArrayLike,
        compartment: ArrayLike,
        capacitance: ArrayLike,
        fields: tuple[str, str, str],
    ) -> None: ...
    def set_cable_parts(
        self, group: int, parts: Sequence[tuple[int, int, int, int, bool]]
    ) -> None: ...
    def coupling_rows(
        self, coupling: int
    ) -> tuple[NDArray[np.int64], NDArray[np.int32], NDArray[np.int32]]: ...
    def coupling_weights(self, coupling: int) -> NDArray[Any]: ...
    def set_coupling_delays(self, coupling: int, steps: ArrayLike) -> None: ...
    def set_reach(self, synapses: int, reach: int) -> None: ...
    def coupling_size(self, coupling: int) -> int: ...
    def coupling_bytes(self, coupling: int) -> int: ...
    def connections(
        self, projection: int
    ) -> tuple[NDArray[np.int64], NDArray[np.int32], NDArray[np.float64], NDArray[np.float64]]: ...
    def set_delays(
        self,
        projection: int,
        delays: Sequence[float],
        delay_index: ArrayLike | None = None,
        order: ArrayLike | None = None,
    ) -> None: ...
    def replace_connections(
        self,
        projection: int,
        row_ptr: ArrayLike,
        targets: ArrayLike,
        weights: ArrayLike | None,
        delays: Sequence[float],
        delay_index: ArrayLike | None,
        whole_steps: bool,
        came_from: ArrayLike,
        double_weights: bool = True,
    ) -> None: ...
    def set_weights(
        self, projection: int, weights: ArrayLike, double_weights: bool = True
    ) -> None: ...
    def projection_size(self, projection: int) -> int: ...
    def projection_bytes(self, projection: int) -> int: ...
    def widen_field(self, group: int, name: str) -> None: ...
    def set_field(self, group: int, name: str, values: ArrayLike) -> None: ...
    def field(self, group: int, name: str) -> NDArray[Any]: ...
    def refresh_reductions(self, group: int) -> None: ...
    def run(
        self,
        steps: int,
        poll: Callable[[int], object] | None = None,
        poll_every: float = 0.05,
        until: Sequence[tuple[int, str]] = [],
        until_all: bool = True,
    ) -> int: ...
    def reset(self) -> None: ...
    def record(self, sources: Sequence[tuple[int, str, int]], interval_steps: int = 1) -> int: ...
    def rows(self, id: int) -> memoryview[float]: ...
    def print_rows(
        self,
        id: int,
        files: Sequence[tuple[str | PathLike[str], Sequence[int]]],
        helpers: int,
        style: Literal["float32", "float64"] = "float32",
    ) -> RowPrinter: ...
    def measure_rows(self, id: int, threshold: float) -> RowMeasures: ...
    def complete_file(self, id: int) -> int: ...
    def stream_to(self, id: int, path: str | PathLike[str], budget_bytes: int) -> None: ...
    def record_events(self, sources: Sequence[tuple[int, str, int]]) -> int: ...
    def record_all_events(self, group: int, port: str) -> int: ...
    def record_group_events(self, group: int, port: str, cells: ArrayLike) -> int: ...
    def events(self, id: int) -> tuple[memoryview[float], memoryview[int]]: ...
    def drop_rows(self, id: int) -> None: ...
    def drop_events(self, id: int) -> None: ...
    def estimate_bytes(self, steps: int) -> int: ...
    @property
    def memory_bytes(self) -> int: ...
    @property
    def interrupted(self) -> bool: ...
    def show_later(self, steps: int) -> None: ...
    def draw_later(self, steps: int) -> None: ...
    @property
    def t(self) -> float: ...
    @property
    def step(self) -> int: ...
    @property
    def dt(self) -> float: ...
    @property
    def threads(self) -> int: ...
    @property
    def deferring(self) -> int: ...
    @property
    def precision(self) -> str: ...
    def stored_connections(
        self, projection: int
    ) -> tuple[
        tuple[int, float, bool, bool, int],
        memoryview[float],
        memoryview[int],
        memoryview[int],
        memoryview[int],
        memoryview[int],
        memoryview[int],
        memoryview[int],
    ]: ...
    def pass_time(self, steps: int) -> None: ...
    def count_half_steps(self, half_ms: float) -> None: ...
    @property
    def times(self) -> tuple[float, float, float, float, int, float, float]: ...
    @property
    def streams(self) -> list[int]: ...
    @property
    def version(self) -> int: ...
    @property
    def pools(self) -> list[tuple[tuple[int, str], tuple[int, str], int]]: ...
    @property
    def timetables(
        self,
    ) -> list[
        tuple[
            tuple[int, str],
            tuple[int, int, int],
            memoryview[int],
            memoryview[float],
            memoryview[int],
            memoryview[int],
        ]
    ]: ...
    def stored_rows(
        self, coupling: int
    ) -> tuple[
        tuple[int, bool, int, int, bool, int, int, bool, bool, int, int, float],
        memoryview[int],
        memoryview[int],
        memoryview[int],
    ]: ...
    @property
    def connection_switches(self) -> list[tuple[int, bool, bool, int, int, int]]: ...

def usable_cores() -> int: ...
def measure_rows(rows: ArrayLike, length: int, threshold: float) -> Measured: ...
def rule_numbers(
    sizes: tuple[int, int],
    same: bool,
    ranges: tuple[tuple[int, int], tuple[int, int]],
    pairs: tuple[str, float, bool, bool],
    weight: tuple[str, float, float, float, float, bool],
    delay: tuple[str, float, float, float, float, bool],
    dt: float,
    key: tuple[int, int],
) -> tuple[float, list[int], tuple[float, ...], tuple[float, ...], float]: ...
def sort_events(
    times: ArrayLike, which: ArrayLike, senders: int
) -> tuple[memoryview[float], memoryview[int]]: ...
def write_table(
    path: str | PathLike[str],
    columns: Sequence[ArrayLike],
    style: Literal["float32", "float64"] = "float32",
) -> None: ...
def write_events(
    path: str | PathLike[str],
    trains: Sequence[tuple[str, ArrayLike]],
    time_first: bool,
    style: Literal["float32", "float64"] = "float32",
) -> None: ...

class CudaDeviceFacts:
    @property
    def name(self) -> str: ...
    @property
    def memory_bytes(self) -> int: ...
    @property
    def capability(self) -> int: ...
    @property
    def multiprocessors(self) -> int: ...
    @property
    def cooperative(self) -> bool: ...

class CudaDriver:
    def __init__(self, library: str) -> None: ...
    @property
    def version(self) -> int: ...
    @property
    def device_count(self) -> int: ...
    def facts(self, number: int) -> CudaDeviceFacts: ...

class CudaMemory:
    @property
    def address(self) -> int: ...
    @property
    def nbytes(self) -> int: ...
    def write(self, values: _Bytes, offset: int = 0) -> None: ...
    def read(self, values: _Bytes, offset: int = 0) -> None: ...
    def clear(self) -> None: ...

class CudaFunctionFacts:
    @property
    def registers(self) -> int: ...
    @property
    def local_bytes(self) -> int: ...
    @property
    def shared_bytes(self) -> int: ...

class CudaProgram:
    def facts(self, entry: str) -> CudaFunctionFacts: ...
    def resident_blocks(self, entry: str, threads: int) -> int: ...
    def launch(self, entry: str, blocks: int, threads: int, arguments: Sequence[int]) -> None: ...

class CudaDevice:
    def __init__(self, driver: CudaDriver, number: int) -> None: ...
    @property
    def facts(self) -> CudaDeviceFacts: ...
    def memory(self) -> tuple[int, int]: ...
    def allocate(self, nbytes: int) -> CudaMemory: ...
    def load(self, image: _Bytes) -> CudaProgram: ...
    def wait(self) -> None: ...

class Nvrtc:
    def __init__(self, library: str) -> None: ...
    @property
    def version(self) -> tuple[int, int]: ...
    @property
    def architectures(self) -> list[int]: ...
    def compile(self, source: str, name: str, options: Sequence[str]) -> tuple[bytes, str]: ...
