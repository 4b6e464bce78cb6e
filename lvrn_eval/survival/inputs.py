"""What an estimator is given: named columns of a frame or a table, refused as a whole or counted as a whole."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import numpy as np

from lvrn_eval.engine import Frame, Table, as_table
from lvrn_eval.errors import AnalysisError, Fault, suggestion
from lvrn_eval.result import Result
from lvrn_eval.survival.kernels.tally import Counts, Integers, assemble

if TYPE_CHECKING:
    import pandas as pd

ALL = "all"
"""What the one group is called when nobody is told apart."""


@dataclass(frozen=True)
class Columns:
    """Which column plays which part."""

    time: str
    event: str
    by: str | None = None
    entry: str | None = None
    weights: str | None = None
    strata: str | None = None

    def given(self) -> dict[str, str]:
        """Return the column of every part that has one."""
        return {part: column for part, column in vars(self).items() if column is not None}


@dataclass(frozen=True)
class Causes:
    """Which codes of ``event`` stand for which causes; 0 is censored.

    Parameters
    ----------
    codes
        The causes told apart, whole numbers from 1.
    others
        Whether other whole numbers are events too, counted together as a last cause.
    """

    codes: tuple[int, ...] = (1,)
    others: bool = False

    @property
    def n(self) -> int:
        """How many causes are counted apart."""
        return len(self.codes) + self.others

    def pick(self, code: Integers, counts: Integers) -> Integers:
        """Return counts by cause, shape ``(n_rows, n)``, from counts by code, shape ``(n_rows, n_codes)``."""
        picked = [counts[:, code == one].sum(axis=1) for one in self.codes]
        if self.others:
            picked.append(counts[:, (code > 0) & ~np.isin(code, self.codes)].sum(axis=1))
        return np.stack(picked, axis=1)


ONE = Causes()
"""One kind of event: 1, or true, where it was recorded."""


@dataclass(frozen=True)
class Observed:
    """The sufficient counts of the data, and what its columns were called.

    Parameters
    ----------
    counts
        Sorted by stratum, group and time; the code of a row's group is ``stratum * len(groups) + group``.
    groups, strata
        The labels, in order of their values.
    columns
        The columns the counts were made from.
    no_weight
        How many rows count for nobody, their weight being 0.
    causes
        What the columns of ``counts.causes`` are.
    """

    counts: Counts
    groups: tuple[str, ...]
    columns: Columns
    strata: tuple[str, ...] = (ALL,)
    no_weight: int = 0
    causes: Causes = ONE

    def each(self) -> Iterator[tuple[str, Counts]]:
        """Yield every group of the first stratum with its counts."""
        yield from zip(self.groups, self._by_group, strict=True)

    @cached_property
    def _by_group(self) -> list[Counts]:
        return [self.counts.of(code) for code in range(len(self.groups))]

    def without_strata(self) -> Observed:
        """Return the same people, strata taken together."""
        counts, n_groups = self.counts, len(self.groups)
        group = counts.group % n_groups
        whole = assemble(group, counts.time, counts.entered, counts.causes, counts.censored, n_groups)
        return replace(self, counts=whole, strata=(ALL,))

    def without_groups(self) -> Observed:
        """Return the same people as one group, nobody told apart."""
        counts = self.counts
        one = np.zeros(counts.time.size, np.int64)
        whole = assemble(one, counts.time, counts.entered, counts.causes, counts.censored, 1)
        return replace(self, counts=whole, groups=(ALL,), strata=(ALL,), columns=replace(self.columns, by=None))

    def method(self) -> dict[str, Any]:
        """Return the choices every analysis of times shares, for ``Result.method``."""
        named: dict[str, Any] = {part: column for part, column in vars(self.columns).items() if part != "strata"}
        return named | {
            "at_risk": "entry < time <= exit",
            "ties": "at one time events come first, then censorings, then entries",
            "missing": "refused",
        }


RULES: MappingProxyType[str, tuple[str, str, str]] = MappingProxyType(
    {
        "time_missing": ("time", "missing or not finite", "leave these rows out and say so, or find their end dates"),
        "time_negative": ("time", "negative", "time runs from each person's own start; check which date is the start"),
        "event_missing": ("event", "missing", "give 1 where the event was recorded and 0 where it was not"),
        "event_other": ("event", "neither 0 nor 1", "give 1 (or true) for the event and 0 (or false) for censored"),
        "event_code": (
            "event",
            "not 0, nor a code of causes=",
            "name every code that stands for an event, or give these rows 0 for censored",
        ),
        "event_part": (
            "event",
            "not a whole number from 0",
            "give 0 for censored and 1, 2, ... for what ended the observation",
        ),
        "by_missing": ("by", "missing", "give these people a group of their own, such as 'not recorded'"),
        "entry_missing": ("entry", "missing or not finite", "give 0 for people observed from the start"),
        "entry_negative": ("entry", "negative", "observation cannot begin before time 0; give 0 for these people"),
        "entry_late": ("entry", "not before the end of observation", "entry must be less than time in every row"),
        "weights_missing": ("weights", "missing or not finite", "give 0 for people who are to count for nothing"),
        "weights_negative": ("weights", "negative", "a weight says how many people a row stands for"),
        "weights_fraction": (
            "weights",
            "not a whole number",
            "a weight counts the people a row stands for; sampling or propensity weights need another variance",
        ),
        "strata_missing": ("strata", "missing", "give these people a stratum of their own, such as 'not recorded'"),
    },
)
"""Rule, to the part it is about, what is wrong and how to put it right."""


def event_rule(causes: Causes) -> str:
    """Return the rule a code of ``event`` must keep, by its name in ``RULES``."""
    if causes.others:
        return "event_part"
    return "event_other" if causes == ONE else "event_code"


def read(function: str, data: Table | Frame | Result, columns: Columns, causes: Causes = ONE) -> Observed:
    """Check the data and count it.

    Parameters
    ----------
    function
        Who asks, for messages.
    data
        A frame, a table of the project, or the result of ``risk_table``.
    columns
        Which column plays which part.
    causes
        Which codes stand for events.

    Raises
    ------
    AnalysisError
        When a column is unknown or holds what it may not; all faults at once.
    """
    import pandas as pd

    if isinstance(data, pd.DataFrame):
        from lvrn_eval.survival import frames

        refuse(function, unknown_columns(columns, [str(name) for name in data.columns]))
        return frames.observe(function, data, columns, causes)
    from lvrn_eval.survival import tables

    if columns.entry is None and getattr(data, "start_stop", False):
        raise AnalysisError(
            f"{function}: a person has several rows here, each from `entry` to `days`; without entry= every row would "
            'count as a person: give entry="entry"',
        )
    table = as_table(data, function)
    refuse(function, unknown_columns(columns, table.columns))
    return tables.observe(function, table, columns, causes)


def refuse(function: str, faults: Iterable[Fault]) -> None:
    """Raise the faults, if there are any."""
    if listed := list(faults):
        raise AnalysisError(f"{function}: the data cannot be used as it stands", listed)


def unknown_columns(columns: Columns, known: Iterable[str]) -> list[Fault]:
    """Return a fault for every named column that is not there, or is there twice."""
    names = list(known)
    missing = [
        Fault(f"{part}={column!r}", "the data has no such column", suggestion(column, dict.fromkeys(names)))
        for part, column in columns.given().items()
        if column not in names
    ]
    twice = [
        Fault(f"{part}={column!r}", f"{names.count(column)} columns have this name", "rename all but one")
        for part, column in columns.given().items()
        if names.count(column) > 1
    ]
    return missing + twice


def not_numbers(columns: Columns, part: str) -> Fault:
    """Return the fault of a column that should hold numbers and does not."""
    what = "numbers, or true and false" if part == "event" else "numbers"
    fix = "give whole days, or another unit, as numbers" if part in {"time", "entry"} else RULES[f"{part}_missing"][2]
    return Fault(f"{part}={columns.given()[part]!r}", f"this column does not hold {what}", fix)


def broken_rules(columns: Columns, wrong: Iterable[str], broken: Mapping[str, int], rows: int) -> list[Fault]:
    """Return a fault for every part of the wrong kind and every rule that any row breaks."""
    if rows == 0:
        return [Fault("data", "there are no rows", "check the steps that select people")]
    faults = [not_numbers(columns, part) for part in wrong]
    faults += [
        Fault(f"{part}={columns.given()[part]!r}", f"{what} in {broken[rule]} of {rows} rows", fix)
        for rule, (part, what, fix) in RULES.items()
        if broken.get(rule, 0)
    ]
    if not faults and broken.get("weights_zero", 0) == rows:
        return [Fault(f"weights={columns.weights!r}", f"0 in all {rows} rows", "give someone a weight above 0")]
    return faults


def choice(function: str, name: str, value: str, known: Iterable[str]) -> None:
    """Refuse a value that is not one of the known ones.

    Raises
    ------
    AnalysisError
        With the nearest known value.
    """
    names = list(known)
    if value not in names:
        raise AnalysisError(f"{function}: {name} {value!r} is not known; {suggestion(value, names)}")


def level(function: str, conf_level: float) -> None:
    """Refuse a confidence level that is not a share.

    Raises
    ------
    AnalysisError
    """
    if not 0 < conf_level < 1:
        raise AnalysisError(f"{function}: conf_level must lie between 0 and 1, such as 0.95, not {conf_level}")


def labels(values: pd.Index) -> tuple[str, ...]:
    """Return distinct values as a reader should see them.

    Raises
    ------
    AnalysisError
        When two values read the same.
    """
    texts = tuple(_label(value) for value in values)
    if len(set(texts)) < len(texts):
        raise AnalysisError(
            f"{len(texts) - len(set(texts))} groups read the same as another, such as the number 1 and the text '1'; "
            "make the column all text or all numbers",
        )
    return texts


def _label(value: Any) -> str:
    """Return the text of a value, alike for what pandas and an engine make of the same value."""
    import pandas as pd

    if isinstance(value, bool | np.bool_):
        return "true" if value else "false"
    if isinstance(value, float | np.floating) and value == np.floor(value):
        return str(int(value))
    if isinstance(value, pd.Timestamp) and value == value.normalize():
        return value.date().isoformat()
    return str(value)
