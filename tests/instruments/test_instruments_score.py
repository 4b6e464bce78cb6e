"""Scoring: an independent scorer agrees; every reason why not; what is refused, with the whole message."""

import math

import numpy as np
import pandas as pd
import pytest

from lvrn_eval.engine import DuckDBEngine
from lvrn_eval.errors import RecordsError
from lvrn_eval.records.instruments import INSTRUMENTS, REASONS, score_answers
from lvrn_eval.records.instruments.statement import scoring


def sheet(n_items, answer, **columns):
    """Return one questionnaire with the same answer to every item."""
    items = {f"item_{number}": [answer] for number in range(1, n_items + 1)}
    return pd.DataFrame({"person_id": ["a"], **{name: [value] for name, value in columns.items()}, **items})


def only(scored, scale="total"):
    """Return the one row of a scale as a dict."""
    frame = scored.to_pandas()
    (row,) = frame[frame["scale"] == scale].to_dict("records")
    return row


# an independent scorer of the SDQ, row by row, by the names of the public scripts
STEMS = [
    "consid",
    "restles",
    "somatic",
    "shares",
    "tantrum",
    "loner",
    "obeys",
    "worries",
    "caring",
    "fidgety",
    "friend",
    "fights",
    "unhappy",
    "popular",
    "distrac",
    "clingy",
    "kind",
    "lies",
    "bullied",
    "helpout",
    "reflect",
    "steals",
    "oldbest",
    "afraid",
    "attends",
]
SCALES = {
    "emotional": "somatic worries unhappy clingy afraid",
    "conduct": "tantrum obeys fights lies steals",
    "hyperactivity": "restles fidgety distrac reflect attends",
    "peer": "loner friend popular bullied oldbest",
    "prosocial": "consid shares caring kind helpout",
}
REVERSED = {"obeys", "reflect", "attends", "friend", "popular"}


def by_names(answers, impact):
    values = {
        stem: (2 - answer if stem in REVERSED else answer)
        for stem, answer in zip(STEMS, answers, strict=True)
        if not math.isnan(answer)
    }
    found = {}
    for scale, stems in SCALES.items():
        given = [values[stem] for stem in stems.split() if stem in values]
        found[scale] = math.floor(5 * sum(given) / len(given) + 0.5) if len(given) >= 3 else math.nan
    found["externalising"] = found["conduct"] + found["hyperactivity"]
    found["internalising"] = found["emotional"] + found["peer"]
    found["total"] = found["externalising"] + found["internalising"]
    overall, counted = impact[0], impact[1:]
    found["impact"] = 0 if overall == 0 else sum({0: 0, 1: 0, 2: 1, 3: 2}.get(answer, math.nan) for answer in counted)
    return found


@pytest.mark.parametrize(("informant", "counted"), [("self", 5), ("parent", 5), ("teacher", 3)])
def test_sdq_agrees_with_a_scorer_by_names(informant, counted):
    rng = np.random.default_rng(25)
    n = 400
    answers = rng.integers(0, 3, (n, 25)).astype(float)
    answers[rng.random((n, 25)) < 0.25] = np.nan
    impact = rng.integers(0, 4, (n, 1 + counted)).astype(float)
    impact[rng.random(impact.shape) < 0.05] = np.nan
    frame = pd.DataFrame({"person_id": np.arange(n), "informant": informant, "age": 14})
    frame = frame.assign(**{f"item_{place + 1}": answers[:, place] for place in range(25)}, item_26=impact[:, 0])
    frame = frame.assign(**{f"item_{28 + place}": impact[:, 1 + place] for place in range(counted)})
    found = score_answers(frame, "sdq").to_pandas().pivot_table(index="person_id", columns="scale", values="score")
    wanted = pd.DataFrame([by_names(*row) for row in zip(answers, impact, strict=True)])
    pd.testing.assert_frame_equal(
        found.reindex(range(n))[wanted.columns],
        wanted.astype(float),
        check_names=False,
        check_index_type=False,
        check_column_type=False,
    )


