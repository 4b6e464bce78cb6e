"""The checks and sentences every analysis of recurrent events shares, with the counts they reveal."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from lvrn_eval.phrases import SMALL, people, percent
from lvrn_eval.result import Check, Sentence
from lvrn_eval.survival.describe import FEW_EVENTS, UNITS
from lvrn_eval.survival.recurrent_rows import RowColumns, Rows


@dataclass(frozen=True)
class Size:
    """How many people and events one group has."""

    label: str
    people: int
    events: int
    with_event: int

    @property
    def revealed(self) -> tuple[int, ...]:
        """The counts that a sentence of this size reveals."""
        return self.people, self.with_event, self.people - self.with_event, self.events


def sizes(rows: Rows) -> tuple[Size, ...]:
    """Return the size of every group."""
    events = np.bincount(rows.person, rows.event)
    group, n_groups = rows.group[rows.first], len(rows.groups)
    counted = [np.bincount(group, values, n_groups) for values in (None, events, events > 0)]
    return tuple(
        Size(label, int(n), int(fell), int(had)) for label, n, fell, had in zip(rows.groups, *counted, strict=True)
    )


def whole(found: Sequence[Size]) -> Size:
    """Return the size of all groups together."""
    return Size("all", sum(s.people for s in found), sum(s.events for s in found), sum(s.with_event for s in found))


def group_name(columns: RowColumns, label: str) -> str:
    """Return ``site Burnley``, or nothing where nobody is told apart."""
    return "" if columns.by is None else f"{columns.by.replace('_', ' ')} {label}"


def prefix(columns: RowColumns, label: str) -> str:
    """Return ``site Burnley: ``, or nothing where nobody is told apart."""
    return "" if columns.by is None else f"{group_name(columns, label)}: "


def moment(columns: RowColumns, time: float) -> str:
    """Return ``52 weeks`` where the column's name is a unit of time, else ``follow_up = 52``."""
    unit = UNITS.get(columns.time.casefold())
    if unit is None:
        return f"{columns.time} = {time:.15g}"
    return f"{time:.15g} {unit}{'' if time == 1 else 's'}"


def size_sentences(columns: RowColumns, found: Sequence[Size]) -> Iterator[Sentence]:
    """Yield for each group how many people and events it has."""
    for one in found:
        had = f"{one.with_event} with a recorded event"
        text = f"{prefix(columns, one.label)}{people(one.people)}, {had}; {events(one.events)} in all."
        yield Sentence(text, one.revealed)


def events(n: int) -> str:
    """Return ``1 recorded event`` or ``n recorded events``."""
    return "1 recorded event" if n == 1 else f"{n} recorded events"


def checks(rows: Rows, found: Sequence[Size]) -> tuple[Check, ...]:
    """Return what was looked at before any estimate is believed."""
    return (_follow_up(rows), _repeats(found), _gaps(rows), *enough(rows.columns, found))


def cautions(columns: RowColumns, found: Sequence[Size]) -> Iterator[Sentence]:
    """Yield a sentence for each way in which there is too little to go by."""
    yield from (Sentence(check.text) for check in enough(columns, found) if check.passed is False)


def _follow_up(rows: Rows) -> Check:
    median = float(np.median(rows.time[rows.last]))
    return Check("follow_up", None, f"Median end of follow-up: {moment(rows.columns, median)}.", median)


def _repeats(found: Sequence[Size]) -> Check:
    all_in = whole(found)
    extra = all_in.events - all_in.with_event
    share = extra / all_in.events if all_in.events else 0.0
    text = (
        f"{extra} of {events(all_in.events)} ({percent(share)}) were not their person's first; "
        "errors allow for the same person's events going together."
    )
    counts = (extra, all_in.events, all_in.with_event)
    return Check("repeated_events", None, text, share, counts=counts)


def _gaps(rows: Rows) -> Check:
    """Report people with time that was not at risk between two of their rows."""
    same = ~rows.first[1:]
    broken = same & (rows.entry[1:] > rows.time[:-1])
    n = int(np.unique(rows.person[1:][broken]).size)
    text = f"{n} of {people(rows.people)} had time between their rows in which they were not at risk."
    return Check("time_not_at_risk", None, text, float(n), counts=(n, rows.people - n))


def enough(columns: RowColumns, found: Sequence[Size]) -> tuple[Check, Check]:
    """Look for groups with too few events or people; how few is not said, so that the caution can be published."""
    fell = {one.label: one.events for one in found}
    number = {one.label: one.people for one in found}
    return (
        _enough(columns, "events_per_group", fell, FEW_EVENTS, "recorded events", "too few to conclude anything"),
        _enough(columns, "people_per_group", number, SMALL, "people", "descriptive only"),
    )


def _enough(columns: RowColumns, name: str, found: dict[str, int], least: int, what: str, verdict: str) -> Check:
    short = [label for label, n in found.items() if n < least]
    grouped = columns.by is not None
    if not short:
        return Check(name, True, f"{'Every group has at' if grouped else 'At'} least {least} {what}.")
    listed = ", ".join(group_name(columns, label) for label in short)
    where = f" in {len(short)} of {len(found)} groups ({listed})" if grouped else ""
    return Check(name, False, f"Fewer than {least} {what}{where}: {verdict}.")
