"""What is asked of a case series, and whether the choices and the records allow it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import pairwise
from typing import TYPE_CHECKING

from lvrn_eval.cohort.checked_columns import REFUSED
from lvrn_eval.cohort.cohort import Cohort
from lvrn_eval.cohort.features import as_date
from lvrn_eval.cohort.windows import Windows, custody_faults, people_faults, read_window
from lvrn_eval.designs.tables import checked
from lvrn_eval.engine import Step, Table, as_table, literal, parse_rule, quoted
from lvrn_eval.errors import AnalysisError, CohortError, Fault, RuleError, suggestion
from lvrn_eval.records.tables import EVENT_KINDS

if TYPE_CHECKING:
    from sqlglot import exp

    from lvrn_eval.engine import Frame, Rule

PACKAGE = "lvrn_eval.designs"
PEOPLE = {"person_id": "id", "first_contact": "date", "last_contact": "date"}
EVENTS = {"person_id": "id", "on": "date", "kind": "text"}
CUSTODY = {"person_id": "id", "starts_on": "date", "ends_on": "date"}
NONE = "none"
OLDEST = 120

NO_PRE_REFERRAL = (
    "is missing: an offence can be the reason for a referral, so the days before it are no fair part of the baseline",
    'give them a window of their own, as in pre_referral="90 days", or declare pre_referral="none"',
)


@dataclass(frozen=True)
class Series:
    """A case series that was asked for, with tables that can answer.

    Parameters
    ----------
    people, events, custody
        Checked tables of one engine.
    kinds
        The kinds of event.
    rule
        A rule that events must meet as well, or None.
    pre_referral
        Days of the window that ends with the day of referral; None where it was declared away.
    programme_cuts, after_cuts
        Days after which a new band of the programme, or of the time after it, begins.
    age_bands, calendar_bands
        Ages in whole years, and days, at which a new band begins.
    first_event
        Whether only the first event of each person counts.
    min_age
        Years under which days are not observed; None where every day is.
    observed_from, as_of
        First and last day of the records.
    """

    people: Table
    events: Table
    custody: Table | None
    kinds: tuple[str, ...]
    rule: Rule | None
    pre_referral: int | None
    programme_cuts: tuple[int, ...]
    after_cuts: tuple[int, ...]
    age_bands: tuple[int, ...]
    calendar_bands: tuple[date, ...]
    first_event: bool
    min_age: int | None
    observed_from: date
    as_of: date

    @property
    def wanted(self) -> exp.Expr:
        """Which events count, as a condition on a row of events."""
        from sqlglot import exp

        of_kinds = quoted("kind", "events").isin(*(literal(kind) for kind in self.kinds))
        if self.rule is None:
            return of_kinds

        def of_events(node: exp.Expr) -> exp.Expr:
            return quoted(node.name, "events") if isinstance(node, exp.Column) else node

        return exp.and_(of_kinds, exp.paren(self.rule.expression.transform(of_events)))

    @property
    def referred(self) -> exp.Expr:
        """The day of referral of a row of people; nothing where no window before it was asked for."""
        from sqlglot import exp

        return exp.cast(exp.null() if self.pre_referral is None else quoted("referred_on", "people"), "date")

    @property
    def birth(self) -> exp.Expr:
        """The month of birth of a row of people; nothing where there is no such column."""
        from sqlglot import exp

        return exp.cast(quoted("birth_month", "people") if "birth_month" in self.people.columns else exp.null(), "date")


def read_series(
    cohort: Cohort | Table | Frame,
    events: Table | Frame,
    *,
    kinds: Sequence[str],
    pre_referral: str | None,
    programme_cuts: Sequence[str],
    after_cuts: Sequence[str],
    age_bands: Sequence[int],
    calendar_bands: Sequence[date | str],
    first_event: bool,
    custody: Table | Frame | None,
    min_age: int | None,
    observed_from: date | str | None,
    as_of: date | str | None,
    where: str | None,
    conf_level: float,
) -> Series:
    """Read the choices and tables of a case series.

    Raises
    ------
    AnalysisError
        Listing everything wrong with the choices; then with the tables' columns; then with their rows.
    RuleError
        When ``where`` is not a rule about events.
    """
    faults: list[Fault] = []
    if isinstance(cohort, Cohort):
        as_of = cohort.as_of if as_of is None else as_of
        observed_from = cohort.observed_from if observed_from is None else observed_from
    first = _day(observed_from, "observed_from", "give the first day the records cover", faults)
    last = _day(as_of, "as_of", "give the last day the records cover", faults)
    if first is not None and last is not None and first > last:
        faults.append(Fault("observed_from", "lies after as_of", "look for swapped dates"))
    faults += _choice_faults(kinds, min_age, conf_level)
    window = _pre_referral(pre_referral, faults)
    cuts = {name: _cuts(given, name, faults) for name, given in
            (("programme_cuts", programme_cuts), ("after_cuts", after_cuts))}  # fmt: skip
    ages, days = _ages(age_bands, faults), _calendar(calendar_bands, first, last, faults)
    if faults or first is None or last is None:
        raise AnalysisError("the question cannot be answered as asked", faults)
    people = as_table(cohort.people if isinstance(cohort, Cohort) else cohort, "people")
    tables = _tables(people, events, custody, pre_referral=window is not None, ages=bool(ages))
    series = Series(
        tables["people"], tables["events"], tables.get("custody"), tuple(dict.fromkeys(kinds)),
        _rule(where, tables["events"]), window, cuts["programme_cuts"], cuts["after_cuts"], ages, days,
        bool(first_event), min_age if "birth_month" in people.columns else None, first, last,
    )  # fmt: skip
    if found := list(_row_faults(series)):
        raise AnalysisError(REFUSED, found)
    return series


def _day(value: date | str | None, argument: str, fix: str, faults: list[Fault]) -> date | None:
    if value is None:
        faults.append(Fault(argument, "was not given", fix))
        return None
    try:
        return as_date(value, argument)
    except CohortError:
        faults.append(Fault(argument, "is not a date", "write it as date(2024, 3, 31) or '2024-03-31'"))
        return None


def _choice_faults(kinds: Sequence[str], min_age: int | None, conf_level: float) -> Iterator[Fault]:
    if isinstance(kinds, str) or not kinds or not all(isinstance(kind, str) for kind in kinds):
        yield Fault("kinds", "is not a list of kinds of event", 'name at least one, as in kinds=["suspect"]')
    if min_age is not None and (type(min_age) is not int or not 0 < min_age <= OLDEST):
        yield Fault("min_age", "is not an age in years", "write 10, or None to count every day")
    if not 0 < conf_level < 1:
        yield Fault("conf_level", "must lie between 0 and 1", "write 0.95 for 95%")


def _pre_referral(window: str | None, faults: list[Fault]) -> int | None:
    if window == NONE:
        return None
    if window is None:
        faults.append(Fault("pre_referral", *NO_PRE_REFERRAL))
        return None
    found = (
        read_window(window, "pre_referral") if window != "all" else Fault("pre_referral", "'all' leaves no baseline")
    )
    if isinstance(found, Fault):
        faults.append(found)
        return None
    return found


def _cuts(given: Sequence[str], argument: str, faults: list[Fault]) -> tuple[int, ...]:
    """Return lengths in days, each longer than the one before."""
    read = [read_window(one, argument) for one in ([given] if isinstance(given, str) else given)]
    wrong = [one for one in read if isinstance(one, Fault)]
    days = tuple(one for one in read if isinstance(one, int))
    faults += wrong
    if not wrong and (len(days) < len(read) or any(b <= a for a, b in pairwise(days))):
        faults.append(
            Fault(argument, "are not lengths from the shortest to the longest", 'write ["91 days", "182 days"]')
        )
    return days


def _ages(given: Sequence[int], faults: list[Fault]) -> tuple[int, ...]:
    ages = tuple(given)
    whole = all(isinstance(age, int) and not isinstance(age, bool) and 0 < age <= OLDEST for age in ages)
    if not whole or any(b <= a for a, b in pairwise(ages)):
        faults.append(
            Fault(
                "age_bands",
                "are not whole ages from the youngest to the oldest",
                "write [14, 16, 18]: a band begins at each",
            )
        )
        return ()
    return ages


def _calendar(
    given: Sequence[date | str], first: date | None, last: date | None, faults: list[Fault]
) -> tuple[date, ...]:
    try:
        days = tuple(as_date(day, "calendar_bands") for day in ([given] if isinstance(given, (str, date)) else given))
    except CohortError:
        faults.append(Fault("calendar_bands", "are not days", "write the first day of each band, as in ['2023-01-01']"))
        return ()
    if any(b <= a for a, b in pairwise(days)):
        faults.append(Fault("calendar_bands", "are not in order", "write them from the earliest to the latest"))
    if first is not None and last is not None and any(not first < day <= last for day in days):
        fix = "leave out days on which no band can begin"
        faults.append(Fault("calendar_bands", "hold a day that is not after observed_from and up to as_of", fix))
    return days


def _tables(
    people: Table,
    events: Table | Frame,
    custody: Table | Frame | None,
    *,
    pre_referral: bool,
    ages: bool,
) -> dict[str, Table]:
    of_people = PEOPLE | ({"referred_on": "date"} if pre_referral else {})
    if ages or "birth_month" in people.columns:
        of_people["birth_month"] = "date"
    given = {"people": people, "events": events} | ({} if custody is None else {"custody": custody})
    return checked(given, {"people": of_people, "events": EVENTS, "custody": CUSTODY})


def _rule(where: str | None, events: Table) -> Rule | None:
    """Read a rule about events.

    Raises
    ------
    RuleError
        When it is not one, or is not true or false of an event.
    """
    if where is None:
        return None
    rule = parse_rule(where, list(events.columns))
    if not rule.is_condition([name for name, kind in events.columns.items() if kind.upper() == "BOOLEAN"]):
        raise RuleError("where: the rule is not true or false of an event; compare it with something")
    return rule


def _row_faults(series: Series) -> Iterator[Fault]:
    engine = series.people.engine
    yield from people_faults(series.people, Windows(None, None, series.as_of, series.observed_from))
    if series.custody is not None:
        yield from custody_faults(series.custody)
    step = Step.load(PACKAGE, "case_series_faults.sql")
    expressions = {"birth": series.birth}
    tables = {"people": series.people, "events": series.events}
    found = engine.run(step, tables=tables, expressions=expressions).to_arrow().to_pylist()[0]
    for name, where, fix in (
        ("unnamed", "events.person_id", "name the person of every event"),
        ("undated", "events.on", "leave out events without a date, and say so"),
        ("no_kind", "events.kind", "say what kind of event each is"),
    ):
        if found[name]:
            yield Fault(where, f"missing in {found[name]:,} row{'' if found[name] == 1 else 's'}", fix)
    if series.age_bands and found["unborn"]:
        rows = f"{found['unborn']:,} row{'' if found['unborn'] == 1 else 's'}"
        yield Fault("people.birth_month", f"not known in {rows}", "leave these people out, or leave out age_bands")
    yield from _kind_faults(series)


def _kind_faults(series: Series) -> Iterator[Fault]:
    """Yield the kinds that neither the canonical list nor the events know."""
    strange = [kind for kind in series.kinds if kind not in EVENT_KINDS]
    if not strange:
        return
    step = Step.load(PACKAGE, "case_series_kinds.sql")
    present = series.events.engine.run(step, tables={"events": series.events}).to_arrow().column("kind").to_pylist()
    known = [*dict.fromkeys([*present, *EVENT_KINDS])]
    for kind in strange:
        if kind not in known:
            yield Fault("kinds", f"{kind!r} is not a kind of event", suggestion(kind, known))
