"""The case series against a published example, R (tests/reference/r/case_series), and arithmetic by hand."""

import json
import math
from itertools import pairwise
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from lvrn_eval.designs import case_series
from lvrn_eval.designs.case_series_cells import by_month, material
from lvrn_eval.designs.case_series_choices import read_series
from lvrn_eval.designs.case_series_fit import model
from lvrn_eval.designs.kernels.conditional_poisson import DependentError, Segments, SeparatedError, fit

REFERENCE = Path(__file__).parents[1] / "reference" / "r" / "case_series"
R = json.loads((REFERENCE / "case_series.json").read_text())
CLOSE = {"rel": 1e-8, "abs": 1e-10}
ASKED = {
    "kinds": ["suspect"],
    "pre_referral": "90 days",
    "programme_cuts": ["91 days"],
    "after_cuts": ["183 days"],
    "observed_from": "2019-01-01",
    "as_of": "2023-12-31",
}
MODELS = {
    "periods": {},
    "ages": {"age_bands": [16, 18]},
    "all": {"age_bands": [16, 18], "calendar_bands": ["2022-01-01"]},
    "first": {"first_event": True},
}


@pytest.fixture(scope="module")
def records():
    people = pd.read_csv(
        REFERENCE / "people.csv", parse_dates=["birth_month", "referred_on", "first_contact", "last_contact"]
    )
    events = pd.read_csv(REFERENCE / "events.csv", parse_dates=["on"])
    custody = pd.read_csv(REFERENCE / "custody.csv", parse_dates=["starts_on", "ends_on"])
    return people, events, custody


@pytest.fixture(scope="module")
def results(records):
    people, events, custody = records
    return {name: case_series(people, events, custody=custody, **ASKED, **more) for name, more in MODELS.items()}


def segments(cells, x):
    """Return segments of a frame with ``person``, ``days`` and ``events``, ordered by person."""
    _, first = np.unique(cells["person"], return_index=True)
    numbers = [cells[name].to_numpy(dtype=float) for name in ("days", "events")]
    return Segments(first, cells[x].to_numpy(dtype=float), *numbers, np.ones(first.size))


def oxford():
    """Cut the days of ten children at the ends of exposure and age, without joining what is alike."""
    rows = []
    for child in pd.read_csv(REFERENCE / "oxford.csv").itertuples():
        cuts = {child.start, 548, child.end + 1, child.mmr + 15, child.mmr + 36}
        cuts = sorted(cut for cut in cuts if child.start <= cut <= child.end + 1)
        for low, high in pairwise(cuts):
            exposed = child.mmr + 15 <= low <= child.mmr + 35
            rows.append((child.case, high - low, int(low <= child.event < high), int(exposed), int(low >= 548)))
    return pd.DataFrame(rows, columns=["person", "days", "events", "exposed", "older"])


def test_published_example_of_ten_children():
    # Whitaker and others (2006), section 3.1, as Stata prints it: 38 rows, two ratios, their errors and limits
    cells = oxford()
    assert len(cells) == 38
    found = fit(segments(cells, ["exposed", "older"]))
    ratio, error = np.exp(found.beta), np.sqrt(np.diag(found.covariance))
    assert ratio.round(3).tolist() == [12.037, 0.225]
    assert (ratio * error).round(3).tolist() == [8.528, 0.252]
    assert np.exp(found.beta - 1.959964 * error).round(3).tolist() == [3.002, 0.025]
    assert np.exp(found.beta + 1.959964 * error).round(3).tolist() == [48.259, 2.016]
    assert round(found.log_likelihood, 6) == -10.088277


def test_published_example_against_r():
    found = fit(segments(pd.read_csv(REFERENCE / "oxford_cells.csv"), ["exposed", "older"]))
    expected = R["oxford"]
    assert found.beta == pytest.approx(expected["beta"], **CLOSE)
    assert found.beta == pytest.approx(expected["clogit"], **CLOSE)
    assert np.sqrt(np.diag(found.covariance)) == pytest.approx(expected["se"], **CLOSE)
    assert np.sqrt(np.diag(found.robust)) == pytest.approx(expected["robust_se"], **CLOSE)


@pytest.mark.parametrize("name", ["periods", "ages", "all"])
def test_model_against_r(results, name):
    table, expected = results[name].table, R["made"][name]
    ours = {name: table[name].to_numpy(dtype=float) for name in ("estimate", "std_error_model", "std_error_robust")}
    periods = slice(0, 6)
    assert ours["estimate"][periods] == pytest.approx(expected["beta"][periods], **CLOSE)
    assert ours["estimate"][periods] == pytest.approx(expected["gnm"][periods], rel=1e-6)
    assert ours["std_error_model"][periods] == pytest.approx(expected["se"][periods], **CLOSE)
    assert ours["std_error_robust"][periods] == pytest.approx(expected["robust_se"][periods], **CLOSE)
    assert ours["std_error_robust"].tolist() == table["std_error"].tolist()


