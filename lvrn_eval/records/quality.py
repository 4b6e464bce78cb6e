"""The data-quality report: what was read, what is missing, what is refused and by which rule, table by table."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from lvrn_eval.engine import build, quoted
from lvrn_eval.records.gather import Progress
from lvrn_eval.records.quality_checks import Found, check_all
from lvrn_eval.records.quality_rules import QualityFault
from lvrn_eval.records.read import refused, stage_programme
from lvrn_eval.records.readers import FileRead
from lvrn_eval.records.sources import DataStatus, Sources, TableSource
from lvrn_eval.records.staged import Staged, by_table, tell

if TYPE_CHECKING:
    import pandas as pd
    from rich.console import Console
    from sqlglot import exp


@dataclass(frozen=True)
class ColumnQuality:
    """How many values of one column were read, and what became of them.

    Parameters
    ----------
    table, column
        Which column; under the empty name, the rows of the table.
    rows
        How many rows were read.
    missing
        How many have no value there, and may have none.
    refused
        How many an error refuses, those of files that do not fit among them.
    """

    table: str
    column: str
    rows: int
    missing: int
    refused: int

    @property
    def kept(self) -> int:
        """How many have a value that can be used: every row is kept, missing or refused."""
        return self.rows - self.missing - self.refused


@dataclass(frozen=True)
class QualityReport:
    """What is in a programme's records, and what is wrong with them; it holds no value of any row.

    Parameters
    ----------
    programme, data, extracted_on
        Whose records, what they are, and the day of the extracts.
    files
        Every file that was read, with its digest, its rows and how it was read.
    columns
        For each table its rows, then each of its mapped columns.
    faults
        Every error and warning.
    notes
        What could not be looked for, and why.
    """

    programme: str
    data: DataStatus
    extracted_on: date
    files: tuple[FileRead, ...]
    columns: tuple[ColumnQuality, ...]
    faults: tuple[QualityFault, ...]
    notes: tuple[str, ...] = ()

    @property
    def errors(self) -> tuple[QualityFault, ...]:
        """What stops: nothing is computed from these records."""
        return tuple(fault for fault in self.faults if fault.severity == "error")

    @property
    def warnings(self) -> tuple[QualityFault, ...]:
        """What a person should look at, and what stops nothing."""
        return tuple(fault for fault in self.faults if fault.severity == "warning")

    @cached_property
    def table(self) -> pd.DataFrame:
        """One row per table and column: ``table``, ``column`` (empty: its rows), ``rows``, and what became of them.

        ``kept``, ``missing`` and ``refused`` add up to ``rows``.
        """
        import pandas as pd

        names = ["table", "column", "rows", "kept", "missing", "refused"]
        return pd.DataFrame(
            [[getattr(column, name) for name in names] for column in self.columns], columns=names
        ).astype(dict.fromkeys(names[2:], "int64"))

    @cached_property
    def fault_table(self) -> pd.DataFrame:
        """One row per error and warning, with the columns of ``QualityFault``; ``first_rows`` as a text."""
        import pandas as pd

        names = ["severity", "rule", "table", "column", "file", "rows", "first_rows", "where", "what", "fix"]
        frame = pd.DataFrame([[getattr(fault, name) for name in names] for fault in self.faults], columns=names)
        frame["first_rows"] = [", ".join(str(row) for row in fault.first_rows) for fault in self.faults]
        return frame.astype({"rows": "Int64"})

    @property
    def summary(self) -> str:
        """One sentence: how many errors and warnings."""
        if not self.faults:
            return "No faults: every row fits the canonical tables."
        errors, warnings = (_count(len(found), kind) for found, kind in self._by_severity)
        if self.errors:
            return f"{errors}, {warnings}: these records cannot be used."
        return f"No errors, {warnings}: these records can be used; look at what the warnings name."

    @property
    def _by_severity(self) -> tuple[tuple[tuple[QualityFault, ...], str], ...]:
        return (self.errors, "error"), (self.warnings, "warning")

    def raise_errors(self, *, told: bool = False) -> None:
        """Refuse the records if anything is an error; warnings stop nothing.

        Parameters
        ----------
        told
            Whether the faults were shown already: then only their number is told.

        Raises
        ------
        RecordsError
        """
        if self.errors:
            error = refused(self.programme, list(self.errors))
            raise type(error)(error.summary) if told else error

    def to_csv(self, path: Path | str) -> Path:
        """Write everything as one long table, a line per table, column and rule; see the data-quality page."""
        from lvrn_eval.records.quality_pages import write_csv

        return write_csv(self, Path(path))

    def to_html(self, path: Path | str) -> Path:
        """Write a page that stands alone: it runs no script and loads nothing."""
        from lvrn_eval.records.quality_pages import write_html

        return write_html(self, Path(path))

    def to_terminal(self, console: Console | None = None) -> None:
        """Print it, to the standard output or a console of rich."""
        from lvrn_eval.records.quality_terminal import print_report

        print_report(self, console)


def quality_report(
    sources: Sources | Path | str,
    programme: str,
    *,
    key: bytes | None = None,
    progress: Progress | None = None,
) -> QualityReport:
    r"""Read and check one programme's records, and say everything that is wrong at once.

    Unlike ``read_records`` it does not stop where something is an error: files that cannot be read are told beside what
    is wrong with the rows of the others.

    Parameters
    ----------
    sources
        The sources, or the path of ``sources.yaml``.
    programme
        Which programme's.
    key
        The pseudonym key, at least 16 bytes; by default the environment variable that the sources name.
    progress
        Called with a line for each table as it is read and checked.

    Returns
    -------
    QualityReport

    Raises
    ------
    RecordsError
        When the sources cannot be read, do not name the programme, or there is no key; never for what is wrong with the
        records.

    Notes
    -----
    *Validated against*: an independent count of the rows in Python (the ``csv`` module of 3.11), for made-up files with
    faults at random places; see ``tests/invariants/test_invariants_quality.py``.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> from lvrn_eval.records.quality import quality_report
    >>> folder = Path(tempfile.mkdtemp())
    >>> _ = (folder / "meetings.csv").write_text("Day,People\n2023-05-02,14\n2023-06-31,9\n")
    >>> _ = (folder / "sources.yaml").write_text('''
    ... version: 1
    ... data: synthetic
    ... extracted_on: 2024-03-31
    ... observed_from: 2018-04-01
    ... pseudonym_key: KEY
    ... sites: {north: North End}
    ... programmes:
    ...   network:
    ...     outputs:
    ...       files: meetings.csv
    ...       columns: {"on": Day, measure: {value: people}, value: People, unit: {value: people}}
    ... ''')
    >>> report = quality_report(folder / "sources.yaml", "network", key=b"no secret, nobody is in it")
    >>> report.table.query("column == 'on'").to_dict("records")
    [{'table': 'outputs', 'column': 'on', 'rows': 2, 'kept': 1, 'missing': 0, 'refused': 1}]
    >>> report.faults[0].where, report.faults[0].first_rows
    ('network.outputs.on (meetings.csv)', (3,))
    """
    sources, staged = stage_programme(sources, programme, key=key, progress=progress)
    found = check_all(staged, sources, programme, progress)
    columns = []
    for blocks in by_table(sources.programmes[programme]):
        tell(progress, f"counting {programme}.{blocks[0].table}")
        columns += _columns(staged, found, blocks)
    return QualityReport(
        programme,
        sources.data,
        sources.extracted_on,
        staged.lineage,
        tuple(columns),
        found.faults,
        found.notes,
    )


def _columns(staged: Staged, found: Found, blocks: list[TableSource]) -> list[ColumnQuality]:
    """Return the rows of a table and its mapped columns, in the order of the canonical table."""
    name = blocks[0].table
    mapped = {column.name for block in blocks for column in block.columns}
    names = [column for column in blocks[0].canonical.by_name if column in mapped]
    not_looked_at = sum(read.rows for read in staged.refused.get(name, ()))
    rows, without = _filled(staged, name, names)
    by_rule = found.refused.get(name, {})
    counted = []
    for column in ["", *names]:
        refused_rows, blank = by_rule.get(column, (0, 0))
        counted.append(
            ColumnQuality(
                name,
                column,
                rows + not_looked_at,
                without.get(column, 0) - blank,
                refused_rows + not_looked_at,
            )
        )
    return counted


def _filled(staged: Staged, name: str, columns: list[str]) -> tuple[int, Mapping[str, int]]:
    """Return the number of rows of a staged table, and of each column how many have no value."""
    from sqlglot import exp, select

    if name not in staged.tables:
        return 0, {}
    table = staged.tables[name].table
    counts: list[exp.Expr] = [exp.alias_(exp.Count(this=exp.Star()), "rows", quoted=True)]
    for column in columns:
        held = f"hash:{column}" if f"hash:{column}" in table.columns else column
        counts.append(exp.alias_(exp.Count(this=quoted(held)), f"of {column}", quoted=True))
    made = staged.engine.run(build(f"records/filled {name}", select(*counts).from_("staged")), tables={"staged": table})
    (row,) = staged.engine.fetch(made).to_pylist()
    staged.engine.drop(made)
    return int(row["rows"]), {column: int(row["rows"]) - int(row[f"of {column}"]) for column in columns}


def _count(number: int, kind: str) -> str:
    return f"{number:,} {kind}{'' if number == 1 else 's'}"
