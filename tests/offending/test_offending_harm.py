"""Harm before and after: by hand, against R's weighted least squares, and every weight with its table."""

import math
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import xlsxwriter
from offending_families_people import ASKED, R, made

from lvrn_eval.errors import AnalysisError
from lvrn_eval.offending.harm import harm_change
from lvrn_eval.offending.harm_weights import HarmWeights, load_harm_weights
from lvrn_eval.offending.pre_post import pre_post
from lvrn_eval.release import POLICIES, protect
from lvrn_eval.result import ESTIMATE_COLUMNS

MADE_UP = HarmWeights({"robbery": 100.0, "theft": 10.0, "assault": 50.0}, "made up 1", "made up", "points", "0", 0)


def with_offences(counts, offences, **columns):
    people, events = made(counts, **columns)
    return people, events.assign(offence=[offences[i % len(offences)] for i in range(len(events))])


def test_by_hand():
    # a: robbery and theft before, assault after; b: theft after. 56 days on either side for each
    people, events = made([(2, 1), (0, 1)])
    events = events.assign(offence=["Robbery", " theft ", "ASSAULT", "theft"])
    result = harm_change(people, events, weights=MADE_UP, draws=100, **ASKED)
    years = 2 * 56 / 365.25
    assert result.row("harm_before")["estimate"] == pytest.approx(110 / years)
    assert result.row("harm_after")["estimate"] == pytest.approx(60 / years)
    assert result.row("harm_difference")["estimate"] == pytest.approx(-50 / years)
    assert result.row("harm_ratio")["estimate"] == pytest.approx(60 / 110)
    assert result.table["n_events"].tolist() == [2, 2, 4, 4]
    # before, one person has all of it; after, the larger has 50 of 60
    assert result.table["contributors"].tolist() == [1, 2, 1, 1]
    given = result.table[["total", "largest", "second_largest"]].to_numpy().tolist()
    assert given == [[110, 110, 0], [60, 50, 10], [110, 110, 0], [110, 110, 0]]
    check = result.check("dominance")
    assert (check.passed, check.statistic, check.counts) == (False, 1.0, (1,))
    assert check.text == "100.0% of the harm before is one person's; 83.3% of the harm after is one person's."
    assert result.table.columns.tolist() == [
        *ESTIMATE_COLUMNS,
        "measure",
        "interval",
        "contributors",
        "total",
        "largest",
        "second_largest",
    ]


def test_r_weighted_least_squares():
    """R gives days by the subject's number and 1.5 to every seizure."""
    rows = R["people"]
    days = [(56 + row["subject"] % 7, 56 - row["subject"] % 5) for row in rows]
    people, events = made([(row["before"], row["after"]) for row in rows], days=days)
    weights = HarmWeights({"x": 1.5}, "made up 2", "made up", "points", "0", 0)
    result = harm_change(people, events.assign(offence="x"), weights=weights, draws=3000, **ASKED)
    assert result.row("harm_before")["estimate"] == pytest.approx(R["harm"]["before"], rel=1e-12)
    difference = result.row("harm_difference")
    assert difference["estimate"] == pytest.approx(R["harm"]["difference"], rel=1e-11)
    # drawing people again finds the clustered standard error, but for what 3,000 draws leave
    assert difference["std_error"] == pytest.approx(R["harm"]["std_error"], rel=0.06)
    assert difference["conf_low"] < difference["estimate"] < difference["conf_high"]


def test_equal_weights_are_counts():
    people, events = with_offences([(3, 1), (2, 2), (0, 1), (5, 2)] * 10, ["robbery", "theft"])
    flat = HarmWeights({"robbery": 7.0, "theft": 7.0}, "made up 3", "made up", "points", "0", 0)
    result, counts = (
        harm_change(people, events, weights=flat, draws=100, **ASKED),
        pre_post(people, events, **ASKED),
    )
    ratio = counts.row("rate_ratio_robust")["estimate"]
    assert result.row("harm_ratio")["estimate"] == pytest.approx(ratio, rel=1e-12)
    again = harm_change(people, events, weights=flat, draws=100, **ASKED)
    pd.testing.assert_frame_equal(result.table, again.table, check_exact=True)
    # with weights in thirds, too, nothing depends on the order of rows
    thirds = HarmWeights({"robbery": 0.3333, "theft": 0.1}, "made up 4", "made up", "points", "0", 0)
    mixed = events.sample(frac=1, random_state=3)
    pd.testing.assert_frame_equal(
        harm_change(people, events, weights=thirds, draws=100, **ASKED).table,
        harm_change(people, mixed, weights=thirds, draws=100, **ASKED).table,
        check_exact=True,
    )


