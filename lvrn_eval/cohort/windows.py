"""Each person's days before, during and after a programme, and which of them were days at risk.

The rules, which every analysis that uses them repeats in its method:

* Each window hangs on an anchor: a day in a person's time with the programme (``ANCHORS``). The before window ends on
  the day before ``before_anchor``, less the washout; the after window begins on the day after ``after_anchor``. The
  days of both anchors, and those between, are during.
* The days of the washout come directly before ``before_anchor`` and count nowhere.
* The review date ``as_of`` is the last day that counts; ``observed_from`` the first.
* Spells in custody that share a day are one spell. The days of reception and of release are days at risk, for the
  person was at liberty for part of them; the days strictly between are not. A spell without a release goes on through
  ``as_of``.
* Days under the age of criminal responsibility are not days at risk. Only the month of birth is known, so a person is
  of age from the first day of the month of that birthday.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date

from sqlglot import exp, parse_one

from lvrn_eval.engine import Step, Table, literal, quoted
from lvrn_eval.engine.steps import DIALECT
from lvrn_eval.errors import Fault

ANCHORS = {"referred_on": "the referral", "first_contact": "the first contact", "last_contact": "the last contact"}
"""The days a window may hang on, in the order in which they come, and what each is called."""

BOUNDARIES = (
    "the days of the first and last contact are in the programme; before ends the day before the first contact; "
    "after begins the day after the last contact; observed_from and as_of are included"
)
CUSTODY_RULE = (
    "spells that share a day are one; the days of reception and release are at risk, the days strictly between are "
    "not; a spell without a release goes on through as_of"
)
MIN_AGE = 10
"""Nobody younger can be guilty of an offence in England and Wales (Children and Young Persons Act 1933, s. 50)."""

AS_AFTER = "as after"
PACKAGE = "lvrn_eval.cohort"
LONGEST = 36_525
"""No window is longer than a hundred years of days."""

_MET = "leave out people who never met anyone"
_WITHOUT = {
    "first_contact": _MET,
    "last_contact": _MET,
    "referred_on": 'leave out people without a referral, as with .require("Referred", "referred_on is not null"), or '
    "choose another anchor",
}


@dataclass(frozen=True)
class Windows:
    """Which days are before and after.

    Parameters
    ----------
    before, after
        Days asked for; None for all there are.
    as_of, observed_from
        Last and first day of the records.
    before_anchor, after_anchor
        The days they hang on, of ``ANCHORS``.
    washout
        Days directly before ``before_anchor`` that count nowhere.
    as_after
        Whether each person's before window is as long as that person's own after window; ``before`` is None then.
    """

    before: int | None
    after: int | None
    as_of: date
    observed_from: date | None
    before_anchor: str = "first_contact"
    after_anchor: str = "last_contact"
    washout: int = 0
    as_after: bool = False

    @property
    def exposure_known(self) -> bool:
        """Whether anybody knows how many days lie before."""
        return self.before is not None or self.as_after or self.observed_from is not None

    @property
    def fixed_length(self) -> bool:
        """Whether a window may be cut short of the days asked for."""
        return self.before is not None or self.after is not None or self.as_after

    @property
    def boundaries(self) -> str:
        """The rule in words."""
        if (self.before_anchor, self.after_anchor, self.washout) == ("first_contact", "last_contact", 0):
            return BOUNDARIES
        first, last = ANCHORS[self.before_anchor], ANCHORS[self.after_anchor]
        gap = f", less a washout of {self.washout} days" if self.washout else ""
        return (
            f"before ends the day before {first}{gap}; after begins the day after {last}; the days of both, and those "
            "between, are neither; observed_from and as_of are included"
        )


def read_window(window: str, argument: str) -> int | Fault | None:
    """Read how long a window is.

    Parameters
    ----------
    window
        ``"all"``, or a number of days such as ``"183 days"``.
    argument
        The name of the argument, for the message.

    Returns
    -------
    int, Fault or None
        Days; None for ``"all"``; what is wrong, where it is neither.
    """
    if window == "all":
        return None
    days = _days(window)
    if not days:
        return Fault(
            argument,
            f"{window!r} is not a window",
            'write "all" or a number of days, as in "183 days"; months and years differ in length and are not taken',
        )
    return days


def read_washout(washout: str) -> int | Fault:
    """Return the days of a washout such as ``"30 days"``, 0 included; or what is wrong with it."""
    days = _days(washout)
    if days is None:
        return Fault("washout", f"{washout!r} is not a number of days", 'write it as "30 days", or "0 days" for none')
    return days


def _days(text: str) -> int | None:
    found = re.fullmatch(r"(0|[1-9][0-9]{0,5}) days?", text) if isinstance(text, str) else None
    return int(found[1]) if found and int(found[1]) <= LONGEST else None


def people_windows(people: Table, windows: Windows, group: exp.Expr | None = None) -> Table:
    """Return one row per person with the first and last day of each window and its length.

    Parameters
    ----------
    people
        ``person_id``, both anchors and, where there is one, ``site``; checked by ``people_faults``.
    windows
        Which days. With neither a length of the before window nor ``observed_from`` the days before are unknown.
    group
        The group of a person; everybody is in ``all`` without one.

    Returns
    -------
    Table
        ``person_id``, ``site``, ``group``, ``before_anchor``, ``after_anchor`` (their days), ``before_from`` and
        ``before_to`` (first and last day of the before window; the first is missing when unknown), ``after_to`` (last
        day of the after window), ``before_complete``, ``after_complete`` (whether a window has the days asked for),
        ``days_before``, ``days_during``, ``days_after``.
    """
    length = literal(windows.before)
    if windows.as_after:
        length = parse_one("date_diff('day', after_anchor, after_to)", read=DIALECT)
    return people.engine.run(
        Step.load(PACKAGE, "windows.sql"),
        tables={"people": people},
        values={
            "after_days": windows.after,
            "as_of": windows.as_of,
            "observed_from": windows.observed_from,
            "washout": windows.washout,
        },
        expressions={
            "site": quoted("site", "people") if "site" in people.columns else literal(None),
            "grouping": literal("all") if group is None else group,
            "before_length": exp.cast(length, "int"),
            **_anchors(windows),
        },
    )


def _anchors(windows: Windows) -> dict[str, exp.Expr]:
    return {name: quoted(getattr(windows, name), "people") for name in ("before_anchor", "after_anchor")}


def cut_windows(windows: Table) -> dict[str, int]:
    """Return how many people there are and how many windows were cut: ``people, cut_before, cut_after, cut_any``."""
    return _only_row(windows.engine.run(Step.load(PACKAGE, "windows_cut.sql"), tables={"windows": windows}))


def complete_windows(windows: Table) -> Table:
    """Return the windows of the people whose windows were not cut."""
    return windows.engine.run(Step.load(PACKAGE, "windows_complete.sql"), tables={"windows": windows})


def custody_away(custody: Table, windows: Table, as_of: date) -> Table:
    """Return the stretches of days in custody: ``person_id, away_from, away_to, reason``, both days included, apart."""
    return windows.engine.run(
        Step.load(PACKAGE, "custody_away.sql"),
        tables={"custody": custody, "windows": windows},
        values={"as_of": as_of},
    )


def not_at_risk(windows: Table, people: Table, min_age: int, away: Table | None = None) -> Table:
    """Return the stretches of days under ``min_age``, and those of ``away`` after them: they never overlap.

    Parameters
    ----------
    windows
        What ``people_windows`` returned.
    people
        ``person_id`` and ``birth_month``: any day of the month of birth, missing where it is unknown.
    min_age
        Years; a person is of age from the first day of the month of that birthday.
    away
        What ``custody_away`` returned, where there are custody records.

    Returns
    -------
    Table
        ``person_id, away_from, away_to, reason`` (``age`` or ``custody``), both days included.
    """
    if away is None:
        away = windows.engine.run(Step.load(PACKAGE, "windows_no_away.sql"), tables={"windows": windows})
    return windows.engine.run(
        Step.load(PACKAGE, "windows_not_at_risk.sql"),
        tables={"people": people, "windows": windows, "away": away},
        expressions={"of_age_on": _of_age_on(min_age)},
    )


def age_counts(windows: Table, people: Table, min_age: int) -> dict[str, int]:
    """Return ``people``, of how many no month of birth is known, and how many come of age within their windows."""
    ran = windows.engine.run(
        Step.load(PACKAGE, "windows_age_counts.sql"),
        tables={"people": people, "windows": windows},
        expressions={"of_age_on": _of_age_on(min_age)},
    )
    return _only_row(ran)


def _of_age_on(min_age: int) -> exp.Expr:
    """Return the first day of the month in which a person comes of age."""
    month = exp.func("date_trunc", literal("month"), exp.cast(quoted("birth_month", "people"), "date"))
    years = exp.Interval(this=exp.Literal.string(str(12 * min_age)), unit=exp.var("MONTH"))
    return exp.cast(exp.Add(this=exp.cast(month, "date"), expression=years), "date")


def custody_counts(custody: Table, windows: Table) -> dict[str, int]:
    """Return what custody records hold about these people: ``spells, people, open_spells``."""
    step = Step.load(PACKAGE, "custody_counts.sql")
    return _only_row(windows.engine.run(step, tables={"custody": custody, "windows": windows}))


def days_at_risk(windows: Table, away: Table) -> Table:
    """Return the windows with the days of ``away`` taken out of ``days_before``, ``days_during``, ``days_after``."""
    return windows.engine.run(Step.load(PACKAGE, "exposure.sql"), tables={"windows": windows, "away": away})


def people_faults(people: Table, windows: Windows) -> list[Fault]:
    """Return everything about ``people`` that does not allow windows, with counts."""
    step = Step.load(PACKAGE, "windows_people_check.sql")
    values, anchors = {"as_of": windows.as_of}, _anchors(windows)
    found = _only_row(people.engine.run(step, tables={"people": people}, values=values, expressions=anchors))
    first, last = windows.before_anchor, windows.after_anchor
    what = "referral" if last == "referred_on" else "contact"
    if first == last:
        found["no_after"] = 0
    told = {
        "unnamed": ("people.person_id", "missing in {}", "name every person"),
        "repeated": ("people.person_id", "{} too many for people who have a row already", "keep one row per person"),
        "no_before": (f"people.{first}", "missing in {}", _WITHOUT[first]),
        "no_after": (f"people.{last}", "missing in {}", _WITHOUT[last]),
        "reversed": (f"people.{first}", f"after {last} in {{}}", "look for swapped dates"),
        "too_late": (
            f"people.{last}",
            f"a {what} after as_of ({windows.as_of.isoformat()}) in {{}}",
            f"move as_of, or leave out later {what}s",
        ),
    }
    return _faults(found, told)


def custody_faults(custody: Table) -> list[Fault]:
    """Return everything about ``custody`` that cannot be, with counts."""
    found = _only_row(custody.engine.run(Step.load(PACKAGE, "custody_check.sql"), tables={"custody": custody}))
    told = {
        "unnamed": ("custody.person_id", "missing in {}", "name the person of every spell"),
        "no_start": ("custody.starts_on", "missing in {}", "date every reception"),
        "reversed": ("custody.ends_on", "before starts_on in {}", "look for swapped dates"),
    }
    return _faults(found, told)


def _faults(found: dict[str, int], told: dict[str, tuple[str, str, str]]) -> list[Fault]:
    return [
        Fault(where, what.format(f"{found[name]:,} row{'' if found[name] == 1 else 's'}"), fix)
        for name, (where, what, fix) in told.items()
        if found[name]
    ]


def _only_row(table: Table) -> dict[str, int]:
    row: dict[str, int] = table.to_arrow().to_pylist()[0]
    return row
