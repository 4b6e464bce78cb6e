"""What must stay true of recurrent and competing events whatever the data."""

import numpy as np
import pandas as pd
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from lvrn_eval.survival.bring_home import read_people
from lvrn_eval.survival.inputs import Columns
from lvrn_eval.survival.kernels import fine_gray as competing
from lvrn_eval.survival.kernels.location_scale import DISTRIBUTIONS, Times, log_likelihood
from lvrn_eval.survival.kernels.mean_cumulative import mean_cumulative as kernel
from lvrn_eval.survival.kernels.mean_cumulative import score_test
from lvrn_eval.survival.mean_cumulative import mean_cumulative

few = settings(max_examples=25)
PARTS = ("person", "start", "days", "event")


@st.composite
def rows(draw, *, gaps=True):
    """Start-stop rows of some people: ties, events on end, late entry and time not at risk."""
    made = []
    for person in range(draw(st.integers(2, 12))):
        at = draw(st.sampled_from([0, 0, 0, 2])) if gaps else 0
        for _ in range(draw(st.integers(1, 4))):
            length, gap = draw(st.integers(1, 6)), draw(st.sampled_from([0, 0, 3])) if gaps else 0
            made.append((person, at, at + length, draw(st.booleans())))
            at += length + gap
    return pd.DataFrame(made, columns=PARTS).assign(site=lambda d: np.where(d["person"] % 2, "x", "y"))


def arrays(frame):
    return (
        frame["person"].to_numpy(),
        frame["start"].to_numpy(float),
        frame["days"].to_numpy(float),
        frame["event"].to_numpy(bool),
    )


def by_definition(frame):
    """Follow every person through every time."""
    person, entry, time, event = arrays(frame)
    times = np.unique(time)
    mean, apart = 0.0, np.zeros(person.max() + 1)
    found = []
    for at in times:
        risk = (entry < at) & (time >= at)
        own, fell = np.zeros_like(apart), np.zeros_like(apart)
        np.add.at(own, person[risk], 1)
        np.add.at(fell, person[risk & event & (time == at)], 1)
        step = fell.sum() / own.sum()
        mean += step
        apart += (fell - own * step) / own.sum()
        found.append((mean, (apart**2).sum()))
    return np.array(found)


@few
@given(rows())
def test_the_curve_is_the_sum_over_people(frame):
    curve = kernel(*arrays(frame))
    slow = by_definition(frame)
    np.testing.assert_allclose(curve.estimate[1:], slow[:, 0], rtol=1e-12)
    np.testing.assert_allclose(curve.variance[1:], slow[:, 1], rtol=1e-9, atol=1e-14)


@few
@given(rows(gaps=False))
def test_a_mean_of_people_followed_equally_long_is_an_average(frame):
    end = frame["days"].max()
    last = frame.groupby("person")["days"].max()
    rest = pd.DataFrame({"person": last.index, "start": last, "days": end, "event": False}).query("start < days")
    whole = pd.concat([frame[list(PARTS)], rest])
    table = mean_cumulative(whole, *PARTS).table
    numbers = whole.groupby("person")["event"].sum()
    assert np.isclose(table["estimate"].iloc[-1], numbers.mean())
    assert np.isclose(table["std_error"].iloc[-1], numbers.std(ddof=0) / np.sqrt(len(numbers)), atol=1e-9)


@few
@given(rows(), st.randoms(use_true_random=False), st.sampled_from([7, 0.25]))
def test_order_of_rows_labels_and_unit_of_time_do_not_matter(frame, random, factor):
    assume(frame["site"].nunique() == 2)
    ours = mean_cumulative(frame, *PARTS, by="site")
    other = frame.sample(frac=1, random_state=random.randrange(2**31))
    other = other.assign(
        start=other["start"] * factor, days=other["days"] * factor, person="p" + other["person"].astype(str)
    )
    same = mean_cumulative(other, *PARTS, by="site")
    np.testing.assert_allclose(same.table["time"], ours.table["time"] * factor)
    columns = ["at_risk", "events", "censored", "estimate", "std_error"]
    np.testing.assert_allclose(same.table[columns], ours.table[columns], rtol=1e-9, atol=1e-9)


@few
@given(rows())
def test_who_is_the_first_group_does_not_matter_to_the_test(frame):
    person, entry, time, event = arrays(frame)
    group = person % 3
    assume(set(group) == {0, 1, 2})
    one = score_test(person, entry, time, event, group, 3)
    other = score_test(person, entry, time, event, (group + 1) % 3, 3)
    assert (one is None) == (other is None)
    if one is not None and other is not None:
        assert np.isclose(one[0], other[0], rtol=1e-6)


@st.composite
def causes(draw):
    n = draw(st.integers(12, 40))
    listed = lambda values: draw(st.lists(values, min_size=n, max_size=n))  # noqa: E731 - short and local
    return pd.DataFrame(
        {
            "days": listed(st.integers(1, 8)),
            "event": listed(st.sampled_from([0, 1, 1, 2])),
            "x": listed(st.sampled_from([-1.0, 0.0, 0.5, 2.0])),
        },
    )


@few
@given(causes(), st.sampled_from(["events_stay", "events_leave"]))
def test_risk_sets_by_cumulative_sums_are_those_of_the_definition(frame, censoring):
    assume((frame["event"] == 1).any())
    x, time, cause = (frame[name].to_numpy() for name in ("x", "days", "event"))
    setup = competing.arrange(x[:, None], time, cause, 1, censoring)
    value, _, _ = competing.evaluate(setup, np.array([0.3]), "breslow")
    before, total = {}, 1.0
    for at in range(1, 10):
        before[at] = total
        gone = 0 if censoring == "events_stay" else ((time == at) & (cause != 0)).sum()
        at_risk = (time >= at).sum() - gone
        total *= 1 - ((time == at) & (cause == 0)).sum() / max(at_risk, 1)
    slow, centred = 0.0, x - x.mean()
    for own, at in zip(centred[cause == 1], time[cause == 1], strict=True):
        past = (time < at) & (cause == 2)
        weight = (time >= at) + past * before[at] / np.array([before[when] or 1 for when in time])
        slow += 0.3 * own - np.log((weight * np.exp(0.3 * centred)).sum())
    assert np.isclose(value, slow, rtol=1e-10)


@few
@given(causes(), st.sampled_from(sorted(DISTRIBUTIONS)))
def test_a_split_in_which_everybody_has_the_event_is_no_split(frame, name):
    people = read_people("t", frame.assign(event=(frame["event"] == 1)), Columns("days", "event"), [], log_time=True)
    kind, ones = DISTRIBUTIONS[name], np.ones((len(frame), 1))
    event = people.event.astype(bool)
    split, plain = (Times(ones, people.time, event, None, w) for w in (ones, None))
    scale = [] if kind.fixed_scale else [0.1]
    one = log_likelihood(kind, split, np.array([40.0, 1.0, *scale]))
    other = log_likelihood(kind, plain, np.array([1.0, *scale]))
    assert np.isclose(one[0], other[0], rtol=1e-9)
    np.testing.assert_allclose(one[1][1:], other[1], rtol=1e-7, atol=1e-7)
