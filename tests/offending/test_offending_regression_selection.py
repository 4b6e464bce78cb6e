"""Selection by itself: the published table of a world without any effect, exact probabilities, a population by hand."""

import re
from math import exp

import numpy as np
import pytest
from scipy.stats import nbinom
from tests_regression import cells

from lvrn_eval.errors import AnalysisError
from lvrn_eval.offending.kernels.selection import Selected, draw
from lvrn_eval.offending.regression_to_mean_ways import by_earlier_window, by_pool, ratio_between
from lvrn_eval.offending.selection import simulate_no_effect
from lvrn_eval.release import POLICIES, protect

# triggered, years before, mean events a year; desisted, reduced, falling, increased (per cent), from 400,000 people
PUBLISHED = [
    (0, 1, 1, 40.6, 24.6, 65.2, 14.9),
    (0, 1, 2, 27.3, 35.7, 63.0, 19.2),
    (0, 3, 1, 48.0, 41.9, 89.9, 2.5),
    (0, 3, 2, 34.5, 57.9, 92.4, 2.1),
    (1, 1, 1, 29.6, 43.7, 73.3, 12.2),
    (1, 1, 2, 14.8, 58.3, 73.1, 15.3),
    (1, 3, 1, 29.6, 66.8, 96.4, 0.9),
    (1, 3, 2, 14.8, 83.4, 98.2, 0.5),
]


@pytest.mark.parametrize("row", PUBLISHED)
def test_published_table(row):
    triggered, years, rate, *shares = row
    result = simulate_no_effect(
        people=200_000, mean_rate=rate, shape=0.7, before=f"{round(365.25 * years)} days",
        after=("183 days", "365 days"), triggered=triggered, draws=1, seed=7,
    )  # fmt: skip
    for term, share in zip(("desisted", "reduced", "falling", "increased"), shares, strict=True):
        # two simulations: of 400,000 people and fewer who met the rule, and of these 200,000
        error = 100 * np.sqrt(share / 100 * (1 - share / 100) * (1 / 200_000 + 1 / 150_000))
        assert 100 * result.row(term)["estimate"] == pytest.approx(share, abs=3 * error + 0.05)


def people(n, **values):
    given = {"held": 0.0, "counted": 1.0, "shape": 0.8, "rate": 2.0, "needed": 0.0, "days_before": 0.5,
             "days_rest": 1.0, "days_after": 0.6} | values  # fmt: skip
    return Selected(**{name: np.full((1, n), value) for name, value in given.items()})


@pytest.mark.parametrize("needed", [0, 1, 3])
def test_counts_before_have_their_exact_distribution(needed):
    """Negative binomial counts of the window, given that the window and the rest hold enough."""
    n, beta = 200_000, 0.8 / 2
    counts = draw(people(n, needed=float(needed)), (1, n), np.random.default_rng(3))
    b = np.arange(12)
    share = nbinom(0.8, beta / (beta + 0.5)).pmf(b)
    wide = nbinom(0.8, beta / (beta + 1.5))
    share *= nbinom(0.8 + b, (beta + 0.5) / (beta + 1.5)).sf(needed - b - 1) / wide.sf(needed - 1)
    found = np.bincount(counts.window[0], minlength=12)[:12] / n
    np.testing.assert_allclose(found, share, atol=4 * np.sqrt(0.25 / n))
    # and those after follow from the rate of the selected, in the mean
    sizes = np.arange(400)
    mean = (wide.pmf(sizes) * (0.8 + sizes) / (beta + 1.5))[needed:].sum() / wide.sf(needed - 1) * 0.6
    assert counts.after.mean() == pytest.approx(mean, rel=0.02)


def test_counted_days_and_what_is_held():
    n = 50_000
    counts = draw(people(n, counted=0.25, held=2.0), (1, n), np.random.default_rng(4))
    assert counts.before.min() == 2
    assert (counts.before - 2).mean() == pytest.approx(0.25 * counts.window.mean(), rel=0.03)
    assert (counts.before - 2 <= counts.window).all()


# A population of two: half have half an event a window on average, half have two. Selected: one or more in the window.
SLOW, FAST = 0.5, 2.0


def poisson(rate, size=40):
    counts = np.arange(size)
    return np.exp(-rate + counts * np.log(rate) - np.cumsum(np.log(np.maximum(counts, 1))))


