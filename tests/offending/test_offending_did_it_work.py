"""The designs side by side: every row is another result's own, and the paragraph follows the rules case by case."""

import math

import numpy as np
import pandas as pd
import pytest
from offending_families_people import ASKED, made

from lvrn_eval.offending.did_it_work import did_it_work
from lvrn_eval.offending.pre_post import pre_post
from lvrn_eval.offending.specification import specification_curve
from lvrn_eval.phrases import WEAKEST
from lvrn_eval.release import POLICIES, protect
from lvrn_eval.result import Check, Result

FALL = [(4, 1), (2, 1), (1, 1), (3, 0)] * 12
SAME = [(1, 2), (2, 1), (1, 1), (0, 1), (1, 0)] * 10


def compared(counts):
    return pre_post(*made(counts), **ASKED)


def expected(left, n=48):
    """Return a result as regression_to_mean's, of so many people, with what is left by each way."""
    rows = [("naive", way, 0.3, 0.2, 0.45, n) for way in left]
    rows += [("expected", way, 0.6 + i / 10, 0.5, 0.9, n) for i, way in enumerate(left)]
    rows += [("left", way, math.sqrt(low * high), low, high, n) for way, (low, high) in left.items()]
    table = pd.DataFrame(rows, columns=["term", "group", "estimate", "conf_low", "conf_high", "n"])
    return Result("regression_to_mean", "", table.assign(std_error=0.1, conf_level=0.95, n_events=n), {})


def series(low, high, n=48, *, holds=True):
    ends = {"ratio": math.sqrt(low * high), "ratio_low": low, "ratio_high": high}
    row = {"term": "after", "n": n, "n_events": 40, "n_events_reference": 60, "std_error": 0.2, "conf_level": 0.95}
    checks = (Check("end_of_observation", holds, ""), Check("time_modelled", None, ""))
    return Result("case_series", "", pd.DataFrame([row | ends]), {}, checks)


def around(*, peak):
    return Result("event_study", "", pd.DataFrame(), {}, (Check("peak_before_anchor", not peak, ""),))


BELOW = {"model": (0.4, 0.8), "earlier_window": (0.3, 0.9), "simulation": (0.5, 0.7)}
MIXED = BELOW | {"earlier_window": (0.6, 1.2)}
MORE = "Recorded events fell by more than was to be expected with no effect. Something changed; whether"
NOT_SETTLED = (
    "Recorded events fell, but it is not settled that they fell by more than was to be expected with no effect"
)
ALONE = "Recorded events fell; whether the programme is the reason cannot be told from that."
FELL = compared(FALL)


@pytest.mark.parametrize(
    ("more", "said", "unsaid"),
    [
        ({}, [ALONE], ["expected to be", "peak", "quieter"]),
        ({"expected": expected(BELOW)}, [MORE, "between 0.60 and 0.80, depending on how"], [NOT_SETTLED]),
        ({"expected": expected(MIXED)}, [NOT_SETTLED], [MORE]),
        ({"expected": expected({"model": (1.1, 1.5)})}, [NOT_SETTLED, "expected to be 0.60."], [MORE]),
        ({"expected": expected(BELOW), "series": series(0.4, 0.7)}, [MORE, "was lower by between 30% and 60%"], []),
        (
            {"expected": expected(BELOW), "series": series(0.8, 1.3)},
            [NOT_SETTLED, "could be lower by as much as"],
            [MORE],
        ),
        ({"expected": expected(BELOW), "series": series(0.4, 0.7, 12)}, [NOT_SETTLED], [MORE, "quieter"]),
        ({"expected": expected(BELOW), "series": series(0.4, 0.7, holds=False)}, [NOT_SETTLED], [MORE, "quieter"]),
        (
            {"expected": expected(BELOW), "around": around(peak=True)},
            [MORE, "a peak just before people are referred"],
            [],
        ),
        ({"expected": expected(BELOW), "around": around(peak=False)}, [MORE], ["peak"]),
    ],
)
def test_the_paragraph_case_by_case(more, said, unsaid):
    (sentence,) = did_it_work(FELL, **more).text
    text = str(sentence)
    assert "48 people" in text
    assert "in the days" not in text
    assert text.endswith(WEAKEST)
    assert all(one in text for one in said)
    assert not any(one in text for one in unsaid)


