"""What records must satisfy before anything is counted: every rule over every row, all faults at once.

A fault names the table, column, file and the first rows; it never shows a value.
"""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING

from lvrn_eval.engine import build, literal, quoted
from lvrn_eval.records.quality_rules import EARLIEST, RULES, QualityFault
from lvrn_eval.records.readers import SHOWN_ROWS, row_list
from lvrn_eval.records.staging import AGE, DATED, SAME_ROW

if TYPE_CHECKING:
    from datetime import date

    import numpy as np
    from sqlglot import exp

    from lvrn_eval.engine import DuckDBEngine, Table
    from lvrn_eval.records.staged import StagedTable
    from lvrn_eval.records.tables import Column

ENDS = {"custody": ("starts_on", "ends_on"), "patrols": ("starts_at", "ends_at")}
"""The start and the end of a row, in tables that have both."""

PARTS = {
    "training": ("completed", "attended", "part"),
    "area_counts": ("count", "population", "over_population"),
}
"""What cannot, or hardly, be greater than what, in tables that have both, and the rule that says so."""

MARKS = {
    "unreadable": "bad",
    "ambiguous": "twoway",
    "orphan": "orphan",
    "before_birth": "early",
    "implausible_age": AGE,
}
"""The rules that staging has looked at, and how it marks their columns."""


@dataclass(frozen=True)
class Checked:
    """What the checks of one table found.

    Parameters
    ----------
    faults
        Column by column.
    refused
        For each column how many rows an error refuses, and how many of them have no value there; under the empty name,
        how many rows of the table an error refuses, and 0.
    """

    faults: tuple[QualityFault, ...]
    refused: Mapping[str, tuple[int, int]]


def check_table(engine: DuckDBEngine, staged: StagedTable, extracted_on: date) -> Checked:
    """Return every fault of the rows of one staged table.

    Parameters
    ----------
    engine
        Where the table lives.
    staged
        The table with typed values and the marks of what is wrong with them, and its mapping, for the wording.
    extracted_on
        Nothing may be dated later.
    """
    from sqlglot import exp

    source, table = staged.source, staged.table
    searches = [search for column in source.canonical.columns for search in _of_column(column, table, extracted_on)]
    searches += _of_two_columns(source.table)
    if source.canonical.key and count_repeated(engine, _value(source.canonical.key, table), table):
        searches.append(_repeated(source.canonical.key, "duplicate", _value(source.canonical.key, table)))
    if SAME_ROW in table.columns and count_repeated(engine, quoted(SAME_ROW), table):
        searches.append(_repeated("", "duplicate_rows", quoted(SAME_ROW)))
    statement = exp.union(*searches, distinct=False)
    found = engine.run(build(f"records/check {source.table}", statement), tables={"staged": table})
    rows: list[dict[str, object]] = []
    refused: dict[str, tuple[int, int]] = {}
    if len(found):
        summary = engine.run(build(f"records/faults {source.table}", _summary()), tables={"found": found})
        rows = engine.fetch(summary).to_pylist()
        refused = _refused(engine, source.table, found)
    engine.drop(found)
    return Checked(tuple(_faults(staged, rows)), refused)


def _of_column(column: Column, staged: Table, extracted_on: date) -> list[exp.Expr]:
    """Return the searches that look at one column alone."""
    from sqlglot import exp

    value = _value(column.name, staged)
    marks = {
        rule: quoted(f"{mark}:{column.name}")
        for rule, mark in MARKS.items()
        if f"{mark}:{column.name}" in staged.columns
    }
    searches = [_search(column.name, rule, mark, value) for rule, mark in marks.items()]
    if column.required:
        filled = [exp.not_(mark) for rule, mark in marks.items() if rule in {"unreadable", "ambiguous", "orphan"}]
        searches.append(_search(column.name, "missing", exp.and_(value.is_(exp.null()), *filled), value))
    if column.kind in DATED:
        earliest = exp.cast(exp.Literal.string(EARLIEST), "date")
        day = exp.cast(value.copy(), "date")
        impossible = exp.or_(day < earliest, day.copy() > literal(extracted_on))
        searches.append(_search(column.name, "impossible", impossible, value))
    if column.minimum is not None and column.maximum is not None:
        outside = exp.or_(value < literal(column.minimum), value.copy() > literal(column.maximum))
        searches.append(_search(column.name, "range", outside, value))
    return searches


def _of_two_columns(table: str) -> list[exp.Expr]:
    """Return the searches that compare two columns of a row."""
    searches = []
    if table in ENDS:
        starts, ends = ENDS[table]
        searches.append(_search(ends, "order", quoted(ends) < quoted(starts), quoted(ends)))
    if table in PARTS:
        part, whole, rule = PARTS[table]
        searches.append(_search(part, rule, quoted(part) > quoted(whole), quoted(part)))
    return searches


def _value(column: str, staged: Table) -> exp.Expr:
    """Return what stands for the cell of the file: for a key the hash of its own number, not the running one."""
    return quoted(f"hash:{column}" if f"hash:{column}" in staged.columns else column)


