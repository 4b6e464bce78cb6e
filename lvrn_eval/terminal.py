"""Showing tables in a terminal, and writing them for a spreadsheet."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lvrn_eval.errors import LvrnError

if TYPE_CHECKING:
    import pandas as pd
    from rich.text import Text

FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")  # noqa: RUF001 - their wide forms run too
"""What a cell of text may not begin with, or a spreadsheet would run it."""

MARKS: Mapping[str, str] = {"measured": "#", "counted only": "+", "claimed": "?", "nothing": ""}
"""How the grid of coverage shows what a programme says of an outcome; nothing is a blank."""

WORDED: Mapping[str, str] = {
    "exact": "", "over": "over ", "almost": "almost ", "around": "around ", "never_more_than": "at most ",
    "rounded_to_thousand": "rounded ",
}  # fmt: skip
"""How a published figure is worded before its number."""


def show_frame(frame: pd.DataFrame, title: str) -> None:
    """Print a table, wrapped to the width of the terminal."""
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    numeric = {column: str(frame[column].dtype).lower().startswith(("int", "float")) for column in frame.columns}
    shown = Table(title=title, title_justify="left")
    for column in frame.columns:
        shown.add_column(str(column), justify="right" if numeric[column] else "left", overflow="fold")
    for row in frame.itertuples(index=False):
        # plain text: brackets in a cell are no markup
        shown.add_row(*(Text(_cell(value)) for value in row))
    Console().print(shown)


def show_coverage(table: pd.DataFrame, title: str) -> None:
    """Print programmes by outcomes, a sign in each cell, with the legend; fits 80 columns.

    Parameters
    ----------
    table
        The table of ``coverage``: ``programme``, ``number``, ``mark``.
    title
        What it shows.
    """
    from rich.console import Console
    from rich.table import Table

    shown = Table(title=title, title_justify="left", box=None, padding=(0, 1, 0, 0))
    shown.add_column("outcome", no_wrap=True)
    for number in dict.fromkeys(table["number"]):
        # the level above, the place in it below: three characters wide instead of four
        shown.add_column(number.replace(".", "\n."), no_wrap=True)
    for programme, rows in table.groupby("programme", sort=False):
        shown.add_row(str(programme), *(MARKS[mark] for mark in rows["mark"]))
    console = Console()
    console.print(shown)
    legend = "   ".join(f"{sign or 'blank'} {mark}" for mark, sign in MARKS.items())
    console.print(legend, highlight=False)


def show_figures(table: pd.DataFrame, title: str) -> None:
    """Print published figures beside computed ones, with what is open, and why not, below each; fits any width.

    Parameters
    ----------
    table
        The table of ``headlines``.
    title
        What it shows.
    """
    from rich.console import Console
    from rich.padding import Padding
    from rich.table import Table

    console = Console(highlight=False)
    console.print(title, style="italic")
    for programme, figures in table.groupby("programme", sort=False):
        grid = Table.grid(padding=(0, 2, 0, 0))
        grid.add_column(min_width=3)
        grid.add_column(overflow="fold")
        for figure in figures.itertuples(index=False):
            grid.add_row(_cell(figure.holds), _figure(figure))
        console.print(f"\n{programme}", style="bold")
        console.print(Padding(grid, (0, 0, 0, 2)))


def _figure(figure: Any) -> Text:
    """Return the lines of one figure: its numbers, what it is about, what is open."""
    from rich.text import Text

    numbers = f"published {WORDED[figure.qualifier]}{_number(figure.published)} ({figure.unit})"
    about = f"{figure.about}, page {figure.page}"
    if _cell(figure.computed) != "-":
        apart = f" ({_number(figure.difference, '+')})" if figure.difference else ""
        numbers += f", computed {_number(figure.computed)}{apart}"
        since = f"of {figure.period_start} to" if figure.period_start else "up to"
        about += f"; records {since} {figure.period_end}"
    lines = Text.assemble((figure.id, "bold"), f": {numbers}\n{about}")
    for label, text in (("not computed", figure.reason), ("open", figure.leaves_open)):
        if text:
            lines.append(f"\n{label}: {text}", style="dim")
    return lines


def _number(number: float, sign: str = "") -> str:
    """Return a number as people write it, with as many decimals as tell something, at most three."""
    return f"{number:{sign},.3f}".rstrip("0").rstrip(".")


def _cell(value: Any) -> str:
    import pandas as pd

    if pd.api.types.is_scalar(value) and pd.isna(value):
        return "-"
    if pd.api.types.is_bool(value):
        return "yes" if value else "no"
    return _number(value) if isinstance(value, float) else str(value)


def write_csv(frame: pd.DataFrame, path: Path) -> None:
    """Write a table as CSV with a byte order mark, so that spreadsheets read it; no cell of it can run.

    Raises
    ------
    LvrnError
        When the file cannot be written.
    """
    import pandas as pd

    texts = [
        name
        for name, kind in frame.dtypes.items()
        if not (pd.api.types.is_numeric_dtype(kind) or pd.api.types.is_datetime64_any_dtype(kind))
    ]
    safe = frame.assign(**{str(name): frame[name].astype(object).map(_harmless) for name in texts})
    try:
        safe.to_csv(path, index=False, encoding="utf-8-sig", lineterminator="\r\n")
    except OSError as error:
        raise LvrnError(f"{path} cannot be written: {(error.strerror or 'no such folder').lower()}") from None


def _harmless(value: object) -> object:
    return f"'{value}" if isinstance(value, str) and value.startswith(FORMULA) else value
