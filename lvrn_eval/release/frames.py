"""Results as files: JSON that a report reads back whole, and CSV that a person opens."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

import pandas as pd

from lvrn_eval.errors import ReleaseError
from lvrn_eval.result import Check, Result, Sentence

if TYPE_CHECKING:
    from lvrn_eval.result import Shape

SUPPRESSED = "[c]"
NOT_AVAILABLE = "[x]"
"""The shorthand of United Kingdom government statistics: confidential, and not available."""

FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")
DIGITS = 12
"""Significant digits that are kept: more than any reader needs, fewer than two machines could differ in."""


def tables_of(result: Result, prefix: str = "") -> Iterator[tuple[str, Result]]:
    """Yield a result and its parts with the names of their files: ``pre_post``, ``pre_post.classes``."""
    name = f"{prefix}{result.name}"
    yield name, result
    for part, inner in result.parts.items():
        yield from ((f"{name}.{part}" if title == inner.name else title, table) for title, table in tables_of(inner))


def to_csv(result: Result) -> str:
    """Return the table as CSV: hidden values as [c], values that do not exist as [x], text safe to open."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(result.table.columns)
    writer.writerows(shown_cells(result))
    return text.getvalue()


def shown_cells(result: Result) -> Iterator[list[str]]:
    """Yield the cells of each row as a reader sees them."""
    hidden = result.suppressed if result.suppressed is not None else result.table.isna() & False
    for values, marks in zip(result.table.itertuples(index=False), hidden.itertuples(index=False), strict=True):
        yield [_cell(value, is_hidden=bool(mark)) for value, mark in zip(values, marks, strict=True)]


def row_name(result: Result, position: int) -> str:
    """Return how a reader finds a row: its number, counted from 1, and its texts."""
    columns = [column for column in result.table.columns if result.table[column].dtype == object]
    texts = [str(value) for value in result.table[columns].iloc[position] if _plain(value) not in {None, ""}]
    number = f"row {position + 1}"
    return f"{number} ({', '.join(texts)})" if texts else number


def to_plain(result: Result) -> dict[str, Any]:
    """Return the result as plain data for JSON, with its parts."""
    hidden = result.suppressed
    rows, columns = hidden.to_numpy().nonzero() if hidden is not None else ((), ())
    return {
        "name": result.name,
        "title": result.title,
        "shape": result.shape,
        "figure": result.figure,
        "method": _plain(dict(result.method)),
        "count_columns": list(result.count_columns),
        "columns": [{"name": str(c), "type": _type(result.table[c])} for c in result.table.columns],
        "rows": [[_plain(value) for value in row] for row in result.table.itertuples(index=False)],
        "suppressed": sorted(
            [int(row), str(result.table.columns[int(c)])] for row, c in zip(rows, columns, strict=True)
        ),
        "checks": [
            {
                "name": c.name,
                "passed": c.passed,
                "text": c.text,
                "statistic": _plain(c.statistic),
                "p_value": _plain(c.p_value),
            }
            for c in result.checks
        ],
        "text": [sentence.text for sentence in result.text],
        "parts": {name: to_plain(part) for name, part in result.parts.items()},
    }


def from_plain(data: Mapping[str, Any]) -> Result:
    """Return the result that plain data describes.

    Raises
    ------
    ReleaseError
        When it does not describe one.
    """
    try:
        table = _frame(data)
        suppressed = pd.DataFrame(data=False, index=table.index, columns=table.columns)
        for row, column in data["suppressed"]:
            suppressed.loc[int(row), str(column)] = True
        shape: Shape = data["shape"]
        return Result(
            name=str(data["name"]),
            title=str(data["title"]),
            table=table,
            method=dict(data["method"]),
            checks=tuple(
                Check(c["name"], c["passed"], c["text"], c["statistic"], c["p_value"]) for c in data["checks"]
            ),
            text=tuple(Sentence(str(text)) for text in data["text"]),
            count_columns=tuple(data["count_columns"]),
            shape=shape,
            parts={name: from_plain(part) for name, part in data["parts"].items()},
            figure=data["figure"],
            suppressed=suppressed,
        )
    except (KeyError, TypeError, ValueError) as error:
        raise ReleaseError(f"this is not a result of a release: {type(error).__name__}") from None


def _frame(data: Mapping[str, Any]) -> pd.DataFrame:
    names = [str(column["name"]) for column in data["columns"]]
    values = list(zip(*data["rows"], strict=True)) if data["rows"] else [() for _ in names]
    return pd.DataFrame(
        {
            name: pd.Series(
                [_number(v) for v in cells] if column["type"] == "Float64" else list(cells), dtype=column["type"]
            )
            for name, cells, column in zip(names, values, data["columns"], strict=True)
        },
    )


def _number(value: Any) -> Any:
    return float(value) if isinstance(value, str) else value


def _type(column: pd.Series) -> str:
    if pd.api.types.is_bool_dtype(column.dtype):
        return "boolean"
    if pd.api.types.is_integer_dtype(column.dtype):
        return "Int64"
    return "Float64" if pd.api.types.is_float_dtype(column.dtype) else "object"


def _plain(value: Any) -> Any:
    """Return a value as JSON can say it; an infinite number is the text ``inf``."""
    if isinstance(value, Mapping):
        return {str(key): _plain(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(inner) for inner in value]
    if value is None or value is pd.NA or value is pd.NaT:
        return None
    number = value.item() if hasattr(value, "item") else value
    if isinstance(number, float) and not math.isfinite(number):
        return None if math.isnan(number) else str(number)
    return float(f"{number:.{DIGITS}g}") if isinstance(number, float) else number


def _cell(value: Any, *, is_hidden: bool) -> str:
    if is_hidden:
        return SUPPRESSED
    plain = _plain(value)
    if plain is None:
        return NOT_AVAILABLE
    text = str(plain)
    # a spreadsheet would run a text that starts like a formula
    return f"'{text}" if isinstance(value, str) and text.startswith(FORMULA_STARTS) else text
