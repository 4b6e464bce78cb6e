"""Writing an SPSS file row by row: pyreadstat writes the dictionary, the rows follow chunk by chunk.

pyreadstat takes a whole frame at once. So it is given one row that is as wide as the widest, and that row is replaced:
in an uncompressed file every row has the same length, a number is a double of eight bytes, and a text is filled up with
blanks to a multiple of eight. A text of more than 255 bytes is kept in segments of 255 (PSPP's description of the
format: https://www.gnu.org/software/pspp/pspp-dev/html_node/System-File-Format.html).
"""

from __future__ import annotations

import struct
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

if TYPE_CHECKING:
    import numpy as np
    import pyarrow as pa

NOTHING = -1.7976931348623157e308
"""What SPSS keeps for a number that is not there."""

SEGMENT = 255
"""Bytes of a text in one segment."""

LONGEST = 32_767
"""Bytes that a text may have."""

NEW_SEGMENT_EVERY = 252
"""A text of more than 255 bytes has one segment for each 252, an oddity of the format."""

CASES_AT = 80
"""Where the header has the number of rows, as four bytes."""

MANY_CASES = struct.pack("<iiiiq", 7, 16, 8, 2, 1)
"""How the record begins that has the number of rows as eight bytes."""


@dataclass(frozen=True)
class Variable:
    """One variable of an SPSS file.

    Parameters
    ----------
    name, label
        Its name and what it says.
    measure
        nominal, ordinal or scale.
    width
        The bytes of the longest text; 0 for a number.
    form
        The format of a number, such as ``F8.0`` or ``EDATE10``.
    labels
        The label of each value.
    missing
        The values that are declared as missing.
    """

    name: str
    label: str
    measure: str
    width: int = 0
    form: str = ""
    labels: Mapping[Any, str] = field(default_factory=dict)
    missing: tuple[Any, ...] = ()


def write_spss(path: Path, variables: Sequence[Variable], chunks: Iterable[pa.RecordBatch], label: str) -> int:
    """Write an SPSS file and return its number of rows.

    Parameters
    ----------
    path
        The file, readable by nobody but the user; one that is there is replaced.
    variables
        What each column of the chunks is.
    chunks
        The rows: numbers as doubles, texts as texts.
    label
        What the file says of itself.

    Raises
    ------
    ValueError
        When a text is longer than its variable is wide.
    """
    rows = 0
    path.touch(mode=0o600)
    path.chmod(0o600)
    _dictionary(path, variables, label)
    with path.open("r+b") as stream:
        _without_its_row(stream)
        for chunk in chunks:
            stream.write(_rows(chunk, variables).tobytes())
            rows += chunk.num_rows
        _count(stream, rows)
    return rows


def _dictionary(path: Path, variables: Sequence[Variable], label: str) -> None:
    """Write a file of one row, in which every text is as long as it may be."""
    import pandas as pd
    import pyreadstat

    row = pd.DataFrame({v.name: ["x" * v.width if v.width else 0.0] for v in variables})
    pyreadstat.write_sav(
        row,
        str(path),
        file_label=label,
        column_labels={v.name: v.label for v in variables},
        variable_value_labels={v.name: dict(v.labels) for v in variables if v.labels},
        variable_measure={v.name: v.measure for v in variables},
        variable_format={v.name: v.form for v in variables if v.form},
        missing_ranges={v.name: list(v.missing) for v in variables if v.missing},
    )


def _without_its_row(stream: BinaryIO) -> None:
    """Cut the one row off, and stand where it was."""
    stream.seek(CASES_AT - 12)
    (eights,) = struct.unpack("<i", stream.read(4))
    end = stream.seek(-8 * eights, 2)
    stream.truncate(end)


def _count(stream: BinaryIO, rows: int) -> None:
    """Write the number of rows in the two places where the file has it."""
    stream.seek(CASES_AT)
    stream.write(struct.pack("<i", rows))
    stream.seek(0)
    head = stream.read(1 << 24)
    place = head.find(MANY_CASES)
    if place >= 0:
        stream.seek(place + len(MANY_CASES))
        stream.write(struct.pack("<q", rows))


def _rows(chunk: pa.RecordBatch, variables: Sequence[Variable]) -> np.ndarray:
    """Return the bytes of the rows, shape (n_rows, bytes of a row)."""
    import numpy as np

    parts = [
        _texts(column, variable.width) if variable.width else _numbers(column)
        for column, variable in zip(chunk.columns, variables, strict=True)
    ]
    return np.hstack(parts)


def _numbers(column: pa.Array) -> np.ndarray:
    import numpy as np

    values = column.fill_null(NOTHING).to_numpy(zero_copy_only=False).astype("<f8")
    return np.ascontiguousarray(values).view(np.uint8).reshape(-1, 8)


def _texts(column: pa.Array, width: int) -> np.ndarray:
    import numpy as np
    import pyarrow as pa
    import pyarrow.compute as pc

    binary = column.fill_null("").cast(pa.binary())
    if (pc.max(pc.binary_length(binary)).as_py() or 0) > width:
        raise ValueError(f"a text is longer than the {width} bytes of its variable")
    values = binary.to_numpy(zero_copy_only=False).astype(f"S{width}")
    plain = np.ascontiguousarray(values).view(np.uint8).reshape(-1, width)
    filled = np.where(plain == 0, np.uint8(ord(" ")), plain)
    if width <= SEGMENT:
        return _padded(filled)
    segments = -(-width // NEW_SEGMENT_EVERY)
    last = width - NEW_SEGMENT_EVERY * (segments - 1)
    room = np.full((len(filled), SEGMENT * (segments - 1) + last), ord(" "), dtype=np.uint8)
    room[:, :width] = filled
    return np.hstack([_padded(room[:, SEGMENT * s : SEGMENT * (s + 1)]) for s in range(segments)])


def _padded(cells: np.ndarray) -> np.ndarray:
    """Fill texts up with blanks to a multiple of eight."""
    import numpy as np

    return np.pad(cells, ((0, 0), (0, -cells.shape[1] % 8)), constant_values=ord(" "))
