"""YAML files that people write: read safely, with the line and column of everything, so that a fault can be shown.

Only plain data is built: text, numbers, true/false, dates, null, lists and mappings. Tags, aliases, repeated keys and a
second document are refused, so a file means what it looks like.
"""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

from lvrn_eval.errors import Fault

if TYPE_CHECKING:
    from ruamel.yaml.nodes import Node

LARGEST = 2_000_000
"""Bytes; no file that a person writes by hand is longer."""

SHOWN = 120
"""Characters of a line that a fault shows."""

PLAIN = "write plain text, numbers, lists and mappings only"

Place: TypeAlias = tuple[str | int, ...]
"""The way to a value from the top: keys and positions in lists."""

Mark: TypeAlias = tuple[int, int]


@dataclass(frozen=True)
class Document:
    """A YAML file as plain data, with where everything stands.

    Parameters
    ----------
    name
        The file's name, for messages.
    lines
        Its lines.
    data
        Its content as plain data; None when the file could not be read at all.
    values, keys
        Line and column, from 0, of each value and of each key of a mapping, by place.
    faults
        What is wrong with the YAML itself.
    """

    name: str
    lines: tuple[str, ...]
    data: Any
    values: Mapping[Place, Mark]
    keys: Mapping[Place, Mark]
    faults: tuple[Fault, ...] = ()

    def fault(self, place: Place, what: str, fix: str = "", *, at_key: bool = False) -> Fault:
        """Return a fault that points at a value, or at its key; a missing one points at what should hold it."""
        marks = self.keys if at_key else self.values
        while place and place not in marks:
            place, marks = place[:-1], self.keys
        return _fault_at(self.name, self.lines, marks.get(place, (0, 0)), what, fix)


@dataclass
class _Reading:
    """What is gathered while the nodes of a file are turned into data."""

    name: str
    lines: tuple[str, ...]
    values: dict[Place, Mark] = field(default_factory=dict)
    keys: dict[Place, Mark] = field(default_factory=dict)
    faults: list[Fault] = field(default_factory=list)

    def refuse(self, node: Node, what: str, fix: str) -> None:
        self.faults.append(_fault_at(self.name, self.lines, _mark(node), what, fix))


def read_document(path: Path) -> Document:
    """Read a YAML file; what is wrong with it is in the document's ``faults``."""
    name = path.name
    try:
        content = path.read_bytes()
    except OSError:
        return Document(name, (), None, {}, {}, (Fault(name, "there is no such file that can be read"),))
    if len(content) > LARGEST:
        return Document(name, (), None, {}, {}, (Fault(name, f"the file is longer than {LARGEST:,} bytes"),))
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        return Document(
            name, (), None, {}, {}, (Fault(f"{name}:{line}", "this is not UTF-8 text", "save it as UTF-8"),)
        )
    return parse_document(text, name)


def parse_document(text: str, name: str) -> Document:
    """Read YAML text; what is wrong with it is in the document's ``faults``."""
    from ruamel.yaml import YAML
    from ruamel.yaml.error import MarkedYAMLError, ReusedAnchorWarning, YAMLError

    reading = _Reading(name, tuple(text.splitlines()))
    try:
        with warnings.catch_warnings():
            # an anchor means nothing where no alias is allowed
            warnings.simplefilter("ignore", ReusedAnchorWarning)
            node = YAML(typ="safe", pure=True).compose(text)
        data = None if node is None else _plain(node, (), reading, set())
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        position = (mark.line, mark.column) if mark else (0, 0)
        what = f"this is not YAML that can be read: {error.problem or error.context or 'a syntax error'}"
        reading.faults.append(_fault_at(name, reading.lines, position, what, "check indentation, colons and quotes"))
        data = None
    except (YAMLError, RecursionError, ValueError):
        reading.faults.append(Fault(name, "this is not YAML that can be read", "check for odd characters and nesting"))
        data = None
    if data is None and not reading.faults:
        reading.faults.append(Fault(name, "the file is empty"))
    return Document(name, reading.lines, data, reading.values, reading.keys, tuple(reading.faults))


def _plain(node: Node, place: Place, reading: _Reading, seen: set[int]) -> Any:
    """Turn a node into plain data, noting where it stands and refusing what is not plain."""
    from ruamel.yaml.nodes import MappingNode, SequenceNode

    reading.values[place] = _mark(node)
    if id(node) in seen:
        reading.refuse(node, "an alias (*name) is not allowed here", "write the value out")
        return None
    seen.add(id(node))
    if isinstance(node, MappingNode | SequenceNode) and not str(node.tag).endswith((":map", ":seq")):
        reading.refuse(node, f"the tag {node.tag} is not allowed", PLAIN)
        return None
    if isinstance(node, MappingNode):
        return _mapping(node, place, reading, seen)
    if isinstance(node, SequenceNode):
        return [_plain(item, (*place, number), reading, seen) for number, item in enumerate(node.value)]
    return _scalar(node, reading)


def _mapping(node: Node, place: Place, reading: _Reading, seen: set[int]) -> dict[str, Any]:
    made: dict[str, Any] = {}
    for key_node, value_node in node.value:
        key = str(key_node.value) if isinstance(key_node.value, str) else ""
        if not isinstance(key_node.value, str) or key_node.tag.endswith(":merge"):
            reading.refuse(key_node, "a key must be plain text", "write each key as one word")
            continue
        if key in made:
            reading.refuse(key_node, f"the key {key!r} stands here a second time", "keep one of them")
            continue
        reading.keys[(*place, key)] = _mark(key_node)
        made[key] = _plain(value_node, (*place, key), reading, seen)
    return made


def _scalar(node: Node, reading: _Reading) -> str | int | float | bool | date | None:
    text: str = node.value
    builders: dict[str, Callable[[str], str | int | float | bool | date | None]] = {
        "str": str,
        "null": lambda _: None,
        "bool": _truth,
        "int": lambda text: int(text.replace("_", ""), 0),
        "float": _finite,
        "timestamp": date.fromisoformat,
    }
    build = builders.get(str(node.tag).removeprefix("tag:yaml.org,2002:"))
    if build is None:
        reading.refuse(node, f"the tag {node.tag} is not allowed", PLAIN)
        return None
    try:
        return build(text)
    except ValueError:
        reading.refuse(
            node,
            "this value cannot be read as a number, a day, true or false",
            "put it in quotation marks if it is text",
        )
        return None


def _truth(text: str) -> bool:
    # other words are true in one version of YAML and text in another
    words = {"true": True, "false": False}
    if text.casefold() not in words:
        raise ValueError
    return words[text.casefold()]


def _finite(text: str) -> float:
    number = float(text.replace("_", ""))
    if not math.isfinite(number):
        raise ValueError
    return number


def _mark(node: Node) -> Mark:
    return node.start_mark.line, node.start_mark.column


def _fault_at(name: str, lines: tuple[str, ...], mark: Mark, what: str, fix: str) -> Fault:
    line, column = mark
    cut = max(column - SHOWN // 2, 0)
    excerpt = f"{lines[line][cut : cut + SHOWN]}\n{' ' * (column - cut)}^" if line < len(lines) else ""
    return Fault(f"{name}:{line + 1}:{column + 1}", what, fix, excerpt)
