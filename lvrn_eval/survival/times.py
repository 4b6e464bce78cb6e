"""From records to time: how long until the first recorded event after a named day."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import TYPE_CHECKING

from sqlglot import exp, select

from lvrn_eval.engine import Step, Table, as_table, build, literal, quoted
from lvrn_eval.errors import AnalysisError, Fault, suggestion
from lvrn_eval.records.tables import EVENT_KINDS
from lvrn_eval.survival.inputs import choice
from lvrn_eval.survival.tables import PACKAGE, data_type, is_number

if TYPE_CHECKING:
    from lvrn_eval.cohort import Cohort
    from lvrn_eval.engine import Frame

STARTS = ("first_contact", "last_contact")
OUTPUT = ("person_id", "entry", "days", "event")
TYPES = exp.DataType.Type
DATES = {TYPES.DATE, TYPES.DATETIME, TYPES.TIMESTAMP, TYPES.TIMESTAMPNTZ, TYPES.TIMESTAMP_S, TYPES.TIMESTAMP_MS}
DATES |= {TYPES.TIMESTAMP_NS}
EVENT_COLUMNS = ("person_id", "on", "kind")


def time_to_event(
    cohort: Cohort | Table | Frame,
    events: Table | Frame,
    *,
    start: str = "last_contact",
    end: date | str | None = None,
    kinds: Sequence[str],
    by: str | Sequence[str] | None = None,
) -> Table:
    """Work out the days from each person's start to their first recorded event.

    Police records of a suspect are recorded suspect events, never reoffending: nothing has been proven.

    Parameters
    ----------
    cohort
        A cohort, or a table or frame of people: ``person_id``, ``site``, ``first_contact``, ``last_contact`` and any
        columns named by ``by``.
    events
        A table or frame of events: ``person_id``, ``on``, ``kind``.
    start
        The day each person's time starts: ``"last_contact"`` or ``"first_contact"``.
    end
        The last day for which events are known, that day included; by default the cohort's review date ``as_of``.
    kinds
        The kinds of event that count, such as ``["suspect"]``; there is no default.
    by
        A column of the people, or several, to carry over as groups. It must be known at the start.

    Returns
    -------
    Table
        One row per person, ordered by ``person_id``: ``person_id``, ``site``, ``entry`` (0: everyone is observed from
        their start), ``days`` (whole days from the start to the event, or to ``end``), ``event`` (1 when an event was
        recorded, 0 when the person is censored at ``end``), then the columns of ``by``.

    Raises
    ------
    AnalysisError
        When a column or kind is unknown, dates are not dates or missing, a person stands twice, or a person's start
        lies after ``end``; every fault at once, in counts.

    Notes
    -----
    Only events strictly after the start day count: an event on the start day may come before or after the contact of
    that day, and is left out. A person whose start is ``end`` has 0 days and is censored. A group that is only known
    later, such as having completed the programme, makes its members look safe, because they could not have had the
    event before they were in it (immortal time); do not pass such a column.

    Examples
    --------
    >>> import pandas as pd
    >>> last = pd.to_datetime(["2024-01-01", "2024-02-01"])
    >>> people = pd.DataFrame({"person_id": ["a", "b"], "site": ["x", "y"], "last_contact": last})
    >>> events = pd.DataFrame({"person_id": ["a"], "on": [pd.Timestamp("2024-01-11")], "kind": ["suspect"]})
    >>> times = time_to_event(people, events, end="2024-03-31", kinds=["suspect"])
    >>> print(times.to_pandas().to_string(index=False))
    person_id site  entry  days  event
            a    x      0    10      1
            b    y      0    59      0
    """
    choice("time_to_event", "start", start, STARTS)
    groups = _listed("by", by) if by is not None else []
    people, last_day = _people(cohort, end)
    recorded = as_table(events, "events", people.engine)
    _refuse([*_columns(people, recorded, start, groups)])
    if len(recorded) == 0:
        recorded = people.engine.run(Step.load(PACKAGE, "times_no_events.sql"), tables={"people": people})
    _refuse([*_types(people, recorded, start)])
    wanted = _wanted(recorded, _listed("kinds", kinds))
    expressions = {"start": quoted(start, "people"), "wanted": wanted}
    tables = {"people": people, "events": recorded}
    checked = people.engine.run(
        Step.load(PACKAGE, "times_faults.sql"),
        tables=tables,
        values={"end": last_day},
        expressions=expressions,
    )
    _refuse([*_rows(checked.to_arrow().to_pylist()[0], start, last_day)])
    return people.engine.run(_step(groups), tables=tables, values={"end": last_day}, expressions=expressions)


def _people(cohort: Cohort | Table | Frame, end: date | str | None) -> tuple[Table, date]:
    """Return the people and the last day for which their events are known."""
    from lvrn_eval.cohort import Cohort

    if isinstance(cohort, Cohort):
        people, end = cohort.people, (cohort.as_of if end is None else end)
    else:
        people = as_table(cohort, "people")
    if end is None:
        raise AnalysisError(
            "time_to_event: say up to which day events are known, as end='2024-03-31', or give the cohort as_of",
        )
    return people, _day(end)


def _day(value: date | str) -> date:
    try:
        day = date.fromisoformat(value) if isinstance(value, str) else value
        return date(day.year, day.month, day.day)
    except (AttributeError, TypeError, ValueError):
        raise AnalysisError("time_to_event: end must be a date, as date(2024, 3, 31) or '2024-03-31'") from None


def _listed(name: str, values: str | Sequence[str]) -> list[str]:
    """Return names as a list, each once; one name may stand alone for ``by`` but kinds are always a list."""
    listed = [values] if isinstance(values, str) and name == "by" else values
    if isinstance(listed, str) or not listed or not all(isinstance(value, str) for value in listed):
        raise AnalysisError(f"time_to_event: {name} takes a list of names, with at least one")
    return list(dict.fromkeys(listed))


def _columns(people: Table, events: Table, start: str, groups: Sequence[str]) -> Iterator[Fault]:
    """Yield what is missing from the columns, or would stand twice in the answer."""
    wanted = [("people", people, name) for name in dict.fromkeys(["person_id", "site", start, *groups])]
    wanted += [("events", events, name) for name in EVENT_COLUMNS]
    for where, table, name in wanted:
        if name not in table.columns:
            yield Fault(f"{where}.{name}", "there is no such column", suggestion(name, table.columns))
    for name in groups:
        if name in OUTPUT:
            yield Fault(f"by={name!r}", "the answer has a column of that name already", "rename the group's column")


def _types(people: Table, events: Table, start: str) -> Iterator[Fault]:
    """Yield the columns of a type that would not compare; nothing of theirs may reach a cast."""
    for where, table, name in (("people", people, start), ("events", events, "on")):
        kind = data_type(table, name)
        if kind.this not in DATES:
            yield Fault(f"{where}.{name}", "this column does not hold dates", "convert it, as with pandas.to_datetime")
    if is_number(data_type(people, "person_id")) != is_number(data_type(events, "person_id")):
        what = "numbers in one of people and events, and not in the other"
        yield Fault("person_id", what, "give both the same type, such as text")
    if is_number(data_type(events, "kind")):
        yield Fault("events.kind", "this column holds numbers", f"give names, such as {EVENT_KINDS[0]}")


def _wanted(events: Table, kinds: Sequence[str]) -> exp.Expr:
    """Return the condition that an event is of the kinds asked for."""
    strange = [kind for kind in kinds if kind not in EVENT_KINDS]
    if strange:
        distinct = build("survival/kinds", select(quoted("kind")).distinct().from_("events"))
        present = events.engine.run(distinct, tables={"events": events}).to_arrow().column("kind").to_pylist()
        strange = [kind for kind in strange if kind not in present]
    _refuse(
        [Fault(f"kinds={kind!r}", "there is no such kind of event", suggestion(kind, EVENT_KINDS)) for kind in strange]
    )
    return quoted("kind", "events").isin(*(literal(kind) for kind in kinds))


def _rows(found: Mapping[str, int], start: str, end: date) -> Iterator[Fault]:
    """Yield what is wrong with the people and events, in counts."""
    n_people, n_events = found["people"], found["events"]
    if n_people == 0:
        yield Fault("people", "there is nobody to follow", "check the rules that select people")
    told = [
        ("people.person_id", f"missing for {found['unnamed']} of {n_people} people", "give everyone a pseudonym"),
        ("people.person_id", f"{found['repeated']} rows repeat a person", "make it one row per person"),
        (
            f"people.{start}",
            f"missing for {found['no_start']} of {n_people} people",
            "leave out people without a start",
        ),
        (
            f"people.{start}",
            f"after the end ({end.isoformat()}) for {found['start_after_end']} of {n_people} people",
            "leave these people out by a rule, or follow everyone to a later end",
        ),
        ("events.kind", f"missing in {found['no_kind']} of {n_events} events", "name the kind of every event"),
        ("events.on", f"missing in {found['no_day']} of {n_events} events of these kinds", "find their dates"),
        (
            "events.person_id",
            f"missing in {found['nobodys']} of {n_events} events of these kinds",
            "say whose they are",
        ),
    ]
    rules = ("unnamed", "repeated", "no_start", "start_after_end", "no_kind", "no_day", "nobodys")
    yield from (Fault(*words) for rule, words in zip(rules, told, strict=True) if found[rule])


def _refuse(faults: list[Fault]) -> None:
    if faults:
        raise AnalysisError("time_to_event: these records cannot be turned into times", faults)


def _step(groups: Sequence[str]) -> Step:
    """Return the step, with the columns of the groups carried over."""
    step = Step.load(PACKAGE, "times.sql")
    carried = [quoted(name, "people") for name in groups if name != "site"]
    statement = step.statement.copy()
    if not isinstance(statement, exp.Select):  # pragma: no cover - times.sql is a select
        raise AnalysisError("times.sql is not one select")
    return build(step.name, statement.select(*carried))
