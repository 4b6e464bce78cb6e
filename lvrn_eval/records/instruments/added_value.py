"""The added-value score of the parents' SDQ: how much better children did than such children do without help.

Unconfirmed: the page of its authors that was seen gives the variables and the caveats, but not the formula.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from lvrn_eval.engine import Step
from lvrn_eval.errors import Fault, RecordsError
from lvrn_eval.phrases import SMALL, people
from lvrn_eval.records.instruments.definitions import Source
from lvrn_eval.records.instruments.intervals import Mean, check_level, mean_of, mean_row
from lvrn_eval.records.instruments.pairs import PACKAGE
from lvrn_eval.records.instruments.score import Scored
from lvrn_eval.result import ESTIMATE_COLUMNS, Check, Result, Sentence

if TYPE_CHECKING:
    from lvrn_eval.result import Choice

WEIGHTS = {"constant": 2.3, "per_total": 0.8, "per_impact": 0.2, "per_emotional": -0.3}
FORMULA = "2.3 + 0.8 total before + 0.2 impact before - 0.3 emotional before - total after"
SD = 5.0
"""One standard deviation of the score, by which it becomes an effect size."""

FORMULA_SOURCE = Source(
    "from general knowledge, and in slides about the score (slideserve.com, 'SDQ added value score'); "
    "the authors' page (sdqinfo.com/e10.html) was seen without the formula",
    confirmed=False,
)
CAVEATS_SOURCE = Source(
    "sdqinfo.com/e10.html: a standard deviation of 5; plus or minus 10 points for one child, plus or minus 1 for the "
    "mean of 100; for the parents' form, about six months apart; misleading for children at low risk",
    confirmed=True,
)


def added_value(scored: Scored, *, before: str = "pre", after: str = "post", conf_level: float = 0.95) -> Result:
    """Return the mean added value of the parents' SDQ. The formula is unconfirmed, and the result says so.

    Parameters
    ----------
    scored
        The SDQ, scored by ``score_answers``; rows of other informants are left out.
    before, after
        The two occasions, about six months apart.
    conf_level
        Of the intervals.

    Returns
    -------
    Result
        Estimates of ``mean_added_value`` (points of the total; above 0 is better than expected) and ``effect_size``
        (the same over 5), ``n`` the children with all four scores. No child's own value is given: it means nothing
        within 10 points.

    Raises
    ------
    RecordsError
        When it is another instrument, or somebody has several valid scores on one occasion.
    AnalysisError
        When ``conf_level`` is no level.

    Notes
    -----
    ``2.3 + 0.8 total before + 0.2 impact before - 0.3 emotional before - total after`` (Ford and others 2009, Br. J.
    Psychiatry 194, 552-558, whose formula was not seen). It was made of children at high risk, most with a disorder;
    for others it is misleading.

    *Validated against* by hand: see ``tests/hand/test_hand_instruments.py``.
    """
    check_level(conf_level)
    if scored.instrument.slug != "sdq":
        raise RecordsError(f"added value is of the parents' SDQ, not of {scored.instrument.slug}")
    home = _cells(scored, before, after)
    values, weights = home["added_value"].to_numpy(dtype=float), home["people"].to_numpy(dtype=np.int64)
    known = ~np.isnan(values)
    n, without = int(weights[known].sum()), int(weights[~known].sum())
    mean = mean_of(values[known], weights[known], conf_level)
    effect = Mean(mean.estimate / SD, mean.std_error / SD, mean.low / SD, mean.high / SD, mean.p_value)
    rows = [
        mean_row("mean_added_value", "parent", mean, n, conf_level, tested=True),
        mean_row("effect_size", "parent", effect, n, conf_level, tested=True),
    ]
    return Result(
        name="added_value",
        title=f"Added value of the parents' SDQ: {before} to {after} (formula unconfirmed)",
        table=pd.DataFrame(rows, columns=[*ESTIMATE_COLUMNS, "measure", "interval"]).astype(
            {"n": "Int64", "n_events": "Int64"}
        ),
        method=_method(scored, before, after, conf_level),
        checks=_checks(n, without),
        text=(
            Sentence("The formula of this score is unconfirmed: no official source with it was seen."),
            Sentence("It is misleading for children at low risk, and says nothing of one child."),
        ),
        count_columns=("n", "n_events"),
    )


def _cells(scored: Scored, before: str, after: str) -> pd.DataFrame:
    """Return how many children have each added value; missing where a score is."""
    home = scored.table.engine.run(
        Step.load(PACKAGE, "added_value.sql"),
        tables={"scored": scored.table},
        values={"before": before, "after": after, **WEIGHTS},
    ).to_pandas()
    many = home["people"].where((home[["n_before", "n_after"]] > 1).any(axis="columns"), 0).sum()
    if many:
        one = "person has" if many == 1 else "people have"
        fault = Fault(
            "scores.occasion",
            f"{int(many):,} {one} more than one valid score of a parent on one occasion",
            "keep one questionnaire per person, informant and occasion",
        )
        raise RecordsError("these scores cannot be paired", [fault])
    return home


def _method(scored: Scored, before: str, after: str, conf_level: float) -> dict[str, Choice]:
    return {
        **scored.method,
        "formula": FORMULA,
        "formula_source": FORMULA_SOURCE.text,
        "formula_confirmed": FORMULA_SOURCE.confirmed,
        "caveats": CAVEATS_SOURCE.text,
        "before": before,
        "after": after,
        "sd": SD,
        "conf_level": conf_level,
    }


def _checks(n: int, without: int) -> tuple[Check, ...]:
    return (
        Check(
            "formula_confirmed", FORMULA_SOURCE.confirmed, "The formula is unconfirmed: do not publish it as official."
        ),
        Check("high_risk_only", None, "Made for children at high risk; whether these are is for you to say."),
        Check(
            "all_four_scores",
            without == 0,
            f"{people(n)} with all four scores of a parent, {without:,} without; these are left out.",
            counts=(n, without),
            instead="People without all four scores are left out." if without else "Nobody lacks a score.",
        ),
        Check(
            "small_sample",
            n >= SMALL,
            f"{people(n)}" + (" with all four scores." if n >= SMALL else f", fewer than {SMALL}: descriptive only."),
            counts=(n,),
            instead=f"{'At least' if n >= SMALL else 'Fewer than'} {SMALL} people have all four scores.",
        ),
    )
