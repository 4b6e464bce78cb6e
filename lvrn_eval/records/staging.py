"""From cells as text to typed columns: one statement per table, built from the mapping, column by column.

A staged row keeps, beside each typed value, whether the cell held something that could not be read (``bad:NAME``) or
could be read two ways (``twoway:NAME``), so that the checks can say how many, and where.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from lvrn_eval.engine import build, literal, quoted, repeated

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sqlglot import exp

    from lvrn_eval.engine import Step, Table
    from lvrn_eval.records.sources import ColumnSource, TableSource
    from lvrn_eval.records.tables import Column

ISO_FORMATS = ("%Y-%m-%d", "%Y-%m-%d %H:%M:%S", "%Y-%m-%dT%H:%M:%S")
"""Always read: the international order cannot be mistaken for another."""

TRUE_WORDS = ("true", "yes", "y", "1")
FALSE_WORDS = ("false", "no", "n", "0")
FILE_NAME = "$file"

BEFORE_BIRTH = {"contacts": "on", "referrals": "referred_on", "events": "on", "custody": "starts_on"}
"""The date of each table that cannot come before the person's birth."""

BLANKS = " \t\r\n\u00a0\u200b\ufeff"
"""What is trimmed from both ends of a cell; spreadsheets and web forms leave all of these."""


def stage(
    source: TableSource,
    raw_columns: Mapping[str, str],
    identifiers: Mapping[str, Table] | None = None,
    offsets: Mapping[str, int] | None = None,
) -> Step:
    """Return the step that makes the staged table of one table's raw cells.

    Parameters
    ----------
    source
        The mapping of the table.
    raw_columns
        The raw columns and their types: typed cells (from Parquet) are taken as they are.
    identifiers
        For each column of identifiers to replace, the table of its pseudonyms, which the step reads under that
        column's name. That of ``person_id`` also has ``born``.
    offsets
        How many rows stand in the files before each file, so that a key becomes a number no other row has.

    Returns
    -------
    Step
        Reads ``raw``. The cells are trimmed once, read once, and marked once, in nested selects. Columns with a colon
        in their name are for the checks.
    """
    from sqlglot import exp, select

    pseudonyms = identifiers or {}
    lineage = [quoted("source_file"), quoted("source_row")]
    cells: list[exp.Expr] = list(lineage)
    values: list[exp.Expr] = [exp.Star()]
    marked: list[exp.Expr] = []
    mapped = {column.name: column for column in source.columns}
    for column in source.canonical.columns:
        origin = mapped.get(column.name)
        if origin is None:
            cells.append(_named(_null(column), column.name))
            marked.append(quoted(column.name))
        elif (typed := _already_typed(column, origin, raw_columns)) is not None:
            cells.append(_named(typed, column.name))
            marked.append(quoted(column.name))
        else:
            cells.append(_named(_cell(origin, source), f"cell:{column.name}"))
            values += _read(column, origin, source)
            marked += (
                _replaced(column, source.table) if column.name in pseudonyms else _marked(column, origin, offsets or {})
            )
    inner = select(*cells).from_("raw").subquery("cells")
    middle = select(*values).from_(inner).subquery("readings")
    programme = _named(repeated(source.programme), "programme")
    staged = select(*marked, programme, *lineage).from_(middle)
    for name in pseudonyms:
        same = exp.EQ(this=quoted("identifier", f"of {name}"), expression=quoted(name, "readings"))
        joined = exp.to_table(name, quoted=True).as_(f"of {name}", quoted=True)
        staged = staged.join(joined, on=same, join_type="left", copy=False)
    return build(f"records/stage {source.table}", staged)


def identifiers_in(source: TableSource, column: str) -> Step:
    """Return the step that lists every identifier in a column of the raw cells once, as ``identifier``."""
    from sqlglot import select

    origin = next(mapped for mapped in source.columns if mapped.name == column)
    listed = select(_named(_cell(origin, source), "identifier")).distinct().from_("raw")
    return build(f"records/identifiers in {source.table}.{column}", listed)


def _named(expression: exp.Expr, name: str) -> exp.Expr:
    from sqlglot import exp

    return exp.alias_(expression, name, quoted=True, copy=False)


def _null(column: Column) -> exp.Expr:
    from sqlglot import exp

    kinds = {"date": "date", "month": "date", "integer": "bigint", "boolean": "boolean", "key": "bigint"}
    return exp.cast(exp.null(), kinds.get(column.kind, "varchar"))


def _is_plain(column: Column, origin: ColumnSource) -> bool:
    """Return whether any text is a value of the column, so that none can be wrong."""
    return column.kind in {"id", "key", "text"} and not origin.codes


def _read(column: Column, origin: ColumnSource, source: TableSource) -> list[exp.Expr]:
    """Return the column's typed value and, for dates, whether the cell can be read two ways."""
    from sqlglot import exp

    cell = quoted(f"cell:{column.name}")
    if _is_plain(column, origin):
        return [_named(cell, column.name)]
    if column.kind == "integer":
        return [_named(_as_whole_number(cell), column.name)]
    if column.kind in {"date", "month"}:
        value = _as_date(cell, source.dates)
        twoway = exp.or_(_read_two_ways(cell, source.dates), _only_exchanged(cell, value, source.dates))
        return [_named(value, column.name), _named(twoway, f"twoway:{column.name}")]
    return [_named(_as_code(cell, column, origin), column.name)]


