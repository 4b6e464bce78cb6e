"""The steps behind regression to the mean: each person's counts in each stretch of days, and the grouped table."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import TYPE_CHECKING

import numpy as np

from lvrn_eval.cohort.windows import custody_away, not_at_risk
from lvrn_eval.engine import Step, Table, as_table, literal, quoted
from lvrn_eval.errors import AnalysisError, Fault, suggestion
from lvrn_eval.offending.counting import wanted
from lvrn_eval.offending.kernels.gamma_poisson import Histories
from lvrn_eval.phrases import many

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray
    from sqlglot import exp

    from lvrn_eval.engine import Frame
    from lvrn_eval.offending.study import Study

    Array = NDArray[np.float64]

PACKAGE = "lvrn_eval.offending"
COHORT = "lvrn_eval.cohort"


@dataclass(frozen=True)
class Rule:
    """What got people into the study: at least ``least`` events of ``kinds``, on record before."""

    kinds: tuple[str, ...]
    least: int


@dataclass(frozen=True)
class Cells:
    """People grouped by what was counted: arrays of shape ``(n_cells,)``, and nobody's name.

    Parameters
    ----------
    needed
        Events that had to lie in the before window or the rest for the rule to be met.
    met_without_before, met_without_earlier, met_without_both
        Whether the rule was met whatever happened in that window, or in both.
    washout, raw, before, earlier, after
        Events of one person.
    days_washout, days_raw, days_before, days_earlier, days_rest, days_after
        Days at risk of that person; the rest is all before the before window, the earlier window included.
    people
        How many people the cell stands for.
    """

    needed: Array
    met_without_before: NDArray[np.bool_]
    met_without_earlier: NDArray[np.bool_]
    met_without_both: NDArray[np.bool_]
    washout: Array
    raw: Array
    before: Array
    earlier: Array
    after: Array
    days_washout: Array
    days_raw: Array
    days_before: Array
    days_earlier: Array
    days_rest: Array
    days_after: Array
    people: Array

    @property
    def n(self) -> int:
        """How many people there are."""
        return round(float(self.people.sum()))

    @property
    def histories(self) -> Histories:
        """What the model looks at."""
        return Histories(
            self.needed, self.before, self.after, self.days_before, self.days_after, self.days_rest, self.people
        )

    def where(self, which: NDArray[np.bool_]) -> Cells:
        """Return some of the cells."""
        return Cells(*(getattr(self, field.name)[which] for field in fields(self)))


@dataclass(frozen=True)
class Found:
    """The cells, and who is behind them: ``people, unmet, window_cut, earlier_cut, after_cut``."""

    cells: Cells
    counts: dict[str, int]


def count_selected(study: Study, rule: Rule) -> tuple[Found, Table]:
    """Count the events of the people of a study, and return their windows too.

    Raises
    ------
    AnalysisError
        When somebody did not meet the rule: then it was another.
    """
    windows = _windows(study, study.people, quoted(study.windows.before_anchor), quoted(study.windows.after_anchor))
    found = _count(study, rule, windows, study.people)
    if unmet := found.counts["unmet"]:
        who = f"{unmet:,} {'person has' if unmet == 1 else 'people have'}"
        least = many(rule.least, "event", "events")
        what = f"{who} fewer than {least} of its kinds on record before, so this was not the rule"
        fix = (
            "name every kind of event the rule looked at with rule_kinds=, or state the rule's least with least_before="
        )
        raise AnalysisError("the records do not allow an answer", [Fault("least_before", what, fix)])
    return found, windows


def count_pool(study: Study, rule: Rule, windows: Table, pool: Table | Frame, seed: int) -> Found:
    """Count the events of people who were not selected, at the days of those who were; the rule leaves some out.

    Raises
    ------
    AnalysisError
        When the pool is no table of people, or people of the study are in it.
    """
    table = as_table(pool, "pool", study.people.engine)
    if "person_id" not in table.columns:
        missing = Fault("pool.person_id", "there is no such column", suggestion("person_id", table.columns))
        raise AnalysisError("the records do not allow an answer", [missing])
    if faults := _pool_faults(table, windows):
        raise AnalysisError("the records do not allow an answer", faults)
    born = quoted("birth_month", "pool") if "birth_month" in table.columns else literal(None)
    people = table.engine.run(
        Step.load(PACKAGE, "regression_pool.sql"),
        tables={"pool": table, "windows": windows},
        values={"salt": f":{seed}"},
        expressions={"birth_month": _as_date(born)},
    )
    return _count(study, rule, _windows(study, people, quoted("before_anchor"), quoted("after_anchor")), people)


def _as_date(column: exp.Expr) -> exp.Expr:
    from sqlglot import exp

    return exp.cast(column, "date")


def _windows(study: Study, people: Table, before_anchor: exp.Expr, after_anchor: exp.Expr) -> Table:
    return people.engine.run(
        Step.load(PACKAGE, "regression_windows.sql"),
        tables={"people": people},
        values={
            "window_days": study.windows.before,
            "washout_days": study.windows.washout,
            "as_of": study.windows.as_of,
            "observed_from": study.windows.observed_from,
        },
        expressions={"before_anchor": before_anchor, "after_anchor": after_anchor},
    )


def _count(study: Study, rule: Rule, windows: Table, people: Table) -> Found:
    engine = windows.engine

    def run(name: str, tables: Mapping[str, Table], **expressions: exp.Expr) -> Table:
        return engine.run(Step.load(PACKAGE, f"regression_{name}.sql"), tables=tables, expressions=expressions)

    away, periods = _away(study, windows, people), run("periods", {"windows": windows})
    ruled = quoted("kind", "events").isin(*(literal(kind) for kind in rule.kinds))
    given = {"events": study.events, "windows": windows, "away": away}
    events = run("events", given, counted=wanted(study), ruled=ruled)
    counted = run("events_of", {"events": events, "periods": periods})
    days = run("days_of", {"periods": periods, "away": away})
    each = engine.run(
        Step.load(PACKAGE, "regression_people.sql"),
        tables={"events_of": counted, "days_of": days, "events": events},
        values={"least": rule.least},
    )
    rows = run("found", {"people": each, "windows": windows}).to_arrow().to_pylist()
    return Found(_cells(run("cells", {"people": each})), rows[0])


def _away(study: Study, windows: Table, people: Table) -> Table:
    """Return the stretches of days not at risk: in custody, and under age."""
    away = None
    if study.custody is not None:
        away = custody_away(study.custody, windows, study.windows.as_of)
    if study.min_age is not None and "birth_month" in people.columns:
        return not_at_risk(windows, people, study.min_age, away)
    return away or windows.engine.run(Step.load(COHORT, "windows_no_away.sql"), tables={"windows": windows})


def _cells(table: Table) -> Cells:
    arrow = table.to_arrow()
    columns = {field.name: arrow.column(field.name).to_numpy() for field in fields(Cells)}
    return Cells(
        **{name: np.asarray(values, dtype=bool if "met" in name else float) for name, values in columns.items()}
    )


def _pool_faults(pool: Table, windows: Table) -> list[Fault]:
    step = Step.load(PACKAGE, "regression_pool_check.sql")
    found = pool.engine.run(step, tables={"pool": pool, "selected": windows}).to_arrow().to_pylist()[0]
    told = {
        "unnamed": ("missing in {}", "name every person"),
        "repeated": ("{} too many for people who have a row already", "keep one row per person"),
        "in_both": ("{} of people of the study", "leave out of the pool whoever is in the study"),
    }
    return [
        Fault("pool.person_id", what.format(f"{found[name]:,} row{'' if found[name] == 1 else 's'}"), fix)
        for name, (what, fix) in told.items()
        if found[name]
    ]
