"""Each kind of measure worked out by hand, with the arithmetic beside it."""

import datetime as dt
from types import SimpleNamespace

import pandas as pd
import pytest

from lvrn_eval.framework import Contribution, Framework, Indicator, Level, Outcome, Programme
from lvrn_eval.framework.mapping import map_outcomes
from lvrn_eval.framework.measure import read_measure

FRAMEWORK = {
    "name": "Small", "publisher": "Nobody", "first_year": 2023, "last_year": 2025, "source": "made up",
    "levels": (Level(1, "attested", "One", "One."),),
    "outcomes": (Outcome("wellbeing", "1.1", "attested", 1, "Wellbeing", "People are well."),),
    "success_measures": (), "schema_version": 1, "digest": "",
    "programmes": (Programme("champions", "programme", "Champions", "Made up.", ("wellbeing",)),),
}  # fmt: skip


def found(measure, **tables):
    """Return the observations of a measure over these tables, looked at on 31 March 2024."""
    links = (Contribution("wellbeing", "direct", "Made up."),)
    indicator = Indicator(
        "the_one", "champions", "The one", "Made up.", "things", "increase", "All", "Made up", links, "made up", "",
        read_measure(measure),
    )  # fmt: skip
    records = SimpleNamespace(programme="champions", tables=tables, extracted_on=dt.date(2024, 3, 31))
    return map_outcomes(records, Framework(indicators=(indicator,), **FRAMEWORK)).table


def frame(columns, *rows):
    made = pd.DataFrame(rows, columns=columns.split())
    days = [name for name in made if name in {"on", "period_start", "starts_at", "ends_at", "birth_month"}]
    return made.assign(**{name: pd.to_datetime(made[name]) for name in days})


CONTACTS = frame(
    "person_id site on role attended minutes",
    ("ann", "north", "2023-01-09", "mentor", True, 30),
    ("ann", "north", "2023-01-09", "coach", True, 20),  # a second engagement on one day
    ("ann", "south", "2023-02-06", "mentor", True, None),  # nobody wrote down how long
    ("bob", "south", "2023-12-31", "mentor", True, 40),
    ("cat", "south", "2023-05-05", "mentor", False, 0),  # never came
    ("dan", "south", "2024-04-01", "mentor", True, 60),  # after the last day that is looked at
)


def test_records_and_people() -> None:
    # where attended: ann 3, bob 1; dan is too late
    row = found({"table": "contacts", "kind": "records", "where": "attended"}, contacts=CONTACTS).iloc[0]
    assert (row["value"], row["n_people"], row["n_records"], row["n_missing"]) == (4, 2, 4, 0)
    assert row["period_end"] == pd.Timestamp("2024-03-31")


def test_a_person_at_two_sites_counts_at_each_and_once_in_all() -> None:
    measure = {"table": "contacts", "kind": "distinct", "of": "person_id", "where": "attended", "by": ["site"]}
    table = found(measure, contacts=CONTACTS)
    # north: ann; south: ann, bob; all: ann, bob, not 1 + 2 = 3
    assert table[["area", "value"]].to_numpy().tolist() == [["all", 2.0], ["north", 1.0], ["south", 2.0]]


def test_the_sum_leaves_out_what_nobody_wrote_down() -> None:
    measure = {"table": "contacts", "kind": "sum", "value": "minutes", "where": "attended"}
    row = found(measure, contacts=CONTACTS).iloc[0]
    # 30 + 20 + 40 = 90; one engagement without its length
    assert (row["value"], row["n_records"], row["n_missing"]) == (90, 3, 1)
    written = found({**measure, "value": "coalesce(minutes, 0)"}, contacts=CONTACTS).iloc[0]
    assert (written["value"], written["n_records"], written["n_missing"]) == (90, 4, 0)


def test_the_mean_and_its_interval() -> None:
    measure = {"table": "contacts", "kind": "mean", "value": "minutes", "where": "attended"}
    row = found(measure, contacts=CONTACTS).iloc[0]
    # mean (30 + 20 + 40) / 3 = 30; sd = sqrt((0 + 100 + 100) / 2) = 10; t(0.975, 2) = 4.302653; 10 / sqrt(3) = 5.773503
    assert row["value"] == 30
    assert row["conf_high"] == pytest.approx(30 + 4.302653 * 5.773503, rel=1e-6)


def test_people_engaged_on_two_days() -> None:
    measure = {
        "table": "contacts", "kind": "proportion", "where": "attended", "numerator": "days >= 2",
        "per": {"one": "person_id", "columns": [{"name": "days", "kind": "distinct", "value": "on"}]},
    }  # fmt: skip
    row = found(measure, contacts=CONTACTS).iloc[0]
    # ann came on 2 days, bob on 1: 1 of 2 = 50%; Wilson: z = 1.959964, z*z = 3.841459,
    # centre (0.5 + 3.841459 / 4) / (1 + 3.841459 / 2) = 1.460365 / 2.920730 = 0.5,
    # half 1.959964 * sqrt(0.25 / 2 + 3.841459 / 16) / 2.920730 = 1.959964 * 0.604228 / 2.920730 = 0.405469
    assert (row["value"], row["numerator"], row["denominator"]) == (50, 1, 2)
    assert (row["conf_low"], row["conf_high"]) == pytest.approx((9.4531, 90.5469), abs=1e-4)