def test_bands_against_r_whose_reference_is_the_youngest(results):
    result, expected = results["all"], dict(zip(R["made"]["all"]["terms"], R["made"]["all"]["beta"], strict=True))
    # ours is held against 16 to 17, where most events are
    assert set(result.table.loc[result.table["variable"] == "age", "reference"]) == {"16 to 17"}
    assert result.row("age under 16")["estimate"] == pytest.approx(-expected["age16"], **CLOSE)
    assert result.row("age 18 and over")["estimate"] == pytest.approx(expected["age18"] - expected["age16"], **CLOSE)
    assert result.row("from 2022-01-01")["estimate"] == pytest.approx(expected["yearTRUE"], **CLOSE)


def test_first_event_form_and_a_period_without_events(results):
    result, expected = results["first"], R["made"]["first"]
    informed = [place for place, term in enumerate(result.table["term"]) if term != "waiting"]
    table = result.table.iloc[informed]
    assert table["estimate"].to_numpy() == pytest.approx(np.array(expected["beta"])[informed], **CLOSE)
    assert table["std_error"].to_numpy() == pytest.approx(np.array(expected["se"])[informed], **CLOSE)
    assert table["n_events"].tolist() == table["n_with_event"].tolist()
    waiting = result.row("waiting")
    assert (waiting["ratio"], waiting["n_events"]) == (0.0, 0)
    assert math.isnan(waiting["conf_low"])
    check = result.check("without_estimate")
    assert check.passed is False
    assert check.text == (
        "Not given: Referred, not yet met (no event was recorded there, so the ratio is 0 and no interval can be "
        "given)."
    )


def test_nothing_is_concluded_from_first_events_that_are_not_rare(results):
    texts = [str(sentence) for sentence in results["first"].text]
    assert results["first"].check("events_rare_or_independent").passed is False
    assert any(
        text.startswith("No conclusion about change is drawn, as it does not hold that events are rare")
        for text in texts
    )
    assert not any(" was lower by" in text or " was higher by" in text for text in texts)


def test_months_observed_and_expected(records):
    people, events, custody = records
    series = read_series(
        people, events, custody=custody, age_bands=(), calendar_bands=(), first_event=False, min_age=10, where=None,
        conf_level=0.95, **ASKED,
    )  # fmt: skip
    found = material(series)
    months = by_month(series, found, model(found).ratios)
    assert months.observed.tolist() == R["months"]["observed"]
    assert months.expected == pytest.approx(R["months"]["expected"], **CLOSE)
    # what is expected adds up to what was observed: the score of the model is 0
    assert months.expected.sum() == pytest.approx(months.observed.sum(), rel=1e-9)


def test_by_hand():
    # 300 days of baseline and 100 of programme for both. A has 3 and 1 events, B 1 and 2: 4 and 3 in all.
    # Ratio (3 / 100) / (4 / 300) = 2.25. Share of the programme p = 3/7; information 7 p (1 - p) = 12/7.
    # Scores 1 - 4 * 3/7 = -5/7 and 2 - 3 * 3/7 = 5/7; robust variance (50/49) / (12/7)^2 = 50/144.
    day = pd.Timestamp
    people = pd.DataFrame(
        {"person_id": ["A", "B", "C"], "first_contact": day("2022-01-01"), "last_contact": day("2022-04-10")}
    )
    on = ["2021-03-08", "2021-05-01", "2021-12-31", "2022-01-01", "2021-07-07", "2022-02-02", "2022-04-10"]
    events = pd.DataFrame({"person_id": list("AAAABBB"), "on": pd.to_datetime(on), "kind": "suspect"})
    result = case_series(
        people, events, kinds=["suspect"], pre_referral="none", observed_from="2021-03-07", as_of="2022-04-10"
    )
    row = result.row("programme")
    assert row["ratio"] == pytest.approx(2.25, rel=1e-12)
    assert row["std_error_model"] == pytest.approx(math.sqrt(7 / 12), rel=1e-12)
    assert row["std_error_robust"] == pytest.approx(math.sqrt(50) / 12, rel=1e-12)
    assert (row["n"], row["n_events"], row["n_with_event"], row["n_reference"], row["n_events_reference"]) == (
        2,
        3,
        2,
        2,
        4,
    )
    categories = result.parts["categories"].table.set_index("category")
    assert categories["days_at_risk"].to_dict() == {"Baseline": 600, "Programme": 200, "After the programme": 0}
    assert math.isnan(result.row("after")["ratio"])
    assert "1 person has no event that counts" in result.check("informative_people").text
    assert result.check("small_sample").passed is False


