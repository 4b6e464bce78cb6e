"""Rules in order, with everyone accounted for: attrition by hand, unknown answers, sites with nobody."""

import dataclasses
import datetime as dt

import pandas as pd
import pytest

from lvrn_eval.cohort import Cohort, Features
from lvrn_eval.engine import as_table
from lvrn_eval.errors import RuleError

COUNTS = ["people_left", "people_removed", "people_unknown", "records_left", "records_removed"]

PEOPLE = pd.DataFrame(
    {
        "person_id": ["a", "b", "c", "d", "e", "f", "g"],
        "site": ["north", "north", "north", "south", "south", None, "south"],
        "met": [3, 1, None, 2, 0, 5, 2],
        "prior": [1, 0, 4, None, 2, 1, 0],
        "n_records": [10, 20, 30, 40, 50, 60, 0],
    },
)


def cohort(people=PEOPLE):
    return Cohort(people, name="Seven people").require("Met twice", "met >= 2").require("Known before", "prior >= 1")


def counts(result, group="all"):
    table = result.table[result.table["group"] == group]
    assert list(table["step"]) == list(range(len(table)))
    return table[COUNTS].to_numpy().tolist()


def ids(made):
    return sorted(made.people.to_pandas()["person_id"])


def test_attrition_by_hand():
    # met twice: a, d, f, g; not b and e, and of c nobody knows
    # known before, of those: a and f; not g, and of d nobody knows
    result = cohort().attrition()
    assert counts(result) == [[7, 0, 0, 210, 0], [4, 3, 1, 110, 100], [2, 2, 1, 70, 40]]
    assert counts(result, "north") == [[3, 0, 0, 60, 0], [1, 2, 1, 10, 50], [1, 0, 0, 10, 0]]
    assert counts(result, "south") == [[3, 0, 0, 90, 0], [2, 1, 0, 40, 50], [0, 2, 1, 0, 40]]
    assert counts(result, "not_recorded") == [[1, 0, 0, 60, 0], [1, 0, 0, 60, 0], [1, 0, 0, 60, 0]]
    assert list(dict.fromkeys(result.table["group"])) == ["all", "north", "not_recorded", "south"]
    assert ids(cohort()) == ["a", "f"]
    assert len(cohort()) == 2


def test_attrition_says_its_steps_and_the_rules_that_ran():
    result = cohort().sample(1, per="site", seed=7).attrition()
    table = result.table[result.table["group"] == "all"]
    assert list(zip(table["label"], table["rule"], strict=True)) == [
        ("People in the records", ""),
        ("Met twice", "met >= 2"),
        ("Known before", "prior >= 1"),
        ("Sample of up to 1 from each site", "order by md5(person_id, seed 7)"),
    ]
    assert list(result.table.columns) == ["group", "step", "label", "rule", *COUNTS]
    assert (result.name, result.title) == ("attrition", "Who was included: Seven people")
    assert (result.shape, result.figure, result.count_columns) == ("counts", "flow", tuple(COUNTS))


def test_attrition_says_how_many_could_not_be_decided():
    result = cohort().attrition()
    assert [(str(sentence), sentence.counts) for sentence in result.text] == [
        ("Of 7 people in the records, 2 are included.", (7, 2)),
    ]
    check = result.check("rules_decided")
    assert (check.passed, check.counts) == (False, (2,))
    assert check.text == (
        "For 2 people a rule could not be decided, because a value it needs is missing; they count as not meeting it."
    )
    decided = Cohort(PEOPLE, name="x").require("Known", "met is not null").attrition().check("rules_decided")
    assert (decided.passed, decided.text, decided.counts) == (
        True,
        "Every rule could be decided for every person.",
        (),
    )


def test_without_rules_everybody_is_included():
    made = Cohort(PEOPLE, name="x")
    assert len(made) == 7
    assert counts(made.attrition()) == [[7, 0, 0, 210, 0]]


