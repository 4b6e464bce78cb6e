"""Reading Parquet: a program wrote it, so its types are taken as they are."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from lvrn_eval.records.readers.header import checked_header
from lvrn_eval.records.readers.shapes import RESERVED, Cells, refused, same, text

if TYPE_CHECKING:
    from lvrn_eval.records.readers.options import Job


def read_parquet(job: Job) -> Cells:
    """Read a Parquet file where it lies; it has no header, so its first row is row 1.

    Raises
    ------
    RecordsError
    """
    import duckdb

    made = job.engine.fresh_name(f"raw_{job.stem}")
    # brackets and stars in a file's own name are no pattern
    exact = text(re.sub(r"([*?\[])", r"[\1]", str(job.path)))
    try:
        described = job.engine.query(f"describe select * from read_parquet({exact})")  # noqa: S608
        header = checked_header([str(row[0]) for row in described], job.shown, (*RESERVED, "file_row_number"))
        job.engine.query(
            f"create temp view {made} as select * exclude (file_row_number), {same(job.shown)} as source_file, "  # noqa: S608
            f"{same(job.stem)} as source_stem, file_row_number + 1 as source_row "
            f"from read_parquet({exact}, file_row_number = true)",
        )
    except duckdb.Error:
        what = "this is not a Parquet file that can be read"
        raise refused("unreadable file", job.shown, what, "export it again") from None
    return Cells(job.engine.table(made), tuple(header), "parquet")
