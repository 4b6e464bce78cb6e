"""`pre_post` from frames to Result: what it takes, what it refuses, and what it says about both."""

import math
from datetime import date
from importlib.resources import files

import numpy as np
import pandas as pd
import polars as pl
import pytest
import sqlglot

from lvrn_eval.cohort import Cohort
from lvrn_eval.cohort.features import Features
from lvrn_eval.engine import DuckDBEngine, as_table
from lvrn_eval.errors import AnalysisError
from lvrn_eval.offending import pre_post, pre_post_counts
from lvrn_eval.result import ESTIMATE_COLUMNS

SIDES = ("events_before", "events_after")
CLASSES = ["none_recorded", "desisted", "reduced", "unchanged", "increased"]
TERMS = [
    "share_desisted", "share_falling", "sign_test", "wilcoxon_signed_rank", "mcnemar_exact", "rate_ratio_exact",
    "rate_ratio_robust",
]  # fmt: skip


def made_people(counts, first="2022-01-01", last="2022-06-30"):
    """Return people and suspect events: so many on days before and after, for each pair in ``counts``."""
    people = pd.DataFrame({"person_id": [f"p{i}" for i in range(len(counts))], "site": "x"})
    people["first_contact"], people["last_contact"] = pd.Timestamp(first), pd.Timestamp(last)
    rows = [
        (f"p{i}", anchor + sign * pd.Timedelta(days=k + 1))
        for i, pair in enumerate(counts)
        for number, anchor, sign in zip(pair, (pd.Timestamp(first), pd.Timestamp(last)), (-1, 1), strict=True)
        for k in range(number)
    ]
    events = pd.DataFrame(rows, columns=["person_id", "on"]).astype({"on": "datetime64[ns]"}).assign(kind="suspect")
    return people, events


PEOPLE, EVENTS = made_people([(0, 0), (2, 0), (3, 1), (2, 2), (1, 4)])
ASKED = {"kinds": ["suspect"], "as_of": "2022-12-31", "observed_from": "2021-01-01"}


def ask(people=PEOPLE, events=EVENTS, **named):
    return pre_post(people, events, **(ASKED | named))


def refused(people=PEOPLE, events=EVENTS, **named):
    with pytest.raises(AnalysisError) as caught:
        ask(people, events, **named)
    return str(caught.value)


def test_shape():
    result = ask()
    assert result.table.columns.tolist() == [*ESTIMATE_COLUMNS, "measure", "interval", *SIDES]
    assert result.table["term"].tolist() == TERMS
    assert result.table["group"].eq("all").all()
    assert (result.name, result.shape, result.figure) == ("pre_post", "estimates", None)
    assert result.count_columns == ("n", "n_events", *SIDES)
    shapes = {
        "classes": (["group", "class", "people"], ("people",), "class_bars", "counts"),
        # a pair of counts is a row only where somebody has it
        "pairs": (["before", "after", "people"], ("people",), "paired_bars", "sparse"),
        "exposure": (
            ["period", "people", "events", "days_at_risk", "rate", "conf_low", "conf_high"],
            ("people", "events"),
            "rates",
            "counts",
        ),
    }
    for name, (columns, count_columns, figure, shape) in shapes.items():
        part = result.parts[name]
        assert part.table.columns.tolist() == columns
        assert (part.count_columns, part.figure, part.shape) == (count_columns, figure, shape)
    for column in ("n", "n_events"):
        assert result.table[column].dtype == np.int64


def test_counts_classes_and_exposure():
    result = ask()
    assert result.parts["classes"].table["class"].tolist() == CLASSES
    assert result.parts["classes"].table["people"].tolist() == [1, 1, 1, 1, 1]
    pairs = result.parts["pairs"].table
    assert pairs.to_numpy().tolist() == [[0, 0, 1], [1, 4, 1], [2, 0, 1], [2, 2, 1], [3, 1, 1]]
    exposure = result.parts["exposure"].table.set_index("period")
    # 365 days of 2021 before, 184 days from 1 July after, 181 in the programme
    assert exposure["days_at_risk"].tolist() == [5 * 365, 5 * 181, 5 * 184]
    assert exposure["events"].tolist() == [8, 0, 7]
    assert exposure.loc["before", "rate"] == pytest.approx(8 / (5 * 365 / 365.25))
    assert result.row("rate_ratio_robust")["estimate"] == pytest.approx((7 / 184) / (8 / 365))


