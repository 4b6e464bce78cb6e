"""Reading YAML: the plain part of the language, with the place of every value.

Only what a person needs to write such a file is read: keys, lists, text, numbers, true and false. Nothing is
constructed from tags, nothing is repeated through aliases, and size and depth are bounded, so a hostile file costs no
time.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import NoReturn

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError
from ruamel.yaml.events import (
    AliasEvent,
    Event,
    MappingEndEvent,
    MappingStartEvent,
    NodeEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
    StreamEndEvent,
)
from ruamel.yaml.reader import ReaderError

from lvrn_eval.documents.document import Document, FileKind, Finding, Node, Plain, fault_at, shown
from lvrn_eval.documents.syntax import explain
from lvrn_eval.errors import Fault, nearest

LARGEST = 256 * 1024
"""Bytes; several times the longest file there is, the framework of Lancashire."""

DEEPEST = 12
MOST_FINDINGS = 20
"""A file with this many tags, anchors or repeated keys is not read to its end."""

NULLS = frozenset({"", "~", "null", "Null", "NULL"})
BOOLEANS = {"true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False}
INTEGER = re.compile(r"[-+]?[0-9]{1,15}")
DECIMAL = re.compile(r"[-+]?(\.[0-9]+|[0-9]{1,15}(\.[0-9]*)?)([eE][-+]?[0-9]{1,2})?")
BREAKS = re.compile("\r\n|[\n\r\x85\u2028\u2029]")
"""Where YAML ends a line."""


def read_document(path: Path, kind: FileKind) -> Document:
    """Read a YAML file.

    Parameters
    ----------
    path
        The file.
    kind
        What it should be, for messages.

    Returns
    -------
    Document
        Its content with places; ``findings`` lists tags, anchors, aliases and repeated keys.

    Raises
    ------
    LvrnError
        The error of its kind, when the file is missing, too large, not UTF-8, not YAML, empty, or nested too deeply.
    """
    text = _decode(_load(path, kind), path, kind)
    lines = BREAKS.split(text)
    reader = _Reader(text, kind)
    try:
        root = reader.document()
    except _StopError:
        faults = [fault_at(path.name, lines, *finding) for finding in reader.findings]
        raise kind.refused(path, faults) from None
    return Document(path.name, lines, root, tuple(reader.findings))


def _load(path: Path, kind: FileKind) -> bytes:
    try:
        with path.open("rb") as file:
            data = file.read(LARGEST + 1)
    except FileNotFoundError:
        raise kind.refused(path, [Fault(path.name, "there is no such file", _sibling(path))]) from None
    except OSError as error:
        why = (error.strerror or "unknown reason").lower()
        raise kind.refused(path, [Fault(path.name, f"the file cannot be opened: {why}")]) from None
    if len(data) > LARGEST:
        what = f"the file is larger than {LARGEST // 1024} KiB, too large to be a {kind.name}"
        raise kind.refused(path, [Fault(path.name, what, "check that this is the right file")])
    return data


def _sibling(path: Path) -> str:
    names = sorted(each.name for each in path.parent.glob("*.y*ml")) if path.parent.is_dir() else []
    close = nearest(path.name, names)
    return f"did you mean {close!r}?" if close else "check the folder and the name of the file"


def _decode(data: bytes, path: Path, kind: FileKind) -> str:
    body = data.removeprefix(b"\xef\xbb\xbf")
    try:
        return body.decode()
    except UnicodeDecodeError as error:
        lines = BREAKS.split(body.decode(errors="replace"))
        place = _position(body[: error.start].decode())
        fix = "save the file as UTF-8 (in the editor: Save as, encoding UTF-8)"
        raise kind.refused(path, [fault_at(path.name, lines, place, "the file is not UTF-8 text", fix)]) from None


def _position(before: str) -> Node:
    """Return the place reached after the text ``before``."""
    lines = BREAKS.split(before)
    return Node(len(lines), len(lines[-1]) + 1, 1, None)


def _place(event: Event) -> Node:
    start, end = event.start_mark, event.end_mark
    length = end.column - start.column if end.line == start.line else 1
    return Node(start.line + 1, start.column + 1, max(length, 1), None)


class _StopError(Exception):
    """Reading cannot go on; the reader's findings say why."""