def test_swemwbs_converts_every_sum():
    answers = [[1 + (raw - 7 + place) // 7 for place in range(7)] for raw in range(7, 36)]
    assert [sum(row) for row in answers] == list(range(7, 36))
    frame = pd.DataFrame(answers, columns=[f"item_{i}" for i in range(1, 8)]).assign(person_id=range(7, 36))
    found = score_answers(frame, "swemwbs").to_pandas().set_index("person_id")["score"].to_dict()
    assert found == INSTRUMENTS["swemwbs"].forms[0].scale("total").conversion


WHOLE = {"informant": "self", "age": 14}
REFUSED = [
    ("informant_missing", "sdq", sheet(25, 1, age=14)),
    ("wrong_informant", "sdq", sheet(25, 1, informant="staff", age=14)),
    ("wrong_informant", "gad7", sheet(7, 1, informant="parent")),
    ("wrong_version", "sdq", sheet(25, 1, **WHOLE, version="18+")),
    ("wrong_version", "rosenberg", sheet(10, 1, version="another")),
    ("age_missing", "sdq", sheet(25, 1, informant="self")),
    ("age_outside", "sdq", sheet(25, 1, informant="self", age=10)),
    ("age_outside", "sdq", sheet(25, 1, informant="self", age=18)),
    ("age_outside", "sdq", sheet(25, 1, informant="parent", age=3)),
    ("age_outside", "sdq", sheet(25, 1, informant="teacher", age=18.0)),
    ("out_of_range", "sdq", sheet(25, 1, **WHOLE).assign(item_4=3)),
    ("out_of_range", "sdq", sheet(25, 1, **WHOLE).assign(item_4=-1)),
    ("out_of_range", "sdq", sheet(25, 1, **WHOLE).assign(item_4=1.5)),
    ("out_of_range", "swemwbs", sheet(7, 0)),
    ("out_of_range", "gad7", sheet(7, None, score=22)),
    ("out_of_range", "gad7", sheet(7, None, score=4.5)),
    ("out_of_range", "swemwbs", sheet(7, None, score=20.0001)),
    ("out_of_range", "swemwbs", sheet(7, None, score=6)),
    ("unknown_items", "gad7", sheet(9, 1)),
    ("not_answered", "gad7", sheet(7, None)),
    ("too_few_items", "gad7", sheet(7, 1).assign(item_7=None)),
    ("too_few_items", "sdq", sheet(25, 1, **WHOLE).assign(item_3=None, item_8=None, item_13=None)),
]


@pytest.fixture(scope="module")
def refused():
    """Score the cases of each instrument together, each case a person."""
    found = []
    for instrument in {row[1] for row in REFUSED}:
        cases = [frame.assign(person_id=place) for place, (_, slug, frame) in enumerate(REFUSED) if slug == instrument]
        answers = pd.concat([case.dropna(axis="columns", how="all") for case in cases], ignore_index=True)
        # a column that no case of the instrument fills is not there
        found.append(score_answers(answers, instrument).to_pandas().query("scale == 'total'"))
    return pd.concat(found).set_index("person_id")


@pytest.mark.parametrize("place", range(len(REFUSED)), ids=[f"{row[0]}-{i}" for i, row in enumerate(REFUSED)])
def test_why_there_is_no_score(refused, place):
    row = refused.loc[place]
    assert (row["reason"], bool(row["valid"])) == (REFUSED[place][0], False)
    assert row[["score", "band", "source"]].isna().all()


def test_every_reason_has_a_case():
    assert {row[0] for row in REFUSED} | {"version_missing"} == set(REASONS)


def test_the_first_reason_in_the_list_is_given():
    frame = sheet(25, 9, informant="self", age=40)
    assert only(score_answers(frame, "sdq"))["reason"] == "age_outside"


@pytest.mark.parametrize(("informant", "ages"), [("self", (11, 17)), ("parent", (4, 17)), ("teacher", (4, 17))])
def test_the_ends_of_the_age_range_belong_to_it(informant, ages):
    given = [sheet(25, 1, informant=informant, age=float(age)) for age in (*ages, ages[1] + 0.99)]
    assert score_answers(pd.concat(given), "sdq").to_pandas().query("scale == 'total'")["valid"].tolist() == [True] * 3


def test_a_missing_scale_leaves_the_others():
    """Two emotional items are too few; conduct stands, so does externalising; total and internalising do not."""
    frame = sheet(25, 1, **WHOLE).assign(item_3=None, item_8=None, item_13=None)
    found = score_answers(frame, "sdq").to_pandas().set_index("scale")
    assert found["valid"].to_dict() == {
        "emotional": False, "conduct": True, "hyperactivity": True, "peer": True, "prosocial": True, "total": False,
        "externalising": True, "internalising": False, "impact": False,
    }  # fmt: skip
    assert found["answered"].to_dict() == {
        "emotional": 2, "conduct": 5, "hyperactivity": 5, "peer": 5, "prosocial": 5, "total": 17, "externalising": 10,
        "internalising": 7, "impact": 0,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("instrument", "entered", "score"),
    [("gad7", 21, 21), ("gad7", 0, 0), ("swemwbs", 22, 19.98), ("swemwbs", 19.98, 19.98), ("swemwbs", 35, 35)],
)
def test_a_total_entered_by_hand(instrument, entered, score):
    frame = pd.DataFrame({"person_id": ["a"], "score": [entered]})
    row = only(score_answers(frame, instrument))
    assert (row["score"], row["source"], row["entered"], row["answered"]) == (score, "total", entered, 0)


def test_answers_win_over_a_total_entered_by_hand():
    row = only(score_answers(sheet(7, 1, score=20), "gad7"))
    assert (row["score"], row["source"], row["entered"]) == (7, "items", 20)


def test_a_total_entered_for_the_sdq_is_of_the_total_only():
    frame = pd.DataFrame({"person_id": ["a"], "informant": ["self"], "age": [14], "score": [16]})
    found = score_answers(frame, "sdq").to_pandas().set_index("scale")
    assert found.loc["total", ["score", "band"]].tolist() == [16, "slightly_raised"]
    assert set(found["reason"].drop("total")) == {"not_answered"}


def test_ons4_has_no_total():
    frame = pd.DataFrame(
        {"person_id": ["a"], "item_1": [7], "item_2": [4], "item_3": [9], "item_4": [6], "score": [26]}
    )
    found = score_answers(frame, "ons4").to_pandas()
    assert found[["scale", "score", "band"]].to_numpy().tolist() == [
        ["life_satisfaction", 7, "high"], ["worthwhile", 4, "low"], ["happiness", 9, "very_high"],
        ["anxiety", 6, "high"],
    ]  # fmt: skip


def test_unscored_questions_on_difficulty_may_be_there():
    assert only(score_answers(sheet(8, 3), "gad7"))["score"] == 21
    assert only(score_answers(sheet(10, 3), "phq9"))["score"] == 27


def test_rows_of_other_instruments_are_left_out():
    frame = pd.concat([sheet(7, 1, instrument="gad7"), sheet(7, 2, instrument="swemwbs")], ignore_index=True)
    assert score_answers(frame, "gad7").to_pandas()["score"].tolist() == [7]


def test_versions_and_informants_are_filled_in_where_rows_do_not_say():
    frame = sheet(10, 3)
    row = only(score_answers(frame, "rosenberg", version="reversed_2_5_6_8_9"))
    assert (row["version"], row["score"]) == ("reversed_2_5_6_8_9", 15)
    mixed = pd.concat([sheet(25, 1, age=14), sheet(25, 1, age=14, informant="parent")], ignore_index=True)
    found = score_answers(mixed, "sdq", informant="self").to_pandas()
    assert sorted(found.loc[found["scale"] == "total", "informant"]) == ["parent", "self"]


def test_bands_can_be_chosen():
    frame = sheet(25, 1, **WHOLE)
    # every scale sums to 5: total 20
    assert only(score_answers(frame, "sdq"))["band"] == "very_high"
    three = score_answers(frame, "sdq", bands="three_band")
    assert (only(three)["band"], only(three, "peer")["band"]) == ("abnormal", "borderline")


@pytest.mark.parametrize("columns", [{}, {"version": [None]}, {"informant": [None], "age": [None], "score": [None]}])
def test_columns_that_hold_nothing_do_no_harm(columns):
    frame = sheet(7, 1).assign(**columns)
    assert only(score_answers(frame, "gad7"))["score"] == 7


def test_a_table_of_the_project_is_scored_where_it_lives():
    engine = DuckDBEngine()
    table = engine.register("scores", sheet(7, 1))
    assert score_answers(table, "gad7").table.engine is engine


def test_an_empty_table_gives_an_empty_one():
    assert len(score_answers(sheet(7, 1).iloc[:0], "gad7").table) == 0


UNREADABLE = [
    (
        sheet(7, 1), {"instrument": "gad_7"},
        "there is no instrument 'gad_7'; did you mean 'gad7'?",
    ),
    (
        sheet(7, 1), {"instrument": "gad7", "bands": "four", "informant": "teacher", "version": "long"},
        ("gad7 cannot be scored as asked\n"
        "  version: 'long' is not known of gad7\n      → known: standard\n"
        "  informant: 'teacher' is not known of gad7\n      → known: self\n"
        "  bands: 'four' is not known of gad7\n      → known: severity"),
    ),
    (
        pd.DataFrame({"person": ["a"], "answer_1": [1]}), {"instrument": "gad7"},
        ("these answers cannot be scored\n"
        "  scores.person_id: there is no such column\n      → did you mean 'person'?\n"
        "  scores: there are neither answers nor a score\n"
        "      → name the columns of answers item_1, item_2, … by the number of the item"),
    ),
    (
        sheet(7, 1).assign(item_2="often", age="twelve"), {"instrument": "gad7"},
        ("these answers cannot be scored\n"
        "  scores.item_2: holds VARCHAR, where numbers are needed\n      → make numbers of it before\n"
        "  scores.age: holds VARCHAR, where numbers are needed\n      → make numbers of it before"),
    ),
    (
        sheet(10, 1).assign(person_id=None), {"instrument": "rosenberg"},
        ("these answers cannot be scored\n"
        "  scores.person_id: missing in 1 row\n      → name the person of every questionnaire\n"
        "  scores.version: missing in 1 row, and it decides how rosenberg is scored\n"
        '      → look at the questionnaire that was used, and pass version="reversed_2_5_6_8_9" or '
        'version="reversed_3_5_8_9_10"'),
    ),
]  # fmt: skip


@pytest.mark.parametrize(("frame", "asked", "message"), UNREADABLE, ids=range(len(UNREADABLE)))
def test_what_cannot_be_scored_is_refused(frame, asked, message):
    with pytest.raises(RecordsError) as refused:
        score_answers(frame, **asked)
    assert str(refused.value) == message


@pytest.mark.parametrize("dialect", ["postgres", "spark"])
@pytest.mark.parametrize("slug", INSTRUMENTS)
def test_the_statement_can_be_written_for_other_engines(slug, dialect):
    import sqlglot

    columns = {"person_id": "VARCHAR", "score": "DOUBLE"} | {f"item_{i}": "INTEGER" for i in range(1, 8)}
    cut = next(iter(INSTRUMENTS[slug].band_sets), None)
    statement = scoring(INSTRUMENTS[slug], columns, version=None, informant=None, bands=cut)
    text = statement.sql(dialect=dialect)
    assert sqlglot.parse_one(text, read=dialect).find(sqlglot.exp.Union) or slug != "sdq"
