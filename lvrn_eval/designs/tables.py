"""Tables that a design is made from, in one engine and with the columns it needs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from lvrn_eval.cohort.checked_columns import checked_columns
from lvrn_eval.engine import Table, as_table

if TYPE_CHECKING:
    from lvrn_eval.engine import Frame


def checked(given: Mapping[str, Table | Frame], wanted: Mapping[str, Mapping[str, str]]) -> dict[str, Table]:
    """Return the tables, all in the engine of the first; see ``checked_columns``."""
    tables: dict[str, Table] = {}
    for name, data in given.items():
        first = next(iter(tables.values()), None)
        tables[name] = as_table(data, name, None if first is None else first.engine)
    return checked_columns(tables, wanted)
