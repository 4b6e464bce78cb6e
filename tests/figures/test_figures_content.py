"""What each drawing shows, against its numbers; what is hidden is never drawn as a value."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest
from figures_examples import (
    CLASSES,
    EXAMPLES,
    MEASURES,
    PERIODS,
    PUBLISHED,
    STEPS,
    STEPS_OF_A,
    STEPS_OF_B,
    balance,
    classes,
    curve,
    flow,
    pairs,
    rates,
)
from matplotlib.lines import Line2D
from matplotlib.patches import Circle, Rectangle
from matplotlib.text import Text

from lvrn_eval.report.figures import alt_text, draw
from lvrn_eval.report.theme import GREY, NAVY, ORANGE, PLUM, WIDTH


def words(figure):
    return [text.get_text() for text in figure.findobj(Text) if text.get_text().strip()]


def bars(figure, colour=None):
    """Return the filled, unhatched rectangles that are bars."""
    from matplotlib.colors import to_hex

    found = [r for r in figure.findobj(Rectangle) if r is not figure.patch and not r.get_hatch()]
    coloured = [
        r for r in found if to_hex(r.get_facecolor()) in {GREY.lower(), PLUM.lower(), NAVY.lower(), ORANGE.lower()}
    ]
    return [r for r in coloured if colour is None or to_hex(r.get_facecolor()) == colour.lower()]


def hatched(figure):
    return [r for r in figure.findobj(Rectangle) if r.get_hatch()]


def marked(figure, markers=frozenset({"o", "s", "D"})):
    return [line for line in figure.findobj(Line2D) if line.get_marker() in markers]


class TestFlow:
    def test_boxes_say_who_was_left_and_who_was_not(self):
        assert words(draw(flow())) == [
            "People in the records", "812 people", "5,103 records",
            "382 people left out (801 records)", "Rule: Two engagements or more", "mentor_contacts >= 2",
            "Remaining", "430 people", "4,302 records",
            "394 people left out (3,900 records)", "Rule: Some event before", "prior_events >= 1",
            "of them without a value the rule needs: 3",
            "Included", "36 people", "402 records",
        ]  # fmt: skip

    def test_only_the_whole_is_drawn(self):
        sites = [("burnley", *row[1:4], 7, 7, 7, 7, 7) for row in STEPS]
        assert words(draw(flow([*STEPS, *sites]))) == words(draw(flow()))

    def test_hidden_numbers_are_hidden(self):
        figure = draw(EXAMPLES["flow_hidden"])
        assert words(figure).count("[c] people") == words(figure).count("[c] records") == 3
        assert "[c] hidden, because a small number could point to a person." in words(figure)
        assert not any(
            digit in text for text in words(figure) for digit in "3456789" if "Rule" not in text and "=" not in text
        )

    def test_alternative_text(self):
        assert alt_text(flow()) == (
            "Flow diagram of who was included: 812 people at the start and 36 people after 2 steps. "
            "Left out: 382 by ‘Two engagements or more’; 394 by ‘Some event before’. "
            "Left out for want of a value the rule needs: 3 at ‘Some event before’."
        )
        assert alt_text(flow(hidden=[(2, "people_left")])).endswith("1 number is hidden as too small to show.")
        assert alt_text(flow(STEPS[:1])) == "Flow diagram of who was included: 812 people at the start."

    def test_one_person_is_a_person(self):
        said = words(draw(flow([("all", 0, "People", "", 1, 0, 0, 1, 0)])))
        assert said == ["People", "1 person", "1 record"]


class TestClassBars:
    def test_bars_are_as_long_as_their_counts(self):
        lengths = [bar.get_width() for bar in bars(draw(classes()))]
        assert np.divide(lengths, max(lengths)).tolist() == pytest.approx([5 / 8, 1, 4 / 8, 0, 1 / 8])

    def test_values_and_shares(self):
        said = words(draw(classes()))
        # 5, 8, 4, 0 and 1 of 18
        assert [t for t in said if "%" in t] == ["5 (27.8%)", "8 (44.4%)", "4 (22.2%)", "0 (0.0%)", "1 (5.6%)"]
        assert "Desisted: some before, none after" in said
        assert said[0] == "People (share of all)"

    def test_hidden_is_a_stub_and_takes_the_shares_with_it(self):
        figure = draw(classes((25, 8, 14, 3, 1), hidden=[(3, "people"), (4, "people")]))
        assert words(figure).count("[c] under the threshold") == 2
        assert len(hatched(figure)) == 2
        assert len({stub.get_width() for stub in hatched(figure)}) == 1
        assert len(bars(figure)) == 3
        assert not any("%" in text for text in words(figure)), "a share would give the total away"

    def test_a_hidden_value_left_in_the_table_is_not_drawn(self):
        result = classes((25, 8, 14, 3, 1))
        mask = pd.DataFrame(data=False, index=result.table.index, columns=result.table.columns)
        mask.loc[1, "people"] = True
        leaky = type(result)(**{**vars(result), "suppressed": mask})
        assert "8" not in words(draw(leaky))
        assert "desisted 8" not in alt_text(leaky)

    def test_groups_have_their_own_shares(self):
        table = pd.concat([classes((1, 1, 0, 0, 0), group=g).table for g in ("north", "south")], ignore_index=True)
        figure = draw(type(classes())("r", "T", table, {}, figure="class_bars"))
        assert words(figure).count("1 (50.0%)") == 4
        assert {"North", "South", "People (share of their group)"} <= set(words(figure))

    def test_alternative_text(self):
        assert alt_text(classes()) == (
            "Bar chart of people by what happened to their recorded events. All, 18 people: "
            "none recorded before or after 5 (27.8%), desisted 8 (44.4%), reduced 4 (22.2%), unchanged 0 (0.0%), "
            "increased 1 (5.6%)."
        )
        hidden = classes((25, 8, 14, 3, 1), hidden=[(4, "people")])
        assert alt_text(hidden) == (
            "Bar chart of people by what happened to their recorded events. All: none recorded before or after 25, "
            "desisted 8, reduced 14, unchanged 3, increased [c]. 1 number is hidden as too small to show."
        )


class TestPairs:
    def test_a_pair_of_bars_for_each_person(self):
        figure = draw(pairs())
        before, after = (np.array([bar.get_height() for bar in bars(figure, colour)]) for colour in (GREY, PLUM))
        assert len(before) == len(after) == 18
        scale = abs(before).max() / 7
        people = sorted(zip(abs(before / scale).round(6), abs(after / scale).round(6), strict=True))
        assert people == sorted((b, a) for b, a, n in PUBLISHED for _ in range(n))

    def test_most_events_before_come_first(self):
        heights = [abs(bar.get_height()) for bar in bars(draw(pairs()), GREY)]
        assert heights == sorted(heights, reverse=True)

    def test_every_bar_is_labelled(self):
        labels = sorted(int(text) for text in words(draw(pairs())) if text.isdigit())
        assert labels == sorted(value for b, a, n in PUBLISHED for _ in range(n) for value in (b, a))

    def test_sixty_people_are_bars_and_sixty_one_a_table(self):
        assert len(bars(draw(pairs([(1, 0, 60)])), GREY)) == 60
        assert [c.get_radius() for c in draw(pairs([(1, 0, 61)])).findobj(Circle)]

    def test_bubbles_have_the_area_of_their_counts(self):
        figure = draw(pairs([(0, 0, 100), (1, 0, 25), (0, 1, 4)]))
        sizes = dict(zip(("100", "4", "25"), self.radii(figure), strict=True))
        assert (sizes["25"] / sizes["100"]) ** 2 == pytest.approx(0.25)
        assert (sizes["4"] / sizes["100"]) ** 2 == pytest.approx(0.04)

    @staticmethod
    def radii(figure):
        key = 3
        return [circle.get_radius() for circle in figure.findobj(Circle)][:-key]

    def test_larger_counts_go_into_bands(self):
        said = words(draw(pairs([(0, 0, 50), (7, 3, 20), (9, 3, 10), (120, 30, 6)])))
        assert {"5–9", "20–49", "100+", "30"} <= set(said), "7 and 9 before are one band: 20 + 10 people"

    def test_a_band_with_a_hidden_count_says_so(self):
        rows = [(0, 0, 50), (7, 3, 20), (9, 3, 2), (11, 0, 1)]
        figure = draw(pairs(rows, hidden=[(2, "people"), (3, "people")]))
        said = words(figure)
        assert "20 + [c]" in said
        assert len(hatched(figure)) == 1
        assert (
            "[c] hidden, because a small number could point to a person: 9 before and 3 after; 11 before and 0 after."
        ) in said

    def test_hidden_people_are_never_left_out_of_bars(self):
        figure = draw(pairs(hidden=[(7, "people")]))
        assert bars(figure, PLUM) == [], "bars of the others would mislead, so the table is drawn"
        assert len(hatched(figure)) == 1

    def test_merged_rows_are_hidden_whole(self):
        assert words(draw(EXAMPLES["pairs_merged"])) == [
            "[c] Every number is hidden, because a small number could point to a person.",
        ]
        assert alt_text(EXAMPLES["pairs_merged"]) == (
            "Table of bubbles: people by recorded events before and after. 1 number is hidden as too small to show: "
            "other numbers before and after, together."
        )

    def test_alternative_text(self):
        # before: 3*1 + 3*2 + 2*4 + 2*3 + 5 + 7 + 1 = 36; after: 2*1 + 2 + 3 + 6 = 13
        assert alt_text(pairs()) == (
            "Bar chart of recorded events before and after, one pair of bars per person, 18 people. "
            "Fewer after than before: 12; as many: 5; more: 1. In all 36 events before and 13 after."
        )
        assert alt_text(pairs(hidden=[(7, "people")])) == (
            "Table of bubbles: people by recorded events before and after. "
            "Of 17 people shown, 12 had fewer after than before, 5 as many, 0 more. "
            "1 number is hidden as too small to show: 1 before and 6 after."
        )


class TestRates:
    def test_numbers_beside_the_marks(self):
        said = words(draw(rates()))
        for text in ("1.02 (0.83 to 1.24)", "102", "100.0", "0.95 (0.57 to 1.48)", "19", "20.0"):
            assert text in said

    def test_marks_stand_at_their_rates(self):
        figure = draw(rates())
        marks = marked(figure)
        places = [float(line.get_xdata()[0]) for line in marks]
        steps = np.diff(places) / np.diff([row[4] for row in PERIODS])
        assert steps[0] == pytest.approx(steps[1]), "one scale for all"
        assert len({line.get_marker() for line in marks}) == 3, "told apart by more than colour"

    def test_hidden_has_a_stub_and_no_mark(self):
        figure = draw(rates(hidden=[(1, column) for column in MEASURES_OF_RATES]))
        assert words(figure).count("[c]") == 3
        assert len(hatched(figure)) == 1
        assert len(marked(figure)) == 2

    def test_an_interval_without_an_end_gets_an_arrow(self):
        figure = draw(EXAMPLES["rates_strange"])
        assert marked(figure, {">"})
        assert "0.00 (0.00 to ∞)" in words(figure)
        assert "[x] not available. ∞ without limit." in words(figure)

    def test_alternative_text(self):
        assert alt_text(rates()) == (
            "Chart of recorded events per person-year at risk, with intervals: "
            "before the programme 1.02 (0.83 to 1.24), from 102 events in 100.0 person-years; "
            "during the programme 1.10 (0.55 to 1.97), from 11 events in 10.0 person-years; "
            "after the programme 0.95 (0.57 to 1.48), from 19 events in 20.0 person-years."
        )


MEASURES_OF_RATES = ("people", "events", "days_at_risk", "rate", "conf_low", "conf_high")


class TestCurves:
    @staticmethod
    def lines(figure):
        return [line for axes in figure.axes[1:] for line in axes.lines if line.get_drawstyle() == "steps-post"]

    def test_steps_are_those_of_the_table(self):
        first, second = self.lines(draw(curve()))
        assert first.get_xdata().tolist() == [0, 4, 6, 10]
        assert first.get_ydata().tolist() == [1, 0.8, 0.8, 0]
        assert second.get_ydata().tolist() == [1, 0.5, 0.5]
        assert first.get_linestyle() != second.get_linestyle(), "told apart by more than colour"

    def test_axis_goes_from_nothing_to_all(self):
        axes = draw(curve()).axes[1]
        assert [label.get_text() for label in axes.get_yticklabels()] == ["0%", "25%", "50%", "75%", "100%"]
        assert axes.get_ylim()[0] == 0

    def test_numbers_at_risk_are_those_just_before(self):
        # ticks at 0, 2, 4 … 12: of a's ten people two leave at 4, one after 6, and nobody is left after 10
        said = words(draw(curve()))
        at = said.index("At risk")
        assert said[at : at + 17] == [
            "At risk", "A", "10", "10", "10", "8", "7", "7", "0", "B", "20", "20", "20", "10", "10", "10", "10",
        ]  # fmt: skip

    def test_censoring_is_marked(self):
        axes = draw(curve()).axes[1]
        marks = [line for line in axes.lines if line.get_marker() == "|"]
        assert [line.get_xdata().tolist() for line in marks] == [[6], [12]]
        assert "Shaded: 95% interval at each time. Upright marks: follow-up ended with no event recorded." in words(
            draw(curve())
        )

    @pytest.mark.parametrize(
        ("unit", "last", "ticks"),
        [
            ("days", 1_000, ["0", "180", "360", "540", "720", "900"]),
            ("weeks", 52, ["0", "13", "26", "39", "52"]),
            ("years", 0.5, ["0.0", "0.1", "0.2", "0.3", "0.4", "0.5"]),
            ("sessions", 40, ["0", "5", "10", "15", "20", "25", "30", "35", "40"]),
        ],
    )
    def test_ticks_are_steps_a_reader_knows(self, unit, last, ticks):
        rows = [("a", 0, 20, 0, 0, 1, 0, 1, 1), ("a", last, 20, 10, 10, 0.5, 0, 0.2, 0.7)]
        axes = draw(curve(rows, method={"time_unit": unit})).axes[1]
        assert [label.get_text() for label in axes.get_xticklabels()] == ticks

    def test_unit_is_the_stated_one_else_the_name_of_the_column(self):
        assert "Time in months" in words(draw(curve(method={"time_unit": "months", "time": "days"})))
        assert "Time in weeks" in words(draw(curve(method={"time": "week"})))
        assert "Time in days" in words(draw(curve(method={"time": "follow_up"})))

    def test_incidence_is_the_other_side(self):
        first, _ = self.lines(draw(EXAMPLES["curve_incidence"]))
        assert first.get_ydata().tolist() == pytest.approx([0, 0.2, 0.2, 1])
        assert "Share with an event recorded" in words(draw(EXAMPLES["curve_incidence"]))

    def test_incidence_that_is_given_is_drawn_as_given(self):
        rows = [(*row[:5], 1 - row[5], 0, 0, 1) for row in STEPS_OF_B]
        (line,) = self.lines(draw(curve(rows, method={"scale": "cumulative_incidence"})))
        assert line.get_ydata().tolist() == [0, 0.5, 0.5]

    def test_a_hidden_tail_is_not_drawn_on(self):
        first, second = self.lines(draw(EXAMPLES["curve_tail"]))
        assert first.get_xdata().tolist() == [0, 4, 6]
        assert second.get_xdata().tolist() == [0, 5]
        said = words(draw(EXAMPLES["curve_tail"]))
        note = "[c] hidden, because a small number could point to a person; a curve stops where it is hidden."
        assert note in said

    def test_a_hidden_group_is_named_and_not_drawn(self):
        figure = draw(curve(hidden=[(row, column) for row in range(4) for column in MEASURES]))
        assert [len(line.get_xdata()) for line in self.lines(figure)] == [0, 3]
        assert "A [c]" in words(figure)
        assert "[c] hidden as a whole, because a small number could point to a person: A." in words(figure)

    def test_a_curve_of_rounded_counts_says_so(self):
        figure = draw(curve(method={"rounding": "cumulative, to the middle of bands of 10"}))
        assert "Computed from rounded counts, so that no step of a curve is one person." in words(figure)

    def test_more_than_four_groups_get_a_chart_each(self):
        figure = draw(EXAMPLES["curve_nine"])
        assert len(figure.axes) == 1 + 9
        assert words(figure).count("20 at risk at the start") == 9

    def test_a_group_without_words_says_what_it_is(self):
        rows = [(label, *row[1:]) for label in ("0", "true") for row in STEPS_OF_B]
        assert {"site 0", "site True"} <= set(words(draw(curve([*rows]))))

    def test_alternative_text(self):
        assert alt_text(curve()) == (
            "2 curves over time of the share with no event recorded yet. "
            "By day 10, with intervals: A: 0.0% ([x]) of 10 at risk at the start; "
            "B: 50.0% (27.1 to 69.2) of 20 at risk at the start."
        )
        assert alt_text(curve(STEPS_OF_B)) == (
            "1 curve over time of the share with no event recorded yet. "
            "By day 12, with intervals: 50.0% (27.1 to 69.2) of 20 at risk at the start."
        )
        assert alt_text(EXAMPLES["curve_hidden"]) == (
            "2 curves over time of the share with no event recorded yet. Hidden as too small to show: A; B."
        )
        assert alt_text(EXAMPLES["curve_tail"]).endswith("Parts of the curves are hidden as too small to show.")


class TestBalance:
    def test_largest_first_and_none_last(self):
        said = words(draw(balance()))
        assert [t for t in said if t.startswith(("Engagements", "Site", "Age"))] == [
            "Engagements with a mentor or coach", "Site: Preston", "Site: Burnley", "Age in years",
        ]  # fmt: skip
        assert {"0.23", "−0.14", "0.02", "[x]"} <= set(said)

    def test_outside_the_band_is_another_shape(self):
        marks = [line.get_marker() for line in marked(draw(balance()))]
        assert marks == ["D", "D", "o"]

    def test_a_tenth_is_within(self):
        figure = draw(balance([("age", "", 0.3 - 0.2)]))
        assert [line.get_marker() for line in marked(figure)] == ["o"]

    def test_hidden_could_lie_anywhere(self):
        figure = draw(balance(hidden=[0]))
        (strip,) = hatched(figure)
        assert strip.get_width() > 0.4 * WIDTH
        assert "0.23" not in words(figure)

    def test_alternative_text(self):
        assert alt_text(balance()) == (
            "Dot plot of how the selected differ from the eligible in 4 features, in standard deviations. "
            "2 of 3 differ by more than 0.1. "
            "Largest first: Engagements with a mentor or coach 0.23; Site: Preston −0.14; Site: Burnley 0.02."
        )


@pytest.mark.parametrize("name", [name for name in EXAMPLES if name.endswith("_empty")])
def test_an_empty_table_says_so(name):
    (said,) = words(draw(EXAMPLES[name]))
    assert said.endswith("the table is empty.")
    assert said in alt_text(EXAMPLES[name])


def test_examples_cover_every_class():
    assert len(CLASSES) == 5
    assert STEPS_OF_A[0][5] == 1
    assert math.isnan(STEPS_OF_A[3][6])
