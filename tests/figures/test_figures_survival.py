"""The drawings of models, and of competing and recurrent events: words, marks, and nothing that is hidden."""

from __future__ import annotations

import math
from itertools import combinations

import numpy as np
import pandas as pd
import pytest
from figures_examples import CURVE, HOSTILE, STEPS_OF_A, STEPS_OF_B, curve, made
from matplotlib.lines import Line2D
from matplotlib.patches import Rectangle
from matplotlib.text import Text
from test_figures_drawn import boxes

from lvrn_eval.report.figures import alt_text, draw
from lvrn_eval.report.figures.axis import ratio_ticks
from lvrn_eval.report.figures.curve_lines import DAYS_PER_MONTH
from lvrn_eval.report.theme import svg
from lvrn_eval.result import ESTIMATE_COLUMNS

NAN = math.nan


def words(figure):
    return [text.get_text() for text in figure.findobj(Text) if text.get_text().strip()]


def hatched(figure):
    return [shape for shape in figure.findobj(Rectangle) if shape.get_hatch()]


def steps(figure):
    return [line for axes in figure.axes[1:] for line in axes.lines if line.get_drawstyle() == "steps-post"]


# --- ratios -----------------------------------------------------------------------------------------------------------

RATIO = ("ratio", "ratio_low", "ratio_high")
COX = [
    # term, ratio, low, high, variable, label, level, reference
    ("fin", 0.68, 0.47, 1.0, "fin", "fin", "", ""),
    ("age", 0.94, 0.9, 0.99, "age", "age", "", ""),
    ("site[T.preston]", 1.34, 0.73, 2.5, "site", "site: preston", "preston", "burnley"),
    ("site[T.chorley]", 2.1, 1.2, 3.6, "site", "site: chorley", "chorley", "burnley"),
]


def ratios(rows=COX, *, hidden=(), method=None, measure=None):
    columns = [*ESTIMATE_COLUMNS, *RATIO, "variable", "label", "level", "reference"]
    full = []
    for term, ratio, low, high, variable, label, level, reference in rows:
        logs = [math.log(value) if 0 < value < math.inf else value for value in (ratio, low, high)]
        row = dict(zip(("estimate", "conf_low", "conf_high"), logs, strict=True)) | {"term": term, "group": "all"}
        row |= dict(zip(RATIO, (ratio, low, high), strict=True)) | {"variable": variable, "label": label}
        full.append(row | {"level": level, "reference": reference, "n": 100, "n_events": 40})
    table = pd.DataFrame(full, columns=columns)
    if measure:
        table["measure"] = measure
    method = {"estimator": "Cox proportional hazards", "conf_level": 0.95} if method is None else method
    cells = [(row, column) for row in hidden for column in (*RATIO, "estimate", "conf_low", "conf_high")]
    return made("forest", list(table.columns), table, shape="estimates", method=method, hidden=cells)


def differences():
    rows = [
        {"term": "rmst", "group": "a", "estimate": 12.5, "conf_low": -3.0, "conf_high": 28.0},
        {"term": "rmst", "group": "b", "estimate": -4.0, "conf_low": NAN, "conf_high": NAN},
    ]
    return made("forest", ESTIMATE_COLUMNS, pd.DataFrame(rows, columns=list(ESTIMATE_COLUMNS)), shape="estimates")


# --- effects over time ------------------------------------------------------------------------------------------------

PATH = ("term", "time", "estimate", "conf_low", "conf_high", "fitted", "p_value")
FIN = [
    ("fin", 5, -0.5, -0.9, -0.1, -0.38, 0.94),
    ("fin", 20, -0.3, -0.7, 0.1, -0.38, 0.94),
    ("fin", 45, -0.35, -0.8, 0.1, -0.38, 0.94),
]
AGE = [("age", 5, 0.05, 0.0, 0.1, -0.06, 0.0004), ("age", 20, -0.05, -0.1, 0.0, -0.06, 0.0004)]


def paths(rows=(*FIN, *AGE), *, hidden=()):
    method = {"time": "week", "conf_level": 0.95}
    cells = [(row, column) for row in hidden for column in ("estimate", "conf_low", "conf_high")]
    return made("proportional_hazards", PATH, rows, shape="estimates", method=method, hidden=cells)


