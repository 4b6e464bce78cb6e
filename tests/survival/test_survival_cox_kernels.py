"""The Cox kernels where R cannot look: many strata, continuous times, the warm start, and runaway terms."""

import numpy as np
import pytest

from lvrn_eval.survival.kernels import concordance, cox_rows, order, residuals
from lvrn_eval.survival.kernels import cox as kernel
from lvrn_eval.survival.kernels.concordance import pairs
from lvrn_eval.survival.kernels.cox import arrange, evaluate, fit


@pytest.fixture
def sample():
    rng = np.random.default_rng(3)
    n = 600
    x = rng.normal(size=(n, 3))
    time = np.ceil(rng.exponential(20, n) * np.exp(-x @ [0.5, -0.3, 0.0])).astype(int)
    return {"x": x, "time": time, "event": rng.random(n) < 0.6}


def log_likelihood(x, time, event, beta, *, ties="efron", entry=None, stratum=None, weight=None):
    """Event by event, with risk sets found by comparison."""
    n = time.size
    entry = np.full(n, -1) if entry is None else entry
    stratum = np.zeros(n, int) if stratum is None else stratum
    weight = np.ones(n) if weight is None else weight
    risk, total = weight * np.exp(x @ beta), 0.0
    for part in np.unique(stratum):
        for when in np.unique(time[event & (stratum == part)]):
            at_risk = (time >= when) & (entry < when) & (stratum == part)
            tied = at_risk & event & (time == when) & (weight > 0)
            total += (weight * (x @ beta))[tied].sum()
            for k in range(tied.sum()):
                out = k / tied.sum() if ties == "efron" else 0
                total -= weight[tied].mean() * np.log(risk[at_risk].sum() - out * risk[tied].sum())
    return total


@pytest.mark.parametrize("ties", ["efron", "breslow"])
@pytest.mark.parametrize("continuous", [False, True])
@pytest.mark.parametrize("strata", [1, 3, 150])
@pytest.mark.parametrize("block", [16, 1 << 13])
def test_likelihood_and_derivatives(sample, ties, continuous, strata, block, monkeypatch):
    """Blocks smaller than strata, strata smaller than blocks, late entry, weights with a zero."""
    monkeypatch.setattr(cox_rows, "BLOCK_ROWS", block)
    rng = np.random.default_rng(4)
    x, event, n = sample["x"], sample["event"], sample["time"].size
    time = sample["time"] + (rng.random(n) if continuous else 0)
    given = {
        "entry": np.where(rng.random(n) < 0.5, rng.random(n) * time if continuous else rng.integers(0, time), 0),
        "stratum": rng.integers(0, strata, n),
        "weight": np.where(rng.random(n) < 0.1, 0, rng.random(n)),
    }
    beta = np.array([0.3, -0.2, 0.1])
    rows = arrange(x, time, event, **given)
    found = evaluate(rows, beta, ties)
    expected = log_likelihood(x, time, event, beta, ties=ties, **given)
    # the kernel's covariates are less their mean, which moves the likelihood by nothing but rounding
    assert found.log_likelihood == pytest.approx(expected, rel=1e-11)
    for term, away in enumerate(np.eye(3) * 1e-5):
        high, low = evaluate(rows, beta + away, ties), evaluate(rows, beta - away, ties)
        assert found.score[term] == pytest.approx((high.log_likelihood - low.log_likelihood) / 2e-5, rel=1e-5, abs=1e-5)
        np.testing.assert_allclose(found.information[term], (low.score - high.score) / 2e-5, rtol=1e-5, atol=1e-5)
    np.testing.assert_allclose(residuals.score(rows, beta, ties).sum(axis=0), found.score, atol=1e-9)


def test_strata_apart_are_samples_apart(sample):
    """The likelihood of strata is the sum of theirs, to the last digits, however different their sizes and risks."""
    x, time, event = sample["x"], sample["time"], sample["event"]
    stratum = np.repeat([0, 1, 2], [400, 150, 50])
    beta = np.array([3.0, -2.0, 1.0])
    whole = evaluate(arrange(x, time, event, stratum=stratum), beta)
    parts = [evaluate(arrange(x[stratum == s], time[stratum == s], event[stratum == s]), beta) for s in range(3)]
    # each part is centred at its own mean, which only moves sums that cancel
    assert whole.log_likelihood == pytest.approx(sum(part.log_likelihood for part in parts), rel=1e-12)
    np.testing.assert_allclose(whole.information, sum(part.information for part in parts), rtol=1e-9)


def test_warm_start_ends_where_the_cold_one_does(sample, monkeypatch):
    rows = arrange(sample["x"], sample["time"], sample["event"])
    cold = fit(rows)
    monkeypatch.setattr(kernel, "MANY_ROWS", 100)
    warm = fit(rows)
    np.testing.assert_allclose(warm.beta, cold.beta, rtol=1e-12)
    np.testing.assert_allclose(warm.covariance, cold.covariance, rtol=1e-8)


