"""Whether tables have the columns a question needs, and of a usable kind: everything wrong is told at once."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from lvrn_eval.engine import Table, build, quoted
from lvrn_eval.errors import AnalysisError, Fault, suggestion

FAMILIES = {
    "date": ("DATE", "TIMESTAMP"),
    "text": ("VARCHAR", "TEXT", "STRING", "CHAR", "ENUM", "UUID"),
    "number": ("INT", "BIGINT", "SMALLINT", "TINYINT", "HUGEINT", "UINT", "UBIG", "USMALL", "UTINY", "DOUBLE", "FLOAT",
               "REAL", "DECIMAL", "NUMERIC"),
}  # fmt: skip
EMPTY_TYPES = {"date": "date", "text": "text", "number": "bigint"}
REFUSED = "the records do not allow an answer"


def checked_columns(tables: Mapping[str, Table], wanted: Mapping[str, Mapping[str, str]]) -> dict[str, Table]:
    """Return tables whose columns can be used; one that holds nothing is given the type it should have.

    Parameters
    ----------
    tables
        Tables of one engine by what they are.
    wanted
        For each, the columns it must have: ``"date"``, ``"text"``, ``"number"`` or ``"id"``. Ids are of one type in all
        tables: that of the first table that has any.

    Raises
    ------
    AnalysisError
        With every column that is missing, or else with every column of the wrong type.
    """
    faults = [
        Fault(f"{name}.{column}", "there is no such column", suggestion(column, table.columns))
        for name, table in tables.items()
        for column in wanted[name]
        if column not in table.columns
    ]
    if faults:
        raise AnalysisError(REFUSED, faults)
    ids = _family_of_ids(tables.values())
    typed = {name: _typed(table, name, wanted[name], ids, faults) for name, table in tables.items()}
    if faults:
        raise AnalysisError(REFUSED, faults)
    return typed


def _family_of_ids(tables: Iterable[Table]) -> str:
    """Return the kind of type person ids have: that of the first table that has any person."""
    families = {family_of(table.columns["person_id"]): table for table in reversed(list(tables))}
    if len(families) > 1:
        # a column without a value has whatever type the frame happened to give it
        families = {family: table for family, table in families.items() if _held(table, ["person_id"])["person_id"]}
    return next((family for family in reversed(families) if family in {"text", "number"}), "text")


def _typed(table: Table, name: str, wanted: Mapping[str, str], ids: str, faults: list[Fault]) -> Table:
    """Return the table with columns that hold nothing given the type they should have; add a fault for the others."""
    from sqlglot import exp, select

    families = {column: ids if family == "id" else family for column, family in wanted.items()}
    wrong = [column for column, family in families.items() if family_of(table.columns[column]) != family]
    if not wrong:
        return table
    held = _held(table, wanted if "person_id" in wrong else wrong)
    faults += [type_fault(name, column, table.columns[column], families[column]) for column in wrong if held[column]]
    columns = [
        exp.alias_(exp.cast(exp.null(), EMPTY_TYPES[families[column]]), column, quoted=True)
        if column in wrong and not held[column]
        else quoted(column)
        for column in table.columns
    ]
    return table.engine.run(build(f"cohort/{name}_typed", select(*columns).from_("given")), tables={"given": table})


def type_fault(name: str, column: str, kind: str, family: str) -> Fault:
    """Return that a column holds a type of which nothing can be made here, and what to do."""
    fixes = {
        "date": "make dates of it before, as with pandas.to_datetime(..., dayfirst=True), without a time zone",
        "text": "make text of it before",
        "number": "give people, events and custody ids of one type",
    }
    fix = fixes["number"] if column == "person_id" else fixes[family]
    return Fault(f"{name}.{column}", f"holds {kind}, where {family} is needed", fix)


def family_of(kind: str) -> str:
    """Return what a type holds: date, text, number, moment (a time with its zone) or other."""
    upper = kind.upper()
    if "TIME ZONE" in upper or upper == "TIMESTAMPTZ":
        return "moment"
    return next((family for family, starts in FAMILIES.items() if upper.startswith(starts)), "other")


def _held(table: Table, columns: Iterable[str]) -> dict[str, int]:
    """Return how many values each column holds."""
    from sqlglot import exp, select

    counts = [exp.alias_(exp.Count(this=quoted(column)), column, quoted=True) for column in columns]
    counted = table.engine.run(build("cohort/held", select(*counts).from_("given")), tables={"given": table})
    row: dict[str, int] = counted.to_arrow().to_pylist()[0]
    return row
