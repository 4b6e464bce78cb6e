"""Who is sampled, what was reached of what was wanted, and how the sampled differ from all who were eligible."""

import dataclasses
import hashlib
import math

import numpy as np
import pandas as pd
import pytest

from lvrn_eval.cohort import Cohort, Features
from lvrn_eval.engine import as_table
from lvrn_eval.result import ESTIMATE_COLUMNS


def frame(count=60):
    return pd.DataFrame(
        {
            "person_id": [f"p{number}" for number in range(count)],
            "site": [("north", "south", "west")[number % 3] for number in range(count)],
            "n": range(count),
        },
    )


def by_python(ids, n, seed):
    return set(sorted(ids, key=lambda name: hashlib.md5(f"{name}:{seed}".encode()).hexdigest())[:n])  # noqa: S324


def ids(cohort):
    return set(cohort.people.to_pandas()["person_id"])


@pytest.mark.parametrize("seed", [0, 1, 2024, -5, 10**20])
def test_the_sample_is_by_the_md5_that_python_computes(seed):
    people = frame()
    assert ids(Cohort(people, name="x").sample(7, seed=seed)) == by_python(people["person_id"], 7, seed)
    wanted = set().union(*(by_python(of_site["person_id"], 4, seed) for _, of_site in people.groupby("site")))
    assert ids(Cohort(people, name="x").sample(4, per="site", seed=seed)) == wanted


def test_only_those_who_meet_the_rules_are_drawn():
    people = frame()
    made = Cohort(people, name="x").require("even", "n in (0, 2, 4, 6, 8, 10, 12)").sample(3, seed=1)
    assert ids(made) == by_python([f"p{n}" for n in range(0, 13, 2)], 3, 1)


def test_numbers_and_letters_beyond_ascii_as_ids():
    for names in ([101, 7, 55, 3], ["é", "漢", "\U0001f600", "a'b"]):
        people = pd.DataFrame({"person_id": names})
        assert ids(Cohort(people, name="x").sample(2, seed=3)) == by_python(names, 2, 3)


def test_the_order_of_rows_does_not_matter():
    people = frame()
    shuffled = people.sample(frac=1, random_state=4)
    one, other = (Cohort(rows, name="x").sample(4, per="site", seed=9) for rows in (people, shuffled))
    assert ids(one) == ids(other)
    for result in ("attrition", "sampling", "balance"):
        pd.testing.assert_frame_equal(getattr(one, result)().table, getattr(other, result)().table)


def test_another_seed_draws_others():
    draws = {frozenset(ids(Cohort(frame(), name="x").sample(5, seed=seed))) for seed in range(8)}
    assert len(draws) == 8


def test_every_person_is_as_likely_as_any_other():
    # 400 draws of 15 of 60: each person 100 times, give or take 3.3 standard deviations of sqrt(400 * .25 * .75) = 8.7
    people = frame()
    drawn = pd.Series(
        [name for seed in range(400) for name in by_python(people["person_id"], 15, seed)],
    ).value_counts()
    assert drawn.reindex(people["person_id"]).between(100 - 29, 100 + 29).mean() > 0.97


def test_a_sample_larger_than_the_eligible_takes_everybody():
    made = Cohort(frame(5), name="x").sample(9, seed=1)
    assert len(made) == 5
    assert made.sampling().table.to_numpy().tolist() == [["all", 9, 5, 5, 4]]


def test_what_was_reached_of_what_was_wanted():
    # 4 wanted from each: north has 5 who are eligible, south 2, west nobody, and east is a site without anybody at all
    people = pd.DataFrame(
        {
            "person_id": list("abcdefghij"),
            "site": ["north"] * 6 + ["south"] * 2 + ["west"] * 2,
            "ok": [True] * 5 + [False] + [True] * 2 + [False] * 2,
        },
    )
    features = Features(as_table(people, "features"), sites=("north", "south", "west", "east"))
    made = Cohort(features, name="Ten").require("ok", "ok").sample(4, per="site", seed=1)
    result = made.sampling()
    assert result.table.to_numpy().tolist() == [
        ["all", 16, 7, 6, 10],
        ["east", 4, 0, 0, 4],
        ["north", 4, 5, 4, 0],
        ["south", 4, 2, 2, 2],
        ["west", 4, 0, 0, 4],
    ]
    assert list(result.table.columns) == ["group", "wanted", "eligible", "reached", "shortfall"]
    assert (result.name, result.title, result.shape) == ("sampling", "What the sample reached: Ten", "counts")
    assert result.count_columns == ("eligible", "reached", "shortfall")
    text = "The sample reached 6 of the 16 people wanted, 3 of 4 by site falling short."
    assert [(str(sentence), sentence.counts) for sentence in result.text] == [(text, (6,))]
    check = result.check("quota_reached")
    assert (check.passed, check.text, check.counts) == (False, text, (6, 10))
    assert len(made) == 6


