"""Every check of one programme's records: of single rows, of a site's volume, and of people with two ids."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from lvrn_eval.records.checks import check_table
from lvrn_eval.records.duplicates import same_person
from lvrn_eval.records.quality_rules import QualityFault
from lvrn_eval.records.quality_volume import gaps
from lvrn_eval.records.staged import by_table, tell

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lvrn_eval.records.gather import Progress
    from lvrn_eval.records.sources import Sources, TableSource
    from lvrn_eval.records.staged import Staged


@dataclass(frozen=True)
class Found:
    """What all checks of a programme found.

    Parameters
    ----------
    faults
        What is wrong with whole files first, then table by table.
    refused
        By table, what ``Checked.refused`` says of it.
    notes
        What could not be looked for, and why.
    """

    faults: tuple[QualityFault, ...]
    refused: Mapping[str, Mapping[str, tuple[int, int]]]
    notes: tuple[str, ...]


def check_all(staged: Staged, sources: Sources, programme: str, progress: Progress | None) -> Found:
    """Return everything that is wrong, or should be looked at, in a programme's records.

    Parameters
    ----------
    staged
        What was read.
    sources, programme
        The mapping, and which programme's.
    progress
        Called with a line for each table.
    """
    faults = list(staged.faults)
    refused: dict[str, Mapping[str, tuple[int, int]]] = {}
    for blocks in by_table(sources.programmes[programme]):
        name = blocks[0].table
        if name in staged.tables:
            tell(progress, f"checking {programme}.{name}")
            held = staged.tables[name]
            checked = check_table(staged.engine, held, sources.extracted_on)
            refused[name] = checked.refused
            faults += checked.faults
            if held.complete:
                faults += gaps(staged.engine, held, sources.sites[programme], sources.extracted_on)
        faults += _declared_missing(staged, blocks)
    alike, notes = same_person(staged)
    return Found((*faults, *alike), refused, notes)


def _declared_missing(staged: Staged, blocks: list[TableSource]) -> Iterator[QualityFault]:
    """Return the columns of which the file's maker declared values as missing; they are read as missing."""
    table = blocks[0].table
    held = staged.tables.get(table)
    for read in staged.lineage:
        if read.table != table:
            continue
        source = held.of_file(read.file) if held is not None else blocks[0]
        for origin, count in read.user_missing:
            for column in [mapped.name for mapped in source.columns if mapped.origin == origin]:
                values = f"{count:,} value{'s' if count > 1 else ''}"
                yield QualityFault(
                    "warning",
                    "user_missing",
                    table,
                    column,
                    read.file,
                    count,
                    (),
                    f"{source.place}.{column} ({read.file})",
                    f"{values} that the file declares as missing; read as missing",
                    f"if one of them means something, let it be a value of {origin} in the file",
                )
