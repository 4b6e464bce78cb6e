"""What those who check an evaluation need to know that its numbers do not say: roles, logs, what was done to people."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from types import MappingProxyType
from typing import Any

from lvrn_eval.documents import Document, FileKind, Finding
from lvrn_eval.documents.reading import read_document
from lvrn_eval.documents.schemas import schema_findings
from lvrn_eval.errors import ReportError, suggestion

ENDING = ".evaluation.yaml"
"""A report ``champions.qmd`` has its evaluation beside it, in ``champions.evaluation.yaml``."""

EVALUATION = FileKind("evaluation", ReportError)
SCHEMA = "evaluation-1.json"
TEXTS = ("roles", "specification", "intervention")
LOGS = ("assumptions", "decisions", "data", "assurance")
ROLES = ("commissioner", "analyst", "assurer", "approver")

Entry = Mapping[str, str]


@dataclass(frozen=True)
class Evaluation:
    """An evaluation's own file; what it does not say is missing from these, and is told as missing.

    Parameters
    ----------
    report, analysis
        What it is about.
    roles, specification, intervention
        Texts by name.
    assumptions, decisions, data, assurance
        The logs, in the order written.
    limitations
        What the answer cannot bear.
    answers
        To items of checklists: (checklist, item) to text.
    """

    report: str
    analysis: str
    roles: Entry
    specification: Entry
    intervention: Entry
    assumptions: tuple[Entry, ...]
    decisions: tuple[Entry, ...]
    data: tuple[Entry, ...]
    assurance: tuple[Entry, ...]
    limitations: tuple[str, ...]
    answers: Mapping[tuple[str, str], str]


def load_evaluation(path: Path | str) -> Evaluation:
    """Read an evaluation's file.

    Parameters
    ----------
    path
        ``<report>.evaluation.yaml``.

    Raises
    ------
    ReportError
        When the file cannot be read or anything in it is wrong: every fault, with its line.
    """
    path = Path(path)
    document = read_document(path, EVALUATION)
    findings = schema_findings(document, load_schema()) or list(_rule_findings(document, path))
    if faults := document.faults(findings):
        raise EVALUATION.refused(path, faults)
    content: Any = document.root.value
    answers = {(entry["checklist"], entry["item"]): entry["answer"] for entry in content.get("reporting", ())}
    said: dict[str, Any] = {name: MappingProxyType(content.get(name, {})) for name in TEXTS}
    said |= {name: tuple(map(MappingProxyType, content.get(name, ()))) for name in LOGS}
    return Evaluation(
        report=content["report"],
        analysis=content["analysis"],
        limitations=tuple(content.get("limitations", ())),
        answers=MappingProxyType(answers),
        **said,
    )


def load_schema() -> dict[str, Any]:
    """Return the JSON Schema (draft 2020-12) of an evaluation's file."""
    text = files("lvrn_eval.report.bundle").joinpath("schema", SCHEMA).read_text(encoding="utf-8")
    schema: dict[str, Any] = json.loads(text)
    return schema


def _rule_findings(document: Document, path: Path) -> Iterator[Finding]:
    """Yield what the values say against one another, and items no checklist has."""
    from lvrn_eval.report.bundle.checklists import CHECKLISTS, load_checklist

    root, content = document.root, document.root.value
    if not isinstance(content, dict):
        return
    if f"{content['report']}{ENDING}" != path.name:
        what = f"`report` is {content['report']!r}, but the file is {path.name}"
        yield Finding(root.values["report"], what, "let them be the same")
    roles = root.get("roles")
    if roles is not None and roles.text("analyst") and roles.text("analyst") == roles.text("assurer"):
        yield Finding(roles.values["assurer"], "the assurer is the analyst", "let somebody else check the work")
    items = {name: [item.number for item in load_checklist(name)] for name in CHECKLISTS}
    reporting = root.get("reporting")
    for entry in reporting.items if reporting else ():
        name, item = str(entry.text("checklist")), str(entry.text("item"))
        if item not in items[name]:
            yield Finding(entry.values["item"], f"{name.upper()} has no item {item!r}", suggestion(item, items[name]))
