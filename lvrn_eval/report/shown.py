"""A result's table as a reader may see it: hidden values are gone before anything can draw or print them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from lvrn_eval.report.numbers import whole
from lvrn_eval.report.wording import LONGEST, clean

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from lvrn_eval.result import Result


class Shown:
    """A table with what was hidden in it.

    Parameters
    ----------
    table
        The tidy table.
    suppressed
        A frame of the same shape, True where a value was hidden; None when nothing was.
    """

    def __init__(self, table: pd.DataFrame, suppressed: pd.DataFrame | None = None) -> None:
        self.table = table.reset_index(drop=True)
        nothing = np.zeros(len(table), dtype=bool)
        marked = {} if suppressed is None else {column: suppressed[column] for column in suppressed.columns}
        masks = {column: np.asarray(marked.get(column, nothing), dtype=bool) for column in table.columns}
        self.mask = pd.DataFrame(masks, index=self.table.index, columns=self.table.columns, dtype=bool)

    @classmethod
    def of(cls, result: Result) -> Shown:
        """Return the table of a result.

        Where disclosure control merged rows of few people into one, what they were is hidden too.
        """
        shown = cls(result.table, result.suppressed)
        if result.shape == "sparse" and result.suppressed is not None:
            merged = shown.hidden(*result.count_columns)
            shown.mask = shown.mask | (shown.table.isna() & merged[:, np.newaxis])
        return shown

    def __len__(self) -> int:
        return len(self.table)

    def __contains__(self, column: str) -> bool:
        return column in self.table.columns

    def where(self, rows: NDArray[np.bool_] | Sequence[int]) -> Shown:
        """Return some of the rows, by a mask or by positions."""
        chosen = np.asarray(rows)
        return Shown(self.table.iloc[chosen], self.mask.iloc[chosen])

    def numbers(self, column: str) -> NDArray[np.float64]:
        """Return a column as floats; hidden, missing and absent values are NaN."""
        if column not in self:
            return np.full(len(self), np.nan)
        values = pd.to_numeric(self.table[column], errors="coerce").to_numpy(dtype=float, na_value=np.nan).copy()
        values[self.hidden(column)] = np.nan
        return values

    def hidden(self, *columns: str) -> NDArray[np.bool_]:
        """Return which rows have a hidden value in any of the columns."""
        present = [column for column in columns if column in self]
        return np.asarray(self.mask[present].any(axis=1), dtype=bool)

    def texts(self, column: str, missing: str = "", longest: int = LONGEST) -> list[str]:
        """Return a column as one-line texts."""
        if column not in self:
            return [missing] * len(self)
        return [missing if pd.isna(value) else clean(value, longest) for value in self.table[column]]

    def counts(self, column: str) -> list[str]:
        """Return a column of counts as a reader sees them, with the signs for hidden and not available."""
        pairs = zip(self.numbers(column), self.hidden(column), strict=True)
        return [whole(value, hidden=bool(hidden)) for value, hidden in pairs]

    def groups(self) -> list[tuple[str, Shown]]:
        """Return each group's label and rows in order of appearance; one group, ``all``, without such a column."""
        if "group" not in self:
            return [("all", self)]
        # told apart by what they are, not by what is left of it on one line
        names = ["all" if pd.isna(value) else str(value) for value in self.table["group"]]
        return [(clean(name), self.where([row == name for row in names])) for name in dict.fromkeys(names)]

    def only(self, group: str = "all") -> Shown:
        """Return the rows of one group if it is there, else of the first."""
        groups = self.groups()
        return next((rows for label, rows in groups if label == group), groups[0][1] if groups else self)

    def shares(self, column: str) -> NDArray[np.float64]:
        """Return each row's share of the column's total; NaN throughout where a value is hidden or missing."""
        values = self.numbers(column)
        total = float(values.sum())
        return values / total if np.isfinite(total) and total > 0 else np.full(len(self), np.nan)
