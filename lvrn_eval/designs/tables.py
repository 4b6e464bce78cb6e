"""Whether tables have the columns a design needs, and of a usable kind: everything wrong is told at once."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from lvrn_eval.engine import Table, as_table
from lvrn_eval.errors import AnalysisError, Fault, suggestion

if TYPE_CHECKING:
    from lvrn_eval.engine import Frame

DATES = ("DATE", "TIMESTAMP")
TEXTS = ("VARCHAR", "TEXT", "STRING", "CHAR", "ENUM")
REFUSED = "the records do not allow an answer"


def checked(given: Mapping[str, Table | Frame], wanted: Mapping[str, Mapping[str, str]]) -> dict[str, Table]:
    """Return the tables, all in the engine of the first.

    Parameters
    ----------
    given
        Tables or frames by what they are.
    wanted
        For each, the columns it must have: ``"date"``, ``"text"`` or ``"id"``. Ids must be of one kind throughout.

    Raises
    ------
    AnalysisError
        With every column that is missing or of the wrong kind.
    """
    tables: dict[str, Table] = {}
    for name, data in given.items():
        first = next(iter(tables.values()), None)
        tables[name] = as_table(data, name, None if first is None else first.engine)
    wanted = {name: wanted[name] for name in tables}
    faults = [
        Fault(f"{name}.{column}", "there is no such column", suggestion(column, table.columns))
        for name, table in tables.items()
        for column in wanted[name]
        if column not in table.columns
    ]
    if not faults:
        faults = [*_kind_faults(tables, wanted), *_id_faults(tables, wanted)]
    if faults:
        raise AnalysisError(REFUSED, faults)
    return tables


def _kind_faults(tables: Mapping[str, Table], wanted: Mapping[str, Mapping[str, str]]) -> list[Fault]:
    fixes = {
        "date": "make dates of it before, as with pandas.to_datetime(..., dayfirst=True), without a time zone",
        "text": "make text of it before",
    }
    return [
        Fault(f"{name}.{column}", f"holds {kind}, where {family} is needed", fixes[family])
        for name, columns in wanted.items()
        for column, family in columns.items()
        if family in fixes and not _is(family, kind := tables[name].columns[column]) and _holds(tables[name], column)
    ]


def _is(family: str, kind: str) -> bool:
    upper = kind.upper()
    return upper.startswith(DATES if family == "date" else TEXTS) and "TIME ZONE" not in upper


def _id_faults(tables: Mapping[str, Table], wanted: Mapping[str, Mapping[str, str]]) -> list[Fault]:
    named = [(name, column) for name, columns in wanted.items() for column in columns if columns[column] == "id"]
    kinds = {
        place: tables[place[0]].columns[place[1]].upper().startswith(TEXTS)
        for place in named
        if _holds(tables[place[0]], place[1])
    }
    if len(set(kinds.values())) <= 1:
        return []
    fix = "give people, events and custody ids of one type"
    return [Fault(f"{name}.{column}", f"holds {tables[name].columns[column]}", fix) for name, column in kinds]


def _holds(table: Table, column: str) -> bool:
    """Say whether a column holds anything; one without a value has whatever kind the frame happened to give it."""
    from sqlglot import exp, select

    from lvrn_eval.engine import build, quoted

    counted = select(exp.alias_(exp.Count(this=quoted(column)), "held", quoted=True)).from_("given")
    found = table.engine.run(build("designs/held", counted), tables={"given": table})
    return bool(found.to_arrow().to_pylist()[0]["held"])
