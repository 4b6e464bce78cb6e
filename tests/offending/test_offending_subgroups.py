"""Whether changes differ between groups: against R and statsmodels, and never by comparing p-values."""

import math
import re

import numpy as np
import pandas as pd
import pytest
from offending_families_people import ASKED, END, R, epil, made

from lvrn_eval.cohort import Cohort
from lvrn_eval.errors import AnalysisError
from lvrn_eval.offending.pre_post import pre_post
from lvrn_eval.offending.subgroups import subgroup_changes
from lvrn_eval.release import POLICIES, protect
from lvrn_eval.result import ESTIMATE_COLUMNS


@pytest.fixture(scope="module")
def two():
    """Return epil twice over, so that both arms have 30 people; a row twice has twice the information."""
    people, events = epil()
    again = [frame.assign(person_id=frame["person_id"] + " again") for frame in (people, events)]
    return pd.concat([people, again[0]]), pd.concat([events, again[1]])


def test_interaction_is_r_s(two):
    result = subgroup_changes(*two, by="arm", **ASKED)
    row, answer = result.row("interaction_arm"), R["interaction"]
    assert row["statistic"] == pytest.approx(2 * answer["chi2"], rel=1e-9)
    assert (row["df"], row["n"], row["n_events"]) == (1, 118, 2 * sum(r["before"] + r["after"] for r in R["people"]))
    difference = result.parts["differences_arm"].row("ratio_of_rate_ratios")
    assert (difference["group"], difference["reference"]) == ("treated", "placebo")
    assert math.log(difference["estimate"]) == pytest.approx(answer["log_ratio_of_ratios"], rel=1e-9)
    assert difference["std_error"] == pytest.approx(answer["std_error"] / math.sqrt(2), rel=1e-9)
    placebo = result.parts["groups_arm"].row("rate_ratio_robust", "placebo")
    assert math.log(placebo["estimate"]) == pytest.approx(answer["log_ratio_placebo"], rel=1e-9)
    assert placebo["std_error"] == pytest.approx(answer["std_error_placebo"] / math.sqrt(2), rel=1e-9)
    # with one difference its interval and the test agree: z squared is the statistic
    assert row["statistic"] == pytest.approx((math.log(difference["estimate"]) / difference["std_error"]) ** 2)


def test_three_groups_are_r_s(two):
    row = subgroup_changes(*two, by="third", **ASKED).row("interaction_third")
    assert row["df"] == 2
    assert row["statistic"] == pytest.approx(2 * R["thirds"]["chi2"], rel=1e-9)


def test_interaction_is_that_of_generalised_estimating_equations(two):
    import statsmodels.api as sm

    people, events = two
    counts = events.groupby(["person_id", events["on"] > "2022-06-01"]).size()
    rows = [
        (person, arm == "treated", after, counts.get((person, after), 0))
        for person, arm in zip(people["person_id"], people["arm"], strict=True)
        for after in (False, True)
    ]
    long = pd.DataFrame(rows, columns=["person", "treated", "after", "y"]).astype({"treated": float, "after": float})
    design = np.column_stack([np.ones(len(long)), long["treated"], long["after"], long["treated"] * long["after"]])
    fit = sm.GEE(long["y"], design, groups=long["person"], family=sm.families.Poisson()).fit()
    row = subgroup_changes(*two, by="arm", **ASKED).row("interaction_arm")
    assert row["p_value"] == pytest.approx(float(fit.pvalues.iloc[3]), rel=1e-6)


def test_shape_and_family(two):
    result = subgroup_changes(*two, by=["arm", "third"], **ASKED)
    assert result.table.columns.tolist() == [
        *ESTIMATE_COLUMNS, "statistic", "df", "p_adjusted", "events_before", "events_after",
    ]  # fmt: skip
    assert list(result.parts) == ["groups_arm", "differences_arm", "groups_third", "differences_third"]
    first, second = sorted(result.table["p_value"])
    # Holm over two tests: the smaller doubled, the larger no smaller than that
    assert sorted(result.table["p_adjusted"]) == pytest.approx([min(1, 2 * first), max(min(1, 2 * first), second)])
    assert result.method["family"] == ["interaction_arm", "interaction_third"]
    # no group has a p-value that could be held against another's
    for part in result.parts.values():
        assert part.table["p_value"].isna().all()
    alone = subgroup_changes(*two, by=["arm", "third"], adjust="none", **ASKED).table
    assert alone["p_adjusted"].tolist() == alone["p_value"].tolist()


def test_one_significant_and_one_not_is_no_difference():
    # both groups fell by the same share; only the larger one's interval excludes no change
    people, events = made([(2, 1)] * 60 + [(0, 1)] * 20 + [(2, 1)] * 30 + [(0, 1)] * 10, size=["a"] * 80 + ["b"] * 40)
    result = subgroup_changes(people, events, by="size", **ASKED)
    assert result.row("interaction_size")["p_value"] == pytest.approx(1)
    assert any("do not settle whether the change differs by size" in str(sentence) for sentence in result.text)


def test_a_difference_is_told():
    people, events = made([(3, 1), (2, 0), (3, 2), (4, 1)] * 15 + [(1, 3), (0, 2), (2, 3), (1, 1)] * 15,
                          site=["a"] * 60 + ["b"] * 60)  # fmt: skip
    result = subgroup_changes(people, events, by="site", **ASKED)
    assert any(str(sentence).startswith("The change differs by site (test of interaction, p < 0.001)")
               for sentence in result.text)  # fmt: skip


