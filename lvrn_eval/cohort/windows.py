"""Each person's days before, during and after a programme, and which of them were days at risk.

The rules, which every analysis that uses them repeats in its method:

* The days of the first and of the last contact belong to the programme. The before window ends on the day before the
  first contact; the after window begins on the day after the last.
* The review date ``as_of`` is the last day that counts; ``observed_from`` the first.
* Spells in custody that share a day are one spell. The days of reception and of release are days at risk, for the
  person was at liberty for part of them; the days strictly between are not. A spell without a release goes on through
  ``as_of``.
"""

from __future__ import annotations

import re
from datetime import date

from lvrn_eval.engine import Step, Table, literal, quoted
from lvrn_eval.errors import Fault

BOUNDARIES = (
    "the days of the first and last contact are in the programme; before ends the day before the first contact; "
    "after begins the day after the last contact; observed_from and as_of are included"
)
CUSTODY_RULE = (
    "spells that share a day are one; the days of reception and release are at risk, the days strictly between are "
    "not; a spell without a release goes on through as_of"
)
PACKAGE = "lvrn_eval.cohort"
LONGEST = 36_525
"""No window is longer than a hundred years of days."""


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
    found = re.fullmatch(r"([1-9][0-9]{0,5}) days?", window) if isinstance(window, str) else None
    if found is None or int(found[1]) > LONGEST:
        return Fault(
            argument,
            f"{window!r} is not a window",
            'write "all" or a number of days, as in "183 days"; months and years differ in length and are not taken',
        )
    return int(found[1])


def people_windows(
    people: Table,
    *,
    before: int | None,
    after: int | None,
    as_of: date,
    observed_from: date | None,
) -> Table:
    """Return one row per person with the first and last day of each window and its length.

    Parameters
    ----------
    people
        ``person_id, first_contact, last_contact`` and, where there is one, ``site``; checked by ``people_faults``.
    before, after
        Days asked for; None for all there are.
    as_of, observed_from
        Last and first day of the records. With neither ``before`` nor ``observed_from`` the days before are unknown.

    Returns
    -------
    Table
        ``person_id``, ``site``, ``first_contact``, ``last_contact``, ``before_from`` (first day of the before window;
        missing when unknown), ``after_to`` (last day of the after window), ``before_complete``, ``after_complete``
        (whether a window has the days asked for), ``days_before``, ``days_during``, ``days_after``.
    """
    site = quoted("site", "people") if "site" in people.columns else literal(None)
    return people.engine.run(
        Step.load(PACKAGE, "windows.sql"),
        tables={"people": people},
        values={"before_days": before, "after_days": after, "as_of": as_of, "observed_from": observed_from},
        expressions={"site": site},
    )


def cut_windows(windows: Table) -> dict[str, int]:
    """Return how many people there are and how many windows were cut: ``people, cut_before, cut_after, cut_any``."""
    return _only_row(windows.engine.run(Step.load(PACKAGE, "windows_cut.sql"), tables={"windows": windows}))


def complete_windows(windows: Table) -> Table:
    """Return the windows of the people whose windows were not cut."""
    return windows.engine.run(Step.load(PACKAGE, "windows_complete.sql"), tables={"windows": windows})


def custody_away(custody: Table, windows: Table, as_of: date) -> Table:
    """Return the stretches of days not at risk: ``person_id, away_from, away_to``, both days included, apart."""
    return windows.engine.run(
        Step.load(PACKAGE, "custody_away.sql"),
        tables={"custody": custody, "windows": windows},
        values={"as_of": as_of},
    )


def custody_counts(custody: Table, windows: Table) -> dict[str, int]:
    """Return what custody records hold about these people: ``spells, people, open_spells``."""
    step = Step.load(PACKAGE, "custody_counts.sql")
    return _only_row(windows.engine.run(step, tables={"custody": custody, "windows": windows}))


def days_at_risk(windows: Table, away: Table) -> Table:
    """Return the windows with the days of ``away`` taken out of ``days_before``, ``days_during``, ``days_after``."""
    return windows.engine.run(Step.load(PACKAGE, "exposure.sql"), tables={"windows": windows, "away": away})


def people_faults(people: Table, as_of: date) -> list[Fault]:
    """Return everything about ``people`` that does not allow windows, with counts."""
    step = Step.load(PACKAGE, "windows_people_check.sql")
    found = _only_row(people.engine.run(step, tables={"people": people}, values={"as_of": as_of}))
    told = {
        "unnamed": ("people.person_id", "missing in {}", "name every person"),
        "repeated": ("people.person_id", "{} too many for people who have a row already", "keep one row per person"),
        "no_first": ("people.first_contact", "missing in {}", "leave out people who never met anyone"),
        "no_last": ("people.last_contact", "missing in {}", "leave out people who never met anyone"),
        "reversed": ("people.first_contact", "after last_contact in {}", "look for swapped dates"),
        "too_late": (
            "people.last_contact",
            f"a contact after as_of ({as_of.isoformat()}) in {{}}",
            "move as_of, or leave out later contacts",
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
