"""The event study: rates month by month against R (tests/reference/r/event_study) and by hand, its peak, its words."""

import json
import math
import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from lvrn_eval.errors import AnalysisError
from lvrn_eval.offending.event_study import DAYS_PER_MONTH, event_study
from lvrn_eval.offending.kernels.gamma_interval import gamma_interval
from lvrn_eval.phrases import WEAKEST
from lvrn_eval.release import POLICIES, protect

REFERENCE = Path(__file__).parents[1] / "reference" / "r"
R = json.loads((REFERENCE / "event_study" / "event_study.json").read_text())
CLOSE = {"rel": 1e-8}
ASKED = {"kinds": ["suspect"], "observed_from": "2019-01-01", "as_of": "2023-12-31"}
DAY = pd.Timestamp


@pytest.fixture(scope="module")
def records():
    folder = REFERENCE / "case_series"
    people = pd.read_csv(
        folder / "people.csv", parse_dates=["birth_month", "referred_on", "first_contact", "last_contact"]
    )
    events = pd.read_csv(folder / "events.csv", parse_dates=["on"])
    return people, events, pd.read_csv(folder / "custody.csv", parse_dates=["starts_on", "ends_on"])


@pytest.fixture(scope="module")
def result(records):
    people, events, custody = records
    return event_study(people, events, custody=custody, **ASKED)


def limits(sizes, level=0.95):
    sizes = np.atleast_1d(np.array(sizes, float))
    low, high = gamma_interval(
        np.array([sizes.sum()]), np.array([(sizes**2).sum()]), np.array([sizes.max(initial=0.0)]), level
    )
    return [low[0], high[0]]


@pytest.mark.parametrize("name", R["intervals"])
def test_gamma_interval_against_r(name):
    expected = R["intervals"][name]
    assert limits(expected["sizes"]) == pytest.approx(expected["c95"][1:], **CLOSE)
    assert limits(expected["sizes"], 0.8) == pytest.approx(expected["c80"][1:], **CLOSE)


def test_gamma_interval_is_exact_where_events_come_one_by_one():
    assert limits([1] * 7) == pytest.approx(R["intervals"]["one_each"]["exact"], **CLOSE)
    assert limits([]) == pytest.approx(R["nobody"], **CLOSE)


def test_gamma_interval_is_wider_where_events_come_together():
    apart, together = limits([1] * 9), limits([1, 1, 2, 2, 3])
    assert together[0] < apart[0] < apart[1] < together[1]


def test_months_against_r_day_by_day(result):
    months = pd.DataFrame(R["months"])
    table = result.table
    assert table["time"].tolist() == [*range(-24, 0), *range(1, 25)]
    assert table["people"].tolist() == months["people"].tolist()
    assert table["events"].tolist() == months["events"].tolist()
    days = months["days"].to_numpy(dtype=float) / DAYS_PER_MONTH
    assert table["exposure"].to_numpy() == pytest.approx(days, **CLOSE)
    for ours, theirs in (("conf_low", "lower"), ("conf_high", "upper")):
        assert table[ours].to_numpy() == pytest.approx(months[theirs].to_numpy(dtype=float) / days, **CLOSE)


def made(on, referred="2022-06-01", **more):
    """Return the study of one person with these days of events, six months to either side."""
    people = pd.DataFrame({"person_id": ["a"], "referred_on": [DAY(referred)]})
    events = pd.DataFrame({"person_id": "a", "on": pd.to_datetime(on), "kind": "suspect"})
    choices = {"kinds": ["suspect"], "months": 6, "observed_from": "2020-01-01", "as_of": "2023-12-31"} | more
    return event_study(people, events, **choices).table.set_index("time")


def test_the_first_month_begins_on_the_day_of_the_anchor():
    # months of 30.4375 days: the first has days 0 to 29 from the anchor, the last before it days -31 to -1
    table = made(["2022-05-01", "2022-05-31", "2022-06-01", "2022-06-30", "2022-07-01", "2022-04-30"])
    assert table.loc[[-2, -1, 1, 2], "events"].tolist() == [1, 2, 2, 1]
    assert (table.loc[[-1, 1], "exposure"] * DAYS_PER_MONTH).round().tolist() == [31, 30]
    assert table.loc[-1, "rate"] == pytest.approx(2 / (31 / DAYS_PER_MONTH))


def test_the_end_of_observation_is_seen():
    table = made(["2022-06-05"], as_of="2022-07-10", observed_from="2022-05-20")
    assert table["people"].tolist() == [0, 0, 0, 0, 0, 1, 1, 1, 0, 0, 0, 0]
    assert (table.loc[[-1, 1, 2], "exposure"] * DAYS_PER_MONTH).round().tolist() == [12, 30, 10]
    assert math.isnan(table.loc[3, "rate"])
    assert table.loc[2, "rate"] == 0
    assert table.loc[2, "conf_low"] == 0
    assert table.loc[2, "conf_high"] > 0


def test_days_in_custody_are_not_at_risk():
    custody = pd.DataFrame({"person_id": ["a"], "starts_on": [DAY("2022-06-04")], "ends_on": [DAY("2022-06-15")]})
    table = made(["2022-06-04", "2022-06-10", "2022-06-15"], custody=custody)
    assert table.loc[1, "events"] == 2
    assert round(table.loc[1, "exposure"] * DAYS_PER_MONTH) == 30 - 10


def test_steps_add_up(records, result):
    people, events, custody = records
    quarters = event_study(people, events, custody=custody, step=3, **ASKED).table
    assert quarters["time"].tolist() == [*range(-24, 0, 3), *range(3, 25, 3)]
    for column in ("events", "exposure"):
        threes = result.table[column].to_numpy(dtype=float).reshape(-1, 3).sum(axis=1)
        assert quarters[column].to_numpy(dtype=float) == pytest.approx(threes, rel=1e-12)


