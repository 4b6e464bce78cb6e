"""What must stay true of survival whatever the data."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lvrn_eval.engine import DuckDBEngine, as_table
from lvrn_eval.survival import kaplan_meier, logrank, nelson_aalen, risk_table

few = settings(max_examples=25)
COUNTS = ["at_risk", "entered", "events", "censored"]


@st.composite
def people(draw, *, late=False, groups=("x", "y", "z")):
    """A frame of people: whole or fractional times, ties, time 0, and perhaps late entry."""
    n = draw(st.integers(1, 40))
    scale = draw(st.sampled_from([1, 0.5, 0.1]))
    days = np.array(draw(st.lists(st.integers(0, 25), min_size=n, max_size=n))) * scale
    frame = pd.DataFrame(
        {
            "days": days,
            "event": draw(st.lists(st.booleans(), min_size=n, max_size=n)),
            "site": draw(st.lists(st.sampled_from(groups), min_size=n, max_size=n)),
        },
    )
    if late:
        frame["days"] += scale
        shares = np.array(draw(st.lists(st.sampled_from([0, 0, 0.25, 0.5]), min_size=n, max_size=n)))
        frame["entry"] = np.floor(frame["days"] / scale * shares) * scale
    return frame


def arguments(frame):
    return {"time": "days", "event": "event"} | ({"entry": "entry"} if "entry" in frame else {})


def same(left, right):
    pd.testing.assert_frame_equal(left, right, rtol=1e-12, check_dtype=False)


@pytest.fixture(scope="module")
def engine():
    return DuckDBEngine()


either = st.booleans().flatmap(lambda late: people(late=late))


@few
@given(either, st.randoms(use_true_random=False))
def test_order_of_rows_does_not_matter(frame, random):
    shuffled = frame.sample(frac=1, random_state=random.randrange(2**31))
    for estimate in (kaplan_meier, nelson_aalen):
        same(
            estimate(frame, by="site", **arguments(frame)).table,
            estimate(shuffled, by="site", **arguments(frame)).table,
        )


@few
@given(either)
def test_renamed_groups_change_names_only(frame):
    names = {"x": "ash", "y": "birch", "z": "cedar"}
    renamed = frame.assign(site=frame["site"].map(names))
    ours = kaplan_meier(frame, by="site", **arguments(frame)).table
    same(
        ours.assign(group=ours["group"].map(names)),
        kaplan_meier(renamed, by="site", **arguments(frame)).table,
    )


@few
@given(either, st.sampled_from([7, 24, 0.125]))
def test_unit_of_time_does_not_matter(frame, factor):
    scaled = frame.assign(days=frame["days"] * factor)
    if "entry" in frame:
        scaled["entry"] = frame["entry"] * factor
    ours, theirs = (risk_table(one, by="site", **arguments(one)).table for one in (frame, scaled))
    same(ours[["group", *COUNTS]], theirs[["group", *COUNTS]])
    np.testing.assert_allclose(ours["time"] * factor, theirs["time"])


@few
@given(either, st.data())
def test_a_row_twice_is_weight_two(frame, data):
    weights = data.draw(st.lists(st.integers(0, 3), min_size=len(frame), max_size=len(frame)).filter(any))
    weighted = frame.assign(copies=weights)
    repeated = frame.loc[frame.index.repeat(weights)]
    for estimate in (kaplan_meier, nelson_aalen, risk_table):
        same(
            estimate(weighted, by="site", weights="copies", **arguments(frame)).table,
            estimate(repeated, by="site", **arguments(frame)).table,
        )


@few
@given(either)
def test_risk_tables_of_sites_add_up(frame):
    moves = ["entered", "events", "censored"]
    parts = risk_table(frame, by="site", **arguments(frame)).table
    whole = risk_table(frame, **arguments(frame)).table
    added = parts.groupby("time")[moves].sum().reset_index()
    same(added, whole[["time", *moves]])
    start = parts[parts["time"] == 0]["at_risk"].sum()
    change = added["entered"] - added["events"] - added["censored"]
    assert list(start + change.cumsum().shift(fill_value=0)) == list(whole["at_risk"])


@few
@given(either)
def test_everyone_is_counted_once(frame):
    table = risk_table(frame, by="site", **arguments(frame)).table
    assert table["events"].sum() == frame["event"].sum()
    assert table["censored"].sum() == len(frame) - frame["event"].sum()
    for _, one in table.groupby("group"):
        assert one["at_risk"].iloc[0] + one["entered"].sum() == one["events"].sum() + one["censored"].sum()
        assert one["time"].iloc[0] == 0
        assert one["time"].is_monotonic_increasing
    for moment, at_risk in zip(table["time"], table["at_risk"], strict=True):
        assert at_risk >= 0
        assert np.isfinite(moment)


@few
@given(people(late=True))
def test_at_risk_is_entry_before_and_exit_not_before(frame):
    table = risk_table(frame, **arguments(frame)).table
    for row in table[table["time"] > 0].itertuples():
        assert row.at_risk == ((frame["entry"] < row.time) & (row.time <= frame["days"])).sum()


@few
@given(either, st.sampled_from(["log-log", "log", "plain", "logit", "arcsine"]))
def test_survival_falls_within_0_and_1(frame, conf_type):
    table = kaplan_meier(frame, by="site", conf_type=conf_type, **arguments(frame)).table
    for _, one in table.groupby("group"):
        assert (np.diff(one["estimate"]) <= 0).all()
    limits = table[["conf_low", "estimate", "conf_high"]].dropna()
    assert table["estimate"].between(0, 1).all()
    assert ((limits >= 0) & (limits <= 1)).all(axis=None)
    assert (limits["conf_low"] <= limits["estimate"] + 1e-12).all()
    assert (limits["estimate"] <= limits["conf_high"] + 1e-12).all()


@few
@given(people())
def test_without_censoring_it_is_the_share_still_there(frame):
    everyone = frame.assign(event=1)
    table = kaplan_meier(everyone, time="days", event="event").table
    shares = [(frame["days"] > moment).mean() for moment in table["time"]]
    np.testing.assert_allclose(table["estimate"], shares, atol=1e-12)


@few
@given(either)
def test_hazard_lies_above_minus_log_survival_and_rises(frame):
    survival = kaplan_meier(frame, **arguments(frame)).table["estimate"]
    hazard = nelson_aalen(frame, **arguments(frame)).table["estimate"]
    assert (np.diff(hazard) >= 0).all()
    assert (np.exp(-hazard) >= survival - 1e-12).all()


@settings(max_examples=15)
@given(frame=either)
def test_a_table_and_a_frame_give_the_same(engine, frame):
    weighted = frame.assign(copies=1 + frame.index % 3)
    table = as_table(weighted, "people", engine)
    given_columns = arguments(frame) | {"weights": "copies"}
    for estimate in (risk_table, kaplan_meier):
        ours, theirs = (estimate(one, by="site", **given_columns) for one in (weighted, table))
        pd.testing.assert_frame_equal(ours.table, theirs.table)
        assert ours.checks == theirs.checks
        assert ours.text == theirs.text
        assert ours.method == theirs.method


@few
@given(people(groups=("x", "y")))
def test_the_test_does_not_care_which_group_is_named_first(frame):
    later = frame.assign(days=frame["days"] + 5, event=False)
    halves = pd.concat([frame.assign(event=True), later.assign(site="x"), later.assign(site="y")])
    swapped = halves.assign(site=halves["site"].map({"x": "y", "y": "x"}))
    one, other = (logrank(each, "days", "event", "site").table.iloc[0] for each in (halves, swapped))
    assert one["statistic"] == pytest.approx(other["statistic"], rel=1e-9, abs=1e-12)
    assert 0 <= one["p_value"] <= 1
