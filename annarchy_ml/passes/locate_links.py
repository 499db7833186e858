"""Finds values by the name of a projection or of inputs: ``p/w``, ``p[3]/w``, ``drive/amplitude``.

Values stand in the order of the connections: by source, then target. A path that means several
projections or inputs is refused.
"""

from __future__ import annotations

import re

from annarchy_ml.kernels.nodes import Role
from annarchy_ml.model.instance import Coupled, Node
from annarchy_ml.passes.links import Links
from annarchy_ml.passes.locate import Advice, Located, Locator
from annarchy_ml.passes.recordings import Recordings

_KIND = re.compile(r"^(?P<population>\w+)/(?:(?P<slot>\w+):)?(?P<kind>\w+)/(?P<rest>.+)$")


class NameLocator(Locator):
    """Also resolves paths that begin with the name of a projection or of inputs.

    Attributes:
        links: the projections and inputs.
    """

    def __init__(self, recordings: Recordings, advice: Advice) -> None:
        super().__init__(recordings, advice)
        self.links = Links(recordings.network, recordings.by_group)

    def locate(self, path: str) -> Located:
        """Where the value at a path is kept.

        Raises:
            KeyError: If nothing of this name is kept, or several groups keep it.
        """
        named = self.links.split(path)
        coupled = None if named is None else self.links.coupled(named[0])
        if named is not None and coupled is not None:
            return self._coupled(path, coupled, *named[1:])
        if named is not None:
            return self._linked(path, *named)
        self._refuse_several(path)
        return super().locate(path)

    def _linked(self, path: str, link: str, index: int | None, inside: str) -> Located:
        """Where the synapses of a projection, or inputs, keep a value: ``p/w``, ``p[3]/w``."""
        from annarchy_ml.passes.split_plastic import SUM

        pieces = self.links.pieces(link)
        node = self._part_of(path, pieces[0].member.group.root, inside)
        name = path.rpartition("/")[2]
        found = [
            (piece, field)
            for piece in pieces
            if (field := self.field(piece.member, node, name)) is not None
        ]
        if not found:
            raise KeyError(self.not_kept(path, node, name))
        piece, field = found[0]
        order = piece.places
        if index is not None and index >= len(order):
            raise KeyError(f"'{path}': '{link}' has {len(order)} of them, from 0 on")
        if piece.kind == SUM and field.role is not Role.PARAMETER:
            raise KeyError(self.summed(path))
        fixed = self.fixed(path, piece.member, node, field)
        if field.role is not Role.PARAMETER and piece.kind != "own":
            fixed = f"'{path}' is kept once for all connections of a {piece.kind}: it cannot be set"
        shared = field.role is Role.PARAMETER
        if shared and index is not None and (len(found) > 1 or piece.kind != "own"):
            fixed = f"'{path}' is the same for all connections: it cannot be set for one"
        return Located(
            tuple(item.member.position for item, _ in (found if shared else found[:1])),
            0 if index is None else int(order[index]),
            field.name,
            index is not None,
            field.role,
            fixed,
            order,
        )

    def _coupled(self, path: str, made: Coupled, index: int | None, inside: str) -> Located:
        """Where the connections of a coupling keep a value, by target, then source: ``c/w``."""
        if made.synapses is None:
            raise KeyError(
                f"'{path}': connections of '{made.name}' have a weight 'w' and a 'delay'"
            )
        member = self.recordings.by_group[id(made.synapses)]
        node = self._part_of(path, member.group.root, inside)
        name = path.rpartition("/")[2]
        field = self.field(member, node, name)
        if field is None:
            raise KeyError(self.not_kept(path, node, name))
        if index is not None and index >= member.group.size:
            raise KeyError(f"'{path}': '{made.name}' has {member.group.size} of them, from 0 on")
        return Located(
            (member.position,),
            0 if index is None else index,
            field.name,
            index is not None,
            field.role,
            self.fixed(path, member, node, field),
        )

    def _part_of(self, path: str, root: Node, inside: str) -> Node:
        node: Node | None = root
        for step in inside.split("/")[:-1]:
            node = node.step_to(step) if node is not None else None
        if node is None:
            raise KeyError(f"'{path}': {root.type.name} '{root.component.id}' has no such part")
        return node

    def _refuse_several(self, path: str) -> None:
        """Refuses a path that does not say which of several projections or inputs is meant.

        Raises:
            KeyError: With the paths that do.
        """
        hit = _KIND.match(path)
        if hit is None:
            return
        groups = [
            group
            for group in self.recordings.network.groups
            if group.attachment is not None
            and group.attachment.host.name == hit["population"]
            and group.root.component.id == hit["kind"]
            and hit["slot"] in (None, group.attachment.slot)
        ]
        parts = {id(piece) for group in groups for piece in group.pieces}
        groups = [group for group in groups if id(group) not in parts]
        if len(groups) < 2:
            return
        names = [name for name in self.links.names_of(groups) if self.links.has(name)]
        raise KeyError(
            f"'{path}' may mean {len(groups)} groups of '{hit['kind']}': write "
            + (" or ".join(f"{name}/{hit['rest']}" for name in names) or "the cell and the number")
        )
