"""The lists of a framework file, and how messages call the file and its entries."""

from __future__ import annotations

from collections.abc import Mapping

from lvrn_eval.documents import FileKind, Node, shown
from lvrn_eval.errors import FrameworkError

FRAMEWORK = FileKind("framework", FrameworkError)

SECTIONS: Mapping[str, str] = {
    "levels": "level",
    "outcomes": "outcome",
    "success_measures": "success measure",
    "programmes": "programme",
    "indicators": "indicator",
}
"""The lists of a framework file, and what one entry of each is called."""


def label(entry: Node, section: str, position: int | None = None) -> str:
    """Return how to call an entry: ``indicator 'people_supported'``, ``level 4`` or ``entry 3 of `indicators```."""
    name = SECTIONS[section]
    called = entry.get("number" if section == "levels" else "slug")
    if called is not None and isinstance(called.value, str | int) and called.value != "":
        return f"{name} {shown(called.value)}"
    return f"entry {position + 1} of `{section}`" if position is not None else f"this {name}"
