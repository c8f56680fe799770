"""The labels of enum types, as a script makes, adds and renames them."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from release.model import Name
    from release.sql.facts.catalog_facts import Promise


class Labels:
    """Follows the labels of types; all of them, in order, where the script has made the type."""

    def __init__(self) -> None:
        self._known: dict[Name, tuple[str, ...]] = {}

    def facts_of(self, promise: Promise, name: Name) -> tuple[tuple[str, str], ...]:
        """What a statement leaves true of a type's labels; nothing for one that is not about them.

        Args:
            name: of the type, qualified.
        """
        if promise.labels is not None:
            self._known[name] = promise.labels
        elif not promise.label:
            return ()
        elif name not in self._known:
            there = (f"label {promise.label}", f"label {quoted(promise.label)}")
            return ((f"label {promise.renamed}", ""), there) if promise.renamed else (there,)
        else:
            self._known[name] = _changed(self._known[name], promise)
        return (("labels", f"labels {', '.join(quoted(label) for label in self._known[name])}"),)


def quoted(label: str) -> str:
    """A label as quote_literal writes it."""
    text = label.replace("'", "''")
    return "E'{}'".format(text.replace("\\", "\\\\")) if "\\" in text else f"'{text}'"


def _changed(labels: tuple[str, ...], promise: Promise) -> tuple[str, ...]:
    if promise.renamed:
        return tuple(promise.label if label == promise.renamed else label for label in labels)
    if promise.label in labels:
        return labels
    if promise.beside is None or promise.beside[1] not in labels:
        return (*labels, promise.label)
    at = labels.index(promise.beside[1]) + (promise.beside[0] == "after")
    return (*labels[:at], promise.label, *labels[at:])
