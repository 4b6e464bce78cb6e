"""What records must satisfy before anything is counted: every rule over every row, all faults at once.

A fault names the table, column, file and the first rows; it never shows a value.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from lvrn_eval.engine import build, literal, quoted
from lvrn_eval.errors import Fault
from lvrn_eval.records.readers import SHOWN_ROWS, row_list

if TYPE_CHECKING:
    from datetime import date

    from sqlglot import exp

    from lvrn_eval.engine import DuckDBEngine, Table
    from lvrn_eval.records.sources import TableSource
    from lvrn_eval.records.tables import Column

EARLIEST = "1900-01-01"


@dataclass(frozen=True)
class CheckRule:
    """A rule's wording: what is wrong with the rows found, and how to put it right."""

    what: Callable[[TableSource, str], str]
    fix: Callable[[TableSource, str], str]


def _formats(source: TableSource) -> str:
    return " or ".join([*source.dates, "an ISO date"])


def _unreadable(source: TableSource, column: str) -> str:
    kind = source.canonical.by_name[column].kind
    if kind in {"date", "month"}:
        return f"with a date that cannot be read as {_formats(source)}, or a day that does not exist"
    if kind == "integer":
        return "with something that is not a whole number"
    return "with a code that is not mapped"


def _how_to_read(source: TableSource, column: str) -> str:
    kind = source.canonical.by_name[column].kind
    if kind in {"date", "month"}:
        return f"correct the rows, or add the format to `dates:` of {source.place}"
    if kind == "integer":
        return "correct the rows"
    return f"add the code to `codes:` of {source.place}.{column}, or correct the rows"


RULES: Mapping[str, CheckRule] = {
    "missing": CheckRule(
        lambda _source, _column: "without a value, which is required",
        lambda source, column: f"fill them in, or map {source.place}.{column} from another column",
    ),
    "unreadable": CheckRule(_unreadable, _how_to_read),
    "ambiguous": CheckRule(
        lambda _source, _column: "with a date that can be read as two days, or only with day and month exchanged",
        lambda source, _column: f"the file mixes date orders: export it again with one, and name it in {source.place}",
    ),
    "impossible": CheckRule(
        lambda _source, _column: f"with a date after the extract or before {EARLIEST[:4]}",
        lambda _source, _column: "correct the rows, or `extracted_on:` when the extract is newer than it says",
    ),
    "range": CheckRule(
        lambda source, column: f"with a value outside {_range(source, column)}",
        lambda _source, _column: "correct the rows",
    ),
    "duplicate": CheckRule(
        lambda _source, _column: "with an id that another row has too",
        lambda _source, _column: "keep one row for each id; two files may hold the same rows",
    ),
    "orphan": CheckRule(
        lambda source, _column: f"for a person who is not in {source.programme}.people",
        lambda source, _column: f"add the people to {source.programme}.people, or export both on the same day",
    ),
    "before_birth": CheckRule(
        lambda _source, _column: "dated before the person was born",
        lambda _source, _column: "correct this date, or the date of birth",
    ),
    "order": CheckRule(
        lambda _source, _column: "with an end before the start",
        lambda _source, _column: "correct one of the two dates",
    ),
}


def _range(source: TableSource, column: str) -> str:
    spec = source.canonical.by_name[column]
    return f"{spec.minimum} to {spec.maximum}"


def check_table(engine: DuckDBEngine, source: TableSource, staged: Table, extracted_on: date) -> list[Fault]:
    """Return every fault of one staged table.

    Parameters
    ----------
    engine
        Where the table lives.
    source
        The mapping, for the wording.
    staged
        The table with typed values and the marks of what is wrong with them.
    extracted_on
        Nothing may be dated later.
    """
    from sqlglot import exp

    searches = [search for column in source.canonical.columns for search in _of_column(column, staged, extracted_on)]
    if source.table == "custody":
        searches.append(_search("ends_on", "order", quoted("ends_on") < quoted("starts_on")))
    if source.canonical.key and _may_repeat(engine, source.canonical.key, staged):
        searches.append(_duplicates(source.canonical.key, staged))
    statement = exp.union(*searches, distinct=False)
    found = engine.run(build(f"records/check {source.table}", statement), tables={"staged": staged})
    summary = engine.run(build(f"records/faults {source.table}", _summary()), tables={"found": found})
    rows = engine.fetch(summary).to_pylist()
    engine.drop(found)
    return _faults(source, rows)


MARKS = {"unreadable": "bad", "ambiguous": "twoway", "orphan": "orphan", "before_birth": "early"}
"""The rules that staging has looked at, and how it marks their columns."""


