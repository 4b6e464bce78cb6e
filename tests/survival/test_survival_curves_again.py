"""A curve made again from its own counts is itself, with every choice it was made with."""

from pathlib import Path

import pandas as pd
import pytest

from lvrn_eval.errors import AnalysisError
from lvrn_eval.survival.again import again, event_columns
from lvrn_eval.survival.compare import logrank
from lvrn_eval.survival.competing import cumulative_incidence
from lvrn_eval.survival.curves import kaplan_meier, nelson_aalen
from lvrn_eval.survival.risk_table import risk_table

R = Path(__file__).parents[1] / "reference" / "r" / "survival"


def mgus2():
    return pd.read_csv(R / "mgus2_people.csv").assign(died=lambda d: d["ev"] > 0)


@pytest.mark.parametrize(
    "result",
    [
        pytest.param(
            lambda: kaplan_meier(
                mgus2(), "etime", "died", "sex", conf_level=0.9, conf_type="log", times=[60], quantiles=[0.3],
                band="hall-wellner", band_between=(10, 200),
            ),
            id="kaplan_meier",
        ),
        pytest.param(
            lambda: nelson_aalen(mgus2(), "etime", "died", "sex", conf_type="plain", times=[60], variance="greenwood"),
            id="nelson_aalen",
        ),
        pytest.param(
            lambda: cumulative_incidence(mgus2(), "etime", "ev", "sex", of=1, conf_type="logit", times=[60]), id="of 1"
        ),
        pytest.param(lambda: cumulative_incidence(mgus2(), "etime", "ev", of=2, times=[60]), id="of 2"),
        pytest.param(lambda: risk_table(mgus2(), "etime", "died", "sex"), id="risk_table"),
        pytest.param(lambda: risk_table(mgus2(), "etime", "ev", "sex", causes=(1, 2)), id="causes"),
    ],
)  # fmt: skip
def test_from_its_own_counts(result):
    first = result()
    counts = first.table.drop(columns=["estimate", "std_error", "conf_low", "conf_high"], errors="ignore")
    second = again(first, counts.assign(entered=0))
    pd.testing.assert_frame_equal(second.table, first.table)
    assert second.text == first.text
    assert second.method == first.method
    for name, part in first.parts.items():
        pd.testing.assert_frame_equal(second.parts[name].table, part.table)


def test_event_columns():
    assert event_columns(cumulative_incidence(mgus2(), "etime", "ev")) == ("events", "competing")
    assert event_columns(kaplan_meier(mgus2(), "etime", "died")) == ("events",)


def test_a_test_is_no_curve():
    result = logrank(mgus2(), "etime", "died", "sex")
    with pytest.raises(AnalysisError) as refused:
        again(result, result.table)
    assert str(refused.value) == (
        "the curve 'logrank' cannot be made again: its estimator is none of Kaplan-Meier, Nelson-Aalen, Aalen-Johansen"
    )


def test_counts_without_competing_events_make_no_other_curve():
    """What knows nothing of causes cannot turn an incidence into a survival curve by mistake."""
    incidence = cumulative_incidence(mgus2(), "etime", "ev")
    from dataclasses import replace

    table = incidence.table.assign(entered=0)[["group", "time", "at_risk", "entered", "events", "censored"]]
    with pytest.raises(AnalysisError) as refused:
        kaplan_meier(replace(incidence, name="risk_table", table=table, count_columns=()))
    assert str(refused.value) == "kaplan_meier: these are the counts of cause 1 alone; use cumulative_incidence"
