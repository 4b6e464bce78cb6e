"""The checks and sentences every analysis of times shares, with the counts they reveal."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from types import MappingProxyType

import numpy as np

from lvrn_eval.phrases import SMALL, people, percent
from lvrn_eval.result import Check, Sentence
from lvrn_eval.survival.inputs import Observed
from lvrn_eval.survival.kernels.curve import kaplan_meier
from lvrn_eval.survival.kernels.quantile import quantile
from lvrn_eval.survival.kernels.tally import Counts, Integers, assemble

FEW_EVENTS = 10

UNITS: Mapping[str, str] = MappingProxyType(
    {f"{unit}{ending}": unit for unit in ("day", "week", "month", "year") for ending in ("", "s")},
)


def by_name(observed: Observed) -> str:
    """Return the name of the groups' column as words."""
    return "" if observed.columns.by is None else observed.columns.by.replace("_", " ")


def prefix(observed: Observed, label: str) -> str:
    """Return ``site Burnley: ``, or nothing where nobody is told apart."""
    return "" if observed.columns.by is None else f"{by_name(observed)} {label}: "


def sentence(observed: Observed, text: str) -> str:
    """Begin a text with a capital, unless it begins with the name of a group's column."""
    return text[0].upper() + text[1:] if observed.columns.by is None else text


def moment(observed: Observed, time: float, digits: int | None = None) -> str:
    """Return ``52 weeks`` where the column's name is a unit of time, else ``follow_up = 52``.

    With ``digits``, so many decimals, and the bare number where the name is no unit.
    """
    unit = UNITS.get(observed.columns.time.casefold())
    number = f"{time:.15g}" if digits is None else f"{time:.{digits}f}"
    if unit is None:
        return number if digits is not None else f"{observed.columns.time} = {number}"
    return f"{number} {unit}{'' if time == 1 and digits is None else 's'}"


def degrees(df: int) -> str:
    """Return ``1 degree`` or ``3 degrees``."""
    return "1 degree" if df == 1 else f"{df} degrees"


def size(observed: Observed, label: str, counts: Counts) -> tuple[str, tuple[int, ...]]:
    """Return how many people and events a group has, in words, and the counts those words reveal."""
    n_people, n_events = counts.people, int(of_interest(observed, counts).sum())
    words = f"{prefix(observed, label)}{people(n_people)}, {n_events} with {an_event(observed)}"
    revealed = (n_people, n_events, n_people - n_events)
    if not observed.causes.others:
        return words, revealed
    n_competing, n_censored = int(counts.events.sum()) - n_events, int(counts.censored.sum())
    return f"{words}, {n_competing} with a competing event", (*revealed, n_competing, n_censored)


def of_interest(observed: Observed, counts: Counts) -> Integers:
    """Return the events an estimate is about: those of the one cause of interest, or all."""
    return counts.causes[:, 0] if observed.causes.others else counts.events


def an_event(observed: Observed) -> str:
    """Return what the events of interest are called."""
    return f"an event of cause {observed.causes.codes[0]}" if observed.causes.others else "a recorded event"


def events(observed: Observed) -> str:
    """Return what several events of interest are called."""
    return f"events of cause {observed.causes.codes[0]}" if observed.causes.others else "recorded events"


def cautions(observed: Observed) -> Iterator[Sentence]:
    """Yield a sentence for each way in which there is too little to go by."""
    for check in (enough_events(observed), enough_people(observed)):
        if check.passed is False:
            yield Sentence(check.text)


def checks(observed: Observed) -> tuple[Check, ...]:
    """Return what was looked at before any estimate is believed."""
    made = [follow_up(observed), censored(observed), enough_events(observed), enough_people(observed)]
    if observed.no_weight:
        text = f"Rows with weight 0, which count for nobody: {observed.no_weight}."
        made.append(Check("zero_weights", None, text, float(observed.no_weight), counts=(observed.no_weight,)))
    return tuple(made)


def follow_up(observed: Observed) -> Check:
    """Report how long people were observed: the median of the reversed curve, where censoring is the event."""
    everyone = pooled(observed.counts)
    reverse, _ = kaplan_meier(everyone.at_risk - everyone.events, everyone.censored)
    median = quantile(everyone.time, reverse, 0.5)
    if math.isnan(median):
        text = "Median follow-up cannot be told: too few people were observed to the end without a recorded event."
        return Check("follow_up", None, text)
    text = f"Median follow-up (reverse Kaplan-Meier, all groups together): {moment(observed, median)}."
    return Check("follow_up", None, text, median)


def censored(observed: Observed) -> Check:
    """Report how many were observed to the end of their follow-up without the event."""
    n_people, n_censored = observed.counts.people, int(observed.counts.censored.sum())
    share = n_censored / n_people
    text = f"{n_censored} of {people(n_people)} ({percent(share)}) were censored: no event was recorded while observed."
    return Check("censored", None, text, share, counts=(n_censored, n_people, n_people - n_censored))


def enough_events(observed: Observed) -> Check:
    """Look for groups with so few events that nothing can be concluded."""
    found = {label: int(of_interest(observed, counts).sum()) for label, counts in observed.each()}
    verdict = "too few to conclude anything"
    return _enough(observed, "events_per_group", found, FEW_EVENTS, events(observed), verdict)


def enough_people(observed: Observed) -> Check:
    """Look for groups so small that they can only be described."""
    found = {label: counts.people for label, counts in observed.each()}
    return _enough(observed, "people_per_group", found, SMALL, "people", "descriptive only")


def _enough(observed: Observed, name: str, found: dict[str, int], least: int, what: str, verdict: str) -> Check:
    """Compare every group with a least number; how many exactly is not said, so that the caution can be published."""
    short = [label for label, n in found.items() if n < least]
    grouped = observed.columns.by is not None
    if not short:
        return Check(name, True, f"{'Every group has at' if grouped else 'At'} least {least} {what}.")
    listed = ", ".join(f"{by_name(observed)} {label}" for label in short)
    where = f" in {len(short)} of {len(found)} groups ({listed})" if grouped else ""
    return Check(name, False, f"Fewer than {least} {what}{where}: {verdict}.")


def pooled(counts: Counts) -> Counts:
    """Return the counts of all groups and strata together."""
    if not counts.group.any():
        return counts
    one = np.zeros(counts.time.size, np.int64)
    return assemble(one, counts.time, counts.entered, counts.causes, counts.censored, 1)


def by_title(observed: Observed) -> str:
    """Return ``, by site``, or nothing where nobody is told apart."""
    return "" if observed.columns.by is None else f", by {by_name(observed)}"