def one(on, kinds="suspect", first="2022-03-01", last="2022-03-31", referred="2022-02-10", offence="theft", **more):
    """Return the events of each category, of one person with these days of events."""
    people = pd.DataFrame({"person_id": ["A"], "referred_on": [pd.Timestamp(referred)],
                           "first_contact": [pd.Timestamp(first)], "last_contact": [pd.Timestamp(last)]})  # fmt: skip
    events = pd.DataFrame({"person_id": "A", "on": pd.to_datetime(on), "kind": kinds, "offence": offence})
    choices = {"pre_referral": "10 days", "observed_from": "2022-01-01", "as_of": "2022-06-30"} | more
    table = case_series(people, events, kinds=["suspect"], **choices).parts["categories"].table
    return dict(zip(table["category"], zip(table["days_at_risk"], table["n_events"], strict=True), strict=True))


def test_where_each_day_belongs():
    edges = ["2022-01-01", "2022-01-31", "2022-02-01", "2022-02-10", "2022-02-11", "2022-02-28", "2022-03-01",
             "2022-03-31", "2022-04-01", "2022-06-30", "2021-12-31", "2022-07-01"]  # fmt: skip
    assert one(edges) == {
        "Baseline": (31, 2),
        "10 days up to referral": (10, 2),
        "Referred, not yet met": (18, 2),
        "Programme": (31, 2),
        "After the programme": (91, 2),
    }


def test_days_of_bands_begin_where_they_are_said_to():
    found = one(["2022-01-05", "2022-03-07", "2022-03-08", "2022-04-30", "2022-05-01"],
                programme_cuts=["7 days"], after_cuts=["30 days"])  # fmt: skip
    assert found["Programme, days 1 to 7"] == (7, 1)
    assert found["Programme, day 8 on"] == (24, 1)
    assert found["After the programme, days 1 to 30"] == (30, 1)
    assert found["After the programme, day 31 on"] == (61, 1)


def test_referral_on_or_after_the_first_contact_ends_the_window_the_day_before():
    for referred in ("2022-03-01", "2022-03-20"):
        found = one(["2022-01-05", "2022-02-28", "2022-03-01"], referred=referred)
        assert found["10 days up to referral"] == (10, 1)
        assert found["Referred, not yet met"] == (0, 0)
        assert found["Programme"] == (31, 1)


def test_custody_takes_days_and_their_events():
    custody = pd.DataFrame({"person_id": ["A"], "starts_on": [pd.Timestamp("2022-03-10")],
                            "ends_on": [pd.Timestamp("2022-03-20")]})  # fmt: skip
    found = one(["2022-01-05", "2022-03-10", "2022-03-15", "2022-03-20"], custody=custody)
    assert found["Programme"] == (31 - 9, 2)


def test_only_events_that_meet_the_rule_count():
    offences = ["robbery", "robbery", "theft"]
    found = one(["2022-01-05", "2022-03-10", "2022-03-12"], offence=offences, where="offence = 'robbery'")
    assert found["Programme"] == (31, 1)


def test_days_before_the_age_of_criminal_responsibility_are_not_observed():
    day = pd.Timestamp
    people = pd.DataFrame({"person_id": ["A"], "first_contact": [day("2022-03-01")],
                           "last_contact": [day("2022-03-31")], "birth_month": [day("2012-02-15")]})  # fmt: skip
    events = pd.DataFrame(
        {"person_id": "A", "on": pd.to_datetime(["2022-01-15", "2022-02-03", "2022-03-03"]), "kind": "suspect"}
    )
    asked = {"kinds": ["suspect"], "pre_referral": "none", "observed_from": "2022-01-01", "as_of": "2022-03-31"}
    of_age = case_series(people, events, **asked).parts["categories"].table
    everything = case_series(people, events, min_age=None, **asked).parts["categories"].table
    assert of_age[["n_events", "days_at_risk"]].to_numpy().tolist()[:2] == [[1, 28], [1, 31]]
    assert everything[["n_events", "days_at_risk"]].to_numpy().tolist()[:2] == [[2, 59], [1, 31]]


def kernel(x, days, events, first):
    return Segments(
        np.array(first), np.array(x, float), np.array(days, float), np.array(events, float), np.ones(len(first))
    )


def test_terms_that_cannot_be_told_apart_are_named():
    rows = kernel([[0, 0], [1, 1], [0, 0], [1, 1]], [1, 1, 1, 1], [1, 1, 0, 1], [0, 2])
    with pytest.raises(DependentError) as error:
        fit(rows)
    assert error.value.terms == (1,)


