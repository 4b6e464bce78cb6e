"""Every sentence agrees with the numbers it is about."""

import math
import re
from dataclasses import replace
from datetime import date
from itertools import pairwise
from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lvrn_eval.cohort.windows import Windows
from lvrn_eval.offending.counting import Cells
from lvrn_eval.offending.estimates import classes, estimate, periods
from lvrn_eval.offending.sentences import direction, sentences
from lvrn_eval.phrases import listed, p_text, percent, ratio_text

STUDY = SimpleNamespace(
    kinds=("suspect",), where=None, windows=Windows(183, 183, date(2024, 1, 1), None), incomplete="drop",
    exposure_known=True,
)  # fmt: skip


def cells(rows):
    """Return cells of (before, after, people), 183 days on each side."""
    before, after, people = (np.array(values, dtype=np.int64) for values in zip(*rows, strict=True))
    days, none = np.full(len(before), 183.0), np.zeros(len(before), dtype=np.int64)
    return Cells(before, after, days, days, people, none, 30 * people, people)


def told(group, study=STUDY, level=0.95):
    rows = estimate(group, level).rows
    return sentences(study, rows, classes(group), periods(group, level)), {row.term: row for row in rows}


groups = st.lists(st.tuples(st.integers(0, 6), st.integers(0, 6), st.integers(1, 40)), min_size=1, max_size=8).map(
    cells
)


@given(groups)
def test_no_sentence_says_more_than_its_numbers(group):
    found, row = told(group)
    text = " ".join(map(str, found))
    n = group.count()
    assert "reoffend" not in text.lower()
    assert "significant" not in text.lower()
    assert "p = 0.000" not in text
    assert "nan" not in text.lower()
    lower, higher = "recorded rate was lower" in text, "recorded rate was higher" in text
    if lower or higher:
        assert n >= 30
        for term in ("rate_ratio_exact", "rate_ratio_robust"):
            assert (row[term].conf_high < 1) if lower else (row[term].conf_low > 1)
            assert (row[term].estimate < 1) == lower
    assert ("descriptive only" in text) == (n < 30)
    assert 3 <= len(found) <= 6
    assert "regression to the mean" in found[-1].text


@given(groups)
def test_every_count_a_sentence_states_is_listed(group):
    for sentence in told(group)[0]:
        # numbers that are no shares, intervals, windows, lengths of time, p-values or the threshold of thirty
        bare = re.sub(r"\(.*?\)|\d+\.\d+%?|under 0.1%|over 99.9%|fewer than 30|rate ratio of .*", "", sentence.text)
        stated = {int(number.replace(",", "")) for number in re.findall(r"\d[\d,]*(?![\d.%])", bare)}
        assert stated <= set(sentence.counts)


@given(st.floats(0, 1))
def test_percentages_are_never_none_or_all_by_rounding(share):
    text = percent(share)
    assert (text == "0.0%") == (share == 0)
    assert (text == "100.0%") == (share == 1)


@given(st.floats(0, 1e6))
def test_ratios_keep_their_side_of_one(ratio):
    text = ratio_text(ratio)
    if text.startswith(("just", "under")):
        assert ("under" in text) == (ratio < 1)
    else:
        shown = float(text.replace(",", ""))
        assert (shown < 1, shown > 1, shown == 0) == (ratio < 1, ratio > 1, ratio == 0)


@given(st.floats(0, 1))
def test_p_values_are_never_shown_as_none(p):
    assert p_text(p) != "p = 0.000"
    assert (p_text(p) == "p = 1.000") == (p == 1)


FALL, RISE, NEITHER = [(3, 0, 25), (2, 1, 25)], [(0, 3, 25), (1, 2, 25)], [(1, 2, 20), (2, 1, 20)]


def test_a_fall_a_rise_and_neither():
    fall, rise, neither = (told(cells(rows)) for rows in (FALL, RISE, NEITHER))
    assert fall[0][-2].text == "The recorded rate was lower after than before: both intervals exclude no change."
    assert rise[0][-2].text == "The recorded rate was higher after than before: both intervals exclude no change."
    assert neither[0][-2].text == (
        "These intervals do not settle whether the recorded rate rose or fell: more people would be needed."
    )


def test_one_interval_alone_gives_no_direction():
    row = told(cells(FALL))[1]
    wide = replace(row["rate_ratio_robust"], conf_high=1.01)
    assert direction(row, 50) == "lower"
    assert direction(row | {"rate_ratio_robust": wide}, 50) is None
    assert direction(row, 29) is None
    assert direction(row | {"rate_ratio_robust": replace(wide, conf_low=math.nan)}, 50) is None


def test_singular_and_plural():
    found, _ = told(cells([(1, 0, 1)]), level=0.9)
    assert found[0].text == (
        "Of 1 person, 0 had no recorded suspect event in the days before the programme (183 days) or after it (183 "
        "days); 1 had some before and none after, 0 had fewer after, 0 had as many, and 0 had more."
    )
    assert found[1].text == (
        "Of 1 person with any recorded suspect event before or after, 1 had fewer after than before: 100.0% (90% "
        "interval 5.0% to 100.0%); sign test of 1 down against 0 up, p = 1.000."
    )
    assert found[3].text == (
        "There was 1 recorded suspect event in 0.5 person-years at risk before and 0 in 0.5 after: a rate ratio of 0 "
        "(90% interval 0 to 19.00), given each person's own total."
    )


@pytest.mark.parametrize(
    ("ratio", "shown"),
    [
        (0, "0"),
        (1, "1"),
        (math.inf, "no upper limit"),
        (0.9996, "0.9996"),
        (0.99999, "just under 1"),
        (1.00001, "just over 1"),
        (1234.5, "1,234.50"),
        (0.004, "0.004"),
        (0.00001, "under 0.0001"),
    ],
)
def test_ratio_text(ratio, shown):
    assert ratio_text(ratio) == shown


def test_listed():
    assert [listed(["a", "b", "c"][:n]) for n in (1, 2, 3)] == ["a", "a and b", "a, b and c"]
    assert all(p_text(p) != p_text(q) for p, q in pairwise([0, 0.001, 0.5, 0.9999, 1]))
