"""From cells as text to typed columns: one statement per table, built from the mapping, column by column.

A staged row keeps, beside each typed value, whether the cell held something that could not be read (``bad:NAME``) or
could be read two ways (``twoway:NAME``), so that the checks can say how many, and where.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from lvrn_eval.engine import build, literal, quoted

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sqlglot import exp

    from lvrn_eval.engine import Step
    from lvrn_eval.records.sources import ColumnSource, TableSource
    from lvrn_eval.records.tables import Column

ISO_FORMATS = ("%Y-%m-%d", "%Y-%m-%d %H:%M:%S", "%Y-%m-%dT%H:%M:%S")
"""Always read: the international order cannot be mistaken for another."""

TRUE_WORDS = ("true", "yes", "y", "1")
FALSE_WORDS = ("false", "no", "n", "0")
FILE_NAME = "$file"
BLANKS = " \t\r\n\u00a0\u200b\ufeff"
"""What is trimmed from both ends of a cell; spreadsheets and web forms leave all of these."""


def stage(source: TableSource, raw_columns: Mapping[str, str]) -> Step:
    """Return the step that makes the staged table of one raw file.

    Parameters
    ----------
    source
        The mapping of the table.
    raw_columns
        The raw file's columns and their types: typed cells (from Parquet) are taken as they are.
    """
    from sqlglot import exp, select

    projections: list[exp.Expr] = [quoted("source_file"), quoted("source_row")]
    mapped = {column.name: column for column in source.columns}
    for column in source.canonical.columns:
        origin = mapped.get(column.name)
        if origin is None:
            projections += _absent(column)
            continue
        value, bad, twoway = _typed(column, origin, source, raw_columns)
        projections += [
            exp.alias_(value, column.name, quoted=True),
            exp.alias_(bad, f"bad:{column.name}", quoted=True),
            exp.alias_(twoway, f"twoway:{column.name}", quoted=True),
        ]
    return build(f"records/stage {source.table}", select(*projections).from_("raw"))


def _absent(column: Column) -> list[exp.Expr]:
    from sqlglot import exp

    kinds = {"date": "date", "month": "date", "integer": "bigint", "boolean": "boolean"}
    return [
        exp.alias_(exp.cast(exp.null(), kinds.get(column.kind, "varchar")), column.name, quoted=True),
        exp.alias_(exp.false(), f"bad:{column.name}", quoted=True),
        exp.alias_(exp.false(), f"twoway:{column.name}", quoted=True),
    ]


def _typed(
    column: Column,
    origin: ColumnSource,
    source: TableSource,
    raw_columns: Mapping[str, str],
) -> tuple[exp.Expr, exp.Expr, exp.Expr]:
    """Return the typed value, whether the cell could not be read, and whether it could be read two ways."""
    from sqlglot import exp

    kind = raw_columns.get(origin.origin, "VARCHAR")
    taken_as_is = _already_typed(column, origin, kind)
    if taken_as_is is not None:
        return taken_as_is, exp.false(), exp.false()
    cell = _cell(origin, source)
    twoway: exp.Expr = exp.false()
    if column.kind in {"date", "month"}:
        value = _as_date(cell, source.dates)
        twoway = exp.or_(_read_two_ways(cell, source.dates), _only_exchanged(cell, value, source.dates))
    elif column.kind == "integer":
        value = exp.TryCast(this=cell, to=exp.DataType.build("bigint"))
    elif column.kind in {"id", "text"} and not origin.codes:
        value = cell
    else:
        value = _as_code(cell, column, origin)
    unread = exp.and_(cell.is_(exp.null()).not_(), exp.paren(value.copy()).is_(exp.null()))
    bad = exp.and_(unread, exp.not_(exp.paren(twoway.copy())))
    if column.kind == "month":
        value = _month(value)
    return value, bad, twoway


def _already_typed(column: Column, origin: ColumnSource, kind: str) -> exp.Expr | None:
    from sqlglot import exp

    if origin.codes:
        return None
    typed = {
        "date": ("DATE",),
        "month": ("DATE",),
        "integer": ("BIGINT", "INTEGER", "SMALLINT"),
        "boolean": ("BOOLEAN",),
    }
    if kind not in typed.get(column.kind, ()):
        return None
    value = quoted(origin.origin)
    return _month(value) if column.kind == "month" else exp.cast(value, "bigint") if column.kind == "integer" else value


def _month(value: exp.Expr) -> exp.Expr:
    from sqlglot import exp

    return exp.cast(exp.TimestampTrunc(this=value, unit=exp.var("month")), "date")


def _cell(origin: ColumnSource, source: TableSource) -> exp.Expr:
    """Return the cell as trimmed text, null when it is empty or one of the declared words for missing."""
    from sqlglot import exp

    raw: exp.Expr = exp.cast(quoted(origin.origin), "varchar")
    if origin.origin == FILE_NAME:
        raw = quoted("source_stem")
    trimmed = exp.Trim(this=raw, expression=literal(BLANKS))
    missing = dict.fromkeys(["", *(word.strip() for word in source.missing)])
    return exp.Case().when(trimmed.isin(*(literal(word) for word in missing)), exp.null()).else_(trimmed.copy())


def _as_code(cell: exp.Expr, column: Column, origin: ColumnSource) -> exp.Expr:
    from sqlglot import exp

    pairs: dict[str, exp.Expr] = {}
    if origin.codes:
        pairs = {code.strip().casefold(): literal(meaning) for code, meaning in origin.codes.items()}
    elif column.kind == "boolean":
        pairs = {**dict.fromkeys(TRUE_WORDS, exp.true()), **dict.fromkeys(FALSE_WORDS, exp.false())}
    else:
        pairs = {code.casefold(): literal(code) for code in origin.known}
    choice = exp.Case(this=exp.Lower(this=cell.copy()))
    for code, meaning in pairs.items():
        choice = choice.when(literal(code), meaning, copy=False)
    return exp.cast(choice, "boolean" if column.kind == "boolean" else "varchar")


def _as_date(cell: exp.Expr, formats: tuple[str, ...]) -> exp.Expr:
    from sqlglot import exp

    parsed = [_parsed(cell, form) for form in (*formats, *ISO_FORMATS)]
    return exp.cast(exp.Coalesce(this=parsed[0], expressions=parsed[1:]), "date")


def _read_two_ways(cell: exp.Expr, formats: tuple[str, ...]) -> exp.Expr:
    """Return whether two of the declared formats read the cell as different days."""
    from sqlglot import exp

    if len(formats) < 2:  # noqa: PLR2004
        return exp.false()
    parsed = [exp.cast(_parsed(cell, form), "date") for form in formats]
    return exp.NEQ(
        this=exp.Least(this=parsed[0].copy(), expressions=[p.copy() for p in parsed[1:]]),
        expression=exp.Greatest(this=parsed[0].copy(), expressions=[p.copy() for p in parsed[1:]]),
    )


def _only_exchanged(cell: exp.Expr, value: exp.Expr, formats: tuple[str, ...]) -> exp.Expr:
    """Return whether the cell cannot be read, but could with day and month exchanged: the file mixes two orders."""
    from sqlglot import exp

    exchanged = [form.translate(_EXCHANGE) for form in formats if "%d" in form and "%m" in form]
    exchanged = [form for form in exchanged if form not in formats]
    if not exchanged:
        return exp.false()
    parsed = [_parsed(cell, form).is_(exp.null()).not_() for form in exchanged]
    return exp.and_(exp.paren(value.copy()).is_(exp.null()), exp.paren(exp.or_(*parsed)))


_EXCHANGE = str.maketrans({"d": "m", "m": "d"})


def _parsed(cell: exp.Expr, form: str) -> exp.Expr:
    from sqlglot import exp

    return exp.Anonymous(this="try_strptime", expressions=[cell.copy(), exp.Literal.string(form)])
