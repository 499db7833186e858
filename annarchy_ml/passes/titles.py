"""What messages call components and types, so that all passes use the same words."""

from __future__ import annotations

from annarchy_ml.model.component import Component, ComponentType


def title(component: Component) -> str:
    """What messages call a component: its type and id."""
    kind = component.type or component.tag
    if component.id:
        return f"{kind} '{component.id}'"
    return f"<{component.tag}>" if kind == component.tag else f"<{component.tag}> ({kind})"


def title_in_type(found: ComponentType) -> str:
    """What messages call a component type."""
    return f"the type {found.name}"


def full_path(component: Component) -> str:
    """Ids (or names of elements) from the outermost component to this one."""
    steps = []
    where: Component | None = component
    while where is not None:
        steps.append(where.id or where.tag)
        where = where.parent
    return "/".join(reversed(steps))


def an(word: str) -> str:
    """A word with its article: "a cell", "an iafCell"."""
    return f"{'an' if word[:1].lower() in 'aeiou' else 'a'} {word}"
