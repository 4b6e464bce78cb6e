"""From files to canonical tables: read, stage, check, pseudonymise. Refused as a whole, with every fault listed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import reduce
from pathlib import Path
from typing import TYPE_CHECKING

from lvrn_eval.engine import DuckDBEngine, Step, Table, build, quoted
from lvrn_eval.errors import Fault, RecordsError, suggestion
from lvrn_eval.records.checks import check_table
from lvrn_eval.records.load_sources import load_sources
from lvrn_eval.records.pseudonyms import checked_key, key_from_environment, pads, pseudonym
from lvrn_eval.records.readers import RESERVED, FileRead, RawFile, read_file
from lvrn_eval.records.sources import DataStatus, Sources, TableSource
from lvrn_eval.records.staging import FILE_NAME, identifiers_in, stage
from lvrn_eval.records.tables import LINEAGE, TABLES, CanonicalTable, Kind

if TYPE_CHECKING:
    from sqlglot import exp

Progress = Callable[[str], None]

LONGEST_NAME = 60
"""Characters; what is longer is no column's name, but cells behind a quotation mark that was not closed."""


@dataclass(frozen=True)
class Records:
    """One programme's records as canonical tables in an engine; ids are pseudonyms.

    Parameters
    ----------
    programme
        Whose records they are.
    data
        What the data is: personal, synthetic, reconstructed or public.
    extracted_on, observed_from
        The day of the extracts, and the day from which recorded events are known.
    sites
        Every site, by slug, with the name shown to readers.
    tables
        The canonical tables by name; one that the sources do not mention is there, and empty.
    lineage
        Every file that was read, with its digest and its number of rows.
    """

    programme: str
    data: DataStatus
    extracted_on: date
    observed_from: date
    sites: Mapping[str, str]
    tables: Mapping[str, Table]
    lineage: tuple[FileRead, ...] = field(repr=False)

    @property
    def people(self) -> Table:
        """One row per person."""
        return self.tables["people"]

    @property
    def referrals(self) -> Table:
        """One row per referral."""
        return self.tables["referrals"]

    @property
    def contacts(self) -> Table:
        """One row per engagement, kept or missed."""
        return self.tables["contacts"]

    @property
    def events(self) -> Table:
        """One row per recorded event."""
        return self.tables["events"]

    @property
    def custody(self) -> Table:
        """One row per spell in custody."""
        return self.tables["custody"]

    @property
    def engine(self) -> DuckDBEngine:
        """Where the tables live."""
        engine = self.people.engine
        if not isinstance(engine, DuckDBEngine):  # pragma: no cover - files are always read by DuckDB
            raise RecordsError("these records live in another engine")
        return engine


def read_records(
    sources: Sources | Path | str,
    programme: str,
    *,
    key: bytes | None = None,
    progress: Progress | None = None,
) -> Records:
    """Read one programme's records from the files its sources name.

    Parameters
    ----------
    sources
        The sources, or the path of ``sources.yaml``.
    programme
        Which programme's.
    key
        The pseudonym key, at least 16 bytes; by default the environment variable that the sources name.
    progress
        Called with a line for each table as it is read.

    Returns
    -------
    Records

    Raises
    ------
    RecordsError
        When anything is wrong in any file: all faults of all tables at once.
    """
    if not isinstance(sources, Sources):
        sources = load_sources(sources)
    if programme not in sources.programmes:
        raise RecordsError(
            f"{sources.path.name} has no programme {programme!r}; {suggestion(programme, sources.programmes)}",
        )
    key = key_from_environment(sources.pseudonym_key) if key is None else checked_key(key)
    engine = DuckDBEngine()
    staged, people, lineage, faults = _stage_all(engine, sources, programme, key, progress)
    for source in sources.programmes[programme]:
        if source.table in staged:
            _tell(progress, f"checking {source.place}")
            faults += check_table(engine, source, staged[source.table], sources.extracted_on)
    if faults:
        raise RecordsError(
            f"the records of {programme} cannot be used: {len(faults)} fault{'s' if len(faults) > 1 else ''}",
            faults,
        )
    tables = {name: _finish(engine, spec, staged.get(name), people) for name, spec in TABLES.items()}
    return Records(
        programme,
        sources.data,
        sources.extracted_on,
        sources.observed_from,
        sources.sites,
        tables,
        tuple(lineage),
    )