def test_offences_without_a_weight_are_listed_or_counted_by_a_rule():
    people, events = made([(3, 2)] * 2)
    offences = ["robbery", "arson", None, "theft", "Trespass", "robbery", "theft", "theft", "theft", "theft"]
    events = events.assign(offence=offences)
    with pytest.raises(AnalysisError) as refused:
        harm_change(people, events, weights=MADE_UP, draws=100, **ASKED)
    fix = '      → spell them as in the weights, or say unmapped="leave_out" or "lowest"'
    assert str(refused.value) == (
        "the weights do not cover every offence\n"
        f"  events.offence: some events name no offence\n{fix}\n"
        f"  events.offence: 'Trespass' has no weight in made up 1\n{fix}\n"
        f"  events.offence: 'arson' has no weight in made up 1\n{fix}"
    )
    years = 2 * 56 / 365.25
    # before: robbery, arson, nothing of the first; robbery, theft, theft of the second
    left_out = harm_change(people, events, weights=MADE_UP, unmapped="leave_out", draws=100, **ASKED)
    assert left_out.row("harm_before")["estimate"] == pytest.approx((100 + 100 + 10 + 10) / years)
    lowest = harm_change(people, events, weights=MADE_UP, unmapped="lowest", draws=100, **ASKED)
    assert lowest.row("harm_before")["estimate"] == pytest.approx((100 + 10 + 10 + 100 + 10 + 10) / years)
    check = lowest.check("offences_mapped")
    assert (check.passed, check.counts[:2]) == (False, (2, 1))
    assert check.text == (
        "2 events before and 1 after have an offence without a weight, and were given the smallest weight of the "
        "table: where the shares differ, harm seems to change."
    )


def test_custody_and_age_are_left_out_with_the_day():
    people, events = with_offences([(2, 1)], ["robbery"])
    custody = pd.DataFrame({"person_id": ["p0"], "starts_on": pd.to_datetime(["2022-02-01"]), "ends_on": [pd.NaT]})
    result = harm_change(people, events, weights=MADE_UP, custody=custody, draws=100, **ASKED)
    # the events before are of 25 February, inside
    assert result.row("harm_before")["estimate"] == 0
    assert result.row("harm_ratio")[["estimate", "conf_low"]].isna().all()
    born = harm_change(
        people.assign(birth_month=pd.Timestamp("2012-03-01")), events, weights=MADE_UP, draws=100, **ASKED
    )
    assert born.row("harm_before")[["estimate"]].isna().all()


def test_sentences_and_the_wall():
    people, events = with_offences([(4, 1), (5, 2), (3, 1), (4, 2)] * 12, ["robbery", "theft", "assault"])
    result = harm_change(people, events, weights=MADE_UP, draws=300, **ASKED)
    texts = [str(sentence) for sentence in result.text]
    assert texts[0] == "Harm is weighted by the made up, version made up 1, in points."
    assert texts[2].startswith("The harm per person-year after was lower by between ")
    assert result.method["weights"]["version"] == "made up 1"
    shown = protect(result, POLICIES["strict"])
    assert shown.table["n"].tolist() == [50] * 4
    # what one person did is looked at, and never shown
    assert shown.table.reindex(columns=["largest", "second_largest"]).isna().all(axis=None)
    assert str(shown.text[2]).startswith("The harm per person-year after was lower by between ")
    assert not any("48" in str(sentence) for sentence in shown.text)


def test_what_one_person_dominates_is_hidden():
    people, events = made([(2, 2)] * 40)
    heavy = HarmWeights({"small": 1.0, "huge": 1000.0}, "made up 5", "made up", "points", "0", 0)
    events = events.assign(offence=["huge"] + ["small"] * (len(events) - 1))
    result = harm_change(people, events, weights=heavy, draws=100, **ASKED)
    # one person has 1,001 of the 1,079 before; after, nobody has more than another
    assert result.table["contributors"].tolist() == [40] * 4
    assert result.table["largest"].tolist() == [1001, 2, 1001, 1001]
    shown = protect(result, POLICIES["strict"])
    hidden = shown.table.set_index("term")["estimate"].isna()
    assert hidden.to_dict() == {"harm_before": True, "harm_after": False, "harm_difference": True, "harm_ratio": True}
    assert str(shown.text[1]) == "The harm of one side at least is not known or not shown."
    assert (
        shown.check("dominance").text
        == "One person has more than half of the harm of a side: the change is that person's."
    )


