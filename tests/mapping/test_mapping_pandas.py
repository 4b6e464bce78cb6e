"""Each kind of measure beside plain pandas on made-up records, and its interval beside statsmodels and scipy."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from mapping_examples import counts, made_up, observed, values
from scipy import stats
from statsmodels.stats.proportion import proportion_confint

TABLES = made_up()
ATTENDED = TABLES["contacts"][TABLES["contacts"]["attended"]]
JOINED = TABLES["contacts"].merge(TABLES["people"], on="person_id", how="left")


def key(frame, column=None):
    """Return how the observations name the groups of a column by calendar year."""
    return frame.assign(
        level=column or "all", area=frame[column].fillna("not_recorded") if column else "all",
        start=frame["on"].dt.year.astype(str) + "-01-01",
    ).groupby(["level", "area", "start"])  # fmt: skip


def test_records_by_site_and_year() -> None:
    found = values({"table": "contacts", "kind": "records", "period": "calendar_year", "by": ["site"]}, TABLES)
    wanted = {**key(TABLES["contacts"]).size().to_dict(), **key(TABLES["contacts"], "site").size().to_dict()}
    assert found == wanted


def test_different_people_by_a_column_of_the_person() -> None:
    measure = {"table": "contacts", "kind": "distinct", "of": "person_id", "where": "attended", "by": ["district"]}
    found = values({**measure, "period": "calendar_year"}, TABLES)
    rows = JOINED[JOINED["attended"]]
    wanted = {**key(rows)["person_id"].nunique().to_dict(), **key(rows, "district")["person_id"].nunique().to_dict()}
    assert found == wanted


@pytest.mark.parametrize(("kind", "reduce"), [("sum", "sum"), ("mean", "mean"), ("minimum", "min"), ("maximum", "max")])
def test_numbers_leave_out_what_is_missing(kind: str, reduce: str) -> None:
    table = observed({"table": "contacts", "kind": kind, "value": "minutes / 60", "where": "attended"}, TABLES).table
    hours = ATTENDED["minutes"] / 60
    row = table.iloc[0]
    assert row["value"] == pytest.approx(hours.agg(reduce), rel=1e-12)
    assert (row["n_records"], row["n_missing"]) == (hours.notna().sum(), hours.isna().sum())
    assert row["n_people"] == ATTENDED.loc[hours.notna(), "person_id"].nunique()


def test_mean_has_the_interval_of_scipy() -> None:
    row = observed({"table": "contacts", "kind": "mean", "value": "minutes"}, TABLES).table.iloc[0]
    wanted = stats.ttest_1samp(TABLES["contacts"]["minutes"].dropna(), 0).confidence_interval(0.95)
    assert (row["conf_low"], row["conf_high"]) == pytest.approx((wanted.low, wanted.high), rel=1e-8)
    assert row["interval"] == "t"


def test_proportion_of_rows_has_the_interval_of_statsmodels() -> None:
    measure = {"table": "events", "kind": "proportion", "numerator": "knife", "where": "kind = 'suspect'"}
    row = observed(measure, TABLES).table.iloc[0]
    knife = TABLES["events"].loc[TABLES["events"]["kind"] == "suspect", "knife"]
    assert (row["numerator"], row["denominator"], row["n_missing"]) == (knife.sum(), knife.count(), knife.isna().sum())
    low, high = proportion_confint(knife.sum(), knife.count(), method="wilson")
    assert (row["conf_low"], row["conf_high"]) == pytest.approx((100 * low, 100 * high), rel=1e-8)


def test_proportion_of_people_counts_a_person_once() -> None:
    measure = {"table": "contacts", "kind": "proportion", "numerator": "role = 'mentor'", "of": "person_id"}
    row = observed({**measure, "denominator": "attended"}, TABLES).table.iloc[0]
    met = ATTENDED.loc[ATTENDED["role"] == "mentor", "person_id"].nunique()
    assert (row["numerator"], row["denominator"]) == (met, ATTENDED["person_id"].nunique())
    assert row["n_missing"] == 0  # missed engagements lie outside the denominator; nothing of them is missing


def test_age_is_by_the_month_of_birth() -> None:
    found = observed({"table": "contacts", "kind": "distinct", "of": "person_id", "where": "age < 18"}, TABLES).table
    born, on = JOINED["birth_month"], JOINED["on"]
    age = on.dt.year - born.dt.year - (on.dt.month < born.dt.month)
    assert found["value"].iloc[0] == JOINED.loc[age < 18, "person_id"].nunique()
    assert found["n_missing"].iloc[0] == born.isna().sum()


def test_rows_per_person_with_a_second_table() -> None:
    columns = [
        {"name": "days", "kind": "distinct", "value": "on"},
        {"name": "first_day", "kind": "minimum", "value": "on"},
        {"name": "hours", "kind": "sum", "value": "minutes / 60"},
    ]
    beside = {
        "table": "events", "where": "kind = 'suspect'",
        "columns": [
            {"name": "before", "kind": "records", "when": '"on" < first_day'},
            {"name": "latest_after", "kind": "maximum", "value": "on", "when": '"on" >= first_day'},
        ],
    }  # fmt: skip
    measure = {
        "table": "contacts", "where": "attended", "kind": "proportion", "numerator": "latest_after is null",
        "per": {"one": "person_id", "columns": columns, "beside": beside},
        "among": "days >= 2 and before >= 1 and hours > 1 and sex <> 'not_recorded'",
    }  # fmt: skip
    row = observed(measure, TABLES).table.iloc[0]
    per = ATTENDED.groupby("person_id").agg(
        days=("on", "nunique"), first_day=("on", "min"), hours=("minutes", lambda m: m.sum(min_count=1) / 60)
    )
    suspect = TABLES["events"][TABLES["events"]["kind"] == "suspect"].merge(per, on="person_id")
    per["before"] = suspect[suspect["on"] < suspect["first_day"]].groupby("person_id").size()
    per["after"] = suspect[suspect["on"] >= suspect["first_day"]].groupby("person_id").size()
    per = per.fillna({"before": 0, "after": 0}).join(TABLES["people"].set_index("person_id"))
    in_it = per[(per["days"] >= 2) & (per["before"] >= 1) & (per["hours"] > 1) & (per["sex"] != "not_recorded")]
    assert row["denominator"] == len(in_it) > 5
    assert row["numerator"] == (in_it["after"] == 0).sum()
    assert row["n_people"] == len(in_it)


def test_paired_change_has_the_interval_of_scipy() -> None:
    measure = {
        "table": "scores", "kind": "change", "value": "score", "of": "person_id", "from": "occasion = 'pre'",
        "to": "occasion = 'post'",
    }  # fmt: skip
    row = observed(measure, TABLES).table.iloc[0]
    scores = TABLES["scores"].dropna(subset="score")
    pre = scores[scores["occasion"] == "pre"]
    pre = pre[pre["on"] == pre.groupby("person_id")["on"].transform("min")].groupby("person_id")["score"].mean()
    post = scores[scores["occasion"] == "post"]
    post = post[post["on"] == post.groupby("person_id")["on"].transform("max")].groupby("person_id")["score"].mean()
    both = pd.concat([pre, post], axis=1, keys=["pre", "post"]).dropna()
    wanted = stats.ttest_rel(both["post"], both["pre"]).confidence_interval(0.95)
    assert row["value"] == pytest.approx((both["post"] - both["pre"]).mean(), rel=1e-10)
    assert (row["conf_low"], row["conf_high"]) == pytest.approx((wanted.low, wanted.high), rel=1e-8)
    assert (row["denominator"], row["n_people"], row["interval"]) == (len(both), len(both), "paired t")
    somewhere = scores[scores["occasion"].isin(["pre", "post"])]["person_id"].nunique()
    assert row["n_missing"] == somewhere - len(both)


def inside(start, end, opens=18, closes=2):
    """Return the minutes between two moments that lie in the hours, minute by minute."""
    minutes = pd.date_range(start, end, freq="min", inclusive="left")
    return ((minutes.hour >= opens) | (minutes.hour < closes)).sum()


def test_time_in_certain_hours_minute_by_minute() -> None:
    hours = {"table": "patrols", "kind": "duration", "from": "starts_at", "to": "ends_at", "unit": "hours"}
    night = {**hours, "daily": {"from": "18:00", "to": "02:00"}, "weight": "officers"}
    patrols = TABLES["patrols"]
    spans = zip(patrols["starts_at"], patrols["ends_at"], strict=True)
    within = np.array([inside(start, end) for start, end in spans]) / 60 * patrols["officers"]
    whole = (patrols["ends_at"] - patrols["starts_at"]).dt.total_seconds() / 3600
    assert values(night, TABLES)["all", "all", "all"] == pytest.approx(within.sum(), rel=1e-10)
    assert values({**night, "as": "percent"}, TABLES)["all", "all", "all"] == pytest.approx(
        100 * within.sum() / (whole * patrols["officers"]).sum(), rel=1e-10
    )
    assert values({**hours, "as": "mean"}, TABLES)["all", "all", "all"] == pytest.approx(whole.mean(), rel=1e-10)
    assert values({**hours, "as": "longest"}, TABLES)["all", "all", "all"] == pytest.approx(whole.max(), rel=1e-10)
    day = {**hours, "daily": {"from": "09:00", "to": "17:00"}}
    spans = zip(patrols["starts_at"], patrols["ends_at"], strict=True)
    minutes = [pd.date_range(start, end, freq="min", inclusive="left") for start, end in spans]
    wanted = sum(((each.hour >= 9) & (each.hour < 17)).sum() for each in minutes) / 60
    assert values(day, TABLES)["all", "all", "all"] == pytest.approx(wanted, rel=1e-10)


@pytest.mark.parametrize(
    ("period", "frequency"),
    [
        ("day", "D"), ("week", "W-SUN"), ("month", "M"), ("quarter", "Q-DEC"), ("calendar_year", "Y-DEC"),
        ("financial_year", "Y-MAR"), ("school_year", "Y-AUG"),
    ],
)  # fmt: skip
def test_periods_begin_and_end_as_in_pandas(period: str, frequency: str) -> None:
    table = observed({"table": "contacts", "kind": "records", "period": period}, TABLES).table
    wanted = TABLES["contacts"].groupby(TABLES["contacts"]["on"].dt.to_period(frequency)).size()
    assert table["value"].tolist() == wanted.tolist()
    assert table["period_start"].tolist() == [p.start_time for p in wanted.index]
    assert table["period_end"].tolist() == [p.end_time.normalize() for p in wanted.index]


def test_by_the_end_of_each_period() -> None:
    measure = {
        "table": "contacts",
        "kind": "distinct",
        "of": "person_id",
        "counted": "by_period_end",
        "period": "month",
    }
    found = values(measure, TABLES)
    month = TABLES["contacts"]["on"].dt.to_period("M")
    wanted = [
        TABLES["contacts"].loc[month <= each, "person_id"].nunique()
        for each in pd.period_range("2022-01", "2024-03", freq="M")  # to the month of the extract
    ]
    assert list(found.values()) == wanted


COUNTS = counts(
    [
        (area, f"{year}-{month:02d}-01", 10 * place + month + (year - 2022) * 3, 1000.0 * (place + 1))
        for place, area in enumerate(["a", "b", "c"])
        for year in (2022, 2023)
        for month in range(1, 13)
    ],
)


def test_rate_has_the_exact_interval() -> None:
    measure = {
        "table": "area_counts", "kind": "rate", "numerator": "count", "denominator": "population * period_years",
        "scale": 1000, "period": "calendar_year", "by": ["area"],
    }  # fmt: skip
    table = observed(measure, COUNTS).table
    rows = COUNTS["area_counts"]
    events = rows.groupby([rows["area"], rows["period_start"].dt.year])["count"].sum()
    for place, area in enumerate("abc"):
        row = table[(table["area"] == area) & (table["period_start"].dt.year == 2023)].iloc[0]
        n, exposure = events[area, 2023], 1000.0 * (place + 1)
        assert row["value"] == pytest.approx(1000 * n / exposure, rel=1e-10)
        ends = stats.chi2.ppf(0.025, 2 * n) / 2, stats.chi2.ppf(0.975, 2 * n + 2) / 2
        assert (row["conf_low"], row["conf_high"]) == pytest.approx([1000 * e / exposure for e in ends], rel=1e-8)


def test_change_against_the_year_before_has_the_exact_interval() -> None:
    measure = {
        "table": "area_counts", "kind": "change", "value": "count", "against": "previous_period", "as": "percent",
        "period": "calendar_year", "by": ["area"],
    }  # fmt: skip
    table = observed(measure, COUNTS).table
    assert table["period_start"].dt.year.tolist() == [2023] * 4
    rows = COUNTS["area_counts"]
    totals = rows.groupby(rows["period_start"].dt.year)["count"].sum()
    row = table[table["level"] == "all"].iloc[0]
    assert row["value"] == pytest.approx(100 * (totals[2023] / totals[2022] - 1), rel=1e-12)
    share = stats.binomtest(int(totals[2023]), int(totals.sum())).proportion_ci(0.95, "exact")
    ends = [100 * (p / (1 - p) - 1) for p in (share.low, share.high)]
    assert (row["conf_low"], row["conf_high"]) == pytest.approx(ends, rel=1e-8)
    assert row["interval"] == "exact conditional"


def test_shares_sum_to_the_whole() -> None:
    measure = {"table": "area_counts", "kind": "share", "value": "count", "period": "month", "by": ["area"]}
    table = observed(measure, COUNTS).table
    assert table.groupby("period_start")["value"].sum().to_numpy() == pytest.approx(np.full(24, 100.0))
    assert set(table["level"]) == {"area"}


def test_status_at_the_end_of_each_quarter() -> None:
    rng = np.random.default_rng(5)
    rows = pd.DataFrame(
        {
            "organisation": rng.choice([f"o{n}" for n in range(12)], 60), "kind": "school", "standard": "mark",
            "status": rng.choice(["registered", "working_towards", "accredited", "lapsed"], 60),
            "on": pd.Timestamp("2022-02-01") + pd.to_timedelta(rng.permutation(700)[:60], unit="D"),
        }
    )  # fmt: skip
    measure = {
        "table": "organisations", "kind": "latest", "of": "organisation", "holds": "status = 'accredited'",
        "period": "quarter", "as": "percent",
    }  # fmt: skip
    table = observed(measure, {"organisations": rows}).table
    ends = pd.period_range("2022Q1", "2024Q1", freq="Q")
    wanted = []
    for end in ends:
        known = rows[rows["on"] <= end.end_time].sort_values("on").drop_duplicates("organisation", keep="last")
        wanted.append((int((known["status"] == "accredited").sum()), len(known)))
    assert list(zip(table["numerator"], table["denominator"], strict=True)) == wanted


@pytest.mark.parametrize("level", [0.8, 0.99])
def test_the_level_of_intervals_is_what_was_asked_for(level: float) -> None:
    row = observed({"table": "contacts", "kind": "proportion", "numerator": "attended"}, TABLES, conf_level=level)
    low, high = proportion_confint(TABLES["contacts"]["attended"].sum(), 400, alpha=1 - level, method="wilson")
    found = row.table.iloc[0]
    assert (found["conf_low"], found["conf_high"], found["conf_level"]) == pytest.approx((100 * low, 100 * high, level))
