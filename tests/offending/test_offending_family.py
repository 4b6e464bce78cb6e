"""Several outcomes declared beforehand: each is that of pre_post, and sentences follow from adjusted p-values."""

import re

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from offending_families_people import ASKED, made

from lvrn_eval.errors import AnalysisError
from lvrn_eval.offending.adjusted import adjusted
from lvrn_eval.offending.family import Finding, outcome_family
from lvrn_eval.offending.pre_post import pre_post
from lvrn_eval.release import POLICIES, protect

CHOICES = {name: value for name, value in ASKED.items() if name != "kinds"}
OUTCOMES = {
    "Suspect": {"kinds": ["suspect"]},
    "Knife": {"kinds": ["suspect"], "where": "knife"},
    "Robbery or theft": {"kinds": ["suspect"], "where": "offence in ('robbery', 'theft')"},
    "Charge": {"kinds": ["charge"]},
}


def records(counts, seed=1):
    people, events = made(counts)
    draw = np.random.default_rng(seed)
    knife = pd.array(draw.choice([True, False, None], len(events), p=[0.4, 0.5, 0.1]), dtype="boolean")
    events = events.assign(knife=knife, offence=draw.choice(["robbery", "theft", "assault"], len(events)))
    return people, pd.concat([events, events.iloc[::4].assign(kind="charge")], ignore_index=True)


MANY = records([(4, 1), (2, 1), (1, 1), (3, 0)] * 12)


@pytest.fixture(scope="module")
def result():
    return outcome_family(*MANY, outcomes=OUTCOMES, primary="Knife", **CHOICES)


def test_every_outcome_is_that_of_pre_post(result):
    assert result.table["group"].tolist() == list(OUTCOMES)
    for name, what in OUTCOMES.items():
        alone = pre_post(*MANY, **what, **CHOICES)
        row, other = result.row("rate_ratio_robust", name), alone.row("rate_ratio_robust")
        for column in ("estimate", "std_error", "conf_low", "conf_high", "p_value", "n", "n_events"):
            assert row[column] == other[column]
        slug = name.lower().replace(" ", "_")
        pd.testing.assert_frame_equal(result.parts[slug].table, alone.parts["exposure"].table)
        assert row["events_before"] + row["events_after"] == row["n_events"]


@pytest.mark.parametrize("adjust", ["holm", "benjamini-hochberg", "none"])
def test_p_values_are_adjusted_over_the_whole_family(result, adjust):
    again = outcome_family(*MANY, outcomes=OUTCOMES, primary="Knife", adjust=adjust, **CHOICES).table
    np.testing.assert_array_equal(again["p_adjusted"], adjusted(result.table["p_value"].to_numpy(), adjust))
    np.testing.assert_array_equal(again["p_value"], result.table["p_value"])


def test_the_primary_outcome_is_said_first_and_a_direction_only_after_adjustment(result):
    texts = [str(sentence) for sentence in result.text]
    assert texts[0].startswith("Knife, the primary outcome: the rate ratio, after against before, is 0.")
    assert "weakest tier" in texts[-1]
    for text, name in zip(texts[:-1], ["Knife", "Suspect", "Robbery or theft", "Charge"], strict=True):
        assert text.startswith(name)
        row = result.row("rate_ratio_robust", name)
        assert ("was lower after" in text) == bool(row["conf_high"] < 1 and row["p_adjusted"] < 0.05)


def test_a_finding_that_adjustment_takes_away():
    # one outcome at p about 0.02 among four: Holm makes it more than 0.05
    people, events = made([(2, 1), (1, 1), (0, 1), (2, 0), (1, 0), (1, 2)] * 8)
    events = events.assign(offence="x")
    none = {f"Other {i}": {"kinds": ["suspect"], "where": f"offence = 'x' and {i} = {i}"} for i in (1, 2, 3)}
    quiet = {f"Quiet {i}": {"kinds": ["asb"]} for i in (1, 2)}
    result = outcome_family(people, events, outcomes={"Main": {"kinds": ["suspect"]}, **none, **quiet}, primary="Main",
                            **CHOICES)  # fmt: skip
    row = result.row("rate_ratio_robust", "Main")
    assert row["conf_high"] < 1
    # the quiet outcomes have no test, so four count
    assert row["p_adjusted"] == pytest.approx(4 * row["p_value"])
    assert row["p_adjusted"] > 0.05
    assert "with so many outcomes looked at that may be chance" in str(result.text[0])
    assert str(result.text[-2]) == "Quiet 2: the rate ratio, after against before, cannot be given."
    assert result.check("outcomes_apart").passed is None