def _search(column: str, rule: str, condition: exp.Expr, value: exp.Expr) -> exp.Expr:
    """Return the search for the rows a condition holds for; ``place`` finds a row, ``empty`` says it has no value."""
    from sqlglot import exp, select

    labels = {"column": literal(column), "rule": literal(rule), "severity": literal(RULES[rule].severity)}
    return (
        select(
            *(exp.alias_(label, name, quoted=True) for name, label in labels.items()),
            quoted("source_file"),
            quoted("source_row"),
            exp.alias_(exp.column("rowid"), "place", quoted=True),
            exp.alias_(value.copy().is_(exp.null()), "empty", quoted=True),
        )
        .from_("staged")
        .where(condition.copy())
    )


def count_repeated(engine: DuckDBEngine, value: exp.Expr, staged: Table) -> int:
    """Return how many rows have a value whose hash another has too; NumPy sorts faster than a table groups."""
    import numpy as np
    from sqlglot import exp, select

    hashed = exp.Anonymous(this="hash", expressions=[value.copy()])
    given = select(hashed.as_("hashed")).from_(staged.name).where(value.is_(exp.null()).not_())
    hashes = engine.connection.execute(given.sql(dialect=engine.dialect)).fetchnumpy()["hashed"]
    below = hashes < np.uint64(2**63)
    with ThreadPoolExecutor(2) as both:
        return sum(both.map(_count_equal, (hashes[below], hashes[~below])))


def _count_equal(values: np.ndarray) -> int:
    """Return how many of the values, which are sorted in place, occur more than once."""
    import numpy as np

    values.sort()
    same = values[1:] == values[:-1]
    # a value is counted once, whether it is like the one before it, the one after it or both
    return int(np.count_nonzero(np.append(same, False) | np.append(False, same))) if len(values) else 0


def _repeated(column: str, rule: str, value: exp.Expr) -> exp.Expr:
    """Return the search for the rows whose value another row has too."""
    from sqlglot import exp, parse_one

    twice = parse_one("select $key from staged where $key is not null group by 1 having count(*) > 1", read="duckdb")
    twice = twice.transform(lambda node: value.copy() if isinstance(node, exp.Placeholder) else node)
    return _search(column, rule, exp.In(this=value.copy(), query=exp.Subquery(this=twice)), value)


def _summary() -> exp.Expr:
    """Return the statement that counts the found rows and keeps the first of each kind."""
    from sqlglot import parse_one

    return parse_one(
        f"""
        select "column", rule, source_file, source_row, total from (
            select
                "column", rule, source_file, source_row,
                count(*) over (partition by "column", rule, source_file) as total,
                row_number() over (partition by "column", rule, source_file order by source_row) as position
            from found
        ) as ranked
        where position <= {SHOWN_ROWS}
        order by "column", rule, source_file, source_row
        """,  # noqa: S608 - the number is ours
        read="duckdb",
    )


def _refused(engine: DuckDBEngine, table: str, found: Table) -> dict[str, tuple[int, int]]:
    """Return how many rows the errors refuse: of each column, and of the table. A row counts once, however wrong."""
    from sqlglot import parse_one

    statement = parse_one(
        """
        select "column", count(distinct place) as refused, count(distinct case when empty then place end) as blank
        from found where severity = 'error' group by "column"
        union all
        select '' as "column", count(distinct place) as refused, 0 as blank from found where severity = 'error'
        """,
        read="duckdb",
    )
    counted = engine.run(build(f"records/refused {table}", statement), tables={"found": found})
    return {row["column"]: (row["refused"], row["blank"]) for row in engine.fetch(counted).to_pylist()}


def _faults(staged: StagedTable, rows: list[dict[str, object]]) -> list[QualityFault]:
    grouped: dict[tuple[str, str, str], tuple[int, list[int]]] = {}
    for row in rows:
        key = (str(row["column"]), str(row["rule"]), str(row["source_file"]))
        grouped.setdefault(key, (int(str(row["total"])), []))[1].append(int(str(row["source_row"])))
    order = {name: place for place, name in enumerate(staged.source.canonical.by_name)}
    # what is about whole rows, not a column, comes last
    ordered = sorted(grouped.items(), key=lambda item: order.get(item[0][0], len(order)))
    return [_fault(staged, *key, total, listed) for key, (total, listed) in ordered]


def _fault(staged: StagedTable, column: str, rule: str, file: str, total: int, listed: list[int]) -> QualityFault:
    wording = RULES[rule]
    source = staged.of_file(file)
    counted = f"{total:,} row{'s' if total > 1 else ''} {wording.what(source, column)}"
    return QualityFault(
        wording.severity,
        rule,
        source.table,
        column,
        file,
        total,
        tuple(listed),
        f"{source.place}{f'.{column}' if column else ''} ({file})",
        f"{counted} ({row_list(listed, total)})",
        wording.fix(source, column),
    )
