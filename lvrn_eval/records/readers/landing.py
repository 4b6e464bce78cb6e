"""Where the cells of a file land in the engine, chunk by chunk, each row with its file and number."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from lvrn_eval.records.readers.shapes import name, same

if TYPE_CHECKING:
    import pyarrow as pa

    from lvrn_eval.engine import Table
    from lvrn_eval.records.readers.options import Job


class Landing:
    """A table of the engine that grows by chunks of columns.

    Parameters
    ----------
    job
        The file.
    selected
        For each column of the table, the SQL that makes it of a chunk's columns.
    """

    def __init__(self, job: Job, selected: Sequence[str]) -> None:
        self.job = job
        self.made = job.engine.fresh_name(f"raw_{job.stem}")
        self.columns = ", ".join(selected)
        self.chunks = 0

    def add(self, chunk: pa.Table | pa.RecordBatch, counted: Sequence[str] = ()) -> list[int]:
        """Take in a chunk, which has a column ``source_row``; return the counts of it that were asked for."""
        connection, source = self.job.engine.connection, f"incoming_{self.made}"
        verb = f"insert into {self.made}" if self.chunks else f"create temp table {self.made} as"
        connection.register(source, chunk)
        try:
            self.job.engine.query(
                f"{verb} select {self.columns}{',' * bool(self.columns)} {same(self.job.shown)} as source_file, "  # noqa: S608
                f"{same(self.job.stem)} as source_stem, source_row from {source}"
            )
            self.chunks += 1
            return self._counts(source, counted) if counted else []
        finally:
            connection.unregister(source)

    def _counts(self, source: str, counted: Sequence[str]) -> list[int]:
        wanted = ", ".join(f"count(*) filter (where {condition})" for condition in counted)
        return [int(count) for count in self.job.engine.query(f"select {wanted} from {source}")[0]]  # noqa: S608

    @property
    def table(self) -> Table:
        """The table."""
        return self.job.engine.table(self.made)


def as_is(columns: Sequence[str]) -> list[str]:
    """Return the SQL of columns taken as they are."""
    return [name(column) for column in columns]