def _stage_all(
    engine: DuckDBEngine,
    sources: Sources,
    programme: str,
    key: bytes,
    progress: Progress | None,
) -> tuple[dict[str, Table], Table | None, list[FileRead], list[Fault]]:
    """Read and stage every table whose files can be read, people first.

    Returns the staged tables, the people's pseudonyms, what was read, and the faults of what could not be.
    """
    staged: dict[str, Table] = {}
    lineage: list[FileRead] = []
    faults: list[Fault] = []
    people: Table | None = None
    for source in sources.programmes[programme]:
        _tell(progress, f"reading {source.place}")
        raw, problems = _read_all(engine, sources, source)
        if not problems:
            staged[source.table] = _stage(engine, source, raw, people, key)
        if source.table == "people" and "people" in staged:
            people = _known_people(engine, staged["people"], key)
        faults += problems
        lineage += [file.read for file in raw]
    return staged, people, lineage, faults


def _stage(engine: DuckDBEngine, source: TableSource, raw: list[RawFile], people: Table | None, key: bytes) -> Table:
    """Return the staged table, with pseudonyms where the people are known."""
    together = _together(engine, source, [file.table for file in raw])
    mapped = {column.name for column in source.columns}
    identifiers: dict[str, Table] = {}
    if people is not None:
        others = [c.name for c in source.canonical.columns if c.kind == "id" and c.name in mapped - {"person_id"}]
        identifiers = {"person_id": people, **{name: _others(engine, source, together, name, key) for name in others}}
    rows = [file.read.rows for file in raw]
    # a row number begins at 1 or 2, so one more a file keeps the numbers apart
    offsets = {file.read.file: sum(rows[:place]) + place for place, file in enumerate(raw)}
    step = stage(source, together.columns, identifiers, offsets)
    staged = engine.run(step, tables={"raw": together, **identifiers})
    for name, table in {**identifiers, "raw": together}.items():
        if name != "person_id":
            engine.drop(table)
    return staged


def _read_all(engine: DuckDBEngine, sources: Sources, source: TableSource) -> tuple[list[RawFile], list[Fault]]:
    """Read every file of one table; return them, and what is wrong with any of them."""
    raw: list[RawFile] = []
    problems: list[Fault] = []
    for path in _files(sources, source, problems):
        try:
            file = read_file(engine, path, _shown(path, sources.folder), source)
        except RecordsError as error:
            problems += error.faults
            continue
        problems += [*file.faults, *_fit(file, source)]
        raw.append(file)
    return raw, problems


def _files(sources: Sources, source: TableSource, problems: list[Fault]) -> list[Path]:
    found: list[Path] = []
    for pattern in source.files:
        path = Path(pattern)
        matches = sorted(sources.folder.glob(pattern)) if not path.is_absolute() else [path]
        matches = [match for match in matches if match.is_file()]
        if not matches:
            problems.append(
                Fault(source.place, f"no file matches {pattern!r}", f"globs are relative to {sources.path.name}"),
            )
        found += matches
    return list(dict.fromkeys(found))


def _shown(path: Path, folder: Path) -> str:
    return path.relative_to(folder).as_posix() if path.is_relative_to(folder) else path.name


