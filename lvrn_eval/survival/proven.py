"""Proven reoffending: an offence within a year, proved within that year or a further six months."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING

from sqlglot import exp

from lvrn_eval.cohort.column_types import data_type
from lvrn_eval.cohort.known_groups import has_features
from lvrn_eval.engine import Step, Table, as_table
from lvrn_eval.errors import AnalysisError, Fault
from lvrn_eval.result import Check
from lvrn_eval.survival import times_steps
from lvrn_eval.survival.tables import PACKAGE
from lvrn_eval.survival.times import people_and_end
from lvrn_eval.survival.times_choices import PROOF, SUSPECT, Cause, read_choices
from lvrn_eval.survival.times_faults import DATES
from lvrn_eval.survival.times_follow import follow, ready

if TYPE_CHECKING:
    from lvrn_eval.cohort import Cohort
    from lvrn_eval.engine import Frame
    from lvrn_eval.survival.times_steps import Material
    from lvrn_eval.survival.times_table import Times

FUNCTION = "proven_reoffending"
REOFFENCE = "proven reoffence"
NOT_MATURE = "not yet mature"


def proven_reoffending(
    cohort: Cohort | Table | Frame,
    events: Table | Frame,
    *,
    start: str = "release",
    end: date | str | None = None,
    kinds: Sequence[str] = PROOF,
    months: int = 12,
    proof_months: int = 6,
    custody: Table | Frame | None = None,
    remove_custody: bool = False,
    death: str | None = None,
    moved: str | None = None,
    on_start_day: str = "leave_out",
    by: str | Sequence[str] | None = None,
    known: Mapping[str, str] | None = None,
    released_from: date | str | None = None,
) -> Times:
    """Work out the days from release to the first proven reoffence, for people whose follow-up is mature.

    A reoffence is an offence within ``months`` of the start that was proved, by conviction or caution, within those
    months or a further ``proof_months``. Whoever has not had all of both by ``end`` cannot be judged yet: such people
    are left out and reported, never counted as free of offences.

    Parameters
    ----------
    cohort, start, end, death, moved, on_start_day, by, known, released_from
        As for ``time_to_event``. The definition's clock starts at release, court sentence or caution; for the last
        two name the people's column of dates.
    events
        A table or frame of events: ``person_id``, ``on`` (the day of the offence), ``kind``, and ``proved_on``, the day
        of the conviction or caution.
    kinds
        The kinds of record that prove an offence: ``"conviction"``, ``"caution"``.
    months, proof_months
        Calendar months for the offence, and further ones for the proof.
    custody
        A table or frame of spells, needed for ``start="release"``.
    remove_custody
        Whether days in custody are taken out of the time at risk. The definition does not do so.

    Returns
    -------
    Times
        As of ``time_to_event``: one row per person whose follow-up is mature (per stretch with ``remove_custody``),
        ``event`` 1 for a proven reoffence on day ``days``, 0 for none when the months were over. ``.left_out`` and
        ``.account()`` hold how many are not yet mature.

    Raises
    ------
    AnalysisError
        When a kind is no proof, the day of proof is missing or before the offence, and for all that
        ``time_to_event`` refuses; every fault at once, in counts.

    Notes
    -----
    A month is a calendar month: for a start on 15 January 2023, offences count up to and including 15 January 2024,
    and proofs up to and including 15 July 2024. An offence on the start day is left out, unless ``on_start_day`` says
    otherwise.

    *Validated against* worked examples (tests/spec/test_spec_times.py, tests/hand/test_hand_times.py).

    References
    ----------
    Ministry of Justice's measure of proven reoffending: an offence within one year, proved in that year or a further
    six months.

    Examples
    --------
    >>> import pandas as pd
    >>> people = pd.DataFrame({"person_id": ["a", "b"], "site": ["x", "y"]})
    >>> days = pd.to_datetime(["2022-01-10", "2022-01-10"]), pd.to_datetime(["2022-03-01", "2023-06-01"])
    >>> spells = pd.DataFrame({"person_id": ["a", "b"], "starts_on": days[0], "ends_on": days[1]})
    >>> offence = {"person_id": ["a"], "on": [pd.Timestamp("2022-05-01")], "kind": ["conviction"]}
    >>> events = pd.DataFrame(offence).assign(proved_on=pd.Timestamp("2022-11-01"))
    >>> times = proven_reoffending(people, events, custody=spells, end="2024-03-31")
    >>> print(times.to_pandas().to_string(index=False))
    person_id site  entry  days  event            cause
            a    x      0    61      1 proven reoffence
    >>> dict(times.left_out)
    {'not yet mature': 1}
    """
    _refuse_kinds(kinds, months, proof_months)
    people, last_day = people_and_end(cohort, end)
    choices = read_choices(
        start=start,
        end=last_day,
        kinds=[REOFFENCE],
        competing=None,
        custody=custody,
        death=death,
        moved=moved,
        recurrent=False,
        landmark=None,
        on_start_day=on_start_day,
        by=by,
        known=known,
        changes=None,
        released_from=released_from,
        function=FUNCTION,
    )
    choices = replace(choices, causes=(Cause(REOFFENCE, tuple(kinds)),))
    tables = {"people": people, "events": as_table(events, "events", people.engine)}
    if custody is not None:
        tables["custody"] = as_table(custody, "custody", people.engine)
    material, left_out = ready(
        choices,
        tables,
        features=has_features(cohort),
        of_columns=_proof_columns(tables["events"]),
        of_rows=lambda: _proof_rows(tables["events"], kinds),
    )
    if not remove_custody:
        material = replace(material, custody=None)
    mature = _mature(material, months, proof_months)
    young = len(material.people) - len(mature.people)
    times = follow(
        mature,
        left_out | ({NOT_MATURE: young} if young else {}),
        {
            "definition": f"an offence within {months} months, proved within {months + proof_months} months",
            "proof": list(kinds),
            "kinds": list(kinds),
            "custody": "not at risk" if remove_custody else "days in custody count as at risk, as in the definition",
        },
    )
    return replace(times, checks=(*_checks(young, len(mature.people), months + proof_months), *_relevant(times.checks)))


def _refuse_kinds(kinds: Sequence[str], months: int, proof_months: int) -> None:
    """Refuse records that prove nothing, and months that are none."""
    faults = []
    if isinstance(kinds, str) or not kinds:
        faults.append(Fault("kinds", "not a list of names, with at least one", 'write it as ["conviction", "caution"]'))
        kinds = ()
    for kind in dict.fromkeys(kinds):
        if kind == "suspect":
            what = f"not proof: it is a {SUSPECT}, and nothing has been found against the person"
            faults.append(Fault("kinds='suspect'", what, f"use time_to_event for the first {SUSPECT}"))
        elif kind not in PROOF:
            what = "not proof that the person offended"
            faults.append(
                Fault(f"kinds={kind!r}", what, f"proof is {' or '.join(PROOF)}; use time_to_event for others")
            )
    for name, value, least, usual in (("months", months, 1, 12), ("proof_months", proof_months, 0, 6)):
        if type(value) is not int or value < least:
            faults.append(Fault(name, f"not a whole number of months, at least {least}", f"write it as {name}={usual}"))
    if faults:
        raise AnalysisError(f"{FUNCTION}: what is asked is not possible", faults)


def _proof_rows(events: Table, kinds: Sequence[str]) -> Iterator[Fault]:
    """Yield what is wrong with the days of proof, in counts."""
    if len(events) == 0:
        return
    step = Step.load(PACKAGE, "proven_check.sql")
    checked = events.engine.run(step, tables={"events": events}, expressions={"proof": times_steps.one_of(kinds)})
    found = checked.to_arrow().to_pylist()[0]
    told = {
        "undated": ("missing in {} of {} proofs", "find the days, or leave these records out and say so"),
        "reversed": ("before the offence in {} of {} proofs", "look for swapped dates: on is the day of the offence"),
    }
    for rule, (what, fix) in told.items():
        if found[rule]:
            yield Fault("events.proved_on", what.format(found[rule], found["proofs"]), fix)


def _proof_columns(events: Table) -> Iterator[Fault]:
    if "proved_on" not in events.columns:
        fix = (
            "add the day of each conviction or caution as proved_on, and let on be the day of the offence; without it "
            "nobody can tell what was proved in time"
        )
        yield Fault("events.proved_on", "there is no such column", fix)
    elif len(events) and data_type(events, "proved_on").this not in DATES:
        yield Fault("events.proved_on", "this column does not hold dates", "convert it, as with pandas.to_datetime")


def _mature(material: Material, months: int, proof_months: int) -> Material:
    """Return the people whose months are over, and the offences that were proved in time."""
    engine, choices = material.people.engine, material.choices
    until, mature_on = (_months_after(material.start, count) for count in (months, months + proof_months))
    people = engine.run(
        Step.load(PACKAGE, "proven_people.sql"),
        tables={"people": material.people},
        values={"end": choices.end},
        expressions={"until": until, "mature_on": mature_on},
    )
    events = material.events
    if "proved_on" in events.columns:
        events = engine.run(
            Step.load(PACKAGE, "proven_events.sql"),
            tables={"events": events, "people": people},
            values={"label": REOFFENCE},
            expressions={"proof": times_steps.one_of(choices.kinds), "mature_on": mature_on},
        )
    over = f"{months} months over"
    proven = replace(choices, causes=(Cause(REOFFENCE, (REOFFENCE,)),), until="follow_up_ends", until_label=over)
    return replace(material, people=people, events=events, choices=proven)


def _months_after(start: exp.Expr, months: int) -> exp.Expr:
    interval = exp.Interval(this=exp.Literal.string(str(months)), unit=exp.Var(this="MONTH"))
    return exp.cast(exp.Add(this=start.copy(), expression=interval), "date")


def _checks(young: int, mature: int, months: int) -> Iterator[Check]:
    text = f"Not yet mature, as {months} months are not over: {young:,} of {young + mature:,} people, left out."
    instead = f"People whose {months} months are not over, if there were any, were left out."
    yield Check("maturity", not young, text, float(young), counts=(young, mature, young + mature), instead=instead)


def _relevant(checks: Sequence[Check]) -> Iterator[Check]:
    """Yield the checks of times that say something here: without taking custody out there is none to miss."""
    return (check for check in checks if check.name != "custody_given")
