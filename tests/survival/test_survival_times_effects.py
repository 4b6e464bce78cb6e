"""Effects over time: held against models of each stretch alone; what is not known, and what is refused."""

import numpy as np
import pandas as pd
import pytest

from lvrn_eval.errors import AnalysisError
from lvrn_eval.report.figures import alt_text, draw
from lvrn_eval.result import ESTIMATE_COLUMNS
from lvrn_eval.survival.cox import fit_cox
from lvrn_eval.survival.effects_over_time import effects_over_time
from lvrn_eval.survival.proportional_hazards import test_proportional_hazards as proportional

FORMULA = "fin + age + prio"


@pytest.fixture(scope="module")
def rossi():
    from lifelines.datasets import load_rossi

    return load_rossi()


@pytest.fixture(scope="module")
def fit(rossi):
    return fit_cox(rossi, FORMULA, time="week", event="arrest")


def test_one_row_per_term_and_stretch(fit):
    table = effects_over_time(fit, stretches=4).table
    assert list(table.columns) == [*ESTIMATE_COLUMNS, "time", "fitted", "label", "n_reference"]
    assert table["term"].tolist() == ["fin"] * 4 + ["age"] * 4 + ["prio"] * 4
    # 114 arrests; those of one week stay together
    assert table["n_events"].iloc[:4].sum() == 114
    assert table["n_events"].min() >= 10
    assert table["time"].iloc[:4].is_monotonic_increasing
    tests = proportional(fit).table.set_index("term")["p_value"]
    assert table.groupby("term")["p_value"].first().to_dict() == pytest.approx(tests.drop("all terms").to_dict())


def test_a_model_of_each_stretch_alone(rossi, fit):
    """Rows cut at the ends of the stretches, fitted by the model that is held against R."""
    table = effects_over_time(fit, stretches=3).table
    weeks = np.sort(rossi.loc[rossi["arrest"] == 1, "week"].to_numpy())
    ends = np.cumsum(table["n_events"].iloc[:3])
    last = [*(weeks[end - 1] for end in ends[:-1]), rossi["week"].max()]
    for number, (low, high) in enumerate(zip([0, *last[:-1]], last, strict=True)):
        part = rossi[rossi["week"] > low].assign(entry=low)
        part = part.assign(arrest=part["arrest"].where(part["week"] <= high, 0), week=part["week"].clip(upper=high))
        alone = fit_cox(part, FORMULA, time="week", event="arrest", entry="entry")
        mine = table.iloc[number::3]
        assert mine["estimate"].to_numpy() == pytest.approx(alone.beta, rel=1e-8)
        assert mine["std_error"].to_numpy() == pytest.approx(alone.std_error, rel=1e-8)
        assert mine["conf_low"].to_numpy() == pytest.approx(alone.limits[0], rel=1e-8)
        assert int(mine["n_events"].iloc[0]) == int(part["arrest"].sum())


def test_it_is_drawn(fit):
    result = effects_over_time(fit)
    assert len(draw(result).axes) == 1 + 3
    assert alt_text(result).startswith("3 charts of an effect on the log hazard over time, with intervals. Fin: from ")


def test_a_stretch_that_tells_nothing_of_a_term():
    """Nobody at risk after day 30 differs in b."""
    random = np.random.default_rng(1)
    frame = pd.DataFrame({"days": np.arange(1, 61), "event": 1, "a": random.normal(size=60)})
    frame["b"] = np.where(frame["days"] <= 30, random.integers(0, 2, 60), 0)
    table = effects_over_time(fit_cox(frame, "a + b", time="days", event="event"), stretches=2).table
    assert table["estimate"].isna().tolist() == [False, False, False, True]


def test_a_stretch_without_a_maximum():
    """In the first half every event is of those with b, and so are all who could have had it in their place."""
    days = np.arange(1, 61)
    frame = pd.DataFrame({"days": days, "event": 1, "b": np.where(days <= 30, 1, (days % 2))})
    table = effects_over_time(fit_cox(frame, "b", time="days", event="event"), stretches=2).table
    assert table["estimate"].isna().tolist() == [True, False]


def test_refused(rossi, fit):
    with pytest.raises(AnalysisError) as refused:
        effects_over_time(fit, stretches=12)
    text = "effects_over_time: a stretch of time would have fewer than 10 events; give fewer stretches"
    assert str(refused.value) == text
    with pytest.raises(AnalysisError) as refused:
        effects_over_time(fit_cox(rossi, "fin", time="week", event="arrest", penalty="firth"))
    assert str(refused.value) == "effects_over_time: not known for penalty='firth'; fit without it"