# --- competing and recurrent events -----------------------------------------------------------------------------------

SHARES = (
    "group",
    "time",
    "at_risk",
    "events",
    "competing",
    "censored",
    "estimate",
    "std_error",
    "conf_low",
    "conf_high",
)
RISING = [
    ("burnley", 0, 200, 0, 0, 0, 0.0, 0.0, 0.0, 0.0),
    ("burnley", 100, 200, 20, 10, 0, 0.1, 0.02, 0.06, 0.15),
    ("burnley", 365, 170, 10, 0, 160, 0.16, 0.03, 0.11, 0.22),
    ("preston", 0, 100, 0, 0, 0, 0.0, 0.0, 0.0, 0.0),
    ("preston", 50, 100, 5, 0, 0, 0.05, 0.02, 0.02, 0.11),
    ("preston", 300, 95, 5, 5, 85, 0.1, 0.03, 0.05, 0.18),
]


def incidence(rows=RISING, *, hidden=(), **method):
    method = {"time": "days", "by": "site", "conf_level": 0.95, "of": 1} | method
    return made("incidence", SHARES, rows, shape="curve", method=method, hidden=hidden)


def causes():
    rows = [(*row, cause) for cause in ("recorded suspect event", "death") for row in RISING[:3]]
    named = [("all", *row[1:]) for row in rows]
    return made("incidence", (*SHARES, "cause"), named, shape="curve", method={"time": "days", "conf_level": 0.95})


MEANS = [
    ("all", 0, 75, 0, 0, 0.0, 0.0, 0.0, 0.0),
    ("all", 100, 75, 30, 0, 0.4, 0.05, 0.31, 0.51),
    ("all", 400, 70, 70, 5, 1.4, 0.1, 1.2, 1.6),
    ("all", 500, 2, 2, 0, 2.4, 1.9, 0.5, 60.0),
]


def means(rows=MEANS, *, hidden=()):
    method = {"time": "days", "conf_level": 0.95}
    return made("mean_cumulative", CURVE, rows, shape="curve", method=method, hidden=hidden)


LATE = [
    ("a", 0, 0, 0, 0, 1.0, 0.0, 1.0, 1.0),
    ("a", 30, 0, 0, 0, 1.0, 0.0, 1.0, 1.0),
    ("a", 60, 40, 10, 0, 0.75, 0.07, 0.58, 0.86),
    ("a", 90, 30, 0, 30, 0.75, 0.07, 0.58, 0.86),
]

EXAMPLES = {
    "forest": ratios(),
    "forest_empty": ratios([]),
    "forest_one": ratios(COX[:1]),
    "forest_hidden": ratios(hidden=range(4)),
    "forest_hostile": ratios([(text, 1, 0.5, 2, text, text, text, text) for text in HOSTILE]),
    "forest_strange": ratios(
        [
            ("separated", math.inf, 3.0, math.inf, "", "", "", ""),
            ("never", 0.0, 0.0, 0.4, "", "", "", ""),
            ("unknown", NAN, NAN, NAN, "", "", "", ""),
            ("wide", 1.5, 1e-9, 1e9, "", "", "", ""),
            ("no limits", 2.0, NAN, NAN, "", "", "", ""),
        ],
    ),
    "forest_far": ratios([("a", 1e-4, 1e-5, 1e-3, "", "", "", ""), ("b", 1e5, 1e4, 1e6, "", "", "", "")]),
    "forest_many": ratios([(f"term_{i}", 1 + i / 50, 0.8, 2.5, "", "", "", "") for i in range(60)]),
    "forest_plain": differences(),
    "paths": paths(),
    "paths_empty": paths([]),
    "paths_one": paths(FIN[:1]),
    "paths_hidden": paths(hidden=range(5)),
    "paths_hostile": paths([(text, *row[1:]) for text in HOSTILE for row in FIN]),
    "paths_many": paths([(f"term_{i}", *row[1:]) for i in range(15) for row in FIN]),
    "incidence": incidence(),
    "incidence_empty": incidence([]),
    "incidence_nothing": incidence([RISING[0], ("burnley", 100, 200, 0, 5, 195, 0.0, 0.0, NAN, NAN)]),
    "incidence_hidden": incidence(hidden=[(row, column) for row in range(3) for column in SHARES[2:]]),
    "incidence_all": incidence([RISING[0], ("burnley", 10, 200, 200, 0, 0, 1.0, 0.0, 1.0, 1.0)]),
    "incidence_nine": incidence([(f"{HOSTILE[i % 5]} {i}", *row[1:]) for i in range(9) for row in RISING[:3]]),
    "causes": causes(),
    "means": means(),
    "means_empty": means([]),
    "means_hidden": means(hidden=[(row, column) for row in (2, 3) for column in CURVE[2:]]),
    "means_nine": means([(f"site {i}", *row[1:]) for i in range(9) for row in MEANS]),
    "late": curve(LATE),
    "months": curve(
        [("a", 0, 20, 0, 0, 1, 0, 1, 1), ("a", 730, 20, 10, 10, 0.5, 0.1, 0.3, 0.7)],
        method={"time": "days", "axis": "months", "conf_level": 0.95},
    ),
}  # fmt: skip


