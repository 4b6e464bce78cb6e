"""Tables that can hold a missing value in any column."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import pandas as pd

KINDS = {"i": "Int64", "u": "Int64", "f": "Float64", "b": "boolean"}


def nullable(table: pd.DataFrame) -> pd.DataFrame:
    """Return the table with types that know a missing value: whole numbers stay whole when some are hidden."""
    types = {c: KINDS[d.kind] for c, d in table.dtypes.items() if isinstance(d, np.dtype) and d.kind in KINDS}
    return table.astype(types)
