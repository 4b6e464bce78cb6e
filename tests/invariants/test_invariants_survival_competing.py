"""What must stay true of competing events, restricted means and pooled risk tables whatever the data."""

import numpy as np
import pandas as pd
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from lvrn_eval.survival.compare import logrank
from lvrn_eval.survival.competing import cumulative_incidence
from lvrn_eval.survival.curves import kaplan_meier
from lvrn_eval.survival.gray import gray_test
from lvrn_eval.survival.pool import pool
from lvrn_eval.survival.risk_table import risk_table
from lvrn_eval.survival.rmst import rmst

few = settings(max_examples=12, deadline=None)


@st.composite
def people(draw, *, late=False):
    """A frame of people with two causes: whole or fractional times, ties, and perhaps late entry."""
    n = draw(st.integers(3, 25))
    scale = draw(st.sampled_from([1, 0.5, 0.1]))
    days = np.array(draw(st.lists(st.integers(1, 25), min_size=n, max_size=n))) * scale
    causes = draw(st.lists(st.sampled_from([0, 1, 1, 2]), min_size=n, max_size=n))
    sites = draw(st.lists(st.sampled_from("xy"), min_size=n, max_size=n))
    frame = pd.DataFrame({"days": days, "ended": causes, "site": sites, "entry": 0.0})
    if late:
        shares = np.array(draw(st.lists(st.sampled_from([0, 0, 0.25, 0.5]), min_size=n, max_size=n)))
        frame["entry"] = np.floor(frame["days"] / scale * shares) * scale
    assume({1, 2} <= set(causes))
    return frame


either = st.booleans().flatmap(lambda late: people(late=late))


@few
@given(either)
def test_incidences_and_survival_add_up_to_1(frame):
    one, two = (cumulative_incidence(frame, "days", "ended", "site", "entry", of=of).table for of in (1, 2))
    free = kaplan_meier(frame.assign(ended=frame["ended"] > 0), "days", "ended", "site", "entry").table
    np.testing.assert_allclose(one["estimate"] + two["estimate"] + free["estimate"], 1, rtol=1e-9)
    assert list(one["events"]) == list(two["competing"])
    for table in (one, two):
        limits = table[["conf_low", "estimate", "conf_high"]].dropna()
        assert (np.diff(limits, axis=1) >= -1e-12).all()
        assert ((limits >= -1e-12) & (limits <= 1 + 1e-12)).all(axis=None)


@few
@given(either, st.integers(0, 2**31))
def test_order_of_rows_does_not_matter(frame, seed):
    shuffled = frame.sample(frac=1, random_state=seed)
    ours, theirs = (cumulative_incidence(one, "days", "ended", "site", "entry") for one in (frame, shuffled))
    pd.testing.assert_frame_equal(ours.table, theirs.table)


@few
@given(either, st.lists(st.booleans(), min_size=25, max_size=25))
def test_places_add_up(frame, there):
    mask = np.array(there[: len(frame)])
    assume(0 < mask.sum() < len(frame))
    for by in (None, "site"):
        parts = [risk_table(frame[m], "days", "ended", by, "entry", causes=(1, 2)) for m in (mask, ~mask)]
        whole = risk_table(frame, "days", "ended", by, "entry", causes=(1, 2)).table
        added = pool(parts).table.sort_values(["group", "time"], ignore_index=True)
        pd.testing.assert_frame_equal(added, whole)


@few
@given(either)
def test_a_row_twice_is_weight_two(frame):
    twice = pd.concat([frame, frame])
    weighted = frame.assign(copies=2)
    ours = cumulative_incidence(weighted, "days", "ended", "site", "entry", "copies").table
    pd.testing.assert_frame_equal(ours, cumulative_incidence(twice, "days", "ended", "site", "entry").table)


@few
@given(people(), st.sampled_from([7, 24, 0.125]))
def test_unit_of_time_does_not_matter(frame, factor):
    scaled = frame.assign(days=frame["days"] * factor)
    tau = frame["days"].max()
    ours, theirs = (
        rmst(one.assign(ended=one["ended"] > 0), "days", "ended", tau=limit).table
        for one, limit in ((frame, tau), (scaled, scaled["days"].max()))
    )
    for column in ("estimate", "std_error"):
        np.testing.assert_allclose(ours[column] * factor, theirs[column], rtol=1e-9, atol=1e-12)
    assert 0 <= ours["estimate"][0] <= tau * (1 + 1e-12)


@few
@given(people())
def test_tests_do_not_care_which_group_is_named_first(frame):
    later = frame.assign(days=frame["days"] + 50, ended=0)
    both = pd.concat([frame, later.assign(site="x"), later.assign(site="y")])
    swapped = both.assign(site=both["site"].map({"x": "y", "y": "x"}))
    ours, theirs = (gray_test(one, "days", "ended", "site").table.iloc[0] for one in (both, swapped))
    np.testing.assert_allclose(ours["statistic"], theirs["statistic"], rtol=1e-6, atol=1e-9)
    for test in ("gehan", "peto", "fleming-harrington"):
        ours, theirs = (
            logrank(one.assign(ended=one["ended"] > 0), "days", "ended", "site", test=test).table.iloc[0]
            for one in (both, swapped)
        )
        np.testing.assert_allclose(ours["statistic"], theirs["statistic"], rtol=1e-6, atol=1e-9)
