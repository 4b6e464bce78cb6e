"""Recurrent and competing events worked by hand: each number is worked out beside the assertion."""

import math

import numpy as np
import pandas as pd
import pytest

from lvrn_eval.survival.fine_gray import fine_gray
from lvrn_eval.survival.kernels.mean_cumulative import score_test
from lvrn_eval.survival.mean_cumulative import mean_cumulative
from lvrn_eval.survival.recurrent import andersen_gill, pwp, wlw

# a: events at 2 and 5, followed to 6; b: no event, followed to 4; c: an event at 5, which ends their follow-up
ROWS = pd.DataFrame(
    {
        "person": ["a", "a", "a", "b", "c"],
        "start": [0, 2, 5, 0, 0],
        "days": [2, 5, 6, 4, 5],
        "event": [1, 1, 0, 0, 1],
    },
)
PARTS = ("person", "start", "days", "event")


def test_mean_number_of_events():
    """Three people at 2 and 4, two (a, c) at 5, one (a) at 6."""
    table = mean_cumulative(ROWS, *PARTS).table
    assert table[["time", "at_risk", "events", "censored"]].to_numpy().tolist() == [
        [0, 3, 0, 0],
        [2, 3, 1, 0],
        [4, 3, 0, 1],
        [5, 2, 2, 0],
        [6, 1, 0, 1],
    ]
    # 1/3 at 2; plus 2/2 at 5
    assert table["estimate"].tolist() == pytest.approx([0, 1 / 3, 1 / 3, 4 / 3, 4 / 3])
    # at 2 each adds (own events - 1/3) / 3: a 2/9, b -1/9, c -1/9; squares 4/81 + 1/81 + 1/81 = 6/81
    # at 5 those at risk add (1 - 1) / 2 = 0 each, so the variance stays
    assert (table["std_error"] ** 2).tolist() == pytest.approx([0, 6 / 81, 6 / 81, 6 / 81, 6 / 81])


def test_events_of_a_person_go_together():
    """One of four people has all four events: the robust variance is three times that of independent events."""
    rows = pd.DataFrame(
        {
            "person": ["a", "a", "a", "a", "a", "b", "c", "d"],
            "start": [0, 1, 3, 4, 6, 0, 0, 0],
            "days": [1, 3, 4, 6, 9, 9, 9, 9],
            "event": [1, 1, 1, 1, 0, 0, 0, 0],
        },
    )
    last = mean_cumulative(rows, *PARTS).table.iloc[-1]
    # four people throughout: the mean is the average number, (4 + 0 + 0 + 0) / 4 = 1
    assert last["estimate"] == 1
    # D of each is (own number - mean) / 4: (9 + 1 + 1 + 1) / 16 = 12/16; independent events would have 4 * 1/16
    assert last["std_error"] ** 2 == pytest.approx(12 / 16)


def test_score_test():
    """a alone against b and c: expected of a is 1/3 at 2 and 2 * 1/2 at 5, together 4/3; recorded 2."""
    person = np.array([0, 0, 0, 1, 2])
    arrays = [ROWS[name].to_numpy(float) for name in ("start", "days")]
    statistic, df = score_test(person, *arrays, ROWS["event"].to_numpy(bool), (person == 0).astype(int), 2)
    # a: at 2 (1 - 1/3)(1 - 1/3) = 4/9; at 5 (1 - 1/2)(1 - 1) = 0
    # b: at 2 (0 - 1/3)(0 - 1/3) = 1/9; c: at 2 1/9; at 5 (0 - 1/2)(1 - 1) = 0; the sum is 6/9 = 2 - 4/3
    # squares: (16 + 1 + 1) / 81 = 18/81; (6/9)^2 / (18/81) = 36/18 = 2
    assert (statistic, df) == pytest.approx((2, 1))


def test_andersen_gill():
    """x = 1 for a, 0 for b and c: at 2 one of three at risk has x = 1, and has the event; at 5 both at risk do."""
    rows = ROWS.assign(x=(ROWS["person"] == "a").astype(int))
    with_c = pd.concat([rows, pd.DataFrame({"person": ["d"], "start": [0], "days": [3], "event": [1], "x": [0]})])
    # at 2: e/(e + 3) for a; at 3 (d): 1/(e + 3); at 5 Breslow: e * 1 / (e + 1)^2
    # 2b - 2 log(e + 3) - 2 log(e + 1) is highest where e/(e + 3) + e/(e + 1) = 1: e² = 3
    result = andersen_gill(with_c, "x", *PARTS, ties="breslow")
    assert result.row("x")["ratio"] == pytest.approx(math.sqrt(3))
    # information 2 (3e/(e + 3)² + e/(e + 1)²) at e = sqrt 3
    e = math.sqrt(3)
    information = 2 * (3 * e / (e + 3) ** 2 + e / (e + 1) ** 2)
    assert result.table["std_error_model"].iloc[0] == pytest.approx(1 / math.sqrt(information))


def test_orders():
    """Everybody is at risk of a first event; of a second after the first (pwp), or from the start as well (wlw)."""
    rows = ROWS.assign(x=[1, 1, 1, 2, 0])
    more = pd.concat([rows, pd.DataFrame({"person": ["d"], "start": [0], "days": [6], "event": [0], "x": [0]})])
    gap = pwp(more, "x", *PARTS, time_scale="gap", max_order=1)
    assert gap.parts["orders"].table.to_dict("list") == {"order": [1], "people": [4], "events": [2]}
    both = wlw(more, "x", *PARTS, max_order=2)
    # a and c have a first event, a alone a second
    assert both.parts["orders"].table.to_dict("list") == {"order": [1, 2], "people": [4, 4], "events": [2, 1]}


def test_fine_gray():
    """Nobody is censored, so a person with the competing event stays at risk with weight 1."""
    people = pd.DataFrame({"days": [1, 2, 3, 4], "event": [1, 2, 1, 1], "x": [1, 0, 1, 0]})
    # risk sets at 1: two of each x; at 3: x of 1, 0 and the one gone at 2 (x = 0); at 4: x of 0 and of the one gone
    # e/(2e + 2) * e/(e + 2) * 1/2 is highest where 2 = 2e/(2e + 2) + e/(e + 2): 2(e+1)(e+2) = e(e+2) + e(e+1)
    # 2e² + 6e + 4 = 2e² + 3e has no root above 0: x = 1 always comes first, so the ratio runs off
    one = people.assign(x=[1, 0, 0, 1])
    # risk sets: (2e + 2), then at 3: e + 2 with event x = 0, then at 4: e + 1 with event x = 1
    # e/(2e + 2) * 1/(e + 2) * e/(e + 1): 2 = e/(e+1) + e/(e+2) + e/(e+1), so 2(e+2) = e(e+1) ... : e² - e - 4 = 0
    result = fine_gray(one, "x", "days", "event")
    assert result.row("x")["ratio"] == pytest.approx((1 + math.sqrt(17)) / 2)
