"""How many events are needed, and what those at hand could show."""

import pandas as pd
import pytest

from lvrn_eval.errors import AnalysisError
from lvrn_eval.result import Result
from lvrn_eval.survival import kaplan_meier, risk_table
from lvrn_eval.survival.required_events import detectable_hazard_ratio, required_events


def people():
    return pd.DataFrame(
        {"days": range(1, 101), "event": [1, 0, 1, 0, 0] * 20, "site": ["x"] * 30 + ["y"] * 70},
    )


def test_what_is_said():
    result = required_events(hazard_ratio=0.7, allocation=0.25, power=0.9, event_share=0.4)
    assert [sentence.text for sentence in result.text] == [
        (
            "To find a hazard ratio of 0.7 with a chance of 90%, 441 recorded events are needed, with 25% of people in "
            "one group."
        ),
        "That takes 1102 people, if so many of them have one as stated.",
    ]
    assert len(required_events(hazard_ratio=0.7).text) == 1
    assert required_events(hazard_ratio=0.7).table["people"].isna().all()
    shown = detectable_hazard_ratio(50)
    assert shown.text[0].text == (
        "With 50 recorded events, a hazard ratio of 0.45 or below, or of 2.21 or above, would be found with a chance "
        "of 80%; smaller differences would more often be missed."
    )
    assert shown.text[0].counts == (50,)
    assert shown.count_columns == ("n_events",)


def test_each_undoes_the_other():
    for ratio in (0.3, 0.8, 1.7):
        for sides in ("two-sided", "one-sided"):
            events = int(required_events(ratio, 0.3, 0.85, 0.01, sides).table["events"].iloc[0])
            enough, short = (
                detectable_hazard_ratio(n, 0.3, 0.85, 0.01, sides).table.iloc[0] for n in (events, events - 1)
            )
            side = "ratio_low" if ratio < 1 else "ratio_high"
            assert (enough[side] - ratio) * (short[side] - ratio) <= 0


def test_the_ratio_and_its_inverse_need_as_many():
    assert required_events(0.5).table["events"].equals(required_events(2).table["events"])


def test_events_at_hand():
    table = risk_table(people(), "days", "event", "site")
    by_hand = detectable_hazard_ratio(40, allocation=0.3)
    pd.testing.assert_frame_equal(detectable_hazard_ratio(table).table, by_hand.table)
    curve = kaplan_meier(people(), "days", "event", "site")
    pd.testing.assert_frame_equal(detectable_hazard_ratio(curve).table, by_hand.table)
    one_group = risk_table(people(), "days", "event")
    pd.testing.assert_frame_equal(detectable_hazard_ratio(one_group).table, detectable_hazard_ratio(40).table)


def suppressed():
    table = risk_table(people(), "days", "event", "site")
    return Result("risk_table", "", table.table, {}, suppressed=table.table.isna(), shape="curve")


@pytest.mark.parametrize(
    ("call", "text"),
    [
        (
            lambda: required_events(1),
            "required_events: hazard_ratio must be above 0 and other than 1, such as 0.7",
        ),
        (
            lambda: required_events(0.7, allocation=1),
            "required_events: allocation is the share of people in one group, between 0 and 1",
        ),
        (
            lambda: required_events(0.7, power=0.04),
            "required_events: alpha and power must lie between 0 and 1, and power above alpha",
        ),
        (
            lambda: required_events(0.7, event_share=30),
            "required_events: event_share must lie above 0 and up to 1, such as 0.3",
        ),
        (
            lambda: required_events(0.7, sides="both"),
            "required_events: sides 'both' is not known; known: two-sided, one-sided",
        ),
        (
            lambda: detectable_hazard_ratio(0),
            "detectable_hazard_ratio: n_events must be a whole number from 1 on",
        ),
        (
            lambda: detectable_hazard_ratio(required_events(0.7)),
            "detectable_hazard_ratio: expected a number of events, or a risk table or curve, not required_events",
        ),
        (
            lambda: detectable_hazard_ratio(suppressed()),
            "detectable_hazard_ratio: this table has been through disclosure control; use the one before it",
        ),
    ],
)
def test_refusals(call, text):
    with pytest.raises(AnalysisError) as refused:
        call()
    assert str(refused.value) == text
