"""Likert sets: statsmodels agrees, reversed items turn round, what cannot be counted is refused."""

import numpy as np
import pandas as pd
import pytest

from lvrn_eval.errors import AnalysisError, RecordsError
from lvrn_eval.records.instruments import likert


def test_shares_and_intervals_are_those_of_statsmodels():
    from statsmodels.stats.proportion import proportion_confint

    rng = np.random.default_rng(5)
    answers = pd.DataFrame({"q1": rng.integers(1, 6, 300), "q2": rng.integers(1, 6, 300)})
    result = likert(answers, ["q1", "q2"], low=1, high=5, top=1, conf_level=0.99)
    for row in result.table.itertuples():
        assert (row.n, row.n_events) == (300, (answers[row.term] == 5).sum())
        wanted = proportion_confint(row.n_events, 300, alpha=0.01, method="wilson")
        assert (row.conf_low, row.conf_high) == pytest.approx(wanted, rel=1e-8)


def test_every_category_has_a_row():
    result = likert(pd.DataFrame({"q": [0, 10, 10]}), ["q"], low=0, high=10)
    assert result.parts["categories"].table["people"].tolist() == [1, *[0] * 9, 2]


def test_reversed_items_turn_round():
    answers = pd.DataFrame({"kind": [1, 1, 2, 5]})
    turned = likert(answers, ["kind"], low=1, high=5, reversed_items=["kind"])
    straight = likert(6 - answers, ["kind"], low=1, high=5)
    pd.testing.assert_frame_equal(turned.table, straight.table)
    pd.testing.assert_frame_equal(turned.parts["categories"].table, straight.parts["categories"].table)


def test_nobody_answered():
    result = likert(pd.DataFrame({"q": [None, None]}, dtype=float), ["q"], low=1, high=5)
    assert (result.row("q")["n"], np.isnan(result.row("q")["estimate"])) == (0, True)
    assert result.check("answered").text == "Of 2 rows, between 0 and 0 answered a question."


REFUSED = [
    (
        pd.DataFrame({"q": [1]}), {"items": [], "low": 1, "high": 5},
        '  items: is not a list of columns\n      → name at least one, as in ["feedback_1"]',
    ),
    (
        pd.DataFrame({"q": [1], "t": ["x"]}), {"items": ["Q", "t"], "low": 1, "high": 5},
        ("  answers.Q: there is no such column\n      → did you mean 'q'?\n"
        "  answers.t: holds VARCHAR, where numbers are needed\n      → make numbers of it before"),
    ),
    (
        pd.DataFrame({"q": [1]}), {"items": ["q"], "low": 5, "high": 1},
        "  low, high: are not the ends of a scale\n      → give at most 11 answers",
    ),
    (
        pd.DataFrame({"q": [1]}), {"items": ["q"], "low": 1, "high": 5, "top": 5, "reversed_items": ["r"]},
        ("  top: must leave at least one answer out\n      → write 2 for top-two-box\n"
        "  reversed_items: 'r' is not among the items\n      → known: q"),
    ),
    (
        pd.DataFrame({"q": [1, 6, 7, 2.5], "r": [1, 2, 0, 3]}), {"items": ["q", "r"], "low": 1, "high": 5},
        ("  answers.q: 3 rows outside 1 to 5, or not whole\n      → look at how it was coded\n"
        "  answers.r: 1 row outside 1 to 5, or not whole\n      → look at how it was coded"),
    ),
]  # fmt: skip


@pytest.mark.parametrize(("frame", "asked", "message"), REFUSED, ids=range(len(REFUSED)))
def test_what_cannot_be_counted_is_refused(frame, asked, message):
    with pytest.raises(RecordsError) as refused:
        likert(frame, **asked)
    assert str(refused.value) == f"these answers cannot be counted\n{message}"


def test_a_level_that_is_none_is_refused():
    with pytest.raises(AnalysisError) as refused:
        likert(pd.DataFrame({"q": [1]}), ["q"], low=1, high=5, conf_level=0)
    assert str(refused.value) == "conf_level must lie between 0 and 1; write 0.95 for 95%"
