"""Totals that tell what one person contributed: sums of minutes, harm or money in which one or two outweigh the rest.

A table that sums something over people gives, beside each ``total``, its two largest contributions in the columns
``largest`` and ``second_largest``. They are looked at here, and never shown.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

if TYPE_CHECKING:
    from lvrn_eval.release.policy import Policy

TOTAL = "total"
CONTRIBUTIONS = ("largest", "second_largest")


def dominated(table: pd.DataFrame, policy: Policy) -> pd.Series:
    """Return the rows whose total tells too much of its largest contributions.

    Parameters
    ----------
    table
        With ``total``, ``largest`` and ``second_largest`` where it sums something over people.
    policy
        With the share its two largest contributions may not reach (the (n, k) rule with n = 2), and how closely the
        second largest contributor may not learn the largest (the p% rule).
    """
    if not {TOTAL, *CONTRIBUTIONS} <= set(table.columns):
        return pd.Series(data=False, index=table.index)
    total, first, second = (pd.to_numeric(table[name]).astype("Float64") for name in (TOTAL, *CONTRIBUTIONS))
    rest = total - first - second
    told = pd.Series(data=False, index=table.index)
    if policy.dominance_percent:
        told |= (100 * (first + second) >= policy.dominance_percent * total).fillna(value=False).astype(bool)
    if policy.p_percent:
        told |= (100 * rest < policy.p_percent * first).fillna(value=False).astype(bool)
    return told
