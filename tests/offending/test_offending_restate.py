"""The sentences that cross the wall: said again from rounded numbers, and never more than those numbers say."""

import re

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import lvrn_eval as lv
from lvrn_eval.release import POLICIES, protect

FIRST, LAST, REVIEW = (pd.Timestamp(day) for day in ("2023-01-09", "2023-06-30", "2024-03-31"))


def result(before, after):
    """The comparison of people with these counts, a week apart on either side."""
    people = pd.DataFrame(
        {"person_id": [f"p{i}" for i in range(len(before))], "first_contact": FIRST, "last_contact": LAST}
    )
    rows = [
        (person, start + pd.Timedelta(days=step * (k + 1)))
        for counts, start, step in ((before, FIRST, -1), (after, LAST, 1))
        for person, n in zip(people["person_id"], counts, strict=True)
        for k in range(n)
    ]
    events = pd.DataFrame(rows, columns=["person_id", "on"]).assign(kind="suspect")
    events["on"] = pd.to_datetime(events["on"])
    return lv.pre_post(people, events, kinds=["suspect"], before="183 days", after="183 days", as_of=REVIEW)


def said(comparison):
    return [sentence.text for sentence in protect(comparison, POLICIES["strict"]).text]


def test_a_large_group_is_said_again_with_rounded_counts():
    # 12 with none, 48 who desisted, 22 fewer, 11 as many, 13 more: 106 people
    texts = said(
        result(
            [0] * 12 + [2] * 48 + [3] * 22 + [1] * 11 + [1] * 13, [0] * 12 + [0] * 48 + [1] * 22 + [1] * 11 + [2] * 13
        )
    )
    assert texts[0] == (
        "Counting every recorded suspect event, about 10 had none before or after, about 50 had some before and none "
        "after, about 20 had fewer after, about 10 had as many after and about 15 had more after."
    )
    # 94 people rounded to 95, 70 of whom fell; Clopper-Pearson of 70 of 95 from R: binom.test(70, 95)
    assert texts[1] == (
        "Of about 95 people with any recorded suspect event before or after, about 70 had fewer after than before: "
        "73.7% (95% interval 63.6% to 82.2%)."
    )
    assert texts[-2] == "The recorded rate was lower after than before: both intervals exclude no change."
    assert "weakest tier" in texts[-1]


def test_small_classes_are_not_told_apart():
    # the 20 who fell are hidden with the few, who could be worked out from everybody else's number
    texts = said(result([2] * 30 + [3] * 20 + [1] * 3 + [0] * 2, [0] * 30 + [1] * 20 + [4] * 3 + [0] * 2))
    assert texts[0] == (
        "Counting every recorded suspect event, about 30 had some before and none after; 4 of the five classes are too "
        "small to show."
    )
    assert texts[1] == (
        "The share of people with any recorded suspect event before or after who had fewer after than before is not "
        "shown: too few people are in it, or out of it."
    )


def test_few_people_are_descriptive_only():
    texts = said(result([2] * 5, [0] * 5))
    assert texts[0] == "How many people had more, fewer or no events after cannot be shown: each class is too small."
    assert texts[-2] == "With fewer than 30 people this is descriptive only: no conclusion about change is drawn."


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        (
            [2] * 30 + [1] * 30,
            [1] * 30 + [2] * 30,
            "These intervals do not settle whether the recorded rate rose or fell: more people would be needed.",
        ),
        (
            [1] * 60 + [2] * 20,
            [3] * 80,
            "The recorded rate was higher after than before: both intervals exclude no change.",
        ),
        ([0] * 60, [0] * 60, "Whether the recorded rate rose or fell cannot be said."),
    ],
)
def test_direction_is_said_only_when_the_intervals_exclude_no_change(before, after, expected):
    assert said(result(before, after))[-2] == expected


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3)), min_size=1, max_size=80))
@settings(max_examples=25)
def test_no_count_of_people_is_exact_or_small(pairs):
    """Every "about N" is a multiple of five and at least ten."""
    before, after = zip(*pairs, strict=True)
    for text in said(result(before, after)):
        for number in re.findall(r"about ([\d,]+)", text):
            assert int(number.replace(",", "")) >= 10
            assert int(number.replace(",", "")) % 5 == 0
