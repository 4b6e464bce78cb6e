"""The grid of programmes and outcomes: complete in marks and words, at every extreme."""

from __future__ import annotations

import pandas as pd
import pytest
from figures_examples import HOSTILE
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.text import Text

from lvrn_eval.report.figures import alt_text, draw
from lvrn_eval.report.figures.coverage import MARKS
from lvrn_eval.report.theme import svg, themed
from lvrn_eval.result import Result

COLUMNS = ["programme", "outcome", "number", "mark", "strength", "indicators", "reason"]


def coverage(programmes, outcomes, marks=MARKS):
    cells = [(programme, outcome) for programme in programmes for outcome in outcomes]
    rows = [
        (programme, outcome, f"{outcomes.index(outcome) + 1}.1", marks[place % len(marks)], "", "", "")
        for place, (programme, outcome) in enumerate(cells)
    ]
    return Result("coverage", "T", pd.DataFrame(rows, columns=COLUMNS), {}, shape="counts", figure="coverage")


EXAMPLES = {
    "plain": coverage(["champions", "grip"], ["wellbeing", "trust", "safety"]),
    "empty": coverage([], []),
    "one": coverage(["champions"], ["wellbeing"]),
    "full": coverage([f"programme_{n}" for n in range(13)], [f"outcome_{n}" for n in range(14)]),
    "many": coverage([f"programme_{n}" for n in range(50)], [f"outcome_{n}" for n in range(45)]),
    "hostile": coverage(list(HOSTILE), list(HOSTILE), ["measured", "none such", "<b>", "nothing", ""]),
}


@pytest.mark.parametrize("name", EXAMPLES)
def test_nothing_is_cut_off(name: str) -> None:
    figure = draw(EXAMPLES[name])
    with themed():
        canvas = FigureCanvasAgg(figure)
        canvas.draw()
        boxes = [
            (text.get_text(), text.get_window_extent(canvas.get_renderer()))
            for text in figure.findobj(Text)
            if text.get_visible() and text.get_text().strip()
        ]
    wide, tall = figure.bbox.width, figure.bbox.height
    assert [text for text, b in boxes if b.x0 < -1 or b.y0 < -1 or b.x1 > wide + 1 or b.y1 > tall + 1] == []
    assert svg(figure) == svg(draw(EXAMPLES[name]))


def test_said_in_words() -> None:
    assert alt_text(EXAMPLES["plain"]) == (
        "Grid of 2 programmes by 3 outcomes: 2 measured, 2 counted only, 1 claimed, 1 nothing. "
        "Measured by nobody: Safety."
    )
    assert alt_text(EXAMPLES["empty"]) == "Grid. There is no coverage to draw: the table is empty."


def test_whoever_measures_nothing_is_said() -> None:
    said = alt_text(coverage(["champions", "grip"], ["wellbeing"], ["measured", "claimed"]))
    assert said == (
        "Grid of 2 programmes by 1 outcome: 1 measured, 0 counted only, 1 claimed, 0 nothing. "
        "Measuring no outcome: Grip."
    )


def test_marks_are_drawn_for_all_but_nothing() -> None:
    figure = draw(coverage(["champions"], ["a", "b", "c", "d"]))
    # four in the grid and four in the legend, of which `nothing` is a dot
    boxes = [patch for patch in figure.axes[0].patches if patch.__class__.__name__ == "FancyBboxPatch"]
    assert len(boxes) == 6
