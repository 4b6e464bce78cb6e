"""The event study drawn: every point where its month is, what is hidden as hidden, and the same in words."""

import math
from itertools import combinations

import numpy as np
import pandas as pd
import pytest
from figures_examples import made
from test_figures_drawn import boxes

from lvrn_eval.report.figures import alt_text, draw
from lvrn_eval.report.theme import svg

COLUMNS = ("time", "people", "events", "exposure", "rate", "conf_low", "conf_high")
OPENING = (
    "Chart of recorded events per person-month from 6 months before to 6 months after the referral, with intervals."
)
METHOD = {"anchor_name": "the referral", "step": 1, "conf_level": 0.95}


def study(rates, *, people=50, step=1, hidden=(), **method):
    half = len(rates) // 2
    times = [*range(-half * step, 0, step), *range(step, half * step + 1, step)]
    rows = [
        (time, people, round(rate * people), float(people * step), rate, rate / 2, rate * 2)
        for time, rate in zip(times, rates, strict=True)
    ]
    cells = [(row, column) for row in hidden for column in COLUMNS[2:]]
    return made("event_study", COLUMNS, rows, hidden=cells, method=METHOD | {"step": step} | method)


RATES = [0.1, 0.12, 0.08, 0.1, 0.2, 0.4, 0.1, 0.08, 0.06, 0.1, 0.12, 0.1]


def points(figure):
    """Return where the marks of rates are, and the texts of the sheet."""
    axes = figure.axes[1]
    marks = [line for line in axes.lines if line.get_marker() in {"o", "D"}]
    return {line.get_marker(): (list(line.get_xdata()), list(line.get_ydata())) for line in marks}


def texts(figure):
    return [text.get_text() for axes in figure.axes for text in axes.texts]


def test_points_stand_in_the_middle_of_their_months():
    found = points(draw(study(RATES)))
    assert found["o"][0] == [-5.5, -4.5, -3.5, -2.5, -1.5, -0.5]
    assert found["D"][0] == [0.5, 1.5, 2.5, 3.5, 4.5, 5.5]
    assert [*found["o"][1], *found["D"][1]] == RATES
    quarters = points(draw(study(RATES, step=3)))
    assert quarters["o"][0][-1] == -1.5
    assert quarters["D"][0][0] == 1.5


@pytest.mark.parametrize(("n", "step"), [(12, 1), (48, 1), (16, 3), (72, 1), (20, 6), (240, 1)])
def test_ticks_hold_both_ends_and_the_anchor(n, step):
    figure = draw(study([0.1] * n, step=step))
    ticks = list(figure.axes[1].get_xticks())
    assert (ticks[0], ticks[-1]) == (-n // 2 * step, n // 2 * step)
    assert 0 in ticks
    assert 3 <= len(ticks) <= 9


def test_numbers_stand_below_their_months():
    found = texts(draw(study(RATES)))
    # ticks two months apart: people after each, events between
    assert found.count("50") == 6
    assert {"11", "9", "30", "8"} <= set(found)
    assert "Referral" in found
    assert "Months before (\N{MINUS SIGN}) and after (+) the referral" in found


def test_what_is_hidden_is_hatched_and_not_drawn():
    result = study(RATES, hidden=(0, 7))
    figure = draw(result)
    found = points(figure)
    assert len(found["o"][0]) == len(found["D"][0]) == 5
    assert [patch.get_x() for patch in figure.axes[1].patches] == [-6, 1]
    assert "[c]" in texts(figure)
    assert any("tend to be high" in text for text in texts(figure))
    assert alt_text(result) == (
        f"{OPENING} "
        "Highest 0 to 1 months before: 0.40 (0.20 to 0.80). At risk: 50 people at the beginning, 50 just after the "
        "referral, 50 at the end. 2 points hidden as too small to show."
    )


def test_alt_text_of_everything_shown():
    assert alt_text(study(RATES)) == (
        f"{OPENING} "
        "Highest 0 to 1 months before: 0.40 (0.20 to 0.80). On average 0.17 before and 0.09 after. At risk: 50 people "
        "at the beginning, 50 just after the referral, 50 at the end."
    )


def test_everything_hidden_has_no_scale():
    result = study(RATES, hidden=range(12))
    figure = draw(result)
    assert points(figure) == {"o": ([], []), "D": ([], [])}
    assert [label.get_text() for label in figure.axes[1].get_yticklabels()] == [""] * len(figure.axes[1].get_yticks())
    assert "Highest" not in alt_text(result)


def test_no_event_at_all():
    result = study([0.0] * 12)
    draw(result)
    assert "No recorded event in what is shown." in alt_text(result)


def test_a_limit_far_above_is_cut_and_said_so():
    result = study(RATES)
    table = result.table.assign(conf_high=np.where(result.table["time"] == 3, 40.0, result.table["conf_high"]))
    figure = draw(made("event_study", COLUMNS, table.to_numpy().tolist(), method=METHOD))
    assert figure.axes[1].get_ylim()[1] < 2
    assert any("an arrow: it goes on beyond the chart" in text for text in texts(figure))


def test_months_nobody_is_at_risk_in_are_empty_and_not_hidden():
    result = study(RATES)
    table = result.table.astype({"rate": float})
    table.loc[[0, 11], ["people", "events", "exposure"]] = 0
    table.loc[[0, 11], ["rate", "conf_low", "conf_high"]] = math.nan
    result = made("event_study", COLUMNS, table.to_numpy().tolist(), method=METHOD)
    figure = draw(result)
    assert len(points(figure)["o"][0]) == 5
    assert list(figure.axes[1].patches) == []
    assert "At risk: 0 people at the beginning" in alt_text(result)


def test_an_empty_table_says_so():
    empty = made("event_study", COLUMNS, [], method=METHOD)
    draw(empty)
    assert alt_text(empty) == "Chart of monthly rates. There is no month to draw: the table is empty."


def test_rows_in_any_order_draw_the_same():
    result = study(RATES)
    turned = made("event_study", COLUMNS, result.table.iloc[::-1].to_numpy().tolist(), method=METHOD)
    assert points(draw(turned)) == points(draw(result))
    pd.testing.assert_series_equal(
        turned.table["time"][::-1].reset_index(drop=True), result.table["time"], check_dtype=False
    )


@pytest.mark.parametrize(
    "result",
    [
        study(RATES),
        study([0.1] * 48, people=123_456),
        study([0.1] * 16, step=3, hidden=range(3, 14)),
        study([0.1] * 240, people=9_999, hidden=range(240)),
        study([4000.0] * 12, anchor_name="the first contact"),
        study([0.0001] * 8, people=1, anchor_name="the last contact"),
    ],
)
def test_nothing_is_cut_off_or_overlaps_at_any_size(result):
    figure = draw(result)
    found = boxes(figure)
    wide, tall = figure.bbox.width, figure.bbox.height
    assert [text for text, box in found if box.x0 < -1 or box.y0 < -1 or box.x1 > wide + 1 or box.y1 > tall + 1] == []
    over = [
        (one, other)
        for (one, a), (other, b) in combinations(found, 2)
        if min(a.x1, b.x1) - max(a.x0, b.x0) > 1 and min(a.y1, b.y1) - max(a.y0, b.y0) > 3
    ]
    assert over == []
    assert svg(figure) == svg(draw(result))
    assert len(figure.get_label()) < 1_000
