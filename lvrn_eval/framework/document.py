"""A file a person wrote, kept with the place of everything in it, so that a fault can be shown where it stands."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple, TypeAlias

from lvrn_eval.errors import Fault, FrameworkError

Plain: TypeAlias = "str | int | float | bool | list[Plain] | dict[str, Plain] | None"
"""What a file can say: text, numbers, true and false, nothing, and lists and keyed values of these."""

Step: TypeAlias = "str | int"

SECTIONS: Mapping[str, str] = {
    "levels": "level",
    "outcomes": "outcome",
    "success_measures": "success measure",
    "programmes": "programme",
    "indicators": "indicator",
}
"""The lists of a framework file, and what one entry of each is called."""

WIDEST = 110
"""Longer lines are shown in part."""

LONGEST = 60
"""Longer values are named by their beginning."""


@dataclass(frozen=True, eq=False)
class Node:
    """A value, and where it stands; line and column count from one.

    Parameters
    ----------
    line, column, length
        Where it begins, and how many characters to mark.
    value
        The value itself, with everything in it.
    items
        The nodes of a list.
    keys, values
        Of keyed values: the node of each key, and of what stands under it.
    """

    line: int
    column: int
    length: int
    value: Plain
    items: Sequence[Node] = ()
    keys: Mapping[str, Node] = field(default_factory=dict)
    values: Mapping[str, Node] = field(default_factory=dict)

    def at(self, path: Sequence[Step]) -> Node:
        """Return the node that keys and positions lead to."""
        node = self
        for step in path:
            node = node.values[step] if isinstance(step, str) else node.items[step]
        return node

    def get(self, key: str) -> Node | None:
        """Return what stands under a key, or None."""
        return self.values.get(key)

    def text(self, key: str) -> str | None:
        """Return the text under a key, or None when there is none or it is not text."""
        node = self.values.get(key)
        return node.value if node is not None and isinstance(node.value, str) else None


class Finding(NamedTuple):
    """A fault, at the node to be marked."""

    node: Node
    what: str
    fix: str = ""


@dataclass(frozen=True)
class Document:
    """A file that was read.

    Parameters
    ----------
    name
        The file's name, as faults show it.
    lines
        Its lines.
    root
        Everything in it.
    findings
        What reading it already found wrong.
    """

    name: str
    lines: Sequence[str]
    root: Node
    findings: Sequence[Finding] = ()

    def entries(self, section: str) -> Iterator[Node]:
        """Yield the entries of a section that have keys; others are faults of shape."""
        listing = self.root.get(section)
        yield from (node for node in (listing.items if listing else ()) if isinstance(node.value, dict))

    def faults(self, findings: Sequence[Finding]) -> list[Fault]:
        """Return findings as faults, in the order of the file."""
        ordered = sorted(findings, key=lambda finding: (finding.node.line, finding.node.column))
        return [fault_at(self.name, self.lines, *finding) for finding in ordered]


def shown(value: Plain) -> str:
    """Return a value as messages name it, in quotes when it is text."""
    text = repr(value)
    return text if len(text) <= LONGEST else f"{text[:LONGEST]}…"


def label(entry: Node, section: str, position: int | None = None) -> str:
    """Return how to call an entry: ``indicator 'people_supported'``, ``level 4`` or ``entry 3 of `indicators```."""
    name = SECTIONS[section]
    called = entry.get("number" if section == "levels" else "slug")
    if called is not None and isinstance(called.value, str | int) and called.value != "":
        return f"{name} {shown(called.value)}"
    return f"entry {position + 1} of `{section}`" if position is not None else f"this {name}"


def fault_at(name: str, lines: Sequence[str], node: Node, what: str, fix: str = "") -> Fault:
    """Return a fault at a node, with the line it stands on and a mark under it."""
    line = lines[node.line - 1] if node.line <= len(lines) else ""
    return Fault(f"{name}:{node.line}:{node.column}", what, fix, _marked(line, node.column - 1, node.length))


def _marked(line: str, start: int, length: int) -> str:
    # tabs and control characters would push the mark out of place, or do worse to a terminal
    text = "".join(character if character.isprintable() else " " for character in line)
    if len(text) > WIDEST:
        first = max(0, min(start - WIDEST // 2, len(text) - WIDEST))
        ahead, behind = "…" if first else "", "…" if first + WIDEST < len(text) else ""
        text = f"{ahead}{text[first : first + WIDEST]}{behind}"
        start -= first - len(ahead)
    if not text.strip():
        return ""
    return f"{text.rstrip()}\n{' ' * start}{'^' * max(1, min(length, len(text) - start))}"


def refused(path: Path, faults: Sequence[Fault]) -> FrameworkError:
    """Return the error that refuses a file for these faults."""
    count = "1 fault" if len(faults) == 1 else f"{len(faults)} faults"
    return FrameworkError(f"the framework in {path} cannot be used: {count}", faults)