def test_an_unknown_answer_is_not_met_neither_for_a_rule_nor_for_its_opposite():
    met, not_met = (Cohort(PEOPLE, name="x").require("rule", rule) for rule in ("met >= 2", "not met >= 2"))
    assert ids(met) == ["a", "d", "f", "g"]
    assert ids(not_met) == ["b", "e"]
    assert counts(met.attrition())[1][2] == counts(not_met.attrition())[1][2] == 1
    # what is not asked of somebody who failed an earlier rule is not unknown
    later = Cohort(PEOPLE, name="x").require("never", "person_id = 'z'").require("rule", "met >= 2")
    assert [row[2] for row in counts(later.attrition())] == [0, 0, 0]
    # and a rule may decide what to do about a missing value
    assert ids(Cohort(PEOPLE, name="x").require("rule", "coalesce(met, 2) >= 2")) == ["a", "c", "d", "f", "g"]


def test_a_division_by_nothing_is_unknown():
    made = Cohort(PEOPLE, name="x").require("share", "prior / met > 0.2")
    assert ids(made) == ["a"]
    assert counts(made.attrition())[1][2] == 3  # c and d lack a value, and e has met nobody


def test_people_without_a_column_of_sites_are_one_group():
    result = cohort(PEOPLE.drop(columns="site")).attrition()
    assert list(result.table["group"]) == ["all"] * 3


def test_without_a_column_of_records_every_person_is_one():
    result = cohort(PEOPLE.drop(columns="n_records")).attrition()
    assert counts(result) == [[7, 0, 0, 7, 0], [4, 3, 1, 4, 3], [2, 2, 1, 2, 2]]


def test_sites_that_take_part_show_even_with_nobody():
    table = as_table(PEOPLE, "features")
    made = Cohort(Features(table, sites=("north", "south", "west")), name="x").require("Met twice", "met >= 2")
    assert counts(made.attrition(), "west") == [[0, 0, 0, 0, 0], [0, 0, 0, 0, 0]]


def test_nobody_at_all():
    made = cohort(PEOPLE.iloc[:0])
    assert len(made) == 0
    assert counts(made.attrition()) == [[0, 0, 0, 0, 0]] * 3
    assert str(made.attrition().text[0]) == "Of 0 people in the records, 0 are included."


@pytest.mark.parametrize("column", ["on", "select", 'we"ird', "last contact", "Ärger", "$x", "all", "group", "people"])
def test_odd_names_of_features(column):
    people = pd.DataFrame({"person_id": ["a", "b"], column: [1, 2]})
    quoted = '"' + column.replace('"', '""') + '"'
    made = Cohort(people, name="x").require("rule", f"{quoted} = 2").sample(1, seed=1)
    assert ids(made) == ["b"]
    assert counts(made.attrition()) == [[2, 0, 0, 2, 0], [1, 1, 0, 1, 1], [1, 0, 0, 1, 0]]
    assert made.balance().table["term"].tolist() == [column]


def test_a_cohort_never_changes():
    first = Cohort(PEOPLE, name="x")
    second = first.require("Met twice", "met >= 2")
    third = second.sample(1, seed=1)
    assert (len(first), len(second), len(third)) == (7, 4, 1)
    assert (len(first.requirements), len(second.requirements), third.sampled.n) == (0, 1, 1)
    assert (first.sampled, second.sampled) == (None, None)
    with pytest.raises(dataclasses.FrozenInstanceError):
        first.name = "y"
    assert first.engine is second.engine is third.engine


def test_two_branches_do_not_meet():
    base = Cohort(PEOPLE, name="x")
    assert ids(base.require("rule", "met >= 2")) == ["a", "d", "f", "g"]
    assert ids(base.require("rule", "met < 2")) == ["b", "e"]


def test_the_frame_that_was_given_is_not_touched():
    before = PEOPLE.copy(deep=True)
    cohort().sample(1, per="site", seed=1).attrition()
    pd.testing.assert_frame_equal(PEOPLE, before)


