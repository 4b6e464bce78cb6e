"""A measure as it is asked for, and the columns of which tables it looks at."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date
from functools import lru_cache
from typing import TYPE_CHECKING

from sqlglot import exp

from lvrn_eval.engine.expressions import parse_rule
from lvrn_eval.framework.measure import Measure
from lvrn_eval.framework.measure_folds import is_folded, people_are_ids
from lvrn_eval.framework.scope import of_beside, of_made, of_rows, rules_of
from lvrn_eval.framework.sorts import ANY_DAY, AS_OF, Columns, spelt
from lvrn_eval.framework.vocabulary import PERSON, columns_of, of_a_person, tables, worked_out

if TYPE_CHECKING:
    from lvrn_eval.engine.expressions import Rule

WORKED_FROM = {"period_years": "period", "start_hour": "starts_at", "end_hour": "ends_at"}
"""The column that each column of the clock and the calendar is worked out from."""


@dataclass(frozen=True)
class Asked:
    """A measure with what it is asked for: the length of a period, one column to group by, the day of the extract.

    ``levels`` are all the columns that it is broken down by, one after the other; ``carries``, the columns that rows
    keep apart which are folded for all of these at once.
    """

    measure: Measure
    period: str
    by: str = ""
    as_of: date | None = None
    levels: tuple[str, ...] = ()
    carries: tuple[str, ...] = ()

    def rule(self, text: str, columns: Columns) -> Rule:
        """Return a rule with its parameter put in."""
        return _parsed(spelt(text, columns), tuple(columns), self.as_of or ANY_DAY)

    @property
    def names_as_of(self) -> bool:
        """Whether any rule looks back from the day of the extract."""
        return any(AS_OF in self.rule(text, columns).parameters for text, columns in rules_of(self.measure))

    def expression(self, text: str, columns: Columns) -> exp.Expr:
        """Return a rule as an expression of its own."""
        return exp.Paren(this=self.rule(text, columns).expression.copy())

    @property
    def folds_first(self) -> bool:
        """Whether rows are folded person by person once, and each breakdown is made of those few."""
        measure = self.measure
        several = len(self.levels) + measure.has_overall > 1
        folds = is_folded(measure) and people_are_ids(measure)
        return several and folds and measure.per is None and not measure.reference

    @property
    def by_person(self) -> tuple[str, ...]:
        """The columns of the person that it is broken down by."""
        return tuple(of_person(self.levels, self.measure.table))

    @property
    def kept(self) -> Asked | None:
        """What makes the rows that are kept, the same for all that is made of them; None when they serve once."""
        measure = self.measure
        if self.folds_first:
            own = [name for name in self.levels if name not in self.by_person]
            names = [measure.about, measure.of, *([PERSON] if self.by_person else []), *own]
            return replace(self, by="", carries=tuple(dict.fromkeys(name for name in names if name)))
        if measure.per is None or _follows_days(measure):
            return self if measure.per is not None else None
        rows = Measure(
            measure.table, "records", measure.where, on=measure.on, period=measure.period, counted=measure.counted,
            per=measure.per,
        )  # fmt: skip
        return replace(self, measure=rows, levels=())


@lru_cache(maxsize=4096)
def _parsed(text: str, columns: tuple[str, ...], as_of: date) -> Rule:
    """Return a rule that is asked for again and again, read once; whoever puts it into a tree takes a copy."""
    return parse_rule(text, columns, {AS_OF: as_of})


def columns_needed(asked: Asked) -> list[tuple[str, str, list[str]]]:
    """Return each place of the step, the canonical table that fills it, and the columns of it that are needed."""
    measure = asked.measure
    needed = {"records": (measure.table, needed_columns(asked))}
    if measure.per is not None and measure.per.beside is not None:
        needed["others"] = (measure.per.beside.table, beside_columns(asked))
    places, person = [], made_person(asked)
    joined = bool(person)
    for place, (table, names) in needed.items():
        own = [name for name in names if name in tables()[table]]
        if attributes := of_person(names, table):
            joined = True
            person += ["birth_month" if name == "age" else name for name in attributes]
            own += [PERSON]
        own += [WORKED_FROM[name] for name in names if name in WORKED_FROM and name not in tables()[table]]
        places.append((place, table, list(dict.fromkeys(own))))
    if joined:
        places.append(("people", "people", list(dict.fromkeys([PERSON, *person]))))
    return places


def needed_columns(asked: Asked) -> list[str]:
    """Return the columns of the table, and those worked out for it, that a measure looks at."""
    measure, rows, made = asked.measure, of_rows(asked.measure), of_made(asked.measure)
    names = [
        asked.by,
        *asked.carries,
        measure.day if asked.period != "all" or asked.as_of or _follows_days(measure) else "",
    ]
    texts = [measure.where, measure.reference]
    if measure.per is None:
        names += [measure.of, measure.about]
        texts += [measure.among, measure.value, measure.numerator, measure.denominator, measure.holds, measure.weight]
        if measure.kind == "duration":
            names += [measure.from_, measure.to]
        elif measure.kind == "change":
            texts += [measure.from_, measure.to]
    else:
        names += [measure.per.one]
        texts += [text for each in measure.per.columns for text in (each.value, each.when)]
    if measure.table == "area_counts" and (asked.period != "all" or measure.reference):
        names += ["period", "period_start"]
    found = [name for text in texts if text for name in asked.rule(text, made if measure.per is None else rows).columns]
    return [name for name in dict.fromkeys([*names, *found]) if name and name != "reference"]


def _follows_days(measure: Measure) -> bool:
    return measure.kind == "latest" or bool(measure.kind == "change" and measure.of) or bool(measure.reference)


def of_person(names: Iterable[str], table: str) -> list[str]:
    """Return which of these columns come from the table of people."""
    found = worked_out(table)
    return [name for name in names if name in found and (name in of_a_person() or name == "age")]


def made_person(asked: Asked) -> list[str]:
    """Return which columns of people the rules about the rows made per person name."""
    measure = asked.measure
    if measure.per is None or measure.per.one != PERSON:
        return []
    made = of_made(measure)
    texts = [measure.among, measure.value, measure.numerator, measure.denominator, measure.of]
    names = dict.fromkeys(name for text in texts if text for name in asked.rule(text, made).columns)
    own = {each.name for each in measure.per.columns}
    return [name for name in names if name in of_a_person() and name not in own]


def beside_columns(asked: Asked) -> list[str]:
    """Return the columns of the second table that a measure looks at."""
    per = asked.measure.per
    if per is None or per.beside is None:
        return []
    own, every = columns_of(per.beside.table), of_beside(asked.measure)
    texts = [text for each in per.beside.columns for text in (each.value, each.when)]
    found = [name for text in texts if text for name in asked.rule(text, every).columns]
    found += asked.rule(per.beside.where, own).columns if per.beside.where else []
    day = Measure(per.beside.table, "records").day
    return list(dict.fromkeys([per.one, *(name for name in found if name in own), *([day] if day else [])]))
