"""What a reader must know before believing a before/after comparison."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import TYPE_CHECKING

from lvrn_eval.cohort.windows import ANCHORS
from lvrn_eval.offending.rates import DAYS_PER_YEAR
from lvrn_eval.phrases import SMALL, decimal, listed, many, of_kinds
from lvrn_eval.result import Check

if TYPE_CHECKING:
    from lvrn_eval.offending.counting import Cells, Counted
    from lvrn_eval.offending.estimates import Estimates
    from lvrn_eval.offending.study import Study

ALIKE = 0.05
"""Mean days at risk before and after are called equal when they differ by no more than this share of the longer."""


CUT = {
    "drop": "left out",
    "rate": "kept with the days they have",
    "model": "kept with the days they have in the rates, and left out of the classes and paired tests",
}
"""What happened to people whose window was cut, by the rule."""


def checks(study: Study, counted: Counted, cells: Cells, estimates: Estimates) -> tuple[Check, ...]:
    """Return every check of a before/after comparison, in the order they are read."""
    return (
        evidence_level(),
        small_sample(cells),
        windows_equal(cells),
        _exposure_known(study, cells),
        days_at_risk(cells),
        _incomplete_windows(study, counted),
        _kinds(study, counted),
        *_where(study, counted),
        _events_outside(counted),
        *_washout(study, counted),
        _custody_given(counted),
        _events_in_custody(counted),
        *_age(study, counted),
        _estimates_missing(estimates),
    )


def evidence_level() -> Check:
    """Say how strong a design is that compares people with themselves alone."""
    return Check(
        "evidence_level",
        passed=False,
        text="Before and after without a comparison group is the weakest tier of evidence: it cannot separate an "
        "effect of the programme from regression to the mean, from growing older, or from anything else that changed.",
    )


def small_sample(cells: Cells) -> Check:
    """Look for too few people to conclude anything."""
    n = cells.count()
    text = f"{many(n, 'person', 'people')} in the analysis"
    text += f": descriptive only, as nothing is inferred from fewer than {SMALL}." if n < SMALL else "."
    enough = n >= SMALL
    instead = f"At least {SMALL} people." if enough else f"Fewer than {SMALL} people: descriptive only."
    return Check("small_sample", passed=enough, text=text, statistic=float(n), counts=(n,), instead=instead)


def windows_equal(cells: Cells) -> Check:
    """Compare the days at risk before and after."""
    n = cells.count()
    if not n or not cells.days_before_known:
        return Check("windows_equal", passed=False, text="The days at risk before and after cannot be compared.")
    before, after = cells.total(cells.days_before) / n, cells.total(cells.days_after) / n
    passed = abs(before - after) <= ALIKE * max(before, after)
    text = f"On average {decimal(before, 1)} days at risk before and {decimal(after, 1)} after. "
    text += (
        f"They differ by no more than {ALIKE:.0%}, so counts can be compared."
        if passed
        else "Counts and classes compare windows of unequal length; only the rates allow for that."
    )
    ratio = after / before if before else None
    instead = (
        f"The mean days at risk before and after differ by no more than {ALIKE:.0%}, so counts can be compared."
        if passed
        else "Counts and classes compare windows of unequal length; only the rates allow for that."
    )
    return Check("windows_equal", passed=passed, text=text, statistic=ratio, counts=(n,), instead=instead)


def _exposure_known(study: Study, cells: Cells) -> Check:
    if not study.exposure_known:
        text = (
            "How far back the records go was not stated (observed_from), so the days before are unknown: counts and "
            "classes are given, rates and rate ratios are not."
        )
        return Check("exposure_known", passed=False, text=text)
    years = (cells.total(cells.days_before) + cells.total(cells.days_after)) / DAYS_PER_YEAR
    text = f"The days at risk before and after are known: {decimal(years, 1)} person-years in all."
    instead = "The days at risk before and after are known."
    return Check("exposure_known", passed=True, text=text, counts=(cells.count(),), instead=instead)


def days_at_risk(cells: Cells) -> Check:
    """Look for people without a day on which an event could have been recorded."""
    before, after = cells.count(cells.days_before == 0), cells.count(cells.days_after == 0)
    if not before + after:
        return Check("days_at_risk", passed=True, text="Nobody is known to have had no day at risk before or after.")
    text = (
        f"{many(before, 'person', 'people')} had no day at risk before and {many(after, 'person', 'people')} none "
        "after: no event could be recorded, yet they are in the classes."
    )
    instead = "Some people had no day at risk before or after: no event could be recorded, yet they are in the classes."
    return Check("days_at_risk", passed=False, text=text, counts=(before, after), instead=instead)


def _incomplete_windows(study: Study, counted: Counted) -> Check:
    name, cut, people = "incomplete_windows", counted.cut["cut_any"], counted.cut["people"]
    windows = study.windows
    if not windows.fixed_length:
        return Check(name, passed=True, text="All days on record were asked for, so no window is incomplete.")
    assumed = windows.observed_from is None and (windows.before is not None or windows.as_after)
    told = " Where the records begin was not stated: every before window is taken as whole." if assumed else ""
    if not cut:
        return Check(name, passed=None if assumed else True, text=f"No window of a fixed length was cut.{told}")
    parts = [
        f"{many(counted.cut['cut_before'], 'person', 'people')} by the start of the records",
        f"{many(counted.cut['cut_after'], 'person', 'people')} by the review date",
    ]
    done = CUT[study.incomplete]
    text = (
        f"{cut:,} of {many(people, 'person', 'people')} had a window cut short ({listed(parts)}) and were {done}.{told}"
    )
    counts = (cut, people, people - cut, counted.cut["cut_before"], counted.cut["cut_after"])
    instead = f"People whose window was cut short by the start of the records or the review date were {done}.{told}"
    return Check(name, passed=False, text=text, counts=counts, instead=instead)


def _kinds(study: Study, counted: Counted) -> Check:
    texts, others = [f"Counted: {of_kinds(study.kinds)}."], counted.other_kinds
    if len(study.kinds) > 1:
        texts.append("Kinds were mixed on request.")
    if others:
        named = listed([f"{events:,} of kind {kind}" for kind, events in others.items()])
        texts.append(f"Other events of these people were left out: {named}.")
    linked = bool(others) or counted.recorded > 0
    if not linked:
        texts.append("No event in the table belongs to any of these people; check that the ids are of one making.")
    passed = False if not linked else None if len(study.kinds) > 1 else True
    instead = f"Counted: {of_kinds(study.kinds)}. Events of other kinds were left out."
    return Check("kinds", passed=passed, text=" ".join(texts), counts=tuple(others.values()), instead=instead)


def _where(study: Study, counted: Counted) -> Iterable[Check]:
    if study.where is None or counted.where is None:
        return
    recorded, met, undecided = (counted.where[name] for name in ("of_kinds", "met", "undecided"))
    rule = f"the rule {study.where.text!r}"
    text = f"{met:,} of {many(recorded, 'event', 'events')} of these kinds meet {rule}"
    text += f"; of {undecided:,} it cannot be said, as a value is missing: not counted." if undecided else "."
    counts = (met, recorded, undecided, recorded - met)
    instead = f"Only events that meet {rule} were counted; where a value is missing, an event was not."
    yield Check("where", passed=None if undecided else True, text=text, counts=counts, instead=instead)


def _washout(study: Study, counted: Counted) -> Iterable[Check]:
    if not study.windows.washout:
        return
    days = many(study.windows.washout, "day", "days")
    anchor = ANCHORS[study.windows.before_anchor]
    text = f"{many(counted.washed_out, 'event', 'events')} in the {days} before {anchor} counted nowhere."
    instead = f"Events in the {days} before {anchor} counted nowhere."
    yield Check("washout", passed=None, text=text, counts=(counted.washed_out,), instead=instead)


def _age(study: Study, counted: Counted) -> Iterable[Check]:
    if counted.age is None:
        return
    no_month, under, events, people = (counted.age[name] for name in ("no_month", "under_age", "events", "people"))
    text = (
        f"{under:,} of {many(people, 'person', 'people')} had days under the age of {study.min_age}: they are not at "
        f"risk, and {many(events, 'event', 'events')} on them left out. "
    )
    text += (
        f"The month of birth of {many(no_month, 'person', 'people')} is not known: all their days count."
        if no_month
        else "The month of birth of everybody is known."
    )
    instead = (
        f"Days before the month of the birthday at {study.min_age} were not at risk; where the month of birth is not "
        "known, all days count."
    )
    passed = None if no_month or events else True
    yield Check("age", passed=passed, text=text, counts=(under, people, events, no_month), instead=instead)


def _events_outside(counted: Counted) -> Check:
    outside, recorded = counted.outside, counted.recorded
    text = (
        f"{outside:,} of {many(recorded, 'event', 'events')} lie outside every window and were left out."
        if outside
        else f"Every event lies in a window: {recorded:,} in all."
    )
    return Check(
        "events_outside_windows",
        passed=None if outside else True,
        text=text,
        counts=(outside, recorded),
        instead="Events outside every window, if there were any, were left out.",
    )


def _custody_given(counted: Counted) -> Check:
    if counted.custody is None:
        text = "No custody records were given: days in custody count as days at risk."
        return Check("custody_given", passed=False, text=text)
    spells, people, still_open = (counted.custody[name] for name in ("spells", "people", "open_spells"))
    text = (
        f"Custody records hold {many(spells, 'spell', 'spells')} of {many(people, 'person', 'people')}; {still_open:,} "
        "without a release go on through the review date."
    )
    instead = "Custody records were given; a spell without a release goes on through the review date."
    return Check("custody_given", passed=True, text=text, counts=(spells, people, still_open), instead=instead)


def _events_in_custody(counted: Counted) -> Check:
    events = counted.away_events
    text = (
        f"{many(events, 'event', 'events')} on days in custody left out with the day."
        if events
        else "No event was left out for lying on a day in custody."
    )
    instead = "Events on days in custody, if there were any, were left out with the day."
    return Check("events_in_custody", passed=None if events else True, text=text, counts=(events,), instead=instead)


def _estimates_missing(estimates: Estimates) -> Check:
    missing = list(_without(estimates))
    if not missing:
        return Check("estimates_missing", passed=True, text="Every estimate could be made.")
    return Check("estimates_missing", passed=False, text=f"Not given: {listed(missing)}.")


def _without(estimates: Estimates) -> Iterable[str]:
    for row in estimates.rows:
        if math.isnan(row.estimate):
            yield f"{row.term} ({'nobody informs it' if row.n == 0 else 'too few events, or days unknown'})"
        elif row.term == "rate_ratio_robust" and math.isnan(row.conf_low):
            yield f"the interval of {row.term} (people do not differ, so clustering cannot be estimated)"
