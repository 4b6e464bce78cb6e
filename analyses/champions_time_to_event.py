"""Champions: how long people go without a recorded suspect event, and what that time depends on.

Time runs from the last engagement. Days in custody are not at risk. This describes the people who were supported: with
nobody to compare them with, no difference here is an effect of the programme.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date

import lvrn_eval as lv


@lv.analysis(programme="champions", indicators=["champions_desistance"])
def champions_time_to_event(
    records: lv.Records,
    *,
    as_of: date | None = None,
    least_engagements: int = 2,
    counted_kinds: tuple[str, ...] = ("suspect",),
    horizon: int = 183,
    formula: str = "prior_events + age_at_referral + sex",
) -> Sequence[lv.Result]:
    """Return curves, tests, restricted means, incidence beside custody, repeated events and a Cox model.

    Parameters
    ----------
    records
        Champions' records.
    as_of
        The review date; by default the day of the extracts.
    least_engagements
        On how many days people must have engaged.
    counted_kinds
        Which recorded events count.
    horizon
        Days up to which time without an event is averaged.
    formula
        The terms of the Cox model: all are known at the last engagement.
    """
    people = (
        lv.Cohort(lv.engagement_features(records, as_of=as_of or records.extracted_on), name="Champions")
        .require("Multiple engagements with a mentor or coach", f"mentor_contacts >= {least_engagements:d}")
        .require("Previous offence, conviction or not, or anti-social behaviour", "prior_events >= 1")
        .require("Month of birth known", "age_at_referral is not null")
        .require("Followed for a day or more", "last_contact < as_of")
        .require("Female or male", "sex in ('female', 'male')")
    )
    kinds = list(counted_kinds)
    known = ["sex", "prior_events", "age_at_referral"]
    first = lv.time_to_event(people, records.events, kinds=kinds, custody=records.custody, by=known)
    beside_custody = lv.time_to_event(
        people, records.events, kinds=kinds, competing=["custody"], custody=records.custody, by=["sex"]
    )
    every = lv.time_to_event(people, records.events, kinds=kinds, custody=records.custody, recurrent=True, by=["sex"])
    model = lv.survival.fit_cox(first, formula, time="days", event="event", entry="entry", cluster="person_id")
    repeated = lv.survival.mean_cumulative(
        every, person="person_id", entry="entry", time="days", event="event", by="sex", times=(91, horizon)
    )
    return [
        people.attrition(),
        lv.survival.kaplan_meier(first, time="days", event="event", entry="entry", by="sex", times=(91, horizon)),
        lv.survival.logrank(first, time="days", event="event", entry="entry", by="sex"),
        lv.survival.rmst_difference(first, time="days", event="event", entry="entry", by="sex", tau=horizon),
        lv.survival.cumulative_incidence(
            beside_custody, time="days", event="event", entry="entry", times=(91, horizon)
        ),
        replace(repeated.parts["at_times"], name="repeated_events"),
        model.result,
        lv.survival.test_proportional_hazards(model),
    ]