class _Reader:
    """Builds nodes from the events of a YAML parser."""

    def __init__(self, text: str, kind: FileKind) -> None:
        self.text = text
        self.kind = kind
        self.findings: list[Finding] = []
        self.events: Iterator[Event] | None = None

    def document(self) -> Node:
        """Read the one document of the file."""
        self._next()  # the start of the stream
        begins = not isinstance(self._next(), StreamEndEvent)
        root = self._node(self._next(), 0) if begins else None
        if root is None or root.value is None:
            self._stop(Node(1, 1, 1, None), "the file is empty", "start from the file that `lvrn-eval init` writes")
        self._next()  # the end of the document
        after = self._next()
        if not isinstance(after, StreamEndEvent):
            what = f"a second document starts here; a {self.kind.name} is one document"
            self._stop(_place(after), what, "take out the line `---` or `...`, or move the rest to a file of its own")
        return root

    def _next(self) -> Event:
        try:
            if self.events is None:  # the parser looks at the first characters as soon as it is made
                self.events = iter(YAML(typ="safe", pure=True).parse(self.text))
            return next(self.events)
        except MarkedYAMLError as error:
            self._stop(*explain(error, BREAKS.split(self.text)))
        except ReaderError as error:
            what = f"a character that is not text stands here (U+{ord(self.text[error.position]):04X})"
            self._stop(_position(self.text[: error.position]), what, "take it out")

    def _found(self, event: Event, what: str, fix: str) -> None:
        self.findings.append(Finding(_place(event), what, fix))
        if len(self.findings) == MOST_FINDINGS:
            raise _StopError

    def _stop(self, node: Node, what: str, fix: str = "") -> NoReturn:
        self.findings.append(Finding(node, what, fix))
        raise _StopError

    def _node(self, event: Event, depth: int) -> Node:
        if depth > DEEPEST:
            self._stop(_place(event), f"this is nested more than {DEEPEST} deep", "check brackets and indentation")
        self._refuse_unsafe(event)
        if isinstance(event, MappingStartEvent):
            return self._keyed(event, depth)
        if isinstance(event, SequenceStartEvent):
            return self._listed(event, depth)
        place = _place(event)
        return Node(place.line, place.column, place.length, _scalar(event) if isinstance(event, ScalarEvent) else None)

    def _refuse_unsafe(self, event: Event) -> None:
        if isinstance(event, AliasEvent):
            self._found(
                event, f"the alias `*{event.anchor}` repeats another part of the file", "write the text out here"
            )
        elif isinstance(event, NodeEvent) and event.anchor:
            self._found(event, f"the anchor `&{event.anchor}` is not read here", "take it out")
        if (tag := getattr(event, "tag", None)) is not None:
            short = str(tag).replace("tag:yaml.org,2002:", "!!")
            self._found(
                event, f"the tag `{short}` is not read here", "take it out; only text, numbers and lists are read"
            )

    def _listed(self, start: Event, depth: int) -> Node:
        items = []
        while not isinstance(event := self._next(), SequenceEndEvent):
            items.append(self._node(event, depth + 1))
        place = _place(start)
        return Node(place.line, place.column, 1, [item.value for item in items], items=items)

    def _keyed(self, start: Event, depth: int) -> Node:
        keys: dict[str, Node] = {}
        values: dict[str, Node] = {}
        while not isinstance(event := self._next(), MappingEndEvent):
            name, key = self._key(event)
            after = self._next()
            # the parser places a missing value at whatever comes next; it is missing where its key stands
            value = key if _is_missing(after) else self._node(after, depth + 1)
            if name in keys:
                what = f"the key {shown(name)} stands here a second time; the first is on line {keys[name].line}"
                self._found(event, what, "keep one of them")
                continue
            keys[name], values[name] = key, value
        place = _place(start)
        plain: dict[str, Plain] = {name: value.value for name, value in values.items()}
        return Node(place.line, place.column, 1, plain, keys=keys, values=values)

    def _key(self, event: Event) -> tuple[str, Node]:
        if not isinstance(event, ScalarEvent):
            self._stop(_place(event), "a list or an alias stands where a key is expected", "write `key: value`")
        self._refuse_unsafe(event)
        return str(event.value), _place(event)


def _is_missing(event: Event) -> bool:
    return isinstance(event, ScalarEvent) and event.start_mark.index == event.end_mark.index and not event.anchor


def _scalar(event: ScalarEvent) -> Plain:
    """Return a value as YAML 1.2's core schema reads it; dates stay text."""
    text = str(event.value)
    if event.style in {"|", ">"}:
        return text.strip()
    if event.style or not event.implicit[0]:
        return text
    if text in NULLS:
        return None
    if text in BOOLEANS:
        return BOOLEANS[text]
    if INTEGER.fullmatch(text):
        return int(text)
    return float(text) if DECIMAL.fullmatch(text) else text
