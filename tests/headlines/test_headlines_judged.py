"""When a figure holds: every qualifier at its boundaries, by hand and as properties."""

from __future__ import annotations

import math
from decimal import Decimal
from typing import get_args

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from lvrn_eval.framework.judging import HOUR, NEAR, NEAR_HOURS, RULES, Qualifier, decimals, judge, rounded

PUBLISHED = st.integers(-(10**6), 10**6)
FIGURES = st.floats(-1e6, 1e6).map(lambda number: round(number, 3))

CASES = [
    # computed, published, qualifier, unit, holds
    (13, 13, "exact", "", True),
    (13.4999, 13, "exact", "", True),
    (13.5, 13, "exact", "", False),
    (12.5, 13, "exact", "", True),  # a half goes away from zero; Python's round gives 12
    (12.4999, 13, "exact", "", False),
    (72.45, 72.5, "exact", "percent", True),  # stored a little above 72.45
    (72.449, 72.5, "exact", "percent", False),
    (2.675, 2.68, "exact", "", True),  # stored a little below 2.675; Python's round gives 2.67
    (100 * (87 / 100 - 1), -13, "exact", "percent", True),  # -13.000000000000002 or so
    (-12.5, -13, "exact", "percent", True),
    (-13.5, -13, "exact", "percent", False),
    (-0.4, 0, "exact", "", True),  # rounds to -0, which is 0
    (-0.0, 0, "exact", "", True),
    (5_101, 5_100, "over", "", True),
    (5_100.01, 5_100, "over", "", True),
    (5_100, 5_100, "over", "", False),
    (-14, -13, "over", "percent", True),  # a fall of over 13%
    (-12, -13, "over", "percent", False),
    (1, 0, "over", "", True),
    (-1, 0, "over", "", False),
    (20_000, 20_000, "almost", "", True),
    (20_000.1, 20_000, "almost", "", False),
    (18_000, 20_000, "almost", "", True),
    (17_999.9, 20_000, "almost", "", False),
    (-18_000, -20_000, "almost", "", True),
    (-20_001, -20_000, "almost", "", False),
    (0.99, 1.1, "almost", "", True),  # 1.1 - 0.99 is a little more than 0.11 in floating point
    (4_500, 5_000, "around", "", True),
    (5_500, 5_000, "around", "", True),
    (4_499, 5_000, "around", "", False),
    (5_501, 5_000, "around", "", False),
    (17, 18, "around", HOUR, True),
    (19, 18, "around", HOUR, True),
    (16.75, 18, "around", HOUR, False),
    (23.5, 0, "around", HOUR, True),  # round the clock
    (22.5, 0, "around", HOUR, False),
    (72, 72, "never_more_than", "", True),
    (71, 72, "never_more_than", "", True),
    (72.01, 72, "never_more_than", "", False),
    (221_304, 221_000, "rounded_to_thousand", "", True),
    (220_500, 221_000, "rounded_to_thousand", "", True),
    (220_499, 221_000, "rounded_to_thousand", "", False),
    (221_499, 221_000, "rounded_to_thousand", "", True),
    (221_500, 221_000, "rounded_to_thousand", "", False),
    (861_870, 862_000, "rounded_to_thousand", "", True),
]


@pytest.mark.parametrize(("computed", "published", "qualifier", "unit", "holds"), CASES)
def test_by_hand(computed, published, qualifier, unit, holds):
    assert judge(computed, published, qualifier, unit) is holds


def test_the_tolerances_are_named_and_said():
    assert (Decimal("0.10"), 1) == (NEAR, NEAR_HOURS)
    assert set(RULES) == set(get_args(Qualifier))
    assert RULES["almost"] == "at most 10% short of the published figure, and not beyond it"
    assert RULES["around"] == "within 10% of the published figure; within 1 hour for hours of the clock"


@pytest.mark.parametrize("qualifier", get_args(Qualifier))
@pytest.mark.parametrize("nothing", [math.nan, math.inf, -math.inf])
def test_what_is_no_number_never_holds(qualifier, nothing):
    assert judge(nothing, 10_000, qualifier) is False
    assert judge(10_000, nothing, qualifier) is False


@given(PUBLISHED, st.sampled_from(["exact", "almost", "around", "never_more_than"]), st.sampled_from(["", HOUR]))
def test_a_figure_agrees_with_itself(published, qualifier, unit):
    assert judge(published, published, qualifier, unit)
    assert not judge(published, published, "over", unit)


@given(FIGURES, PUBLISHED)
def test_over_and_never_more_than_exclude_each_other(computed, published):
    assert judge(computed, published, "over") is not judge(computed, published, "never_more_than")


@given(FIGURES, PUBLISHED)
def test_almost_is_around_and_never_more_than(computed, published):
    both = judge(computed, published, "around") and judge(computed, published, "never_more_than")
    assert judge(computed, published, "almost") is both


@given(FIGURES, PUBLISHED, st.sampled_from(["exact", "over", "almost", "around", "never_more_than"]))
def test_signs_do_not_matter(computed, published, qualifier):
    assume(published != 0)
    assert judge(computed, published, qualifier) is judge(-computed, -published, qualifier)


@given(PUBLISHED, st.integers(1, 499), st.sampled_from([-1, 1]))
def test_exact_is_less_than_half_a_step_away(published, thousandths, side):
    assert judge(published + side * thousandths / 1000, published, "exact")
    assert not judge(published + side * (1000 - thousandths) / 1000, published, "exact")


@given(st.integers(-999, 999), st.integers(-499, 499))
def test_thousands(thousands, rest):
    assert judge(1000 * thousands + rest, 1000 * thousands, "rounded_to_thousand")
    assert not judge(1000 * thousands + 1000 + rest, 1000 * thousands, "rounded_to_thousand")


@given(st.integers(-(10**9), 10**9), st.integers(0, 4))
def test_halves_go_away_from_zero(whole, places):
    half = (2 * whole + 1) / (2 * 10**places)
    away = whole + 1 if 2 * whole + 1 > 0 else whole
    assert rounded(half, places) == Decimal(away).scaleb(-places)


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_every_finite_number_can_be_judged(number):
    assert judge(number, number, "exact") in {True, False}
    assert decimals(number) >= 0


@pytest.mark.parametrize(
    ("number", "wanted"), [(98.9, 1), (2814, 0), (2814.0, 0), (5e3, 0), (-0.25, 2), (1e-7, 7), (0, 0), (1e22, 0)]
)
def test_decimals_are_those_written(number, wanted):
    assert decimals(number) == wanted