@pytest.fixture(scope="module", params=EXAMPLES)
def example(request):
    result = EXAMPLES[request.param]
    return result, draw(result)


def test_nothing_is_cut_off_or_overlaps(example):
    _, figure = example
    found = boxes(figure)
    wide, tall = figure.bbox.width, figure.bbox.height
    assert [t for t, box in found if box.x0 < -1 or box.y0 < -1 or box.x1 > wide + 1 or box.y1 > tall + 1] == []
    over = [
        (one, other)
        for (one, a), (other, b) in combinations(found, 2)
        if min(a.x1, b.x1) - max(a.x0, b.x0) > 1 and min(a.y1, b.y1) - max(a.y0, b.y0) > 3
    ]
    assert over == []


def test_same_result_same_bytes_and_words(example):
    result, figure = example
    assert svg(figure) == svg(draw(result))
    assert figure.get_label() == alt_text(result)
    assert 1 <= len(alt_text(result)) <= 1_000
    assert not set('"`\n') & set(alt_text(result))


@pytest.mark.parametrize("name", [name for name in EXAMPLES if name.endswith("_empty")])
def test_an_empty_table_says_so(name):
    (said,) = words(draw(EXAMPLES[name]))
    assert said.endswith("the table is empty.")
    assert said in alt_text(EXAMPLES[name])


@pytest.mark.parametrize("name", [name for name in EXAMPLES if "hostile" in name or name == "incidence_nine"])
def test_hostile_labels_stay_as_they_are(name):
    drawn = " ".join(text for text, _ in boxes(draw(EXAMPLES[name])))
    assert "$x$ <script>" in drawn
    assert "\\frac{1}{2}" in drawn


