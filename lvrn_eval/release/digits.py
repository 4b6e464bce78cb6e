"""How many digits of a number may be shown."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    from lvrn_eval.release.policy import Policy
    from lvrn_eval.result import Check, Choice

DIGITS = 3
"""Significant digits of what is neither a count nor a share: enough to read, too few to compute a count from."""

FEWER_DIGITS = 2
"""Significant digits of a value that is one person's, such as a median."""

FIT_DECIMALS = 1
"""Likelihoods are only ever compared by their differences, which significant digits would round away."""

FITS = frozenset({"log_likelihood", "null_log_likelihood", "aic"})
FIT_TERMS = ("log-likelihood", "AIC")

COUNTS_IN_METHOD = frozenset({"n_rows", "zero_weights"})
"""Choices of a method that count rows of people."""

ROWS = re.compile(r"\b(\d+) rows\b")
"""How a method says in words how long a table is."""


def significant(column: pd.Series, digits: int = DIGITS) -> pd.Series:
    """Return numbers to three significant digits, or to so many; whole numbers stay whole."""
    numbers = column.astype("Float64").to_numpy(dtype=float, na_value=np.nan)
    with np.errstate(divide="ignore", invalid="ignore"):
        exponent = np.floor(np.log10(np.abs(numbers)))
    finite = np.isfinite(exponent)
    scale = np.power(10.0, digits - 1 - np.where(finite, exponent, 0))
    rounded = np.where(finite, np.round(numbers * scale) / scale, numbers)
    shown: pd.Series = pd.Series(rounded, index=column.index, dtype="Float64").mask(column.isna())
    return shown.astype("Int64") if pd.api.types.is_integer_dtype(column.dtype) else shown


def shown_digits(table: pd.DataFrame, exact: frozenset[str]) -> pd.DataFrame:
    """Return the table with every number to the digits that may be shown, but for the columns named."""
    table = table.copy()
    for column in table.select_dtypes("number").columns:
        if column in exact:
            continue
        if column in FITS:
            table[column] = table[column].round(FIT_DECIMALS)
        else:
            fits = _of_fit(table) if column == "estimate" else pd.Series(data=False, index=table.index)
            table[column] = significant(table[column]).mask(fits, table[column].round(FIT_DECIMALS))
    return table


def _of_fit(table: pd.DataFrame) -> pd.Series:
    """Say which rows of estimates are likelihoods."""
    if "term" not in table.columns:
        return pd.Series(data=False, index=table.index)
    return table["term"].astype(str).str.startswith(FIT_TERMS)


def shown_method(method: Mapping[str, Choice], policy: Policy) -> dict[str, Any]:
    """Return a method without exact counts of rows or likelihoods to the last digit."""
    return {name: _choice(name, value, policy) for name, value in method.items()}


def _choice(name: str, value: Any, policy: Policy) -> Any:
    if isinstance(value, Mapping):
        return {key: _choice(key, inner, policy) for key, inner in value.items()}
    if isinstance(value, str):
        return ROWS.sub(lambda found: f"{_rows(int(found.group(1)), policy)} rows", value)
    if name in COUNTS_IN_METHOD and isinstance(value, int):
        return None if policy.hides(value) else policy.rounded(value)
    if name in FITS and isinstance(value, float):
        return round(value, FIT_DECIMALS)
    return value


def _rows(number: int, policy: Policy) -> int | str:
    return f"fewer than {policy.threshold}" if policy.hides(number) else policy.rounded(number)


def shown_statistics(check: Check) -> Check:
    """Return a check whose statistics have the digits that may be shown."""
    statistic, p_value = (
        None if number is None else float(significant(pd.Series([number])).astype(float).iloc[0])
        for number in (check.statistic, check.p_value)
    )
    return replace(check, statistic=statistic, p_value=p_value)
