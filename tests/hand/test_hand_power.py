"""Schoenfeld's formula worked by hand."""

import math

import pytest

from lvrn_eval.survival.required_events import detectable_hazard_ratio, required_events


def test_events_to_find_seven_tenths():
    """Two-sided 5%, power 80%, equal groups: z = 1.959964 and 0.841621."""
    # (1.959964 + 0.841621)^2 = 2.801585^2 = 7.848880
    # log 0.7 = -0.356675, squared 0.127217; times 1/4: 0.031804
    # 7.848880 / 0.031804 = 246.79, so 247
    assert 7.848880 / (0.25 * math.log(0.7) ** 2) == pytest.approx(246.79, abs=0.01)
    assert required_events(hazard_ratio=0.7).table["events"].iloc[0] == 247


def test_people_when_three_in_ten_have_an_event():
    """246.79 / 0.3 = 822.6, so 823: rounding up comes last."""
    assert required_events(hazard_ratio=0.7, event_share=0.3).table["people"].iloc[0] == 823


def test_unequal_groups_need_more():
    """One in four: p (1 - p) = 3/16 for 1/4, so 4/3 of the events: 246.79 * 4/3 = 329.05, so 330."""
    assert required_events(hazard_ratio=0.7, allocation=0.25).table["events"].iloc[0] == 330


def test_what_fifty_events_can_show():
    """2.801585 / sqrt(50 / 4) = 2.801585 / 3.535534 = 0.792408; e to it 2.2087, to minus it 0.4528."""
    row = detectable_hazard_ratio(50).table.iloc[0]
    assert (row["ratio_low"], row["ratio_high"]) == pytest.approx((0.4528, 2.2087), abs=5e-5)
