"""Checking records, and following people through them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from sqlglot import select

from lvrn_eval.cohort import known_groups
from lvrn_eval.cohort.column_types import data_type, is_number, is_truth
from lvrn_eval.cohort.windows import CUSTODY_RULE, custody_faults
from lvrn_eval.engine import Step, Table, build, quoted
from lvrn_eval.errors import Fault, suggestion
from lvrn_eval.result import Check, Choice
from lvrn_eval.survival import times_faults as wrong
from lvrn_eval.survival import times_steps
from lvrn_eval.survival.tables import PACKAGE
from lvrn_eval.survival.times_choices import CUSTODY, KINDS, RELEASE, Choices, unknown_kinds
from lvrn_eval.survival.times_steps import Material
from lvrn_eval.survival.times_table import Times, made

FROM_THE_START = "give landmark= in days, or changes= with the day on which each person's group was known"
FROM_A_LANDMARK = "make the group again from what was known by then, take a later landmark, or give changes="
"""What to do about a group that was known too late, when people are followed from the start or from a landmark."""


def follow_people(choices: Choices, tables: Mapping[str, Table], *, features: bool) -> Times:
    """Check the tables and turn them into times; ``people`` and ``events``, perhaps ``custody`` and ``changes``."""
    return follow(*ready(choices, tables, features=features))


def ready(
    choices: Choices,
    tables: Mapping[str, Table],
    *,
    features: bool,
    of_columns: Iterable[Fault] = (),
    of_rows: Callable[[], Iterable[Fault]] = tuple,
) -> tuple[Material, dict[str, int]]:
    """Return what can be followed, and how many of the people are left out and why.

    ``of_columns`` and ``of_rows`` are further faults, told together with those of columns and of rows.

    Raises
    ------
    AnalysisError
        With everything about the tables that does not allow times.
    """
    material = times_steps.prepare(_material(choices, tables, of_columns, features=features))
    found = _checked(material, of_rows)
    if choices.start == RELEASE and found["no_start"]:
        return times_steps.released(material), {"no release in the period": found["no_start"]}
    return material, {}


def follow(material: Material, left_out: Mapping[str, int], method: Mapping[str, Choice] | None = None) -> Times:
    """Return the times of checked material."""
    counts = times_steps.counted(material, "times_counts.sql")
    away, in_custody = times_steps.away(material), None
    if away is not None:
        free = times_steps.at_risk(material, away)
        in_custody = counts["placed"] - len(free)
        material = replace(material, events=free)
    followed = times = times_steps.follow(material)
    if material.start_stop:
        times = times_steps.rows(material, followed, away)
        lost = times_steps.lost(followed, times, material.choices.landmark)
        left_out = {**left_out, **_lost(material.choices, lost)}
    return made(
        times,
        method=_method(material) | dict(method or {}),
        checks=tuple(_checks(material, counts["on_start_day"], in_custody)),
        left_out=left_out,
        start_stop=material.start_stop,
    )


def _material(
    choices: Choices, tables: Mapping[str, Table], of_columns: Iterable[Fault], *, features: bool
) -> Material:
    """Return the tables, their columns checked."""
    people, changes = tables["people"], tables.get("changes")
    more = [] if changes is None else [name for name in changes.columns if name not in wrong.CHANGE_COLUMNS]
    groups = known_groups.read_groups(choices, people, more, features=features)
    faults = [*wrong.missing_columns(choices, tables, groups.fixed), *_changing(choices, tables, more), *of_columns]
    faults += known_groups.column_faults(choices, people, groups, FROM_THE_START)
    wrong.refuse(faults, choices.function)
    events = tables["events"]
    if len(events) == 0:
        events = people.engine.run(Step.load(PACKAGE, "times_no_events.sql"), tables={"people": people})
    typed = {**tables, "events": events}
    dated = [column for name, column in choices.known.items() if column != known_groups.START]
    wrong.refuse(wrong.wrong_types(choices, typed, dated), choices.function)
    material = Material(choices, people, events, tables.get("custody"), changes, groups)
    wrong.refuse(_kinds(material), choices.function)
    return material


def _changing(choices: Choices, tables: Mapping[str, Table], more: Sequence[str]) -> Iterator[Fault]:
    """Yield what is wrong with the columns of the changes."""
    if "changes" not in tables:
        return
    if not more:
        yield Fault("changes", "there is no column of a group", "add the column that is named in by")
    for name in more:
        if name not in choices.by:
            yield Fault(f"changes.{name}", "not one of the groups", f"name it in by; {suggestion(name, choices.by)}")


def _kinds(material: Material) -> list[Fault]:
    strange = [kind for cause in material.choices.causes for kind in cause.kinds if kind not in KINDS]
    if not strange:
        return []
    step = build("survival/kinds", select(quoted("kind")).distinct().from_("events"))
    found = material.events.engine.run(step, tables={"events": material.events})
    return [*unknown_kinds(material.choices, found.to_arrow().column("kind").to_pylist())]


def _checked(material: Material, of_rows: Callable[[], Iterable[Fault]]) -> dict[str, int]:
    """Return what was counted, having refused rows that cannot be used."""
    choices = material.choices
    found = times_steps.counted(material, "times_faults.sql")
    rules = {**found, "no_start": 0} if choices.start == RELEASE else found
    faults = [*wrong.wrong_rows(choices, rules)]
    if material.custody is not None:
        faults += custody_faults(material.custody)
    if material.changes is not None:
        faults += wrong.wrong_changes(times_steps.counted(material, "times_changes_faults.sql"))
        faults += _numbered_changes(material)
    if CUSTODY in choices.competing:
        inside = times_steps.counted(material, "times_in_custody.sql")["people"]
        if inside:
            what = f"{inside} of {found['people']} people are in custody on their first day"
            fix = 'nobody can be received twice; follow them from start="release", or leave custody out of competing'
            faults.append(Fault("custody", what, fix))
    faults += of_rows()
    groups = material.groups
    remedy = FROM_THE_START if choices.landmark is None else FROM_A_LANDMARK
    faults += known_groups.row_faults(choices, material.people, groups, material.start, material.origin, remedy)
    wrong.refuse(faults, choices.function)
    return found


def _numbered_changes(material: Material) -> Iterator[Fault]:
    """Yield the groups that are numbers: nobody can say which number somebody has before the first change."""
    if material.changes is None:
        return
    for name in material.changing:
        kind = data_type(material.changes, name)
        if is_number(kind) or not (is_truth(kind) or kind.is_type("text", "varchar")):
            yield Fault(f"changes.{name}", "this column holds neither text nor true and false", "name the groups")


def _lost(choices: Choices, lost: Mapping[str, int]) -> dict[str, int]:
    """Return who is not in the rows, and why."""
    never = lost["people"] - lost["followed"]
    if choices.landmark is None:
        return {"no day at risk": never} if never else {}
    reasons = {f"time over by day {choices.landmark}": lost["over_before"]}
    if never > lost["over_before"]:
        reasons[f"no day at risk after day {choices.landmark}"] = never - lost["over_before"]
    return reasons


def _checks(material: Material, on_start_day: int, in_custody: int | None) -> Iterator[Check]:
    choices = material.choices
    done = "counted, as day 1" if choices.count_start_day else "left out"
    text = f"Events on the start day: {on_start_day:,}, {done}."
    instead = f"Events on the start day were {done}."
    yield Check("events_on_start_day", None, text, float(on_start_day), counts=(on_start_day,), instead=instead)
    if in_custody is not None:
        text = f"Events on days in custody: {in_custody:,}, left out with the day."
        instead = "Events on days in custody were left out with the day."
        yield Check("events_in_custody", None, text, float(in_custody), counts=(in_custody,), instead=instead)
    elif material.custody is None:
        yield Check(
            "custody_given", passed=False, text="No custody records were given: days in custody count as at risk."
        )
    if material.groups.undeclared:
        named = ", ".join(material.groups.undeclared)
        text = f"Taken as known at the start, as nobody said when they were known: {named}."
        yield Check("groups_known", None, text)


def _method(material: Material) -> dict[str, Choice]:
    """Return every choice, by name."""
    choices = material.choices
    day_1 = "the start day" if choices.count_start_day else "the day after the start"
    described: dict[str, Any] = {
        "start": choices.start,
        "end": choices.end.isoformat(),
        "kinds": list(choices.kinds),
        "causes": {"0": "censored"} | {str(n): cause.label for n, cause in enumerate(choices.causes, start=1)},
        "competing": {cause.label: list(cause.kinds) for cause in choices.causes[1:]},
        "clock": f"days since the start on the calendar; day 1 is {day_1}",
        "custody": _custody_rule(material),
        "death": choices.death,
        "moved": choices.moved,
        "recurrent": choices.recurrent,
        "landmark": choices.landmark,
        "on_start_day": "count" if choices.count_start_day else "leave_out",
        "by": list(choices.by),
        "known": dict(choices.known),
        "changes": list(material.changing),
        "released_from": None if choices.released_from is None else choices.released_from.isoformat(),
        "same_day": "the event comes before what competes, in the order given, and that before censoring",
    }
    return described


def _custody_rule(material: Material) -> str:
    if material.custody is None:
        return "no records"
    return f"not at risk: {CUSTODY_RULE}" if material.removes_custody else "a reception competes"
