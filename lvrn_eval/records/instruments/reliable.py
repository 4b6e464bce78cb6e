"""Whether a person's change is larger than measurement error explains: the rule on numbers, and as SQL."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from sqlglot import exp

from lvrn_eval.engine import literal
from lvrn_eval.records.instruments.definitions import Direction, ReliableChange, Z
from lvrn_eval.records.instruments.expressions import case, column, is_null, negated, number, typed

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from lvrn_eval.result import Choice

CLASSES = ("improved", "unchanged", "deteriorated")


def index_of(change: NDArray[np.float64], rule: ReliableChange) -> NDArray[np.float64]:
    """Return the index of reliable change: the change over its standard error; NaN where the rule has none."""
    error = rule.error_of_difference
    return np.full_like(change, np.nan) if error is None else change / error


def is_reliable(change: NDArray[np.float64], rule: ReliableChange) -> NDArray[np.bool_]:
    """Return which changes are reliable: an index beyond 1.96, or at least the published points."""
    if rule.points is not None:
        return np.abs(change) >= rule.points
    return np.abs(index_of(change, rule)) > Z


def classes_of(change: NDArray[np.float64], rule: ReliableChange, higher: Direction) -> dict[str, NDArray[np.bool_]]:
    """Return which changes are reliably for the better, for the worse, or neither."""
    reliable = is_reliable(change, rule)
    up = change > 0
    improved = reliable & (up if higher == "better" else ~up)
    return {"improved": improved, "unchanged": ~reliable, "deteriorated": reliable & ~improved}


def as_sql(rule: ReliableChange | None, higher: Direction) -> dict[str, exp.Expr]:
    """Return the index and the class as expressions over the column ``change``; missing without a rule."""
    change = column("change")
    if rule is None:
        return {"index": typed(exp.null(), "double"), "class": typed(exp.null(), "text")}
    error = rule.error_of_difference
    index = exp.null() if error is None else exp.Div(this=change, expression=number(error))
    if rule.points is not None:
        reliable: exp.Expr = exp.GTE(this=exp.Abs(this=change), expression=number(rule.points))
    else:
        reliable = exp.GT(this=exp.Abs(this=index), expression=number(Z))
    up = exp.GT(this=change, expression=literal(0))
    better = up if higher == "better" else negated(up)
    return {
        "index": typed(index, "double"),
        "class": case(
            (is_null(change), typed(exp.null(), "text")),
            (negated(exp.Paren(this=reliable)), literal("unchanged")),
            (better, literal("improved")),
            default=literal("deteriorated"),
        ),
    }


def described(rule: ReliableChange | None) -> dict[str, Choice]:
    """Return the rule as plain data, for the method of a Result."""
    if rule is None:
        return {"reliable_change": None}
    numbers: dict[str, Choice] = {
        name: value for name in ("sd", "reliability", "sem", "points") if (value := getattr(rule, name)) is not None
    }
    formula = "at least the points" if rule.points is not None else "|after - before| / (sem * sqrt(2)) > 1.96"
    if rule.sd is not None:
        formula = "|after - before| / (sd * sqrt(2) * sqrt(1 - reliability)) > 1.96"
    return {
        "reliable_change": {
            **numbers,
            "rule": formula,
            "smallest_change": rule.smallest,
            "source": rule.source.text,
            "confirmed": rule.source.confirmed,
        },
    }
