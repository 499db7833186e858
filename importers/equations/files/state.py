"""What populations and projections hold, saved and loaded."""

from __future__ import annotations

import warnings
from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Any, Self

import numpy as np

from annarchy_ml.importers.equations.base import NetworkBase
from annarchy_ml.importers.equations.faults import ANNarchyException
from annarchy_ml.importers.equations.files.formats import Filename, Tree, read, write

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from annarchy_ml.importers.equations.network import Network


class Kept(ABC):
    """What can be saved and loaded by itself."""

    name: str

    @abstractmethod
    def _saved(self) -> Tree:
        """All values by name, and what tells whether they fit."""

    @abstractmethod
    def _take_saved(self, tree: Tree) -> None:
        """Takes over values; what does not fit is skipped with a warning."""

    def save(self, filename: Filename) -> None:
        """Writes all values: ``.npz``, ``.mat``, ``.gz`` (a compressed pickle), else a pickle."""
        write(filename, self._saved())

    def load(self, filename: Filename, **options: Any) -> None:
        """Takes over what `save` has written; ``pickle_encoding`` is accepted and not needed."""
        _check_encoding(options)
        self._take_saved(read(filename))


class KeptNeurons(Kept):
    """Values of a population."""

    size: int
    geometry: tuple[int, ...]

    @property
    @abstractmethod
    def attributes(self) -> list[str]:
        """Names of what is saved."""

    @abstractmethod
    def flat(self, name: str) -> NDArray[np.float64]:
        """The values of an attribute, shape (size,)."""

    @abstractmethod
    def put(self, name: str, values: Any) -> None:
        """Gives all neurons other values."""

    def _saved(self) -> Tree:
        """Values of all attributes, shape (size,) each."""
        values = {name: np.array(self.flat(name)) for name in self.attributes}
        return {"size": self.size, "geometry": np.array(self.geometry), "attributes": values}

    def _take_saved(self, tree: Tree) -> None:
        """Takes over values; what does not fit is skipped with a warning."""
        values = tree.get("attributes", {})
        for name in self.attributes:
            found = np.ravel(np.asarray(values.get(name, ()), float))
            if len(found) == self.size:
                self.put(name, found if np.any(found != found[0]) else float(found[0]))
            else:
                _skipped(self.name, name, "is not in the file" if not len(found) else "differs")
        for name in values.keys() - {*self.attributes}:
            _skipped(self.name, name, "is no attribute")


class KeptSynapses(Kept):
    """Values of a projection, by post neuron, then pre neuron."""

    net: Network
    pre: Any
    post: Any

    @property
    @abstractmethod
    def attributes(self) -> list[str]:
        """Names of what is saved."""

    @abstractmethod
    def _listed(self, pre: Any, post: Any, weights: Any, delays: Any) -> Self:
        """Connects as listed."""

    @abstractmethod
    def pairs(self) -> Any:
        """Ranks of all pairs, their weights and delays."""

    @abstractmethod
    def flat(self, name: str) -> NDArray[np.float64]:
        """Values of all synapses in the order of `pairs`."""

    @abstractmethod
    def put(self, name: str, values: Any) -> None:
        """Gives all synapses other values in the order of `pairs`."""

    def _saved(self) -> Tree:
        """Which neurons are connected, and the values of all attributes."""
        pre, post, _, delays = self.pairs()
        order = np.lexsort((pre, post))
        each = np.broadcast_to(delays, pre.shape)
        values = {name: np.array(self.flat(name))[order] for name in self._readable()}
        return {
            "pre": pre[order], "post": post[order], "delays": each[order], "attributes": values,
        }  # fmt: skip

    def _readable(self) -> list[str]:
        """Attributes that have values: some get them when the network is compiled."""
        return [name for name in self.attributes if self.net.running or name == "w"]

    def _take_saved(self, tree: Tree) -> None:
        """Takes over values; what does not fit is skipped with a warning."""
        pre, post, _, _ = self.pairs()
        order = np.lexsort((pre, post))
        if not _same_rows(tree, pre, post):
            _skipped(self.name, "everything", "belongs to other connections")
            return
        values = tree.get("attributes", {})
        for name in self._readable():
            if name not in values:
                _skipped(self.name, name, "is not in the file")
                continue
            found = np.empty(len(pre))
            found[order] = np.ravel(np.asarray(values[name], float))
            if not np.array_equal(found, self.flat(name)):
                self.put(name, found)
        for name in values.keys() - {*self.attributes}:
            _skipped(self.name, name, "is no attribute")

    def save_connectivity(self, filename: Filename) -> None:
        """Writes the connections, with weights and delays, for ``from_file``."""
        tree = self._saved()
        kept = {name: tree[name] for name in ("pre", "post", "delays")}
        write(filename, {**kept, "w": tree["attributes"]["w"]})

    def from_file(self, filename: Filename) -> Self:
        """Connects as a file of `save_connectivity` says; later it gives the weights again.

        Raises:
            ANNarchyException: If the neurons or, after `compile`, the connections are others.
        """
        tree = read(filename)
        missing = {"pre", "post", "w", "delays"} - tree.keys()
        if missing:
            raise ANNarchyException(f"'{filename}' holds no connections: no '{min(missing)}'")
        pre, post = (np.ravel(tree[name]).astype(np.int64) for name in ("pre", "post"))
        if self.net.running is None:
            places = (_places(pre, self.pre), _places(post, self.post))
            return self._listed(*places, np.ravel(tree["w"]), np.ravel(tree["delays"]))
        if not _same_rows(tree, *self.pairs()[:2]):
            raise ANNarchyException(f"'{self.name}' has other connections than '{filename}'")
        self._take_saved({**tree, "attributes": {"w": tree["w"]}})
        return self

    connect_from_file = from_file


