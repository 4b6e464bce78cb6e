"""How far a curve that may be shown is from the exact one: for the analyst, who must know what rounding did to it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from lvrn_eval.errors import ReleaseError
from lvrn_eval.release.frames import tables_of
from lvrn_eval.result import Check, Result

if TYPE_CHECKING:
    from numpy.typing import NDArray

FAR = 0.05
"""A shown probability may differ so much from the exact one before the analyst is warned."""


def curve_distances(exact: Sequence[Result], shown: Sequence[Result]) -> Result:
    """Return the largest distance of every shown curve from the exact one.

    Parameters
    ----------
    exact
        What an analysis returned.
    shown
        The same results, protected.

    Returns
    -------
    Result
        One row per curve and group: ``distance`` is the largest difference of the two step functions at any time up to
        the last shown step. Its check ``curves_near`` says whether all are within 0.05. It is computed from exact
        curves, so it is for whoever may see the records, and is in no release.

    Raises
    ------
    ReleaseError
        When the two do not hold the same results.
    """
    before = {title: table for one in exact for title, table in tables_of(one)}
    after = {title: table for one in shown for title, table in tables_of(one)}
    if missing := sorted({one.name for one in exact} ^ {one.name for one in shown}):
        raise ReleaseError(f"these results are not on both sides of the comparison: {', '.join(missing)}")
    rows = [
        {"result": title, "group": group, "distance": distance}
        for title, table in after.items()
        if table.shape == "curve" and "estimate" in table.table.columns
        for group, distance in _of_groups(before[title].table, table.table)
    ]
    table = pd.DataFrame(rows, columns=["result", "group", "distance"]).astype({"distance": "float64"})
    return Result(
        "curve_distances", "Largest distance of each shown curve from the exact one", table, {"far": FAR},
        checks=(_near(table),), shape="counts",
    )  # fmt: skip


def _near(table: pd.DataFrame) -> Check:
    far = table[table["distance"] > FAR]
    if table.empty:
        return Check("curves_near", None, "No curve is shown.")
    most = float(table["distance"].max())
    names = ", ".join(f"{row.result} ({row.group})" for row in far.itertuples())
    text = f"The shown curves are at most {most:.3f} from the exact ones"
    return Check("curves_near", far.empty, f"{text}{f'; further than {FAR:g}: {names}' if names else ''}.", most)


def _of_groups(exact: pd.DataFrame, shown: pd.DataFrame) -> Iterator[tuple[str, float]]:
    for group, rows in shown.dropna(subset=["estimate"]).groupby("group", sort=False):
        own = exact[exact["group"] == group]
        until = rows["time"].max()
        times = np.union1d(own["time"].to_numpy(dtype=float), rows["time"].to_numpy(dtype=float))
        times = times[times <= float(until)]
        yield str(group), float(np.abs(_at(own, times) - _at(rows, times)).max())


def _at(curve: pd.DataFrame, times: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return a step function at these times, none before its first."""
    place = np.searchsorted(curve["time"].to_numpy(dtype=float), times, side="right") - 1
    return curve["estimate"].to_numpy(dtype=float)[np.maximum(place, 0)]