class TestForest:
    def marks(self, figure):
        return [line for line in figure.findobj(Line2D) if line.get_marker() == "s"]

    def test_levels_stand_under_their_variable(self):
        said = words(draw(ratios()))
        names = ["Fin", "Age in years", "Site (against Burnley)", "Preston", "Chorley"]
        assert [text for text in said if text in names] == names
        assert {"Hazard ratio", "Ratio (95% interval)"} <= set(said)
        assert "Equal distances along the axis are equal ratios. Upright line: a ratio of 1, no difference." in said
        assert {"0.68 (0.47 to 1.00)", "2.10 (1.20 to 3.60)"} <= set(said)

    def test_marks_stand_at_the_logarithm_of_their_ratios(self):
        places = [float(line.get_xdata()[0]) for line in self.marks(draw(ratios()))]
        steps = np.diff(places) / np.diff(np.log([row[1] for row in COX]))
        assert steps == pytest.approx(steps[0])

    def test_hidden_could_lie_anywhere(self):
        figure = draw(ratios(hidden=[1]))
        assert len(hatched(figure)) == 1
        assert len(self.marks(figure)) == 3
        assert "0.94 (0.90 to 0.99)" not in words(figure)
        assert "[c] hidden, because a small number could point to a person." in words(figure)
        assert alt_text(ratios(hidden=[1])).endswith("1 number is hidden as too small to show.")
        assert "0.94" not in alt_text(ratios(hidden=[1]))

    def test_what_reaches_beyond_the_axis_ends_in_an_arrow(self):
        figure = draw(EXAMPLES["forest_strange"])
        arrows = [line.get_marker() for line in figure.findobj(Line2D) if line.get_marker() in {"<", ">"}]
        # separated: its limit and itself; never: its limit and itself; wide: both limits
        assert sorted(arrows) == ["<", "<", "<", ">", ">", ">"]
        assert "Arrows: the interval goes on beyond the axis." in words(figure)
        assert "∞ (3.00 to ∞)" in words(figure)
        assert "[x] not available. ∞ without limit." in words(figure)

    def test_terms_that_compare_nobody_are_left_out(self):
        rows = [("(intercept)", 400, 300, 500, "", "", "", ""), *COX[:1], ("log(scale)", 0.7, 0.6, 0.8, "", "", "", "")]
        said = words(draw(ratios(rows, measure=["time ratio", "time ratio", "log scale"], method={})))
        assert "400.00 (300.00 to 500.00)" not in said
        assert "Time ratio" in said

    def test_other_estimates_have_a_plain_axis_around_nothing(self):
        figure = draw(differences())
        assert {"12.50 (−3.00 to 28.00)", "−4.00 ([x])", "Estimate (interval)", "0", "Rmst: A"} <= set(words(figure))
        assert alt_text(differences()) == (
            "Forest plot of 2 estimates, with intervals. Rmst: A 12.50 (−3.00 to 28.00); Rmst: B −4.00 ([x])."
        )

    def test_small_and_large_ratios_keep_their_digits(self):
        said = words(draw(EXAMPLES["forest_far"]))
        assert {"0.00010 (0.00001 to 0.00100)", "100,000 (10,000 to 1,000,000)", "0.00001", "1,000,000"} <= set(said)

    def test_more_than_forty_are_in_the_table_only(self):
        figure = draw(EXAMPLES["forest_many"])
        assert len(self.marks(figure)) == 40
        assert "20 estimates more in the table only." in words(figure)

    def test_alternative_text(self):
        assert alt_text(ratios()) == (
            "Forest plot of 4 hazard ratios, with intervals. Fin 0.68 (0.47 to 1.00); "
            "Age in years 0.94 (0.90 to 0.99); Site (against Burnley): Preston 1.34 (0.73 to 2.50); "
            "Site (against Burnley): Chorley 2.10 (1.20 to 3.60). "
            "2 of 4 intervals leave out 1."
        )


@pytest.mark.parametrize(
    ("low", "high", "room", "ticks"),
    [
        (0.4, 2.5, 300, [0.2, 0.5, 1, 2, 5]),
        (0.9, 1.1, 300, [0.5, 1, 2]),
        (1, 1, 300, [0.5, 1, 2]),
        (0.01, 30, 180, [0.01, 0.1, 1, 10, 100]),
        (0.001, 1000, 100, [0.001, 1, 1000]),
    ],
)
def test_ticks_of_ratios(low, high, room, ticks):
    assert ratio_ticks(low, high, room, 9.0) == ticks


class TestPaths:
    def test_a_chart_per_term_with_the_fitted_effect(self):
        figure = draw(paths())
        assert len(figure.axes) == 1 + 2
        (path,) = [line for line in figure.axes[1].lines if line.get_marker() == "o"]
        assert path.get_xdata().tolist() == [5, 20, 45]
        assert path.get_ydata().tolist() == [-0.5, -0.3, -0.35]
        broken = [line for line in figure.axes[1].lines if line.get_linestyle() == "--"]
        assert [float(line.get_ydata()[0]) for line in broken] == [-0.38]
        assert {"Fin", "test of change: p = 0.940", "Age in years", "test of change: p < 0.001"} <= set(words(figure))

    def test_hidden_points_are_not_drawn(self):
        figure = draw(paths(hidden=[1]))
        (path,) = [line for line in figure.axes[1].lines if line.get_marker() == "o"]
        assert path.get_xdata().tolist() == [5, 45]
        assert words(draw(EXAMPLES["paths_hidden"])).count("[c]") == 2

    def test_alternative_text(self):
        assert alt_text(paths()) == (
            "2 charts of an effect on the log hazard over time, with intervals. "
            "Fin: from −0.50 to −0.35, fitted −0.38, test of change: p = 0.940; "
            "Age in years: from 0.05 to −0.05, fitted −0.06, test of change: p < 0.001."
        )
        assert alt_text(EXAMPLES["paths_hidden"]) == (
            "2 charts of an effect on the log hazard over time, with intervals. "
            "5 numbers are hidden as too small to show."
        )

    def test_twelve_charts_at_most(self):
        figure = draw(EXAMPLES["paths_many"])
        assert len(figure.axes) == 1 + 12
        assert any(text.endswith("3 terms more in the table only.") for text in words(figure))