def test_a_comparison_is_as_telling_as_its_more_telling_side():
    """Two people have 95% of the harm before and 60% after; after, one has more than either of those two."""
    people, events = made([(1, 1)] * 40)
    heavy = {f"x{i}": 1.0 for i in range(80)} | {"x0": 361.0, "x1": 361.0, "x40": 57.0}
    first = sorted(events.index, key=lambda i: (events.loc[i, "on"] > pd.Timestamp("2022-06-01"), i))
    events.loc[first, "offence"] = [f"x{i}" for i in range(80)]
    weights = HarmWeights(heavy, "made up 6", "made up", "points", "0", 0)
    result = harm_change(people, events, weights=weights, draws=100, **ASKED)
    given = result.table[["total", "largest", "second_largest"]].to_numpy().tolist()
    assert given == [[760, 361, 361], [96, 57, 1], [760, 361, 361], [760, 361, 361]]


def test_few_people_are_descriptive_only():
    people, events = with_offences([(3, 0), (3, 1)] * 5, ["robbery"])
    result = harm_change(people, events, weights=MADE_UP, draws=200, **ASKED)
    assert "descriptive only" in " ".join(map(str, result.text))
    assert "was lower" not in " ".join(map(str, result.text))


def test_choices_are_refused_all_at_once():
    people, events = with_offences([(1, 1)], ["robbery"])
    with pytest.raises(AnalysisError) as refused:
        harm_change(people, events, weights={}, unmapped="lowst", interval="bc", draws=3, **ASKED)
    assert str(refused.value) == (
        "the question cannot be answered as asked\n"
        "  draws: must be a whole number from 100 on\n"
        "      → 2000 is usual\n"
        "  weights: are no table of weights\n"
        "      → give what load_harm_weights returned\n"
        "  unmapped: 'lowst' is not a rule\n"
        "      → did you mean 'lowest'?\n"
        "  interval: 'bc' is not an interval\n"
        "      → did you mean 'bca'?"
    )
    with pytest.raises(AnalysisError) as refused:
        harm_change(people, events.drop(columns="offence"), weights=MADE_UP, kinds=["suspect"], as_of="2022-12-31")
    assert "events.offence: there is no such column" in str(refused.value)
    assert "observed_from: was not stated, so the days before are unknown" in str(refused.value)


# round, made-up weights in the layouts of the publishers
CCHI = [
    ["ATHENA URN", "FULL_OFFENCE_TITLE", "CCHI Score", "Starting Point", "GROUP", "HOME_OFFICE_CLASSIFICATION"],
    ["1", "Made-up robbery", 300, "made up", "R", "8/1"],
    ["2", "Made-up theft", 20, "made up", "T", "8/2"],
    ["3", "Made-up theft from a shop", 10, "made up", "T", "8/2"],
    ["4", "Made-up burglary EXPIRED 31/03/17", 100, "made up", "B", "8/3"],
    ["5", "Made-up arson", 40.125, "made up", "A", 56],
]
ONS = [
    ["Made-up severity weights"],
    [],
    ["Offence category", "Offence code", "Offence", "Weight"],
    ["VIOLENCE", "", "", ""],
    ["", "8A", "Made-up wounding", 200],
    ["", "34", "Made-up robbery", "1,000"],
]


def book(path: Path, **sheets):
    with xlsxwriter.Workbook(path) as made_book:
        for name, rows in sheets.items():
            sheet = made_book.add_worksheet(name.replace("_", " "))
            for number, row in enumerate(rows):
                sheet.write_row(number, 0, row)
    return path


def test_cambridge_layout(tmp_path):
    path = book(tmp_path / "cchi.xlsx", Notes=[["x"]], **{"CCHI 2026 values sheet": CCHI}, Expired_offences=[["x"]])
    weights = load_harm_weights(path, format="cchi", version="made up 2026")
    assert dict(weights.weights) == {
        "made-up robbery": 300, "made-up theft": 20, "made-up theft from a shop": 10, "made-up arson": 40.125,
    }  # fmt: skip
    assert (weights.unit, weights.left_out, weights.version) == ("days", 1, "made up 2026")
    assert weights.source == "Cambridge Crime Harm Index (cchi.xlsx)"
    with pytest.raises(AnalysisError) as refused:
        load_harm_weights(path, format="cchi", version="made up 2026", match="code")
    assert "weight of '8/2': stands there with different values" in str(refused.value)
    by_code = {"version": "made up 2026", "match": "code"}
    assert load_harm_weights(path, format="cchi", repeated="lowest", **by_code).weights["8/2"] == 10
    highest = load_harm_weights(path, format="cchi", repeated="highest", **by_code)
    assert (highest.weights["8/2"], highest.weights["56"]) == (20, 40.125)