class KeptNetwork(NetworkBase, Kept):
    """Values of a network."""

    def _saved(self) -> Tree:
        """Values of all populations and projections."""
        return {
            "dt": self.dt,
            "step": self.current_step,
            "populations": {item.name: item._saved() for item in self.populations},
            "projections": {item.name: item._saved() for item in self.projections},
        }

    def save(self, filename: Filename, populations: bool = True, projections: bool = True) -> None:
        """Writes all values: ``.npz``, ``.mat``, ``.gz`` (a compressed pickle), else a pickle."""
        write(filename, _chosen(self._saved(), populations, projections))

    def load(
        self,
        filename: Filename,
        populations: bool = True,
        projections: bool = True,
        **options: Any,
    ) -> None:
        """Takes over what `save` has written, by names, but not the time."""
        _check_encoding(options)
        self._take_saved(_chosen(read(filename), populations, projections))

    @property
    @abstractmethod
    def current_step(self) -> int:
        """Steps done."""

    def _take_saved(self, tree: Tree) -> None:
        """Takes over values by the names of populations and projections, but not the time."""
        if not {"dt", "step"} <= tree.keys():
            raise ANNarchyException("the file holds no saved network")
        _take_parts("populations", list(self.populations), tree)
        _take_parts("projections", list(self.projections), tree)


def _take_parts(kind: str, items: list[Any], tree: Tree) -> None:
    known = {item.name: item for item in items}
    for name, values in tree.get(kind, {}).items():
        if name in known:
            known[name]._take_saved(values)
        else:
            _skipped(name, "everything", f"is none of the {kind}")
    for name in known.keys() - tree.get(kind, known).keys():
        _skipped(name, "everything", "is not in the file")


def _chosen(tree: Tree, populations: bool, projections: bool) -> Tree:
    """A tree without its populations or projections."""
    left_out = {"populations"} if not populations else set()
    left_out |= set() if projections else {"projections"}
    return {name: item for name, item in tree.items() if name not in left_out}


def _check_encoding(options: dict[str, Any]) -> None:
    """``pickle_encoding`` is accepted and not needed."""
    unknown = options.keys() - {"pickle_encoding"}
    if unknown:
        raise TypeError(f"load() has no argument '{min(unknown)}'")


def _places(ranks: NDArray[np.int64], cells: Any) -> NDArray[np.int64]:
    """Positions of neurons among those of a population or a view.

    Raises:
        ANNarchyException: If one is not among them.
    """
    found = np.searchsorted(cells.ranks, ranks)
    inside = found < len(cells.ranks)
    if not np.all(inside) or not np.array_equal(np.asarray(cells.ranks)[found], ranks):
        raise ANNarchyException(f"the file connects neurons that {cells!r} does not have")
    return found


def _same_rows(tree: Tree, pre: Any, post: Any) -> bool:
    """Whether a file is about these connections, by post neuron, then pre neuron."""
    order = np.lexsort((pre, post))
    pairs = (("pre", pre), ("post", post))
    return all(np.array_equal(np.ravel(tree.get(key, ())), item[order]) for key, item in pairs)


def _skipped(owner: str, name: str, why: str) -> None:
    warnings.warn(f"load: '{owner}', {name}: {why}, skipped", stacklevel=4)
