"""What the standard itself defines, so that files of a model need not say it again."""

from __future__ import annotations

from dataclasses import dataclass

from annarchy_ml.model.document import Document


@dataclass(frozen=True, slots=True)
class Standard:
    """The core definitions that a document uses, and the schema of NeuroML files.

    Attributes:
        includes: names of their files, without those that others of them include.
        known: what they define.
        elements: names of the elements at the top of a NeuroML file, in the order of its schema.
        inside: names of all elements that the schema knows anywhere.
        schema: name of the file of that schema.
    """

    includes: tuple[str, ...]
    known: Document
    elements: tuple[str, ...]
    inside: frozenset[str]
    schema: str
