"""The data-quality report as a CSV and as a page that stands alone."""

from __future__ import annotations

import csv
import html
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from lvrn_eval.records.quality import QualityReport
    from lvrn_eval.records.quality_rules import QualityFault

CSV_COLUMNS = ("table", "column", "rule", "severity", "file", "rows", "first_rows", "where", "what", "fix")
FORMULAS = ("=", "+", "-", "@")
"""How a cell begins that a spreadsheet would compute."""

STYLE = """
body { font: 1rem/1.5 system-ui, sans-serif; color: #1a1a1a; background: #fff; margin: 2rem auto; max-width: 70rem;
  padding: 0 1rem; }
table { border-collapse: collapse; margin: 1rem 0 2rem; width: 100%; }
caption { text-align: left; font-weight: 600; padding: .5rem 0; }
th, td { border-bottom: 1px solid #767676; padding: .3rem .6rem; text-align: left; vertical-align: top; }
td.number, th.number { text-align: right; font-variant-numeric: tabular-nums; }
td { overflow-wrap: anywhere; }
.wide { overflow-x: auto; }
"""


def plain(text: object) -> str:
    """Return a text with what cannot be seen, or turns the direction of writing, made visible as a replacement."""
    return "".join(letter if letter.isprintable() else "\ufffd" for letter in str(text))


def write_csv(report: QualityReport, path: Path) -> Path:
    """Write the report as one long table."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(CSV_COLUMNS)
        writer.writerows([_cell(value) for value in line] for line in _lines(report))
    return path


def _lines(report: QualityReport) -> Iterator[Sequence[object]]:
    """Return the lines of the CSV: what became of the rows, then every fault, then the notes."""
    for column in report.columns:
        for what in ("rows", "kept", "missing", "refused"):
            rule = "read" if what == "rows" else what
            yield column.table, column.column, rule, "", "", getattr(column, what), "", "", "", ""
    for fault in report.faults:
        listed = " ".join(str(row) for row in fault.first_rows)
        rows = "" if fault.rows is None else fault.rows
        place = (fault.table, fault.column, fault.rule, fault.severity, fault.file, rows, listed)
        yield *place, fault.where, fault.what, fault.fix
    for note in report.notes:
        yield "", "", "note", "", "", "", "", "", note, ""


def _cell(value: object) -> object:
    if isinstance(value, int):
        return value
    text = plain(value)
    return f"'{text}" if text.startswith(FORMULAS) else text


def write_html(report: QualityReport, path: Path) -> Path:
    """Write the report as a page."""
    title = f"Data quality: {report.programme}"
    about = f"The data is {report.data}; the extracts are of {report.extracted_on}."
    parts = [
        '<!DOCTYPE html>\n<html lang="en-GB">\n<head>\n<meta charset="utf-8">',
        '<meta name="viewport" content="width=device-width, initial-scale=1">',
        f"<title>{_shown(title)}</title>\n<style>{STYLE}</style>\n</head>\n<body>\n<main>",
        f"<h1>{_shown(title)}</h1>",
        f"<p>{_shown(report.summary)} {about} This page names rows, never what stands in them.</p>",
        *_faults(report.errors, "Errors", "They stop: nothing is computed from these records until they are mended."),
        *_faults(report.warnings, "Warnings", "They stop nothing: a person should look at them."),
        *([f"<h2>Not looked for</h2>\n{_list(report.notes)}"] if report.notes else []),
        "<h2>What was read</h2>",
        _table(
            "Rows and values of each table; every one is kept, missing or refused",
            ("Table", "Column", "Read", "Kept", "Missing", "Refused"),
            [(c.table, c.column or "(rows)", c.rows, c.kept, c.missing, c.refused) for c in report.columns],
            heads=2,
        ),
        _table(
            "Files",
            ("File", "Table", "Rows", "How it was read", "SHA-256"),
            [
                (file.file, file.table, file.rows, "; ".join(file.found) or file.encoding, file.sha256)
                for file in report.files
            ],
        ),
        "</main>\n</body>\n</html>\n",
    ]
    path.write_text("\n".join(parts), encoding="utf-8", newline="\n")
    return path


def _faults(faults: Sequence[QualityFault], heading: str, meaning: str) -> list[str]:
    if not faults:
        return [f"<h2>{heading}</h2>\n<p>None.</p>"]
    rows = [(fault.where, fault.rule, fault.what, fault.fix) for fault in faults]
    columns = ("Where", "Rule", "What was found", "What to do")
    return [f"<h2>{heading}</h2>\n<p>{meaning}</p>", _table(f"{heading}: {len(faults):,}", columns, rows)]


def _table(caption: str, columns: Sequence[str], rows: Sequence[Sequence[object]], *, heads: int = 1) -> str:
    """Return a table; its first ``heads`` columns say what a row is about."""
    numbers = {place for place in range(len(columns)) if rows and all(isinstance(row[place], int) for row in rows)}
    marks = [' class="number"' if place in numbers else "" for place in range(len(columns))]
    head = "".join(f'<th scope="col"{mark}>{_shown(name)}</th>' for name, mark in zip(columns, marks, strict=True))
    body = []
    for row in rows:
        cells = [f"{value:,}" if isinstance(value, int) else _shown(value) for value in row]
        first = "".join(f'<th scope="row">{cell}</th>' for cell in cells[:heads])
        rest = "".join(f"<td{mark}>{cell}</td>" for cell, mark in zip(cells[heads:], marks[heads:], strict=True))
        body.append(f"<tr>{first}{rest}</tr>")
    # a region that scrolls can be reached by keyboard
    return (
        f'<div class="wide" role="region" aria-label="{_shown(caption)}" tabindex="0">\n'
        f"<table>\n<caption>{_shown(caption)}</caption>\n"
        f"<thead><tr>{head}</tr></thead>\n<tbody>\n{chr(10).join(body)}\n</tbody>\n</table>\n</div>"
    )


def _list(texts: Sequence[str]) -> str:
    return "<ul>\n" + "\n".join(f"<li>{_shown(text)}</li>" for text in texts) + "\n</ul>"


def _shown(text: object) -> str:
    return html.escape(plain(text))
