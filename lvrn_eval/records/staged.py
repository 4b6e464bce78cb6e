"""All tables of one programme, read and staged: what the checks look at, and the canonical tables are made of."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import reduce
from types import MappingProxyType
from typing import TYPE_CHECKING

from lvrn_eval.engine import DuckDBEngine, Step, Table, build, quoted
from lvrn_eval.errors import AnalysisError, Fault
from lvrn_eval.records.gather import Gathered, Progress, file_fault, gather, together
from lvrn_eval.records.pseudonyms import pads, pseudonym
from lvrn_eval.records.quality_rules import QualityFault
from lvrn_eval.records.readers import FileRead, RawFile
from lvrn_eval.records.sources import Sources, TableSource
from lvrn_eval.records.staging import identifiers_in, stage

if TYPE_CHECKING:
    from sqlglot import exp


@dataclass(frozen=True)
class StagedTable:
    """One table with typed values, and marks of what is wrong with them.

    Parameters
    ----------
    table
        Where it lives.
    source
        Its mapping; where it has several blocks, that of the first, without its number.
    complete
        Whether every file of it is in the table: else some could not be read, or do not fit.
    blocks
        For each file, the mapping it was read by; a file that two blocks read has none.
    """

    table: Table
    source: TableSource
    complete: bool
    blocks: Mapping[str, TableSource] = field(default_factory=dict)

    def of_file(self, file: str) -> TableSource:
        """Return the mapping of a file, for the wording."""
        return self.blocks.get(file, self.source)


@dataclass(frozen=True)
class Staged:
    """What was read of a programme.

    Parameters
    ----------
    engine
        Where the tables live.
    tables
        The staged tables by name: those of which at least one file can be read.
    people
        Every person once: identifier, pseudonym, month of birth; None where people are not read, or not wholly.
    lineage
        Every file that was read.
    refused
        Of these, by table, the ones whose rows were not looked at.
    faults
        What is wrong with whole files.
    """

    engine: DuckDBEngine
    tables: Mapping[str, StagedTable]
    people: Table | None
    lineage: tuple[FileRead, ...]
    refused: Mapping[str, tuple[FileRead, ...]]
    faults: tuple[QualityFault, ...]


def stage_all(engine: DuckDBEngine, sources: Sources, programme: str, key: bytes, progress: Progress | None) -> Staged:
    """Read and stage every table of a programme, people first."""
    tables: dict[str, StagedTable] = {}
    lineage: list[FileRead] = []
    refused: dict[str, tuple[FileRead, ...]] = {}
    faults: list[QualityFault] = []
    people: Table | None = None
    for blocks in by_table(sources.programmes[programme]):
        name = blocks[0].table
        made: list[Table] = []
        gathered: list[Gathered] = []
        before = 0
        for source in blocks:
            tell(progress, f"reading {source.place}")
            found = gather(engine, sources, source, progress)
            if found.fitting:
                try:
                    made.append(_stage(engine, source, found.fitting, people, key, before))
                except AnalysisError:
                    if not any(column.rule for column in source.columns):
                        raise
                    found = _not_computed(source, found)
            gathered.append(found)
            # a row number begins at 1 or 2, so one more a file keeps the numbers apart
            before += sum(file.read.rows + 1 for file in found.fitting)
        faults += [fault for found in gathered for fault in found.faults]
        lineage += [read for found in gathered for read in [*(file.read for file in found.fitting), *found.refused]]
        refused[name] = tuple(read for found in gathered for read in found.refused)
        if not made:
            continue
        complete = not any(found.faults for found in gathered)
        staged = _blocks_together(engine, name, made)
        tables[name] = StagedTable(staged, replace(blocks[0], block=None), complete, _by_file(blocks, gathered))
        if name == "people" and complete:
            people = _known_people(engine, staged, key)
    return Staged(engine, MappingProxyType(tables), people, tuple(lineage), MappingProxyType(refused), tuple(faults))


def by_table(sources: tuple[TableSource, ...]) -> list[list[TableSource]]:
    """Return the blocks of each table, people first, as the sources are."""
    tables = dict.fromkeys(source.table for source in sources)
    return [[source for source in sources if source.table == table] for table in tables]


def tell(progress: Progress | None, line: str) -> None:
    """Tell how far the reading is."""
    if progress is not None:
        progress(line)


def _not_computed(source: TableSource, found: Gathered) -> Gathered:
    """Return a block whose rules fail for some rows in a way that the engine cannot go on from."""
    rules = [column.name for column in source.columns if column.rule is not None]
    what = "a rule fails for some rows: its numbers or days grow too large"
    fix = f"correct `rule:` of {', '.join(rules)}"
    fault = file_fault(source, "", Fault(source.place, what, fix))
    return Gathered((), (*(file.read for file in found.fitting), *found.refused), (*found.faults, fault))


def _by_file(blocks: list[TableSource], gathered: list[Gathered]) -> Mapping[str, TableSource]:
    """Return the block of each file, of those that only one block reads."""
    read_by = [(file.read.file, block) for block, found in zip(blocks, gathered, strict=True) for file in found.fitting]
    names = [file for file, _ in read_by]
    return MappingProxyType({file: block for file, block in read_by if names.count(file) == 1})


def _blocks_together(engine: DuckDBEngine, table: str, blocks: list[Table]) -> Table:
    """Return the staged blocks of one table as one; a mark that a block does not need is false there."""
    from sqlglot import exp, select

    if len(blocks) == 1:
        return blocks[0]
    names = {name: kind for block in blocks for name, kind in block.columns.items()}

    def column(block: Table, name: str) -> exp.Expr:
        if name not in block.columns:
            missing = exp.false() if names[name] == "BOOLEAN" else exp.null()
            return exp.alias_(missing, name, quoted=True)
        # programme and file are kept once for each block, under lists of their own
        kept_once = block.columns[name].startswith("ENUM")
        return exp.alias_(exp.cast(quoted(name), "varchar"), name, quoted=True) if kept_once else quoted(name)

    selects: list[exp.Expr] = [
        select(*(column(block, name) for name in names)).from_(f"block_{number}") for number, block in enumerate(blocks)
    ]
    union = reduce(lambda left, right: exp.union(left, right, distinct=False), selects)
    tables = {f"block_{number}": block for number, block in enumerate(blocks)}
    united = engine.run(build(f"records/blocks of {table}", union), tables=tables)
    for block in blocks:
        engine.drop(block)
    return united


def _stage(
    engine: DuckDBEngine,
    source: TableSource,
    files: tuple[RawFile, ...],
    people: Table | None,
    key: bytes,
    before: int,
) -> Table:
    """Return the staged table, with pseudonyms; ``before`` says how many row numbers other blocks have taken."""
    raw = together(engine, source, [file.table for file in files])
    mapped = {column.name for column in source.columns}
    identifiers: dict[str, Table] = {}
    if source.table != "people":
        others = [c.name for c in source.canonical.columns if c.kind == "id" and c.name in mapped - {"person_id"}]
        identifiers = {name: _others(engine, source, raw, name, key) for name in others}
    if people is not None and "person_id" in mapped:
        identifiers["person_id"] = people
    rows = [file.read.rows + 1 for file in files]
    offsets = {file.read.file: before + sum(rows[:place]) for place, file in enumerate(files)}
    step = stage(source, raw.columns, identifiers, offsets)
    staged = engine.run(step, tables={"raw": raw, **identifiers})
    for name, table in {**identifiers, "raw": raw}.items():
        if name != "person_id":
            engine.drop(table)
    return staged


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
