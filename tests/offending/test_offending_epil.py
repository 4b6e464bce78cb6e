"""MASS epil, 59 people's counts in two windows, against R (tests/reference/r/offending)."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from lvrn_eval.offending import pre_post
from lvrn_eval.offending.conditional import rate_ratio_conditional
from lvrn_eval.offending.paired import mcnemar_exact, wilcoxon_signed_rank
from lvrn_eval.offending.proportions import clopper_pearson, exact_half, wilson
from lvrn_eval.offending.rates import garwood, rate_ratio_robust

REFERENCE = Path(__file__).parents[1] / "reference" / "r" / "offending"
R = json.loads((REFERENCE / "epil_offending.json").read_text())
OLDER = json.loads((REFERENCE / "epil_prepost_ref.json").read_text())
EPIL = pd.read_csv(REFERENCE / "epil_prepost.csv")
BEFORE, AFTER = EPIL["base"].to_numpy(), EPIL["post"].to_numpy()
CLOSE = {"rel": 1e-8}


def arrays(days, people=59):
    before, after = (
        (np.full(59, 56.0),) * 2 if days == "equal" else (np.array(R[f"days_{w}"], float) for w in ("before", "after"))
    )
    return [values[:people].astype(float) for values in (BEFORE, AFTER, before, after, np.ones(59))]


@pytest.mark.parametrize("days", ["equal", "unequal"])
def test_robust_rate_ratio(days):
    ours = rate_ratio_robust(*arrays(days), 0.95)
    assert np.log(ours.estimate) == pytest.approx(R[days]["marginal"], **CLOSE)
    assert ours.std_error_log == pytest.approx(R[days]["robust_se"], **CLOSE)


@pytest.mark.parametrize("days", ["equal", "unequal"])
def test_conditional_rate_ratio_is_the_fixed_effects_regression(days):
    ours = rate_ratio_conditional(*arrays(days), 0.95)
    assert np.log(ours.estimate) == pytest.approx(R[days]["conditional"], **CLOSE)
    assert ours.std_error_log == pytest.approx(R[days]["conditional_se"], rel=1e-6)


def test_profile_interval():
    ours = rate_ratio_conditional(*arrays("unequal"), 0.95, exact_up_to=0)
    assert ours.interval == pytest.approx(R["unequal"]["profile"], **CLOSE)
    assert ours.p_value == pytest.approx(R["unequal"]["profile_p"], rel=1e-6)


def test_exact_interval_with_unequal_days():
    ours = rate_ratio_conditional(*arrays("unequal", people=12), 0.95)
    assert ours.interval == pytest.approx((R["exact_unequal_12"]["low"], R["exact_unequal_12"]["high"]), rel=1e-7)
    assert np.log(ours.estimate) == pytest.approx(R["conditional_unequal_12"]["conditional"], **CLOSE)


def test_exact_interval_with_equal_days_is_poisson_test():
    ours = rate_ratio_conditional(*arrays("equal"), 0.95)
    for reference in (R["poisson_ratio"]["interval"], OLDER["rate_ratio_exact"]["ci"]):
        assert ours.interval == pytest.approx(reference, **CLOSE)
    assert ours.estimate == pytest.approx(OLDER["rate_ratio_exact"]["ratio"], **CLOSE)


@pytest.mark.parametrize(("people", "name"), [(59, "wilcoxon"), (12, "wilcoxon_12")])
def test_signed_rank(people, name):
    change, weight = (AFTER - BEFORE)[:people], np.ones(people, dtype=np.int64)
    exact, normal = (wilcoxon_signed_rank(change, weight, exact_up_to=most) for most in (500, 0))
    assert exact.rank_sum_positive == R[name]["v"]
    assert exact.p_value == pytest.approx(R[name]["exact_p"], **CLOSE)
    assert normal.p_value == pytest.approx(R[name]["normal_p"], **CLOSE)
    if people == 59:
        assert (exact.rank_sum_positive, normal.p_value) == pytest.approx(
            (OLDER["wilcoxon_paired"]["V"], OLDER["wilcoxon_paired"]["p_nocorrect"]), **CLOSE
        )


def test_sign_shares_and_mcnemar():
    fell, rose = int((AFTER < BEFORE).sum()), int((AFTER > BEFORE).sum())
    assert (fell, rose) == (R["sign"]["fell"], R["sign"]["rose"])
    assert exact_half(fell, fell + rose) == pytest.approx(R["sign"]["p"], **CLOSE)
    assert clopper_pearson(fell, fell + rose, 0.95) == pytest.approx(R["sign"]["interval"], **CLOSE)
    assert clopper_pearson(fell, 59, 0.9) == pytest.approx(R["falling_90"], **CLOSE)
    assert wilson(fell, 59, 0.95) == pytest.approx(R["wilson"], **CLOSE)
    stopped, began = (int(((BEFORE > 20) != (AFTER > 20))[mask].sum()) for mask in (BEFORE > 20, BEFORE <= 20))
    ours = mcnemar_exact(stopped, began, 0.95)
    assert ours.p_value == pytest.approx(R["mcnemar_over_20"]["p"], **CLOSE)
    assert ours.interval == pytest.approx(R["mcnemar_over_20"]["interval"], **CLOSE)
    # the older reference holds the same table, column by column
    assert OLDER["mcnemar_gt20"]["table"][1:3] == [stopped, began]


def test_rate_per_person_year():
    ours = garwood(int(AFTER.sum()), 59 * 56 / 365.25, 0.95)
    assert ours == pytest.approx(R["rate_after"]["interval"], **CLOSE)


def test_the_whole_way_from_rows_to_estimates():
    """The same counts as dated events: one contact, 56 days on each side, events spread over these days."""
    contact = pd.Timestamp("2020-06-01")
    people = pd.DataFrame({"person_id": EPIL["subject"], "first_contact": contact, "last_contact": contact})
    sides = []
    for counts, sign in ((EPIL["base"], -1), (EPIL["post"], 1)):
        rows = EPIL[["subject"]].loc[EPIL.index.repeat(counts)]
        day = rows.groupby("subject").cumcount() % 56 + 1
        sides.append(
            pd.DataFrame({"person_id": rows["subject"], "on": contact + pd.to_timedelta(sign * day, unit="D")})
        )
    events = pd.concat(sides).assign(kind="seizure")
    result = pre_post(people, events, kinds=["seizure"], before="56 days", after="56 days", as_of="2020-12-31")
    robust, exact = result.row("rate_ratio_robust"), result.row("rate_ratio_exact")
    assert robust["estimate"] == pytest.approx(np.exp(R["equal"]["marginal"]), **CLOSE)
    assert robust["std_error"] == pytest.approx(R["equal"]["robust_se"], **CLOSE)
    assert [exact["conf_low"], exact["conf_high"]] == pytest.approx(R["poisson_ratio"]["interval"], **CLOSE)
    assert result.row("wilcoxon_signed_rank")["p_value"] == pytest.approx(R["wilcoxon"]["exact_p"], **CLOSE)
    assert result.row("sign_test")["p_value"] == pytest.approx(R["sign"]["p"], **CLOSE)
    after = result.parts["exposure"].table.set_index("period").loc["after"]
    assert [after["conf_low"], after["conf_high"]] == pytest.approx(R["rate_after"]["interval"], **CLOSE)
