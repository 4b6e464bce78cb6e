"""Checking and counting a pandas frame with NumPy."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from lvrn_eval.survival.inputs import ALL, Columns, Observed, broken_rules, labels, refuse
from lvrn_eval.survival.kernels.tally import Integers, Numbers, distinct, tally

if TYPE_CHECKING:
    from numpy.typing import NDArray

NUMERIC = ("time", "event", "entry", "weights")


def observe(function: str, frame: pd.DataFrame, columns: Columns) -> Observed:
    """Check a frame's columns and count its people into groups and times.

    Raises
    ------
    AnalysisError
        With every fault, in counts of rows.
    """
    named = {part: frame[column] for part, column in columns.given().items()}
    arrays = {part: numbers(values, part) for part, values in named.items() if part in NUMERIC}
    wrong = [part for part, array in arrays.items() if array is None]
    known = {part: array for part, array in arrays.items() if array is not None}
    broken = _broken(known) | {
        f"{part}_missing": int(named[part].isna().sum()) for part in ("by", "strata") if part in named
    }
    refuse(function, broken_rules(columns, wrong, broken, len(frame)))
    return _count(named, known, columns, broken.get("weights_zero", 0))


def numbers(values: pd.Series, part: str) -> Numbers | None:
    """Return a column as an array of numbers, missing as NaN; None when it holds anything else.

    True and false are numbers where they say whether the event was recorded, and nowhere else.
    """
    if values.dtype == object:
        values = values.convert_dtypes()
    truth = pd.api.types.is_bool_dtype(values.dtype)
    if truth and part != "event":
        return None
    if isinstance(values.dtype, np.dtype):
        return values.to_numpy() if values.dtype.kind in "biuf" else None
    if not (truth or pd.api.types.is_integer_dtype(values.dtype) or pd.api.types.is_float_dtype(values.dtype)):
        return None
    return values.to_numpy(dtype=np.float64, na_value=np.nan)


def _broken(arrays: dict[str, Numbers]) -> dict[str, int]:
    """Count the rows that break each rule about numbers."""
    broken = {f"{part}_missing": _not_finite(array) for part, array in arrays.items()}
    for part in ("time", "entry", "weights"):
        if part in arrays:
            broken[f"{part}_negative"] = _count_true(np.isfinite, arrays[part] < 0, arrays[part])
    if "event" in arrays:
        event = arrays["event"]
        broken["event_other"] = _count_true(np.isfinite, (event != 0) & (event != 1), event)
    if "entry" in arrays and "time" in arrays:
        late = (arrays["entry"] >= arrays["time"]) & (arrays["time"] >= 0)
        broken["entry_late"] = int((late & np.isfinite(arrays["entry"]) & np.isfinite(arrays["time"])).sum())
    if "weights" in arrays:
        weights = arrays["weights"]
        broken["weights_zero"] = int((weights == 0).sum())
        broken["weights_fraction"] = _count_true(np.isfinite, (weights > 0) & (weights != np.floor(weights)), weights)
    return broken


def _not_finite(array: Numbers) -> int:
    return 0 if array.dtype.kind != "f" else int(array.size - np.isfinite(array).sum())


def _count_true(finite: Any, mask: NDArray[np.bool_], array: Numbers) -> int:
    """Count where ``mask`` holds among the finite; most data has none, so the second look is rare."""
    return int((mask & finite(array)).sum()) if mask.any() else 0


def _count(named: dict[str, pd.Series], arrays: dict[str, Numbers], columns: Columns, no_weight: int) -> Observed:
    kept = arrays["weights"] > 0 if no_weight else slice(None)
    arrays = {part: array[kept] for part, array in arrays.items()}
    groups, group = levels(named["by"][kept]) if columns.by else ((ALL,), None)
    strata, stratum = levels(named["strata"][kept]) if columns.strata else ((ALL,), None)
    if stratum is not None:
        group = stratum * len(groups) + (0 if group is None else group)
    counts = tally(
        group,
        arrays["time"],
        arrays["event"].astype(bool),
        len(strata) * len(groups),
        entry=arrays.get("entry"),
        weight=arrays.get("weights"),
    )
    return Observed(counts, groups, columns, strata, no_weight)


def levels(values: pd.Series) -> tuple[tuple[str, ...], Integers]:
    """Return the labels of a column's distinct values, in order of the values, and every row's code.

    A pandas categorical keeps the order of its categories; those nobody has are left out.
    """
    if isinstance(values.dtype, pd.CategoricalDtype):
        given = values.cat.codes.to_numpy()
        used, codes = distinct(given)
        return labels(values.cat.categories[used]), codes
    if isinstance(values.dtype, np.dtype) and values.dtype.kind in "iu":
        found, codes = distinct(values.to_numpy())
        return labels(pd.Index(found)), codes
    codes, uniques = pd.factorize(values)
    index = pd.Index(uniques)
    order = _order(index)
    rank = np.empty(order.size, np.int64)
    rank[order] = np.arange(order.size)
    return labels(index[order]), rank[codes]


def _order(values: pd.Index) -> Integers:
    """Return the order of distinct values; of values that cannot be compared, the order of their texts."""
    try:
        ordered = sorted(range(len(values)), key=values.__getitem__)
    except TypeError:
        texts = [str(value) for value in values]
        ordered = sorted(range(len(values)), key=texts.__getitem__)
    return np.array(ordered, np.int64)
