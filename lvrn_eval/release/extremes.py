"""Smallest, largest and middle values: each is one person's, and is shown only where many stand on either side of it.

Columns are known by their names, in any table: ``minimum`` and ``maximum``; ``median`` and quartiles. Rows are known by
a ``probability``, as those of a curve's quantiles, or by a ``term`` that is a median or a quantile.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from lvrn_eval.release.dominance import CONTRIBUTIONS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from lvrn_eval.release.policy import Policy

ENDS = frozenset({"minimum", "maximum", "min", "max", "smallest", *CONTRIBUTIONS})
"""Values of one person, always."""

QUANTILES = {
    "median": 0.5, "lower_quartile": 0.25, "upper_quartile": 0.75, "q1": 0.25, "q3": 0.75,
    "p5": 0.05, "p10": 0.1, "p25": 0.25, "p50": 0.5, "p75": 0.75, "p90": 0.9, "p95": 0.95,
}  # fmt: skip
"""Columns of quantiles, and which."""

PEOPLE = ("n", "people", "n_people")
QUANTILE = re.compile(r"quantile (0?\.\d+)")


def single_values(table: pd.DataFrame, policy: Policy) -> Mapping[str, NDArray[np.bool_]]:
    """Return, for each column of single people's values, the rows in which it is hidden.

    Parameters
    ----------
    table
        As it came from an analysis.
    policy
        With the threshold: so many people at least must stand on either side of a quantile.
    """
    people = _people(table)
    found = {str(name): np.ones(len(table), bool) for name in table.columns if name in ENDS}
    for name, share in QUANTILES.items():
        if name in table.columns:
            found[name] = ~(people * min(share, 1 - share) >= policy.width)
    return found


def of_few_on_one_side(table: pd.DataFrame, policy: Policy) -> pd.Series:
    """Return the rows of a quantile with too few people on one side of it."""
    share = quantile_rows(table)
    people = pd.Series(_people(table), index=table.index)
    few = ~(people * np.minimum(share, 1 - share) >= policy.width)
    return (few & share.notna()).astype(bool)


def quantile_rows(table: pd.DataFrame) -> pd.Series:
    """Return which quantile each row is; NaN for rows that are none."""
    if "probability" in table.columns:
        return pd.to_numeric(table["probability"], errors="coerce").astype(float)
    if "term" not in table.columns:
        return pd.Series(np.nan, index=table.index)
    term = table["term"].astype(str)
    named = pd.to_numeric(term.str.extract(QUANTILE, expand=False), errors="coerce").astype(float)
    return named.mask(term.str.contains(r"\bmedian\b", regex=True), 0.5)


def _people(table: pd.DataFrame) -> NDArray[np.float64]:
    """Return how many people stand behind each row; not a number where the table does not say."""
    for name in PEOPLE:
        if name in table.columns:
            counts = pd.to_numeric(table[name], errors="coerce").astype("Float64")
            return np.asarray(counts.to_numpy(dtype=float, na_value=np.nan), dtype=np.float64)
    return np.full(len(table), np.nan)
