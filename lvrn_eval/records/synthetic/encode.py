"""Turn a block's numbers into Arrow columns: dates, codes and made-up references."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
import pyarrow as pa

if TYPE_CHECKING:
    from collections.abc import Sequence

    from lvrn_eval.records.synthetic.draws import Bools, Ints

Column: TypeAlias = Any
"""An Arrow array."""


def references(prefix: str, numbers: Ints, width: int = 8) -> Column:
    """Return references such as ``C00000123``: a prefix and a number of fixed width."""
    text = np.empty((numbers.size, len(prefix) + width), dtype=np.uint8)
    text[:, : len(prefix)] = np.frombuffer(prefix.encode("ascii"), dtype=np.uint8)
    rest = numbers
    for place in range(len(prefix) + width - 1, len(prefix) - 1, -1):
        rest, digit = np.divmod(rest, 10)
        text[:, place] = digit + ord("0")
    ends = np.arange(numbers.size + 1, dtype=np.int32) * text.shape[1]
    return pa.StringArray.from_buffers(numbers.size, pa.py_buffer(ends), pa.py_buffer(text))


def codes(positions: Ints, names: Sequence[str], missing: Bools | None = None) -> Column:
    """Return the name at each position, empty where ``missing``."""
    return pick(positions, pa.array(names, pa.string()), missing)


def pick(positions: Ints, values: Column, missing: Bools | None = None) -> Column:
    """Return the value at each position, empty where ``missing``, without copying any text."""
    return pa.DictionaryArray.from_arrays(pa.array(positions.astype(np.int32), mask=missing), values)


def dates(days: Ints, missing: Bools | None = None) -> Column:
    """Return days since 1970-01-01 as dates, empty where ``missing``."""
    return pa.array(days.astype(np.int32), mask=missing).cast(pa.date32())