def test_separated_terms_are_named():
    # in every person with days in the second term and the first, events fall in the second: it runs off
    rows = kernel([[0, 0], [1, 0], [1, 0], [1, 1]], [1, 1, 1, 1], [1, 1, 0, 3], [0, 2])
    with pytest.raises(SeparatedError) as error:
        fit(rows)
    assert error.value.terms == (1,)


def test_the_unit_of_time_does_not_matter():
    cells = oxford()
    days, hours = (fit(segments(cells.assign(days=cells["days"] * unit), ["exposed", "older"])) for unit in (1, 24))
    assert days.beta == pytest.approx(hours.beta, rel=1e-10)
    assert days.robust == pytest.approx(hours.robust, rel=1e-10)


def test_order_and_names_do_not_matter(records, results):
    people, events, custody = records
    names = {name: f"x{place:03d}" for place, name in enumerate(reversed(people["person_id"].tolist()))}
    shuffled = [
        frame.sample(frac=1, random_state=7).assign(person_id=lambda frame: frame["person_id"].map(names))
        for frame in (people, events, custody)
    ]
    again = case_series(shuffled[0], shuffled[1], custody=shuffled[2], **ASKED, **MODELS["all"])
    pd.testing.assert_frame_equal(again.table, results["all"].table, check_exact=True)
    assert again.checks == results["all"].checks


def test_everybody_twice_halves_the_variance(records, results):
    people, events, custody = records
    double = [
        pd.concat([frame, frame.assign(person_id=frame["person_id"] + "b")]) for frame in (people, events, custody)
    ]
    twice = case_series(double[0], double[1], custody=double[2], **ASKED).table
    once = results["periods"].table
    assert twice["estimate"].to_numpy() == pytest.approx(once["estimate"].to_numpy(), rel=1e-9)
    for error in ("std_error_model", "std_error_robust"):
        assert twice[error].to_numpy() == pytest.approx(once[error].to_numpy() / math.sqrt(2), rel=1e-9)
    for count in ("n", "n_events", "n_with_event", "n_reference", "n_events_reference"):
        assert twice[count].tolist() == (2 * once[count]).tolist()


def burst(seed=4, n=500):
    """Make people whose events come at one rate for ever, but for a burst in the 60 days before a referral."""
    rng = np.random.default_rng(seed)
    start = pd.Timestamp("2018-01-01")
    referred = rng.integers(700, 900, n)
    who, on = [], []
    for place, low, high, rate in ((0, 0, 1826, 1.2 / 365), (1, -60, 1, 6 / 365)):
        counts = rng.poisson(rate * (high - low), n)
        days = rng.integers(low, high, counts.sum()) + (np.repeat(referred, counts) if place else 0)
        who.append(np.repeat(np.arange(n), counts))
        on.append(days)
    events = pd.DataFrame(
        {"person_id": np.concatenate(who), "on": start + pd.to_timedelta(np.concatenate(on), unit="D")}
    )
    day = start + pd.to_timedelta(referred, unit="D")
    people = pd.DataFrame({"person_id": np.arange(n), "referred_on": day, "first_contact": day + pd.Timedelta(days=5),
                           "last_contact": day + pd.Timedelta(days=180)})  # fmt: skip
    return people, events.assign(kind="suspect")


def test_without_a_window_a_programme_that_does_nothing_looks_good():
    people, events = burst()
    asked = {"kinds": ["suspect"], "observed_from": "2018-01-01", "as_of": "2022-12-31"}
    honest = case_series(people, events, pre_referral="90 days", **asked)
    naive = case_series(people, events, pre_referral="none", **asked)
    for term in ("programme", "after"):
        assert honest.row(term)["conf_low"] < 0 < honest.row(term)["conf_high"]
        assert naive.row(term)["conf_high"] < 0
    check = honest.check("pre_referral_rate")
    assert check.passed is False
    assert check.statistic > 2
    assert naive.check("pre_referral_rate").passed is None


def test_the_table_of_the_page_comes_out_again(pytestconfig):
    page = (pytestconfig.rootpath / "docs/explanation/self-controlled-case-series.md").read_text(encoding="utf-8")
    people, events = burst()
    for window in ("none", "30 days", "60 days", "90 days"):
        result = case_series(
            people, events, kinds=["suspect"], pre_referral=window, observed_from="2018-01-01", as_of="2022-12-31"
        )
        shown = [
            "{:.2f} ({:.2f} to {:.2f})".format(*result.row(term)[["ratio", "ratio_low", "ratio_high"]])
            for term in ("programme", "after")
        ]
        assert f"| {window} | {shown[0]} | {shown[1]} |" in page


def test_what_the_page_says_of_first_events(results):
    last = "after from day 184"
    assert round(results["first"].row(last)["ratio"], 2) == 0.13
    assert round(results["periods"].row(last)["ratio"], 2) == 0.76
    assert "(88.9%)" in results["first"].check("events_rare_or_independent").text
