"""Numbers that are worked out from counts, worked out again from the counts that are shown."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import pandas as pd

    from lvrn_eval.release.policy import Policy
    from lvrn_eval.result import Result

PERIODS = frozenset({"events", "days_at_risk", "rate"})
RATES = frozenset({"events", "exposure", "rate"})
EXPECTED = frozenset({"n_events", "expected", "excess"})
ALLOCATION_DECIMALS = 2
"""A share of people with more of them would tell how many there are."""


def from_shown(table: pd.DataFrame, result: Result, policy: Policy) -> pd.DataFrame:
    """Return the table with what follows from its counts worked out from those that are shown.

    Parameters
    ----------
    table
        Counts hidden or rounded, other numbers to the digits that may be shown.
    result
        The result before disclosure control.
    policy
        The rules.
    """
    names = set(table.columns)
    if {"measure", "interval", "n", "n_events"} <= names:
        table = _shares(table)
    if names >= PERIODS:
        table = _rates_of_periods(table, result)
    elif names >= RATES:
        table = _rates(table, result)
    if names >= EXPECTED and result.method.get("estimator") == "log-rank":
        table = table.assign(excess=table["n_events"].astype("Float64") - table["expected"])
    if result.name == "detectable_hazard_ratio":
        table = _detectable(table, result)
    return _headlines(table, result, policy) if result.name == "headlines" else table


def _shares(table: pd.DataFrame) -> pd.DataFrame:
    from lvrn_eval.offending.proportions import clopper_pearson, exact_half, wilson

    table = table.copy()
    intervals = {"wilson": wilson, "clopper-pearson": clopper_pearson}  # as the rows name them
    known = table["interval"].astype(str).str.casefold().isin(intervals)
    counted = table["n"].notna() & table["n_events"].notna()
    shares = table[table["measure"].isin(("proportion", "sign test")) & known & counted]
    for row in shares.itertuples():
        n, events = int(str(row.n)), int(str(row.n_events))
        again = intervals[str(row.interval).casefold()](events, n, float(str(row.conf_level)))
        share = events / n
        table.loc[row.Index, ["estimate", "conf_low", "conf_high"]] = [share, again.low, again.high]
        table.loc[row.Index, "std_error"] = float(np.sqrt(share * (1 - share) / n))
        if row.measure == "sign test":
            table.loc[row.Index, "p_value"] = exact_half(events, n)
    return table


def _rates_of_periods(table: pd.DataFrame, result: Result) -> pd.DataFrame:
    """Events per person-year and their exact interval."""
    from lvrn_eval.offending.rates import DAYS_PER_YEAR, garwood

    table = table.copy()
    level = float(str(result.method["conf_level"]))
    for row in table[table["events"].notna() & table["rate"].notna() & table["days_at_risk"].notna()].itertuples():
        events, years = int(str(row.events)), float(str(row.days_at_risk)) / DAYS_PER_YEAR
        table.loc[row.Index, ["rate", "conf_low", "conf_high"]] = [events / years, *garwood(events, years, level)]
    return table


def _rates(table: pd.DataFrame, result: Result) -> pd.DataFrame:
    """Rates and their limits in the proportion in which rounding moved the events."""
    from lvrn_eval.release.digits import significant

    raw = result.table["events"].astype("Float64")
    moved = (table["events"].astype("Float64") / raw.where(raw > 0)).fillna(1.0)
    limits = [name for name in ("rate", "conf_low", "conf_high") if name in table.columns]
    return table.assign(**{name: significant(table[name].astype("Float64") * moved) for name in limits})


def _detectable(table: pd.DataFrame, result: Result) -> pd.DataFrame:
    from lvrn_eval.survival.required_events import detectable_hazard_ratio

    table = table.copy()
    sides = str(result.method["sides"])
    for row in table[table["n_events"].notna()].itertuples():
        allocation = round(float(str(row.allocation)), ALLOCATION_DECIMALS)
        events, power, alpha = int(str(row.n_events)), float(str(row.power)), float(str(row.alpha))
        again = detectable_hazard_ratio(events, allocation, power, alpha, sides).table.iloc[0]
        shown = ["allocation", "ratio_low", "ratio_high"]
        table.loc[row.Index, shown] = again[shown].to_list()
    return table


def _headlines(table: pd.DataFrame, result: Result, policy: Policy) -> pd.DataFrame:
    """Computed counts are rounded like any other: whole numbers, no fewer than the people they rest on.

    What is hidden says so: it was computed, and is not one of those that could not be.
    """
    from lvrn_eval.framework.headlines import TOO_FEW

    table = table.copy()
    computed, people = (result.table[name].astype("Float64") for name in ("computed", "n_people"))
    counts = ((computed % 1 == 0) & (computed >= people)).fillna(value=False).astype(bool) & table["computed"].notna()
    table.loc[counts, "computed"] = computed[counts].map(policy.rounded).astype("Float64")
    hidden = computed.notna() & table["computed"].isna()
    return table.assign(difference=table["computed"] - table["published"], reason=table["reason"].mask(hidden, TOO_FEW))