def test_what_n_and_n_events_count():
    table = ask().table.set_index("term")[["n", "n_events"]]
    assert {term: tuple(table.loc[term]) for term in TERMS} == {
        "share_desisted": (4, 1),  # four had some before, one of them none after
        "share_falling": (4, 2),  # four had any, two fell
        "sign_test": (3, 2),  # three changed, two fell
        "wilcoxon_signed_rank": (3, 11),  # they had 2, 4 and 5 events
        "mcnemar_exact": (5, 1),  # one has an event in one window only
        "rate_ratio_exact": (4, 15),
        "rate_ratio_robust": (5, 15),
    }


def comparable(result):
    return [result.table, *(part.table for part in result.parts.values()), [str(s) for s in result.text], result.checks]


def same(left, right):
    for one, other in zip(comparable(left), comparable(right), strict=True):
        if isinstance(one, pd.DataFrame):
            pd.testing.assert_frame_equal(one, other)
        else:
            assert one == other


def test_frames_tables_polars_and_cohorts_give_the_same():
    expected = ask()
    engine = DuckDBEngine()
    people, events = as_table(PEOPLE, "people", engine), as_table(EVENTS, "events", engine)
    same(ask(people, events), expected)
    same(ask(pl.from_pandas(PEOPLE), pl.from_pandas(EVENTS)), expected)
    cohort = Cohort(Features(people, date(2022, 12, 31), date(2021, 1, 1)), name="All")
    same(pre_post(cohort, events, kinds=["suspect"]), expected)
    # the arguments win over the cohort's own
    assert ask(cohort, events, as_of=date(2022, 9, 30)).method["as_of"] == "2022-09-30"


def test_a_cohort_of_some_leaves_the_others_out():
    cohort = Cohort(PEOPLE, name="Some", as_of=date(2022, 12, 31)).require("Some of them", "person_id >= 'p2'")
    assert ask(cohort, as_table(EVENTS, "events", cohort.engine)).row("mcnemar_exact")["n"] == 3


def test_site_kinds_of_column_and_time_of_day_do_not_matter():
    events = EVENTS.assign(kind=EVENTS["kind"].astype("category"), on=EVENTS["on"] + pd.Timedelta(hours=23))
    same(ask(PEOPLE.drop(columns="site"), events), ask())
    numbered = {"person_id": lambda frame: frame["person_id"].str[1:].astype(int)}
    same(ask(PEOPLE.assign(**numbered), EVENTS.assign(**numbered)), ask())


def test_person_counts():
    table = pre_post_counts(PEOPLE, EVENTS, **ASKED)
    assert list(table.columns) == [
        "person_id", "site", "before", "during", "after", "days_before", "days_during", "days_after", "class",
        "whole", "group",
    ]  # fmt: skip
    frame = table.to_pandas().sort_values("person_id")
    assert frame["class"].tolist() == ["none_recorded", "desisted", "reduced", "unchanged", "increased"]
    assert frame["site"].tolist() == ["x"] * 5


def test_unknown_days_before_give_counts_but_no_rates():
    result = ask(observed_from=None)
    assert result.parts["classes"].table["people"].tolist() == [1, 1, 1, 1, 1]
    exposure = result.parts["exposure"].table.set_index("period")
    assert exposure["days_at_risk"].isna().tolist() == [True, False, False]
    assert exposure.loc["before", ["rate", "conf_low", "conf_high"]].isna().all()
    for term in ("rate_ratio_exact", "rate_ratio_robust"):
        row = result.row(term)
        assert row[["estimate", "std_error", "conf_low", "conf_high", "p_value"]].isna().all()
        assert (row["n"], row["n_events"]) == (0, 0)
    assert result.check("exposure_known").passed is False
    assert result.check("exposure_known").text == (
        "How far back the records go was not stated (observed_from), so the days before are unknown: counts and "
        "classes are given, rates and rate ratios are not."
    )
    assert "How far back the records go was not stated, so no rates are given." in [str(s) for s in result.text]


