"""A release's tables as an accessible workbook: a cover, a list of contents, one table a sheet, nothing that runs.

gptables lays the sheets out by the guidance on spreadsheets of the Government Analysis Function: a title and a note of
what the signs mean above each table, one row of heads, no merged cells, everything from the first column on.
"""

from __future__ import annotations

import datetime as dt
import math
import re
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from lvrn_eval.release.frames import NOT_AVAILABLE, SUPPRESSED, tables_of
from lvrn_eval.report.cells import BANNERS
from lvrn_eval.report.numbers import SHORTHAND
from lvrn_eval.report.wording import clean, heading, plain_name

if TYPE_CHECKING:
    from lvrn_eval.release import Release
    from lvrn_eval.result import Result

LONGEST_SHEET_NAME = 31
"""What spreadsheet programs allow."""

LONGEST_CELL = 1_000
COVER_WIDTH = 120
TITLE_HEIGHT = 24
"""The height of a row of large letters, in points; not every program fits it by itself."""

NOTHING_RUNS = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
"""Text stays text, whatever it begins with."""

MADE_ON = dt.datetime(1980, 1, 1, tzinfo=dt.UTC)
"""Stands in the file's properties in the place of now, so that equal releases give equal bytes."""


def write_workbook(release: Release, path: Path) -> Path:
    """Write every table of a release into one workbook.

    Parameters
    ----------
    release
        What was protected and released.
    path
        The ``.xlsx`` to write; one that is there is replaced as a whole.

    Returns
    -------
    Path
        The workbook. Equal releases give equal bytes.
    """
    with warnings.catch_warnings():
        # gptables leaves its theme's file open on import, and warns where no table has notes
        warnings.simplefilter("ignore")
        made = _workbook(release, path.with_name(f".{path.stem}.unfinished.xlsx"))
    return made.replace(path)


def _workbook(release: Release, path: Path) -> Path:
    from gptables import Cover, GPTable
    from gptables.core.api import produce_workbook

    tables = dict(_tables(release))
    sheets = {
        sheet: GPTable(
            table=_cells(table),
            table_name=f"table_{number}",
            title=clean(table.title),
            scope=_scope(table),
            source=f"Release {str(release.manifest['digest'])[:16]} of {release.manifest['analysis']}",
            legend=_legend(table),
            instructions="This sheet holds one table. What the signs in it mean stands above it.",
            index_columns={},
            additional_formatting=_aligned(table),
        )
        for number, (sheet, table) in enumerate(zip(_sheet_names(tables), tables.values(), strict=True), start=1)
    }
    cover = Cover(
        title=f"{plain_name(release.manifest['analysis'])}: the tables behind the report",
        intro=_by_sentence(f"{BANNERS[release.data]} Every number here was through disclosure control."),
        about=_about(release),
        width=COVER_WIDTH,
    )
    book = produce_workbook(str(path), sheets, cover=cover, workbook_options=NOTHING_RUNS)
    for sheet in book.worksheets():
        sheet.set_row(0, TITLE_HEIGHT)
    book.set_properties({"title": cover.title, "created": MADE_ON, "comments": BANNERS[release.data]})
    book.close()
    return path


def _tables(release: Release) -> Iterator[tuple[str, Result]]:
    """Yield every table that has rows, with its name."""
    for result in release.results.values():
        yield from ((name, table) for name, table in tables_of(result) if len(table.table))


def _sheet_names(names: dict[str, Result]) -> list[str]:
    """Return a sheet name for each table: short, of plain letters, and each only once."""
    made: list[str] = []
    for name in names:
        plain = re.sub(r"[^A-Za-z0-9 ]+", " ", name).strip()
        short, again = plain[:LONGEST_SHEET_NAME].strip(), 2
        while short.casefold() in {one.casefold() for one in made}:
            ending = f" {again}"
            short, again = plain[: LONGEST_SHEET_NAME - len(ending)].strip() + ending, again + 1
        made.append(short)
    return made


def _cells(result: Result) -> pd.DataFrame:
    """Return the table with heads in words, hidden values as [c] and values that do not exist as [x]."""
    marks = result.suppressed if result.suppressed is not None else result.table.isna() & False
    heads = [heading(str(column)) for column in result.table.columns]
    columns = [
        [
            _cell(value, hidden=bool(mark))
            for value, mark in zip(result.table.iloc[:, at], marks.iloc[:, at], strict=True)
        ]
        for at in range(len(heads))
    ]
    return pd.DataFrame(dict(zip(_once(heads), columns, strict=True)), dtype=object)


def _once(heads: list[str]) -> list[str]:
    """Return heads of which no two are alike."""
    return [head if heads.index(head) == at else f"{head} ({at + 1})" for at, head in enumerate(heads)]


def _cell(value: Any, *, hidden: bool) -> Any:
    if hidden:
        return SUPPRESSED
    if pd.isna(value):
        return NOT_AVAILABLE
    value = value.item() if isinstance(value, np.generic) else value
    if isinstance(value, float) and math.isinf(value):
        return "∞" if value > 0 else "\u2212∞"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int | float):
        return value
    return clean(value, LONGEST_CELL)


def _aligned(result: Result) -> list[dict[str, Any]]:
    """Set the columns of numbers to the right, with the signs that stand in the place of some."""
    numeric = [at for at, kind in enumerate(result.table.dtypes) if pd.api.types.is_numeric_dtype(kind)]
    return [{"column": {"columns": numeric, "format": {"align": "right"}, "include_names": True}}] if numeric else []


def _legend(result: Result) -> list[str]:
    shown = set(_cells(result).astype(str).to_numpy().ravel())
    return [f"{sign} {meaning}" for sign, meaning in SHORTHAND.items() if sign in shown]


def _scope(result: Result) -> str:
    level = result.method.get("conf_level")
    return (
        f"Intervals are at the {100 * float(str(level)):g}% level." if level is not None else "See the report's method."
    )


def _about(release: Release) -> list[str]:
    policy = release.manifest["policy"]
    return [
        f"Disclosure policy {policy['name']}, version {policy['version']}: {policy['about']}.",
        "What each number means, how it was made and what it cannot tell stands in the report of the same release.",
    ]


def _by_sentence(text: str) -> list[str]:
    """Return a text a sentence to a row: no row of a workbook grows with what stands in it."""
    return [f"{sentence}." for sentence in text.rstrip(".").split(". ")]
