"""What must hold whatever the records: counts against counting day by day, and symmetries of the estimates."""

from datetime import date, timedelta

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lvrn_eval.offending import pre_post, pre_post_counts

START = date(2023, 12, 1)
some, few = settings(max_examples=12), settings(max_examples=8)
COLUMNS = ["before", "during", "after", "days_before", "days_during", "days_after"]


def day(number):
    return START + timedelta(days=number)


@st.composite
def records(draw):
    """Return people, events, custody and the choices, all within some 60 days around a leap day."""
    as_of = draw(st.integers(60, 100))
    n = draw(st.integers(1, 15))
    contacts = [sorted(draw(st.tuples(st.integers(10, as_of), st.integers(10, as_of)))) for _ in range(n)]
    who = st.sampled_from([f"p{i}" for i in range(n)] + ["stranger"])
    events = draw(st.lists(st.tuples(who, st.integers(0, 110), st.sampled_from(["suspect", "charge"])), max_size=80))
    spells = draw(st.lists(st.tuples(who, st.integers(0, 100), st.none() | st.integers(0, 25)), max_size=20))
    window = st.just("all") | st.integers(1, 40).map("{} days".format)
    choices = {
        "as_of": as_of,
        "observed_from": draw(st.none() | st.integers(0, 40)),
        "before": draw(window),
        "after": draw(window),
        "incomplete": draw(st.sampled_from(["drop", "rate"])),
    }
    return contacts, events, spells, choices


def frames(contacts, events, spells, choices):
    people = pd.DataFrame(
        {
            "person_id": [f"p{i}" for i in range(len(contacts))],
            "first_contact": pd.to_datetime([day(first) for first, _ in contacts]),
            "last_contact": pd.to_datetime([day(last) for _, last in contacts]),
        },
    )
    dated = pd.DataFrame(
        {
            "person_id": [who for who, _, _ in events],
            "on": pd.to_datetime([day(on) for _, on, _ in events]),
            "kind": [kind for *_, kind in events],
        },
    )
    custody = pd.DataFrame(
        {
            "person_id": [who for who, _, _ in spells],
            "starts_on": pd.to_datetime([day(start) for _, start, _ in spells]),
            "ends_on": pd.to_datetime([None if length is None else day(start + length) for _, start, length in spells]),
        },
    )
    # a column without rows would be one of numbers
    people, dated, custody = (frame.astype({"person_id": object}) for frame in (people, dated, custody))
    named = dict(choices)
    for name in ("as_of", "observed_from"):
        named[name] = None if choices[name] is None else day(choices[name])
    return people, dated, custody, named


def away_days(spells, as_of):
    """Return the days strictly inside custody, by joining spells that share a day until nothing changes."""
    open_end = as_of + 1
    merged = [[start, open_end if length is None else start + length] for start, length in spells if start <= as_of]
    merged.sort()
    joined = []
    for start, end in merged:
        if joined and start <= joined[-1][1]:
            joined[-1][1] = max(joined[-1][1], end)
        else:
            joined.append([start, end])
    return {number for start, end in joined for number in range(start + 1, end)}


def by_hand(contacts, events, spells, choices):
    """Count day by day, person by person."""
    as_of, start = choices["as_of"], choices["observed_from"]
    length = {side: None if choices[side] == "all" else int(choices[side].split()[0]) for side in ("before", "after")}
    found = {}
    for i, (first, last) in enumerate(contacts):
        opens = first - length["before"] if length["before"] else -10_000
        closes = last + length["after"] if length["after"] else as_of
        cut = (length["before"] and start is not None and opens < start) or closes > as_of
        if cut and choices["incomplete"] == "drop":
            continue
        opens, closes = max(opens, start if start is not None else opens), min(closes, as_of)
        away = away_days([(begin, n) for who, begin, n in spells if who == f"p{i}"], as_of)
        periods = [set(range(opens, first)), set(range(first, last + 1)), set(range(last + 1, closes + 1))]
        at_risk = [period - away for period in periods]
        mine = [on for who, on, kind in events if who == f"p{i}" and kind == "suspect"]
        unknown = length["before"] is None and start is None
        days = [None if unknown else len(at_risk[0]), len(at_risk[1]), len(at_risk[2])]
        found[f"p{i}"] = [*(sum(on in period for on in mine) for period in at_risk), *days]
    return found


@some
@given(records())
def test_counting_day_by_day(drawn):
    people, events, custody, named = frames(*drawn)
    table = pre_post_counts(people, events, kinds=["suspect"], custody=custody, **named).to_pandas()
    ours = {
        row["person_id"]: [None if pd.isna(row[column]) else int(row[column]) for column in COLUMNS]
        for _, row in table.iterrows()
    }
    assert ours == by_hand(*drawn)


def seen(result):
    return [result.table, result.parts["classes"].table, result.parts["pairs"].table, result.parts["exposure"].table]


@few
@given(records(), st.randoms(use_true_random=False))
def test_row_order_and_names_of_people_do_not_matter(drawn, random):
    people, events, custody, named = frames(*drawn)
    given_frames = {"custody": custody, "kinds": ["suspect"], **named}
    expected = pre_post(people, events, **given_frames)

    def mixed(frame):
        order = list(range(len(frame)))
        random.shuffle(order)
        return frame.iloc[order].assign(person_id=lambda f: f["person_id"].map(lambda name: f"x{name[::-1]}"))

    given_frames["custody"] = mixed(custody)
    again = pre_post(mixed(people), mixed(events), **given_frames)
    for left, right in zip(seen(expected), seen(again), strict=True):
        pd.testing.assert_frame_equal(left, right, check_exact=True)
    assert [str(sentence) for sentence in expected.text] == [str(sentence) for sentence in again.text]


@few
@given(records())
def test_numbers_add_up_and_doubling_everybody_halves_the_robust_variance(drawn):
    people, events, custody, named = frames(*drawn)
    named["kinds"] = ["suspect"]
    once = pre_post(people, events, custody=custody, **named)
    twin = [pd.concat([f, f.assign(person_id=f["person_id"].map("twin {}".format))]) for f in (people, events, custody)]
    twice = pre_post(twin[0], twin[1], custody=twin[2], **named)
    classes, pairs, n = (once.parts[name].table["people"].sum() for name in ("classes", "pairs", "classes"))
    assert classes == pairs == n == once.row("mcnemar_exact")["n"]
    exposure = once.parts["exposure"].table
    assert exposure["events"].sum() == (
        once.check("events_outside_windows").counts[1]
        - once.check("events_outside_windows").counts[0]
        - once.check("events_in_custody").counts[0]
    )
    for name in ("classes", "pairs"):
        np.testing.assert_array_equal(2 * once.parts[name].table["people"], twice.parts[name].table["people"])
    before, after = once.row("rate_ratio_robust"), twice.row("rate_ratio_robust")
    assert after["estimate"] == pytest.approx(before["estimate"], rel=1e-12, nan_ok=True)
    assert after["std_error"] ** 2 == pytest.approx(before["std_error"] ** 2 / 2, rel=1e-9, nan_ok=True)
