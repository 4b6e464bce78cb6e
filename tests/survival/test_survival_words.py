"""The sentences, checks and further tables, and the counts they say they reveal."""

import math

import pandas as pd
import pytest

from lvrn_eval.result import ESTIMATE_COLUMNS
from lvrn_eval.survival import kaplan_meier, logrank, nelson_aalen, risk_table


def people(n, n_events, **more):
    """``n`` people observed for 1, 2, … days, the first of them with the event."""
    return pd.DataFrame({"days": range(1, n + 1), "event": [1] * n_events + [0] * (n - n_events)}).assign(**more)


def two_sites():
    return pd.concat([people(40, 30, site="Burnley"), people(12, 4, site="Preston")])


def test_kaplan_meier_says_what_it_found():
    result = kaplan_meier(two_sites(), "days", "event", "site", times=[10, 20])
    assert "\n".join(sentence.text for sentence in result.text) == (
        "site Burnley: 40 people, 30 with a recorded event; an estimated half had one by 20.5 days "
        "(95% interval 14 days to 26 days).\n"
        "site Preston: 12 people, 4 with a recorded event; the share without one stayed above half for as long as they "
        "were observed.\n"
        "site Burnley: an estimated 75.0% (95% interval 58.5% to 85.7%) had no recorded event by 10 days.\n"
        "site Burnley: an estimated 50.0% (95% interval 33.8% to 64.2%) had no recorded event by 20 days.\n"
        "site Preston: an estimated 66.7% (95% interval 33.7% to 86.0%) had no recorded event by 10 days.\n"
        "site Preston: nobody was observed as long as 20 days, so the share then is not known.\n"
        "Fewer than 10 recorded events in 1 of 2 groups (site Preston): too few to conclude anything.\n"
        "Fewer than 30 people in 1 of 2 groups (site Preston): descriptive only."
    )
    assert [sentence.counts for sentence in result.text] == [
        (40, 30, 10), (12, 4, 8), (40, 10, 30), (40, 20, 20), (12, 4, 8), (), (), (),
    ]  # fmt: skip


def test_kaplan_meier_checks():
    result = kaplan_meier(two_sites(), "days", "event", "site", times=[10, 20])
    told = {check.name: (check.passed, check.text, check.counts) for check in result.checks}
    assert told == {
        "follow_up": (None, "Median follow-up (reverse Kaplan-Meier, all groups together): 34 days.", ()),
        "censored": (
            None,
            "18 of 52 people (34.6%) were censored: no event was recorded while observed.",
            (18, 52, 34),
        ),
        "events_per_group": (
            False,
            "Fewer than 10 recorded events in 1 of 2 groups (site Preston): too few to conclude anything.",
            (),
        ),
        "people_per_group": (False, "Fewer than 30 people in 1 of 2 groups (site Preston): descriptive only.", ()),
        "times_observed": (False, "Nobody was observed so long: site Preston: 20 days.", ()),
    }


def test_one_group_begins_with_a_capital():
    result = kaplan_meier(people(40, 12), "days", "event", times=[1, 50])
    assert "\n".join(sentence.text for sentence in result.text) == (
        "40 people, 12 with a recorded event; the share without one stayed above half for as long as they were "
        "observed.\n"
        "An estimated 97.5% (95% interval 83.5% to 99.6%) had no recorded event by 1 day.\n"
        "Nobody was observed as long as 50 days, so the share then is not known."
    )
    assert result.check("events_per_group").text == "At least 10 recorded events."
    assert result.check("people_per_group").text == "At least 30 people."


def test_times_in_another_unit_are_told_by_name():
    result = kaplan_meier(people(40, 12).rename(columns={"days": "follow_up"}), "follow_up", "event", times=[3])
    assert result.text[1].text.endswith("had no recorded event by follow_up = 3.")


def test_before_the_first_event_the_interval_is_not_defined():
    frame = people(40, 40).assign(days=lambda d: d["days"] + 10)
    result = kaplan_meier(frame, "days", "event", times=[5])
    assert result.text[1].text == "An estimated 100.0% (interval not defined) had no recorded event by 5 days."
    assert result.text[1].counts == (40, 0, 40)
    limits = ["conf_low", "conf_high"]
    assert result.parts["at_times"].table[limits].isna().all(axis=None)
    plain = kaplan_meier(frame, "days", "event", times=[0, 5], conf_type="plain")
    assert plain.parts["at_times"].table[limits].eq(1).all(axis=None)
    assert plain.text[2].text == result.text[1].text


def test_a_curve_that_reached_0_is_known_for_ever():
    row = kaplan_meier(people(5, 5), "days", "event", times=[99]).parts["at_times"].row("at 99")
    assert (row["estimate"], row["n_events"], row["at_risk"]) == (0, 5, 0)


def test_too_few_censored_for_a_follow_up():
    check = kaplan_meier(people(5, 5), "days", "event").check("follow_up")
    assert (check.passed, check.statistic) == (None, None)
    assert check.text == (
        "Median follow-up cannot be told: too few people were observed to the end without a recorded event."
    )


