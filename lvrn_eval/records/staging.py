"""From cells as text to typed columns: one statement per table, built from the mapping, column by column.

A staged row keeps, beside each typed value, whether the cell held something that could not be read (``bad:NAME``) or
could be read two ways (``twoway:NAME``), so that the checks can say how many, and where.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from lvrn_eval.engine import build, literal, quoted, repeated
from lvrn_eval.records.cells import (
    as_code,
    as_date,
    as_number,
    as_whole_number,
    cell,
    only_exchanged,
    read_two_ways,
)
from lvrn_eval.records.districts import as_district
from lvrn_eval.records.tables import TYPES

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sqlglot import exp

    from lvrn_eval.engine import Rule, Step, Table
    from lvrn_eval.records.sources import ColumnSource, TableSource
    from lvrn_eval.records.tables import Column

DATED = frozenset({"date", "month", "time"})
"""The kinds of column that a date format reads."""

WHOLE_TYPES = ("BIGINT", "INTEGER", "SMALLINT", "TINYINT")

BEFORE_BIRTH = {
    "contacts": "on",
    "referrals": "referred_on",
    "events": "on",
    "custody": "starts_on",
    "scores": "on",
}
"""The date of each table that cannot come before the person's birth."""

YOUNGEST = {"contacts": 5, "referrals": 5, "scores": 4, "events": 10, "custody": 10}
"""The age in years under which a row of each table is hardly right; of events, only what a person is accused of."""
ACCUSED = {"events": ("suspect", "charge", "non_conviction", "conviction")}
OLDEST = 110
YEAR = 365.25
"""Days in a year, for ages."""

AGE = "age"
"""How a column is marked whose date is at an age that is hardly right."""
SAME_ROW = "same:row"
"""A hash of all that a row without a number of its own says."""
SAME_PERSON = "same:person"
"""A hash of all that a row of people says of who the person is; the day of birth goes into it, and nowhere else."""
MEASURES = frozenset({"attended", "count", "value"})
"""What a row counts. Where that is one value for all rows, a row is one thing counted, and many are alike."""


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
        if origin is None and column.kind == "key":
            marked.append(_running(column, offsets or {}))
        elif origin is not None and origin.rule is not None:
            marked += _derived(column, origin, origin.rule)
        elif origin is None:
            cells.append(_named(_null(column), column.name))
            marked.append(quoted(column.name))
        elif origin.from_file and (typed := _already_typed(column, origin, raw_columns)) is not None:
            cells.append(_named(typed, column.name))
            marked.append(_kept(column))
        else:
            cells.append(_named(cell(origin, source), f"cell:{column.name}"))
            values += _read(column, origin, source)
            marked += _replaced(column, source) if column.name in pseudonyms else _marked(column, origin, offsets or {})
    inner = select(*cells).from_("raw").subquery("cells")
    middle = select(*values).from_(inner).subquery("readings")
    programme = _named(repeated(source.programme), "programme")
    staged = select(*marked, *_alike(source), programme, *lineage).from_(middle)
    for name in pseudonyms:
        same = exp.EQ(this=quoted("identifier", f"of {name}"), expression=quoted(name, "readings"))
        joined = exp.to_table(name, quoted=True).as_(f"of {name}", quoted=True)
        staged = staged.join(joined, on=same, join_type="left", copy=False)
    return build(f"records/stage {source.table}", staged)


def identifiers_in(source: TableSource, column: str) -> Step:
    """Return the step that lists every identifier in a column of the raw cells once, as ``identifier``."""
    from sqlglot import select

    origin = next(mapped for mapped in source.columns if mapped.name == column)
    listed = select(_named(cell(origin, source), "identifier")).distinct().from_("raw")
    return build(f"records/identifiers in {source.table}.{column}", listed)


def _named(expression: exp.Expr, name: str) -> exp.Expr:
    from sqlglot import exp

    return exp.alias_(expression, name, quoted=True, copy=False)


def _null(column: Column) -> exp.Expr:
    from sqlglot import exp

    return exp.cast(exp.null(), TYPES[column.kind])


def _is_plain(column: Column, origin: ColumnSource) -> bool:
    """Return whether any text is a value of the column, so that none can be wrong."""
    return column.kind in {"id", "key", "text"} and not origin.codes