def test_ons_layout(tmp_path):
    path = book(tmp_path / "css.xlsx", Contents=[["x"]], List_of_weights=ONS)
    weights = load_harm_weights(path, format="ons_css", version="made up")
    assert dict(weights.weights) == {"made-up wounding": 200, "made-up robbery": 1000}
    assert weights.left_out == 1
    by_code = load_harm_weights(path, format="ons_css", version="made up", match="code")
    assert dict(by_code.weights) == {"8a": 200, "34": 1000}


def plain(tmp_path, text):
    path = tmp_path / "made_up.csv"
    path.write_text(text, encoding="utf-8")
    return path


def test_plain_tables(tmp_path):
    text = "offence,weight,version,source\nRobbery,100,made up 1,nobody\nTheft,2.5,made up 1,nobody\n"
    weights = load_harm_weights(plain(tmp_path, text), format="plain")
    assert dict(weights.weights) == {"robbery": 100, "theft": 2.5}
    assert (weights.version, weights.source, len(weights.digest)) == ("made up 1", "nobody (made_up.csv)", 64)
    assert weights.described["offences"] == 2


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("offence,weight\nRobbery,many\nTheft,-1\n", ["'Robbery': is not a number from 0 on", "'Theft': is not"]),
        ("offence,weight\nRobbery,1\nrobbery,2\n", ["weight of 'robbery': stands there with different values"]),
        ("offence,points\nRobbery,1\n", ["none of the first 15 rows has the columns 'offence' and 'weight'"]),
        ("offence,weight\n", ["weights: no offence has a weight"]),
        ("offence,weight,version\nRobbery,1,a\nTheft,1,b\n", ["version: differs from row to row"]),
    ],
)  # fmt: skip
def test_tables_that_cannot_be_used(tmp_path, text, told):
    version = None if "version" in text else "made up"
    with pytest.raises(AnalysisError) as refused:
        load_harm_weights(plain(tmp_path, text), format="plain", version=version)
    for one in told:
        assert one in str(refused.value)


def test_files_that_cannot_be_read(tmp_path):
    with pytest.raises(AnalysisError) as refused:
        load_harm_weights(tmp_path / "nothing.xlsx", format="cambridge", version="x", match="name", repeated="mean")
    assert str(refused.value) == (
        "these weights cannot be read as asked\n"
        "  format: 'cambridge' is not known\n"
        "      → known: cchi, ons_css, plain\n"
        "  match: 'name' is not known\n"
        "      → known: title, code\n"
        "  repeated: 'mean' is not known\n"
        "      → known: refuse, lowest, highest\n"
        "  path: there is no file 'nothing.xlsx'\n"
        "      → download the table from its publisher"
    )
    (tmp_path / "text.xlsx").write_text("no workbook", encoding="utf-8")
    with pytest.raises(AnalysisError, match=r"is neither a workbook nor a \.csv"):
        load_harm_weights(tmp_path / "text.xlsx", format="cchi", version="x")
    with pytest.raises(AnalysisError, match="the sheet of weights is not there"):
        load_harm_weights(book(tmp_path / "other.xlsx", Sheet1=CCHI), format="cchi", version="x")
    with pytest.raises(AnalysisError, match="version: was not given"):
        load_harm_weights(plain(tmp_path, "offence,weight\nRobbery,1\n"), format="plain")


def test_nobody_and_nothing():
    people, events = with_offences([(0, 0)] * 3, ["robbery"])
    result = harm_change(people, events.astype({"offence": object}), weights=MADE_UP, draws=100, **ASKED)
    assert result.row("harm_before")["estimate"] == 0
    assert math.isnan(result.row("harm_ratio")["estimate"])
    assert result.check("dominance").passed is True
    assert "nan" not in " ".join(map(str, result.text)).lower()
    assert np.isfinite(result.table["contributors"]).all()