class TestIncidence:
    def test_rises_from_nothing_to_where_the_curves_need_it(self):
        figure = draw(incidence())
        first, second = steps(figure)
        assert first.get_ydata().tolist() == [0, 0.1, 0.16]
        assert first.get_linestyle() != second.get_linestyle()
        assert [text.get_text() for text in figure.axes[1].get_yticklabels()] == [
            "0%",
            "5%",
            "10%",
            "15%",
            "20%",
            "25%",
        ]
        assert "Share with an event of cause 1" in words(figure)

    def test_those_with_a_competing_event_are_no_longer_at_risk(self):
        # every 60 days; of 200 in Burnley 30 leave at day 100, of 100 in Preston 5 at day 50 and all by day 300
        said = words(draw(incidence()))
        at = said.index("At risk")
        assert said[at : at + 17] == [
            "At risk", "Burnley", "200", "200", "170", "170", "170", "170", "170",
            "Preston", "100", "95", "95", "95", "95", "95", "0",
        ]  # fmt: skip

    def test_never_beyond_all(self):
        labels = [text.get_text() for text in draw(EXAMPLES["incidence_all"]).axes[1].get_yticklabels()]
        assert labels[0] == "0%"
        assert labels[-1] == "100%"

    def test_several_causes_of_the_same_people(self):
        said = words(draw(causes()))
        assert {"Recorded suspect event", "Death", "Everyone"} <= set(said)
        assert said.count("200") == 2, "days 0 and 60, told once and not for each cause"

    def test_hidden_groups_are_named(self):
        assert "[c] hidden as a whole, because a small number could point to a person: Burnley." in words(
            draw(EXAMPLES["incidence_hidden"])
        )

    def test_alternative_text(self):
        assert alt_text(incidence()) == (
            "2 curves over time of the share with an event of cause 1, others competing. By day 300, with intervals: "
            "Burnley: 10.0% (6.0 to 15.0) of 200 at risk at the start; Preston: 10.0% (5.0 to 18.0) of 100 at risk at "
            "the start."
        )


class TestMeans:
    def test_numbers_not_shares(self):
        figure = draw(means())
        assert [text.get_text() for text in figure.axes[1].get_yticklabels()] == ["0", "1", "2", "3", "4", "5"]
        assert "Mean number of recorded events per person so far" in words(figure)
        note = (
            "Shaded: 95% interval at each time. It goes on beyond the chart where it is cut off. "
            "Upright marks: somebody's follow-up ended."
        )
        # long notes break, so they are put together again
        assert note in " ".join(words(figure))

    def test_a_hidden_tail_is_not_drawn_on(self):
        (line,) = steps(draw(EXAMPLES["means_hidden"]))
        assert line.get_xdata().tolist() == [0, 100]

    def test_alternative_text(self):
        assert alt_text(means()) == (
            "1 curve over time of the mean number of recorded events per person. "
            "By day 500, with intervals: 2.40 (0.50 to 60.00) of 75 at risk at the start."
        )


def test_people_who_come_under_observation_later_are_counted():
    assert alt_text(curve(LATE)) == (
        "1 curve over time of the share with no event recorded yet. "
        "By day 90, with intervals: 75.0% (58.0 to 86.0) of 40 at risk at most."
    )


def test_days_as_months():
    figure = draw(EXAMPLES["months"])
    assert [text.get_text() for text in figure.axes[1].get_xticklabels()] == [
        "0",
        "3",
        "6",
        "9",
        "12",
        "15",
        "18",
        "21",
    ]
    assert "Time in months of 30.4 days" in words(figure)
    assert figure.axes[1].get_xlim()[1] == pytest.approx(730 / DAYS_PER_MONTH)
    assert "By month 24.0, with intervals" in alt_text(EXAMPLES["months"])


def test_examples_are_of_all_there_is():
    assert len(STEPS_OF_A) == 4
    assert len(STEPS_OF_B) == 3
