"""What was asked, and whether the tables and choices allow it: everything wrong is told at once."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Literal, TypedDict

from lvrn_eval.cohort.checked_columns import checked_columns, family_of, type_fault
from lvrn_eval.cohort.cohort import Cohort
from lvrn_eval.cohort.features import as_date
from lvrn_eval.cohort.known_groups import Groups, column_faults, has_features, read_groups, row_faults
from lvrn_eval.cohort.windows import (
    ANCHORS,
    AS_AFTER,
    MIN_AGE,
    Windows,
    custody_faults,
    people_faults,
    read_washout,
    read_window,
)
from lvrn_eval.engine import Rule, Step, Table, as_table, parse_rule, quoted
from lvrn_eval.errors import AnalysisError, CohortError, Fault, RuleError, suggestion
from lvrn_eval.records.tables import EVENT_KINDS

if TYPE_CHECKING:
    from lvrn_eval.engine import Frame

Anchor = Literal["referred_on", "first_contact", "last_contact"]
Incomplete = Literal["drop", "rate", "model"]
INCOMPLETE: tuple[Incomplete, ...] = ("drop", "rate", "model")
PACKAGE = "lvrn_eval.offending"

EVENTS = {"person_id": "id", "on": "date", "kind": "text"}
CUSTODY = {"person_id": "id", "starts_on": "date", "ends_on": "date"}
OLDEST = 100
"""Nobody is asked to be older before their days count."""

INTENTION_TO_TREAT = (
    "compare everybody who started first (intention to treat); where the group was known by the first day after, say "
    "so with known="
)


class Choices(TypedDict, total=False):
    """The choices of ``pre_post`` about whose days are compared, which other analyses pass on to it."""

    before: str
    after: str
    before_anchor: Anchor
    after_anchor: Anchor
    washout: str
    custody: Table | Frame | None
    min_age: int | None
    as_of: date | str | None
    observed_from: date | str | None
    incomplete: Incomplete


@dataclass(frozen=True)
class Study:
    """A question about counts before and after, with tables that can answer it.

    Parameters
    ----------
    people, events, custody
        Checked tables of one engine.
    kinds
        The kinds of event that are counted.
    windows
        Which days are before and after.
    incomplete
        What happens to people whose window was cut short of the days asked for.
    min_age
        Years under which days are not at risk; None where every day counts.
    where
        The rule an event must meet besides its kind, or None.
    by
        The column of the people whose values are groups, or None.
    """

    people: Table
    events: Table
    custody: Table | None
    kinds: tuple[str, ...]
    windows: Windows
    incomplete: Incomplete
    min_age: int | None = None
    where: Rule | None = None
    by: str | None = None

    @property
    def exposure_known(self) -> bool:
        """Whether anybody knows how many days lie before."""
        return self.windows.exposure_known


@dataclass(frozen=True)
class Grouping:
    """What the guard against immortal time looks at; without a landmark, as a window begins on one day for everybody.

    Parameters
    ----------
    by
        The columns of the groups.
    known
        For each, the column of dates on which it was known, or ``start``.
    end
        The last day of the records.
    """

    by: tuple[str, ...]
    known: Mapping[str, str]
    end: date
    landmark: int | None = None


def read_study(
    cohort: Cohort | Table | Frame,
    events: Table | Frame,
    *,
    kinds: Sequence[str],
    where: str | None = None,
    before: str = "all",
    after: str = "all",
    before_anchor: str = "first_contact",
    after_anchor: str = "last_contact",
    washout: str = "0 days",
    custody: Table | Frame | None = None,
    min_age: int | None = MIN_AGE,
    as_of: date | str | None = None,
    observed_from: date | str | None = None,
    incomplete: str = "drop",
    by: str | None = None,
    known: Mapping[str, str] | None = None,
    conf_level: float = 0.95,
) -> Study:
    """Read the choices and tables of a before/after question.

    Raises
    ------
    AnalysisError
        Listing everything wrong with the choices; then with the tables' columns; then with their rows.
    """
    faults: list[Fault] = []
    if isinstance(cohort, Cohort):
        as_of = cohort.as_of if as_of is None else as_of
        observed_from = cohort.observed_from if observed_from is None else observed_from
    windows = _windows(before, after, before_anchor, after_anchor, washout, as_of, observed_from, faults)
    faults += _choice_faults(kinds, incomplete, min_age, conf_level)
    if faults or windows is None:
        raise AnalysisError("the question cannot be answered as asked", faults)
    people = cohort.people if isinstance(cohort, Cohort) else as_table(cohort, "people")
    min_age = min_age if "birth_month" in people.columns else None
    tables = _checked_columns(people, events, custody, windows, min_age)
    grouping = None if by is None else Grouping((by,), dict(known or {}), windows.as_of)
    study = Study(
        tables["people"],
        tables["events"],
        tables.get("custody"),
        tuple(dict.fromkeys(kinds)),
        windows,
        next(rule for rule in INCOMPLETE if rule == incomplete),
        min_age,
        _rule(where, tables["events"], faults),
        by,
    )
    groups = None if grouping is None else _groups(grouping, study, has_features(cohort), faults)
    if not faults:
        faults = _row_faults(study)
    if not faults and grouping is not None and groups is not None:
        faults = _late_groups(grouping, study, groups)
    if faults:
        raise AnalysisError("the records do not allow an answer", faults)
    return study


def _windows(
    before: str,
    after: str,
    before_anchor: str,
    after_anchor: str,
    washout: str,
    as_of: date | str | None,
    observed_from: date | str | None,
    faults: list[Fault],
) -> Windows | None:
    last, first = _date(as_of, "as_of", faults), _date(observed_from, "observed_from", faults)
    if as_of is None:
        faults.append(Fault("as_of", "no review date was given", "give the last day the records cover"))
    if last is not None and first is not None and first > last:
        faults.append(Fault("observed_from", "lies after as_of", "look for swapped dates"))
    as_after = before == AS_AFTER
    days_before = None if as_after else _read(read_window(before, "before"), faults)
    days_after = _read(read_window(after, "after"), faults)
    days_out = _read(read_washout(washout), faults) or 0
    faults += _anchor_faults(before_anchor, after_anchor)
    if last is None:
        return None
    return Windows(days_before, days_after, last, first, before_anchor, after_anchor, days_out, as_after)


def _read(found: int | Fault | None, faults: list[Fault]) -> int | None:
    if isinstance(found, Fault):
        faults.append(found)
        return None
    return found


def _anchor_faults(before_anchor: str, after_anchor: str) -> Iterable[Fault]:
    order = list(ANCHORS)
    named = {"before_anchor": before_anchor, "after_anchor": after_anchor}
    strange = [argument for argument, anchor in named.items() if anchor not in order]
    for argument in strange:
        yield Fault(argument, f"{named[argument]!r} is not an anchor", suggestion(str(named[argument]), order))
    if not strange and order.index(after_anchor) < order.index(before_anchor):
        what = f"{after_anchor!r} comes before before_anchor, {before_anchor!r}, so days would be before and after"
        yield Fault("after_anchor", what, f"choose one of: {', '.join(order[order.index(before_anchor) :])}")


def _rule(where: str | None, events: Table, faults: list[Fault]) -> Rule | None:
    if where is None:
        return None
    try:
        rule = parse_rule(where, list(events.columns))
    except RuleError as error:
        found = error.faults or (Fault("rule", error.summary),)
        faults += [Fault("where", fault.what, fault.fix, fault.excerpt) for fault in found]
        return None
    if not rule.is_condition([name for name, kind in events.columns.items() if kind.upper() == "BOOLEAN"]):
        faults.append(Fault("where", "is not true or false of an event", "compare it with something"))
    return rule


def _groups(grouping: Grouping, study: Study, features: bool, faults: list[Fault]) -> Groups:
    """Return how the groups are read, with a fault for each that cannot be."""
    (by,) = grouping.by
    if by not in study.people.columns:
        faults.append(Fault(f"by={by!r}", "the people have no such column", suggestion(by, study.people.columns)))
    dated = [name for name in grouping.known.values() if name in study.people.columns]
    faults += [
        type_fault("people", name, study.people.columns[name], "date")
        for name in dated
        if family_of(study.people.columns[name]) != "date"
    ]
    unused = [name for name in grouping.known if name != by]
    faults += [Fault(f"known={name!r}", "not one of the groups", f"the group is {by!r}") for name in unused]
    groups = read_groups(grouping, study.people, (), features=features)
    faults += column_faults(grouping, study.people, groups, INTENTION_TO_TREAT)
    return groups


def _late_groups(grouping: Grouping, study: Study, groups: Groups) -> list[Fault]:
    """Return a fault for a group that was not known when the after window began."""
    from sqlglot import exp

    anchor = exp.cast(quoted(study.windows.after_anchor, "people"), "date")
    return list(row_faults(grouping, study.people, groups, anchor, anchor, INTENTION_TO_TREAT))


def _date(value: date | str | None, argument: str, faults: list[Fault]) -> date | None:
    try:
        return None if value is None else as_date(value, argument)
    except CohortError:
        faults.append(Fault(argument, "is not a date", "write it as date(2024, 3, 31) or '2024-03-31'"))
        return None


def _choice_faults(kinds: Sequence[str], incomplete: str, min_age: int | None, conf_level: float) -> Iterable[Fault]:
    if isinstance(kinds, str) or not kinds or not all(isinstance(kind, str) for kind in kinds):
        yield Fault("kinds", "is not a list of kinds of event", 'name at least one, as in kinds=["suspect"]')
    if incomplete not in INCOMPLETE:
        yield Fault("incomplete", f"{incomplete!r} is not a rule", suggestion(str(incomplete), INCOMPLETE))
    if min_age is not None and (type(min_age) is not int or not 0 < min_age <= OLDEST):
        yield Fault("min_age", "is not an age in years", "write 10, or None to count every day")
    if not 0 < conf_level < 1:
        yield Fault("conf_level", "must lie between 0 and 1", "write 0.95 for 95%")


def _checked_columns(
    people: Table, events: Table | Frame, custody: Table | Frame | None, windows: Windows, min_age: int | None
) -> dict[str, Table]:
    """Return the tables, each with the columns it needs and every column of a usable type."""
    tables = {"people": people, "events": as_table(events, "events", people.engine)}
    if custody is not None:
        tables["custody"] = as_table(custody, "custody", people.engine)
    dated = dict.fromkeys([windows.before_anchor, windows.after_anchor], "date")
    born = {} if min_age is None else {"birth_month": "date"}
    return checked_columns(
        tables, {"people": {"person_id": "id", **dated, **born}, "events": EVENTS, "custody": CUSTODY}
    )


def _row_faults(study: Study) -> list[Fault]:
    engine = study.people.engine
    faults = people_faults(study.people, study.windows)
    if study.custody is not None:
        faults += custody_faults(study.custody)
    checked = engine.run(Step.load(PACKAGE, "events_check.sql"), tables={"events": study.events})
    found = checked.to_arrow().to_pylist()[0]
    for name, column, fix in (
        ("unnamed", "person_id", "name the person of every event"),
        ("undated", "on", "leave out events without a date, and say so"),
        ("no_kind", "kind", "say what kind of event each is"),
    ):
        if found[name]:
            rows = f"{found[name]:,} row{'' if found[name] == 1 else 's'}"
            faults.append(Fault(f"events.{column}", f"missing in {rows}", fix))
    return faults + _kind_faults(study)


def _kind_faults(study: Study) -> list[Fault]:
    """Return the kinds that neither the canonical list nor the events know."""
    strange = [kind for kind in study.kinds if kind not in EVENT_KINDS]
    if not strange:
        return []
    table = study.events.engine.run(Step.load(PACKAGE, "kinds.sql"), tables={"events": study.events})
    present = table.to_arrow().column("kind").to_pylist()
    known = [*dict.fromkeys([*present, *EVENT_KINDS])]
    return [
        Fault("kinds", f"{kind!r} is not a kind of event", suggestion(kind, known))
        for kind in strange
        if kind not in known
    ]
