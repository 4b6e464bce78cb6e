"""Champions: whether recorded offending fell among people who were mentored.

The question, the three eligibility rules and the sample are those of the 2023-24 annual report. What the report leaves
open is a named parameter here, with the default stated. The answer is given for two designs: everybody eligible with
equal windows before and after, which can be compared; and the published design, which takes everything before and
everything after for a sample of four people from each trust.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date

import lvrn_eval as lv


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
    sample_per_site: int = 4,
    seed: int = 2024,
) -> Sequence[lv.Result]:
    """Return attrition, sampling, both pre/post designs and time to the first recorded event.

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
    sample_per_site, seed
        The sample of the published design.
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
    equal = lv.pre_post(
        eligible, records.events, kinds=kinds, before=window, after=window, custody=records.custody, incomplete="rate"
    )
    published = lv.pre_post(sample, records.events, kinds=kinds, before="all", after="all", custody=records.custody)
    times = lv.time_to_event(eligible, records.events, start="last_contact", kinds=kinds)
    curve = lv.survival.kaplan_meier(times, time="days", event="event", times=(91, 183, 274))
    return [
        eligible.attrition(),
        sample.sampling(),
        sample.balance(),
        replace(equal, name="equal_windows", title=f"Equal windows: {equal.title}"),
        replace(published, name="published_design", title=f"Published design: {published.title}"),
        replace(curve, name="time_to_first", title="Time from last contact to the first recorded suspect event"),
    ]
