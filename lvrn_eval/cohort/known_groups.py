"""Which groups were known when time started; one known only later makes its members immortal until then."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from sqlglot import exp, select

from lvrn_eval.cohort.column_types import data_type, is_number, is_truth
from lvrn_eval.engine import Table, build, literal, quoted
from lvrn_eval.errors import Fault, suggestion

if TYPE_CHECKING:
    from datetime import date

    from lvrn_eval.cohort.cohort import Cohort
    from lvrn_eval.engine import Frame

START, END = "start", "end"
KNOWN_ON: Mapping[str, str] = {
    "site": "last_contact",
    "mentor_contacts": "last_contact",
    "last_contact": "last_contact",
    "prior_events": "first_contact",
    "first_contact": "first_contact",
    "referral_source": "referred_on",
    "referred_on": "referred_on",
    "age_at_referral": "referred_on",
    "n_records": END,
}
"""The day on which each feature of ``engagement_features`` has its value: a column, or the end of the records."""

LATER = frozenset(
    [
        "completed", "complete", "completer", "completers", "completion", "finished", "finisher", "graduated",
        "dropped", "dropout", "withdrew", "withdrawn", "engaged", "engagement", "engagements", "disengaged",
        "retained", "retention", "attended", "attendance", "sessions", "contacts", "dose", "dosage", "duration",
        "length", "outcome", "exit", "exited", "closed", "closure", "discharged", "successful", "success",
    ]
)  # fmt: skip
"""Words by which a group that is known only after the start is usually called."""

IMMORTAL = "until then nobody in it could have had the event, so the group looks safe whatever was done (immortal time)"
TOO_LATE = "people are followed from that day, so it must be known by then"


class Asked(Protocol):
    """What was asked of the groups.

    ``by`` names the columns; ``known``, for some, the column of dates on which it was known, or ``start``; ``end`` is
    the last day of the records; ``landmark`` the days after the start from which people are followed, or None.
    """

    @property
    def by(self) -> tuple[str, ...]: ...  # noqa: D102
    @property
    def known(self) -> Mapping[str, str]: ...  # noqa: D102
    @property
    def end(self) -> date: ...  # noqa: D102
    @property
    def landmark(self) -> int | None: ...  # noqa: D102


@dataclass(frozen=True)
class Groups:
    """How each group is read from the people.

    Parameters
    ----------
    fixed
        Groups of the people, in order.
    known_on
        For those not known at the start as far as one can tell, the day on which they were.
    declared
        Those whose day was named by the caller.
    undeclared
        Those of which nobody said when they were known; they are taken as known at the start.
    later
        Those that by their name are known only later, and of which nobody said when.
    """

    fixed: tuple[str, ...]
    known_on: Mapping[str, exp.Expr]
    declared: frozenset[str]
    undeclared: tuple[str, ...]
    later: tuple[str, ...]


def has_features(cohort: Cohort | Table | Frame) -> bool:
    """Say whether the people carry the features of ``engagement_features``, whose making is known."""
    from lvrn_eval.cohort.cohort import Cohort

    return isinstance(cohort, Cohort) and "site_of_a_person" in cohort.method


def read_groups(asked: Asked, people: Table, changing: Collection[str], *, features: bool) -> Groups:
    """Return how each group is to be read; ``changing`` are those that come with the day of each change."""
    fixed = tuple(name for name in asked.by if name not in changing)
    named = {name: asked.known[name] for name in fixed if name in asked.known}
    made = {name: KNOWN_ON[name] for name in fixed if features and name in KNOWN_ON and name not in named}
    rest = [name for name in fixed if name not in named and name not in made]
    later = tuple(name for name in rest if LATER & set(re.split(r"[^a-z]+", name.casefold())))
    columns = {name: column for name, column in (named | made).items() if column != START}
    return Groups(
        fixed,
        {name: _day(column, asked, people) for name, column in columns.items()},
        frozenset(name for name in named if named[name] != START),
        tuple(name for name in rest if name not in later and not (features and name in people.columns)),
        later,
    )


def _day(column: str, asked: Asked, people: Table) -> exp.Expr:
    if column == END or column not in people.columns:
        return literal(asked.end)
    return exp.cast(quoted(column, "people"), "date")


def column_faults(asked: Asked, people: Table, groups: Groups, remedy: str) -> Iterator[Fault]:
    """Yield what is wrong with the groups as named; ``remedy`` says what to do about one known only later."""
    for name, column in asked.known.items():
        if name in asked.by and column != START and column not in people.columns:
            yield Fault(f"known={column!r}", "the people have no such column", suggestion(column, people.columns))
    for name in groups.later:
        when = f"say when, as known={{{name!r}: 'the column of its dates'}} or {{{name!r}: 'start'}}"
        what = "by its name known only after the start, and nobody said when"
        yield Fault(f"by={name!r}", what, f"{when}; {IMMORTAL}; {remedy}")


def row_faults(
    asked: Asked, people: Table, groups: Groups, start: exp.Expr, origin: exp.Expr, remedy: str
) -> Iterator[Fault]:
    """Yield the groups that are not known in time, with how many people that is."""
    counts: dict[str, exp.Expr] = {}
    for number, (name, known) in enumerate(groups.known_on.items()):
        unknown = exp.not_(
            exp.Coalesce(this=exp.paren(_in_time(asked, known, start, origin)), expressions=[exp.false()])
        )
        if asked.landmark is None or name not in groups.declared or not _can_wait(people, name):
            counts[f"late_{number}"] = unknown
        elif is_truth(data_type(people, name)):
            undated = exp.and_(quoted(name, "people"), exp.Is(this=known.copy(), expression=exp.null()))
            counts[f"undated_{number}"] = undated
    if not counts:
        return
    found = _count(people, counts)
    for number, name in enumerate(groups.known_on):
        if late := found.get(f"late_{number}", 0):
            when = "only after the start" if asked.landmark is None else f"only after day {asked.landmark}"
            what = f"known {when} for {late} of {found['people']} people"
            why = IMMORTAL if asked.landmark is None else TOO_LATE
            yield Fault(f"by={name!r}", what, f"{why}; {remedy}")
        if dateless := found.get(f"undated_{number}", 0):
            what = f"true without the day it was known, for {dateless} of {found['people']} people"
            yield Fault(f"by={name!r}", what, "find the days, or leave these people out by a rule")


def _count(people: Table, conditions: Mapping[str, exp.Expr]) -> dict[str, int]:
    """Return how many people there are, and how many meet each condition."""
    counts: list[exp.Expr] = [exp.alias_(exp.Count(this=exp.Star()), "people")]
    for name, condition in conditions.items():
        case = exp.Case().when(condition, literal(1))
        counts.append(exp.alias_(exp.Count(this=case), name))
    step = build("cohort/known_groups", select(*counts).from_("people"))
    row: dict[str, int] = people.engine.run(step, tables={"people": people}).to_arrow().to_pylist()[0]
    return row


def _can_wait(people: Table, name: str) -> bool:
    """Say whether a group can be written as not yet known."""
    return not is_number(data_type(people, name))


def _in_time(asked: Asked, known: exp.Expr, start: exp.Expr, origin: exp.Expr) -> exp.Expr:
    in_time: exp.Expr = exp.LTE(this=known.copy(), expression=start.copy())
    if asked.landmark is None:
        return in_time
    by_then = exp.LTE(this=known.copy(), expression=exp.Add(this=origin.copy(), expression=literal(asked.landmark)))
    return exp.or_(in_time, by_then)


def columns(asked: Asked, people: Table, groups: Groups, start: exp.Expr, origin: exp.Expr) -> Sequence[exp.Expr]:
    """Return the columns of the people to carry over as groups, as they were known at the landmark."""
    carried: list[exp.Expr] = []
    for name in groups.fixed:
        value: exp.Expr = quoted(name, "people")
        if asked.landmark is not None and name in groups.declared and _can_wait(people, name):
            later = exp.false() if is_truth(data_type(people, name)) else literal(f"not by day {asked.landmark}")
            in_time = _in_time(asked, groups.known_on[name], start, origin)
            value = exp.alias_(exp.Case().when(in_time, value).else_(later), name, quoted=True)
        if name != "site":
            carried.append(value)
    return carried
