"""Stream a synthetic population of any size to Parquet files, block by block."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import ExitStack
from pathlib import Path
from types import MappingProxyType
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from lvrn_eval.records.synthetic.assumptions import Assumptions
from lvrn_eval.records.synthetic.population import BLOCK, DEFAULT_SEED, blocks
from lvrn_eval.records.tables import TABLES, Column

Progress = Callable[[str], None]
"""Called with a line after every block of people."""

NOT_MADE = frozenset({"put_forward", "onward_referral"})
"""Columns that a synthetic population lacks: what a trust or a navigator would write."""

COLUMNS: Mapping[str, tuple[Column, ...]] = MappingProxyType(
    {
        name: tuple(column for column in TABLES[name].columns if column.name not in NOT_MADE)
        for name in ("people", "referrals", "contacts", "events", "custody")
    }
)
"""The tables that a synthetic population has, and the canonical columns of each."""

_RENAMED = {"birth_month": "birth_date"}
"""The one column whose name here is not the canonical one: the reader keeps the month."""


def synthesise(
    directory: str | Path,
    *,
    people: int,
    seed: int = DEFAULT_SEED,
    progress: Progress | None = None,
    assumptions: Assumptions | None = None,
) -> dict[str, Path]:
    """Write a synthetic population as ``people.parquet``, ``referrals.parquet`` and so on.

    Memory does not grow with the number of people, and the files have the same bytes on every run (with the same
    versions of NumPy and PyArrow). A row group holds one block of people.

    Parameters
    ----------
    directory
        Where to write; made when it does not exist. Files of these names are replaced.
    people
        How many people. A million have about ten million events.
    seed
        Which of all possible populations.
    progress
        Called with a line, such as ``40,000 of 1,000,000 people``, after every block.
    assumptions
        The model's parameters; the default ones where not given.

    Returns
    -------
    dict
        The file of each table, by the table's name.

    Raises
    ------
    RecordsError
        When ``people`` is not at least one.
    """
    made = blocks(people, seed=seed, assumptions=assumptions)
    folder = Path(directory)
    folder.mkdir(parents=True, exist_ok=True)
    files: dict[str, Path] = {}
    with ExitStack() as stack:
        writers: dict[str, Any] = {}
        for number, block in enumerate(made, start=1):
            for name, table in block.items():
                if name not in writers:
                    files[name] = folder / f"{name}.parquet"
                    writers[name] = stack.enter_context(_writer(files[name], table.schema))
                writers[name].write_table(table, row_group_size=max(table.num_rows, 1))
            if progress is not None:
                progress(f"{min(number * BLOCK, people):,} of {people:,} people")
    return files


def _writer(file: Path, schema: Any) -> Any:
    """Open a file; ids that never repeat are not worth a dictionary, and readers need no Arrow schema."""
    repeating = [field.name for field in schema if pa.types.is_dictionary(field.type)]
    return pq.ParquetWriter(file, schema, use_dictionary=repeating, compression="zstd", store_schema=False)


def parquet_sources(directory: str = "", *, assumptions: Assumptions | None = None) -> str:
    """Return the text of a ``sources.yaml`` for the files of `synthesise`.

    Parameters
    ----------
    directory
        The folder of the Parquet files as seen from the ``sources.yaml``; empty when they lie beside it.
    assumptions
        The ones the files were made with.
    """
    chosen = assumptions or Assumptions()
    folder = f"{directory.rstrip('/')}/" if directory else ""
    lines = [
        "# Made-up people (lvrn_eval.records.synthetic), in files that have the canonical types and codes already.",
        "version: 1",
        "data: synthetic",
        f"extracted_on: {chosen.extract_on.isoformat()}",
        f"observed_from: {chosen.observed_from.isoformat()}",
        "pseudonym_key: LVRN_PSEUDONYM_KEY",
        "sites:",
        *(f"  {trust.slug}: {trust.title}" for trust in chosen.trusts),
        "programmes:",
        "  champions:",
    ]
    for name, columns in COLUMNS.items():
        lines += [f"    {name}:", f"      files: {folder}{name}.parquet", "      columns:"]
        # `on` is quoted, as older readers of YAML take it for a truth value
        lines += [f'        "{column.name}": "{_RENAMED.get(column.name, column.name)}"' for column in columns]
    return "\n".join(lines) + "\n"
