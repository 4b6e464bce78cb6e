"""Reading a disclosure policy from its file: every fault is told at its place."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import fields
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from lvrn_eval.documents import Document, FileKind, Finding
from lvrn_eval.documents.reading import read_document
from lvrn_eval.documents.schemas import schema_findings
from lvrn_eval.errors import ReleaseError
from lvrn_eval.release.policy import FOLDER, PACKAGED, Policy

if TYPE_CHECKING:
    from pathlib import Path

POLICY = FileKind("disclosure policy", ReleaseError)
SCHEMA = "disclosure_policy-1.json"


def read_policy(path: Path) -> Policy:
    """Read a disclosure policy.

    Parameters
    ----------
    path
        A file ``<name>.yaml``.

    Raises
    ------
    ReleaseError
        When the file cannot be read or anything in it is wrong: every fault, with its line.
    """
    document = read_document(path, POLICY)
    shape = schema_findings(document, load_schema())
    rules = [] if shape else list(_rule_findings(document, path))
    if faults := document.faults([*shape, *rules]):
        raise POLICY.refused(path, faults)
    content: Any = document.root.value
    return Policy(**{field.name: content[field.name] for field in fields(Policy)})


def load_schema() -> dict[str, Any]:
    """Return the JSON Schema (draft 2020-12) of a policy's file."""
    text = files("lvrn_eval.release").joinpath("schema", SCHEMA).read_text(encoding="utf-8")
    schema: dict[str, Any] = json.loads(text)
    return schema


def _rule_findings(document: Document, path: Path) -> Iterator[Finding]:
    """Yield what the values say against one another."""
    values, found = document.root.values, document.root.value
    if not isinstance(found, dict):
        return
    if found["name"] != path.stem:
        what = f"`name` is {found['name']!r}, but the file is {path.name}"
        yield Finding(values["name"], what, "let them be the same")
    elif found["name"] in PACKAGED and path.parent != FOLDER:
        yield Finding(values["name"], f"there is a policy {found['name']!r} in the package", "choose another name")
    shows_all = found["threshold"] == 0 and found["base"] == 1
    if shows_all and found["audience"] == "anyone" and found["data"] == "any":
        fix = "write `audience: internal` or `data: not_personal`, or hide small counts"
        yield Finding(values["threshold"], "this policy hides nothing, of anybody, from anyone", fix)
