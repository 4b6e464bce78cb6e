"""What the generators of the network's programmes share: days, references, and splitting a total."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

YEAR_START, YEAR_DAYS = np.datetime64("2023-01-01"), 365
"""The year that most published figures are of."""

HOSTILE = ('=HYPERLINK("https://example.invalid","open")', "<script>alert(1)</script>", "@SUM(1+1)*cmd|' /C calc'!A0")
"""What a spreadsheet or a web page would run; it stands only in columns that nobody maps."""


def days(rng: np.random.Generator, size: int, first: str = "2023-01-01", last: str = "2023-12-31") -> pd.Series:
    """Draw days between two days, both included, in order."""
    import pandas as pd

    start, end = np.datetime64(first), np.datetime64(last)
    drawn = start + np.sort(rng.integers(0, (end - start).astype(int) + 1, size))
    return pd.Series(drawn.astype("datetime64[ns]"))


def references(prefix: str, size: int, width: int = 5) -> list[str]:
    """Return running references."""
    return [f"{prefix}{number:0{width}d}" for number in range(1, size + 1)]


def split(rng: np.random.Generator, total: int, parts: int, least: int = 1) -> NDArray[np.int64]:
    """Split a total at random into parts of at least ``least``."""
    return least + rng.multinomial(total - least * parts, np.full(parts, 1 / parts))


def any_of(rng: np.random.Generator, choices: Sequence[Any], size: int) -> NDArray[np.object_]:
    """Draw one of the choices for each row."""
    return np.array(choices, dtype=object)[rng.integers(0, len(choices), size)]


def notes(rng: np.random.Generator, size: int) -> NDArray[np.object_]:
    """Return free text that is never to be read; now and then some that would do harm."""
    return any_of(rng, ("", "", "", "see file", *HOSTILE), size)