def test_no_change_that_can_be_told():
    text = str(did_it_work(compared(SAME), expected=expected(BELOW)).text[0])
    assert "Whether recorded events fell or rose cannot be told" in text
    assert "more people would be needed to tell which." in text
    assert "fell by more" not in text


def test_few_people():
    text = str(did_it_work(compared(FALL[:8]), expected=expected(BELOW, 8), series=series(0.4, 0.7, 8)).text[0])
    assert text == (
        "With 8 people, fewer than 30, this is descriptive only: nothing is concluded. Whether the programme worked "
        f"cannot be said. {WEAKEST}"
    )


def test_a_direction_only_where_exact_and_robust_interval_agree():
    # clustering: a few people have everything, so only the exact interval excludes no change
    result = compared([(30, 0), (30, 0), (0, 20)] + [(1, 1)] * 30)
    exact, robust = result.row("rate_ratio_exact"), result.row("rate_ratio_robust")
    assert exact["conf_high"] < 1 < robust["conf_high"]
    row = did_it_work(result).row("main")
    assert (row["ratio_low"], row["ratio_high"]) == (min(exact["conf_low"], robust["conf_low"]), robust["conf_high"])
    assert "cannot be told" in str(did_it_work(result).text[0])


def test_every_row_is_another_results_own():
    people, events = made(FALL)
    ends = {name: value for name, value in ASKED.items() if name != "kinds"}
    curve = specification_curve(
        people, events, grid={"kinds": {"Suspect": ["suspect"]}, "window": ["20 days", "56 days", "all"]}, **ends
    )
    other = compared(SAME)
    result = did_it_work(
        FELL, others={"Elsewhere": other}, expected=expected(MIXED), series=series(0.8, 1.3), choices=curve
    )
    assert result.table["term"].tolist() == [
        "main", "other_1", *(f"expected_{way}" for way in MIXED), *(f"left_{way}" for way in MIXED), "series_after",
        "choices_smallest", "choices_largest",
    ]  # fmt: skip
    ratios = result.table.set_index("term")["ratio"]
    assert ratios["main"] == FELL.row("rate_ratio_robust")["estimate"]
    assert ratios["other_1"] == other.row("rate_ratio_robust")["estimate"]
    assert ratios["left_earlier_window"] == pytest.approx(math.sqrt(0.6 * 1.2))
    assert ratios["series_after"] == pytest.approx(math.sqrt(0.8 * 1.3))
    assert ratios["choices_smallest"] == curve.table["estimate"].min()
    assert ratios["choices_largest"] == curve.table["estimate"].max()
    np.testing.assert_allclose(result.table["estimate"], np.log(result.table["ratio"]))
    assert result.row("other_1")["label"] == "Elsewhere"
    counts = result.table[list(result.count_columns)].to_numpy().ravel()
    assert {int(count) for count in counts if not pd.isna(count)} <= set(result.text[0].counts)


def test_the_paragraph_is_said_again_behind_the_wall():
    result = did_it_work(FELL, expected=expected(MIXED), series=series(0.8, 1.3), around=around(peak=True))
    shown = str(protect(result, POLICIES["strict"]).text[0])
    assert "about 50 people" in shown
    assert "48 people" not in shown
    assert NOT_SETTLED in shown
    assert shown.endswith(WEAKEST)
    few = did_it_work(compared(FALL[:8]))
    text = str(protect(few, POLICIES["strict"]).text[0])
    assert text.startswith("With fewer than 30 people, this is descriptive only")
    assert "8 people" not in text


def test_hidden_numbers_are_not_spoken_of():
    # nobody but a few had an event after, so the ratio is hidden
    result = did_it_work(compared([(1, 0)] * 45 + [(0, 1)] * 3), expected=expected(BELOW))
    shown = protect(result, POLICIES["strict"])
    assert pd.isna(shown.row("main")["ratio"])
    text = str(shown.text[0])
    assert "cannot be compared: there is no interval." in text
    assert "nan" not in text
    assert "cannot be told" in text
