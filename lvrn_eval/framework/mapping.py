"""From records to observations: every indicator computed where its records are, one grouped step each."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import TYPE_CHECKING, Any, TypeAlias, get_args

from lvrn_eval.errors import AnalysisError, Fault, suggestion
from lvrn_eval.framework.measure import Measure, Period
from lvrn_eval.framework.pool import HasTables, Pool, Source
from lvrn_eval.framework.scope import of_rows
from lvrn_eval.framework.vocabulary import GROUPING, tables
from lvrn_eval.phrases import listed

if TYPE_CHECKING:
    import pandas as pd

    from lvrn_eval.framework.asked import Asked
    from lvrn_eval.framework.model import Framework, Indicator
    from lvrn_eval.framework.observations import Observations

Progress = Callable[[str], None]


Given: TypeAlias = "HasTables | Iterable[HasTables] | Mapping[str, HasTables]"


def map_outcomes(
    records: Given,
    framework: Framework,
    *,
    indicators: Sequence[str] | None = None,
    period: str | None = None,
    by: Sequence[str] | None = None,
    as_of: date | str | None = None,
    conf_level: float = 0.95,
    progress: Progress | None = None,
) -> Observations:
    """Compute every indicator that the records can give.

    Parameters
    ----------
    records
        One programme's records, several, or a mapping from programme to records. Anything with ``programme`` and
        ``tables`` will do; a table may be a pandas frame.
    framework
        What is to be measured, and how.
    indicators
        Which indicators, by slug; by default all of them.
    period
        How long a period is, in place of what each measure says: day, week, month, quarter, calendar_year,
        financial_year, school_year or all. A change between stated days, and a count of people as they stand, keep
        their one period.
    by
        What to break down by, in place of what each measure says, where its table has such a column; ``[]`` for
        nothing but the whole.
    as_of
        The last day that is looked at; by default the day of each programme's extract.
    conf_level
        The level of intervals.
    progress
        Called with the slug of each indicator as it is computed.

    Returns
    -------
    Observations
        ``table``: a row for each programme, indicator, outcome, group and period; ``unanswered``: a row for each
        indicator that could not be computed, with the reason.

    Raises
    ------
    AnalysisError
        When a programme or an indicator is not one of the framework's, a choice is unknown, or a table lacks columns
        that a measure needs: all of them at once.

    Notes
    -----
    One grouped query runs for each indicator and breakdown, in the engine that holds the records; what several of
    them need, a row per person, is made there once. No row about a person is brought home. Shares have Wilson's
    interval, rates the exact Poisson interval, means and paired changes the t interval, the relative change of two
    counts the exact conditional one; the column ``interval`` says which.
    A row in which something needed is missing is left out and counted in ``n_missing``. A group or period in which no
    row satisfies the measure's ``where`` has no row: records cannot tell that nothing happened from that nothing was
    written down.

    *Validated against* pandas 2.3, scipy 1.17 and statsmodels 0.14: ``tests/mapping/test_mapping_pandas.py``; by
    hand: ``tests/hand/test_hand_measures.py``.

    Examples
    --------
    >>> import pandas as pd
    >>> import lvrn_eval as lv
    >>> from types import SimpleNamespace
    >>> from lvrn_eval.framework.mapping import map_outcomes
    >>> framework = lv.load_framework("outcomes_framework.yaml")
    >>> contacts = pd.DataFrame({
    ...     "person_id": ["a", "a", "b"], "site": ["x", "x", "y"], "role": ["mentor"] * 3, "attended": [True] * 3,
    ...     "on": pd.to_datetime(["2023-01-09", "2023-02-06", "2023-02-07"]),
    ... })
    >>> records = SimpleNamespace(programme="champions", tables={"contacts": contacts})
    >>> found = map_outcomes(records, framework, indicators=["champions_people_supported"], by=[], period="all")
    >>> float(found.table["value"].iloc[0])
    2.0
    """
    from lvrn_eval.framework.observations import gather

    held = _held(records, framework)
    wanted = _wanted(framework, indicators)
    _check_choices(period, by, conf_level)
    job = Job(framework, held, period, tuple(by) if by is not None else None, _as_date(as_of), conf_level, Pool())
    found = []
    for indicator in wanted:
        if progress is not None:
            progress(indicator.slug)
        found.append(job.answer(indicator))
    job.pool.forget()
    if faults := [fault for answer in found for fault in answer.faults]:
        raise AnalysisError("these records cannot be mapped", list(dict.fromkeys(faults)))
    return gather(framework, found, conf_level, held)


def _held(records: Given, framework: Framework) -> dict[str, HasTables]:
    if isinstance(records, Mapping):
        several: list[HasTables] = list(records.values())
    elif isinstance(records, HasTables):
        several = [records]
    elif isinstance(records, Iterable):
        several = list(records)
    else:
        raise AnalysisError(f"records are expected, with `programme` and `tables`, not {type(records).__name__}")
    held: dict[str, HasTables] = {}
    known = [programme.slug for programme in framework.programmes]
    for each in several:
        if not isinstance(each, HasTables):
            raise AnalysisError(f"records are expected, with `programme` and `tables`, not {type(each).__name__}")
        if each.programme not in known:
            raise AnalysisError(
                f"the framework has no programme {each.programme!r}; {suggestion(each.programme, known)}",
            )
        if each.programme in held:
            raise AnalysisError(f"the records of {each.programme} are given twice")
        held[each.programme] = each
    return held


def _wanted(framework: Framework, indicators: Sequence[str] | None) -> list[Indicator]:
    if indicators is None:
        return list(framework.indicators)
    known = [indicator.slug for indicator in framework.indicators]
    if unknown := [slug for slug in indicators if slug not in known]:
        raise AnalysisError(f"the framework has no indicator {unknown[0]!r}; {suggestion(unknown[0], known)}")
    return [indicator for indicator in framework.indicators if indicator.slug in indicators]


def _check_choices(period: str | None, by: Sequence[str] | None, conf_level: float) -> None:
    periods = get_args(Period)
    if period is not None and period not in periods:
        raise AnalysisError(f"there is no period {period!r}; {suggestion(period, periods)}")
    known = {name for table in tables() for name, column in _rows(table).items() if column.kind in GROUPING}
    for name in by or ():
        if name not in known:
            raise AnalysisError(f"nothing can be broken down by {name!r}; {suggestion(name, sorted(known))}")
    if not 0 < conf_level < 1:
        raise AnalysisError(f"conf_level is {conf_level}; it lies between 0 and 1, such as 0.95")


def _rows(table: str) -> Mapping[str, Any]:
    return of_rows(Measure(table, "records"))


def _as_date(day: date | str | None) -> date | None:
    if day is None or isinstance(day, date):
        return day
    try:
        return date.fromisoformat(day)
    except ValueError:
        raise AnalysisError(f"as_of is {day!r}; write a day as 2024-03-31") from None


@dataclass(frozen=True)
class Answer:
    """What came of one indicator: its totals with values, or why there are none."""

    indicator: Indicator
    frames: tuple[tuple[str, pd.DataFrame], ...] = ()
    period: str = "all"
    as_of: date | None = None
    lineage: str = ""
    reason: str = ""
    faults: tuple[Fault, ...] = ()


@dataclass(frozen=True)
class Job:
    """Everything that is the same for all indicators of one mapping."""

    framework: Framework
    held: Mapping[str, HasTables]
    period: str | None
    by: tuple[str, ...] | None
    as_of: date | None
    conf_level: float
    pool: Pool

    def answer(self, indicator: Indicator) -> Answer:
        """Compute one indicator."""
        measure = indicator.measure
        if measure is None:
            reason = indicator.not_measured or "the framework does not say how it is computed"
            return Answer(indicator, reason=reason)
        programmes = measure.programmes or (indicator.programme,)
        # some of the programmes taken together would give a smaller number that looks like the whole
        if absent := [slug for slug in programmes if slug not in self.held]:
            return Answer(indicator, reason=f"no records of {listed(absent, 'or')} were given")
        given = [self.held[slug] for slug in programmes]
        source = Source(given, self.as_of, self.pool)
        if empty := source.empty(measure):
            where = listed([records.programme for records in given], "and")
            return Answer(indicator, reason=f"the table `{empty}` of {where} holds no rows")
        return self._from(indicator, self._asked(measure, source), source)

    def _from(self, indicator: Indicator, asked: Asked, source: Source) -> Answer:
        """Compute one indicator from tables that hold rows."""
        faults = [fault for each in self._levels(asked) for fault in source.lacking(each, indicator)]
        if asked.as_of is None and asked.names_as_of:
            what = f"{indicator.slug} looks back from `as_of`, but no day is given"
            faults.append(Fault(indicator.programme, what, "give `as_of=`"))
        if faults:
            return Answer(indicator, faults=tuple(faults))
        found = [(each.by or "all", self._computed(each, source)) for each in self._levels(asked)]
        if asked.folds_first:
            source.forget(asked)
        frames = tuple((level, frame) for level, frame in found if len(frame))
        if not frames:
            return Answer(indicator, reason=_why_empty(asked.measure))
        return Answer(indicator, frames, asked.period, asked.as_of, source.lineage(asked))

    def _asked(self, measure: Measure, source: Source) -> Asked:
        from lvrn_eval.framework.asked import Asked

        period: str = measure.period
        crosses = measure.kind == "change" and not measure.against and not measure.of
        if self.period is not None and measure.day and not crosses and not (measure.against and self.period == "all"):
            period = self.period
        return Asked(measure, period, "", source.as_of, self._broken_down_by(measure))

    def _broken_down_by(self, measure: Measure) -> tuple[str, ...]:
        wanted = measure.by if self.by is None else tuple(
            name for name in self.by if name in of_rows(measure) and of_rows(measure)[name].kind in GROUPING
        )  # fmt: skip
        if self.by is not None and not measure.has_overall and not wanted:
            wanted = measure.by
        return wanted

    def _levels(self, asked: Asked) -> Iterator[Asked]:
        """Yield the measure as a whole, and by each column it is broken down by."""
        if asked.measure.has_overall:
            yield asked
        yield from (replace(asked, by=name) for name in asked.levels)

    def _computed(self, asked: Asked, source: Source) -> pd.DataFrame:
        from lvrn_eval.framework.values import values

        totals = source.run(asked).to_pandas()
        return values(totals, asked.measure, asked.period, self.conf_level)


def _why_empty(measure: Measure) -> str:
    where = f" that satisfies {measure.where}" if measure.where else " with all that is needed"
    among = f", and then {measure.among}" if measure.among else ""
    if measure.against:
        return f"the table `{measure.table}` has no two periods, one after the other, with a row{where}"
    return f"the table `{measure.table}` holds no row{where}{among}"
