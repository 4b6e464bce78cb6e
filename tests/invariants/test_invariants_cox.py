"""What must not matter to a Cox model, and what must add up."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from lvrn_eval.errors import AnalysisError
from lvrn_eval.survival.cox import fit_cox
from lvrn_eval.survival.cox_fit import CoxFit
from lvrn_eval.survival.kernels import concordance as pairs_kernel
from lvrn_eval.survival.kernels.concordance import pairs
from lvrn_eval.survival.residuals import cox_residuals

TIES = st.sampled_from(["efron", "breslow"])


@st.composite
def samples(draw):
    """People with tied days, late entry, two strata and two covariates, in no order."""
    seed = draw(st.integers(0, 2**32 - 1))
    rng = np.random.default_rng(seed)
    n = draw(st.integers(20, 60))
    days = rng.integers(2, draw(st.integers(4, 40)), n)
    return pd.DataFrame(
        {
            "days": days,
            "event": rng.random(n) < 0.7,
            "entry": np.where(rng.random(n) < 0.3, rng.integers(0, days), 0),
            "part": rng.integers(0, 2, n),
            "age": rng.normal(18, 3, n).round(1),
            "x": rng.normal(size=n),
            "id": np.arange(n),
        },
    )


def fitted(frame, **given) -> CoxFit:
    """Fit, or give the example up where there is no finite estimate."""
    columns = {"entry": "entry", "strata": "part"} | given
    try:
        return fit_cox(frame, "age + x", "days", "event", **columns)
    except AnalysisError:
        assume(False)
        raise


def alike(one, other, rtol=1e-7):
    scale = np.sqrt(np.diag(one.model_covariance))
    np.testing.assert_allclose(one.beta / scale, other.beta / scale, rtol=rtol, atol=1e-7)
    np.testing.assert_allclose(one.covariance, other.covariance, rtol=1e-5, atol=1e-7 * np.abs(one.covariance).max())


@given(samples(), TIES, st.randoms(use_true_random=False))
@settings(max_examples=25, deadline=None)
def test_row_order_and_unit_of_time(frame, ties, random):
    order = random.sample(range(len(frame)), len(frame))
    moved = frame.iloc[order].assign(days=lambda d: d["days"] * 7.5, entry=lambda d: d["entry"] * 7.5)
    one, other = fitted(frame, ties=ties, cluster="id"), fitted(moved, ties=ties, cluster="id")
    alike(one, other)
    assert one.log_likelihood == pytest.approx(other.log_likelihood)


@given(samples(), TIES)
@settings(max_examples=25, deadline=None)
def test_a_row_cut_in_two_is_the_same_person(frame, ties):
    whole = fitted(frame, ties=ties, cluster="id")
    cut = (frame["entry"] + frame["days"]) / 2
    first = frame.assign(days=cut, event=False)
    parts = pd.concat([first, frame.assign(entry=cut)], ignore_index=True)
    alike(whole, fitted(parts, ties=ties, cluster="id"))
    assert whole.result.row("age")["n"] == len(frame)


@given(samples())
@settings(max_examples=25, deadline=None)
def test_a_row_twice_is_a_row_of_weight_two(frame):
    """With Breslow's rule; Efron's treats two people otherwise than one person who counts twice."""
    twice = pd.concat([frame, frame[::3]], ignore_index=True)
    weighted = frame.assign(w=np.where(np.arange(len(frame)) % 3 == 0, 2.0, 1.0))
    one = fitted(twice, ties="breslow", cluster="id")
    other = fitted(weighted, ties="breslow", weights="w")
    alike(one, other)
    np.testing.assert_allclose(one.model_covariance, other.model_covariance, rtol=1e-6)


@given(samples(), TIES)
@settings(max_examples=25, deadline=None)
def test_scale_of_a_covariate(frame, ties):
    one = fitted(frame, ties=ties)
    other = fitted(frame.assign(age=frame["age"] * 1000 - 5), ties=ties)
    assert other.beta[0] * 1000 == pytest.approx(one.beta[0], rel=1e-6, abs=1e-9)
    assert other.beta[1] == pytest.approx(one.beta[1], rel=1e-6, abs=1e-9)


@given(samples(), TIES)
@settings(max_examples=25, deadline=None)
def test_residuals_add_up(frame, ties):
    fit = fitted(frame, ties=ties)
    assert cox_residuals(fit, "martingale")["martingale"].sum() == pytest.approx(0, abs=1e-9 * len(frame))
    for kind in ("score", "schoenfeld"):
        total = cox_residuals(fit, kind)[["age", "x"]].sum() * np.sqrt(np.diag(fit.model_covariance))
        np.testing.assert_allclose(total, 0, atol=1e-6)


@given(samples(), st.integers(1, 4), st.integers(2, 6))
@settings(max_examples=30, deadline=None)
def test_pairs_counted_one_by_one(frame, parts, part_rows):
    """Every pair, whatever the size of the parts they are counted in."""
    score = np.round(frame["x"].to_numpy() * 2) / 2
    time, event, entry, part = (frame[name].to_numpy() for name in ("days", "event", "entry", "part"))
    weight = np.round(frame["age"].to_numpy())
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(pairs_kernel, "PART_ROWS", part_rows)
        patch.setattr(pairs_kernel, "BATCH_ROWS", parts * part_rows)
        found = pairs(time, event, score, entry=entry, stratum=part, weight=weight)
    later = (time[None] > time[:, None]) | ((time[None] == time[:, None]) & ~event[None])
    comparable = event[:, None] & later & (entry[None] < time[:, None]) & (part[None] == part[:, None])
    np.fill_diagonal(comparable, val=False)
    for name, agrees in {"concordant": np.greater, "discordant": np.less, "tied": np.equal}.items():
        matrix = comparable & agrees(score[:, None], score[None])
        np.testing.assert_allclose(getattr(found, name), matrix @ weight + weight @ matrix)