def two_kinds(*, met):
    """Every triple of counts (earlier, before, after), with the exact share of those who met the rule."""
    size = 25
    earlier, before, after = (v.ravel().astype(float) for v in np.meshgrid(*[np.arange(size)] * 3, indexing="ij"))
    share = sum(
        0.5 * np.einsum("i,j,k->ijk", *[poisson(rate, size)] * 3).ravel() for rate in (SLOW, FAST)
    )  # fmt: skip
    chosen = met(earlier, before)
    return cells(
        people=np.where(chosen, share, 0)[chosen], earlier=earlier[chosen], before=before[chosen], after=after[chosen],
        met_without_before=met(earlier, 0 * before)[chosen], met_without_earlier=met(0 * earlier, before)[chosen],
    )  # fmt: skip


def test_naive_ratio_of_two_kinds_by_hand():
    # of those with 1 or more: events before 0.5 (0.5) + 0.5 (2) = 1.25 as none is lost; after, each kind has its rate:
    # 0.5 (1 - e^-0.5) 0.5 + 0.5 (1 - e^-2) 2 = 0.0984 + 0.8647 = 0.9630; ratio 0.9630 / 1.25 = 0.7704, with no effect
    by_hand = (0.25 * (1 - exp(-SLOW)) + (1 - exp(-FAST))) / 1.25
    assert round(by_hand, 4) == 0.7704
    selected = two_kinds(met=lambda _, before: before >= 1)
    assert ratio_between(selected, "raw", "after", 0.95).estimate == pytest.approx(by_hand, rel=1e-9)


def test_the_earlier_window_needs_no_model_of_how_rates_differ():
    """The rule may be met in either window; among those who met it without the earlier one, nothing is left."""
    selected = two_kinds(met=lambda earlier, before: earlier + before >= 2)
    assert ratio_between(selected, "earlier", "after", 0.95).estimate < 0.95
    assert by_earlier_window(selected, 0.95).left.estimate == pytest.approx(1, rel=1e-9)


def test_the_pool_is_held_to_the_same_rule():
    selected = two_kinds(met=lambda earlier, before: earlier + before >= 1)
    way = by_pool(selected, two_kinds(met=lambda earlier, before: earlier + before >= 3), 0.95)
    assert way.left.estimate == pytest.approx(1, rel=1e-9)
    # expected and left multiply to what was recorded, of the same people
    assert way.naive.estimate == pytest.approx(way.expected.estimate * way.left.estimate, rel=1e-9)


def test_champions_case():
    """Twelve of 13 fell; with no effect, three years before and a referral for an event, most studies show as many."""
    result = simulate_no_effect(
        people=13, mean_rate=1, shape=0.7, before="1096 days", after=("183 days", "365 days"), triggered=1.0,
        at_least_falling=12, draws=20_000,
    )  # fmt: skip
    # each falls with the same chance, and people are independent: binomial in the share of the large table
    share = 0.964
    at_least = share**13 + 13 * share**12 * (1 - share)
    assert result.row("chance")["estimate"] == pytest.approx(at_least, abs=0.015)
    text = " ".join(sentence.text for sentence in result.text)
    assert re.search(r"In 9\d\.\d% of them, 12 or more of 13 did\.", text)
    # no record is in it, so the wall has nothing to hide
    assert protect(result, POLICIES["strict"]).suppressed.to_numpy().sum() == 0


def test_same_seed_same_answer():
    choices = {"people": 10, "mean_rate": 1, "shape": 0.7, "before": "365 days", "after": "183 days", "draws": 50}
    one, other, third = (simulate_no_effect(**choices, seed=seed).table["estimate"] for seed in (1, 1, 2))
    assert one.equals(other)
    assert not one.equals(third)


def test_every_choice_that_cannot_be_is_told_at_once():
    with pytest.raises(AnalysisError) as error:
        simulate_no_effect(
            people=0, mean_rate=-1, shape=0, before="all", after="a year", triggered=2, least_before=-1, draws=10,
            conf_level=1,
        )  # fmt: skip
    places = [fault.where for fault in error.value.faults]
    assert places == [
        "people", "mean_rate", "shape", "triggered", "least_before", "conf_level", "before", "after"
    ]  # fmt: skip
    with pytest.raises(AnalysisError, match="cannot be simulated"):
        simulate_no_effect(people=10**6, mean_rate=1, shape=1, before="1 day", after="1 day", draws=10)
