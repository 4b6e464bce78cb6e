"""What a mapping gives: one long table of observations, and a reason for every indicator that has none."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from lvrn_eval.framework.periods import ALL, period_end
from lvrn_eval.framework.scope import of_rows
from lvrn_eval.framework.values import NO_INTERVAL, as_date

if TYPE_CHECKING:
    from lvrn_eval.framework.mapping import Answer
    from lvrn_eval.framework.model import Framework, Indicator
    from lvrn_eval.framework.pool import HasTables
    from lvrn_eval.result import Result

COLUMNS = (
    "programme", "indicator", "outcome", "strength", "level", "area", "period", "period_start", "period_end", "value",
    "conf_low", "conf_high", "conf_level", "interval", "numerator", "denominator", "n_people", "n_records", "n_missing",
    "unit", "direction", "kind", "lineage",
)  # fmt: skip
"""The columns of the table of observations, in this order."""

COUNTS = ("n_people", "n_records", "n_missing")

WHY = ("programme", "indicator", "outcome", "strength", "reason")
"""The columns of the table of what is unanswered."""


@dataclass(frozen=True, eq=False)
class Observations:
    """Every indicator that could be computed, by outcome, group and period; aggregates only.

    Parameters
    ----------
    table
        A row for each ``programme``, ``indicator``, ``outcome`` it speaks to (with the ``strength`` of that link),
        group (``level`` says which column it was broken down by, ``area`` which value; ``all`` for the whole) and
        period (``period``, ``period_start``, ``period_end``; of ``all`` the start is missing and the end is the day
        of the extract). ``value`` is in ``unit``, and ``direction`` the change that is hoped for. ``conf_low``,
        ``conf_high``, ``conf_level`` and ``interval``, the name of its method. ``numerator`` and ``denominator``,
        what it was made of; ``n_people``, ``n_records``, ``n_missing``, whom and how many rows it rests on, and how
        many were left out because something was missing. ``kind`` of measure; ``lineage``, the tables it was
        computed from with their rows.
    unanswered
        ``programme``, ``indicator``, ``outcome``, ``strength``, ``reason``: why there is nothing.
    framework
        The digest of the framework that said how.
    programmes
        Whose records were given.
    about_people
        The indicators whose values are about people, which disclosure control must protect.
    typed
        The indicators and levels whose groups are texts as somebody typed them; ``to_result`` leaves these out.
    """

    table: pd.DataFrame
    unanswered: pd.DataFrame
    framework: str
    programmes: tuple[str, ...] = ()
    about_people: frozenset[str] = field(default=frozenset(), repr=False)
    typed: frozenset[tuple[str, str]] = field(default=frozenset(), repr=False)

    def once(self) -> pd.DataFrame:
        """Return the table with each value once, however many outcomes it speaks to; ``outcomes`` names them."""
        keys = [name for name in COLUMNS if name not in {"outcome", "strength"}]
        same = ["indicator", "level", "area", "period_start"]
        named = self.table.groupby(same, dropna=False, sort=False)["outcome"].agg("; ".join)
        first = self.table.drop_duplicates(same)[keys].set_index(same)
        return first.assign(outcomes=named).reset_index()[[*keys, "outcomes"]]

    def to_result(self) -> Result:
        """Return the observations in a form that disclosure control can protect.

        Returns
        -------
        Result
            ``observations``: the counts. Its parts ``shares``, ``rates`` and ``values`` hold what is not a count, each
            in the form of its kind.
        """
        from lvrn_eval.framework.protected import to_result

        return to_result(self)


def gather(
    framework: Framework, answers: Sequence[Answer], conf_level: float, held: Mapping[str, HasTables]
) -> Observations:
    """Return the answers of a mapping as one table, in the order of the framework."""
    found = [(answer, level, frame) for answer in answers for level, frame in answer.frames]
    table = _told(found, conf_level) if found else _empty()
    why = [
        (answer.indicator.programme, answer.indicator.slug, link.outcome, link.strength, answer.reason)
        for answer in answers
        if not answer.frames
        for link in answer.indicator.contributes_to
    ]
    about = frozenset(answer.indicator.slug for answer in answers if answer.frames and _counts_people(answer.indicator))
    unanswered = pd.DataFrame(why, columns=list(WHY), dtype=object)
    typed = frozenset(
        (answer.indicator.slug, level) for answer, level, _ in found if _is_typed(answer.indicator, level, held)
    )
    return Observations(table[list(COLUMNS)], unanswered, framework.digest, tuple(held), about, typed)


def _is_typed(indicator: Indicator, level: str, held: Mapping[str, HasTables]) -> bool:
    """Return whether the groups of a breakdown are texts that the sources of some programme do not name."""
    measure = indicator.measure
    column = of_rows(measure).get(level) if measure else None
    if measure is None or column is None or column.kind != "text":
        return False
    of = [held[programme] for programme in measure.programmes or (indicator.programme,)]
    return any(level not in getattr(records, "vocabulary", {}).get(measure.table, ()) for records in of)


def _counts_people(indicator: Indicator) -> bool:
    """Return whether the values of an indicator are about people, as far as its measure tells; in doubt they are."""
    measure = indicator.measure
    if measure is None or measure.table in {"organisations", "patrols"}:
        return False
    if measure.kind == "distinct" and measure.per is None:
        return of_rows(measure)[measure.of].kind == "id"
    return True


def _told(found: Sequence[tuple[Answer, str, pd.DataFrame]], conf_level: float) -> pd.DataFrame:
    """Return the values of every indicator and breakdown with everything that says what they are."""
    table = pd.concat([frame for _, _, frame in found], ignore_index=True).rename(columns={"place": "area"})
    # which of the answers each row belongs to
    nth = np.repeat(np.arange(len(found)), [len(frame) for _, _, frame in found])
    order = table.assign(nth=nth).sort_values(["nth", "period_start", "area"], kind="stable").index
    table, nth = table.loc[order].reset_index(drop=True), nth[order]
    starts = [as_date(start) for start in table["period_start"]]
    in_one = [start == ALL for start in starts]
    answers = [found[number][0] for number in nth.tolist()]
    ends = [
        answer.as_of if one else period_end(start, answer.period)
        for answer, start, one in zip(answers, starts, in_one, strict=True)
    ]
    counts = {name: table[name].astype("Float64").round().astype("Int64") for name in COUNTS}
    said = pd.DataFrame([_said(answer, level) for answer, level, _ in found], dtype=object)
    table = table.assign(
        **counts,
        period_start=_days([None if one else start for start, one in zip(starts, in_one, strict=True)]),
        period_end=_days(ends), conf_level=np.where(table["interval"] == NO_INTERVAL, np.nan, conf_level),
        **{str(name): said[name].to_numpy()[nth] for name in said},
    )  # fmt: skip
    return _linked(table, answers)[list(COLUMNS)]


def _said(answer: Answer, level: str) -> dict[str, object]:
    """Return what is the same for all values of an indicator and breakdown."""
    one = answer.indicator
    return {
        "programme": one.programme, "indicator": one.slug, "level": level, "period": answer.period, "unit": one.unit,
        "direction": one.direction, "kind": one.measure.kind if one.measure else "", "lineage": answer.lineage,
    }  # fmt: skip


def _linked(table: pd.DataFrame, answers: Sequence[Answer]) -> pd.DataFrame:
    """Return each value once for each outcome that it speaks to."""
    links = [answer.indicator.contributes_to for answer in answers]
    linked = table.loc[np.repeat(np.arange(len(table)), [len(each) for each in links])].reset_index(drop=True)
    named = [(link.outcome, link.strength) for each in links for link in each]
    outcomes = pd.DataFrame(named, columns=["outcome", "strength"], dtype=object)
    return linked.assign(outcome=outcomes["outcome"], strength=outcomes["strength"])


def _days(days: Sequence[object]) -> pd.Series:
    return pd.Series(pd.to_datetime(pd.Series(list(days), dtype=object)).to_numpy(dtype="datetime64[s]"))


def _empty() -> pd.DataFrame:
    return pd.DataFrame({name: pd.Series(dtype=object) for name in COLUMNS})
