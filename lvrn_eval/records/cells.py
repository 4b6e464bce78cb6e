"""From one cell as text to a value: the expressions that trim, translate and read it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lvrn_eval.engine import literal, quoted
from lvrn_eval.records.readers.options import FILE_NAME

if TYPE_CHECKING:
    from sqlglot import exp

    from lvrn_eval.records.sources import ColumnSource, TableSource
    from lvrn_eval.records.tables import Column

ISO_FORMATS = ("%Y-%m-%d", "%Y-%m-%d %H:%M:%S", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M", "%Y-%m-%dT%H:%M")
"""Always read: the international order cannot be mistaken for another."""

TRUE_WORDS = ("true", "yes", "y", "1")
FALSE_WORDS = ("false", "no", "n", "0")
BLANKS = " \t\r\n\u00a0\u200b\ufeff"
"""What is trimmed from both ends of a cell; spreadsheets and web forms leave all of these."""


def cell(origin: ColumnSource, source: TableSource) -> exp.Expr:
    """Return the cell as trimmed text, null when it is empty or one of the declared words for missing."""
    from sqlglot import exp

    if origin.value is not None:
        return literal(origin.value)
    raw: exp.Expr = exp.cast(quoted(origin.origin), "varchar")
    if origin.origin == FILE_NAME:
        raw = quoted("source_stem")
    # a program wrote such a file, so an identifier in it is as it is; codes may still have been typed
    typed = all(file.lower().endswith((".parquet", ".duckdb")) for file in source.files)
    is_identifier = source.canonical.by_name[origin.name].kind in {"id", "key"}
    trimmed = raw if typed and is_identifier else exp.Trim(this=raw, expression=literal(BLANKS))
    words = [word.strip() for word in source.missing if word.strip()]
    cell = exp.Nullif(this=trimmed, expression=literal(""))
    if not words:
        return cell
    is_missing = trimmed.copy().isin(*(literal(word) for word in dict.fromkeys(words)))
    return exp.Case().when(is_missing, exp.null(), copy=False).else_(cell, copy=False)


def as_code(cell: exp.Expr, column: Column, origin: ColumnSource) -> exp.Expr:
    """Return what a code stands for, whatever its case; null when nobody knows it."""
    from sqlglot import exp

    if origin.codes:
        pairs: dict[str, exp.Expr] = {code.strip(): literal(meaning) for code, meaning in origin.codes.items()}
    elif column.kind == "boolean":
        pairs = {**dict.fromkeys(TRUE_WORDS, exp.true()), **dict.fromkeys(FALSE_WORDS, exp.false())}
    else:
        pairs = {code: literal(code) for code in origin.known}
    choice = exp.Case(this=exp.Lower(this=cell.copy()))
    for code, meaning in pairs.items():
        # the engine folds both sides, since Python folds some letters in another way
        choice = choice.when(exp.Lower(this=literal(code)), meaning, copy=False)
    return exp.cast(choice, "boolean" if column.kind == "boolean" else "varchar")


def as_whole_number(cell: exp.Expr) -> exp.Expr:
    """Return the cell as a whole number; null for 30.5, which a cast alone would round."""
    from sqlglot import exp

    whole, exact = (exp.TryCast(this=cell.copy(), to=exp.DataType.build(kind)) for kind in ("bigint", "double"))
    return exp.Case().when(exp.EQ(this=whole, expression=exact), whole.copy())


def as_number(cell: exp.Expr) -> exp.Expr:
    """Return the cell as a number; null for what is none, and for infinity and "not a number"."""
    from sqlglot import exp

    number = exp.TryCast(this=cell.copy(), to=exp.DataType.build("double"))
    finite = exp.Anonymous(this="isfinite", expressions=[number.copy()])
    return exp.Case().when(finite, number)


def as_date(cell: exp.Expr, formats: tuple[str, ...], kind: str) -> exp.Expr:
    """Return the cell as a date, or with its time of day where ``kind`` says so."""
    from sqlglot import exp

    parsed = [_parsed(cell, form) for form in (*formats, *ISO_FORMATS)]
    return exp.cast(exp.Coalesce(this=parsed[0], expressions=parsed[1:]), kind)


def read_two_ways(cell: exp.Expr, formats: tuple[str, ...]) -> exp.Expr:
    """Return whether two of the declared formats read the cell as different days."""
    from sqlglot import exp

    if len(formats) < 2:  # noqa: PLR2004
        return exp.false()
    parsed = [exp.cast(_parsed(cell, form), "date") for form in formats]
    differ = exp.NEQ(
        this=exp.Least(this=parsed[0].copy(), expressions=[p.copy() for p in parsed[1:]]),
        expression=exp.Greatest(this=parsed[0].copy(), expressions=[p.copy() for p in parsed[1:]]),
    )
    # a cell that no format reads is not two days; unknown here would hide that it is unreadable
    return exp.Coalesce(this=differ, expressions=[exp.false()])


def only_exchanged(cell: exp.Expr, value: exp.Expr, formats: tuple[str, ...]) -> exp.Expr:
    """Return whether the cell cannot be read, but could with day and month exchanged: the file mixes two orders."""
    from sqlglot import exp

    others = [exchanged(form) for form in formats if "%d" in form and "%m" in form]
    others = [form for form in others if form not in formats]
    if not others:
        return exp.false()
    parsed = [_parsed(cell, form).is_(exp.null()).not_() for form in others]
    return exp.and_(exp.paren(value.copy()).is_(exp.null()), exp.paren(exp.or_(*parsed)))


def exchanged(form: str) -> str:
    """Return a date format with day and month exchanged."""
    return form.translate(str.maketrans("dm", "md"))


def _parsed(cell: exp.Expr, form: str) -> exp.Expr:
    from sqlglot import exp

    return exp.Anonymous(this="try_strptime", expressions=[cell.copy(), exp.Literal.string(form)])
