"""Days and times of SPSS, Stata and SAS, which all three keep as numbers counted from a day of their own.

SPSS counts seconds from 14 October 1582, SAS days or seconds from 1 January 1960, Stata days, months or milliseconds
from 1 January 1960. Formats that are not listed leave a number a number, which no date column accepts.
"""

from __future__ import annotations

import re

SPSS_DAYS = frozenset({"DATE", "ADATE", "EDATE", "JDATE", "SDATE", "QYR", "MOYR", "WKYR"})
SPSS_TIMES = frozenset({"DATETIME", "YMDHMS"})
SAS_DAYS = frozenset(
    {
        "DATE", "DDMMYY", "DDMMYYB", "DDMMYYC", "DDMMYYD", "DDMMYYN", "DDMMYYP", "DDMMYYS", "E8601DA",
        "B8601DA", "IS8601DA", "JULIAN", "MMDDYY", "MMDDYYB", "MMDDYYC", "MMDDYYD", "MMDDYYN", "MMDDYYP", "MMDDYYS",
        "MMYY", "MONYY", "NLDATE", "WEEKDATE", "WEEKDATX", "WORDDATE", "WORDDATX", "YYMM", "YYMMDD", "YYMMDDB",
        "YYMMDDC", "YYMMDDD", "YYMMDDN", "YYMMDDP", "YYMMDDS", "YYMON",
    }
)  # fmt: skip
SAS_TIMES = frozenset({"DATETIME", "DATEAMPM", "DTDATE", "E8601DT", "B8601DT", "IS8601DT", "MDYAMPM", "NLDATM"})
STATA = re.compile(r"%-?(?:t?(d)|t(c)|t(m))")

_SIXTY = "date '1960-01-01'"


def day_of(program: str, form: str, cell: str) -> str | None:
    """Return the SQL of the day or the moment that a number of a format stands for; None when it is another format.

    Parameters
    ----------
    program
        SPSS, Stata or SAS.
    form
        The format as the file has it, such as ``EDATE10``, ``%tdDD/NN/CCYY`` or ``DDMMYY10.``.
    cell
        The SQL of the number.
    """
    if program == "Stata":
        return _of_stata(form, cell)
    kind = re.sub(r"[0-9.]+$", "", form.upper())
    if program == "SPSS":
        moment = _moment("1582-10-14", cell, 1_000_000)
        return f"cast({moment} as date)" if kind in SPSS_DAYS else moment if kind in SPSS_TIMES else None
    if kind in SAS_TIMES:
        return _moment("1960-01-01", cell, 1_000_000)
    return _days(cell) if kind in SAS_DAYS else None


def _of_stata(form: str, cell: str) -> str | None:
    matched = STATA.match(form)
    if matched is None:
        return None
    day, moment, month = matched.groups()
    if day:
        return _days(cell)
    if moment:
        return _moment("1960-01-01", cell, 1_000)
    return f"cast({_SIXTY} + to_months(cast({cell} as integer)) as date)" if month else None


def _days(cell: str) -> str:
    return f"{_SIXTY} + cast(floor({cell}) as integer)"


def _moment(start: str, cell: str, microseconds: int) -> str:
    """Return a moment to the second: fractions are how some programs round, and no date format reads them."""
    ticks = f"cast(round({cell} * {microseconds}) as bigint)"
    return f"date_trunc('second', timestamp '{start} 00:00:00' + to_microseconds({ticks}))"
