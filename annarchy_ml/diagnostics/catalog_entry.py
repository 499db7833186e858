"""The shape of one row of the catalog of diagnostics."""

from __future__ import annotations

from typing import NamedTuple


class CatalogEntry(NamedTuple):
    """What `annarchy-ml explain CODE` shows.

    Attributes:
        code: Two words joined by a dot: the matter and what is wrong with it.
        title: A few words.
        meaning: What was found and why it cannot stay so.
        rule: The part of a specification that the model breaks, or our own limit.
        bad: The smallest text that earns the code.
        good: The same text repaired.
    """

    code: str
    title: str
    meaning: str
    rule: str
    bad: str
    good: str