def test_late_entry_that_empties_the_group_is_told():
    """One person at risk on day 2 has the event, and the other two enter on day 3: the curve is 0 for good."""
    frame = pd.DataFrame({"days": [2, 5, 6], "entry": [0, 3, 3], "event": [1, 0, 1]})
    result = kaplan_meier(frame, "days", "event", entry="entry")
    assert list(result.table["estimate"]) == [1, 0, 0, 0, 0]
    check = result.check("risk_set_emptied")
    assert (check.passed, check.counts) == (False, (1,))
    assert check.text == "Everyone at risk had the event by 2 days, before others entered."


def test_rows_of_weight_0_are_told():
    frame = people(4, 2, copies=[1, 0, 0, 2])
    check = risk_table(frame, "days", "event", weights="copies").check("zero_weights")
    assert (check.passed, check.text, check.counts) == (None, "Rows with weight 0, which count for nobody: 2.", (2,))


def test_risk_table_and_hazard_say_how_many():
    for result in (
        risk_table(two_sites(), "days", "event", "site"),
        nelson_aalen(two_sites(), "days", "event", "site"),
    ):
        assert [sentence.text for sentence in result.text[:2]] == [
            "site Burnley: 40 people, 30 with a recorded event.",
            "site Preston: 12 people, 4 with a recorded event.",
        ]


def test_logrank_says_what_it_tested():
    result = logrank(two_sites(), "days", "event", "site")
    assert result.text[0].text == (
        "Log-rank test of the 2 groups of site: chi-square 0.88 on 1 degree of freedom, p = 0.348. "
        "It says how easily chance alone would make the curves differ so much, not how much they differ."
    )
    assert result.text[1].text == "52 people, 34 with a recorded event, in all groups together."
    assert [sentence.counts for sentence in result.text[:2]] == [(), (52, 34, 18)]
    assert (
        "stratified by force" in logrank(two_sites().assign(force="a"), "days", "event", "site", "force").text[0].text
    )


def test_a_very_small_p_value_is_not_printed_as_0():
    frame = pd.concat([people(60, 60, site="x"), people(60, 0, site="y")])
    assert "p < 0.001" in logrank(frame, "days", "event", "site").text[0].text


@pytest.mark.parametrize("estimate", [kaplan_meier, nelson_aalen])
def test_shape_of_the_tables(estimate):
    result = estimate(two_sites(), "days", "event", "site", times=[3])
    assert list(result.table) == [
        "group", "time", "at_risk", "events", "censored", "estimate", "std_error", "conf_low", "conf_high",
    ]  # fmt: skip
    assert (result.shape, result.count_columns) == ("curve", ("at_risk", "events", "censored"))
    first = result.table.groupby("group").head(1)
    assert list(first["time"]) == [0, 0]
    assert (first["estimate"] == first["conf_low"]).all()
    assert (first["estimate"] == first["conf_high"]).all()
    at_times = result.parts["at_times"]
    assert list(at_times.table) == [*ESTIMATE_COLUMNS, "time", "at_risk"]
    assert at_times.count_columns == ("n", "n_events", "at_risk")
    assert at_times.row("at 3", "Preston")["n_events"] == 3


def test_shape_stays_when_nothing_is_asked():
    result = kaplan_meier(people(4, 2), "days", "event", quantiles=[])
    for name, added in {"at_times": ["time", "at_risk"], "quantiles": ["probability"]}.items():
        assert list(result.parts[name].table) == [*ESTIMATE_COLUMNS, *added]
        assert len(result.parts[name].table) == 0
    assert dict(result.parts["at_times"].table.dtypes) == dict(
        kaplan_meier(people(4, 2), "days", "event", times=[1]).parts["at_times"].table.dtypes,
    )


def test_every_choice_is_echoed():
    method = kaplan_meier(two_sites(), "days", "event", "site", times=[3], conf_level=0.9, conf_type="log").method
    assert dict(method) == {
        "time": "days",
        "event": "event",
        "by": "site",
        "entry": None,
        "weights": None,
        "at_risk": "entry < time <= exit",
        "ties": "at one time events come first, then censorings, then entries",
        "missing": "refused",
        "estimator": "Kaplan-Meier",
        "variance": "Greenwood",
        "conf_level": 0.9,
        "conf_type": "log",
        "times": [3],
        "quantiles": [0.25, 0.5, 0.75],
        "band": None,
        "band_between": None,
    }


def test_limits_that_are_not_reached_stay_open():
    row = kaplan_meier(people(40, 12), "days", "event").parts["quantiles"].row("quantile 0.25")
    assert row["estimate"] == 10.5
    assert row["conf_low"] < row["estimate"]
    assert math.isnan(row["conf_high"])


def test_large_times_keep_their_digits():
    frame = people(40, 12).assign(seconds=lambda d: d["days"] * 1_234_567)
    result = kaplan_meier(frame, "seconds", "event", times=[12_345_670, 0.5])
    assert list(result.parts["at_times"].table["term"]) == ["at 12345670", "at 0.5"]
    assert result.text[1].text.endswith("by seconds = 12345670.")
