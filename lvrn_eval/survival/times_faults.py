"""What records must be to become times: columns, types, rows, every fault at once and in counts."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from sqlglot import exp

from lvrn_eval.cohort.column_types import data_type, is_number
from lvrn_eval.engine import Table
from lvrn_eval.errors import AnalysisError, Fault, suggestion
from lvrn_eval.records.tables import EVENT_KINDS
from lvrn_eval.survival.times_choices import RELEASE, STARTS, Choices

TYPES = exp.DataType.Type
DATES = {TYPES.DATE, TYPES.DATETIME, TYPES.TIMESTAMP, TYPES.TIMESTAMPNTZ, TYPES.TIMESTAMP_S, TYPES.TIMESTAMP_MS}
DATES |= {TYPES.TIMESTAMP_NS}
EVENT_COLUMNS = ("person_id", "on", "kind")
CUSTODY_COLUMNS = ("person_id", "starts_on", "ends_on")
CHANGE_COLUMNS = ("person_id", "on")
DATED = {"events": ("on",), "custody": ("starts_on", "ends_on"), "changes": ("on",)}


def refuse(faults: Iterable[Fault], function: str = "time_to_event") -> None:
    """Raise the faults, if there are any."""
    if listed := list(faults):
        raise AnalysisError(f"{function}: these records cannot be turned into times", listed)


def start_column(start: str) -> str:
    """Return the column of the people that holds the start, or that of the step that finds releases."""
    return "day_of_release" if start == RELEASE else STARTS.get(start, start)


def people_columns(choices: Choices, fixed: Sequence[str]) -> list[str]:
    """Return every column of the people that is needed."""
    named = [start_column(choices.start)] if choices.start != RELEASE else []
    dated = [column for column in (choices.death, choices.moved) if column is not None]
    return list(dict.fromkeys(["person_id", "site", *named, *dated, *fixed]))


def missing_columns(choices: Choices, tables: Mapping[str, Table], fixed: Sequence[str]) -> Iterator[Fault]:
    """Yield the columns that are needed and not there."""
    people = tables["people"]
    for name in people_columns(choices, fixed):
        if name in people.columns:
            continue
        if name == choices.start:
            fix = suggestion(name, [*STARTS, RELEASE, *_dates_of(people)])
            yield Fault(f"start={name!r}", "neither an anchor nor a column of the people", fix)
        else:
            yield Fault(f"people.{name}", "there is no such column", suggestion(name, people.columns))
    needed = {"events": EVENT_COLUMNS, "custody": CUSTODY_COLUMNS, "changes": CHANGE_COLUMNS}
    for table, names in needed.items():
        if table not in tables:
            continue
        for name in names:
            if name not in tables[table].columns:
                yield Fault(f"{table}.{name}", "there is no such column", suggestion(name, tables[table].columns))


def _dates_of(people: Table) -> list[str]:
    return [name for name in people.columns if data_type(people, name).this in DATES and name not in STARTS.values()]


def wrong_types(choices: Choices, tables: Mapping[str, Table], dated: Iterable[str]) -> Iterator[Fault]:
    """Yield the columns of a type that would not compare; nothing of theirs may reach a cast."""
    people = tables["people"]
    named = [start_column(choices.start)] if choices.start != RELEASE else []
    named += [column for column in (choices.death, choices.moved) if column is not None]
    wanted = [("people", name) for name in dict.fromkeys([*named, *dated])]
    wanted += [(table, name) for table, names in DATED.items() if table in tables for name in names]
    for where, name in wanted:
        if not _may_be_date(tables[where], where, name):
            fix = "convert it, as with pandas.to_datetime"
            yield Fault(f"{where}.{name}", "this column does not hold dates", fix)
    numbered = is_number(data_type(people, "person_id"))
    for where in ("events", "custody", "changes"):
        if where in tables and is_number(data_type(tables[where], "person_id")) != numbered:
            what = f"numbers in one of people and {where}, and not in the other"
            yield Fault("person_id", what, "give both the same type, such as text")
    if is_number(data_type(tables["events"], "kind")):
        yield Fault("events.kind", "this column holds numbers", f"give names, such as {EVENT_KINDS[0]}")


def _may_be_date(table: Table, where: str, name: str) -> bool:
    """Say whether a column holds dates; the end of spells may hold nothing at all, and then has no type."""
    if data_type(table, name).this in DATES:
        return True
    if where != "custody" or name != "ends_on":
        return False
    from sqlglot import select

    from lvrn_eval.engine import build, quoted

    held = select(exp.alias_(exp.Count(this=quoted(name)), "held")).from_("custody")
    found = table.engine.run(build("survival/held", held), tables={"custody": table}).to_arrow().to_pylist()
    return int(found[0]["held"]) == 0


def wrong_rows(choices: Choices, found: Mapping[str, int]) -> Iterator[Fault]:
    """Yield what is wrong with the people and events, in counts."""
    n_people, n_events = found["people"], found["events"]
    start, end = start_column(choices.start), choices.end.isoformat()
    if n_people == 0:
        yield Fault("people", "there is nobody to follow", "check the rules that select people")
    told = {
        "unnamed": ("people.person_id", f"missing for {{}} of {n_people} people", "give everyone a pseudonym"),
        "repeated": ("people.person_id", "{} rows repeat a person", "make it one row per person"),
        "no_start": (f"people.{start}", f"missing for {{}} of {n_people} people", "leave out people without a start"),
        "start_after_end": (
            f"people.{start}",
            f"after the end ({end}) for {{}} of {n_people} people",
            "leave these people out by a rule, or follow everyone to a later end",
        ),
        "dead_before_start": (
            f"people.{choices.death}",
            f"before the start for {{}} of {n_people} people",
            "look for swapped dates, or leave these people out by a rule",
        ),
        "moved_before_start": (
            f"people.{choices.moved}",
            f"before the start for {{}} of {n_people} people",
            "leave these people out by a rule: their events are recorded elsewhere",
        ),
        "no_kind": ("events.kind", f"missing in {{}} of {n_events} events", "name the kind of every event"),
        "no_day": ("events.on", f"missing in {{}} of {n_events} events of these kinds", "find their dates"),
        "nobodys": ("events.person_id", f"missing in {{}} of {n_events} events of these kinds", "say whose they are"),
    }
    for rule, (where, what, fix) in told.items():
        if found[rule]:
            yield Fault(where, what.format(found[rule]), fix)


def wrong_changes(found: Mapping[str, int]) -> Iterator[Fault]:
    """Yield what is wrong with the changes of group, in counts."""
    n = found["changes"]
    told = {
        "unnamed": ("changes.person_id", f"missing in {{}} of {n} changes", "say whose they are"),
        "undated": ("changes.on", f"missing in {{}} of {n} changes", "say on which day each group was known"),
        "no_group": ("changes", f"no group in {{}} of {n} changes", "give every change every group"),
        "repeated": ("changes", "{} of them on a day that has another of the same person", "keep one a day"),
    }
    for rule, (where, what, fix) in told.items():
        if found[rule]:
            yield Fault(where, what.format(found[rule]), fix)