def test_a_quota_that_was_reached():
    result = Cohort(frame(), name="x").sample(4, per="site", seed=1).sampling()
    assert str(result.text[0]) == "The sample reached 12 of the 12 people wanted."
    assert result.check("quota_reached").passed is True
    assert result.table["shortfall"].tolist() == [0, 0, 0, 0]


def test_the_published_quota_is_four_from_each_of_nine():
    people = frame(90).assign(site=lambda rows: "trust_" + (rows["n"] % 9).astype(str))
    table = Cohort(people, name="x").sample(4, per="site", seed=2024).sampling().table
    assert table.loc[0].tolist() == ["all", 36, 90, 36, 0]


def test_people_whose_group_nobody_wrote_down_are_one_group():
    people = pd.DataFrame({"person_id": list("abcd"), "site": [None, "not_recorded", "north", None]})
    made = Cohort(people, name="x").sample(1, per="site", seed=1)
    assert made.sampling().table.to_numpy().tolist() == [
        ["all", 2, 4, 2, 0],
        ["north", 1, 1, 1, 0],
        ["not_recorded", 1, 3, 1, 0],
    ]
    assert len(made) == 2
    # and no quota is set for them where none of them is eligible
    short = Cohort(people, name="x").require("site", "site = 'north'").sample(1, per="site", seed=1).sampling().table
    assert short.to_numpy().tolist() == [["all", 1, 1, 1, 0], ["north", 1, 1, 1, 0]]


def test_a_sample_by_a_number():
    people = frame(12).assign(year=[2022, 2023] * 6)
    table = Cohort(people, name="x").sample(2, per="year", seed=1).sampling().table
    assert table["group"].tolist() == ["all", "2022", "2023"]
    assert table["reached"].tolist() == [4, 2, 2]


def test_nobody_to_draw_from():
    made = Cohort(frame(6), name="x").require("none", "n > 99").sample(4, per="site", seed=1)
    assert made.sampling().table.to_numpy().tolist() == [
        ["all", 12, 0, 0, 12],
        *([site, 4, 0, 0, 4] for site in ("north", "south", "west")),
    ]
    assert str(made.sampling().text[0]) == "The sample reached 0 of the 12 people wanted, 3 of 3 by site falling short."
    empty = Cohort(frame(0), name="x").sample(4, per="site", seed=1)
    assert empty.sampling().table.to_numpy().tolist() == [["all", 4, 0, 0, 4]]


@pytest.mark.parametrize(
    ("shown", "text"),
    [
        (10, "The sample reached about 10 of the 12 people wanted."),
        (pd.NA, "The sample reached fewer people than can be shown of the 12 people wanted."),
    ],
    ids=["rounded", "hidden"],
)
def test_the_sentence_again_from_counts_that_may_be_shown(shown, text):
    result = Cohort(frame(), name="x").sample(4, per="site", seed=1).sampling()
    table = result.table.astype({"reached": "Int64"})
    table.loc[0, "reached"] = shown
    (sentence,) = result.wording(dataclasses.replace(result, table=table))
    assert (str(sentence), sentence.counts) == (text, ())


# balance, by hand


