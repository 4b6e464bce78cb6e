"""Reporting checklists: what each item asks, who can answer it, and the answer, or that it is missing.

The items' numbers are those of STROBE (von Elm and others 2007), RECORD (Benchimol and others 2015) and TIDieR
(Hoffmann and others 2014); what each asks is said in our own words.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING

from ruamel.yaml import YAML

if TYPE_CHECKING:
    from lvrn_eval.release import Release
    from lvrn_eval.report.bundle.evaluation import Evaluation

CHECKLISTS = ("strobe", "record", "tidier")
MISSING = "Missing: nobody has said."


@dataclass(frozen=True)
class Item:
    """One item.

    Parameters
    ----------
    number
        As the checklist counts: ``"12c"``.
    asks
        What it asks, in our words.
    answered_by
        A name of ``ANSWERS``, or a key of the evaluation's ``intervention``; empty where only a person can say.
    """

    number: str
    asks: str
    answered_by: str = ""


@cache
def load_checklist(name: str) -> tuple[Item, ...]:
    """Return the items of a checklist, in its order."""
    text = files("lvrn_eval.report.bundle").joinpath("checklists", f"{name}.yaml").read_text(encoding="utf-8")
    return tuple(Item(**item) for item in YAML(typ="safe", pure=True).load(text)["items"])


def answered(name: str, release: Release, evaluation: Evaluation) -> list[tuple[Item, str]]:
    """Return every item of a checklist with its answer.

    A person's answer comes before what the release says; where neither says anything, the answer is ``MISSING``.
    """
    from lvrn_eval.report.bundle.answers import answers_of

    known = evaluation.intervention if name == "tidier" else answers_of(release)
    return [(item, _answer(name, item, evaluation, known)) for item in load_checklist(name)]


def _answer(name: str, item: Item, evaluation: Evaluation, known: Mapping[str, str]) -> str:
    return evaluation.answers.get((name, item.number)) or known.get(item.answered_by) or MISSING
