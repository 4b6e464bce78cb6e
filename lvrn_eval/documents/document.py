"""A file a person wrote, kept with the place of everything in it, so that a fault can be shown where it stands."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple, TypeAlias

from lvrn_eval.errors import Fault, LvrnError

Plain: TypeAlias = "str | int | float | bool | list[Plain] | dict[str, Plain] | None"
"""What a file can say: text, numbers, true and false, nothing, and lists and keyed values of these."""

Step: TypeAlias = "str | int"

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


@dataclass(frozen=True)
class FileKind:
    """A kind of file that people write.

    Parameters
    ----------
    name
        What messages call such a file: ``framework``.
    error
        The error that refuses one.
    """

    name: str
    error: type[LvrnError]

    def refused(self, path: Path, faults: Sequence[Fault]) -> LvrnError:
        """Return the error that refuses a file for these faults."""
        count = "1 fault" if len(faults) == 1 else f"{len(faults)} faults"
        return self.error(f"the {self.name} in {path} cannot be used: {count}", faults)


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
        """Yield the entries with keys of a list at the top of the file; others are faults of shape."""
        listing = self.root.get(section)
        yield from (node for node in (listing.items if listing else ()) if isinstance(node.value, dict))

    def faults(self, findings: Iterable[Finding]) -> list[Fault]:
        """Return what reading found and these findings as faults, in the order of the file."""
        # an alias was refused while reading: that it holds no text is not a second fault
        read = {_place(finding) for finding in self.findings}
        others = [finding for finding in findings if _place(finding) not in read]
        ordered = sorted([*self.findings, *others], key=_place)
        return [fault_at(self.name, self.lines, *finding) for finding in ordered]


def _place(finding: Finding) -> tuple[int, int]:
    return finding.node.line, finding.node.column


def shown(value: Plain) -> str:
    """Return a value as messages name it, in quotes when it is text."""
    text = repr(value)
    return text if len(text) <= LONGEST else f"{text[:LONGEST]}…"


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
