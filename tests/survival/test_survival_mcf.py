"""The mean cumulative number of events: against R survival 3.5-3, and what it says and refuses."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from lvrn_eval.engine import DuckDBEngine, as_table
from lvrn_eval.errors import AnalysisError
from lvrn_eval.result import ESTIMATE_COLUMNS
from lvrn_eval.survival.kernels.interval import hazard_interval
from lvrn_eval.survival.mean_cumulative import mean_cumulative

R = Path(__file__).parents[1] / "reference" / "r" / "models"
REFERENCE = json.loads((R / "ref_recurrent.json").read_text())
CLOSE = {"rtol": 1e-8, "atol": 1e-13}
BLADDER = ("id", "start", "stop", "event")
CGD = ("id", "tstart", "tstop", "status")


def bladder():
    return pd.read_csv(R / "bladder2.csv")


def cgd():
    return pd.read_csv(R / "cgd.csv")


def gaps():
    kept = cgd()[lambda d: ~((d["enum"] == 2) & (d["id"] % 4 == 0))]
    late = ((kept["enum"] == 1) & (kept["id"] % 3 == 0)).astype(int)
    return kept.assign(tstart=kept["tstart"] + 3 * late)


def same(result, name):
    theirs = pd.DataFrame(REFERENCE[name])
    ours = result.table.astype({"group": str}).set_index(["group", "time"])
    ours = ours.loc[list(zip(theirs["group"].astype(str), theirs["time"], strict=True))]
    np.testing.assert_array_equal(ours["at_risk"], theirs["n_risk"])
    np.testing.assert_array_equal(ours["events"], theirs["n_event"])
    np.testing.assert_allclose(ours["estimate"], theirs["cumhaz"], **CLOSE)
    np.testing.assert_allclose(ours["std_error"], theirs["std_chaz"], **CLOSE)
    assert len(result.table) == len(theirs) + result.table["group"].nunique()  # and time 0 of every group


def test_curves():
    same(mean_cumulative(bladder(), *BLADDER, by="rx"), "mcf_bladder")
    same(mean_cumulative(cgd(), *CGD, by="treat"), "mcf_cgd")
    same(mean_cumulative(cgd(), *CGD), "mcf_cgd_all")


def test_ends_of_follow_up_are_all_counted():
    """Counted here by hand: R's ``n.censor`` misses 17 of the 32 in the second group, though ``n.risk`` has them."""
    last = bladder().sort_values(["id", "stop"]).groupby("id").tail(1)
    counted = last[last["event"] == 0].groupby(["rx", "stop"]).size()
    ours = mean_cumulative(bladder(), *BLADDER, by="rx").table.query("censored > 0")
    assert ours["censored"].tolist() == counted.tolist()
    assert ours["time"].tolist() == counted.index.get_level_values("stop").tolist()
    theirs = pd.DataFrame(REFERENCE["mcf_bladder"]).groupby("group")["n_censor"].sum()
    assert (counted.groupby("rx").sum().tolist(), theirs.tolist()) == ([34, 32], [34, 15])


def test_late_entry_and_time_not_at_risk():
    same(mean_cumulative(gaps(), *CGD, by="treat"), "mcf_gaps")


def test_order_of_rows_does_not_matter():
    shuffled = cgd().sample(frac=1, random_state=7)
    one, other = (mean_cumulative(data, *CGD, by="treat", times=[200]) for data in (cgd(), shuffled))
    pd.testing.assert_frame_equal(one.table, other.table)
    pd.testing.assert_frame_equal(one.parts["test"].table, other.parts["test"].table)


def test_a_table_gives_the_same_as_a_frame():
    table = as_table(cgd(), "rows", DuckDBEngine())
    ours, frame = (mean_cumulative(data, *CGD, by="treat") for data in (table, cgd()))
    pd.testing.assert_frame_equal(ours.table, frame.table)


@pytest.mark.parametrize(
    ("name", "result"),
    [
        ("score_bladder", lambda: mean_cumulative(bladder(), *BLADDER, by="rx")),
        ("score_cgd", lambda: mean_cumulative(cgd(), *CGD, by="treat")),
        ("score_cgd_4", lambda: mean_cumulative(cgd(), *CGD, by="hos.cat")),
    ],
)
def test_robust_score_test(name, result):
    ours, theirs = result().parts["test"].table.iloc[0], REFERENCE[name]
    np.testing.assert_allclose(ours["statistic"], theirs["statistic"], **CLOSE)
    np.testing.assert_allclose(ours["p_value"], theirs["p"], **CLOSE)
    assert (ours["df"], ours["test"]) == (theirs["df"], "robust score")