def _replaced(column: Column, table: str) -> list[exp.Expr]:
    """Return the pseudonym in the place of an identifier; for a person, whether there is one, and was born by then."""
    from sqlglot import exp

    found = quoted("pseudonym", f"of {column.name}")
    shown = _named(found, column.name)
    if column.name != "person_id":
        return [shown]
    unknown = exp.and_(quoted(column.name, "readings").is_(exp.null()).not_(), found.is_(exp.null()))
    day = BEFORE_BIRTH[table]
    early = quoted(day, "readings") < quoted("born", f"of {column.name}")
    return [shown, _named(unknown, f"orphan:{column.name}"), _named(early, f"early:{day}")]


def _running(column: Column, offsets: Mapping[str, int]) -> exp.Expr:
    """Return a number that no other row of the table has: the row's place in the order of the files."""
    from sqlglot import exp

    before = exp.Case(this=quoted("source_file"))
    for file, rows in offsets.items():
        before = before.when(literal(file), literal(rows), copy=False)
    start = before if offsets else literal(0)
    return _named(exp.Add(this=quoted("source_row"), expression=start), column.name)


def _marked(column: Column, origin: ColumnSource, offsets: Mapping[str, int]) -> list[exp.Expr]:
    """Return the column's value and the marks of what is wrong with its cell."""
    from sqlglot import exp

    value, cell, twoway = (quoted(f"{mark}{column.name}") for mark in ("", "cell:", "twoway:"))
    if column.kind == "key":
        return [_running(column, offsets), _named(value, f"raw:{column.name}")]
    if _is_plain(column, origin):
        return [value]
    bad = exp.and_(cell.is_(exp.null()).not_(), value.is_(exp.null()))
    if column.kind not in {"date", "month"}:
        return [value, _named(bad, f"bad:{column.name}")]
    shown = _named(_month(value), column.name) if column.kind == "month" else value
    return [shown, _named(exp.and_(bad, exp.not_(twoway)), f"bad:{column.name}"), twoway]


def _already_typed(column: Column, origin: ColumnSource, raw_columns: Mapping[str, str]) -> exp.Expr | None:
    """Return a typed cell as it is, when the file's type is the column's."""
    from sqlglot import exp

    typed = {
        "date": ("DATE",),
        "month": ("DATE",),
        "integer": ("BIGINT", "INTEGER", "SMALLINT"),
        "boolean": ("BOOLEAN",),
    }
    if origin.codes or raw_columns.get(origin.origin, "VARCHAR") not in typed.get(column.kind, ()):
        return None
    value = quoted(origin.origin)
    if column.kind == "month":
        return _month(value)
    return exp.cast(value, "bigint") if column.kind == "integer" else value


def _month(value: exp.Expr) -> exp.Expr:
    from sqlglot import exp

    return exp.cast(exp.TimestampTrunc(this=value, unit=exp.var("month")), "date")


def _cell(origin: ColumnSource, source: TableSource) -> exp.Expr:
    """Return the cell as trimmed text, null when it is empty or one of the declared words for missing."""
    from sqlglot import exp

    raw: exp.Expr = exp.cast(quoted(origin.origin), "varchar")
    if origin.origin == FILE_NAME:
        raw = quoted("source_stem")
    # a program wrote a Parquet file, so an identifier in it is as it is; codes may still have been typed
    typed = all(file.endswith(".parquet") for file in source.files)
    is_identifier = source.canonical.by_name[origin.name].kind in {"id", "key"}
    trimmed = raw if typed and is_identifier else exp.Trim(this=raw, expression=literal(BLANKS))
    words = [word.strip() for word in source.missing if word.strip()]
    cell = exp.Nullif(this=trimmed, expression=literal(""))
    if not words:
        return cell
    is_missing = trimmed.copy().isin(*(literal(word) for word in dict.fromkeys(words)))
    return exp.Case().when(is_missing, exp.null(), copy=False).else_(cell, copy=False)


def _as_code(cell: exp.Expr, column: Column, origin: ColumnSource) -> exp.Expr:
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


def _as_whole_number(cell: exp.Expr) -> exp.Expr:
    """Return the cell as a whole number; null for 30.5, which a cast alone would round."""
    from sqlglot import exp

    whole, exact = (exp.TryCast(this=cell.copy(), to=exp.DataType.build(kind)) for kind in ("bigint", "double"))
    return exp.Case().when(exp.EQ(this=whole, expression=exact), whole.copy())


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
    differ = exp.NEQ(
        this=exp.Least(this=parsed[0].copy(), expressions=[p.copy() for p in parsed[1:]]),
        expression=exp.Greatest(this=parsed[0].copy(), expressions=[p.copy() for p in parsed[1:]]),
    )
    # a cell that no format reads is not two days; unknown here would hide that it is unreadable
    return exp.Coalesce(this=differ, expressions=[exp.false()])


def _only_exchanged(cell: exp.Expr, value: exp.Expr, formats: tuple[str, ...]) -> exp.Expr:
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
