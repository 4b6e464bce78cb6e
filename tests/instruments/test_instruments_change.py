"""Change and summaries: other libraries agree; pairs, words and refusals, the messages whole."""

import math

import numpy as np
import pandas as pd
import pytest

from lvrn_eval.errors import AnalysisError, RecordsError
from lvrn_eval.offending.proportions import wilson
from lvrn_eval.records.instruments import (
    ReliableChange,
    Source,
    added_value,
    change,
    change_per_person,
    score_answers,
    score_summary,
)
from lvrn_eval.release import POLICIES
from lvrn_eval.release.suppress import protect
from lvrn_eval.result import ESTIMATE_COLUMNS

RULE = ReliableChange(sd=4, reliability=0.8, source=Source("a pilot", confirmed=True))


def waves(before, after, **columns):
    first = pd.DataFrame({"person_id": np.arange(len(before)), "occasion": "pre", "score": before})
    second = pd.DataFrame({"person_id": np.arange(len(after)), "occasion": "post", "score": after})
    return pd.concat([first, second], ignore_index=True).dropna(subset="score").assign(**columns)


@pytest.fixture(scope="module")
def many():
    """120 people, 100 with both scores."""
    rng = np.random.default_rng(9)
    before = rng.integers(5, 22, 120).astype(float)
    after = np.clip(before - rng.integers(-7, 10, 120), 0, 21)
    after[100:] = np.nan
    return before, after, score_answers(waves(before, after), "gad7")


def test_the_mean_change_is_scipys_paired_test(many):
    from scipy.stats import ttest_rel

    before, after, scored = many
    result = change(scored, reliable=RULE)
    test = ttest_rel(after[:100], before[:100])
    row = result.row("mean_change")
    interval = test.confidence_interval()
    assert row["p_value"] == pytest.approx(test.pvalue, rel=1e-8)
    assert (row["conf_low"], row["conf_high"]) == pytest.approx((interval.low, interval.high), rel=1e-8)
    assert row["n"] == 100


def test_shares_have_wilsons_interval_and_add_up(many):
    before, after, scored = many
    result = change(scored, reliable=RULE, conf_level=0.9)
    index = (after - before)[:100] / (4 * math.sqrt(2) * math.sqrt(0.2))
    wanted = [int((index < -1.96).sum()), int((np.abs(index) <= 1.96).sum()), int((index > 1.96).sum())]
    rows = result.table[result.table["measure"] == "proportion"]
    assert rows["n_events"].tolist() == wanted
    assert sum(wanted) == 100
    for row in rows.itertuples():
        assert (row.conf_low, row.conf_high) == pytest.approx(wilson(row.n_events, row.n, 0.9), rel=1e-8)


def test_people_and_the_summary_agree(many):
    _, _, scored = many
    each = change_per_person(scored, reliable=RULE).to_pandas()["class"].value_counts()
    rows = change(scored, reliable=RULE).table.set_index("term")["n_events"].dropna()
    assert rows.tolist() == [each["improved"], each["unchanged"], each["deteriorated"]]


def test_without_a_rule_nobody_is_classed(many):
    _, _, scored = many
    assert change(scored).table["term"].tolist() == ["mean_before", "mean_after", "mean_change"]
    assert change_per_person(scored).to_pandas()[["reliable_index", "class"]].isna().all(axis=None)


def test_the_result_says_what_was_done(many):
    _, _, scored = many
    result = change(scored, reliable="published")
    assert tuple(result.table.columns) == (*ESTIMATE_COLUMNS, "measure", "interval")
    assert result.method["reliable_change"]["points"] == 4
    assert result.method["reliable_change"]["confirmed"] is False
    assert result.check("reliable_change_confirmed").passed is False
    assert result.check("pairs_self").text == (
        "self: 100 people with both scores, 20 with the one before only, 0 with the one after only; those without a "
        "pair are left out."
    )
    assert change(scored, reliable=RULE).method["reliable_change"]["rule"] == (
        "|after - before| / (sd * sqrt(2) * sqrt(1 - reliability)) > 1.96"
    )