def test_none_recorded_after_among_those_recorded_before() -> None:
    events = frame(
        "person_id on kind",
        ("ann", "2022-06-01", "suspect"),
        ("ann", "2023-01-09", "suspect"),  # on the first day: not before it
        ("ann", "2023-02-06", "suspect"),  # on the last day: not after it
        ("bob", "2023-01-01", "suspect"),
        ("bob", "2024-01-01", "suspect"),
        ("cat", "2022-01-01", "suspect"),  # never engaged
        ("bob", "2024-05-01", "suspect"),  # after the last day that is looked at
    )
    columns = [
        {"name": "first_day", "kind": "minimum", "value": "on"},
        {"name": "last_day", "kind": "maximum", "value": "on"},
    ]
    beside = [
        {"name": "before", "kind": "records", "when": '"on" < first_day'},
        {"name": "after", "kind": "records", "when": '"on" > last_day'},
    ]
    measure = {
        "table": "contacts", "where": "attended", "kind": "proportion", "among": "before >= 1",
        "numerator": "after = 0",
        "per": {"one": "person_id", "columns": columns, "beside": {"table": "events", "columns": beside}},
    }  # fmt: skip
    row = found(measure, contacts=CONTACTS, events=events).iloc[0]
    # ann: 1 before, 0 after; bob: 1 before, 1 after; 1 of 2
    assert (row["value"], row["numerator"], row["denominator"]) == (50, 1, 2)


def test_ages_by_the_month_of_birth() -> None:
    people = frame("person_id birth_month", ("ann", "2005-01-01"), ("bob", "2006-01-01"), ("cat", None))
    measure = {"table": "contacts", "kind": "distinct", "of": "person_id", "where": "attended and age >= 18"}
    row = found(measure, contacts=CONTACTS, people=people).iloc[0]
    # ann turns 18 in January 2023 and came then; bob was 17 on 31 December 2023
    assert row["value"] == 1


def test_patrol_hours_and_those_in_the_night() -> None:
    patrols = frame(
        "hotspot starts_at ends_at officers",
        ("h1", "2023-01-01 17:00", "2023-01-02 01:00", 2),  # 8 hours, 18:00 to 01:00 = 7 of them
        ("h2", "2023-01-02 23:00", "2023-01-03 03:00", 4),  # 4 hours, 23:00 to 02:00 = 3 of them
        ("h2", "2023-01-05 20:00", "2023-01-07 20:00", 1),  # 48 hours, 6 + 2 + 6 - 2 + 2 + 2 = two nights of 8 = 16
        ("h1", "2023-01-09 12:00", "2023-01-09 11:00", 1),  # ends before it begins: left out
    )
    measure = {"table": "patrols", "kind": "duration", "from": "starts_at", "to": "ends_at", "unit": "hours"}
    whole = found(measure, patrols=patrols).iloc[0]
    assert (whole["value"], whole["n_missing"]) == (8 + 4 + 48, 1)
    part = found({**measure, "as": "percent", "daily": {"from": "18:00", "to": "02:00"}}, patrols=patrols).iloc[0]
    assert part["value"] == pytest.approx(100 * (7 + 3 + 16) / 60)
    officers = found({**measure, "weight": "officers"}, patrols=patrols).iloc[0]
    assert officers["value"] == 8 * 2 + 4 * 4 + 48


def test_the_latest_status() -> None:
    rows = frame(
        "organisation kind standard status on",
        ("oak", "school", "mark", "near_submission", "2023-01-10"),
        ("oak", "school", "mark", "accredited", "2023-11-01"),
        ("elm", "school", "mark", "near_submission", "2023-06-01"),
        ("ash", "school", "mark", "accredited", "2022-05-01"),
        ("ash", "school", "mark", "lapsed", "2023-05-01"),
    )
    measure = {
        "table": "organisations", "kind": "latest", "of": "organisation", "holds": "status = 'accredited'",
        "period": "calendar_year",
    }  # fmt: skip
    table = found(measure, organisations=rows)
    # end of 2022: ash; of 2023: oak, as ash has lapsed; of 2024, nothing new: oak
    assert table["value"].tolist() == [1, 1, 1]
    assert table["denominator"].tolist() == [1, 3, 3]
    assert table["period_start"].dt.year.tolist() == [2022, 2023, 2024]


def area(*rows):
    made = frame("area period_start period measure category count population", *rows)
    return made.astype({"count": float, "population": float})


