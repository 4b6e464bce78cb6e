"""Checking and counting a pandas frame with NumPy."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, TypeAlias

import numpy as np
import pandas as pd

from lvrn_eval.survival.inputs import ALL, ONE, Causes, Columns, Observed, broken_rules, event_rule, labels, refuse
from lvrn_eval.survival.kernels.tally import Bounds, Integers, Numbers, bounds_of, distinct, tally

if TYPE_CHECKING:
    from numpy.typing import NDArray

NUMERIC = ("time", "event", "entry", "weights")
GROUPING = ("by", "strata")

MOST_CODES = 16
"""Up to this code every whole number is counted as a cause of its own, which is cheaper than looking for gaps."""


def observe(function: str, frame: pd.DataFrame, columns: Columns, causes: Causes = ONE) -> Observed:
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
    factors = {part: factor(values) for part, values in named.items() if part in GROUPING}
    bounds = {part: bounds_of(array) for part, array in known.items() if len(frame)}
    broken = _broken(known, bounds, causes)
    broken |= {f"{part}_missing": int((codes < 0).sum()) for part, (codes, _) in factors.items() if _some(codes)}
    refuse(function, broken_rules(columns, wrong, broken, len(frame)))
    return _count(factors, known, bounds, columns, causes, broken.get("weights_zero", 0))


def _some(codes: Integers) -> bool:
    """Say whether any code stands for a missing value."""
    return codes.size > 0 and int(codes.min()) < 0


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


def _broken(arrays: dict[str, Numbers], bounds: dict[str, Bounds], causes: Causes) -> dict[str, int]:
    """Count the rows that break each rule about numbers."""
    broken: dict[str, int] = {}
    for part, (low, high) in bounds.items():
        # most columns are in order, and the least and the largest value tell so at once
        array = arrays[part]
        if not (np.isfinite(low) and np.isfinite(high)):
            broken[f"{part}_missing"] = int(array.size - np.isfinite(array).sum())
        if part != "event" and not low >= 0:
            broken[f"{part}_negative"] = _finite(array < 0, array)
    if "event" in arrays:
        broken[event_rule(causes)] = _other_events(arrays["event"], bounds.get("event", (0, 0)), causes)
    if "entry" in arrays and "time" in arrays:
        late = (arrays["entry"] >= arrays["time"]) & (arrays["time"] >= 0)
        broken["entry_late"] = int((late & np.isfinite(arrays["entry"]) & np.isfinite(arrays["time"])).sum())
    if "weights" in arrays:
        weights = arrays["weights"]
        broken["weights_zero"] = int((weights == 0).sum())
        broken["weights_fraction"] = _finite((weights > 0) & (weights != np.floor(weights)), weights)
    return broken


def _finite(mask: NDArray[np.bool_], array: Numbers) -> int:
    """Count where ``mask`` holds among the finite; most data has none, so the second look is rare."""
    return int((mask & np.isfinite(array)).sum()) if mask.any() else 0


def _other_events(event: Numbers, bounds: Bounds, causes: Causes) -> int:
    """Count the rows whose event is no code."""
    low, high = bounds
    if event.dtype.kind in "biu" and low >= 0:
        # without gaps between the codes the largest tells
        last = len(causes.codes) if max(causes.codes) == len(causes.codes) else 0
        if causes.others or high <= last:
            return 0
    if causes.others:
        return _finite((event < 0) | (event != np.floor(event)), event)
    return _finite(~np.isin(event, (0, *causes.codes)), event)


Factor: TypeAlias = tuple[Integers, pd.Index]
"""The code of every row, -1 where it is missing, and the distinct values in order."""


def _count(
    factors: dict[str, Factor],
    arrays: dict[str, Numbers],
    bounds: dict[str, Bounds],
    columns: Columns,
    causes: Causes,
    no_weight: int,
) -> Observed:
    if no_weight:
        kept = arrays["weights"] > 0
        arrays = {part: array[kept] for part, array in arrays.items()}
        factors = {part: _used(codes[kept], values) for part, (codes, values) in factors.items()}
    nobody: Factor = (np.zeros(0, np.int64), pd.Index([ALL]))
    (group, groups), (stratum, strata) = (factors.get(part, nobody) for part in ("by", "strata"))
    cell = group if group.size else None
    if stratum.size:
        cell = stratum.astype(np.int64) * len(groups) + (0 if cell is None else cell)
    codes, event = event_codes(arrays["event"], bounds["event"][1])
    counts = tally(
        cell,
        arrays["time"],
        event,
        len(strata) * len(groups),
        entry=arrays.get("entry"),
        weight=arrays.get("weights"),
        n_causes=codes.size - 1,
        bounds=bounds["time"],
    )
    counts = replace(counts, causes=causes.pick(codes[1:], counts.causes))
    return Observed(counts, labels(groups), columns, labels(strata), no_weight, causes)


def event_codes(event: Numbers, largest: float) -> tuple[Integers, Numbers]:
    """Return the codes an event may have, 0 first, and where each row's stands among them."""
    if event.dtype.kind == "b":
        return np.arange(2), event
    if largest <= MOST_CODES:
        return np.arange(max(2, int(largest) + 1)), event
    codes, place = distinct(event)
    if codes[0] == 0:
        return codes.astype(np.int64), place
    return np.append(0, codes).astype(np.int64), place + 1


def factor(values: pd.Series) -> Factor:
    """Return every row's code and a column's distinct values, in order of the values.

    A pandas categorical keeps the order of its categories; those nobody has are left out.
    """
    if isinstance(values.dtype, pd.CategoricalDtype):
        return _used(np.asarray(values.cat.codes), values.cat.categories)
    if isinstance(values.dtype, np.dtype) and values.dtype.kind in "iu" and len(values):
        found, codes = distinct(values.to_numpy())
        return codes, pd.Index(found)
    codes, uniques = pd.factorize(values)
    index = pd.Index(uniques)
    order = _order(index)
    rank = np.empty(order.size + 1, np.int64)
    rank[order] = np.arange(order.size)
    rank[-1] = -1
    return (codes if np.array_equal(order, np.arange(order.size)) else rank[codes]), index[order]


def _used(codes: Numbers, values: pd.Index) -> Factor:
    """Return the codes among the values somebody has."""
    if not codes.size:
        return codes, values[:0]
    used, place = distinct(codes)
    if used[0] < 0:
        return place - 1, values[used[1:]]
    return place, values[used]


def levels(values: pd.Series) -> tuple[tuple[str, ...], Integers]:
    """Return the labels of a column's distinct values, in order of the values, and every row's code."""
    codes, index = factor(values)
    return labels(index), codes


def _order(values: pd.Index) -> Integers:
    """Return the order of distinct values; of values that cannot be compared, the order of their texts."""
    try:
        ordered = sorted(range(len(values)), key=values.__getitem__)
    except TypeError:
        texts = [str(value) for value in values]
        ordered = sorted(range(len(values)), key=texts.__getitem__)
    return np.array(ordered, np.int64)
