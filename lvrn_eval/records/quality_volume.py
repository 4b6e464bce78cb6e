"""Sudden gaps in a site's monthly volume: months in which hardly anything is recorded where much usually is."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from statistics import median
from typing import TYPE_CHECKING

from lvrn_eval.engine import build, literal, quoted
from lvrn_eval.records.quality_rules import EARLIEST, QualityFault

if TYPE_CHECKING:
    from datetime import date

    from sqlglot import exp

    from lvrn_eval.engine import DuckDBEngine
    from lvrn_eval.records.staged import StagedTable

VOLUMES = {
    "referrals": ("site", "referred_on"),
    "contacts": ("site", "on"),
    "scores": ("site", "on"),
    "events": (None, "on"),
}
"""The tables whose monthly volume is looked at: of each site, or of the whole table, by which date."""

USUAL_MONTHS = 12
"""The usual volume is the median of at most so many months before, those in a gap left out."""
LEAST_MONTHS = 6
"""With fewer months before, nothing is usual yet."""
HARDLY_ANY = 0.25
"""A gap has less than this part of the usual volume, ..."""
UNLIKELY = 0.001
"""... and a volume so low is less likely than this, if rows come in at their usual rate by chance (Poisson)."""
CERTAIN = 30
"""From this usual volume on, less than a quarter of it is always that unlikely: P(X <= 7) at a mean of 30 is 2e-07."""


def gaps(
    engine: DuckDBEngine, staged: StagedTable, sites: Mapping[str, str], extracted_on: date
) -> Iterator[QualityFault]:
    """Return a warning for each site with sudden gaps, naming their months."""
    if staged.source.table not in VOLUMES:
        return
    site, day = VOLUMES[staged.source.table]
    if site is not None and site not in {column.name for column in staged.source.columns}:
        site = None
    volumes = _volumes(engine, staged, site, day, extracted_on)
    last = max((max(months) for months in volumes.values()), default=0)
    for slug in sorted(volumes):
        found = gap_months(_counts(volumes[slug], last))
        if found:
            first = min(volumes[slug])
            yield _told(staged, day, sites.get(slug), [first + place for place in found])


def gap_months(counts: Sequence[int]) -> list[int]:
    """Return the places of the months with a sudden gap.

    Parameters
    ----------
    counts
        The number of rows of each month, from the site's first to the one before the table's last: the month in which
        a table ends is not over.
    """
    usual: list[int] = []
    found = []
    # the first month may have begun before the site did
    for place, count in enumerate(counts[1:], start=1):
        if len(usual) >= LEAST_MONTHS and is_gap(count, median(usual[-USUAL_MONTHS:])):
            found.append(place)
        else:
            usual.append(count)
    return found


def is_gap(count: int, usual: float) -> bool:
    """Return whether a month's count is hardly any of the usual one, and hardly by chance."""
    if count >= HARDLY_ANY * usual:
        return False
    return usual >= CERTAIN or _at_most(count, usual) < UNLIKELY


def _at_most(count: int, mean: float) -> float:
    """Return the Poisson probability of at most ``count``."""
    return math.fsum(math.exp(number * math.log(mean) - mean - math.lgamma(number + 1)) for number in range(count + 1))


def _volumes(
    engine: DuckDBEngine, staged: StagedTable, site: str | None, day: str, extracted_on: date
) -> dict[str, dict[int, int]]:
    """Return the number of rows of each site and month; months are counted from the year 0."""
    from sqlglot import exp, parse_one

    statement = parse_one(
        """
        select site, extract(year from day) * 12 + extract(month from day) - 1 as month, sum(days.rows) as rows
        from (select $site as site, $day as day, count(*) as rows from staged where $day between $from and $to
              group by 1, 2) as days
        group by 1, 2
        """,
        read="duckdb",
    )
    filled: dict[str, exp.Expr] = {
        "site": exp.Coalesce(this=quoted(site), expressions=[literal("")]) if site else literal(""),
        "day": exp.cast(quoted(day), "date"),
        "from": exp.cast(exp.Literal.string(EARLIEST), "date"),
        "to": literal(extracted_on),
    }
    step = build(f"records/volume of {staged.source.table}", statement)
    counted = engine.run(step, tables={"staged": staged.table}, expressions=filled)
    volumes: dict[str, dict[int, int]] = {}
    for row in engine.fetch(counted).to_pylist():
        volumes.setdefault(row["site"], {})[int(row["month"])] = int(row["rows"])
    engine.drop(counted)
    return volumes


def _counts(months: Mapping[int, int], last: int) -> list[int]:
    return [months.get(month, 0) for month in range(min(months), last)]


def _told(staged: StagedTable, day: str, site: str | None, months: list[int]) -> QualityFault:
    source = staged.source
    at = f" at {site}" if site else ""
    return QualityFault(
        "warning",
        "gap",
        source.table,
        day,
        "",
        None,
        (),
        f"{source.place}.{day}",
        f"a sudden gap{at}: less than a quarter of the usual rows in {month_list(months)}",
        "ask whether everything of these months was exported; if little was done then, nothing needs mending",
    )


def month_list(months: Sequence[int]) -> str:
    """Return months in order as text, those that follow one another as ``2023-05 to 2023-08``."""
    runs: list[list[int]] = []
    for month in months:
        if runs and month == runs[-1][-1] + 1:
            runs[-1].append(month)
        else:
            runs.append([month])
    return ", ".join(_month(run[0]) + (f" to {_month(run[-1])}" if len(run) > 1 else "") for run in runs)


def _month(month: int) -> str:
    return f"{month // 12:04}-{month % 12 + 1:02}"
