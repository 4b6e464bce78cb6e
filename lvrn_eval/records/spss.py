"""Canonical tables as labelled SPSS files, for colleagues who work in SPSS.

The rows are those of people, under their pseudonyms: such a file must not leave the building.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from lvrn_eval.engine import DuckDBEngine, Table
from lvrn_eval.errors import RecordsError, suggestion
from lvrn_eval.records.spss_file import LONGEST, Variable, write_spss
from lvrn_eval.records.tables import LINEAGE, TABLES, CanonicalTable, Column

if TYPE_CHECKING:
    import pyarrow as pa

    from lvrn_eval.records.read import Records

Codes = Literal["numbers", "texts"]
"""How codes are written: as numbers with labels, or as the texts they are, with labels."""

EPOCH = "timestamp '1582-10-14 00:00:00'"
"""The day that SPSS counts seconds from."""

ABBREVIATIONS = {"asb": "Anti-social behaviour"}

SHORT = 8
"""Bytes of the longest text that SPSS takes as a missing value."""


def to_spss(
    data: Records | Table,
    path: Path | str,
    *,
    codes: Codes = "numbers",
    missing: Sequence[str] = (),
    sites: Mapping[str, str] | None = None,
    tell: Callable[[str], None] = print,
) -> tuple[Path, ...]:
    """Write canonical tables as labelled SPSS files (``.sav``).

    Variable labels say what a column is, value labels what a code is; days are SPSS days. Only pseudonyms are written;
    the columns of lineage stay here. Rows are written chunk by chunk, so memory does not grow with them.

    Parameters
    ----------
    data
        The records of a programme, or one canonical table.
    path
        For records a folder, which gets one file for each table that has rows, such as ``champions_people.sav``; for a
        table the file.
    codes
        Whether codes are written as ``numbers`` (their place in the canonical list, from 1) or as ``texts``.
    missing
        Codes to declare as missing, such as ``not_recorded``; they stay in the file, and SPSS leaves them out of
        statistics.
    sites
        The names of the sites by slug; those of the records by default.
    tell
        Called with a line for each file: where it is, and that it must not leave the building.

    Returns
    -------
    tuple of pathlib.Path
        The files written.

    Raises
    ------
    RecordsError
        When the table is no canonical one, or a text is longer than SPSS takes.

    Notes
    -----
    *Validated against* pyreadstat 1.3.7, which reads the files back equal
    (``tests/records/test_records_readers_spss.py``).

    Examples
    --------
    >>> to_spss(records, "for_spss", missing=["not_recorded"])  # doctest: +SKIP
    """
    if codes not in {"numbers", "texts"}:
        raise RecordsError(f"`codes` is one of numbers, texts; not {codes!r}")
    path = Path(path)
    _check_missing(missing, [data] if isinstance(data, Table) else list(data.tables.values()))
    if isinstance(data, Table):
        return (_write(data, path, codes, missing, sites or {}, tell),)
    path.mkdir(parents=True, exist_ok=True)
    tables = {name: table for name, table in data.tables.items() if len(table)}
    return tuple(
        _write(table, path / f"{data.programme}_{name}.sav", codes, missing, sites or data.sites, tell)
        for name, table in tables.items()
    )


def _write(
    table: Table,
    path: Path,
    codes: Codes,
    missing: Sequence[str],
    sites: Mapping[str, str],
    tell: Callable[[str], None],
) -> Path:
    canonical = _canonical(table)
    if path.suffix.lower() != ".sav":
        raise RecordsError(f"{path.name}: an SPSS file ends in .sav")
    engine = table.engine
    if not isinstance(engine, DuckDBEngine):
        raise RecordsError("SPSS files are written from tables in DuckDB; read the records into it first")
    lists = {c.name: _codes_of(engine, table, c, sites) for c in canonical.columns}
    columns = [*canonical.columns, Column("programme", "text", "the programme whose record this is")]
    lists["programme"] = {}
    widths = _widths(engine, table, [c for c in columns if _is_text(c, codes)])
    variables = [_variable(c, lists[c.name], codes, missing, widths) for c in columns]
    selected = ", ".join(_selected(c, lists[c.name], codes) for c in columns)
    rows = write_spss(path, variables, _chunks(engine, table, selected), f"{canonical.about}, one a row")
    tell(
        f"{path}: {rows:,} rows of {canonical.name}, written for SPSS. They are people's records under pseudonyms: the "
        "file must not leave the building."
    )
    return path


def _check_missing(missing: Sequence[str], tables: Sequence[Table]) -> None:
    """Refuse a code to declare as missing that no table has."""
    columns = [column for table in tables for column in _canonical(table).columns]
    known = sorted({code for column in columns for code in column.codes})
    if unknown := [code for code in missing if code not in known]:
        raise RecordsError(f"there is no code {unknown[0]!r}; {suggestion(unknown[0], known)}")


def _canonical(table: Table) -> CanonicalTable:
    """Return which canonical table this is, by its columns."""
    for canonical in TABLES.values():
        if list(table.columns) == [*canonical.by_name, *LINEAGE]:
            return canonical
    raise RecordsError(f"no canonical table has these columns: {', '.join(table.columns)}")


def _codes_of(engine: DuckDBEngine, table: Table, column: Column, sites: Mapping[str, str]) -> dict[str, str]:
    """Return the codes of a column in their order, with the label of each."""
    if column.kind == "code":
        return {code: _label(code, column) for code in column.codes}
    if column.kind != "site":
        return {}
    found = engine.query(f"select distinct {_name(column.name)} from {_name(table.name)} order by 1")  # noqa: S608
    return {site: sites.get(site, site) for site in [*sites, *(str(site) for (site,) in found if site not in sites)]}


def _label(code: str, column: Column) -> str:
    """Return a code as a person writes it: names of places with capitals, other codes as a phrase."""
    words = code.replace("_", " ")
    if column.name == "district" and code != "not_recorded":
        return words.title().replace(" With ", " with ")
    return ABBREVIATIONS.get(code, words.capitalize())


def _is_text(column: Column, codes: Codes) -> bool:
    return column.kind in {"id", "text"} or (column.kind in {"code", "site"} and (codes == "texts"))


def _widths(engine: DuckDBEngine, table: Table, columns: Sequence[Column]) -> dict[str, int]:
    """Return the bytes of the longest text of each column, 1 at least."""
    longest = ", ".join(f"coalesce(max(strlen(cast({_name(c.name)} as varchar))), 0)" for c in columns)
    found = engine.query(f"select {longest} from {_name(table.name)}")[0]  # noqa: S608
    widths = {column.name: max(1, int(width)) for column, width in zip(columns, found, strict=True)}
    if too_long := [name for name, width in widths.items() if width > LONGEST]:
        raise RecordsError(f"{', '.join(too_long)}: a text is longer than the {LONGEST:,} bytes that SPSS takes")
    return widths


def _variable(
    column: Column, listed: Mapping[str, str], codes: Codes, missing: Sequence[str], widths: Mapping[str, int]
) -> Variable:
    """Return what SPSS is told of a column."""
    if _is_text(column, codes):
        absent = tuple(code for code in missing if code in listed)
        width = max([widths[column.name], *(len(code.encode()) for code in listed)])
        if absent and width > SHORT:
            what = "SPSS takes no text of more than eight bytes as missing; write codes as numbers"
            raise RecordsError(f"{column.name}: {what}")
        return Variable(column.name, column.about, "nominal", width, labels=listed, missing=absent)
    if listed:
        numbers = {code: float(number) for number, code in enumerate(listed, start=1)}
        labels = {numbers[code]: label for code, label in listed.items()}
        unused = tuple(numbers[code] for code in missing if code in numbers)
        return Variable(column.name, column.about, "nominal", form="F8.0", labels=labels, missing=unused)
    if column.kind == "boolean":
        return Variable(column.name, column.about, "nominal", form="F8.0", labels={0.0: "No", 1.0: "Yes"})
    forms = {"date": "EDATE10", "month": "EDATE10", "time": "DATETIME20", "number": "F12.4", "key": "F12.0"}
    measure = "nominal" if column.kind == "key" else "scale"
    return Variable(column.name, column.about, measure, form=forms.get(column.kind, "F8.0"))


def _selected(column: Column, listed: Mapping[str, str], codes: Codes) -> str:
    """Return the SQL of a column as SPSS keeps it."""
    from lvrn_eval.engine import literal

    cell = _name(column.name)
    if _is_text(column, codes):
        return f"cast({cell} as varchar) as {cell}"
    if listed:
        arms = " ".join(f"when {literal(code).sql('duckdb')} then {n}" for n, code in enumerate(listed, start=1))
        return f"cast(case cast({cell} as varchar) {arms} end as double) as {cell}"
    if column.kind in {"date", "month", "time"}:
        return f"cast(date_diff('second', {EPOCH}, cast({cell} as timestamp)) as double) as {cell}"
    return f"cast({cell} as double) as {cell}"


def _chunks(engine: DuckDBEngine, table: Table, selected: str) -> Iterator[pa.RecordBatch]:
    import pyarrow as pa

    rows = engine.connection.sql(f"select {selected} from {_name(table.name)}")  # noqa: S608
    yield from pa.RecordBatchReader.from_stream(rows)


def _name(name: str) -> str:
    from lvrn_eval.engine import quoted

    return quoted(name).sql(dialect="duckdb")
