"""Sentences never say more than their numbers: held over the whole range of inputs."""

import math
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lvrn_eval.phrases import (
    SMALL,
    direction,
    p_text,
    percent,
    ratio_finding,
    ratio_text,
    with_interval,
)

limits = st.floats(0, 1e6, allow_nan=False) | st.just(math.inf)
intervals = st.tuples(limits, limits).map(sorted).filter(lambda pair: math.isfinite(pair[0]))
people = st.integers(1, 5000)


MORE = "more people would be needed to tell which."


@pytest.mark.parametrize(
    ("low", "high", "n", "said"),
    [
        (0.5, 0.9, 40, "was lower by between 10% and 50%."),
        (1.2, 3.0, 40, "was higher by between 20% and 200%."),
        (1.2, math.inf, 40, "was higher by between 20% and more than can be told."),
        (0.6, 1.3, 40, f"could be lower by as much as 40%, or higher by as much as 30%: {MORE}"),
        (0.999, 1.3, 40, f"could be lower by less than 1%, or higher by as much as 30%: {MORE}"),
        (0.0, math.inf, 40, f"could be lower by as much as 100%, or higher without a limit: {MORE}"),
        (1.0, 1.3, 40, f"could be no lower, or higher by as much as 30%: {MORE}"),
        (0.7, 1.0, 40, f"could be lower by as much as 30%, or no higher: {MORE}"),
        (math.nan, math.nan, 40, "cannot be compared: there is no interval."),
    ],
)
def test_a_ratio_in_words(low, high, n, said):
    assert ratio_finding("Crime", low, high, n) == f"Crime {said}"


def test_few_people_say_nothing():
    said = "With 29 people, fewer than 30, this is descriptive only: nothing is concluded."
    assert ratio_finding("Crime", 0.5, 0.9, 29) == said


def test_the_number_needed_is_said_where_it_is_known():
    text = ratio_finding("Crime", 0.6, 1.3, 40, needed=1204)
    assert text.endswith("higher by as much as 30%: 1,204 people would be needed to tell which.")


@given(intervals, people)
def test_no_direction_across_no_change(interval, n):
    low, high = interval
    text = ratio_finding("It", low, high, n)
    if low <= 1 <= high or n < SMALL:
        assert not re.search(r"was (lower|higher)", text)
        assert direction(low, high, n) is None
    if n < SMALL:
        assert "descriptive only" in text


@given(intervals, st.integers(SMALL, 5000))
def test_a_direction_is_the_intervals_own(interval, n):
    low, high = interval
    text = ratio_finding("It", low, high, n)
    assert ("was lower" in text) == (high < 1)
    assert ("was higher" in text) == (low > 1)
    assert "would be needed" not in text or low <= 1 <= high


@given(intervals, people)
def test_no_change_is_never_shown_as_none(interval, n):
    text = ratio_finding("It", *interval, n)
    assert not re.search(r"\b0%", text)
    assert "nan" not in text
    assert "inf" not in text


@given(st.floats(0, 1))
def test_a_share_is_never_rounded_to_none_or_all(share):
    text = percent(share)
    assert (text == "0.0%") == (share == 0)
    assert (text == "100.0%") == (share == 1)


@given(st.floats(0, 1e9))
def test_a_ratio_that_is_not_one_is_never_shown_as_one(ratio):
    text = ratio_text(ratio)
    assert (text == "1") == (ratio == 1)
    assert (text == "0") == (ratio == 0)
    if ratio not in {0, 1} and re.fullmatch(r"[\d.,]+", text):
        assert float(text.replace(",", "")) not in {0.0, 1.0}
        assert (float(text.replace(",", "")) < 1) == (ratio < 1)


@given(st.floats(0, 1))
def test_a_p_value_is_never_shown_as_nothing(p_value):
    text = p_text(p_value)
    assert text != "p = 0.000"
    assert (text == "p = 1.000") == (p_value == 1)


def test_one_form_for_an_interval():
    assert with_interval("0.71", "0.55", "0.92", 0.95) == "0.71 (95% interval 0.55 to 0.92)"


@pytest.mark.parametrize(("low", "high", "n", "found"), [
    (-0.3, -0.1, 30, "lower"), (0.1, 0.3, 30, "higher"), (-0.1, 0.3, 30, None), (-0.3, -0.1, 29, None),
])  # fmt: skip
def test_a_difference_has_no_change_at_nought(low, high, n, found):
    assert direction(low, high, n, no_change=0) == found
