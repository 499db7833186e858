"""Names that LEMS takes: letters, digits and underscores, none of which mean something already."""

from __future__ import annotations

import re
from collections.abc import Iterable

from annarchy_ml.expr import find_function

_TAKEN = {"t", "id", "type", "name", "dt", "MSEC", "component", "notes", "peer", "parent", "this"}


class Names:
    """The names of one component type.

    Attributes:
        of: what each name is called in the file.
    """

    def __init__(self, given: Iterable[str], inherited: Iterable[str] = ()) -> None:
        """Finds a name for each of those given; ``inherited`` ones are taken already."""
        self.of: dict[str, str] = {}
        used = {*_TAKEN, *inherited}
        for name in sorted(set(given), key=lambda item: (not item.isidentifier(), item)):
            made = re.sub(r"\W+", "_", name).strip("_") or "x"
            if made[0].isdigit():
                made = f"x{made}"
            while made in used or find_function(made) is not None:
                made += "_"
            used.add(made)
            self.of[name] = made
