"""The one value that `sources.yaml` gives every row of a column: whether the column can hold it."""

from __future__ import annotations

import math
from datetime import datetime
from typing import TYPE_CHECKING

from lvrn_eval.records.cells import FALSE_WORDS, ISO_FORMATS, TRUE_WORDS

if TYPE_CHECKING:
    from lvrn_eval.records.tables import Column


def wrong_constant(column: Column, value: str) -> str:
    """Return what is wrong with a column's one value; nothing when it can hold it.

    Codes and sites are left to the caller, who knows which there are.
    """
    if column.kind in {"date", "month", "time"} and not any(_is_day(value, form) for form in ISO_FORMATS):
        return f"{column.name} is a day, as 2024-03-31"
    if column.kind == "boolean" and value.lower() not in (*TRUE_WORDS, *FALSE_WORDS):
        return f"{column.name} is true or false"
    if column.kind not in {"integer", "number"}:
        return ""
    number = _number(value)
    if number is None or (column.kind == "integer" and number != int(number)):
        return f"{column.name} is a {'whole ' if column.kind == 'integer' else ''}number"
    if column.minimum is not None and column.maximum is not None and not column.minimum <= number <= column.maximum:
        return f"{column.name} lies between {column.minimum} and {column.maximum}"
    return ""


def _is_day(value: str, form: str) -> bool:
    try:
        datetime.strptime(value, form)  # noqa: DTZ007 - a day as the clock on the wall shows it
    except ValueError:
        return False
    return True


def _number(value: str) -> float | None:
    try:
        number = float(value)
    except ValueError:
        return None
    return number if math.isfinite(number) else None