def _fit(raw: RawFile, source: TableSource) -> list[Fault]:
    """Return what is missing from a file's header, and what stands there that nobody mapped."""
    where = f"{source.place} ({raw.read.file})"
    wanted = dict.fromkeys(column.origin for column in source.columns if column.origin != FILE_NAME)
    listed = list(dict.fromkeys([*wanted, *source.ignore]))
    if not {name.casefold() for name in listed} & {name.casefold() for name in raw.header}:
        # then it is hardly a header, and its names may be somebody's data
        fix = "check that the file begins with its header, and what `delimiter:` or `sheet:` says"
        return [Fault(where, "the first row names none of the columns that are mapped", fix)]
    names = [name for name in raw.header if len(name) <= LONGEST_NAME and name.isprintable()]
    faults = [
        Fault(where, f"the file has no column {name!r}", suggestion(name, names))
        for name in listed
        if name not in raw.header
    ]
    return faults + [
        Fault(
            where,
            f"the file has a column {repr(name) if name in names else f'(number {place})'} that is neither mapped nor "
            "ignored",
            "map it, or list it under `ignore:`",
        )
        for place, name in enumerate(raw.header, start=1)
        if name not in listed
    ]


def _together(engine: DuckDBEngine, source: TableSource, parts: list[Table]) -> Table:
    """Return the mapped columns of all files of a table as one, whatever their order in each file."""
    from sqlglot import exp, select

    if len(parts) == 1:
        return parts[0]
    origins = dict.fromkeys(column.origin for column in source.columns if column.origin != FILE_NAME)
    wanted = [quoted(name) for name in [*origins, *RESERVED]]
    selects: list[exp.Expr] = [select(*wanted).from_(f"part_{number}") for number in range(len(parts))]
    union = reduce(lambda left, right: exp.union(left, right, distinct=False), selects)
    tables = {f"part_{number}": part for number, part in enumerate(parts)}
    together = engine.run(build(f"records/together {source.table}", union), tables=tables)
    for part in parts:
        engine.drop(part)
    return together


def _known_people(engine: DuckDBEngine, staged: Table, key: bytes) -> Table:
    """Return every person once: ``identifier``, ``pseudonym``, and ``born``, the month of birth."""
    return engine.run(
        Step.load("lvrn_eval.records", "known_people.sql"),
        tables={"staged": staged},
        expressions={"pseudonym": pseudonym(quoted("person_id"), "person_id")},
        secrets=pads(key),
    )


def _others(engine: DuckDBEngine, source: TableSource, raw: Table, column: str, key: bytes) -> Table:
    """Return every identifier of a column once, with its pseudonym."""
    from sqlglot import select

    listed = engine.run(identifiers_in(source, column), tables={"raw": raw})
    hashed = select(quoted("identifier"), pseudonym(quoted("identifier"), column).as_("pseudonym")).from_("listed")
    made = engine.run(build(f"records/pseudonyms of {column}", hashed), tables={"listed": listed}, secrets=pads(key))
    engine.drop(listed)
    return made


def _finish(engine: DuckDBEngine, spec: CanonicalTable, staged: Table | None, people: Table | None) -> Table:
    """Return the canonical table: what the checks needed is taken out, and people get their pseudonyms."""
    from sqlglot import select

    if staged is None:
        empty = [_null(column.name, column.kind) for column in spec.columns] + [_null(name, "text") for name in LINEAGE]
        return engine.run(build(f"records/empty {spec.name}", select(*empty).where("false")))
    plain = engine.without(staged, [column for column in staged.columns if ":" in column])
    if spec.name != "people" or people is None:
        return plain
    columns = [
        quoted("pseudonym", "known").as_(name, quoted=True) if name == "person_id" else quoted(name, "plain")
        for name in plain.columns
    ]
    joined = select(*columns).from_("plain").join("known", on="known.identifier = plain.person_id")
    made = engine.run(build("records/people", joined), tables={"plain": plain, "known": people})
    for table in (plain, people):
        engine.drop(table)
    return made


def _null(name: str, kind: Kind) -> exp.Expr:
    from sqlglot import exp

    types = {"date": "date", "month": "date", "integer": "bigint", "boolean": "boolean", "key": "bigint"}
    return exp.alias_(exp.cast(exp.null(), types.get(kind, "varchar")), name, quoted=True)


def _tell(progress: Progress | None, line: str) -> None:
    if progress is not None:
        progress(line)
