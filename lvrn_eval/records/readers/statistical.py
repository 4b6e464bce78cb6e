"""Reading files of SPSS, Stata and SAS by chunks: values or labels, days, and what their makers call missing."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from lvrn_eval.records.readers.header import checked_header
from lvrn_eval.records.readers.landing import Landing
from lvrn_eval.records.readers.shapes import Cells, name, refused, text
from lvrn_eval.records.readers.statistical_days import day_of

if TYPE_CHECKING:
    import pyarrow as pa

    from lvrn_eval.records.readers.options import Job


@dataclass(frozen=True)
class Program:
    """How the files of one ending are read: by which function of pyreadstat, and with which of its arguments.

    ``marks`` says whether values can be asked for that the maker calls missing, ``counts`` whether the file says how
    many rows it has.
    """

    program: str
    function: str
    encodings: bool = True
    marks: bool = True
    counts: bool = True


STATISTICAL: Mapping[str, Program] = {
    ".sav": Program("SPSS", "read_sav"),
    ".zsav": Program("SPSS", "read_sav"),
    ".por": Program("SPSS", "read_por", encodings=False, marks=False, counts=False),
    ".dta": Program("Stata", "read_dta"),
    ".sas7bdat": Program("SAS", "read_sas7bdat"),
    ".xpt": Program("SAS", "read_xport", marks=False, counts=False),
}

CELLS_AT_ONCE = 1_000_000
"""Cells of a chunk, so that memory does not grow with the file."""

RECORD = 80
"""Bytes of a record of a SAS transport file; a whole file is made of them."""

STATA = (b"<stata_dta>", b"</stata_dta>")
"""How files of Stata 13 and later begin and end."""

Columns = dict[str, list[Any]]


def read_statistical(job: Job) -> Cells:
    """Read the mapped columns of a file of SPSS, Stata or SAS; its first row is row 1.

    Raises
    ------
    RecordsError
    """
    program = STATISTICAL[job.ending]
    _check_end(job)
    meta = _asked(job, program, metadataonly=True)[1]
    header = checked_header([str(column) for column in meta.column_names], job.shown)
    # a file without any of the mapped columns is refused for that, but it needs a column to have rows
    used = [column for column in header if column in job.wanted.mapped] or header[:1]
    columns = [_Column.of(column, meta, program, job) for column in used]
    landing = Landing(job, [column.sql for column in columns])
    missing = dict.fromkeys(used, 0)
    rows = 0
    for chunk, letters in _chunks(job, program, columns, meta.number_rows):
        counts = landing.add(chunk, [column.missing for column in columns])
        rows += chunk.num_rows
        for column, count in zip(used, counts, strict=True):
            missing[column] += count + letters[column]
        job.tell(f"reading {job.shown}: {rows:,}{f' of {meta.number_rows:,}' if meta.number_rows else ''} rows")
    if program.counts and meta.number_rows is not None and rows != meta.number_rows:
        raise _cut_off(job)
    labelled = sum(bool(column.labels) for column in columns)
    encoding = meta.file_encoding or job.reading.encoding or "UTF-8"
    found = (
        f"{program.program} file, text in {encoding} ({'declared' if job.reading.encoding else 'found'})",
        f"{labelled:,} of {len(columns):,} columns with labelled values, read as their {job.reading.labels}",
    )
    kept = tuple((column, count) for column, count in missing.items() if count)
    return Cells(landing.table, tuple(header), f"{program.program} {encoding}", found, (), kept)


@dataclass(frozen=True)
class _Column:
    """One column: the SQL of its text, and of the condition under which its maker calls a value missing."""

    name: str
    number: bool
    sql: str
    missing: str
    labels: Mapping[Any, str]

    @classmethod
    def of(cls, column: str, meta: Any, program: Program, job: Job) -> _Column:
        number = meta.readstat_variable_types[column] != "string"
        labels = {key: label for key, label in meta.variable_value_labels.get(column, {}).items() if label}
        cell = name(column)
        missing = _missing(cell, meta.missing_ranges.get(column, []), number=number)
        value = _number(cell) if number else cell
        if number and (day := day_of(program.program, meta.original_variable_types[column] or "", cell)):
            value = f"coalesce(try(cast({day} as varchar)), {value})"
        if job.reading.labels == "labels" and labels:
            value = _labelled(cell, value, labels, number=number)
        return cls(column, number, f"case when {missing} then null else {value} end as {cell}", missing, labels)


def _number(cell: str) -> str:
    """Return the SQL of a number as text: 30 and not 30.0."""
    whole = f"{cell} = trunc({cell}) and abs({cell}) < 1e15"
    return f"case when {whole} then cast(cast({cell} as bigint) as varchar) else cast({cell} as varchar) end"


def _missing(cell: str, ranges: list[Mapping[str, Any]], *, number: bool) -> str:
    if not ranges:
        return "false"
    if number:
        return " or ".join(f"({cell} between {_double(span['lo'])} and {_double(span['hi'])})" for span in ranges)
    return f"rtrim({cell}) in ({', '.join(text(str(span['lo']).rstrip()) for span in ranges)})"


def _double(value: float) -> str:
    return f"cast('{float(value)!r}' as double)"


def _labelled(cell: str, value: str, labels: Mapping[Any, str], *, number: bool) -> str:
    pairs = [(key, label) for key, label in labels.items() if not number or not isinstance(key, str)]
    keys = [(_double(key) if number else text(str(key))) for key, _ in pairs]
    arms = " ".join(f"when {key} then {text(label)}" for key, (_, label) in zip(keys, pairs, strict=True))
    return f"case {cell} {arms} else {value} end" if arms else value


def _chunks(
    job: Job, program: Program, columns: list[_Column], rows: int | None
) -> Iterator[tuple[pa.Table, dict[str, int]]]:
    """Return the file's chunks with a column of row numbers, and how many letters stand for missing in each column."""
    import pyarrow as pa

    names = [column.name for column in columns]
    size = max(1, CELLS_AT_ONCE // len(columns))
    start = 0
    while True:
        found, _ = _asked(job, program, usecols=names, row_offset=start, row_limit=size)
        arrays, letters = [], {}
        for column in columns:
            array, letters[column.name] = _array(found[column.name], number=column.number)
            arrays.append(array)
        height = len(arrays[0])
        if height or not start:
            numbers = pa.array(range(start + 1, start + height + 1), pa.int64())
            yield pa.table([*arrays, numbers], names=[*names, "source_row"]), letters
        start += height
        if height < size or (rows is not None and start >= rows):
            return


def _array(values: list[Any], *, number: bool) -> tuple[pa.Array, int]:
    """Return a column; a letter among numbers is a kind of missing, as in Stata's .a to .z."""
    import pyarrow as pa

    if not number:
        return pa.array(values, pa.string(), from_pandas=True), 0
    try:
        # some versions say NaN for nothing, others None
        return pa.array(values, pa.float64(), from_pandas=True), 0
    except (pa.ArrowException, TypeError):
        plain = [None if type(value) is str else value for value in values]
        return pa.array(plain, pa.float64(), from_pandas=True), sum(type(value) is str for value in values)


def _asked(job: Job, program: Program, **arguments: Any) -> tuple[Columns, Any]:
    """Return what pyreadstat reads of a file, and what it says of its columns."""
    import pyreadstat

    if program.encodings and job.reading.encoding is not None:
        arguments["encoding"] = job.reading.encoding
    if program.marks:
        arguments["user_missing"] = True
    function: Callable[..., tuple[Columns, Any]] = getattr(pyreadstat, program.function)
    try:
        return function(str(job.path), disable_datetime_conversion=True, output_format="dict", **arguments)
    except UnicodeDecodeError:
        raise _wrong_encoding(job) from None
    except Exception as error:  # noqa: BLE001 - it raises many kinds, and its messages may quote a value
        if "convert" in str(error).lower() or "byte sequence" in str(error).lower():
            raise _wrong_encoding(job) from None
        raise _cut_off(job) from None


def _check_end(job: Job) -> None:
    """Refuse a file that does not end as files of its kind do, where that is not seen otherwise."""
    with job.path.open("rb") as stream:
        size = stream.seek(0, 2)
        stream.seek(max(0, size - RECORD))
        end = stream.read().rstrip(b"\r\n \0")
    if job.ending == ".por" and not end.endswith(b"Z"):
        raise _cut_off(job)
    if job.ending == ".xpt" and size % RECORD:
        raise _cut_off(job)
    with job.path.open("rb") as stream:
        marked = stream.read(len(STATA[0])) == STATA[0]
    if marked and not end.endswith(STATA[1]):
        raise _cut_off(job)


def _cut_off(job: Job) -> Exception:
    program = STATISTICAL[job.ending].program
    article = "an" if program == "SPSS" else "a"
    what = f"this is not {article} {program} file that can be read: it is cut off or damaged"
    return refused("unreadable file", job.shown, what, "copy or export it again")


def _wrong_encoding(job: Job) -> Exception:
    what = "the text of the file is not in the encoding that " + (
        "`encoding:` says" if job.reading.encoding else "the file itself says"
    )
    return refused("wrong encoding", job.shown, what, "set `encoding:` to what the file was saved in, often cp1252")