def test_polars_arrow_and_tables_give_what_pandas_gives():
    pl = pytest.importorskip("polars")
    pa = pytest.importorskip("pyarrow")
    wanted = cohort().attrition().table
    nan = pl.DataFrame({**PEOPLE.drop(columns=["met"]).to_dict("list"), "met": PEOPLE["met"].tolist()}, strict=False)
    for given in (pa.Table.from_pandas(PEOPLE), as_table(PEOPLE, "features"), nan):
        pd.testing.assert_frame_equal(cohort(given).attrition().table, wanted)


def test_the_review_date_comes_from_the_features_or_is_given():
    people = pd.DataFrame({"person_id": ["a", "b"], "seen": pd.to_datetime(["2024-03-31", "2024-04-01"])})
    for as_of in ("2024-03-31", dt.date(2024, 3, 31), pd.Timestamp("2024-03-31 09:00")):
        made = Cohort(people, name="x", as_of=as_of)
        assert made.as_of == dt.date(2024, 3, 31)
        assert ids(made.require("seen", "seen <= as_of")) == ["a"]
    features = Features(as_table(people, "features"), dt.date(2024, 4, 1), dt.date(2018, 4, 1))
    made = Cohort(features, name="x")
    assert (made.as_of, made.observed_from) == (dt.date(2024, 4, 1), dt.date(2018, 4, 1))
    assert Cohort(features, name="x", as_of="2024-04-01").as_of == dt.date(2024, 4, 1)
    assert len(made.require("seen", "seen <= as_of")) == 2
    with pytest.raises(RuleError, match="there is no column or parameter 'as_of'"):
        Cohort(people, name="x").require("seen", "seen <= as_of")


def test_every_choice_is_on_record_with_the_values_of_parameters():
    made = (
        Cohort(PEOPLE, name="x", as_of="2024-03-31")
        .require("Met", "met >= least", least=2)
        .require("Known", "prior >= 1 and as_of > since", since=dt.date(2020, 1, 1))
        .sample(4, per="site", seed=9)
    )
    assert made.method == {
        "as_of": "2024-03-31",
        "rules": [
            {"label": "Met", "rule": "met >= least", "parameters": {"least": 2}},
            {
                "label": "Known",
                "rule": "prior >= 1 and as_of > since",
                "parameters": {"as_of": "2024-03-31", "since": "2020-01-01"},
            },
        ],
        "unknown_counts_as": "not met",
        "sample": {"n": 4, "per": "site", "seed": 9, "order": "md5 of person_id and seed"},
    }
    assert made.attrition().method["records"] == "rows of contacts, or rows of the frame that was given"


def test_a_parameter_is_a_value_and_never_sql():
    hostile = "x' or person_id <> 'x"
    made = Cohort(PEOPLE, name="x").require("rule", "person_id = word", word=hostile)
    assert len(made) == 0
    assert (
        len(Cohort(PEOPLE.assign(person_id=[hostile, *"bcdefg"]), name="x").require("r", "person_id = w", w=hostile))
        == 1
    )


def test_sites_side_by_side():
    by_site = cohort().attrition().parts["by_site"]
    assert by_site.table.to_numpy().tolist() == [["north", 3, 1], ["not_recorded", 1, 1], ["south", 3, 0]]
    assert by_site.count_columns == ("people_in_records", "people_included")


@pytest.mark.parametrize(
    ("shown", "text"),
    [
        ((10, 5), "Of about 10 people in the records, about 5 are included."),
        ((1230, None), "Of about 1,230 people in the records, fewer than can be shown are included."),
    ],
)
def test_the_sentence_again_from_counts_that_may_be_shown(shown, text):
    result = cohort().attrition()
    table = result.table.astype({"people_left": "Int64"})
    table.loc[table["step"] == 0, "people_left"] = shown[0]
    table.loc[table["step"] == 2, "people_left"] = pd.NA if shown[1] is None else shown[1]
    (sentence,) = result.wording(dataclasses.replace(result, table=table))
    assert (str(sentence), sentence.counts) == (text, ())
