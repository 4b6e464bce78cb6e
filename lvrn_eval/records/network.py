"""The records of several programmes together, for analyses that look across them."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import date

from lvrn_eval.engine import RanStep
from lvrn_eval.records.read import Records
from lvrn_eval.records.readers import FileRead
from lvrn_eval.records.sources import DataStatus


@dataclass(frozen=True, eq=False)
class NetworkRecords(Mapping[str, Records]):
    """Records by programme, read from the same sources.

    Parameters
    ----------
    programmes
        The records of each, at least one.
    """

    programmes: Mapping[str, Records]

    def __getitem__(self, programme: str) -> Records:
        return self.programmes[programme]

    def __iter__(self) -> Iterator[str]:
        return iter(self.programmes)

    def __len__(self) -> int:
        return len(self.programmes)

    def only(self, programmes: Collection[str]) -> Records | NetworkRecords:
        """Return the records of one programme, of several together, or of all where none is named."""
        if len(programmes) == 1:
            return self[next(iter(programmes))]
        return NetworkRecords({name: self[name] for name in programmes}) if programmes else self

    @property
    def data(self) -> DataStatus:
        """What the data is: the same of all, as the sources say it once."""
        return next(iter(self.programmes.values())).data

    @property
    def extracted_on(self) -> date:
        """The day of the latest extract."""
        return max(records.extracted_on for records in self.programmes.values())

    @property
    def lineage(self) -> tuple[FileRead, ...]:
        """Every file that was read, of every programme."""
        return tuple(file for records in self.programmes.values() for file in records.lineage)

    @property
    def dialect(self) -> str:
        """The engine that holds them."""
        return next(iter(self.programmes.values())).engine.dialect

    @property
    def ran(self) -> tuple[RanStep, ...]:
        """Every step that ran, of every programme."""
        return tuple(step for records in self.programmes.values() for step in records.engine.ran)