def _read(column: Column, origin: ColumnSource, source: TableSource) -> list[exp.Expr]:
    """Return the column's typed value and, for dates, whether the cell can be read two ways."""
    from sqlglot import exp

    cell = quoted(f"cell:{column.name}")
    if source.table == "area_counts" and column.name == "area" and not origin.codes:
        # other areas, such as wards, stay as they are written
        return [_named(as_district(cell, cell), column.name)]
    if _is_plain(column, origin):
        return [_named(cell, column.name)]
    if column.kind == "integer":
        return [_named(as_whole_number(cell), column.name)]
    if column.kind == "number":
        return [_named(as_number(cell), column.name)]
    if column.kind in DATED:
        value = as_date(cell, source.dates, TYPES[column.kind])
        twoway = exp.or_(read_two_ways(cell, source.dates), only_exchanged(cell, value, source.dates))
        return [_named(value, column.name), _named(twoway, f"twoway:{column.name}")]
    code = as_code(cell, column, origin)
    if column.name == "district" and not origin.codes:
        code = exp.Coalesce(this=code, expressions=[as_district(cell, exp.null())])
    return [_named(code, column.name)]


def _in_row(source: TableSource, name: str) -> exp.Expr:
    """Return a column's value as the outer select reads it; one that a rule makes is made again."""
    origin = next((mapped for mapped in source.columns if mapped.name == name), None)
    if origin is not None and origin.rule is not None:
        return _made(origin.rule, source.canonical.by_name[name])
    return quoted(name, "readings")


def _replaced(column: Column, source: TableSource) -> list[exp.Expr]:
    """Return the pseudonym in the place of an identifier; for a person, whether there is one, and how old by then."""
    from sqlglot import exp

    found = quoted("pseudonym", f"of {column.name}")
    shown = _named(found, column.name)
    if column.name != "person_id":
        return [shown]
    unknown = exp.and_(quoted(column.name, "readings").is_(exp.null()).not_(), found.is_(exp.null()))
    name = BEFORE_BIRTH[source.table]
    born = quoted("born", f"of {column.name}")
    early = exp.paren(_in_row(source, name)) < born
    hardly = _hardly_right(source, _in_row(source, name), born)
    return [
        shown,
        _named(unknown, f"orphan:{column.name}"),
        _named(early, f"early:{name}"),
        _named(hardly, f"{AGE}:{name}"),
    ]


def _hardly_right(source: TableSource, day: exp.Expr, born: exp.Expr) -> exp.Expr:
    """Return whether a day lies at an age that is hardly right; ages count from the first of the month of birth."""
    from sqlglot import exp

    # a difference of days, since ten million dates plus an interval take twenty times as long
    days = exp.DateDiff(this=exp.cast(day, "date"), expression=born, unit=exp.var("day"))
    young = exp.and_(days >= literal(0), days.copy() < literal(int(YOUNGEST[source.table] * YEAR)))
    if source.table in ACCUSED:
        young = exp.and_(young, _in_row(source, "kind").isin(*(literal(kind) for kind in ACCUSED[source.table])))
    return exp.or_(young, days.copy() >= literal(int((OLDEST + 1) * YEAR)))


def _alike(source: TableSource) -> list[exp.Expr]:
    """Return the hashes by which rows that are alike are found."""
    from sqlglot import exp

    mapped = {column.name: column for column in source.columns}
    found = []
    if source.table == "people" and {"birth_month", "sex"} <= set(mapped):
        told = [_in_row(source, name) for name in ("birth_month", "sex", "ethnicity", "district") if name in mapped]
        known = exp.and_(told[0].is_(exp.null()).not_(), told[1].copy().neq(literal("not_recorded")))
        found.append(_named(exp.Case().when(known, _hash(*told)), SAME_PERSON))
    keys = {column.name for column in source.canonical.columns if column.kind in {"id", "key"}}
    one_each = any(mapped[name].value is not None for name in MEASURES & set(mapped)) and not keys & set(mapped)
    if source.canonical.key not in mapped and not one_each:
        # all columns, in one order, so that blocks that map different ones can be compared
        told = [
            _in_row(source, column.name) for column in source.canonical.columns if column.name not in keys - {*mapped}
        ]
        found.append(_named(_hash(*told), SAME_ROW))
    return found


def _made(rule: Rule, column: Column) -> exp.Expr:
    """Return what a rule makes of the row's other columns; null where it cannot be computed, or is of another kind."""
    from sqlglot import exp

    value = exp.Anonymous(this="list_extract", expressions=[_tried(rule), literal(1)])
    if column.kind == "integer":
        return as_whole_number(value)
    if column.kind == "number":
        return as_number(value)
    return exp.TryCast(this=value, to=exp.DataType.build(TYPES[column.kind]))


