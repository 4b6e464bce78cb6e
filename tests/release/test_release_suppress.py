"""What leaves the building: small counts hidden, the others rounded, and all that rests on them likewise."""

import numpy as np
import pandas as pd
import pytest

from lvrn_eval.errors import ReleaseError
from lvrn_eval.release import POLICIES, protect
from lvrn_eval.release.curves import midpoint, rounded_counts
from lvrn_eval.release.policy import choose
from lvrn_eval.result import Check, Result, Sentence
from lvrn_eval.survival import kaplan_meier

STRICT, OPEN = POLICIES["strict"], POLICIES["open"]


def counts(shape="counts", **columns):
    table = pd.DataFrame({"class": list("abcd"), "people": [0, 9, 10, 83], **columns})
    return Result("classes", "Classes", table, {}, count_columns=("people",), shape=shape)


def estimates(**overrides):
    row = {
        "term": "share", "group": "all", "estimate": 83 / 176, "std_error": 0.01, "conf_low": 0.39, "conf_high": 0.55,
        "conf_level": 0.95, "p_value": np.nan, "n": 176, "n_events": 83, "measure": "proportion", "interval": "wilson",
    }  # fmt: skip
    return Result("e", "E", pd.DataFrame([{**row, **overrides}]), {}, count_columns=("n", "n_events"))


@pytest.mark.parametrize(
    ("count", "shown"),
    [(10, 10), (11, 10), (12, 10), (12.5, 15), (13, 15), (17, 15), (18, 20), (83, 85)],
)
def test_counts_are_rounded_to_the_nearest_five(count, shown):
    assert STRICT.rounded(count) == shown


def test_counts_under_the_threshold_are_hidden_and_zero_is_one_of_them():
    protected = protect(counts(), STRICT)
    assert protected.table["people"].isna().tolist() == [True, True, False, False]
    assert protected.suppressed["people"].tolist() == [True, True, False, False]
    assert protected.table["people"].dropna().tolist() == [10, 85]


def test_every_other_number_of_a_hidden_row_is_hidden_too():
    protected = protect(counts(rate=[1.0, 2.0, 3.0, 4.0]), STRICT)
    assert protected.suppressed["rate"].tolist() == [True, True, False, False]
    assert protected.table["rate"].isna().tolist() == [True, True, False, False]


def test_nothing_changes_under_the_open_policy():
    result = counts()
    pd.testing.assert_frame_equal(protect(result, OPEN).table, result.table)
    assert not protect(result, OPEN).suppressed.any(axis=None)


def test_rows_that_exist_only_because_of_a_person_are_merged():
    table = pd.DataFrame({"before": [0, 1, 2, 3], "after": [0, 6, 0, 0], "people": [12, 1, 30, 4]})
    pairs = Result("pairs", "Pairs", table, {}, count_columns=("people",), shape="sparse")
    protected = protect(pairs, STRICT)
    # 1 and 4 people are 5 together: whoever knows that there are 47 could work that out, so 12 join them
    assert protected.table["before"].dropna().tolist() == [2]
    assert protected.table["people"].dropna().tolist() == [30]
    assert protected.suppressed["people"].tolist() == [False, True]
    assert not (protected.table["after"] == 6).any()


def test_merged_rows_stay_hidden_even_when_together_they_pass_the_threshold():
    table = pd.DataFrame({"before": range(5), "people": [9, 9, 9, 9, 40]})
    pairs = Result("pairs", "Pairs", table, {}, count_columns=("people",), shape="sparse")
    assert protect(pairs, STRICT).suppressed["people"].tolist() == [False, True]


def test_shares_and_intervals_are_computed_again_from_rounded_counts():
    row = protect(estimates(), STRICT).table.iloc[0]
    assert (row["n"], row["n_events"]) == (175, 85)
    assert row["estimate"] == pytest.approx(85 / 175)
    # Wilson by hand for 85 of 175: centre (85 + z²/2) / (175 + z²), half width z sqrt(p q n + z²/4) / (175 + z²)
    z = 1.959963984540054
    centre, spread = (85 + z * z / 2) / (175 + z * z), z * np.sqrt(85 * 90 / 175 + z * z / 4) / (175 + z * z)
    assert [row["conf_low"], row["conf_high"]] == pytest.approx([centre - spread, centre + spread])


@pytest.mark.parametrize(("n", "events"), [(176, 3), (176, 170), (9, 9), (12, 12)])
def test_a_share_is_hidden_when_those_with_or_without_the_event_are_few(n, events):
    protected = protect(estimates(n=n, n_events=events), STRICT)
    assert protected.suppressed.loc[0, ["estimate", "conf_low", "conf_high", "n", "n_events"]].all()
    assert protected.table.loc[0, ["estimate", "conf_low", "n", "n_events"]].isna().all()


def test_a_rate_ratio_is_not_hidden_because_events_happen_to_equal_people():
    protected = protect(estimates(measure="rate ratio", n=176, n_events=176, estimate=0.123456), STRICT)
    assert protected.table.loc[0, "estimate"] == pytest.approx(0.123)