def test_differences_and_limits():
    """People of different groups are independent, so variances add."""
    result = mean_cumulative(cgd(), *CGD, by="treat", times=[100, 365], conf_type="plain")
    means = result.parts["at_times"]
    placebo, treated = (means.row("at 365", group) for group in ("placebo", "rIFN-g"))
    gap = result.parts["differences"].row("at 365")
    assert gap["group"] == "rIFN-g less placebo"
    early = cgd().query("status == 1 and tstop <= 365").groupby("treat")["id"]
    assert [treated["n_with_event"], placebo["n_with_event"]] == early.nunique().loc[["rIFN-g", "placebo"]].tolist()
    assert [treated["n_events"], placebo["n_events"]] == early.size().loc[["rIFN-g", "placebo"]].tolist()
    assert gap["n_with_event"] == early.nunique().sum()
    assert gap["estimate"] == pytest.approx(treated["estimate"] - placebo["estimate"])
    assert gap["std_error"] == pytest.approx(np.hypot(treated["std_error"], placebo["std_error"]))
    assert gap["conf_high"] - gap["estimate"] == pytest.approx(1.959963984540054 * gap["std_error"])
    assert tuple(result.parts["differences"].table.columns) == (*ESTIMATE_COLUMNS, "time", "measure", "n_with_event")
    table = result.table[lambda d: d["time"] > 0]
    low, high = hazard_interval(table["estimate"].to_numpy(), table["std_error"].to_numpy(), 1.959963984540054, "plain")
    np.testing.assert_allclose(table["conf_low"], low)
    np.testing.assert_allclose(table["conf_high"], high)


def test_what_is_said():
    result = mean_cumulative(cgd().rename(columns={"tstop": "days"}), "id", "tstart", "days", "status", "treat",
                             times=[365, 500])  # fmt: skip
    assert [sentence.text for sentence in result.text] == [
        "treat placebo: 65 people, 30 with a recorded event; 56 recorded events in all.",
        "treat rIFN-g: 63 people, 14 with a recorded event; 20 recorded events in all.",
        "treat placebo: an estimated 1.26 recorded events per person by 365 days (95% interval 0.85 to 1.87).",
        "treat placebo: nobody was observed as long as 500 days, so the mean then is not known.",
        "treat rIFN-g: an estimated 0.42 recorded events per person by 365 days (95% interval 0.22 to 0.80).",
        "treat rIFN-g: nobody was observed as long as 500 days, so the mean then is not known.",
        (
            "By 365 days, treat rIFN-g had an estimated 0.85 fewer recorded events per person than treat placebo "
            "(difference -0.85, 95% interval -1.41 to -0.28)."
        ),
    ]
    assert result.text[0].counts == (65, 30, 35, 56)
    assert result.check("times_observed").text == (
        "Nobody was observed so long: treat placebo: 500 days; treat rIFN-g: 500 days."
    )
    assert result.check("time_not_at_risk").counts == (0, 128)
    assert mean_cumulative(cgd(), *CGD, times=[365]).text[1].text == (
        "An estimated 0.82 recorded events per person by tstop = 365 (95% interval 0.58 to 1.17)."
    )
    assert mean_cumulative(cgd(), *CGD, times=[365]).check("times_observed").passed


def test_few_people_and_events():
    result = mean_cumulative(bladder().query("id <= 60"), *BLADDER, by="rx")
    assert [sentence.text for sentence in result.text[2:]] == [
        "Fewer than 30 people in 1 of 2 groups (rx 2): descriptive only.",
    ]


def test_time_not_at_risk_is_counted():
    assert mean_cumulative(gaps(), *CGD).check("time_not_at_risk").text == (
        "2 of 128 people had time between their rows in which they were not at risk."
    )


def test_a_group_that_changes_is_refused():
    data = cgd().assign(arm=lambda d: d["enum"].clip(upper=2))
    with pytest.raises(AnalysisError) as refused:
        mean_cumulative(data, *CGD, by="arm")
    assert str(refused.value) == (
        "mean_cumulative: the data cannot be used as it stands\n"
        "  by='arm': the group changes between rows, for 44 of 128 people\n"
        "      → give everyone the one group they were in at their start"
    )


def test_choices_are_refused():
    for named, text in (
        ({"conf_type": "logs"}, "mean_cumulative: conf_type 'logs' is not known; did you mean 'log'?"),
        ({"conf_level": 95}, "mean_cumulative: conf_level must lie between 0 and 1, such as 0.95, not 95"),
    ):
        with pytest.raises(AnalysisError) as refused:
            mean_cumulative(cgd(), *CGD, **named)
        assert str(refused.value) == text


def test_without_events_there_is_a_curve_but_no_test():
    result = mean_cumulative(cgd().assign(status=0), *CGD, by="treat", times=[100])
    assert (result.table["estimate"] == 0).all()
    assert result.parts["test"].table["statistic"].isna().all()
    assert result.text[2].text == (
        "treat placebo: an estimated 0.00 recorded events per person by tstop = 100 (interval not defined)."
    )
    assert result.parts["differences"].row("at 100")["estimate"] == 0
