"""All the files of one table, read as they are: those that fit, and what is wrong with the others."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial, reduce
from pathlib import Path
from typing import TYPE_CHECKING

from lvrn_eval.engine import DuckDBEngine, Table, build, quoted
from lvrn_eval.errors import Fault, RecordsError, suggestion
from lvrn_eval.records.quality_rules import QualityFault
from lvrn_eval.records.readers import RESERVED, FileRead, RawFile, read_database, read_file
from lvrn_eval.records.sources import Sources, TableSource

if TYPE_CHECKING:
    from sqlglot import exp

Progress = Callable[[str], None]

LONGEST_NAME = 60
"""Characters; what is longer is no column's name, but cells behind a quotation mark that was not closed."""


@dataclass(frozen=True)
class Gathered:
    """What was read of one table, or one block of it.

    Parameters
    ----------
    fitting
        The files that can be read and have the columns that are mapped.
    refused
        The files that can be read, but do not fit: none of their rows is looked at.
    faults
        Everything that is wrong with any file.
    """

    fitting: tuple[RawFile, ...]
    refused: tuple[FileRead, ...]
    faults: tuple[QualityFault, ...]


def gather(engine: DuckDBEngine, sources: Sources, source: TableSource, progress: Progress | None) -> Gathered:
    """Read every file of one table, or its database."""
    fitting: list[RawFile] = []
    refused: list[FileRead] = []
    paths, unmatched = _files(sources, source)
    faults = [file_fault(source, "", fault) for fault in unmatched]
    reads: list[tuple[str, Callable[[], RawFile]]] = []
    for path in paths:
        shown = _shown(path, sources.folder)
        reads.append((shown, partial(read_file, engine, path, shown, source, progress)))
    if source.reading.database is not None:
        reads.append(("", partial(read_database, engine, source, progress)))
    for shown, read in reads:
        try:
            file = read()
        except RecordsError as error:
            faults += [file_fault(source, shown, fault) for fault in error.faults]
            continue
        problems = [*file.faults, *_fit(file, source)]
        faults += [file_fault(source, file.read.file, fault) for fault in problems]
        if problems:
            engine.drop(file.table)
            refused.append(file.read)
        else:
            fitting.append(file)
    return Gathered(tuple(fitting), tuple(refused), tuple(faults))


def file_fault(source: TableSource, file: str, fault: Fault) -> QualityFault:
    """Return a fault of a whole file as one of the records."""
    return QualityFault("error", "file", source.table, "", file, None, (), fault.where, fault.what, fault.fix)


def _files(sources: Sources, source: TableSource) -> tuple[list[Path], list[Fault]]:
    """Return the files of a table, and a fault for every pattern that matches none."""
    found: list[Path] = []
    faults: list[Fault] = []
    for pattern in source.files:
        path = Path(pattern)
        try:
            matches = [path] if path.is_absolute() else sorted(sources.folder.glob(pattern))
            matches = [match for match in matches if match.is_file()]
        except (ValueError, NotImplementedError, OSError):
            # what no file can be called: an empty pattern, a zero byte
            matches = []
        if not matches:
            fix = f"globs are relative to {sources.path.name}"
            faults.append(Fault(source.place, f"no file matches {pattern!r}", fix))
        found += matches
    return list(dict.fromkeys(found)), faults


def _shown(path: Path, folder: Path) -> str:
    return path.relative_to(folder).as_posix() if path.is_relative_to(folder) else path.name


def _fit(raw: RawFile, source: TableSource) -> list[Fault]:
    """Return what is missing from a file's header, and what stands there that nobody mapped."""
    where = f"{source.place} ({raw.read.file})"
    listed = list(dict.fromkeys([*source.origins, *source.ignore]))
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


def together(engine: DuckDBEngine, source: TableSource, parts: list[Table]) -> Table:
    """Return the mapped columns of all files of a table as one, whatever their order in each file."""
    from sqlglot import exp, select

    if len(parts) == 1:
        return parts[0]
    wanted = [quoted(name) for name in [*source.origins, *RESERVED]]
    selects: list[exp.Expr] = [select(*wanted).from_(f"part_{number}") for number in range(len(parts))]
    union = reduce(lambda left, right: exp.union(left, right, distinct=False), selects)
    tables = {f"part_{number}": part for number, part in enumerate(parts)}
    together = engine.run(build(f"records/together {source.table}", union), tables=tables)
    for part in parts:
        engine.drop(part)
    return together