def _of_column(column: Column, staged: Table, extracted_on: date) -> list[exp.Expr]:
    """Return the searches that look at one column alone."""
    from sqlglot import exp

    value = _value(column.name, staged)
    marks = {
        rule: quoted(f"{mark}:{column.name}")
        for rule, mark in MARKS.items()
        if f"{mark}:{column.name}" in staged.columns
    }
    searches = [_search(column.name, rule, mark) for rule, mark in marks.items()]
    if column.required:
        filled = [exp.not_(mark) for rule, mark in marks.items() if rule != "before_birth"]
        searches.append(_search(column.name, "missing", exp.and_(value.is_(exp.null()), *filled)))
    if column.kind in {"date", "month"}:
        earliest = exp.cast(exp.Literal.string(EARLIEST), "date")
        impossible = exp.or_(value < earliest, value.copy() > literal(extracted_on))
        searches.append(_search(column.name, "impossible", impossible))
    if column.minimum is not None and column.maximum is not None:
        outside = exp.or_(value < literal(column.minimum), value.copy() > literal(column.maximum))
        searches.append(_search(column.name, "range", outside))
    return searches


def _value(column: str, staged: Table) -> exp.Expr:
    """Return what the file said: for a key, its own number and not the running one."""
    return quoted(f"raw:{column}" if f"raw:{column}" in staged.columns else column)


def _search(column: str, rule: str, condition: exp.Expr) -> exp.Expr:
    from sqlglot import select

    return (
        select(*_labels(column, rule), quoted("source_file"), quoted("source_row"))
        .from_("staged")
        .where(condition.copy())
    )


def _labels(column: str, rule: str) -> tuple[exp.Expr, exp.Expr]:
    from sqlglot import exp

    return exp.alias_(literal(column), "column", quoted=True), exp.alias_(literal(rule), "rule", quoted=True)


def _may_repeat(engine: DuckDBEngine, key: str, staged: Table) -> bool:
    """Return whether a key may stand in two rows: a cheap count of hashes, which is never wrong when it says no."""
    from sqlglot import exp, select

    value = _value(key, staged)
    hashes = exp.Distinct(expressions=[exp.Anonymous(this="hash", expressions=[value.copy()])])
    fewer = exp.Sub(this=exp.Count(this=value), expression=exp.Count(this=hashes))
    # a missing key has a hash too
    given = value.is_(exp.null()).not_()
    counting = build("records/repeated keys", select(fewer.as_("fewer")).from_("staged").where(given))
    counted = engine.run(counting, tables={"staged": staged})
    return bool(engine.fetch(counted).to_pylist()[0]["fewer"])


def _duplicates(key: str, staged: Table) -> exp.Expr:
    from sqlglot import exp, parse_one, select

    value = _value(key, staged)
    repeated = parse_one("select $key from staged where $key is not null group by 1 having count(*) > 1", read="duckdb")
    repeated = repeated.transform(lambda node: value.copy() if isinstance(node, exp.Placeholder) else node)
    return (
        select(*_labels(key, "duplicate"), quoted("source_file"), quoted("source_row"))
        .from_("staged")
        .where(exp.In(this=value, query=exp.Subquery(this=repeated)))
    )


def _summary() -> exp.Expr:
    """Return the statement that counts the found rows and keeps the first of each kind."""
    from sqlglot import parse_one

    return parse_one(
        f"""
        select "column", rule, source_file, source_row, total from (
            select
                "column", rule, source_file, source_row,
                count(*) over (partition by "column", rule, source_file) as total,
                row_number() over (partition by "column", rule, source_file order by source_row) as place
            from found
        ) as ranked
        where place <= {SHOWN_ROWS}
        order by "column", rule, source_file, source_row
        """,  # noqa: S608 - the number is ours
        read="duckdb",
    )


def _faults(source: TableSource, rows: list[dict[str, object]]) -> list[Fault]:
    grouped: dict[tuple[str, str, str], tuple[int, list[int]]] = {}
    for row in rows:
        key = (str(row["column"]), str(row["rule"]), str(row["source_file"]))
        total, listed = grouped.setdefault(key, (int(str(row["total"])), []))
        listed.append(int(str(row["source_row"])))
    order = list(source.canonical.by_name)
    faults = []
    for (column, rule, file), (total, listed) in sorted(grouped.items(), key=lambda item: order.index(item[0][0])):
        wording = RULES[rule]
        what = wording.what(source, column)
        counted = f"{total:,} row{'s' if total > 1 else ''} {what}"
        faults.append(
            Fault(
                f"{source.place}.{column} ({file})",
                f"{counted} ({row_list(listed, total)})",
                wording.fix(source, column),
            ),
        )
    return faults