def test_the_words(many):
    before, after, scored = many
    result = change(scored, reliable=RULE)
    row, up = result.row("mean_change"), result.row("share_reliably_improved")
    assert [sentence.text for sentence in result.text][:2] == [
        (
            f"Generalised Anxiety Disorder scale (GAD-7), total (self): for 100 people the mean score was "
            f"{before[:100].mean():.1f} before and {after[:100].mean():.1f} after, a change of "
            f"{row['estimate']:+.1f} (95% interval {row['conf_low']:+.1f} to {row['conf_high']:+.1f}); higher is worse."
        ),
        (
            f"Of 100, {up['n_events']} changed reliably for the better: {up['estimate']:.1%} (95% interval "
            f"{up['conf_low']:.1%} to {up['conf_high']:.1%})."
        ),
    ]
    assert result.text[0].counts == (100,)
    assert result.text[1].counts == (100, up["n_events"], 100 - up["n_events"])
    assert result.text[-1].text == (
        "Without a comparison group this is the weakest tier of evidence: it cannot separate an effect of the "
        "programme from regression to the mean."
    )


def test_few_people_are_descriptive_only():
    result = change(score_answers(waves([10, 12], [6, 11]), "gad7"))
    assert result.text[1].text == (
        "With 2 people, fewer than 30, this is descriptive only: no conclusion about change is drawn."
    )
    assert result.check("small_sample_self").text == "self: 2 people with both scores, fewer than 30: descriptive only."


def test_nobody_has_both():
    result = change(score_answers(waves([10, 12], [np.nan, np.nan]), "gad7"), reliable="published")
    assert result.table["estimate"].isna().all()
    assert result.text[0].text == "Nobody has a valid score on both occasions (self)."
    empty = change(score_answers(waves([10], [np.nan], occasion="review"), "gad7"))
    assert empty.text[0].text == "Nobody has a valid score on either occasion."
    assert len(empty.table) == 0


def test_one_person_has_no_interval():
    result = change(score_answers(waves([10], [6]), "gad7"))
    assert result.row("mean_change")["estimate"] == -4
    assert math.isnan(result.row("mean_change")["conf_low"])


def test_what_is_protected_is_said_again(many):
    _, _, scored = many
    shown = protect(change(scored, reliable=RULE), POLICIES["strict"])
    texts = [sentence.text for sentence in shown.text]
    assert texts[0].startswith(
        "Generalised Anxiety Disorder scale (GAD-7), total (self): for about 100 people the mean"
    )
    assert all(not sentence.counts for sentence in shown.text)
    hidden = protect(change(score_answers(waves([10, 12], [6, 11]), "gad7"), reliable=RULE), POLICIES["strict"])
    assert (
        next(sentence.text for sentence in hidden.text)
        == "Too few people have both scores to show how they changed (self)."
    )
    assert hidden.table["estimate"].isna().all()


def test_informants_are_kept_apart():
    both = pd.concat([waves([10, 12], [6, 11], informant=who, age=14) for who in ("self", "parent")])
    result = change(score_answers(both, "sdq"))
    assert result.table["group"].unique().tolist() == ["parent", "self"]
    assert result.table["n"].tolist() == [2] * 6


def test_dates_the_wrong_way_round_are_told():
    frame = waves([10, 12], [6, 11]).assign(on=pd.to_datetime(["2024-05-01"] * 2 + ["2024-04-01", "2024-06-01"]))
    check = change(score_answers(frame, "gad7")).check("order_of_dates")
    assert (check.passed, check.text) == (False, "Pairs with the later occasion dated before the earlier one: 1.")


REFUSED = [
    (
        "gad7", {"scale": "anxiety"},
        "gad7 has no scale 'anxiety'; known: total",
    ),
    (
        "ons4", {},
        "ons4 has no total; name one of its scales: life_satisfaction, worthwhile, happiness, anxiety",
    ),
    (
        "wemwbs", {"reliable": "published"},
        ("no rule for reliable change of wemwbs (total) is kept here; give ReliableChange(sd=…, reliability=…, "
        "source=…) with numbers from a study of people like yours"),
    ),
    (
        "gad7", {"before": "post"},
        "the two occasions are the same ('post'); name two, as in before='pre', after='post'",
    ),
    (
        "gad7", {},
        ("these scores cannot be paired\n"
        "  scores.occasion: 1 person has more than one valid score at 'pre'\n"
        "      → keep one questionnaire per person, informant and occasion\n"
        "  scores.occasion: 2 people have more than one valid score at 'post'\n"
        "      → keep one questionnaire per person, informant and occasion"),
    ),
]  # fmt: skip