@pytest.fixture(scope="module")
def drawn():
    people = pd.DataFrame(
        {
            "person_id": list("abcdefgh"),
            "age": [12.0, 14.0, 16.0, 18.0, None, 20.0, 10.0, 99.0],
            "sex": ["f", "f", "m", "m", "m", None, "f", "m"],
            "flag": pd.array([True, True, True, True, True, True, True, False], dtype="boolean"),
            "events": np.array([0, 1, 2, 3, 4, 5, 6, 7], dtype="uint8"),
            "seen": pd.Timestamp("2024-01-01"),
            "ok": [1, 1, 1, 1, 1, 1, 1, 0],
        },
    )
    made = Cohort(people, name="Eight").require("ok", "ok = 1").sample(3, seed=5)
    chosen = by_python("abcdefg", 3, 5)
    assert ids(made) == chosen
    return people[people["ok"] == 1], people[people["person_id"].isin(chosen)], made.balance()


def test_the_difference_of_a_number(drawn):
    _eligible, sampled, result = drawn
    # the eligible with a known age are 12, 14, 16, 18, 20 and 10: mean 15, squares 9 + 1 + 1 + 9 + 25 + 25 = 70
    mean, spread = 15, math.sqrt(70 / 5)
    row = result.row("age")
    assert row["eligible"] == pytest.approx(mean)
    assert row["selected"] == pytest.approx(sampled["age"].mean())
    assert row["estimate"] == pytest.approx((sampled["age"].mean() - mean) / spread)
    assert row["n"] == sampled["age"].notna().sum()
    assert pd.isna(row["n_events"])
    assert result.row("events")["eligible"] == 3  # 0 to 6


def test_the_difference_of_a_share(drawn):
    _eligible, sampled, result = drawn
    # of the six eligible whose sex is known, 3 are f and 3 m: a share of a half, spread a half
    known = sampled["sex"].dropna()
    for level in ("f", "m"):
        row = result.row("sex", level)
        share = (known == level).mean()
        assert (row["eligible"], row["selected"]) == (pytest.approx(0.5), pytest.approx(share))
        assert row["estimate"] == pytest.approx((share - 0.5) / 0.5)
        assert (row["n"], row["n_events"]) == (len(known), (known == level).sum())


def test_a_level_that_everybody_has_differs_by_nothing_that_can_be_measured(drawn):
    row = drawn[2].row("flag", "true")
    assert (row["eligible"], row["selected"]) == (1, 1)
    assert pd.isna(row["estimate"])


def test_the_table_of_differences(drawn):
    result = drawn[2]
    assert list(result.table.columns) == [*ESTIMATE_COLUMNS, "selected", "eligible"]
    # days are not compared, nor ids; `ok` and `flag` are
    assert result.table["term"].tolist() == ["age", "sex", "sex", "flag", "events", "ok"]
    assert result.table["group"].tolist() == ["", "f", "m", "true", "", ""]
    assert (result.name, result.figure, result.count_columns) == ("balance", "balance", ("n", "n_events"))
    large = int((result.table["estimate"].abs() > 0.1).sum())
    assert large > 0
    check = result.check("sample_like_eligible")
    assert (check.passed, check.text) == (
        False,
        (
            f"{large} of 6 features or levels differ by more than 0.1 standard deviations between the sampled and all "
            "who were eligible."
        ),
    )
    assert result.method["difference"] == "sampled minus eligible, over the eligible's standard deviation"


def test_everybody_sampled_differs_by_nothing():
    table = Cohort(frame(30), name="x").sample(30, seed=1).balance().table
    assert table["estimate"].abs().max() == pytest.approx(0, abs=1e-12)


def test_free_text_is_not_compared():
    people = frame(30).assign(note=[f"note {n}" for n in range(30)], few=[f"{n % 20:02}" for n in range(30)])
    terms = Cohort(people, name="x").sample(5, seed=1).balance().table["term"]
    assert set(terms) == {"site", "n", "few"}


def test_nothing_to_compare():
    table = Cohort(frame()[["person_id"]], name="x").sample(5, seed=1).balance().table
    assert (len(table), list(table.columns)) == (0, [*ESTIMATE_COLUMNS, "selected", "eligible"])


def test_nobody_to_compare():
    table = Cohort(frame(), name="x").require("none", "n > 99").sample(5, seed=1).balance().table
    assert table[["term", "n"]].to_numpy().tolist() == [["n", 0]]
    assert table["estimate"].isna().all()
