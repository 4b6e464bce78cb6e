"""What is looked for in every table, how grave it is, and how it is told; never with a value of a row."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Literal, TypeAlias

from lvrn_eval.errors import Fault
from lvrn_eval.records.staging import ACCUSED, DATED, OLDEST, YOUNGEST

if TYPE_CHECKING:
    from lvrn_eval.records.sources import TableSource

Severity: TypeAlias = Literal["error", "warning"]
"""An error stops: nothing is computed from these records. A warning does not: a person should look at it."""

EARLIEST = "1900-01-01"
NUMBERS = {"integer": "a whole number", "number": "a number"}


@dataclass(frozen=True)
class QualityFault:
    """One thing that was found in a programme's records.

    Parameters
    ----------
    severity
        ``error`` or ``warning``.
    rule
        Which rule found it: a name of ``RULES``, or ``file`` for a file that cannot be read or does not fit.
    table, column, file
        Where it is; empty where it is about none in particular.
    rows
        For how many rows (of ``same_person``, pairs of rows) it holds; None when it is not about rows.
    first_rows
        The numbers of the first twenty of them, as a person sees them in the file.
    where, what, fix
        How it is told.
    """

    severity: Severity
    rule: str
    table: str
    column: str
    file: str
    rows: int | None
    first_rows: tuple[int, ...]
    where: str
    what: str
    fix: str

    @property
    def fault(self) -> Fault:
        """What is told of it."""
        return Fault(self.where, self.what, self.fix)


@dataclass(frozen=True)
class CheckRule:
    """A rule: what is wrong with the rows found, how to put it right, how grave it is, and what it is about."""

    what: Callable[[TableSource, str], str]
    fix: Callable[[TableSource, str], str]
    severity: Severity
    about: str


def _formats(source: TableSource) -> str:
    return " or ".join([*source.dates, "an ISO date"])


def _is_ruled(source: TableSource, column: str) -> bool:
    return any(origin.name == column and origin.rule is not None for origin in source.columns)


def _unreadable(source: TableSource, column: str) -> str:
    kind = source.canonical.by_name[column].kind
    if kind in DATED:
        read_as = "a day" if _is_ruled(source, column) else _formats(source)
        return f"with a date that cannot be read as {read_as}, or a day that does not exist"
    if kind in NUMBERS:
        return f"with something that is not {NUMBERS[kind]}"
    return "with a code that is not mapped"


def _how_to_read(source: TableSource, column: str) -> str:
    kind = source.canonical.by_name[column].kind
    if _is_ruled(source, column):
        return f"correct `rule:` of {source.place}.{column}, or the rows it reads"
    if kind in DATED:
        return f"correct the rows, or add the format to `dates:` of {source.place}"
    if kind in NUMBERS:
        return "correct the rows"
    return f"add the code to `codes:` of {source.place}.{column}, or correct the rows"


def _range(source: TableSource, column: str) -> str:
    spec = source.canonical.by_name[column]
    return f"{spec.minimum} to {spec.maximum}"


def _ages(source: TableSource, _column: str) -> str:
    youngest = f"under {YOUNGEST[source.table]}"
    accused = " and accused" if source.table in ACCUSED else ""
    return f"dated when the person was {youngest}{accused}, or over {OLDEST}"


def _copies(source: TableSource, _column: str) -> str:
    key = source.canonical.key
    return "delete the copies, if they are copies" + (f"; a mapped {key} would tell the rows apart" if key else "")


RULES: Mapping[str, CheckRule] = MappingProxyType(
    {
        "missing": CheckRule(
            lambda _source, _column: "without a value, which is required",
            lambda source, column: f"fill them in, or map {source.place}.{column} from another column",
            "error",
            "A required column has no value.",
        ),
        "unreadable": CheckRule(
            _unreadable,
            _how_to_read,
            "error",
            "A cell is not a day, a number or a mapped code, whichever its column holds.",
        ),
        "ambiguous": CheckRule(
            lambda _source, _column: "with a date that can be read as two days, or only with day and month exchanged",
            lambda source, _: f"the file mixes date orders: export it again with one, and name it in {source.place}",
            "error",
            "A date can be read as two days, or only with day and month exchanged.",
        ),
        "impossible": CheckRule(
            lambda _source, _column: f"with a date after the extract or before {EARLIEST[:4]}",
            lambda _source, _column: "correct the rows, or `extracted_on:` when the extract is newer than it says",
            "error",
            f"A date lies after `extracted_on`, or before {EARLIEST[:4]}.",
        ),
        "range": CheckRule(
            lambda source, column: f"with a value outside {_range(source, column)}",
            lambda _source, _column: "correct the rows",
            "error",
            "A number lies outside the range that the canonical table gives.",
        ),
        "duplicate": CheckRule(
            lambda _source, _column: "with an id that another row has too",
            lambda _source, _column: "keep one row for each id; two files may hold the same rows",
            "error",
            "Two rows have one id.",
        ),
        "orphan": CheckRule(
            lambda source, _column: f"for a person who is not in {source.programme}.people",
            lambda source, _: f"add the people to {source.programme}.people, or export both on the same day",
            "error",
            "A row is for a person whom the programme's people do not list.",
        ),
        "before_birth": CheckRule(
            lambda _source, _column: "dated before the person was born",
            lambda _source, _column: "correct this date, or the date of birth",
            "error",
            "A row is dated before the month of the person's birth.",
        ),
        "order": CheckRule(
            lambda _source, _column: "with an end before the start",
            lambda _source, _column: "correct one of the two dates",
            "error",
            "A spell or a patrol ends before it starts.",
        ),
        "part": CheckRule(
            lambda _source, _column: "with more people who completed than who attended",
            lambda _source, _column: "correct one of the two numbers",
            "error",
            "More people completed a session than attended it.",
        ),
        "implausible_age": CheckRule(
            _ages,
            lambda _source, _column: "check the date of birth, and this date",
            "warning",
            "A row is dated at an age that is hardly right.",
        ),
        "over_population": CheckRule(
            lambda _source, _column: "with a count that is greater than the population it is among",
            lambda _source, _column: "correct one of the two; a rate, a rank or a score has no `population:`",
            "warning",
            "A count is greater than the population beside it.",
        ),
        "duplicate_rows": CheckRule(
            lambda _source, _column: "that say the same as another row in every mapped column",
            _copies,
            "warning",
            "Rows without a number of their own are the same in every mapped column.",
        ),
    },
)
"""The rules that look at rows, in the order they are told."""