@pytest.mark.parametrize(("instrument", "asked", "message"), REFUSED, ids=range(len(REFUSED)))
def test_what_cannot_be_compared_is_refused(instrument, asked, message):
    frame = pd.concat([waves([20, 20], [20, 20]), waves([20], [20, 20])], ignore_index=True)
    with pytest.raises(RecordsError) as refused:
        change(score_answers(frame, instrument), **asked)
    assert str(refused.value) == message


@pytest.mark.parametrize("function", [change, score_summary, added_value])
def test_a_level_that_is_none_is_refused(function):
    with pytest.raises(AnalysisError) as refused:
        function(score_answers(waves([20], [20]), "gad7"), conf_level=95)
    assert str(refused.value) == "conf_level must lie between 0 and 1; write 0.95 for 95%"


def test_added_value_is_of_the_sdq_only():
    with pytest.raises(RecordsError) as refused:
        added_value(score_answers(waves([20], [20]), "gad7"))
    assert str(refused.value) == "added value is of the parents' SDQ, not of gad7"


def test_added_value_wants_one_questionnaire_an_occasion():
    frame = pd.concat([waves([20], [20]), waves([20], [20])]).assign(informant="parent", age=12)
    with pytest.raises(RecordsError) as refused:
        added_value(score_answers(frame, "sdq"))
    assert str(refused.value) == (
        "these scores cannot be paired\n"
        "  scores.occasion: 1 person has more than one valid score of a parent on one occasion\n"
        "      → keep one questionnaire per person, informant and occasion"
    )


def test_added_value_tells_who_lacks_a_score():
    result = added_value(score_answers(waves([20, 18], [20, 15]).assign(informant="parent", age=12), "sdq"))
    assert result.check("all_four_scores").text == (
        "0 people with all four scores of a parent, 2 without; these are left out."
    )
    assert result.table["estimate"].isna().all()


def test_the_summary_has_a_row_for_every_band_and_group():
    frame = pd.concat([waves([20, 4], [15, np.nan], informant=who, age=14) for who in ("self", "parent")])
    result = score_summary(score_answers(frame, "sdq"))
    total = result.table[result.table["scale"] == "total"].set_index(["group", "band"])["people"].to_dict()
    assert total == {
        ("parent, post", "close_to_average"): 0, ("parent, post", "slightly_raised"): 1, ("parent, post", "high"): 0,
        ("parent, post", "very_high"): 0, ("parent, pre", "close_to_average"): 1, ("parent, pre", "slightly_raised"): 0,
        ("parent, pre", "high"): 0, ("parent, pre", "very_high"): 1, ("self, post", "close_to_average"): 0,
        ("self, post", "slightly_raised"): 1, ("self, post", "high"): 0, ("self, post", "very_high"): 0,
        ("self, pre", "close_to_average"): 1, ("self, pre", "slightly_raised"): 0, ("self, pre", "high"): 0,
        ("self, pre", "very_high"): 1,
    }  # fmt: skip
    assert result.text[0].text == "6 questionnaires of Strengths and Difficulties Questionnaire were read."


def test_the_summary_checks_what_it_was_given():
    frame = pd.DataFrame({"person_id": ["a", "a"], "score": [5, 7], **{f"item_{i}": [1, None] for i in range(1, 8)}})
    result = score_summary(score_answers(frame, "gad7"))
    assert [(check.name, check.passed, check.text) for check in result.checks] == [
        ("one_each", False, "Questionnaires beyond one per person on an occasion: 1."),
        (
            "totals_agree", False,
            "Totals entered by hand that differ from the answers beside them: 1; the answers count.",
        ),
        ("scored_from_items", None, "Scores that are totals entered by hand, without answers to check them by: 1."),
        (
            "sources_confirmed", False,
            "Not confirmed from a source that was seen: licence, reliable change of total.",
        ),
    ]  # fmt: skip


def test_scales_without_bands_are_counted_whole():
    result = score_summary(score_answers(waves([20, 40], [30, 50]), "wemwbs"))
    assert result.table.to_numpy().tolist() == [["self, post", "total", "any", 2], ["self, pre", "total", "any", 2]]
    assert result.method["bands"] is None


def test_a_protected_summary_hides_the_few():
    # the 20 go with the 3, since whoever knows that there are 63 could work these out
    answers = waves([3] * 40 + [6] * 20 + [20] * 3, [3])
    shown = protect(score_summary(score_answers(answers, "gad7")), POLICIES["strict"])
    pre = shown.table[shown.table["group"] == "self, pre"].set_index("band")["people"]
    assert pre["minimal"] == 40
    assert pre.drop("minimal").isna().all()
