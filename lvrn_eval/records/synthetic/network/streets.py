"""GRIP patrols, Operation Sceptre and Night Guardian."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from lvrn_eval.records.synthetic.network import writers
from lvrn_eval.records.synthetic.network.made import days, references, split

if TYPE_CHECKING:
    from pathlib import Path

    import pandas as pd

HOTSPOTS = 21
"""Hotspots patrolled (report, page 23)."""

OFFICER_HOURS = 19_760
"""Hours of officers in hotspots: "almost 20,000" (report, page 7)."""

SCEPTRE = (
    ("Arrests", 152), ("Stop & search", 679), ("Warrants", 16), ("Test purchases", 93), ("Knives recovered", 2_214),
)  # fmt: skip
"""What the weeks of action gave (report, pages 6 and 24)."""

WEEKS = ("2023-05-15", "2023-11-13")
"""The Mondays of the weeks of action, as made up."""

AREAS = ("East", "South", "West")


def write(folder: Path, rng: np.random.Generator) -> None:
    """Write the exports."""
    import pandas as pd

    grip = _patrols(rng, "GRIP", OFFICER_HOURS // 4, [f"HS{number:02d}" for number in range(1, HOTSPOTS + 1)])
    guardian = _patrols(rng, "Night Guardian", 88, ["Town centre 1", "Town centre 2", "Town centre 3"])
    together = pd.concat([grip, guardian], ignore_index=True)
    together.insert(0, "PatrolRef", references("PT", len(together), 6))
    writers.parquet(folder / "patrols.parquet", together)

    counts = pd.DataFrame(
        [
            (week, area, what, count)
            for what, total in SCEPTRE
            for (week, area), count in zip(
                [(week, area) for week in WEEKS for area in AREAS], split(rng, total, 6), strict=True
            )
        ],
        columns=["Week of action", "Area", "Result", "Number"],
    )
    counts["Week of action"] = pd.to_datetime(counts["Week of action"])
    title = ("Operation Sceptre 2023", "Results by basic command unit")
    writers.workbook(folder / "sceptre.xlsx", "Results", counts, title=title)


def _patrols(rng: np.random.Generator, operation: str, size: int, hotspots: list[str]) -> pd.DataFrame:
    """Return patrols of two hours by two officers between 18:00 and 02:00, every hotspot among them."""
    import pandas as pd

    start = days(rng, size).to_numpy() + (18 * 60 + 15 * rng.integers(0, 25, size)).astype("timedelta64[m]")
    # the first and the last hours of the window are both used
    start[:2] = [np.datetime64("2023-01-06T18:00"), np.datetime64("2023-01-07T00:00")]
    spot = np.array(hotspots, dtype=object)[
        np.concatenate([np.arange(len(hotspots)), rng.integers(0, len(hotspots), size)])
    ]
    return pd.DataFrame(
        {
            "Operation": operation,
            "Hotspot": spot[:size],
            "On": start,
            "Off": start + np.timedelta64(2, "h"),
            "Officers": np.full(size, 2, dtype=np.int32),
        },
    )
