"""The analyst is told what was hidden, how much and why, and how far the shown curves are from the exact ones."""

import numpy as np
import pandas as pd
import pytest
from release_examples import EXAMPLES, made, people, strict

from lvrn_eval.errors import ReleaseError
from lvrn_eval.release import POLICIES, protect
from lvrn_eval.release.curve_distance import curve_distances
from lvrn_eval.release.explain import explain
from lvrn_eval.release.frames import tables_of
from lvrn_eval.result import Result
from lvrn_eval.survival import kaplan_meier

STRICT = POLICIES["strict"]


def sites(people, **others):
    table = pd.DataFrame({"site": [f"s{i}" for i in range(len(people))], "people": people, **others})
    return Result("sites", "Sites", table, {}, count_columns=("people",), shape="counts")


def reasons(result):
    table = explain([result], STRICT).table
    return {(row.column, row.reason): row.hidden for row in table.itertuples()}


def test_each_hidden_cell_has_one_reason():
    # 3 is few; 12 is the least that protects it; the rates of both rest on them
    assert reasons(sites([3, 12, 50], rate=[1.0, 2.0, 3.0])) == {
        ("people", "few people or events"): 1,
        ("people", "hidden to protect another"): 1,
        ("rate", "rests on a hidden count"): 2,
    }


def test_dominance_and_single_values_are_named():
    found = reasons(sites([40, 60], total=[100.0, 100.0], largest=[95.0, 9.0], second_largest=[1.0, 8.0]))
    assert found["people", "one or two make up most of the total"] == 1
    assert found["largest", "one person's value"] == 2


@pytest.mark.parametrize("name", list(EXAMPLES))
def test_it_accounts_for_every_hidden_cell(name):
    table = explain([made(name)], STRICT).table
    hidden = sum(int(part.suppressed.to_numpy().sum()) for _, part in tables_of(strict(name)))
    assert table["hidden"].sum() == hidden
    assert (table["hidden"] <= table["cells"]).all()


def test_it_says_how_much_in_a_sentence():
    text = explain([sites([3, 30, 50])], POLICIES["hes"]).text[0].text
    assert text.endswith(
        "hidden under the policy 'hes': counts from 1 to 7 are hidden; all others are rounded to 5, and zero is shown."
    )
    assert explain([sites([30])], POLICIES["open"]).table.empty


def step(times, estimates, name="curve", group="all"):
    table = pd.DataFrame({"group": group, "time": times, "estimate": estimates, "at_risk": 1})
    return Result(name, "Curve", table, {}, count_columns=("at_risk",), shape="curve")


def test_the_distance_of_two_step_functions_by_hand():
    exact = step([0, 10, 20, 30], [1.0, 0.9, 0.7, 0.4])
    shown = step([0, 20, 30], [1.0, 0.75, 0.4])
    # from 10 to 20 the exact curve is 0.9 and the shown one 1.0; at 20, 0.7 and 0.75
    found = curve_distances([exact], [shown])
    assert found.table["distance"].tolist() == pytest.approx([0.1])
    assert found.check("curves_near").passed is False
    assert "further than 0.05: curve (all)" in found.check("curves_near").text


def test_the_more_people_the_nearer_the_shown_curve():
    few, many = (kaplan_meier(people(n=n), time="days", event="event") for n in (100, 3000))
    far, near = (curve_distances([exact], [protect(exact, STRICT)]) for exact in (few, many))
    # where few are left at the end, even a curve of thousands moves
    assert near.table["distance"].max() < 0.1 < far.table["distance"].max()
    assert curve_distances([made("attrition")], [strict("attrition")]).check("curves_near").passed is None


def test_a_group_that_is_not_shown_has_no_distance():
    assert set(curve_distances([made("kaplan_meier")], [strict("kaplan_meier")]).table["group"]) == {
        "burnley",
        "preston",
    }


def test_distances_of_other_results_are_refused():
    with pytest.raises(ReleaseError, match="not on both sides of the comparison: attrition, kaplan_meier"):
        curve_distances([made("kaplan_meier")], [strict("attrition")])


def test_no_step_of_a_shown_curve_is_at_one_persons_time():
    """Times are fiftieths of the follow-up, made round, or those that were asked for."""
    exact, shown = made("kaplan_meier"), strict("kaplan_meier").table
    assert 250 < exact.table["time"].max() < 500
    times = shown["time"].astype(float)
    assert ((times % 10 == 0) | times.isin([100, 200])).all()
    quantiles = strict("kaplan_meier").parts["quantiles"].table["estimate"].dropna().astype(float)
    assert (quantiles % 10 == 0).all()


def test_medians_and_ends_of_few_are_hidden_and_others_lose_digits():
    table = pd.DataFrame(
        {
            "group": ["a", "b"], "n": [18, 400], "median": [137.0, 1234.0], "q1": [51.0, 523.0], "minimum": [1.0, 2.0],
            "maximum": [300.0, 900.0],
        },
    )  # fmt: skip
    shown = protect(Result("ages", "Ages", table, {}, count_columns=("n",)), STRICT)
    # 9 of 18 people are older than the median, 4 of 18 younger than the quartile; 100 of 400
    assert shown.table["median"].isna().tolist() == [True, False]
    assert shown.table.loc[1, ["median", "q1"]].tolist() == [1200.0, 520.0]
    assert shown.table[["minimum", "maximum"]].isna().all(axis=None)
    assert shown.suppressed[["minimum", "maximum"]].all(axis=None)


def test_rows_that_are_medians_are_hidden_where_few_are_on_one_side():
    table = pd.DataFrame(
        {"term": ["median", "quantile 0.9", "mean"], "group": "all", "estimate": [137.0, 310.0, 140.0], "n": [60] * 3}
    )
    shown = protect(Result("ages", "Ages", table, {}, count_columns=("n",)), STRICT).table
    assert shown["estimate"].isna().tolist() == [False, True, False]
    assert np.allclose(shown["n"].astype(float), 60)