def test_points_of_change_and_percent_of_change() -> None:
    counts = area(
        ("school", "2022-01-01", "quarter", "attendance", "all", 900, 1000),
        ("school", "2022-04-01", "quarter", "attendance", "all", 920, 1000),
        ("school", "2023-01-01", "quarter", "attendance", "all", 1880, 2000),
    )
    measure = {
        "table": "area_counts", "kind": "change", "numerator": "count", "denominator": "population",
        "from": "period_start < date '2023-01-01'", "to": "period_start >= date '2023-01-01'",
    }  # fmt: skip
    # before (900 + 920) / 2000 = 91%, after 1880 / 2000 = 94%: 3 points, or 94 / 91 - 1 = 3.2967%
    assert found(measure, area_counts=counts)["value"].iloc[0] == pytest.approx(3)
    assert found({**measure, "as": "percent"}, area_counts=counts)["value"].iloc[0] == pytest.approx(3.2967, abs=1e-4)


def test_a_rate_for_a_year_from_months() -> None:
    counts = area(*[("preston", f"2023-{month:02d}-01", "month", "asb", None, 10, 24_000) for month in range(1, 13)])
    measure = {
        "table": "area_counts", "kind": "rate", "numerator": "count", "denominator": "population * period_years",
        "scale": 1000, "period": "calendar_year",
    }  # fmt: skip
    row = found(measure, area_counts=counts).iloc[0]
    # 120 incidents over 24,000 people for 12 / 12 of a year: 5 per 1,000
    assert (row["value"], row["numerator"], row["denominator"]) == (pytest.approx(5), 120, pytest.approx(24_000))


def test_a_row_longer_than_the_period_is_left_out() -> None:
    counts = area(
        ("preston", "2023-04-01", "year", "asb", None, 500, 24_000),  # runs into 2024
        ("preston", "2023-01-01", "quarter", "asb", None, 30, 24_000),
    )
    row = found(
        {"table": "area_counts", "kind": "sum", "value": "count", "period": "calendar_year"}, area_counts=counts
    )
    assert (row["value"].iloc[0], row["n_missing"].iloc[0]) == (30, 1)
    # the financial year from April holds the one, and the quarter before it stands in another
    table = found(
        {"table": "area_counts", "kind": "sum", "value": "count", "period": "financial_year"}, area_counts=counts
    )
    assert table["value"].tolist() == [30, 500]


def test_districts_above_the_country() -> None:
    counts = area(
        ("england", "2023-01-01", "year", "unemployment", None, 4.0, None),
        ("burnley", "2023-01-01", "year", "unemployment", None, 5.5, None),
        ("preston", "2023-01-01", "year", "unemployment", None, 4.0, None),  # not above
        ("fylde", "2023-01-01", "year", "unemployment", None, 2.5, None),
        ("england", "2022-01-01", "year", "unemployment", None, 1.0, None),
        ("fylde", "2022-01-01", "year", "unemployment", None, 2.5, None),  # above, in its own year
        ("fylde", "2021-01-01", "year", "unemployment", None, 2.5, None),  # no England to compare with
    )
    measure = {
        "table": "area_counts", "kind": "distinct", "of": "area", "where": "measure = 'unemployment'", "value": "count",
        "reference": "area = 'england'", "among": "count > reference", "period": "calendar_year",
    }  # fmt: skip
    table = found(measure, area_counts=counts)
    assert dict(zip(table["period_start"].dt.year, table["value"], strict=True)) == {2022: 1, 2023: 1}


def test_the_change_within_people() -> None:
    scores = frame(
        "person_id instrument on occasion score",
        ("ann", "x", "2023-01-01", "pre", 10.0),
        ("ann", "x", "2023-02-01", "pre", 99.0),  # a second one before; the earliest counts
        ("ann", "x", "2023-06-01", "post", 14.0),
        ("bob", "x", "2023-01-01", "pre", 20.0),
        ("bob", "x", "2023-05-01", "post", 99.0),
        ("bob", "x", "2023-06-01", "post", 22.0),  # the latest counts
        ("cat", "x", "2023-01-01", "pre", 20.0),  # nothing after
    )
    measure = {
        "table": "scores", "kind": "change", "value": "score", "of": "person_id", "from": "occasion = 'pre'",
        "to": "occasion = 'post'",
    }  # fmt: skip
    row = found(measure, scores=scores).iloc[0]
    # ann + 4, bob + 2: mean 3; sd sqrt(2) = 1.414214, over sqrt(2) = 1; t(0.975, 1) = 12.706205
    assert (row["value"], row["n_people"], row["n_missing"]) == (3, 2, 1)
    assert (row["conf_low"], row["conf_high"]) == pytest.approx((3 - 12.706205, 3 + 12.706205), rel=1e-6)
    # percent: mean after (14 + 22) / 2 = 18 over mean before (10 + 20) / 2 = 15: + 20%
    assert found({**measure, "as": "percent"}, scores=scores)["value"].iloc[0] == pytest.approx(20)
