"""The drawing of regression to the mean: every number it shows is in its words, and what is hidden is not."""

import numpy as np
import pandas as pd

from lvrn_eval.release import POLICIES, protect
from lvrn_eval.report.figures import alt_text, draw
from lvrn_eval.result import Result


def result(people, high=1.18):
    rows = [
        (term, way, *values, 0.95, people, 60, "rate ratio")
        for way in ("model", "pool")
        for term, values in (
            ("naive", (0.61, 0.49, 0.76)),
            ("expected", (0.71, 0.63, 0.8)),
            ("left", (0.86, 0.61, high)),
        )
    ]
    columns = ["term", "group", "estimate", "conf_low", "conf_high", "conf_level", "n", "n_events", "measure"]
    return Result(
        "regression_to_mean", "made up", pd.DataFrame(rows, columns=columns), {"conf_level": 0.95},
        count_columns=("n", "n_events"), figure="regression_to_mean",
    )  # fmt: skip


def written(figure):
    return [text.get_text() for text in figure.axes[0].texts]


def test_words_and_numbers():
    texts = written(draw(result(100)))
    for text in ("From each person's own record before", "Recorded", "What is left", "0.86 (0.61 to 1.18)"):
        assert text in texts
    assert "Ratio (95% interval)" in texts
    assert alt_text(result(100)).startswith("Chart of the recorded rate ratio")
    assert "From people who were not selected: recorded 0.61 (0.49 to 0.76);" in alt_text(result(100))


def test_marks_differ_in_shape():
    markers = {line.get_marker() for line in draw(result(100)).axes[0].lines}
    assert {"o", "D", "s"} <= markers


def test_a_limit_beyond_the_axis_ends_in_an_arrow():
    figure = draw(result(100, high=np.inf))
    assert ">" in {line.get_marker() for line in figure.axes[0].lines}
    assert any(text.startswith("Arrows") for text in written(figure))


def test_hidden_is_hatched_and_not_said():
    hidden = protect(result(6), POLICIES["strict"])
    texts = written(draw(hidden))
    assert not any("0.86" in text or "0.61" in text for text in texts)
    assert texts.count("[c]") == 6
    assert "0.86" not in alt_text(hidden)


def test_nothing_to_draw():
    empty = Result("regression_to_mean", "made up", result(50).table.head(0), {}, figure="regression_to_mean")
    assert "There is no ratio to draw" in alt_text(empty)
    draw(empty)