def test_people_with_a_cut_window_are_dropped_or_rated():
    people = PEOPLE.assign(last_contact=pd.to_datetime(["2022-06-30"] * 3 + ["2022-07-20"] * 2))
    asked = {"before": "183 days", "after": "183 days"}
    dropped = ask(people, **asked)
    assert dropped.row("mcnemar_exact")["n"] == 3
    check = dropped.check("incomplete_windows")
    assert (check.passed, check.counts) == (False, (2, 5, 3, 0, 2))
    assert check.text == (
        "2 of 5 people had a window cut short (0 people by the start of the records and 2 people by the review date) "
        "and were left out."
    )
    rated = ask(people, incomplete="rate", **asked)
    days = rated.parts["exposure"].table.set_index("period")["days_at_risk"]
    assert days["after"] == 3 * 183 + 2 * 164
    assert rated.check("incomplete_windows").text.endswith("and were kept with the days they have.")
    assert rated.row("mcnemar_exact")["n"] == 5


def test_records_that_begin_late_cut_the_before_window():
    result = ask(before="400 days", incomplete="rate")
    assert result.check("incomplete_windows").counts == (5, 5, 0, 5, 0)
    assert result.parts["exposure"].table["days_at_risk"].tolist()[0] == 5 * 365
    nobody = ask(before="400 days")
    assert nobody.text[0].text == "Nobody is left in this analysis, so it says nothing."
    unstated = ask(before="400 days", observed_from=None).check("incomplete_windows")
    assert unstated.passed is None
    assert unstated.text == (
        "No window of a fixed length was cut. Where the records begin was not stated: every before window is taken as "
        "whole."
    )


def test_all_windows_are_never_incomplete():
    check = ask().check("incomplete_windows")
    assert (check.passed, check.text) == (True, "All days on record were asked for, so no window is incomplete.")


def test_people_without_a_day_at_risk_are_told():
    custody = pd.DataFrame({"person_id": ["p1"], "starts_on": [pd.Timestamp("2022-06-30")], "ends_on": [pd.NaT]})
    result = ask(custody=custody)
    check = result.check("days_at_risk")
    assert (check.passed, check.counts) == (False, (0, 1))
    assert check.text == (
        "0 people had no day at risk before and 1 person none after: no event could be recorded, yet they are in the "
        "classes."
    )
    assert result.check("custody_given").text == (
        "Custody records hold 1 spell of 1 person; 1 without a release go on through the review date."
    )
    assert result.row("rate_ratio_exact")["n"] == 3
    late = ask(observed_from="2022-03-01")
    assert late.check("days_at_risk").counts == (5, 0)


def test_kinds_are_not_mixed_silently():
    events = pd.concat([EVENTS, EVENTS.head(3).assign(kind="charge"), EVENTS.head(2).assign(kind="asb")])
    alone = ask(events=events)
    same_numbers = ask()
    pd.testing.assert_frame_equal(alone.table, same_numbers.table)
    check = alone.check("kinds")
    assert (check.passed, check.counts) == (True, (2, 3))
    assert check.text == (
        "Counted: recorded suspect events. Other events of these people were left out: 2 of kind asb and 3 of kind "
        "charge."
    )
    mixed = ask(events=events, kinds=["suspect", "charge"])
    assert mixed.title == "Recorded suspect and charge events (mixed on request) before and after the programme"
    assert mixed.check("kinds").passed is None
    assert "Kinds were mixed on request." in mixed.check("kinds").text
    assert mixed.row("rate_ratio_robust")["n_events"] == 18


def test_events_of_other_people_and_outside_windows():
    others = EVENTS.assign(person_id="somebody else")
    early = EVENTS.head(2).assign(on=pd.Timestamp("2019-05-05"))
    result = ask(events=pd.concat([EVENTS, others, early]))
    assert result.check("events_outside_windows").counts == (2, 17)
    assert result.row("rate_ratio_robust")["n_events"] == 15
    strangers = ask(events=others).check("kinds")
    assert strangers.passed is False
    assert strangers.text.endswith(
        "No event in the table belongs to any of these people; check that the ids are of one making."
    )


