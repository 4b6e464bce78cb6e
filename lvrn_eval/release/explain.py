"""What a policy hid, how much of it, and why: for the analyst, never for a release."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from lvrn_eval.release.dominance import dominated
from lvrn_eval.release.extremes import of_few_on_one_side, single_values
from lvrn_eval.release.frames import tables_of
from lvrn_eval.release.suppress import hidden_together, protect_all
from lvrn_eval.result import Result, Sentence

if TYPE_CHECKING:
    from lvrn_eval.release.policy import Policy
    from lvrn_eval.release.primary import Draft
    from lvrn_eval.result import Choice

FEW = "few people or events"
OF_FEW = "in a row that rests on few"
DOMINATED = "one or two make up most of the total"
PROTECTS = "hidden to protect another"
RESTS = "rests on a hidden count"
EXTREME = "one person's value"
WHOLE_GROUP = "a curve of few people, or whose steps hold few"
"""The reasons, each as a reader of the table sees it."""

COLUMNS = ("result", "column", "reason", "hidden", "cells")


def explain(results: Sequence[Result], policy: Policy) -> Result:
    """Return what a policy hides of the results of a release, and why.

    Parameters
    ----------
    results
        What an analysis returned.
    policy
        The rules.

    Returns
    -------
    Result
        One row per table, column and reason: how many cells are hidden for it, and how many the column has. It counts
        cells, not people, but it is for whoever may see the records: it says which counts are few.
    """
    drafts = hidden_together(results, policy)
    after = {title: table for one in protect_all(results, policy) for title, table in tables_of(one)}
    rows: list[dict[str, object]] = []
    for title, before in ((title, table) for one in results for title, table in tables_of(one)):
        if title in after:
            rows += _of_table(title, after[title], drafts.get(before), policy)
    table = pd.DataFrame(rows, columns=list(COLUMNS)).astype({"hidden": "int64", "cells": "int64"})
    total = int(table["hidden"].sum())
    text = Sentence(f"{total} cell{'s' * (total != 1)} hidden under the policy {policy.name!r}: {policy.about}.")
    method: dict[str, Choice] = {"policy": policy.name, "version": policy.version}
    return Result("explanation", "What is hidden, and why", table, method, text=(text,), shape="counts")


def _of_table(title: str, shown: Result, one: Draft | None, policy: Policy) -> Iterator[dict[str, object]]:
    """Yield how many cells of each column are hidden for each reason."""
    if shown.suppressed is None:
        return
    for column in shown.table.columns:
        hidden = shown.suppressed[column].to_numpy(dtype=bool)
        if not hidden.any():
            continue
        why = _reasons(str(column), hidden, one, policy)
        for reason in dict.fromkeys(why[hidden].tolist()):
            number = int((why[hidden] == reason).sum())
            yield {"result": title, "column": column, "reason": reason, "hidden": number, "cells": len(hidden)}


def _reasons(column: str, hidden: np.ndarray, one: Draft | None, policy: Policy) -> np.ndarray:
    """Return the reason of each cell of a column; of cells that are shown too, which nobody reads."""
    if one is None or len(one.table) != len(hidden):
        return np.full(len(hidden), WHOLE_GROUP, dtype=object)
    if column not in one.hidden.columns:
        alone = single_values(one.table, policy).get(column, np.zeros(len(hidden), bool))
        sided = of_few_on_one_side(one.table, policy).to_numpy(dtype=bool)
        return np.where(alone | sided & ~one.hidden.any(axis="columns").to_numpy(dtype=bool), EXTREME, RESTS).astype(
            object
        )
    few = policy.few(one.counts)[column].to_numpy(dtype=bool)
    primary = one.primary[column].to_numpy(dtype=bool)
    much = dominated(one.table, policy).to_numpy(dtype=bool)
    return np.select([few, much, primary], [FEW, DOMINATED, OF_FEW], PROTECTS).astype(object)
