"""What a cell of a report calls to show an evaluation's own file: roles, logs, checklists, and what is missing."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from lvrn_eval.phrases import listed, many
from lvrn_eval.report.bundle.checklists import MISSING, answered
from lvrn_eval.report.bundle.evaluation import ENDING, ROLES, Entry, Evaluation, load_evaluation
from lvrn_eval.report.cells import DIGEST, Block
from lvrn_eval.report.tables import LONGEST_VALUE, Kind, definition_table, escape, markdown_table

if TYPE_CHECKING:
    from lvrn_eval.release import Release

NOT_SAID = "Not said"

LOGS = {
    "assumptions": {
        "assumption": "Assumption", "effect": "Effect on the answer", "reliability": "Reliability", "why": "Why",
        "when": "When", "made_by": "Made by", "signed_off_by": "Signed off by",
    },
    "decisions": {
        "decision": "Decision", "why": "Why", "when": "When", "made_by": "Made by", "signed_off_by": "Signed off by",
    },
    "data": {
        "source": "Source", "holder": "Held by", "covers": "Covers", "quality": "Known faults", "basis": "Lawful basis",
    },
    "assurance": {"check": "Check", "kind": "Kind", "found": "What was found", "when": "When", "by": "By"},
}  # fmt: skip
"""The columns of each log, with their heads."""


def evaluation(report: str) -> Evaluation:
    """Return the evaluation beside a report; called by a report's first cell."""
    return load_evaluation(Path(f"{report}{ENDING}"))


def roles(of: Evaluation) -> Block:
    """Return who did what; a role nobody is named for is said to be open."""
    rows = [(role.capitalize(), of.roles.get(role, NOT_SAID)) for role in ROLES]
    return Block(definition_table(rows, ("Role", "Who")))


def specification(of: Evaluation) -> Block:
    """Return what was asked and what for."""
    heads = {"question": "Question", "use": "Use", "planned": "Plan", "proportionate": "How much was checked, and why"}
    rows = [(head, of.specification.get(name, NOT_SAID)) for name, head in heads.items()]
    return Block(definition_table(rows, ("What", "Answer")))


def plan(release: Release) -> Block:
    """Return the analysis plan that was locked beforehand, and every way in which the analysis differs from it."""
    locked = release.plan
    if locked is None:
        text = "No plan was locked before this analysis: what was looked at first, and what later, cannot be told."
        return Block(f"{text}\n")
    families = [f"{name}: {', '.join(members)}" for name, members in locked["families"].items()]
    rows = [
        ("Locked on", locked["locked_on"]),
        ("Digest", str(locked["digest"])[:DIGEST]),
        ("Primary outcome", locked["primary"] or "none"),
        ("Families of outcomes", "; ".join(families) or "none"),
    ]
    table = definition_table(rows, ("What", "Planned"))
    if not release.deviations:
        return Block(f"{table}\nThe analysis does not differ from its plan.\n")
    said = "\n".join(f"- {escape(sentence, LONGEST_VALUE)}" for sentence in release.deviations)
    return Block(f"{table}\nThe analysis differs from its plan:\n\n{said}\n")


def log(of: Evaluation, name: str, *, label: str, caption: str) -> Block:
    """Return a log as a table: ``assumptions``, ``decisions``, ``data`` or ``assurance``.

    Parameters
    ----------
    of
        The evaluation.
    name
        Which log.
    label, caption
        As in ``cells.table``.
    """
    entries: Sequence[Entry] = getattr(of, name)
    if not entries:
        return Block(f"The log of {name} is empty.\n")
    heads = {column: head for column, head in LOGS[name].items() if any(entry.get(column) for entry in entries)}
    rows = [[escape(entry.get(column, NOT_SAID), LONGEST_VALUE) for column in heads] for entry in entries]
    table = _marked(pd.DataFrame(rows, columns=list(heads)), heads, label, caption)
    silent = [head.casefold() for column, head in LOGS[name].items() if column not in heads]
    return Block(table.markdown + (f"\nNot said of any entry: {listed(silent)}.\n" if silent else ""))


def limitations(of: Evaluation) -> Block:
    """Return the known limitations as a list."""
    said = [f"- {escape(text, LONGEST_VALUE)}" for text in of.limitations]
    return Block("\n".join(said or ["No limitation is stated, which is itself a gap."]) + "\n")


def checklist(name: str, release: Release, of: Evaluation, *, label: str, caption: str) -> Block:
    """Return a reporting checklist with its answers, those that are missing said to be missing.

    Parameters
    ----------
    name
        ``strobe``, ``record`` or ``tidier``.
    release, of
        Who answers: the release itself, and the evaluation's own file.
    label, caption
        As in ``cells.table``.
    """
    found = answered(name, release, of)
    missing = sum(answer == MISSING for _, answer in found)
    rows = [(item.number, escape(item.asks), _answer(answer)) for item, answer in found]
    heads = {"item": "Item", "asks": "What it asks", "answer": "Answer"}
    table = _marked(pd.DataFrame(rows, columns=list(heads)), heads, label, caption)
    return Block(f"{many(len(found) - missing, 'item', 'items')} answered, {missing} missing.\n\n{table.markdown}")


def _answer(text: str) -> str:
    return f"**{MISSING}**" if text == MISSING else escape(text, LONGEST_VALUE)


def _marked(frame: pd.DataFrame, heads: dict[str, str], label: str, caption: str) -> Block:
    formats: dict[str, Kind] = dict.fromkeys(heads, "marked")
    return Block(markdown_table(frame, headings=heads, caption=caption, label=label, formats=formats))
