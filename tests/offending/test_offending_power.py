"""What people could show and how many would be needed: by hand, as inverses of one another, and by simulation."""

import math

import numpy as np
import pandas as pd
import pytest

from lvrn_eval.errors import AnalysisError
from lvrn_eval.offending.kernels.marginal import rate_ratio_corrected
from lvrn_eval.offending.kernels.power import detectable, needed, quantiles, rounded_up
from lvrn_eval.offending.power import detectable_rate_ratio, people_needed
from lvrn_eval.release import POLICIES, protect

Z = 1.959963984540054 + 0.8416212335729143
"""The normal quantiles of 97.5% and 80%."""


def people(before, after, days=100):
    return pd.DataFrame({"before": before, "after": after, "days_before": days, "days_after": days})


MANY = people([1] * 30 + [0] * 40 + [2] * 50, [0] * 30 + [1] * 40 + [1] * 50)


def test_by_hand():
    assert quantiles(0.8, 0.05) == pytest.approx(Z)
    assert detectable(0.1, 0.8, 0.05) == pytest.approx((math.exp(-0.1 * Z), math.exp(0.1 * Z)))
    # a quarter of the standard error takes sixteen times the people; half the log ratio four times
    assert needed(math.exp(-0.4 * Z), 0.1, 100, 0.8, 0.05) == pytest.approx(100 / 16)
    assert needed(math.exp(0.05 * Z), 0.1, 100, 0.8, 0.05) == pytest.approx(400)
    assert needed(1.0, 0.1, 100, 0.8, 0.05) == math.inf
    assert math.isnan(needed(0.0, 0.1, 100, 0.8, 0.05))
    assert [rounded_up(n) for n in (7.2, 43.0, 101.0, 1705.0, math.inf, math.nan)] == [8, 43, 110, 1800, None, None]


def test_the_four_people_of_the_example():
    # standard error by hand in test_offending_models: root 0.18 times 4/3
    error = math.sqrt(0.18) * 4 / 3
    found = detectable_rate_ratio(people([2, 4, 1, 3], [1, 2, 2, 0]))
    assert found.row("detectable_fall")["estimate"] == pytest.approx(math.exp(-Z * error), rel=1e-8)
    assert found.row("detectable_rise")["std_error"] == pytest.approx(error, rel=1e-8)
    asked = people_needed(people([2, 4, 1, 3], [1, 2, 2, 0]), rate_ratio=0.8).row("people_needed")
    assert asked["estimate"] == math.ceil(4 * (Z * error / math.log(0.8)) ** 2)


def test_one_undoes_the_other():
    for term in ("detectable_fall", "detectable_rise"):
        ratio = detectable_rate_ratio(MANY, power=0.9, alpha=0.01).row(term)["estimate"]
        asked = people_needed(MANY, rate_ratio=ratio, power=0.9, alpha=0.01)
        assert asked.row("people_needed")["estimate"] == len(MANY)


def test_more_power_and_fewer_errors_take_more_people():
    base, power, alpha = (
        people_needed(MANY, **choice).row("people_needed")["estimate"]
        for choice in ({}, {"power": 0.9}, {"alpha": 0.01})
    )
    assert base < power
    assert base < alpha


def pairs(generator, runs, n, ratio):
    """Counts of people whose rates differ (gamma) and move (gamma) from one window to the next."""
    level = generator.gamma(1.0, 2.0, (runs, n))
    moved = generator.gamma(4.0, 0.25, (2, runs, n))
    return generator.poisson(level * moved[0]), generator.poisson(level * moved[1] * ratio)


def test_as_many_people_as_needed_find_the_ratio_as_often_as_it_says():
    """From 4,000 people with a fall of a quarter the number is worked out; 800 groups of so many are tested."""
    generator = np.random.default_rng(31)
    (before,), (after,) = pairs(generator, 1, 4000, 0.75)
    n = int(people_needed(people(before, after), rate_ratio=0.75).row("people_needed")["estimate"])
    assert 100 < n < 400
    days, one = np.full(n, 100.0), np.ones(n)
    found = [
        rate_ratio_corrected(b.astype(float), a.astype(float), days, days, one, 0.95).p_value < 0.05
        for b, a in zip(*pairs(generator, 800, n, 0.75), strict=True)
    ]
    # the standard error of the share is 0.014; the number is as uncertain as the 4,000 people's variance
    assert np.mean(found) == pytest.approx(0.8, abs=0.045)


def test_sentences_and_the_wall():
    told = detectable_rate_ratio(MANY)
    assert told.text[0].text == (
        "With these people, a rate ratio of 0.78 or below, or of 1.28 or above, would be found with a chance of 80%; "
        "smaller changes would more often be missed."
    )
    assert people_needed(MANY).text[0].text == (
        "To tell the rate ratio of 0.69 seen here from no change with a chance of 80%, about 55 people like these "
        "would be needed."
    )
    assert "a rate ratio of 0.9 " in people_needed(MANY, rate_ratio=0.9).text[0].text.replace("0.90", "0.9")
    assert "more people than there are" in people_needed(people([2, 1] * 20, [1, 2] * 20)).text[0].text
    for result in (told, people_needed(MANY)):
        shown = protect(result, POLICIES["strict"])
        assert shown.text[0].text == result.text[0].text
        assert shown.table["events_before"].eq(130).all()
    hidden = protect(detectable_rate_ratio(people([1] * 96, [1] * 4 + [0] * 92)), POLICIES["strict"])
    assert "not shown" in hidden.text[0].text
    assert hidden.table["estimate"].isna().all()


@pytest.mark.parametrize("function", [detectable_rate_ratio, people_needed])
@pytest.mark.parametrize(("before", "after"), [([0] * 40, [0] * 40), ([3], [1]), ([2] * 40, [0] * 40), ([], [])])
def test_what_cannot_be_worked_out_is_missing_and_said(function, before, after):
    result = function(people(before, after).astype("int64"))
    assert result.table["estimate"].iloc[-1:].isna().all()
    assert "cannot be worked out" in result.text[0].text
    protect(result, POLICIES["strict"])


def test_few_people_are_descriptive_only():
    few = MANY.iloc[::6]
    for result in (detectable_rate_ratio(few), people_needed(few)):
        assert "With 20 people, fewer than 30, this is descriptive only" in result.text[1].text
        shown = protect(result, POLICIES["strict"])
        assert shown.text[-1].text == "With fewer than 30 people this is descriptive only: nothing is concluded."


@pytest.mark.parametrize(
    ("choices", "message"),
    [
        ({"power": 0.04}, "power: must lie between alpha and 1"),
        ({"alpha": 0}, "alpha: must lie between 0 and 1"),
        ({"rate_ratio": 1}, "rate_ratio: must be above 0 and other than 1"),
        ({"rate_ratio": -2}, "rate_ratio: must be above 0 and other than 1"),
    ],
)
def test_choices_that_are_none_are_refused(choices, message):
    with pytest.raises(AnalysisError, match=message):
        people_needed(MANY, **choices)
