"""The data-quality report in a terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lvrn_eval.records.quality_pages import plain

if TYPE_CHECKING:
    from rich.console import Console

    from lvrn_eval.records.quality import QualityReport
    from lvrn_eval.records.quality_rules import QualityFault


def print_report(report: QualityReport, console: Console | None = None) -> None:
    """Print the files, what became of their rows, and every fault."""
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    console = console or Console(highlight=False)
    for file in report.files:
        _line(console, f"{file.rows:>12,} rows of {file.table}  {file.file} ({file.encoding})")
        for found in file.found:
            _line(console, f"{'':>14}{found}")
    table = Table(title="What became of the rows", title_justify="left")
    for name in ("table", "column"):
        table.add_column(name, overflow="fold")
    for name in ("read", "kept", "missing", "refused"):
        table.add_column(name, justify="right", no_wrap=True)
    for column in report.columns:
        counts = [f"{count:,}" for count in (column.rows, column.kept, column.missing, column.refused)]
        table.add_row(*(Text(plain(cell)) for cell in (column.table, column.column or "(rows)", *counts)))
    console.print(table)
    for faults, heading, style in ((report.errors, "Errors", "red"), (report.warnings, "Warnings", "yellow")):
        if faults:
            console.print(Text(f"{heading}: {len(faults):,}", style=style))
            _told(console, faults)
    for note in report.notes:
        _line(console, f"Note: {note}.")
    _line(console, report.summary)


def _told(console: Console, faults: tuple[QualityFault, ...]) -> None:
    for fault in faults:
        _line(console, f"  {fault.where}: {fault.what}")
        if fault.fix:
            _line(console, f"      → {fault.fix}")


def _line(console: Console, text: str) -> None:
    """Print a line as it is: no markup is read in it, and it is not cut, so that a file's name can be copied."""
    from rich.text import Text

    console.print(Text(plain(text)), soft_wrap=True)
