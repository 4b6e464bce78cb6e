"""Champions: whether recorded offending fell among people who were mentored, and how much of a fall was to be expected.

The question, the three eligibility rules and the sample are those of the 2023-24 annual report. What the report leaves
open is a named parameter here, with the default stated. The main answer is that of equal windows for everybody
eligible. Beside it stand the published design, time in the programme counted as after, what regression to the mean
alone would give, the months around the referral, the self-controlled case series, and every other declared choice.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from typing import Any

import lvrn_eval as lv

OUTCOMES: dict[str, Any] = {
    "Suspect": {"kinds": ["suspect"]},
    "Suspect, knife-related": {"kinds": ["suspect"], "where": "knife"},
    "Charge": {"kinds": ["charge"]},
    "Anti-social behaviour": {"kinds": ["asb"]},
    "Victim": {"kinds": ["victim"]},
}
"""The outcomes looked at, declared beforehand; the first is the primary one."""


@lv.analysis(programme="champions", indicators=["champions_desistance"])
def champions_reoffending(
    records: lv.Records,
    *,
    as_of: date | None = None,
    roles: tuple[str, ...] = ("mentor", "coach"),
    attended_only: bool = True,
    distinct_dates: bool = True,
    least_engagements: int = 2,
    cooling_off_from: int = 6,
    cooling_off_to: int = 12,
    qualifying_kinds: tuple[str, ...] = ("suspect", "charge", "non_conviction", "conviction", "asb"),
    counted_kinds: tuple[str, ...] = ("suspect",),
    window: str = "183 days",
    washout: str = "30 days",
    pre_referral: str = "90 days",
    months_around: int = 24,
    months_per_point: int = 3,
    subgroups: tuple[str, ...] = ("sex", "referral_source"),
    other_window: str = "274 days",
    draws: int = 2_000,
    sample_per_site: int = 4,
    seed: int = 2024,
) -> Sequence[lv.Result]:
    """Return who was included, and every answer to whether recorded events fell, the main one first.

    Parameters
    ----------
    records
        Champions' records.
    as_of
        The review date; by default the day of the extracts.
    roles
        Whose contacts are engagements "with a mentor/coach".
    attended_only
        Whether an engagement must have been attended.
    distinct_dates
        Whether several engagements on one day count once.
    least_engagements
        What "multiple" means.
    cooling_off_from, cooling_off_to
        "Last active 6-12 months ago", in calendar months, both ends included.
    qualifying_kinds
        What counts as a "previous offence (conviction or non-conviction), or offending behaviour i.e. ASB".
    counted_kinds
        Which recorded events are counted before and after.
    window
        The length of the equal windows.
    washout
        Days before the first contact that are not taken for a person's usual record, in regression to the mean and in
        some specifications.
    pre_referral
        Days before the referral that the case series keeps apart.
    months_around, months_per_point
        The event study: months before and after the referral, and how many to a point.
    subgroups
        Features by which the change may differ, declared beforehand.
    other_window
        A second length of the windows, for the specification curve.
    draws
        Simulated studies for regression to the mean.
    sample_per_site, seed
        The sample of the published design; the seed also of the simulation.
    """
    as_of = as_of or records.extracted_on
    features = lv.engagement_features(
        records,
        as_of=as_of,
        roles=roles,
        attended_only=attended_only,
        distinct_dates=distinct_dates,
        event_kinds=qualifying_kinds,
    )
    eligible = (
        lv.Cohort(features, name="Champions reducing re-offending")
        .require("Multiple engagements with a mentor or coach", f"mentor_contacts >= {least_engagements:d}")
        .require(
            f"Last active {cooling_off_from} to {cooling_off_to} months before the review",
            f"last_contact between as_of - interval {cooling_off_to:d} month "
            f"and as_of - interval {cooling_off_from:d} month",
        )
        .require("Previous offence, conviction or not, or anti-social behaviour", "prior_events >= 1")
    )
    sample = eligible.sample(sample_per_site, per="site", seed=seed)
    kinds = list(counted_kinds)
    compared = _before_and_after(records, eligible, sample, kinds, window)
    expected = lv.offending.regression_to_mean(
        eligible,
        records.events,
        kinds=kinds,
        window=window,
        washout=washout,
        rule_kinds=list(dict.fromkeys([*kinds, *qualifying_kinds])),
        custody=records.custody,
        draws=draws,
        seed=seed,
    )
    around, series = _around_the_referral(records, eligible, kinds, pre_referral, (months_around, months_per_point))
    curve = _every_choice(records, eligible, kinds, (window, other_window), washout)
    equal, published, treated = compared
    others = {"Time in the programme counted as after": treated, "Published design": published}
    return [
        lv.offending.did_it_work(equal, others=others, expected=expected, around=around, series=series, choices=curve),
        eligible.attrition(),
        sample.sampling(),
        sample.balance(),
        *compared,
        _time_to_first(records, eligible, kinds),
        *_sizes(records, eligible, kinds, window),
        *_others(records, eligible, kinds, window, subgroups),
        expected,
        around,
        series,
        curve,
    ]


def _before_and_after(
    records: lv.Records, eligible: lv.Cohort, sample: lv.Cohort, kinds: list[str], window: str
) -> list[lv.Result]:
    """Return the main answer, the published design, and the main answer with time in the programme as after."""
    events, custody = records.events, records.custody
    equal, treated = (
        lv.pre_post(
            eligible, events, kinds=kinds, before=window, after=window, after_anchor=anchor, custody=custody,
            incomplete="rate",
        )
        for anchor in ("last_contact", "first_contact")
    )  # fmt: skip
    published = lv.pre_post(sample, events, kinds=kinds, before="all", after="all", custody=custody)
    return [
        replace(equal, name="equal_windows", title=f"Equal windows: {equal.title}"),
        replace(published, name="published_design", title=f"Published design: {published.title}"),
        replace(treated, name="intention_to_treat", title=f"Time in the programme counted as after: {treated.title}"),
    ]


def _time_to_first(records: lv.Records, eligible: lv.Cohort, kinds: list[str]) -> lv.Result:
    """Return the share without a recorded event by the days since the last contact."""
    times = lv.time_to_event(eligible, records.events, start="last_contact", kinds=kinds)
    curve = lv.survival.kaplan_meier(times, time="days", event="event", times=(91, 183, 274))
    return replace(curve, name="time_to_first", title="Time from last contact to the first recorded suspect event")


def _sizes(records: lv.Records, eligible: lv.Cohort, kinds: list[str], window: str) -> list[lv.Result]:
    """Return the rate ratio by every model, the sizes of the change, and what these people could have shown."""
    rated, whole = (
        lv.pre_post_counts(
            eligible, records.events, kinds=kinds, before=window, after=window, custody=records.custody,
            incomplete=incomplete,
        )
        for incomplete in ("rate", "drop")
    )  # fmt: skip
    return [
        lv.offending.rate_ratios(rated),
        lv.offending.effect_sizes(whole),
        lv.offending.detectable_rate_ratio(rated),
        lv.offending.people_needed(rated),
    ]


def _others(
    records: lv.Records, eligible: lv.Cohort, kinds: list[str], window: str, subgroups: tuple[str, ...]
) -> list[lv.Result]:
    """Return the change by subgroup, and that of every declared outcome."""
    choices: dict[str, Any] = {"before": window, "after": window, "custody": records.custody, "incomplete": "rate"}
    by_group = (
        [lv.offending.subgroup_changes(eligible, records.events, by=subgroups, kinds=kinds, **choices)]
        if subgroups
        else []
    )
    return [
        *by_group,
        lv.offending.outcome_family(eligible, records.events, outcomes=OUTCOMES, primary="Suspect", **choices),
    ]


def _around_the_referral(
    records: lv.Records, eligible: lv.Cohort, kinds: list[str], pre_referral: str, months: tuple[int, int]
) -> list[lv.Result]:
    """Return the two designs that look at the days around the referral, of people who have one."""
    referred = eligible.require("Referred on a known day", "referred_on is not null")
    picture = lv.offending.event_study(
        referred, records.events, kinds=kinds, months=months[0], step=months[1], custody=records.custody
    )
    series = lv.case_series(referred, records.events, kinds=kinds, pre_referral=pre_referral, custody=records.custody)
    return [picture, series]


def _every_choice(
    records: lv.Records, eligible: lv.Cohort, kinds: list[str], windows: tuple[str, str], washout: str
) -> lv.Result:
    """Return the rate ratio under every combination of the choices that could be defended, the main ones first."""
    with_charges = [*dict.fromkeys([*kinds, "charge"])]
    return lv.offending.specification_curve(
        eligible,
        records.events,
        grid={
            "kinds": {" or ".join(these): these for these in (kinds, with_charges)},
            "window": [*dict.fromkeys(windows), "all"],
            "anchors": [
                ("first_contact", "last_contact"),
                ("referred_on", "last_contact"),
                ("first_contact", "first_contact"),
            ],
            "washout": [*dict.fromkeys(["0 days", washout])],
            "custody": ["taken out", "ignored"],
            "incomplete": ["rate", "drop"],
        },
        custody=records.custody,
    )
