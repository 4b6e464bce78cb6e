"""Sets of questions answered on one scale of agreement: the share in the top boxes, and every category."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import pandas as pd

from lvrn_eval.engine import Table, as_table, build, literal, quoted
from lvrn_eval.errors import Fault, RecordsError, suggestion
from lvrn_eval.records.instruments.expressions import case, is_null
from lvrn_eval.records.instruments.intervals import check_level, share_row
from lvrn_eval.records.instruments.score import NUMBERS
from lvrn_eval.result import ESTIMATE_COLUMNS, Check, Result, Sentence

if TYPE_CHECKING:
    from sqlglot import exp

    from lvrn_eval.engine import Frame
    from lvrn_eval.result import Choice

MOST_CATEGORIES = 11
"""Answers from 0 to 10 are the widest scale of this kind."""


def likert(
    answers: Table | Frame,
    items: Sequence[str],
    *,
    low: int,
    high: int,
    top: int = 2,
    reversed_items: Sequence[str] = (),
    conf_level: float = 0.95,
) -> Result:
    """Return, for each question, the share of answers in the top boxes, and how many gave each answer.

    Parameters
    ----------
    answers
        One row per person who was asked.
    items
        The columns of answers, such as ``["feedback_1", "feedback_2"]``.
    low, high
        The lowest and highest answer, whole numbers; higher is better.
    top
        How many of the highest answers count: 2 for top-two-box.
    reversed_items
        Those of ``items`` on which lower is better; they are turned round first: ``low + high`` minus the answer.
    conf_level
        Of the intervals.

    Returns
    -------
    Result
        Estimates: ``term`` the column, ``group`` ``all``, ``estimate`` the share with Wilson's interval, ``n`` who
        answered, ``n_events`` in the top boxes. ``parts``: ``categories`` (``item, answer, people``), every answer with
        a row, those nobody gave too.

    Raises
    ------
    RecordsError
        When a column is missing or holds no numbers, the scale or the boxes make no sense, or answers are outside the
        scale or not whole. All faults at once, with counts.
    AnalysisError
        When ``conf_level`` is no level.

    Notes
    -----
    People who did not answer are in no denominator; the check ``answered`` says how many.

    *Validated against* statsmodels (``proportion_confint``) and by hand: see ``tests/instruments`` and
    ``tests/hand/test_hand_instruments.py``.

    Examples
    --------
    >>> import pandas as pd
    >>> answers = pd.DataFrame({"useful": [5, 4, 4, 2, None]})
    >>> result = likert(answers, ["useful"], low=1, high=5)
    >>> result.table[["term", "estimate", "n", "n_events"]].values.tolist()
    [['useful', 0.75, 4, 3]]
    """
    check_level(conf_level)
    table = as_table(answers, "answers")
    _check(table, items, low, high, top, reversed_items)
    counts, outside, asked = _counts(table, items, low, high, reversed_items)
    if outside:
        faults = [
            Fault(f"answers.{name}", f"{_rows(rows)} outside {low} to {high}, or not whole", "look at how it was coded")
            for name, rows in outside.items()
        ]
        raise RecordsError("these answers cannot be counted", faults)
    rows = []
    for name, found in counts.items():
        n, events = sum(found.values()), sum(found[answer] for answer in range(high - top + 1, high + 1))
        rows.append(share_row(name, "all", events, n, conf_level))
    method: dict[str, Choice] = {
        "scale": f"{low} to {high}, higher is better", "top": top, "reversed": list(reversed_items),
        "interval": "Wilson", "conf_level": conf_level, "missing": "left out of the denominator",
        "engine": table.engine.dialect,
    }  # fmt: skip
    categories = pd.DataFrame(
        [
            {"item": name, "answer": answer, "people": people}
            for name, found in counts.items()
            for answer, people in found.items()
        ],
    )
    title = f"Answers among the highest {top} of {high - low + 1}"
    return Result(
        name="likert",
        title=title,
        table=pd.DataFrame(rows, columns=[*ESTIMATE_COLUMNS, "measure", "interval"]).astype(
            {"n": "Int64", "n_events": "Int64"}
        ),
        method=method,
        checks=(_answered(counts, asked),),
        text=(Sentence(f"Shares are of those who answered: the highest {top} answers of {high - low + 1}."),),
        count_columns=("n", "n_events"),
        parts={
            "categories": Result(
                "categories", "People by answer", categories, method, count_columns=("people",), shape="counts"
            ),
        },
    )


def _check(table: Table, items: Sequence[str], low: int, high: int, top: int, reversed_items: Sequence[str]) -> None:
    """Refuse what cannot be counted.

    Raises
    ------
    RecordsError
        Listing everything wrong with columns and choices.
    """
    faults = []
    if isinstance(items, str) or not items:
        faults.append(Fault("items", "is not a list of columns", 'name at least one, as in ["feedback_1"]'))
        items = []
    for name in items:
        if name not in table.columns:
            faults.append(Fault(f"answers.{name}", "there is no such column", suggestion(name, table.columns)))
        elif not table.columns[name].upper().startswith(NUMBERS):
            fault = Fault(
                f"answers.{name}", f"holds {table.columns[name]}, where numbers are needed", "make numbers of it before"
            )
            faults.append(fault)
    if not low < high or high - low >= MOST_CATEGORIES:
        faults.append(Fault("low, high", "are not the ends of a scale", f"give at most {MOST_CATEGORIES} answers"))
    elif not 1 <= top <= high - low:
        faults.append(Fault("top", "must leave at least one answer out", "write 2 for top-two-box"))
    faults += [
        Fault("reversed_items", f"{name!r} is not among the items", suggestion(name, items))
        for name in reversed_items
        if name not in items
    ]
    if faults:
        raise RecordsError("these answers cannot be counted", faults)


def _counts(
    table: Table, items: Sequence[str], low: int, high: int, reversed_items: Sequence[str]
) -> tuple[dict[str, dict[int, int]], dict[str, int], int]:
    """Return people by question and answer; rows outside the scale by question; and how many rows there are."""
    from sqlglot import exp, select

    answers = range(low, high + 1)
    columns: list[exp.Expr] = [exp.alias_(exp.Count(this=exp.Star()), "asked")]
    for place, name in enumerate(items):
        for each in answers:
            given = low + high - each if name in reversed_items else each
            columns.append(exp.alias_(_how_many(quoted(name).eq(literal(given))), f"n_{place}_{each - low}"))
        odd = exp.or_(
            exp.not_(exp.Between(this=quoted(name), low=literal(low), high=literal(high))),
            exp.NEQ(this=quoted(name), expression=exp.Floor(this=quoted(name))),
        )
        columns.append(exp.alias_(_how_many(exp.and_(exp.not_(is_null(quoted(name))), odd)), f"odd_{place}"))
    step = build("instruments/likert", select(*columns).from_("answers"))
    row: Mapping[str, int] = table.engine.run(step, tables={"answers": table}).to_arrow().to_pylist()[0]
    counts = {name: {each: int(row[f"n_{place}_{each - low}"]) for each in answers} for place, name in enumerate(items)}
    outside = {name: int(row[f"odd_{place}"]) for place, name in enumerate(items) if row[f"odd_{place}"]}
    return counts, outside, int(row["asked"])


def _how_many(condition: exp.Expr) -> exp.Expr:
    from sqlglot import exp

    return exp.Count(this=case((condition, literal(1))))


def _answered(counts: Mapping[str, Mapping[int, int]], asked: int) -> Check:
    each = [sum(found.values()) for found in counts.values()]
    fewest = min(each)
    text = f"Of {_rows(asked)}, between {fewest:,} and {max(each):,} answered a question."
    return Check(
        "answered",
        fewest == asked,
        text,
        counts=(asked, fewest, asked - fewest),
        instead="Everybody answered every question." if fewest == asked else "Not everybody answered every question.",
    )


def _rows(count: int) -> str:
    return f"{count:,} row{'' if count == 1 else 's'}"
