"""A case series behind the wall: what is few is gone everywhere, and what is left is said in words that follow."""

import re

import numpy as np
import pandas as pd
import pytest

from lvrn_eval.designs import case_series
from lvrn_eval.release import POLICIES, protect
from lvrn_eval.report.figures import alt_text, draw

START = pd.Timestamp("2019-01-01")


def records(n=200, seed=11, rate=1.0, after=0.4):
    """Make people whose recorded events fall to a share after the programme, and who hardly wait to be met."""
    rng = np.random.default_rng(seed)
    referred = rng.integers(500, 800, n)
    waits = np.where(np.arange(n) < 12, 20, 1)
    people = pd.DataFrame(
        {
            "person_id": [f"p{i}" for i in range(n)],
            "referred_on": START + pd.to_timedelta(referred, unit="D"),
            "first_contact": START + pd.to_timedelta(referred + waits, unit="D"),
            "last_contact": START + pd.to_timedelta(referred + 150, unit="D"),
        }
    )
    counts = rng.poisson(rate * 5, n)
    who = np.repeat(np.arange(n), counts)
    day = rng.integers(0, 1826, who.size)
    kept = (day <= referred[who] + 150) | (rng.random(who.size) < after)
    events = pd.DataFrame({"person_id": [f"p{i}" for i in who], "on": START + pd.to_timedelta(day, unit="D")})
    return people, events[kept].assign(kind="suspect")


@pytest.fixture(scope="module")
def result():
    return case_series(
        *records(), kinds=["suspect"], pre_referral="90 days", observed_from="2019-01-01", as_of="2023-12-31"
    )


@pytest.fixture(scope="module")
def protected(result):
    return protect(result, POLICIES["strict"])


def test_what_is_known(result):
    assert result.row("waiting")["n_events"] < 10
    assert result.row("after")["conf_high"] < 0
    said = [str(sentence) for sentence in result.text]
    assert said[0].startswith("Of 200 people, ")
    assert any(
        re.fullmatch(r"Against the baseline, the recorded rate after the programme was lower by between .*\.", text)
        for text in said
    )
    assert not any("offen" in text or "p = 0.000" in text for text in said)


def test_few_events_are_gone_with_the_ratio_that_rests_on_them(result, protected):
    row = protected.row("waiting")
    numbers = ["estimate", "std_error", "conf_low", "conf_high", "p_value", "ratio", "ratio_low", "ratio_high",
               "statistic", "std_error_model", "std_error_robust", "n", "n_events", "n_with_event"]  # fmt: skip
    assert row[numbers].isna().all()
    kept = protected.row("after")
    assert kept["n_events"] % 5 == 0
    assert kept["ratio"] == pytest.approx(result.row("after")["ratio"], rel=0.01)
    categories = protected.parts["categories"].table.set_index("category")
    assert pd.isna(categories.loc["Referred, not yet met", "n_events"])


def test_no_exact_count_is_left_in_words(result, protected):
    exact = {count for sentence in result.text for count in sentence.counts} | {
        count for check in result.checks for count in check.counts
    }
    told = " ".join([*(str(text) for text in protected.text), *(check.text for check in protected.checks)])
    numbers = {int(found.replace(",", "")) for found in re.findall(r"(?<![\d.])\d[\d,]*(?![\d.,]*\d)", told)}
    # what may be said are days asked for, limits of rules and the level of intervals
    assert (exact & numbers) - {10, 30, 90, 95} == set()


def test_words_follow_from_what_is_left(protected):
    said = [str(sentence) for sentence in protected.text]
    hidden = int(protected.table["ratio"].isna().sum())
    # another period may be hidden with the one of few events, which could be worked out from a total otherwise
    told = "1 period is not shown: few people or events are behind it."
    assert (told if hidden == 1 else f"{hidden} periods are not shown: few people or events are behind them.") in said
    assert (
        "Against the baseline, the recorded rate after the programme was lower: the interval excludes no change."
        in said
    )
    assert said[-1].startswith("A person is compared with themselves at other times, without a comparison group")
    assert "[c]" not in " ".join(said)


def test_the_picture_hides_what_is_hidden(protected):
    draw(protected)
    text = alt_text(protected)
    assert text.startswith("Forest plot of 4 rate ratios, with intervals.")
    assert "Referred, not yet met" not in text
    assert re.search(r"\d numbers? (is|are) hidden as too small to show\.$", text)


def test_nothing_is_concluded_from_few_people_even_behind_the_wall():
    few = case_series(
        *records(n=25, rate=4.0, after=0.05), kinds=["suspect"], pre_referral="90 days", observed_from="2019-01-01",
        as_of="2023-12-31",
    )  # fmt: skip
    assert few.row("after")["conf_high"] < 0
    said = [str(sentence) for sentence in protect(few, POLICIES["strict"]).text]
    assert "With fewer than 30 people this is descriptive only: nothing is concluded." in said
    assert not any("excludes no change" in text for text in said)


def test_the_open_policy_changes_nothing(result):
    shown = protect(result, POLICIES["open"])
    pd.testing.assert_frame_equal(shown.table, result.table)
    assert shown.text == result.text
