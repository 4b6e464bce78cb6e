"""Attacks of somebody who knows statistics: what the numbers of a release tell together, beside sums within a table."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from release_attacker import bounds
from release_examples import people

from lvrn_eval import survival
from lvrn_eval.release import POLICIES, protect
from lvrn_eval.result import ESTIMATE_COLUMNS, Result

STRICT = POLICIES["strict"]
WIDTH = STRICT.threshold - 1 - 1e-6
NAMES = ("none_recorded", "desisted", "reduced", "unchanged", "increased")


def compared(classes):
    """Return a before/after comparison with the shares that its classes make up."""
    _, desisted, reduced, unchanged, increased = classes
    fell = desisted + reduced
    shares = {
        "share_desisted": (fell + unchanged, desisted),
        "share_falling": (fell + unchanged + increased, fell),
        "sign_test": (fell + increased, fell),
    }
    rows = pd.DataFrame(dict.fromkeys(ESTIMATE_COLUMNS, np.nan), index=range(len(shares)))
    n, events = zip(*shares.values(), strict=True)
    rows = rows.assign(term=list(shares), group="all", n=n, n_events=events, estimate=np.array(events) / n)
    beside = pd.DataFrame({"group": "all", "class": NAMES, "people": classes})
    parts = {"classes": Result("classes", "C", beside, {}, count_columns=("people",), shape="counts")}
    return Result("change", "C", rows, {}, count_columns=("n", "n_events"), parts=parts)


@pytest.mark.parametrize(
    "classes", [(77, 65, 8, 14, 12), (40, 30, 12, 9, 25), (60, 22, 35, 11, 3), (9, 41, 27, 30, 20)]
)
def test_no_class_is_the_difference_of_two_shares(classes):
    exact = compared(classes)
    shown = protect(exact, STRICT)
    counts, seen = (
        [*one.parts["classes"].table["people"], *one.table["n_events"][:2], *one.table["n"][1:]]
        for one in (exact, shown)
    )
    sums = [
        (range(5), sum(classes)), ((1,), (5,)), ((1, 2), (6,)), ((1, 2, 3, 4), (7,)), ((1, 2, 4), (8,)),
    ]  # fmt: skip
    found = bounds([int(count) for count in counts], [bool(pd.isna(count)) for count in seen], sums)
    told = [high - low for place, (low, high) in found.items() if place < len(NAMES)]
    assert min(told) >= WIDTH


def test_the_digits_of_a_rate_ratio_do_not_tell_the_group_that_is_left():
    """Ratios to three digits leave one pair of counts, so that only the hidden groups themselves are unknown."""
    before, after = np.array([128, 120, 5, 3]), np.array([64, 50, 9, 5])
    table = pd.DataFrame(dict.fromkeys(ESTIMATE_COLUMNS, np.nan), index=range(4))
    table = table.assign(
        term="rate_ratio_robust", group=["all", "police", "self", "prison"], n=[170, 100, 40, 30],
        estimate=after / before, n_events=before + after, events_before=before, events_after=after,
        measure="rate ratio",
    )  # fmt: skip
    names = ("n", "n_events", "events_before", "events_after")
    shown = protect(Result("groups", "G", table, {}, count_columns=names), STRICT).table
    hidden = shown["events_before"].isna().to_numpy()
    assert hidden[2:].all()
    told = range(1, 4) if not hidden[0] else ()
    found = bounds(before, hidden, [(told, 128)] if told else [], exact=np.flatnonzero(~hidden))
    assert min(high - low for low, high in found.values()) >= WIDTH


def test_an_age_group_beside_all_ages_hides_none_of_them():
    """They overlap: 20 admissions of all ages are no less sure for 7 under 25 being hidden."""
    everybody, young = [18, 23, 27, 13], [5, 7, 9, 4]
    table = pd.DataFrame(
        {"area": ["all_ages", "under_25"] * 4, "period_start": np.repeat(["q1", "q2", "q3", "q4"], 2),
         "count": np.ravel([everybody, young], order="F")}
    )  # fmt: skip
    shown = protect(Result("quarters", "Q", table, {}, count_columns=("count",), shape="counts"), STRICT).table
    assert shown.loc[shown["area"] == "all_ages", "count"].tolist() == [20, 25, 25, 15]
    assert shown.loc[shown["area"] == "under_25", "count"].isna().all()


def test_the_few_whom_an_age_group_leaves_of_all_ages_cannot_be_worked_out():
    table = pd.DataFrame({"area": ["all_ages", "under_25"], "count": [61, 58]})
    shown = protect(Result("ages", "A", table, {}, count_columns=("count",), shape="counts"), STRICT).table
    assert shown["count"].notna().sum() == 1


def test_a_method_tells_no_exact_number_of_rows():
    method = {"lineage": {"one": "a.events (12172 rows)", "two": "a.custody (7 rows); a.people (13 rows)"}}
    shown = protect(Result("r", "R", pd.DataFrame({"group": ["all"]}), method), STRICT).method
    assert shown["lineage"] == {
        "one": "a.events (12170 rows)", "two": "a.custody (fewer than 10 rows); a.people (15 rows)"
    }  # fmt: skip


def test_a_curve_under_another_name_is_protected_like_itself():
    curve = survival.kaplan_meier(people(), time="days", event="event", times=(91, 183))
    other = replace(curve, name="time_to_first", title="Time to the first event")
    one, two = protect(curve, STRICT), protect(other, STRICT)
    assert two.name == "time_to_first"
    assert str(two.method["rounding"]).startswith("cumulative")
    assert two.table["estimate"].notna().all()
    assert len(two.table) > 2
    pd.testing.assert_frame_equal(one.table, two.table)
