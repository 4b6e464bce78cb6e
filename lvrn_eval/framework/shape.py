"""Faults of shape: what the JSON Schema of a framework refuses, and how a framework's entries are called."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from importlib.resources import files
from typing import Any

from lvrn_eval.documents import Document, Finding, Node, Step, shown
from lvrn_eval.documents.schemas import schema_findings
from lvrn_eval.framework.sections import SECTIONS, label

SCHEMAS: Mapping[int, str] = {1: "outcomes_framework-1.json"}
"""The layouts this release reads, by ``schema_version``."""


def load_schema(version: int) -> dict[str, Any]:
    """Return the JSON Schema (draft 2020-12) of a version of the file."""
    text = files("lvrn_eval.framework").joinpath("schema", SCHEMAS[version]).read_text(encoding="utf-8")
    schema: dict[str, Any] = json.loads(text)
    return schema


def shape_findings(document: Document) -> list[Finding]:
    """Return what does not fit the schema; only the version, when that is not one this release reads."""
    version = document.root.get("schema_version")
    number = version.value if version is not None else max(SCHEMAS)
    if version is not None and (type(number) is not int or number not in SCHEMAS):
        return [_unread_version(version)]
    return schema_findings(document, load_schema(int(str(number))), _place)


def _unread_version(node: Node) -> Finding:
    read = ", ".join(str(version) for version in SCHEMAS)
    fix = f"write `schema_version: {max(SCHEMAS)}`, or use the release of lvrn-eval the file was written for"
    return Finding(node, f"`schema_version` is {shown(node.value)}; this release reads {read}", fix)


def _place(root: Node, path: Sequence[Step]) -> str:
    """Return how to call what a path leads to: ``the file``, ```unit` of indicator 'people_supported'``."""
    if not path:
        return "the file"
    if path[0] not in SECTIONS or len(path) == 1:
        return " of ".join(f"`{step}`" for step in reversed(path))
    section, position, *rest = path
    entry = label(root.at([section, position]), str(section), int(position))
    if not rest:
        return entry
    last = rest[-1]
    return f"`{last}` of {entry}" if isinstance(last, str) else f"entry {last + 1} of `{rest[-2]}` of {entry}"
