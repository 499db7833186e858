"""What an element may hold: reports missing, unknown and misspelt attributes and elements."""

from __future__ import annotations

from annarchy_ml.diagnostics import Diagnostics, did_you_mean
from annarchy_ml.diagnostics.origin import locate
from annarchy_ml.importers.neuroml.xml_reader import DOCUMENTATION, Element

NOT_SUPPORTED = frozenset(
    (
        "Apply",
        "CoInstantiate",
        "Collection",
        "ComponentTypeReference",
        "DerivedPunctateField",
        "DerivedScalarField",
        "Equilibrate",
        "Equilibrium",
        "ForEachComponent",
        "Gather",
        "GatherPairs",
        "Geometry",
        "IncludePair",
        "Insertion",
        "IntegerParameter",
        "PairCollection",
        "PairFilter",
        "PairsEventConnection",
        "Print",
        "Procedure",
        "ScalarField",
        "StateScalarField",
    )
)
"""Elements of LEMS that no core type uses, and that are not carried out here."""
SILENT = DOCUMENTATION | {"Meta"}


class Checker:
    """Compares elements with what the specification lets them hold.

    Attributes:
        owner: name of the component type that is being read, for messages.
    """

    def __init__(self, report: Diagnostics) -> None:
        self.report = report
        self.owner = ""

    def check(
        self, element: Element, allowed: tuple[str, ...], required: tuple[str, ...] = ()
    ) -> None:
        """Reports missing attributes, and those that this element does not have."""
        for name in required:
            if name not in element.attributes:
                self.report.error(
                    "attribute.missing",
                    f"<{element.tag}> needs the attribute '{name}'",
                    locate(element.origin),
                    hint=f'write <{element.tag} {name}="..."',
                    component=self.owner,
                )
        for name in element.attributes:
            if name not in allowed:
                self.report.error(
                    "attribute.unknown",
                    f"<{element.tag}> has no attribute '{name}'",
                    locate(element.origin, name, value=False),
                    notes=(f"it has: {', '.join(allowed)}",),
                    hint=did_you_mean(name, allowed) or "remove it",
                    component=self.owner,
                )

    def filled(self, element: Element, name: str) -> None:
        """Reports an attribute that is there but empty."""
        if element.attributes.get(name, "...") == "":
            self.report.error(
                "attribute.missing",
                f"the attribute '{name}' of <{element.tag}> is empty",
                locate(element.origin, name),
                hint=f'write {name}="..."',
                component=self.owner,
            )

    def unknown_element(self, element: Element, inside: str, known: tuple[str, ...]) -> None:
        """Reports an element that has no meaning where it stands."""
        if element.tag in NOT_SUPPORTED:
            self._not_supported(element, inside, known)
            return
        self.report.error(
            "element.unknown",
            f"<{element.tag}> is not known inside <{inside}>",
            locate(element.origin),
            notes=(f"<{inside}> holds: {', '.join(known)}",),
            hint=did_you_mean(element.tag, known) or "remove it",
            component=self.owner,
        )

    def without_effect(self, element: Element, inside: str) -> None:
        """Warns of a derived variable that a published model tries to assign, as jLEMS does."""
        self.report.warning(
            "element.unknown",
            f"<{element.tag}> has no effect inside <{inside}>, where only states are assigned",
            locate(element.origin),
            notes=("jLEMS and its exports leave it out too",),
            hint="write a ConditionalDerivedVariable instead of the condition",
            component=self.owner,
        )

    def not_supported(self, element: Element, attribute: str) -> None:
        """Reports an attribute that is known, but that nothing is done with."""
        self.report.error(
            "unsupported.construct",
            f"'{attribute}' of <{element.tag}> is not supported",
            locate(element.origin, attribute, value=False),
            hint='write component="..." with the name of a ComponentReference',
            component=self.owner,
        )

    def _not_supported(self, element: Element, inside: str, known: tuple[str, ...]) -> None:
        self.report.error(
            "unsupported.construct",
            f"<{element.tag}> inside <{inside}> is not supported",
            locate(element.origin),
            notes=(f"supported: {', '.join(known)}",),
            hint="say it with those, or remove it",
            component=self.owner,
        )
