"""The specification curve drawn: columns in order of the ratio, dots where a choice was made, hidden as hidden."""

import math
from itertools import combinations, product

import numpy as np
import pytest
from figures_examples import HOSTILE, made
from test_figures_drawn import boxes

from lvrn_eval.report.figures import alt_text, draw
from lvrn_eval.report.theme import NAVY, PLUM, svg

COLUMNS = ("group", "estimate", "conf_low", "conf_high", "descriptive", "main", "window", "custody")
WINDOWS = ("183 days", "365 days", "all")
RATIOS = (0.8, 0.7, 1.3, 0.5, 0.9, 1.1)


def curve(ratios=RATIOS, *, windows=WINDOWS, few=(), hidden=(), width=1.4):
    options = list(product(windows, ("taken out", "ignored")))[: len(ratios)]
    rows = [
        (str(n), ratio, ratio / width, ratio * width, n in few, n == 0, *option)
        for n, (ratio, option) in enumerate(zip(ratios, options, strict=True))
    ]
    cells = [(row, column) for row in hidden for column in COLUMNS[1:4]]
    method = {"varied": ["window", "custody"], "conf_level": 0.95}
    return made("specification_curve", COLUMNS, rows, hidden=cells, method=method, shape="estimates")


def marks(axes, marker):
    """Return where the marks of one shape are, in order."""
    lines = [line for line in axes.lines if line.get_marker() == marker]
    return sorted((float(x), float(y)) for line in lines for x, y in zip(*line.get_data(), strict=True))


def parts(figure):
    """Return the axes of the ratios and those of the matrix."""
    _, ratios, matrix = figure.axes
    return ratios, matrix


def test_ratios_stand_from_the_smallest_up_with_the_main_one_marked():
    ratios, _ = parts(draw(curve()))
    others = marks(ratios, "o")
    (main,) = marks(ratios, "D")
    together = sorted([*others, main])
    assert [x for x, _ in together] == list(range(6))
    assert [y for _, y in together] == sorted(RATIOS)
    assert main == (2.0, 0.8)


def test_a_dot_stands_where_a_choice_was_made():
    _, matrix = parts(draw(curve()))
    found = [*marks(matrix, "o"), *marks(matrix, "D")]
    heights = sorted({y for _, y in found})
    # three windows, then two ways with custody; every column has one dot of each
    assert len(heights) == 5
    rows = {level: sorted(x for x, y in found if y == height)
            for level, height in zip((*WINDOWS, "taken out", "ignored"), heights, strict=True)}  # fmt: skip
    options = list(product(WINDOWS, ("taken out", "ignored")))
    order = np.argsort(RATIOS)
    for level, columns in rows.items():
        assert columns == [place for place, n in enumerate(order) if level in options[n]]


def test_filled_means_that_the_interval_leaves_out_1_and_enough_people():
    ratios, _ = parts(draw(curve(few=(3,))))
    filled = [line for line in ratios.lines if line.get_marker() == "o" and line.get_markerfacecolor() == NAVY]
    # 0.5 rests on few people; of the others only 0.7 lies far enough from 1
    assert [list(line.get_ydata()) for line in filled] == [[0.7]]


def test_hidden_and_missing_ratios_stand_last_and_are_not_drawn():
    result = curve((0.8, math.nan, 1.3, 0.5, 0.9, 1.1), hidden=(3,))
    ratios, matrix = parts(draw(result))
    assert [x for x, _ in [*marks(ratios, "o"), *marks(ratios, "D")]] == [1, 2, 3, 0]
    hatched = [patch for patch in ratios.patches if patch.get_hatch()]
    assert [patch.get_x() + 0.5 for patch in hatched] == [5]
    assert len(marks(matrix, "o")) == 10
    assert alt_text(result).endswith("1 specification without a ratio. 1 number is hidden as too small to show.")


def test_alternative_text():
    assert alt_text(curve()) == (
        "Specification curve of 6 rate ratios, after over before, with intervals. From 0.50 (0.36 to 0.70) (window: "
        "365 days; days in custody: ignored) to 1.30 (0.93 to 1.82) (window: 365 days; days in custody: taken out). "
        "2 of 6 intervals leave out 1. The main specification: 0.80 (0.57 to 1.12)."
    )


EXAMPLES = {
    "plain": curve(),
    "one": curve((0.8,)),
    "empty": curve(()),
    "all_hidden": curve(hidden=range(6)),
    "none_known": curve((math.nan,) * 6),
    "wide": curve(width=500.0),
    "zero_and_infinite": curve((0.0, math.inf, 0.8, 1.0, 1e-9, 1e9)),
    "hostile": curve(windows=HOSTILE[:3]),
    "many": curve([0.5 + n / 300 for n in range(300)], windows=[f"{n} days" for n in range(1, 151)]),
}


@pytest.fixture(scope="module", params=EXAMPLES)
def example(request):
    return EXAMPLES[request.param], draw(EXAMPLES[request.param])


def test_nothing_is_cut_off_or_overlaps(example):
    _, figure = example
    found = boxes(figure)
    wide, tall = figure.bbox.width, figure.bbox.height
    assert [t for t, box in found if box.x0 < -1 or box.y0 < -1 or box.x1 > wide + 1 or box.y1 > tall + 1] == []
    assert [
        (one, other)
        for (one, a), (other, b) in combinations(found, 2)
        if min(a.x1, b.x1) - max(a.x0, b.x0) > 1 and min(a.y1, b.y1) - max(a.y0, b.y0) > 3
    ] == []


def test_same_result_same_bytes_and_words_that_fit(example):
    result, figure = example
    assert svg(figure) == svg(draw(result))
    assert figure.get_label() == alt_text(result)
    assert 1 <= len(alt_text(result)) <= 1_000


def test_the_main_one_is_told_by_its_shape_as_well():
    ratios, matrix = parts(draw(curve()))
    for axes in (ratios, matrix):
        shaped = [line for line in axes.lines if line.get_marker() == "D" and len(line.get_xdata())]
        assert {line.get_color() for line in shaped} == {PLUM}
        assert all(line.get_marker() != "D" for line in axes.lines if line.get_color() != PLUM)
