"""What must be known before believing what is left of a before/after change."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from lvrn_eval.offending.regression_to_mean_ways import WAYS, ratio_between
from lvrn_eval.phrases import SMALL, WEAKEST, direction, listed, many, ratio_text, with_interval
from lvrn_eval.result import Check

if TYPE_CHECKING:
    from collections.abc import Sequence

    from lvrn_eval.offending.kernels.gamma_poisson import Fit
    from lvrn_eval.offending.regression_to_mean_counts import Found
    from lvrn_eval.offending.regression_to_mean_ways import Way
    from lvrn_eval.offending.study import Study


def checks(
    study: Study, found: Found, fitted: Fit | None, ways: Sequence[Way], pool: Found | None, conf_level: float
) -> tuple[Check, ...]:
    """Return every check, in the order they are read."""
    return (
        Check("evidence_level", passed=False, text=WEAKEST),
        _small_sample(found),
        _ways_agree(ways, found.cells.n),
        _steady_before(found, conf_level),
        _washout(study, found),
        _rule(found),
        _dispersion(fitted),
        _windows_cut(found),
        _custody(study),
        _pool(pool),
        _missing(ways),
    )


def _small_sample(found: Found) -> Check:
    n = found.cells.n
    text = f"{many(n, 'person', 'people')} in the analysis"
    text += f": descriptive only, as nothing is inferred from fewer than {SMALL}." if n < SMALL else "."
    instead = f"At least {SMALL} people." if n >= SMALL else f"Fewer than {SMALL} people: descriptive only."
    return Check("small_sample", passed=n >= SMALL, text=text, statistic=float(n), counts=(n,), instead=instead)


def _ways_agree(ways: Sequence[Way], n: int) -> Check:
    said = {way.name: direction(*way.left.interval, n) for way in ways if not math.isnan(way.left.interval.low)}
    name = "ways_agree"
    if n < SMALL or not said:
        return Check(name, passed=None, text="Too little is known to compare the ways.")
    told = listed([f"{way} {found or 'does not tell'}" for way, found in said.items()])
    agree = len(set(said.values())) == 1
    verb = "agree" if agree else "do not agree"
    return Check(name, passed=agree, text=f"Of the rate after against no effect, the ways {verb}: {told}.")


def _steady_before(found: Found, conf_level: float) -> Check:
    """Compare the before window with the earlier one, among people who met the rule whatever happened in both."""
    cells = found.cells.where(found.cells.met_without_both)
    change, name = ratio_between(cells, "earlier", "before", conf_level), "steady_before"
    if math.isnan(change.interval.low):
        text = "Whether rates were steady before the washout cannot be said: too little is known of the earlier window."
        return Check(name, passed=None, text=text)
    steady = change.interval.low <= 1 <= change.interval.high
    low, high = (ratio_text(limit) for limit in change.interval)
    ratio = with_interval(ratio_text(change.estimate), low, high, conf_level)
    told = (
        "no rise or fall before the washout is told apart from none."
        if steady
        else "rates were not steady before the washout, so only the earlier window can be believed, if any."
    )
    text = f"The rate in the before window was {ratio} times that in the window before it: {told}"
    p = change.p_value
    return Check(name, passed=steady, text=text, statistic=change.estimate, p_value=p, counts=(cells.n,), instead=(
        f"Rates in the before window and the one before it: {told}"
    ))  # fmt: skip


def _washout(study: Study, found: Found) -> Check:
    days, name = study.windows.washout, "washout"
    if not days:
        text = "No washout was stated: an event that caused the referral counts as before, and would count as a fall."
        return Check(name, passed=False, text=text)
    events = round(float(found.cells.washout @ found.cells.people))
    instead = f"Events in the {many(days, 'day', 'days')} of the washout are not taken for people's usual record."
    text = f"{many(events, 'event lies', 'events lie')} in the washout. {instead}"
    return Check(name, passed=True, text=text, counts=(events,), instead=instead)


def _rule(found: Found) -> Check:
    cells = found.cells
    only = cells.n - round(float(cells.people[cells.met_without_before].sum()))
    text = (
        f"{many(only, 'person', 'people')} of {cells.n:,} met the rule only because of events in the before window."
        if only
        else "Everybody met the rule whatever happened in the before window."
    )
    instead = "Some people may have met the rule only because of events in the before window; the model allows for it."
    return Check("rule", passed=None, text=text, counts=(only, cells.n), instead=instead)


def _dispersion(fitted: Fit | None) -> Check:
    name = "dispersion"
    if fitted is None:
        return Check(
            name, passed=False, text="The model could not be fitted: nobody has an event in the before window."
        )
    if fitted.at_boundary:
        text = "The spread of rates between people lies at the end of what the model can tell: do not lean on it."
        return Check(name, passed=False, text=text)
    shape = math.exp(fitted.log_shape)
    return Check(name, passed=True, text=f"Rates differ between people with a gamma shape of {shape:.2f}.")


def _windows_cut(found: Found) -> Check:
    counts = [found.counts[name] for name in ("window_cut", "earlier_cut", "after_cut")]
    names = ("the before window", "the earlier window", "the after window")
    parts = [f"{many(number, 'person', 'people')} in {what}" for number, what in zip(counts, names, strict=True)]
    if not any(counts):
        return Check("windows_cut", passed=True, text="Every window has the days asked for.")
    text = f"Windows cut short by the records: {listed(parts)}. They count with the days they have."
    instead = "Some windows were cut short by the records; they count with the days they have."
    return Check("windows_cut", passed=None, text=text, counts=tuple(counts), instead=instead)


def _custody(study: Study) -> Check:
    given = study.custody is not None
    text = (
        "Days in custody are not days at risk, and events on them are left out."
        if given
        else "No custody records were given: days in custody count as days at risk."
    )
    return Check("custody_given", passed=given, text=text)


def _pool(pool: Found | None) -> Check:
    name = "pool_given"
    if pool is None:
        text = "No people who were not selected were given, so nothing is known of what changed for everybody."
        return Check(name, passed=False, text=text)
    people, unmet = pool.counts["people"], pool.counts["unmet"]
    who = f"{people - unmet:,} of {many(people, 'person', 'people')}"
    text = f"{who} in the pool met the rule on the days they were given."
    instead = "People of the pool who did not meet the rule on the days they were given were left out."
    return Check(name, passed=True, text=text, counts=(people - unmet, unmet, people), instead=instead)


def _missing(ways: Sequence[Way]) -> Check:
    made = {way.name for way in ways if not math.isnan(way.left.estimate)}
    missing = [name for name in WAYS if name not in made]
    if not missing:
        return Check("estimates_missing", passed=True, text="All four ways are given.")
    return Check("estimates_missing", passed=None, text=f"Not given: {listed(missing)}.")
