"""From records to time: how long until a recorded event after a named day."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import TYPE_CHECKING

from lvrn_eval.cohort.known_groups import has_features
from lvrn_eval.engine import Table, as_table
from lvrn_eval.survival.times_choices import read_choices
from lvrn_eval.survival.times_follow import follow_people
from lvrn_eval.survival.times_table import Times

if TYPE_CHECKING:
    from lvrn_eval.cohort import Cohort
    from lvrn_eval.engine import Frame


def time_to_event(
    cohort: Cohort | Table | Frame,
    events: Table | Frame,
    *,
    start: str = "last_contact",
    end: date | str | None = None,
    kinds: Sequence[str],
    competing: Sequence[str] | Mapping[str, Sequence[str]] | None = None,
    custody: Table | Frame | None = None,
    death: str | None = None,
    moved: str | None = None,
    recurrent: bool = False,
    landmark: int | None = None,
    on_start_day: str = "leave_out",
    by: str | Sequence[str] | None = None,
    known: Mapping[str, str] | None = None,
    changes: Table | Frame | None = None,
    released_from: date | str | None = None,
) -> Times:
    """Work out the days from each person's start to a recorded event, and what else ended their time.

    Police records of a suspect are recorded suspect events, never reoffending: nothing has been proven. For proven
    reoffending see ``proven_reoffending``.

    Parameters
    ----------
    cohort
        A cohort, or a table or frame of people: ``person_id``, ``site``, the column of the start, and any columns
        named by ``death``, ``moved``, ``by`` and ``known``.
    events
        A table or frame of events: ``person_id``, ``on``, ``kind``.
    start
        The day each person's time starts: ``"referral"`` (their column ``referred_on``), ``"first_contact"``,
        ``"last_contact"``, ``"release"`` (the end of their first spell in ``custody`` that ends on ``released_from``
        or later), or any column of dates of the people, such as ``"sentenced_on"``.
    end
        The last day for which events are known, that day included; by default the cohort's review date ``as_of``.
    kinds
        The kinds of event that count, such as ``["suspect"]``; there is no default.
    competing
        What ends a person's time with another event instead of censoring it: kinds of event, ``"death"``, ``"moved"``
        or ``"custody"`` (a reception). A list makes each a cause of its own, numbered from 2; a mapping
        ``{"name": ["kind", …]}`` joins several in one cause. What is not named here censors.
    custody
        A table or frame of spells: ``person_id``, ``starts_on``, ``ends_on``. Unless ``"custody"`` competes, days in
        custody are taken out of the time at risk.
    death, moved
        Columns of the people with the day of death, and of moving out of the area that the events cover.
    recurrent
        Whether time goes on after an event, so that every event counts and not only the first.
    landmark
        Follow people only from so many days after the start; who had an event, or was no longer followed, by then is
        left out, and groups are those that were known by then.
    on_start_day
        ``"leave_out"``: an event on the start day does not count, as nobody knows whether it came before or after what
        starts the time, and day 1 is the day after. ``"count"``: it counts, and the start day is day 1.
    by
        A column of the people, or several, to carry over as groups. They must be known at the start.
    known
        For groups, the column of dates of the people on which they were known, or ``"start"``.
    changes
        A table or frame of the days on which a group was known: ``person_id``, ``on``, and columns named in ``by``.
        A person's rows switch group after that day.
    released_from
        The first day that counts for ``start="release"``.

    Returns
    -------
    Times
        A table ordered by ``person_id`` and ``entry``: ``person_id``, ``site``, ``entry`` and ``days`` (at risk on the
        days after ``entry``, up to ``days``, counted from the start), ``event`` (0 censored; 1 the event; 2, 3, … what
        competes), ``cause`` (the same in words; of rows without an event, why they end: ``end of records``, ``death``,
        ``moved away``, ``custody`` when it begins, ``continues`` when the next row follows on), ``order`` when
        recurrent (which event of the person, counting from 1, the row could end with), then the columns of ``by``.
        Without custody, recurrence, a landmark or changes, everyone has one row from day 0. ``.method``, ``.checks``,
        ``.left_out`` and ``.account()`` say how it was made and who is not in it.

    Raises
    ------
    AnalysisError
        When the choices exclude one another; a column or kind is unknown; dates are not dates or missing; a person
        stands twice; a start lies after ``end`` or after death; or a group was known only after the start. Every
        fault at once, in counts.

    Notes
    -----
    The clock runs on the calendar from the start and does not stop in custody: day 100 is the hundredth day after the
    start for everyone. A person in custody on day 100 is in nobody's risk set that day: their rows leave it out. The
    days of reception and release are days at risk, the days strictly between are not; spells that share a day are one.
    An event recorded on a day in custody is left out with the day and counted in ``.checks``. On one day the event
    comes before what competes, in the order given, and that before censoring. Of recurrent events several on one day
    count once.

    A group that is only known later, such as having completed the programme, makes its members look safe, because they
    could not have had the event before they were in it (immortal time). Features of ``engagement_features`` are held
    against the day they are known; of other columns only the name is, so say it in ``known``.

    *Validated against* plain pandas, day by day, and worked examples (tests/survival/test_survival_times.py,
    tests/invariants/test_invariants_times.py, tests/hand/test_hand_times.py).

    Examples
    --------
    >>> import pandas as pd
    >>> last = pd.to_datetime(["2024-01-01", "2024-02-01"])
    >>> people = pd.DataFrame({"person_id": ["a", "b"], "site": ["x", "y"], "last_contact": last})
    >>> events = pd.DataFrame({"person_id": ["a"], "on": [pd.Timestamp("2024-01-11")], "kind": ["suspect"]})
    >>> times = time_to_event(people, events, end="2024-03-31", kinds=["suspect"])
    >>> print(times.to_pandas().to_string(index=False))
    person_id site  entry  days  event                  cause
            a    x      0    10      1 recorded suspect event
            b    y      0    59      0         end of records
    """
    people, last_day = people_and_end(cohort, end)
    choices = read_choices(
        start=start,
        end=last_day,
        kinds=kinds,
        competing=competing,
        custody=custody,
        death=death,
        moved=moved,
        recurrent=recurrent,
        landmark=landmark,
        on_start_day=on_start_day,
        by=by,
        known=known,
        changes=changes,
        released_from=released_from,
    )
    tables = {"people": people, "events": as_table(events, "events", people.engine)}
    for name, given in (("custody", custody), ("changes", changes)):
        if given is not None:
            tables[name] = as_table(given, name, people.engine)
    return follow_people(choices, tables, features=has_features(cohort))


def people_and_end(cohort: Cohort | Table | Frame, end: date | str | None) -> tuple[Table, date | str | None]:
    """Return the people and the last day for which their events are known."""
    from lvrn_eval.cohort import Cohort

    if isinstance(cohort, Cohort):
        return cohort.people, cohort.as_of if end is None else end
    return as_table(cohort, "people"), end