def test_sentences_are_withheld_unless_they_can_be_written_again():
    sentence = Sentence("Of 176 people, 83 did.", (176, 83))
    result = Result(
        "r", "R", counts().table, {}, text=(sentence, Sentence("Plain.")), count_columns=("people",), shape="counts"
    )
    protected = protect(result, STRICT)
    assert "176" not in str(protected.text)
    assert protected.text[1].text == "Plain."
    again = Result(
        "r", "R", counts().table, {}, count_columns=("people",), shape="counts",
        wording=lambda r: (Sentence(f"The largest class has {r.table['people'].max()}.", (1,)),),
    )  # fmt: skip
    assert protect(again, STRICT).text == (Sentence("The largest class has 85."),)


def test_a_check_keeps_its_verdict_and_loses_its_counts():
    check = Check("small", False, "Only 18 people.", counts=(18,))
    result = Result("r", "R", counts().table, {}, checks=(check,), count_columns=("people",), shape="counts")
    protected = protect(result, STRICT).checks[0]
    assert protected.passed is False
    assert "18" not in protected.text


def test_the_policy_open_is_refused_for_living_people():
    with pytest.raises(ReleaseError, match="living people; use 'strict'"):
        choose("open", "personal")
    assert choose("open", "synthetic") is OPEN
    with pytest.raises(ReleaseError, match="there is no disclosure policy 'strikt'; did you mean 'strict'"):
        choose("strikt", "personal")


def test_midpoints_as_published():
    """Bands of six, as in the public rule: 0 stays, 1-6 become 3, 7-12 become 9, 13-18 become 15."""
    assert midpoint(np.array([0, 1, 6, 7, 12, 13, 18.0]), 6).tolist() == [0, 3, 3, 9, 9, 15, 15]


def curve(n, seed=1):
    rng = np.random.default_rng(seed)
    frame = pd.DataFrame(
        {"days": rng.integers(1, 200, n), "event": rng.integers(0, 2, n), "arm": rng.choice(["x", "y"], n)}
    )
    return frame, kaplan_meier(frame, time="days", event="event", by="arm", times=[50])


def test_no_step_of_a_rounded_curve_is_one_person():
    _, exact = curve(300)
    protected = protect(exact, STRICT)
    steps = protected.table.loc[protected.table["time"] > 0, ["events", "censored"]].to_numpy(dtype=int).ravel()
    assert set(np.unique(steps)) <= {0, 5, 10, 15, 20}
    assert len(protected.table) < len(exact.table) / 3
    # the exact and the protected curve tell the same story
    exact_at, shown_at = (r.parts["at_times"].table["estimate"].to_numpy(dtype=float) for r in (exact, protected))
    assert np.abs(exact_at - shown_at).max() < 0.1


def test_a_rounded_risk_table_adds_up():
    frame, _ = curve(120)
    one = kaplan_meier(frame, time="days", event="event").table
    rounded = rounded_counts(one, 10)
    left = (rounded["events"] + rounded["censored"]).cumsum()
    assert rounded["at_risk"].tolist() == (left.iloc[-1] - left.shift(fill_value=0)).tolist()


def test_a_small_group_is_hidden_whole():
    frame, _ = curve(60)
    frame.loc[:5, "arm"] = "tiny"
    exact = kaplan_meier(frame, time="days", event="event", by="arm")
    protected = protect(exact, STRICT)
    tiny = protected.table["group"] == "tiny"
    assert tiny.sum() == 1
    assert protected.suppressed.loc[tiny, ["at_risk", "estimate"]].all(axis=None)
    assert "tiny" not in set(protected.parts["quantiles"].table["group"])


@pytest.mark.parametrize(
    ("ratio", "hidden"), [(9 / 65, True), (65 / 9, True), (12 / 62, False), (0.0, True), (np.inf, True)]
)
def test_a_matched_odds_ratio_is_hidden_when_it_tells_a_small_count(ratio, hidden):
    """74 people changed; a ratio of 9/65 says that 9 of them went the other way."""
    protected = protect(estimates(measure="odds ratio", estimate=ratio, n=176, n_events=74, interval="exact"), STRICT)
    assert bool(protected.suppressed.loc[0, "estimate"]) is hidden


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("One person had most of the events.", False),
        ("The only young man from there left.", False),
        ("A single case made the difference.", False),
        ("Each person's total is taken as given.", True),
        ("One in three people fell.", True),
    ],
)
def test_a_sentence_about_one_person_is_left_out_whatever_counts_it_lists(text, shown):
    result = Result("r", "R", pd.DataFrame({"people": [83]}), {}, text=(Sentence(text),), count_columns=("people",))
    assert (protect(result, STRICT).text[0].text == text) == shown


def test_a_median_follow_up_loses_the_digits_that_make_it_one_persons():
    check = Check("follow_up", None, "Median follow-up (reverse Kaplan-Meier, all groups together): 137 days.", 137.0)
    result = Result("r", "R", counts().table, {}, checks=(check,), count_columns=("people",), shape="counts")
    shown = protect(result, STRICT).checks[0]
    assert shown.text == "Median follow-up (reverse Kaplan-Meier, all groups together): 140 days."
    assert shown.statistic is None


def test_counts_of_a_curve_stand_at_the_times_that_were_asked_for():
    """By 50, an odd time for a curve of 200 days, as many had the event as by 50 in the exact curve, in bands of 10."""
    frame, exact = curve(2000)
    shown = protect(exact, STRICT)
    for arm, rows in frame.groupby("arm"):
        had = int(((rows["days"] <= 50) & (rows["event"] == 1)).sum())
        steps = shown.table[(shown.table["group"] == arm) & (shown.table["time"] <= 50)]
        assert steps["events"].sum() == midpoint(np.array([float(had)]), 10)[0]