def test_warm_start_without_events_among_the_few(monkeypatch):
    """One row in sixteen may have no event at all; then the fit starts from no effects."""
    monkeypatch.setattr(kernel, "MANY_ROWS", 10)
    x = np.linspace(-1, 1, 40)[:, None] * [[1.0]] + np.sin(np.arange(40))[:, None]
    event = np.zeros(40, bool)
    event[[5, 9, 20, 30]] = True
    assert fit(arrange(x, np.arange(40), event)).converged


def test_rows_never_at_risk_are_left_out():
    time, event = np.array([1, 2, 3, 4]), np.array([False, True, False, True])
    rows = arrange(np.arange(4.0)[:, None], time, event, entry=np.array([0, 0, 2, 3]))
    # the first leaves before any event, the third comes after the first event and leaves before the second
    np.testing.assert_array_equal(np.sort(rows.order), [1, 3])


def test_no_event_at_all():
    with pytest.raises(ValueError, match="no row has the event"):
        arrange(np.ones((2, 1)), np.array([1, 2]), np.array([False, False]))


def test_terms_without_information():
    x = np.column_stack([[0.0, 1, 2, 4], [1.0, 1, 1, 1], [0.0, 2, 4, 8]])
    with pytest.raises(kernel.Singular) as singular:
        fit(arrange(x, np.array([1, 2, 3, 4]), np.array([True, True, True, True])))
    assert singular.value.terms == (1, 2)


def test_monotone_likelihood_is_seen():
    rng = np.random.default_rng(5)
    event = rng.random(80) < 0.4
    x = np.column_stack([rng.normal(size=80), event.astype(float)])
    found = fit(arrange(x, rng.integers(1, 9, 80), event))
    assert not found.converged
    np.testing.assert_array_equal(found.infinite, [False, True])


def test_sorting_of_wide_codes():
    codes = np.array([70000, -1, 3, 1 << 33, 70000, 0, 65535, 65536])
    np.testing.assert_array_equal(order.argsort_whole(codes), np.argsort(codes, kind="stable"))


def test_sorting_of_real_numbers_keeps_the_order_of_equal_ones():
    tiny, huge = np.finfo(float).tiny, np.finfo(float).max
    values = np.array([0.0, -1.5, huge, -0.0, 2.5, -huge, tiny, 2.5, -1.5, 0.0, -tiny, 1e-300, -1e300])
    given = np.random.default_rng(7).permutation(values.size)
    expected = given[np.argsort(values[given], kind="stable")]
    np.testing.assert_array_equal(order.argsort_real(values, given), expected)


def test_concordance_of_continuous_times():
    """Places in time far apart, so that they are renumbered within batches."""
    rng = np.random.default_rng(6)
    time, score, event = rng.random(5000), rng.normal(size=5000), rng.random(5000) < 0.5
    found = pairs(time, event, score)
    comparable = event[:, None] & (time[None] > time[:, None])
    agrees = (comparable & (score[:, None] > score[None])).sum()
    assert found.totals == (agrees, comparable.sum() - agrees, 0)


@pytest.mark.parametrize("kept", [(), ("entry",), ("stratum",), ("weight",), ("entry", "stratum", "weight")])
@pytest.mark.parametrize("scores", [3, 40, 4000])
@pytest.mark.parametrize("days", [6, 4000])
def test_pairs_of_any_kind_counted_one_by_one(monkeypatch, kept, scores, days):
    """Long and short runs of tied scores, few and many days, in many small batches, with and without weights."""
    monkeypatch.setattr(concordance, "PART_ROWS", 8)
    monkeypatch.setattr(concordance, "BATCH_ROWS", 32)
    monkeypatch.setattr(concordance, "SPARE_CELLS", 0)
    rng = np.random.default_rng(days + scores)
    n = 150
    time, event = rng.integers(2, 2 + days, n), rng.random(n) < 0.6
    score = rng.integers(0, scores, n).astype(float)
    drawn = {
        "entry": np.where(rng.random(n) < 0.5, rng.integers(0, time), 0),
        "stratum": rng.integers(0, 3, n),
        "weight": rng.integers(1, 5, n) / 2,
    }
    given = {name: drawn[name] for name in kept}
    neutral = {"entry": np.full(n, -1), "stratum": np.zeros(n), "weight": np.ones(n)}
    entry, stratum, weight = (neutral | given).values()
    later = (time[None] > time[:, None]) | ((time[None] == time[:, None]) & ~event[None])
    comparable = event[:, None] & later & (entry[None] < time[:, None]) & (stratum[None] == stratum[:, None])
    found = pairs(time, event, score, **given)
    for name, agrees in {"concordant": np.greater, "discordant": np.less, "tied": np.equal}.items():
        matrix = comparable & agrees(score[:, None], score[None])
        np.testing.assert_allclose(getattr(found, name), matrix @ weight + weight @ matrix, atol=1e-9)