def test_few_people_are_descriptive_only():
    result = outcome_family(*records([(4, 0)] * 8), outcomes=OUTCOMES, primary="Suspect", **CHOICES)
    assert "with 8 people, fewer than 30, this is descriptive only" in str(
        outcome_family(*records([(4, 1), (5, 1)] * 4), outcomes=OUTCOMES, primary="Suspect", **CHOICES).text[0]
    )
    assert not any("was lower" in str(sentence) for sentence in result.text)


def test_behind_the_wall(result):
    shown = protect(result, POLICIES["strict"])
    for name in OUTCOMES:
        row, raw = shown.row("rate_ratio_robust", name), result.row("rate_ratio_robust", name)
        few = min(raw["events_before"], raw["events_after"]) < 10
        assert pd.isna(row["estimate"]) == few
    assert {"Charge"} <= {name for name in OUTCOMES if pd.isna(shown.row("rate_ratio_robust", name)["estimate"])}
    texts = [str(sentence) for sentence in shown.text]
    assert "Charge: the rate ratio, after against before, is not shown." in texts
    assert not any(re.search(r"\b\d+ people\b", text) for text in texts)


def test_everything_wrong_is_told_at_once():
    with pytest.raises(AnalysisError) as refused:
        outcome_family(
            *MANY,
            outcomes={"A": {"kind": ["suspect"]}, "a!": {"kinds": ["suspect"]}},
            primary="B",
            adjust="x",
            **CHOICES,
        )
    assert str(refused.value) == (
        "the question cannot be answered as asked\n"
        "  outcomes['A']: does not say what kinds of event it counts\n"
        '      → add "kinds": [...]\n'
        "  outcomes['A']: 'kind' is not known\n"
        "      → did you mean 'kinds'?\n"
        "  outcomes['A']: its name has no letters, or differs from another's in nothing else\n"
        "      → rename it\n"
        "  outcomes['a!']: its name has no letters, or differs from another's in nothing else\n"
        "      → rename it\n"
        "  primary: 'B' is not one of the outcomes\n"
        "      → known: A, a!\n"
        "  adjust: 'x' is not a rule\n"
        "      → known: holm, benjamini-hochberg, none"
    )
    with pytest.raises(AnalysisError, match="outcomes: is not a mapping of outcomes"):
        outcome_family(*MANY, outcomes=[], primary="B")
    with pytest.raises(AnalysisError) as refused:
        outcome_family(*MANY, outcomes={**OUTCOMES, "Bad": {"kinds": ["suspect"], "where": "knive"}}, primary="Bad",
                       **(CHOICES | {"observed_from": "2022-01-01", "as_of": END_BEFORE}))  # fmt: skip
    told = str(refused.value)
    assert "observed_from: lies after as_of" in told
    assert told.count("observed_from") == 1


END_BEFORE = "2021-01-01"


def test_a_rule_that_cannot_be_used_is_told_with_its_outcome():
    with pytest.raises(AnalysisError) as refused:
        outcome_family(*MANY, outcomes={**OUTCOMES, "Bad": {"kinds": ["suspect"], "where": "knive"}}, primary="Bad",
                       **CHOICES)  # fmt: skip
    assert str(refused.value) == (
        "the records do not allow an answer\n"
        "  Bad: where: there is no column or parameter 'knive'\n"
        "      knive\n"
        "      ^^^^^\n"
        "      → did you mean 'knife'?"
    )


ratios = st.floats(0.01, 20)


@given(ratios, ratios, ratios, st.floats(0, 1), st.floats(1, 4), st.booleans(), st.booleans())
def test_no_sentence_says_more_than_its_numbers(one, two, three, p, times, descriptive, exact):
    low, estimate, high = sorted([one, two, three])
    row = {"estimate": estimate, "conf_low": low, "conf_high": high, "conf_level": 0.95, "p_value": p,
           "p_adjusted": min(1.0, p * times), "n": 12 if descriptive else 40, "n_events": 50}  # fmt: skip
    text = Finding("Any", primary=True, descriptive=descriptive, row=row).text(4, exact=exact)
    lower, higher = "was lower after" in text, "was higher after" in text
    assert lower == (high < 1 and row["p_adjusted"] < 0.05 and not descriptive)
    assert higher == (low > 1 and row["p_adjusted"] < 0.05 and not descriptive)
    assert ("descriptive only" in text) == descriptive
    assert ("12 people" in text) == (descriptive and exact)
    for wrong in ("nan", "p = 0.000", "reoffend", "significant"):
        assert wrong not in text.lower()