EMPTY = pd.DataFrame({"person_id": [], "on": [], "kind": []})
NO_CUSTODY = pd.DataFrame({"person_id": [], "starts_on": [], "ends_on": []})


@pytest.mark.parametrize(
    ("people", "events"),
    [
        (PEOPLE, EMPTY),
        (PEOPLE, EVENTS.head(0)),
        (PEOPLE.head(0), EVENTS),
        (pd.DataFrame({"person_id": [], "first_contact": [], "last_contact": []}), EVENTS),
        (pd.DataFrame({"person_id": [], "first_contact": [], "last_contact": []}), EMPTY),
    ],
)
def test_nobody_and_nothing(people, events):
    result = ask(people, events, custody=NO_CUSTODY)
    assert result.table["p_value"].isna().all()
    assert result.table["estimate"].isna().all()
    assert result.parts["classes"].table["people"].tolist() == [len(people), 0, 0, 0, 0]
    assert result.check("estimates_missing").passed is False
    assert "nan" not in " ".join([*map(str, result.text), *(check.text for check in result.checks)]).lower()


@pytest.mark.parametrize(
    "counts",
    [[(0, 2)] * 3, [(2, 0)] * 3, [(1, 1)] * 3, [(5, 2)], [(0, 0)] * 40, [(3, 3), (3, 3)], [(0, 1), (1, 0)]],
)
def test_one_sided_and_even_counts_do_not_break(counts):
    result = ask(*made_people(counts))
    told = " ".join([*map(str, result.text), *(check.text for check in result.checks)])
    assert "nan" not in told.lower()
    for row in result.table.itertuples():
        assert math.isnan(row.conf_low) or row.conf_low <= row.estimate * (1 + 1e-12) <= row.conf_high * (1 + 1e-9)
        assert math.isnan(row.p_value) or 0 <= row.p_value <= 1


WINDOW_FIX = (
    '      → write "all" or a number of days, as in "183 days"; months and years differ in length and are not taken'
)


def test_choices_are_refused_all_at_once():
    assert refused(
        kinds="suspect", before="6 months", after="0 days", incomplete="dorp", conf_level=95, as_of="31/12/2022"
    ) == (
        "the question cannot be answered as asked\n"
        "  as_of: is not a date\n"
        "      → write it as date(2024, 3, 31) or '2024-03-31'\n"
        "  before: '6 months' is not a window\n"
        f"{WINDOW_FIX}\n"
        "  after: '0 days' is not a window\n"
        f"{WINDOW_FIX}\n"
        "  kinds: is not a list of kinds of event\n"
        '      → name at least one, as in kinds=["suspect"]\n'
        "  incomplete: 'dorp' is not a rule\n"
        "      → did you mean 'drop'?\n"
        "  conf_level: must lie between 0 and 1\n"
        "      → write 0.95 for 95%"
    )


@pytest.mark.parametrize(
    "window", ["", "183", "183days", "-1 days", " 1 day", "1 day ", "1.5 days", "40000 days", 183, None]
)
def test_windows_are_read_strictly(window):
    assert "is not a window" in refused(before=window)


def test_as_of_is_required_and_after_observed_from():
    assert "as_of: no review date was given" in refused(as_of=None)
    assert "observed_from: lies after as_of" in refused(observed_from="2023-01-01")


def test_columns_are_refused_all_at_once():
    message = refused(PEOPLE.rename(columns={"first_contact": "first_contct"}), EVENTS.rename(columns={"kind": "type"}))
    assert message == (
        "the records do not allow an answer\n"
        "  people.first_contact: there is no such column\n"
        "      → did you mean 'first_contct'?\n"
        "  events.kind: there is no such column\n"
        "      → known: person_id, on, type"
    )


def test_types_are_refused_all_at_once():
    message = refused(PEOPLE.assign(first_contact="2022-01-01"), EVENTS.assign(person_id=1, kind=2))
    assert message == (
        "the records do not allow an answer\n"
        "  people.first_contact: holds VARCHAR, where date is needed\n"
        "      → make dates of it before, as with pandas.to_datetime(..., dayfirst=True), without a time zone\n"
        "  events.person_id: holds BIGINT, where text is needed\n"
        "      → give people, events and custody ids of one type\n"
        "  events.kind: holds BIGINT, where text is needed\n"
        "      → make text of it before"
    )


