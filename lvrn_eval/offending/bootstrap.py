"""Intervals for the change of a rate that assume nothing of how events are distributed: people are drawn again."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from lvrn_eval.errors import AnalysisError, Fault, suggestion
from lvrn_eval.offending.checks import days_at_risk, evidence_level, small_sample
from lvrn_eval.offending.estimates import Row
from lvrn_eval.offending.kernels.resampling import Resampled, bootstrap, bootstrap_totals
from lvrn_eval.offending.paired_words import (
    SIDES,
    enough,
    few,
    numbers,
    of_difference,
    of_ratio,
    table_of,
    with_sides,
)
from lvrn_eval.offending.pairs import read_pairs
from lvrn_eval.offending.proportions import Interval
from lvrn_eval.offending.rates import DAYS_PER_YEAR
from lvrn_eval.phrases import SMALL, WEAKEST, ratio_text, with_interval
from lvrn_eval.result import Check, Result, Sentence

if TYPE_CHECKING:
    from lvrn_eval.engine import Frame, Table
    from lvrn_eval.offending.counting import Cells
    from lvrn_eval.offending.kernels.wald import Array

__all__ = ["bootstrap", "bootstrap_rates", "bootstrap_totals"]

INTERVALS = ("bca", "percentile")
FEWEST_DRAWS = 100


def bootstrap_rates(
    counts: Table | Frame,
    *,
    draws: int = 2000,
    seed: int = 2024,
    interval: str = "bca",
    conf_level: float = 0.95,
) -> Result:
    """Estimate how the rate per person-year at risk changed, with intervals from drawing people again.

    Parameters
    ----------
    counts
        One row per person with ``before``, ``after`` (events), ``days_before``, ``days_after`` (days at risk): the
        table of ``pre_post_counts``, or a frame.
    draws
        How often as many people as there are are drawn with replacement; at least 100.
    seed
        Of NumPy's default generator. The same people, seed and version of NumPy give the same draws.
    interval
        ``"bca"`` (bias-corrected and accelerated) or ``"percentile"``.
    conf_level
        Level of the intervals, between 0 and 1.

    Returns
    -------
    Result
        ``table`` has the columns of every table of estimates, ``measure``, ``interval`` and all events of either side,
        ``events_before`` and ``events_after``: a row for ``rate_ratio`` (after against before; ``std_error`` is that
        of its logarithm) and one for ``rate_difference`` (events per person-year, after less before). An interval is
        missing where a ratio is undefined in more than one draw of twenty.

    Raises
    ------
    AnalysisError
        When the counts cannot be used, or a choice is none, every reason at once.

    Notes
    -----
    Rates are all events over all days. A draw is how often each distinct cell of counts and days is drawn, so nobody's
    row is needed. The acceleration comes from leaving out every person once, exactly.

    *Validated against* ``scipy.stats.bootstrap`` on the same draws, R's ``boot.ci`` and by hand:
    tests/offending/test_offending_bootstrap.py.

    Examples
    --------
    >>> import pandas as pd
    >>> frame = pd.DataFrame({"before": [2, 4, 1, 3], "after": [1, 2, 2, 0], "days_before": 365, "days_after": 365})
    >>> round(float(bootstrap_rates(frame).row("rate_ratio")["estimate"]), 3)
    0.5
    """
    _refuse("bootstrap_rates", draws, seed, interval)
    cells = read_pairs("bootstrap_rates", counts, conf_level=conf_level)
    drawn = _drawn(cells, draws, seed)
    limits = {name: getattr(found, interval)(conf_level) for name, found in drawn.items()}
    table = with_sides(table_of(_rows(cells, drawn, limits, interval, conf_level)), cells)
    n = cells.count()
    return Result(
        name="bootstrap_rates",
        title="Recorded events per person-year at risk, after against before, people drawn again",
        table=table,
        method={
            "design": "before and after, without a comparison group",
            "estimator": "all events over all days at risk",
            "resampled": "people, with replacement",
            "draws": draws,
            "seed": seed,
            "generator": "numpy default_rng",
            "interval": interval,
            "conf_level": conf_level,
            "days_per_year": DAYS_PER_YEAR,
        },
        checks=(evidence_level(), small_sample(cells), days_at_risk(cells), _undefined(drawn["rate_ratio"])),
        text=_sentences(table, n, enough=n >= SMALL),
        count_columns=("n", "n_events", *SIDES),
        wording=lambda shown: _sentences(shown.table, None, enough=enough(shown)),
    )


def _drawn(cells: Cells, draws: int, seed: int) -> dict[str, Resampled]:
    """Return both statistics on the same draws."""
    columns = np.column_stack([cells.before, cells.after, cells.days_before, cells.days_after]).astype(float)
    functions = {"rate_ratio": _log_ratio, "rate_difference": _difference}
    return bootstrap_totals(cells.people, columns, functions, draws=draws, seed=seed)


def _log_ratio(totals: Array) -> Array:
    before, after, days_before, days_after = totals.T
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio: Array = np.log(after / days_after) - np.log(before / days_before)
    return ratio


def _difference(totals: Array) -> Array:
    before, after, days_before, days_after = totals.T
    with np.errstate(divide="ignore", invalid="ignore"):
        difference: Array = DAYS_PER_YEAR * (after / days_after - before / days_before)
    return difference


def _rows(
    cells: Cells, drawn: dict[str, Resampled], limits: dict[str, Interval], interval: str, conf_level: float
) -> list[Row]:
    n = cells.count((cells.days_before > 0) | (cells.days_after > 0))
    events = int(cells.total(cells.before + cells.after))
    ratio = drawn["rate_ratio"]
    # all days or events on one side missing: no ratio, or one of 0 or without a limit
    estimate = math.exp(ratio.estimate) if not math.isnan(ratio.estimate) else math.nan
    between = Interval(*(math.exp(limit) for limit in limits["rate_ratio"]))
    difference = drawn["rate_difference"]
    return [
        Row(
            "rate_ratio", "all", estimate, ratio.std_error, *between, conf_level, math.nan, n, events, "rate ratio",
            interval,
        ),
        Row(
            "rate_difference", "all", difference.estimate, difference.std_error, *limits["rate_difference"], conf_level,
            math.nan, n, events, "rate difference", interval,
        ),
    ]  # fmt: skip


def _undefined(ratio: Resampled) -> Check:
    if not len(ratio.draws):
        return Check("draws_defined", passed=False, text="Nobody can be drawn.")
    share = ratio.undefined / len(ratio.draws)
    if not ratio.undefined:
        return Check("draws_defined", passed=True, text="The ratio is defined in every draw.", statistic=share)
    text = f"The ratio is undefined in {ratio.undefined:,} of {len(ratio.draws):,} draws, which are left out."
    instead = "The ratio is undefined in some draws, which are left out."
    return Check("draws_defined", passed=False, text=text, statistic=share, counts=(ratio.undefined,), instead=instead)


def _sentences(table: Any, n: int | None, *, enough: bool) -> tuple[Sentence, ...]:
    """Return what a reader may take from the intervals; ``n`` is None behind the wall, where counts are rounded."""
    if n == 0:
        return (Sentence("Nobody is left in this analysis, so it says nothing.", (0,)),)
    rows = numbers(table)
    ratio, difference = rows["rate_ratio"], rows["rate_difference"]
    if math.isnan(ratio["conf_low"]) or math.isnan(difference["conf_low"]):
        none = Sentence("The change of the rate has no interval, or is not shown.")
        return (none, *(() if enough else (few(n),)), Sentence(WEAKEST))
    level = ratio["conf_level"]
    estimate, low, high = (ratio_text(ratio[name]) for name in ("estimate", "conf_low", "conf_high"))
    change, least, most = (_signed(difference[name]) for name in ("estimate", "conf_low", "conf_high"))
    text = (
        f"Drawing people again, the rate per person-year at risk after was {with_interval(estimate, low, high, level)} "
        f"times the rate before; it changed by {with_interval(change, least, most, level)} recorded events a year."
    )
    found = (
        (
            of_ratio("The recorded rate after", [ratio["conf_low"], ratio["conf_high"]], n, enough=True),
            of_difference("the number of recorded events a year", difference),
        )
        if enough
        else (few(n),)
    )
    return (Sentence(text, (int(ratio["n"]), int(ratio["n_events"]))), *found, Sentence(WEAKEST))


def _signed(value: float) -> str:
    return "0" if value == 0 else f"{value:+,.2f}" if abs(value) >= 0.005 else f"{value:+.1g}"  # noqa: PLR2004


def _refuse(function: str, draws: int, seed: int, interval: str) -> None:
    """Refuse choices that are none.

    Raises
    ------
    AnalysisError
        Listing all of them.
    """
    faults = draw_faults(draws, seed)
    if interval not in INTERVALS:
        faults.append(Fault("interval", f"{interval!r} is not an interval", suggestion(str(interval), INTERVALS)))
    if faults:
        raise AnalysisError(f"{function}: the question cannot be answered as asked", faults)


def draw_faults(draws: int, seed: int) -> list[Fault]:
    """Return what is wrong with a number of draws and a seed."""
    faults = []
    if isinstance(draws, bool) or not isinstance(draws, int) or draws < FEWEST_DRAWS:
        faults.append(Fault("draws", f"must be a whole number from {FEWEST_DRAWS} on", "2000 is usual"))
    if isinstance(seed, bool) or not isinstance(seed, int) or seed < 0:
        faults.append(Fault("seed", "must be a whole number from 0 on", "write 2024, or any other and keep it"))
    return faults
