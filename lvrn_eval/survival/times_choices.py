"""What is asked of time to event: where time starts, what ends it and how, and which groups are carried."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from lvrn_eval.errors import AnalysisError, Fault, suggestion
from lvrn_eval.records.tables import EVENT_KINDS

FUNCTION = "time_to_event"
STARTS = {"referral": "referred_on", "first_contact": "first_contact", "last_contact": "last_contact"}
RELEASE = "release"
ON_START_DAY = ("leave_out", "count")
DEATH, MOVED, CUSTODY = "death", "moved", "custody"
OUTPUT = ("person_id", "entry", "days", "event", "cause", "order", "origin", "day", "place", "newest", "on")
"""Columns of the answer, or of the steps that make it: no group may be called so."""

PROOF = ("conviction", "caution")
"""The kinds of record that prove an offence."""

KINDS = tuple(dict.fromkeys([*EVENT_KINDS, *PROOF]))

RECEPTION = "reception into custody"
SUSPECT = "recorded suspect event"


@dataclass(frozen=True)
class Cause:
    """One way for time to end with an event: its name, and the kinds of event or ``death``, ``moved``, ``custody``."""

    label: str
    kinds: tuple[str, ...]


@dataclass(frozen=True)
class Choices:
    """What was asked, read and found possible as far as the choices alone can tell.

    Parameters
    ----------
    start
        One of ``STARTS``, ``release``, or a column of dates of the people.
    end
        The last day for which events are known.
    causes
        The event itself, then what competes with it: cause ``n`` of the answer is ``causes[n - 1]``.
    death, moved
        Columns of dates of the people, or None.
    landmark
        Days after the start from which people are followed, or None.
    known
        For a group, the column of dates on which it was known, or ``start``.
    function
        Who asks, for messages.
    until, until_label
        A column of dates of the people at which their time is over, and what that is called; or None.
    """

    start: str
    end: date
    causes: tuple[Cause, ...]
    death: str | None
    moved: str | None
    recurrent: bool
    landmark: int | None
    count_start_day: bool
    by: tuple[str, ...]
    known: Mapping[str, str]
    released_from: date | None
    function: str = FUNCTION
    until: str | None = None
    until_label: str = ""

    @property
    def label(self) -> str:
        """What the event of interest is called."""
        return self.causes[0].label

    @property
    def kinds(self) -> tuple[str, ...]:
        """The kinds of event that count."""
        return self.causes[0].kinds

    @property
    def competing(self) -> tuple[str, ...]:
        """Everything that competes: kinds of event, and ``death``, ``moved`` or ``custody``."""
        return tuple(kind for cause in self.causes[1:] for kind in cause.kinds)

    def code(self, kind: str) -> int | None:
        """Return the number of the cause a kind belongs to; None when it only censors."""
        return next((n for n, cause in enumerate(self.causes, start=1) if kind in cause.kinds), None)


def read_choices(
    *,
    start: str,
    end: object,
    kinds: Sequence[str],
    competing: Sequence[str] | Mapping[str, Sequence[str]] | None,
    custody: object,
    death: str | None,
    moved: str | None,
    recurrent: bool,
    landmark: int | None,
    on_start_day: str,
    by: str | Sequence[str] | None,
    known: Mapping[str, str] | None,
    changes: object,
    released_from: object,
    function: str = FUNCTION,
) -> Choices:
    """Read the choices.

    Raises
    ------
    AnalysisError
        With everything about them that is not possible.
    """
    faults: list[Fault] = []
    causes = _causes(kinds, competing, faults)
    groups = _names("by", [by] if isinstance(by, str) else by, faults) if by is not None else ()
    last = _last_day(end, faults)
    choices = Choices(
        start=start,
        end=last or date.max,
        causes=causes,
        death=death,
        moved=moved,
        recurrent=recurrent,
        landmark=landmark,
        count_start_day=on_start_day == "count",
        by=groups,
        known=dict(known or {}),
        released_from=_day("released_from", released_from, faults) if released_from is not None else None,
        function=function,
    )
    faults += _impossible(choices, custody=custody is not None, changes=changes is not None)
    if on_start_day not in ON_START_DAY:
        faults.append(Fault(f"on_start_day={on_start_day!r}", "no such rule", suggestion(on_start_day, ON_START_DAY)))
    if faults:
        raise AnalysisError(f"{function}: what is asked is not possible", faults)
    return choices


def _causes(kinds: object, competing: object, faults: list[Fault]) -> tuple[Cause, ...]:
    wanted = _names("kinds", kinds, faults)
    if competing is None:
        return (Cause(event_label(wanted), wanted),)
    if isinstance(competing, Mapping):
        others = [Cause(str(label), _names(f"competing[{label!r}]", of, faults)) for label, of in competing.items()]
    else:
        others = [Cause(cause_label(name), (name,)) for name in _names("competing", competing, faults)]
    causes = (Cause(event_label(wanted), wanted), *others)
    named = [kind for cause in causes for kind in cause.kinds]
    faults += [
        Fault(f"competing={kind!r}", "stands for more than one cause", "name every kind once, in kinds or in competing")
        for kind in dict.fromkeys(named)
        if named.count(kind) > 1
    ]
    labels = [cause.label for cause in causes]
    faults += [
        Fault(f"competing={label!r}", "two causes have this name", "call one of them something else")
        for label in dict.fromkeys(labels)
        if labels.count(label) > 1
    ]
    return causes


def event_label(kinds: Sequence[str]) -> str:
    """Return what the event of interest is called; a suspect record is never called more than that."""
    if tuple(kinds) == ("suspect",):
        return SUSPECT
    return f"recorded event ({', '.join(kind.replace('_', ' ') for kind in kinds)})"


def cause_label(name: str) -> str:
    """Return what something that competes is called."""
    if name in {DEATH, MOVED, CUSTODY}:
        return {DEATH: "death", MOVED: "moved away", CUSTODY: RECEPTION}[name]
    return event_label((name,))


def _names(argument: str, values: object, faults: list[Fault]) -> tuple[str, ...]:
    """Return a list of names, each once; a text alone is not a list."""
    named = tuple(values) if isinstance(values, Iterable) and not isinstance(values, str) else ()
    if not named or not all(isinstance(value, str) for value in named):
        faults.append(Fault(argument, "not a list of names, with at least one", 'write it as ["suspect"]'))
        return ()
    return tuple(dict.fromkeys(named))


def _last_day(end: object, faults: list[Fault]) -> date | None:
    if end is None:
        fix = "say up to which day events are known, as end='2024-03-31', or give the cohort as_of"
        faults.append(Fault("end", "not given", fix))
        return None
    return _day("end", end, faults)


def _day(argument: str, value: Any, faults: list[Fault]) -> date | None:
    try:
        day = date.fromisoformat(value) if isinstance(value, str) else value
        return date(day.year, day.month, day.day)
    except (AttributeError, TypeError, ValueError):
        faults.append(Fault(argument, "not a date", "write it as date(2024, 3, 31) or '2024-03-31'"))
        return None


def _impossible(choices: Choices, *, custody: bool, changes: bool) -> Iterator[Fault]:
    """Yield the choices that need another, or exclude one another."""
    if choices.start == RELEASE and not custody:
        yield Fault("start='release'", "there are no custody records", "give custody=, with a row per spell")
    if choices.released_from is not None and choices.start != RELEASE:
        yield Fault("released_from", "time does not start at a release", "leave it out, or give start='release'")
    for name, given in ((DEATH, choices.death), (MOVED, choices.moved), (CUSTODY, custody or None)):
        if name in choices.competing and given is None:
            fix = "its records" if name == CUSTODY else "the people's column of dates"
            yield Fault(f"competing={name!r}", f"{name}= is not given", f"give {name}=, {fix}")
        if name in choices.kinds:
            yield Fault(f"kinds={name!r}", "not a kind of recorded event", "name it in competing")
    if choices.landmark is not None and (type(choices.landmark) is not int or choices.landmark < 1):
        yield Fault("landmark", "not a whole number of days above 0", "write it as landmark=90")
    yield from _impossible_groups(choices, changes=changes)


def _impossible_groups(choices: Choices, *, changes: bool) -> Iterator[Fault]:
    """Yield what cannot be about the groups."""
    for name in choices.known:
        if name not in choices.by:
            yield Fault(f"known={name!r}", "not one of the groups", f"name it in by; {suggestion(name, choices.by)}")
    for name in choices.by:
        if name in OUTPUT:
            yield Fault(f"by={name!r}", "the answer has a column of that name already", "rename the group's column")
    if changes and not choices.by:
        yield Fault("changes", "no group changes", "name the columns that it holds in by")


def unknown_kinds(choices: Choices, present: Iterable[str]) -> Iterator[Fault]:
    """Yield the kinds that neither the canonical list nor the events know."""
    known = [*KINDS, *(kind for kind in present if kind not in KINDS)]
    for cause in choices.causes:
        argument = "kinds" if cause is choices.causes[0] else "competing"
        for kind in cause.kinds:
            if kind in known or (argument == "competing" and kind in {DEATH, MOVED, CUSTODY}):
                continue
            other = [DEATH, MOVED, CUSTODY] if argument == "competing" else []
            # what a user's own table holds may not be shown; only the canonical names are suggested
            yield Fault(
                f"{argument}={kind!r}", "there is no such kind of event", suggestion(kind, [*EVENT_KINDS, *other])
            )