def test_moments_of_a_time_zone_are_no_days():
    with pytest.raises(AnalysisError, match="time zone"):
        ask(events=EVENTS.assign(on=EVENTS["on"].dt.tz_localize("Europe/London")))


def test_rows_are_refused_all_at_once_and_never_shown():
    people = pd.concat([PEOPLE, PEOPLE.head(2)], ignore_index=True)
    people.loc[0, "person_id"] = None
    people.loc[2, "first_contact"] = pd.NaT
    people.loc[3, "last_contact"] = pd.NaT
    people.loc[4, "first_contact"] = pd.Timestamp("2022-08-01")
    events = EVENTS.copy()
    events.loc[0, "on"] = pd.NaT
    events.loc[[1, 2], "kind"] = None
    events.loc[3, "person_id"] = None
    custody = pd.DataFrame(
        {
            "person_id": ["p1", None, "p2"],
            "starts_on": pd.to_datetime(["2022-01-05", "2022-01-05", None]),
            "ends_on": pd.to_datetime(["2022-01-01", None, "2022-01-01"]),
        },
    )
    assert refused(people, events, custody=custody, as_of="2022-06-01", kinds=["suspct"]) == (
        "the records do not allow an answer\n"
        "  people.person_id: missing in 1 row\n"
        "      → name every person\n"
        "  people.person_id: 1 row too many for people who have a row already\n"
        "      → keep one row per person\n"
        "  people.first_contact: missing in 1 row\n"
        "      → leave out people who never met anyone\n"
        "  people.last_contact: missing in 1 row\n"
        "      → leave out people who never met anyone\n"
        "  people.first_contact: after last_contact in 1 row\n"
        "      → look for swapped dates\n"
        "  people.last_contact: a contact after as_of (2022-06-01) in 6 rows\n"
        "      → move as_of, or leave out later contacts\n"
        "  custody.person_id: missing in 1 row\n"
        "      → name the person of every spell\n"
        "  custody.starts_on: missing in 1 row\n"
        "      → date every reception\n"
        "  custody.ends_on: before starts_on in 1 row\n"
        "      → look for swapped dates\n"
        "  events.person_id: missing in 1 row\n"
        "      → name the person of every event\n"
        "  events.on: missing in 1 row\n"
        "      → leave out events without a date, and say so\n"
        "  events.kind: missing in 2 rows\n"
        "      → say what kind of event each is\n"
        "  kinds: 'suspct' is not a kind of event\n"
        "      → did you mean 'suspect'?"
    )


def test_a_kind_of_ones_own_may_be_counted():
    result = ask(events=EVENTS.assign(kind="seizure"), kinds=["seizure"])
    assert result.title == "Recorded seizure events before and after the programme"


def test_tables_of_two_engines_are_refused():
    with pytest.raises(AnalysisError, match="lives in another engine"):
        ask(PEOPLE, as_table(EVENTS, "events"))


def test_method_says_every_choice():
    method = ask(before="183 days").method
    assert (method["before"], method["after"], method["incomplete"]) == ("183 days", "all", "drop")
    assert (method["as_of"], method["observed_from"], method["kinds"]) == ("2022-12-31", "2021-01-01", ["suspect"])
    assert method["wilcoxon_signed_rank"]["zeros"] == "wilcox (dropped)"
    assert method["wilcoxon_signed_rank"]["p_value"] == "exact permutation"
    assert ask(observed_from=None).method["observed_from"] is None


STEPS = sorted(
    path
    for package in ("lvrn_eval.offending", "lvrn_eval.cohort")
    for path in files(package).iterdir()
    if path.name.endswith(".sql")
    and (package.endswith("offending") or path.name.startswith(("windows", "custody", "exposure")))
)


@pytest.mark.parametrize("path", STEPS, ids=lambda path: path.name)
@pytest.mark.parametrize("dialect", ["postgres", "spark"])
def test_steps_can_be_said_in_other_dialects(path, dialect):
    raised = sqlglot.ErrorLevel.RAISE
    assert sqlglot.transpile(path.read_text("utf-8"), read="duckdb", write=dialect, unsupported_level=raised)
