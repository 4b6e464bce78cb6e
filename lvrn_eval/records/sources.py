"""Where a programme's records live and how their columns and codes map onto the canonical tables."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Literal

from lvrn_eval.records.tables import TABLES, CanonicalTable

DataStatus = Literal["personal", "synthetic", "reconstructed", "public"]
"""What the data is: about living people, made up, rebuilt from published counts, or a public data set."""


@dataclass(frozen=True)
class ColumnSource:
    """One canonical column: the file's column it comes from, and what its codes mean.

    ``codes`` maps the file's codes to ours; ``known`` are the codes taken as they are when ``codes`` is empty.
    """

    name: str
    origin: str
    codes: Mapping[str, str | bool]
    known: tuple[str, ...] = ()


@dataclass(frozen=True)
class TableSource:
    """One canonical table: its files, and how their columns map onto it."""

    programme: str
    table: str
    files: tuple[str, ...]
    columns: tuple[ColumnSource, ...]
    ignore: tuple[str, ...] = ()
    encoding: str = "utf-8"
    delimiter: str = ","
    sheet: str | None = None
    dates: tuple[str, ...] = ()
    missing: tuple[str, ...] = ("",)

    @property
    def canonical(self) -> CanonicalTable:
        """The canonical table it maps onto."""
        return TABLES[self.table]

    @property
    def place(self) -> str:
        """How messages name it: ``champions.contacts``."""
        return f"{self.programme}.{self.table}"


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
        Every site, by slug, with the name shown to readers.
    programmes
        The tables of each programme.
    """

    path: Path
    data: DataStatus
    extracted_on: date
    observed_from: date
    pseudonym_key: str
    sites: Mapping[str, str]
    programmes: Mapping[str, tuple[TableSource, ...]]

    @property
    def folder(self) -> Path:
        """The folder that globs are relative to."""
        return self.path.parent
