"""Several before/after questions of one family: read together, every fault told once, and written as rows."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import asdict, replace
from typing import TYPE_CHECKING

from lvrn_eval.errors import AnalysisError
from lvrn_eval.phrases import SMALL, ratio_text, with_interval

if TYPE_CHECKING:
    from collections.abc import Hashable

    import pandas as pd

    from lvrn_eval.offending.counting import Cells
    from lvrn_eval.offending.estimates import Row
    from lvrn_eval.offending.study import Study


def read_several(questions: Mapping[str, Callable[[], Study]]) -> dict[str, Study]:
    """Read every question.

    Raises
    ------
    AnalysisError
        Listing what is wrong with any of them: once where it is wrong with all, else with the name of the question.
    """
    studies: dict[str, Study] = {}
    wrong: dict[str, AnalysisError] = {}
    for name, read in questions.items():
        try:
            studies[name] = read()
        except AnalysisError as error:
            wrong[name] = error
    if not wrong:
        return studies
    told = Counter(fault for error in wrong.values() for fault in dict.fromkeys(error.faults))
    faults = [fault for fault, times in told.items() if times == len(questions)]
    faults += [
        replace(fault, where=fault.where if fault.where.startswith(name) else f"{name}: {fault.where}")
        for name, error in wrong.items()
        for fault in dict.fromkeys(error.faults)
        if told[fault] < len(questions)
    ]
    raise AnalysisError(next(iter(wrong.values())).summary, faults)


COUNTS = ("n", "n_events", "events_before", "events_after")
"""The counts of a row: a ratio and the events of both sides together would tell those of either."""

NO_RATIO, NOT_SHOWN = "cannot be given", "is not shown"
"""What is said where there is no ratio, before the wall and behind it."""


def row_of(row: Row, cells: Cells, group: str, **more: Hashable) -> dict[str, Hashable]:
    """Return an estimate as a row of one of several, with whether too few people inform it to conclude anything."""
    sides = {"events_before": int(cells.total(cells.before)), "events_after": int(cells.total(cells.after))}
    return {**asdict(row), "group": group, "descriptive": row.n < SMALL, **sides, **more}


def ratio_is(row: Mapping[str, float], missing: str) -> str:
    """Return ``is 0.71 (95% interval 0.55 to 0.92)``; without an interval the estimate, else ``missing``."""
    if math.isnan(row["estimate"]):
        return missing
    if math.isnan(row["conf_low"]):
        return f"is {ratio_text(row['estimate'])}, without an interval"
    low, high = (ratio_text(row[name]) for name in ("conf_low", "conf_high"))
    return f"is {with_interval(ratio_text(row['estimate']), low, high, row['conf_level'])}"


def is_finding(row: Mapping[str, float]) -> bool:
    """Say whether the adjusted p-value is below what the level of the interval leaves."""
    # 1 - 0.95 is a little more than 0.05
    return row["p_adjusted"] < round(1 - row["conf_level"], 12)


NUMBERS = ["estimate", "conf_low", "conf_high", "conf_level", "p_value", "p_adjusted", *COUNTS]


def numbers(table: pd.DataFrame) -> list[dict[str, float]]:
    """Return the numbers of each row; what is hidden or missing is NaN."""
    columns = [name for name in NUMBERS if name in table.columns]
    values = table[columns].astype("Float64").to_numpy(dtype=float, na_value=math.nan)
    return [dict(zip(columns, row, strict=True)) for row in values]