def test_small_groups_are_described_and_not_tested():
    people, events = made([(2, 1), (1, 1), (0, 1)] * 22, site=["a"] * 33 + ["b"] * 30 + ["c"] * 3)
    result = subgroup_changes(people, events, by="site", **ASKED)
    assert (result.row("interaction_site")["df"], result.row("interaction_site")["n"]) == (1, 63)
    check = result.check("groups_tested")
    assert (check.passed, check.counts) == (False, (3,))
    assert "c: the rate ratio, after against before, is 1" in " ".join(map(str, result.text))
    assert "(fewer than 30 people: descriptive only)" in " ".join(map(str, result.text))
    one = subgroup_changes(*made([(1, 1)] * 40, site="x"), by="site", **ASKED)
    assert one.table["p_value"].isna().all()
    assert "not tested here" in str(one.text[1])


def test_groups_of_the_baseline_are_told():
    people, events = made([(3, 1)] * 35 + [(1, 1)] * 35, prior_events=[3] * 35 + [1] * 35)
    assert (
        subgroup_changes(people, events, by="prior_events", **ASKED).check("groups_not_of_the_baseline").passed is False
    )


def test_completed_against_started_is_refused():
    people, events = made([(1, 1)] * 4, completed=[True, True, False, False], completed_on=END)
    immortal = (
        "until then nobody in it could have had the event, so the group looks safe whatever was done (immortal time)"
    )
    with pytest.raises(AnalysisError) as refused:
        subgroup_changes(people, events, by="completed", **ASKED)
    assert str(refused.value) == (
        "the records do not allow an answer\n"
        "  by='completed': by its name known only after the start, and nobody said when\n"
        "      → say when, as known={'completed': 'the column of its dates'} or {'completed': 'start'}; "
        f"{immortal}; compare everybody who started first (intention to treat); where the group was known by the first "
        "day after, say so with known="
    )
    with pytest.raises(AnalysisError, match="known only after the start for 4 of 4 people"):
        pre_post(people, events, by="completed", known={"completed": "completed_on"}, **ASKED)
    known = {"completed": "start"}
    assert pre_post(people, events, by="completed", known=known, **ASKED).row("sign_test", "true")["n"] == 0
    in_time = people.assign(completed_on=people["last_contact"])
    assert (
        len(subgroup_changes(in_time, events, by="completed", known={"completed": "completed_on"}, **ASKED).table) == 1
    )


def test_engagement_is_not_known_at_the_first_contact():
    from types import SimpleNamespace

    from lvrn_eval.cohort import engagement_features

    day = pd.to_datetime
    contacts = pd.DataFrame({"person_id": ["a", "a"], "site": "x", "on": day(["2022-02-01", "2022-03-01"]),
                             "role": "mentor", "attended": True})  # fmt: skip
    records = SimpleNamespace(
        people=pd.DataFrame({"person_id": ["a"], "birth_month": day(["2005-01-01"]), "sex": None, "ethnicity": None,
                             "district": None}),
        referrals=pd.DataFrame({"referral_id": [1], "person_id": ["a"], "site": "x", "source": "police",
                                "referred_on": day(["2022-01-15"])}),
        contacts=contacts,
        events=pd.DataFrame({"person_id": ["a"], "on": day(["2022-01-05"]), "kind": "suspect"}),
    )  # fmt: skip
    cohort = Cohort(engagement_features(records, as_of=END), name="One").require("Met", "first_contact is not null")
    asked = {"kinds": ["suspect"], "observed_from": "2022-01-01"}
    counts = pre_post(cohort, records.events, by="mentor_contacts", **asked)
    assert counts.parts["classes"].table["group"].tolist() == ["all"] * 5 + ["2"] * 5
    with pytest.raises(AnalysisError, match="known only after the start for 1 of 1 people"):
        pre_post(cohort, records.events, by="mentor_contacts", after_anchor="first_contact", **asked)


def test_choices_are_refused_all_at_once():
    people, events = made([(1, 1)])
    with pytest.raises(AnalysisError) as refused:
        subgroup_changes(people, events, by=["site", "site"], adjust="bonferoni", known={"sex": "start"}, **ASKED)
    assert str(refused.value) == (
        "the question cannot be answered as asked\n"
        "  by: a column stands there twice\n"
        "      → name every column once\n"
        "  known='sex': not one of the groups\n"
        "      → name it in by; known: site\n"
        "  adjust: 'bonferoni' is not a rule\n"
        "      → known: holm, benjamini-hochberg, none"
    )
    with pytest.raises(AnalysisError) as refused:
        subgroup_changes(people.assign(site="x"), events, by=["site", "seks"], **ASKED)
    assert "  by='seks': the people have no such column" in str(refused.value)


def test_behind_the_wall_small_groups_are_hidden():
    people, events = made([(2, 1), (1, 1), (0, 1)] * 30, site=["a"] * 45 + ["b"] * 40 + ["c"] * 5)
    shown = protect(subgroup_changes(people, events, by="site", **ASKED), POLICIES["strict"])
    groups = shown.parts["groups_site"].table.set_index("group")
    assert pd.isna(groups.loc["c", "estimate"])
    assert pd.isna(groups.loc["c", "n"])
    said = [str(sentence) for sentence in shown.text]
    assert (
        "By site, c: the rate ratio, after against before, is not shown (fewer than 30 people: descriptive only)."
        in said
    )
    for sentence in said:
        assert not re.search(r"\b(45|40|5|90) people", sentence)
    assert all(not sentence.counts for sentence in shown.text)
