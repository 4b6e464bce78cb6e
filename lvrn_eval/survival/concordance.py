"""How well a score puts people in the order of their events."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from lvrn_eval.errors import AnalysisError, Fault, suggestion
from lvrn_eval.phrases import people
from lvrn_eval.result import ESTIMATE_COLUMNS, Check, Result, Sentence
from lvrn_eval.survival.bring_home import home
from lvrn_eval.survival.cox_data import CoxColumns, codes, faults, n_people
from lvrn_eval.survival.cox_fit import two_sided
from lvrn_eval.survival.frames import levels, numbers
from lvrn_eval.survival.inputs import ALL, level, refuse
from lvrn_eval.survival.kernels.concordance import pairs
from lvrn_eval.survival.kernels.interval import critical_value

if TYPE_CHECKING:
    from lvrn_eval.engine import Frame, Table
    from lvrn_eval.survival.kernels.tally import Floats, Integers


def concordance(
    data: Table | Frame,
    time: str,
    event: str,
    score: str,
    entry: str | None = None,
    strata: str | None = None,
    cluster: str | None = None,
    weights: str | None = None,
    conf_level: float = 0.95,
) -> Result:
    """Estimate how often the person with the higher score has the event sooner (Harrell's concordance).

    Parameters
    ----------
    data
        One row per person, or several with ``entry`` and ``cluster``: a frame, or a table of the project.
    time, event, entry, strata, cluster, weights
        Columns, as in ``cox``; pairs are compared within strata.
    score
        Column: a higher value says that the event comes sooner.
    conf_level
        Level of the interval.

    Returns
    -------
    Result
        ``table``: one row of estimates, ``term`` being ``concordance``; ``p_value`` is of the test of no better than
        chance (0.5). ``statistic`` beside it.

    Raises
    ------
    AnalysisError
        When the data cannot be used, or no two people can be compared.

    Notes
    -----
    Of the pairs in which one has the event while the other is at risk, the share whose order agrees with the score;
    pairs tied on the score count half. The standard error is the infinitesimal jackknife's.

    *Validated against* R survival 3.5-3, ``concordance`` (tests/survival/test_survival_cox_r.py).

    References
    ----------
    Harrell, Lee and Mark (1996), Statistics in Medicine 15, 361-387. Therneau and Watson (2015), The concordance
    statistic and the Cox model, Mayo Clinic technical report 85.

    Examples
    --------
    >>> frame = pd.DataFrame({"days": [5, 8, 9, 12], "event": [1, 1, 0, 1], "score": [3, 4, 2, 1]})
    >>> float(concordance(frame, "days", "event", "score").table.loc[0, "estimate"])
    0.8
    """
    level("concordance", conf_level)
    columns = CoxColumns(time, event, entry=entry, weights=weights, strata=strata, cluster=cluster)
    frame = home("concordance", data, columns, [score])
    parts = ("time", "event", "entry", "weights")
    arrays = {part: numbers(frame[name], part) for part, name in columns.given().items() if part in parts}
    values = numbers(frame[score], "score") if score in frame else None
    refuse("concordance", [*faults(frame, columns, arrays), *_score_faults(frame, score, values)])
    known = {part: array for part, array in arrays.items() if array is not None}
    weight = known["weights"].astype(np.float64) if "weights" in known else None
    kept: Any = slice(None) if weight is None else weight > 0
    happened = known["event"].astype(bool)
    found = pairs(
        known["time"][kept],
        happened[kept],
        np.asarray(values)[kept].astype(np.float64, copy=False),
        entry=known["entry"][kept] if "entry" in known else None,
        stratum=levels(frame[strata])[1][kept] if strata else None,
        weight=None if weight is None else weight[kept],
    )
    if sum(found.totals) == 0:
        raise AnalysisError("concordance: no two people can be compared: nobody is at risk when another has the event")
    group = codes(frame[cluster]) if cluster else None
    counts = np.ones(len(frame), bool) if weight is None else kept
    size = (n_people(group, counts), int((happened & counts).sum()), n_people(group, counts & happened))
    row = summary(found.concordance, found.influence(), None if group is None else group[kept], conf_level)
    return _result(row, size, columns, score, conf_level)


def summary(estimate: float, influence: Floats, cluster: Integers | None, conf_level: float) -> dict[str, float]:
    """Return a concordance with its error, of clusters where there are any, and its test against 0.5."""
    moved = influence if cluster is None else np.bincount(cluster, influence).astype(np.float64)
    error = float(np.sqrt(moved @ moved))
    away = critical_value(conf_level) * error
    statistic = (estimate - 1 / 2) / error if error > 0 else np.nan
    return {
        "estimate": estimate,
        "std_error": error,
        "conf_low": max(estimate - away, 0.0),
        "conf_high": min(estimate + away, 1.0),
        "p_value": float(two_sided(np.array(statistic))),
        "statistic": float(statistic),
    }


def _score_faults(frame: pd.DataFrame, score: str, values: Floats | None) -> list[Fault]:
    where = f"score={score!r}"
    if score not in frame:
        return [Fault(where, "the data has no such column", suggestion(score, [str(name) for name in frame.columns]))]
    if values is None:
        return [Fault(where, "this column does not hold numbers", "give a number, higher where the event comes sooner")]
    bad = int(values.size - np.isfinite(values).sum())
    what = f"missing or not finite in {bad} of {len(frame)} rows"
    return [Fault(where, what, "leave these rows out and say so")] if bad else []


def _result(
    row: dict[str, float],
    size: tuple[int, int, int],
    columns: CoxColumns,
    score: str,
    conf_level: float,
) -> Result:
    n, n_events, n_with = size
    common = {"term": "concordance", "group": ALL, "conf_level": conf_level, "n": n, "n_events": n_events}
    table = pd.DataFrame([common | row])
    named = {part: name for part, name in vars(columns).items() if part != "by"}
    interval = f"{100 * conf_level:.15g}% interval {row['conf_low']:.3f} to {row['conf_high']:.3f}"
    sentence = (
        f"Of two people of whom one is known to have had a recorded event first, the one with the higher {score} had "
        f"it first in an estimated {100 * row['estimate']:.1f}% of pairs ({interval}, as shares; ties count half)."
    )
    return Result(
        name="concordance",
        title=f"Concordance of {score} with the order of recorded events",
        table=table[[*ESTIMATE_COLUMNS, "statistic"]],
        method=named
        | {
            "estimator": "Harrell's concordance",
            "score": score,
            "std_error": "infinitesimal jackknife",
            "conf_level": conf_level,
        },
        checks=(Check("people_and_events", None, f"{people(n)}, {n_events} recorded events.", counts=(n, n_events)),),
        text=(
            Sentence(sentence),
            Sentence(f"{people(n)}, {n_events} recorded events.", (n, n_events, abs(n - n_with))),
        ),
        count_columns=("n", "n_events"),
    )
