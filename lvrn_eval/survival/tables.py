"""Checking and counting a table where it lives: two grouped queries, however many people."""

from __future__ import annotations

import numpy as np
from sqlglot import exp

from lvrn_eval.cohort.column_types import data_type, is_number, is_truth
from lvrn_eval.engine import Step, Table, Value, literal, quoted
from lvrn_eval.survival.frames import NUMERIC, levels
from lvrn_eval.survival.inputs import ALL, ONE, Causes, Columns, Observed, broken_rules, event_rule, refuse
from lvrn_eval.survival.kernels.tally import assemble

PACKAGE = "lvrn_eval.survival"
ENTERED, CENSORED = -1, 0
"""Codes of ``counts.sql`` that are no event."""

WHEN_NOT_GIVEN: dict[str, Value] = {"by": ALL, "strata": ALL, "entry": 0.0, "weights": 1.0}


def observe(function: str, table: Table, columns: Columns, causes: Causes = ONE) -> Observed:
    """Check a table's columns and count its people into groups and times; only the counts come home.

    Raises
    ------
    AnalysisError
        With every fault, in counts of rows.
    """
    given = columns.given()
    numeric = [part for part in given if part in NUMERIC]
    wrong = [part for part in numeric if not _may_be(part, data_type(table, given[part]))]
    expressions = {part: literal(value) for part, value in WHEN_NOT_GIVEN.items()}
    expressions |= {part: quoted(column, "data") for part, column in given.items()}
    # a column of the wrong kind is a fault already; nothing in it may reach a cast
    expressions |= {part: literal(0.0) if part in wrong else _as_number(table, given[part]) for part in numeric}
    found = table.engine.run(
        Step.load(PACKAGE, "faults.sql"),
        tables={"data": table},
        expressions=expressions | {"event_known": _known(expressions["event"], causes)},
    )
    broken = {str(rule): int(n) for rule, n in found.to_pandas().iloc[0].items()}
    rows = broken.pop("rows")
    about = given.keys() - set(wrong)
    broken = {rule: n for rule, n in broken.items() if rule.partition("_")[0] in about}
    if "time" in wrong:
        broken.pop("entry_late", None)
    if "event_other" in broken:
        broken[event_rule(causes)] = broken.pop("event_other")
    refuse(function, broken_rules(columns, wrong, broken, rows))
    return _count(table, columns, expressions, causes, broken.get("weights_zero", 0))


def _known(event: exp.Expr, causes: Causes) -> exp.Expr:
    """Return whether an event is one of the codes."""
    if causes.others:
        return exp.and_(
            exp.GTE(this=event.copy(), expression=literal(0.0)), exp.EQ(this=event, expression=_floor(event))
        )
    return exp.In(this=event, expressions=[literal(float(code)) for code in (0, *causes.codes)])


def _floor(value: exp.Expr) -> exp.Expr:
    return exp.Floor(this=value.copy())


def _may_be(part: str, kind: exp.DataType) -> bool:
    """Say whether a column of this type may play the part; only an event may be true or false."""
    return is_number(kind) or (part == "event" and is_truth(kind))


def _count(
    table: Table,
    columns: Columns,
    expressions: dict[str, exp.Expr],
    causes: Causes,
    no_weight: int,
) -> Observed:
    moves = table.engine.run(
        Step.load(PACKAGE, "counts.sql"),
        tables={"data": table},
        expressions=expressions,
    ).to_pandas()
    groups, group = levels(moves["by_value"])
    strata, stratum = levels(moves["strata_value"])
    people, code = (moves[name].to_numpy().astype(np.int64) for name in ("people", "code"))
    time = moves["moment"].to_numpy(dtype=np.float64)
    codes, place = np.unique(code, return_inverse=True)
    by_code = people[:, None] * (place[:, None] == np.arange(codes.size))
    entered, censored = (by_code[:, codes == kind].sum(axis=1) for kind in (ENTERED, CENSORED))
    cell, n_cells = stratum * len(groups) + group, len(strata) * len(groups)
    counts = assemble(cell, time, entered, causes.pick(codes, by_code), censored, n_cells)
    return Observed(counts, groups, columns, strata, no_weight, causes)


def _as_number(table: Table, column: str) -> exp.Expr:
    """Return a column as a real number; no engine casts truth values alike, so they are spelt out."""
    value = quoted(column, "data")
    if is_truth(data_type(table, column)):
        number = exp.case().when(value.copy(), literal(1.0)).when(exp.not_(value.copy()), literal(0.0))
        return exp.cast(number, "double")
    return exp.cast(value, "double")
