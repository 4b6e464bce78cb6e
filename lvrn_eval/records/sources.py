"""Where a programme's records live and how their columns and codes map onto the canonical tables."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Literal

from lvrn_eval.engine import Rule
from lvrn_eval.records.readers.options import FILE_NAME, Reading
from lvrn_eval.records.tables import TABLES, CanonicalTable

DataStatus = Literal["personal", "synthetic", "reconstructed", "public"]
"""What the data is: about living people, made up, rebuilt from published counts, or a public data set."""


@dataclass(frozen=True)
class ColumnSource:
    """One canonical column: where it comes from, and what its codes mean.

    It is read from a column of the file (``origin``), or has one ``value`` in every row, or follows by a ``rule`` from
    other columns of the table. ``codes`` maps the file's codes to ours; ``known`` are the codes taken as they are when
    ``codes`` is empty.
    """

    name: str
    origin: str
    codes: Mapping[str, str | bool]
    known: tuple[str, ...] = ()
    value: str | None = None
    rule: Rule | None = None

    @property
    def from_file(self) -> bool:
        """Whether the file must have a column for it."""
        return self.value is None and self.rule is None and self.origin != FILE_NAME


@dataclass(frozen=True)
class TableSource:
    """One canonical table, or one block of it: its files, and how their columns map onto it.

    Files that are not laid out alike are given as several blocks of one table, numbered from 1.
    """

    programme: str
    table: str
    files: tuple[str, ...]
    columns: tuple[ColumnSource, ...]
    ignore: tuple[str, ...] = ()
    reading: Reading = field(default_factory=Reading)
    dates: tuple[str, ...] = ()
    missing: tuple[str, ...] = ("",)
    block: int | None = None

    @property
    def origins(self) -> tuple[str, ...]:
        """The columns that every file must have."""
        return tuple(dict.fromkeys(column.origin for column in self.columns if column.from_file))

    @property
    def canonical(self) -> CanonicalTable:
        """The canonical table it maps onto."""
        return TABLES[self.table]

    @property
    def place(self) -> str:
        """How messages name it: ``champions.contacts``, with its number where a table has several blocks."""
        number = "" if self.block is None else f"[{self.block}]"
        return f"{self.programme}.{self.table}{number}"


@dataclass(frozen=True)
class Sources:
    """All that ``sources.yaml`` says.

    Parameters
    ----------
    path
        The file; globs are relative to its folder.
    data
        What the data is; every page made of it says so.
    extracted_on
        The day of the extracts: nothing may be dated later.
    observed_from
        The day from which recorded events are known.
    pseudonym_key
        The name of the environment variable that holds the key.
    sites
        Every site of each programme, by slug, with the name shown to readers.
    programmes
        The tables of each programme.
    """

    path: Path
    data: DataStatus
    extracted_on: date
    observed_from: date
    pseudonym_key: str
    sites: Mapping[str, Mapping[str, str]]
    programmes: Mapping[str, tuple[TableSource, ...]]

    @property
    def folder(self) -> Path:
        """The folder that globs are relative to."""
        return self.path.parent
