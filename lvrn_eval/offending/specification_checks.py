"""What a reader must know before believing a specification curve."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lvrn_eval.offending.checks import evidence_level
from lvrn_eval.phrases import SMALL, listed, many
from lvrn_eval.result import ESTIMATE_COLUMNS, Check

if TYPE_CHECKING:
    import pandas as pd

SAME = [name for name in ESTIMATE_COLUMNS if name not in {"term", "group"}]


def checks(table: pd.DataFrame) -> tuple[Check, ...]:
    """Return every check of a specification curve, in the order they are read."""
    return (evidence_level(), _declared(table), _small_sample(table), _estimated(table), _alike(table))


def _declared(table: pd.DataFrame) -> Check:
    text = (
        f"{many(len(table), 'specification', 'specifications')} in the grid; one that was tried and is not among them "
        "would make the answer look steadier than it is."
    )
    return Check("declared", passed=None, text=text)


def _small_sample(table: pd.DataFrame) -> Check:
    few = int(table["descriptive"].sum())
    if not few:
        return Check("small_sample", passed=True, text=f"At least {SMALL} people inform every specification.")
    text = f"{few:,} of {len(table):,} specifications rest on fewer than {SMALL} people: those are descriptive only."
    return Check("small_sample", passed=False, text=text)


def _estimated(table: pd.DataFrame) -> Check:
    reasons = table.loc[table["reason"] != "", "reason"].value_counts(sort=False)
    if reasons.empty:
        return Check("estimates_missing", passed=True, text="Every specification gives an estimate and an interval.")
    said = listed([f"{reason} ({many(int(number), 'time', 'times')})" for reason, number in reasons.items()])
    return Check("estimates_missing", passed=False, text=f"Without an estimate or an interval: {said}.")


def _alike(table: pd.DataFrame) -> Check:
    """Say how many rows repeat another: a choice that changes nothing makes a curve look steadier."""
    given = table[table["estimate"].notna()]
    again = int(given.duplicated(SAME).sum())
    if not again:
        return Check("specifications_differ", passed=True, text="No two specifications have the same numbers.")
    text = (
        f"{again:,} of {len(given):,} have the same numbers as another, since a choice changed nothing there: they "
        "are no separate answers."
    )
    return Check("specifications_differ", passed=None, text=text)