def _tried(rule: Rule) -> exp.Expr:
    """Return a list of what a rule says of a row; null where it fails, since the engine's message would quote the row.

    It is a list so that a rule that says "no value" can be told from one that fails, without being computed twice.
    """
    from sqlglot import exp

    def of_readings(node: exp.Expr) -> exp.Expr:
        return quoted(node.name, "readings") if isinstance(node, exp.Column) else node

    listed = exp.Anonymous(this="list_value", expressions=[rule.expression.transform(of_readings)])
    return exp.Anonymous(this="try", expressions=[listed])


def _derived(column: Column, origin: ColumnSource, rule: Rule) -> list[exp.Expr]:
    """Return what a rule makes of the row's other columns, and whether that is no value of the column."""
    from sqlglot import exp

    value, tried = _made(rule, column), _tried(rule)
    said = exp.Anonymous(this="list_extract", expressions=[tried.copy(), literal(1)]).is_(exp.null()).not_()
    bad = exp.and_(value.copy().is_(exp.null()), exp.or_(tried.is_(exp.null()), said))
    if origin.known:
        strange = exp.not_(value.copy().isin(*(literal(code) for code in origin.known)))
        bad = exp.or_(bad, exp.Coalesce(this=strange, expressions=[exp.false()]))
    shown = _month(value) if column.kind == "month" else value
    return [_named(shown, column.name), _named(bad, f"bad:{column.name}")]


def _running(column: Column, offsets: Mapping[str, int]) -> exp.Expr:
    """Return a number that no other row of the table has: the row's place in the order of the files."""
    from sqlglot import exp

    before = exp.Case(this=quoted("source_file"))
    for file, rows in offsets.items():
        before = before.when(literal(file), literal(rows), copy=False)
    start = before if offsets else literal(0)
    return _named(exp.Add(this=quoted("source_row"), expression=start), column.name)


def _hashed(value: exp.Expr) -> exp.Expr:
    """Return a number of 64 bits for a key, the same for the same key; keys are long, and only compared.

    Two of ten million different keys have one hash in three of a million loads; then they are told as repeated.
    """
    from sqlglot import exp

    # without the condition, a missing key has a hash too
    return exp.Case().when(value.is_(exp.null()).not_(), _hash(value))


def _hash(*values: exp.Expr) -> exp.Expr:
    from sqlglot import exp

    return exp.Anonymous(this="hash", expressions=[value.copy() for value in values])


def _kept(column: Column) -> exp.Expr:
    """Return a typed cell as it is kept: of a month, its first day."""
    value = quoted(column.name)
    return _named(_month(value), column.name) if column.kind == "month" else value


def _marked(column: Column, origin: ColumnSource, offsets: Mapping[str, int]) -> list[exp.Expr]:
    """Return the column's value and the marks of what is wrong with its cell."""
    from sqlglot import exp

    value, cell, twoway = (quoted(f"{mark}{column.name}") for mark in ("", "cell:", "twoway:"))
    if column.kind == "key":
        return [_running(column, offsets), _named(_hashed(value), f"hash:{column.name}")]
    if _is_plain(column, origin):
        return [value]
    bad = exp.and_(cell.is_(exp.null()).not_(), value.is_(exp.null()))
    if column.kind not in DATED:
        return [value, _named(bad, f"bad:{column.name}")]
    shown = _named(_month(value), column.name) if column.kind == "month" else value
    return [shown, _named(exp.and_(bad, exp.not_(twoway)), f"bad:{column.name}"), twoway]


def _already_typed(column: Column, origin: ColumnSource, raw_columns: Mapping[str, str]) -> exp.Expr | None:
    """Return a typed cell as it is, when the file's type is the column's."""
    from sqlglot import exp

    typed = {
        "date": ("DATE",),
        "month": ("DATE",),
        "time": ("TIMESTAMP", "TIMESTAMP_S", "TIMESTAMP_MS", "TIMESTAMP_NS"),
        "integer": WHOLE_TYPES,
        "number": (*WHOLE_TYPES, "DOUBLE", "FLOAT"),
        "boolean": ("BOOLEAN",),
    }
    if origin.codes or raw_columns.get(origin.origin, "VARCHAR") not in typed.get(column.kind, ()):
        return None
    value = quoted(origin.origin)
    return exp.cast(value, TYPES[column.kind]) if column.kind in {"integer", "number", "time"} else value


def _month(value: exp.Expr) -> exp.Expr:
    from sqlglot import exp

    return exp.cast(exp.TimestampTrunc(this=value, unit=exp.var("month")), "date")