def test_a_rule_and_another_anchor(records):
    people, events, _ = records
    every = event_study(people, events, **(ASKED | {"kinds": ["suspect", "charge"]}))
    one = event_study(people, events, where="kind = 'charge'", **(ASKED | {"kinds": ["suspect", "charge"]}))
    assert 0 < one.table["events"].sum() < every.table["events"].sum()
    last = event_study(people, events, anchor="last_contact", **ASKED)
    assert last.title == "Recorded suspect events per person-month, before and after the last contact"


def test_peak_before_the_referral_is_told_for_what_it_is(result):
    check = result.check("peak_before_anchor")
    table = result.table.set_index("time")
    near, far = table.loc[[-3, -2, -1]].sum(), table.loc[-24:-4].sum()
    assert check.passed is False
    assert check.statistic == pytest.approx((near["events"] / near["exposure"]) / (far["events"] / far["exposure"]))
    assert check.text == (
        "The rate in the 3 months before the referral is higher than that of the months before those: 2.41 times as "
        "high (p < 0.001). Events and referrals go together, so the rate would fall after such a peak without any "
        "programme."
    )
    assert [str(sentence) for sentence in result.text] == [
        "90 people had 332 recorded suspect events in the 24 months before and the 24 months after the referral.",
        (
            "In the last 3 months before it, the rate was 2.41 (95% interval 1.69 to 3.43) times that of the months "
            "before those."
        ),
        "89 people were at risk just after the referral, and 77 at the picture's end.",
        "Events and referrals go together: the rate would fall after such a peak without any programme.",
        WEAKEST,
    ]


def test_no_peak_is_told_where_there_is_none(records):
    people, events, _ = records
    # half a year later nothing brings people in
    moved = people.assign(referred_on=people["referred_on"] + pd.Timedelta(days=240))
    check = event_study(moved, events, **ASKED).check("peak_before_anchor")
    assert check.passed is True
    assert "does not stand out from" in check.text


def test_few_people_are_descriptive_only(records):
    people, events, _ = records
    few = event_study(people.head(12), events, **ASKED)
    assert few.check("peak_before_anchor").passed is None
    assert few.check("small_sample").passed is False
    assert "With fewer than 30 people this is descriptive only: nothing is concluded." in map(str, few.text)


def test_order_and_names_do_not_matter(records, result):
    people, events, custody = (
        frame.sample(frac=1, random_state=3).assign(person_id=lambda frame: "z" + frame["person_id"].str[::-1])
        for frame in records
    )
    again = event_study(people, events, custody=custody, **ASKED)
    pd.testing.assert_frame_equal(again.table, result.table, check_exact=True)
    assert again.checks == result.checks


def test_behind_the_wall_few_events_are_gone(result):
    protected = protect(result, POLICIES["strict"])
    few = result.table["events"].to_numpy() < 10
    table = protected.table
    assert table.loc[few, ["events", "rate", "conf_low", "conf_high", "exposure"]].isna().all(axis=None)
    shown = table[table["rate"].notna()]
    assert len(shown) >= 4
    assert (shown["events"] % 5 == 0).all()
    assert (table["people"].dropna() % 5 == 0).all()
    said = [str(sentence) for sentence in protected.text]
    assert said[0] == (
        "Of what can be shown, the rate is highest up to 2 months before the referral: about 0.23 recorded events per "
        "person-month."
    )
    hidden = len(table) - len(shown)
    assert said[1].startswith(f"Points not shown, as few people or events are behind them: {hidden} of 48.")
    exact = {count for check in result.checks for count in check.counts} | {
        count for sentence in result.text for count in sentence.counts
    }
    told = " ".join([*said, *(check.text for check in protected.checks)])
    assert exact & {int(found) for found in re.findall(r"(?<![\d.])\d+(?![\d.]*\d)", told)} <= {30}


def test_months_without_an_event_are_said_so(records):
    people, events, _ = records
    none = event_study(people, events[:0], **ASKED)
    said = [str(sentence) for sentence in protect(none, POLICIES["open"]).text]
    assert said[0].startswith("90 people had 0 recorded suspect events")
    assert none.check("peak_before_anchor").passed is None


def test_refusals(records):
    people, events, _ = records
    with pytest.raises(AnalysisError) as error:
        event_study(people, events, kinds=["suspect"], as_of="2023-12-31", months=2)
    assert str(error.value) == (
        "the question cannot be answered as asked\n"
        "  months: is not a whole number from 4 to 120\n"
        "      → write 24 for two years\n"
        "  observed_from: was not given\n"
        "      → give the first day the records cover: before it, no event is known not to have been"
    )
    with pytest.raises(AnalysisError, match="step: does not divide 24 months"):
        event_study(people, events, step=7, **ASKED)
    with pytest.raises(AnalysisError, match=r"people\.referred_on: missing in 1 row"):
        event_study(people.assign(referred_on=people["referred_on"].where(people.index > 0)), events, **ASKED)


def test_the_page_runs(pytestconfig, tmp_path, monkeypatch, capsys):
    page = (pytestconfig.rootpath / "docs/how-to/draw-an-event-study.md").read_text(encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("lvrn_eval.event_study", event_study, raising=False)
    names = {}
    for block in re.findall(r"^```python\n(.*?)^```$", page, re.MULTILINE | re.DOTALL):
        exec(block, names)  # noqa: S102 - the page's own code
    out = capsys.readouterr().out
    assert "Events and referrals go together: the rate would fall after such a peak without any programme." in out
    assert (tmp_path / "event_study.png").stat().st_size > 10_000
