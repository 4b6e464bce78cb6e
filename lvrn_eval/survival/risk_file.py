"""Risk tables as files that one place writes and another reads."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import os
from pathlib import Path
from typing import Any

import pandas as pd

from lvrn_eval.errors import AnalysisError
from lvrn_eval.result import Result
from lvrn_eval.survival.risk_table import COUNTS, PARTS, as_result, code_columns, reopen, stated_codes, tidy

FIRST_LINE = "# lvrn-eval risk table 1"
HEADER = (*PARTS, "causes", "zero_weights")
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "'")


def write_risk_table(result: Result, path: str | os.PathLike[str]) -> None:
    """Write a risk table as a CSV file that ``read_risk_table`` reads back as it was.

    Parameters
    ----------
    result
        The result of ``risk_table`` or ``pool``.
    path
        The file, replaced when it exists.

    Raises
    ------
    AnalysisError
        When the result is no risk table, or one that has been through disclosure control or was changed.

    Notes
    -----
    UTF-8. A few lines that start with ``#`` say how people were counted and give the SHA-256 digest of the rest; then
    comes the table. A label that a spreadsheet would run as a formula is written with an apostrophe in front. The
    file has not been through disclosure control: a count of 1 is one person.

    Examples
    --------
    >>> import pandas as pd, tempfile, pathlib
    >>> from lvrn_eval.survival import risk_table
    >>> result = risk_table(pd.DataFrame({"days": [3, 5], "event": [1, 0]}), time="days", event="event")
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     write_risk_table(result, pathlib.Path(folder) / "risk.csv")
    ...     again = read_risk_table(pathlib.Path(folder) / "risk.csv")
    >>> again.table.equals(result.table)
    True
    """
    as_counted = as_result(reopen("write_risk_table", result))
    said = [f"# {name}: {json.dumps(as_counted.method[name], ensure_ascii=False)}" for name in HEADER]
    rest = "\n".join([*said, _csv(as_counted.table)])
    Path(path).write_text("\n".join([FIRST_LINE, f"# sha256: {_digest(rest)}", rest]), "utf-8", newline="\n")


def _csv(table: pd.DataFrame) -> str:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(table.columns)
    groups = [f"'{label}" if label.startswith(FORMULA_STARTS) else label for label in table["group"]]
    # the shortest text that is read back as the same number
    numbers = [[repr(value) for value in table[column].tolist()] for column in table.columns[1:]]
    writer.writerows(zip(groups, *numbers, strict=True))
    return text.getvalue()


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def read_risk_table(path: str | os.PathLike[str]) -> Result:
    """Read a risk table that ``write_risk_table`` wrote.

    Parameters
    ----------
    path
        The file.

    Returns
    -------
    Result
        As ``risk_table`` returned it, ready for ``pool`` and every estimate.

    Raises
    ------
    AnalysisError
        When there is no such file, it is no risk table, or it was changed after it was written.

    Notes
    -----
    The digest shows a file that was damaged or edited, not one that somebody forged with care; that takes a channel
    you trust.
    """
    name = Path(path).name
    try:
        text = Path(path).read_bytes().decode("utf-8-sig").replace("\r\n", "\n")
    except FileNotFoundError:
        raise AnalysisError(f"read_risk_table: there is no file {name!r}") from None
    except UnicodeDecodeError:
        raise AnalysisError(f"read_risk_table: {name!r} is not UTF-8 text; use the file as it was written") from None
    lines = text.split("\n", 2)
    if lines[0].rstrip() != FIRST_LINE or len(lines) < len(("first", "digest", "rest")):
        raise AnalysisError(f"read_risk_table: {name!r} is no risk table; write one with write_risk_table")
    if lines[1].rstrip() != f"# sha256: {_digest(lines[2])}":
        raise AnalysisError(
            f"read_risk_table: {name!r} was changed after it was written, as spreadsheets do on saving; "
            "use the file as it was written",
        )
    try:
        return _result(lines[2])
    except (KeyError, TypeError, ValueError, AnalysisError):
        raise AnalysisError(f"read_risk_table: {name!r} has its digest but is no risk table; write it again") from None


def _result(text: str) -> Result:
    """Return the result that the text below the digest describes."""
    said = text.split("\n", len(HEADER))
    method: dict[str, Any] = {}
    for name, line in zip(HEADER, said, strict=False):
        key, _, value = line.removeprefix("# ").partition(": ")
        if key != name:
            raise ValueError(name)
        method[name] = json.loads(value)
    if method["causes"] is not None:
        stated_codes("read_risk_table", method["causes"])
    table = pd.read_csv(
        io.StringIO(said[-1]),
        dtype=dict.fromkeys((*COUNTS, *code_columns(method["causes"] or ())), "int64") | {"group": object},
        keep_default_na=False,
        float_precision="round_trip",
    )
    table["group"] = table["group"].str.removeprefix("'")
    bare = Result("risk_table", "", table.assign(time=tidy(table["time"].to_numpy(float))), method)
    return as_result(reopen("read_risk_table", bare))
