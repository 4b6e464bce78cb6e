"""The tables a measure is computed from: one programme's, or those of several taken together, in one engine."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import reduce
from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

from lvrn_eval.engine import DuckDBEngine, Step, Table, as_table, build, quoted
from lvrn_eval.errors import AnalysisError, Fault, suggestion
from lvrn_eval.framework.periods import ALL, MOST, period_end, starts_between
from lvrn_eval.framework.scope import of_rows
from lvrn_eval.framework.vocabulary import PERSON, tables

if TYPE_CHECKING:
    from sqlglot import exp

    from lvrn_eval.engine import Engine
    from lvrn_eval.framework.asked import Asked
    from lvrn_eval.framework.measure import Measure
    from lvrn_eval.framework.measure_per import Ctes
    from lvrn_eval.framework.model import Indicator

PACKAGE = "lvrn_eval.framework"


@runtime_checkable
class HasTables(Protocol):
    """One programme's records: its slug, and its canonical tables by name, as tables of an engine or as frames."""

    @property
    def programme(self) -> str: ...  # noqa: D102
    @property
    def tables(self) -> Mapping[str, Any]: ...  # noqa: D102


@dataclass
class Pool:
    """Tables that were taken in or put together once, for all indicators of one mapping."""

    taken: dict[tuple[str, str], Table | None] = field(default_factory=dict)
    rows: dict[str, int] = field(default_factory=dict)
    engine: Engine | None = None
    kept: dict[tuple[Asked, tuple[str, ...]], Table] = field(default_factory=dict)

    def table(self, records: HasTables, name: str) -> Table | None:
        """Return a canonical table of one programme; None when there is none, or it holds no rows."""
        key = (records.programme, name)
        if key not in self.taken:
            data = records.tables.get(name)
            table = None if data is None else as_table(data, name, self._engine(records))
            self.taken[key] = table if table is not None and self.count(table) else None
        return self.taken[key]

    def count(self, table: Table) -> int:
        """Return the number of rows, counted once."""
        if table.name not in self.rows:
            self.rows[table.name] = len(table)
        return self.rows[table.name]

    def forget(self) -> None:
        """Drop the tables that were made for several measures."""
        while self.kept:
            _, table = self.kept.popitem()
            table.engine.drop(table)

    def _engine(self, records: HasTables) -> Engine:
        """Return where the tables of a programme live; frames go where its other tables are."""
        found = [table.engine for table in records.tables.values() if isinstance(table, Table)]
        if found:
            return found[0]
        if self.engine is None:
            self.engine = DuckDBEngine()
        return self.engine


@dataclass(frozen=True)
class Source:
    """The tables of one programme, or of several taken together, as the steps of a measure see them."""

    given: Sequence[HasTables]
    chosen: date | None
    pool: Pool

    @property
    def as_of(self) -> date | None:
        """The last day that is looked at: what was chosen, else the latest extract of these programmes."""
        if self.chosen is not None:
            return self.chosen
        days = [day for records in self.given if isinstance(day := getattr(records, "extracted_on", None), date)]
        return max(days) if days else None

    def empty(self, measure: Measure) -> str:
        """Return the name of a table that is needed and holds no rows in any of the programmes, or nothing."""
        beside = measure.per.beside if measure.per else None
        needed = [measure.table, *([beside.table] if beside else [])]
        return next((name for name in needed if not any(self.pool.table(each, name) for each in self.given)), "")

    def _places(self, asked: Asked) -> Iterator[tuple[str, str, list[str]]]:
        """Yield each place of the step, the canonical table that fills it, and the columns of it that are needed."""
        from lvrn_eval.framework.asked import columns_needed

        yield from columns_needed(asked)

    def lacking(self, asked: Asked, indicator: Indicator) -> Iterator[Fault]:
        """Yield the columns a measure needs that a table does not have."""
        for _, name, columns in self._places(asked):
            for records in self.given:
                table = self.pool.table(records, name)
                for column in columns if table is not None else ():
                    if column not in table.columns:  # type: ignore[union-attr]
                        what = f"the table has no column {column!r}, which {indicator.slug} needs"
                        known = [each for each in table.columns if each in tables()[name]]  # type: ignore[union-attr]
                        yield Fault(f"{records.programme}.{name}", what, suggestion(column, known))

    def lineage(self, asked: Asked) -> str:
        """Return which tables were read, and how many rows each has."""
        found = [
            f"{records.programme}.{name} ({self.pool.count(table)} rows)"
            for _, name, _ in self._places(asked)
            for records in self.given
            if (table := self.pool.table(records, name)) is not None
        ]
        return "; ".join(dict.fromkeys(found))

    def run(self, asked: Asked) -> Table:
        """Run the one grouped step of a measure and return what it adds up to."""
        from lvrn_eval.framework.measure_numbers import shapes
        from lvrn_eval.framework.measure_rows import rows_of
        from lvrn_eval.framework.periods import period_of

        measure, ctes = asked.measure, rows_of(asked)
        if measure.kind == "latest":
            return self._run(asked, "measure_latest.sql", ctes, values={"has_people": _counts_people(measure)})
        if measure.kind == "change" and measure.of:
            return self._run(
                asked, "measure_pairs.sql", ctes, values={"has_people": of_rows(measure)[measure.of].kind == "id"},
                expressions={"period": period_of(quoted("last_day"), asked.period)},
            )  # fmt: skip
        return self._run(asked, "measure_totals.sql", ctes, expressions=shapes(asked))

    def forget(self, asked: Asked) -> None:
        """Drop the rows that were kept for the breakdowns of a measure."""
        if (kept := asked.kept) is not None and (table := self.pool.kept.pop(self._key(kept), None)) is not None:
            table.engine.drop(table)

    def _run(self, asked: Asked, filename: str, ctes: Ctes, **filling: Mapping[str, Any]) -> Table:
        step = _step(filename, ctes)
        filled = self._filled(asked, _named_in(step.statement))
        return next(iter(filled.values())).engine.run(step, tables=filled, **filling)

    def _filled(self, asked: Asked, named: Collection[str]) -> dict[str, Table]:
        """Return the table for each of the places that a statement names."""
        places = {place: (name, columns) for place, name, columns in self._places(asked)}
        filled = {place: self._together(*places[place]) for place in places if place in named}
        if "kept" in named:
            filled["kept"] = self._kept(asked)
        if "periods" in named:
            filled["periods"] = self._periods(asked)
        return filled

    def _kept(self, asked: Asked) -> Table:
        """Return the rows that several measures or breakdowns are made of, made once."""
        from lvrn_eval.framework.measure_rows import kept_rows

        kept = asked.kept or asked
        if self._key(kept) not in self.pool.kept:
            *ctes, (_, last) = kept_rows(kept)
            step = _built("framework/measure_rows", last, ctes)
            filled = self._filled(kept, _named_in(step.statement))
            self.pool.kept[self._key(kept)] = filled["records"].engine.run(step, tables=filled)
        return self.pool.kept[self._key(kept)]

    def _key(self, kept: Asked) -> tuple[Asked, tuple[str, ...]]:
        return kept, tuple(records.programme for records in self.given)

    def _periods(self, asked: Asked) -> Table:
        """Return every period from the first row's to the last day that is looked at."""
        import pyarrow as pa

        engine = next(t for each in self.given if (t := self.pool.table(each, asked.measure.table)) is not None).engine
        if asked.period == "all":
            starts, ends = [ALL], [date.max]
        else:
            first, last = self._bounds(asked)
            starts = starts_between(first, max(last, asked.as_of or last), asked.period)
            if len(starts) >= MOST:
                raise AnalysisError(
                    f"more than {MOST} periods lie between the first and the last day; ask for longer ones"
                )
            ends = [period_end(start, asked.period) for start in starts]
        made = pa.table({"period_start": pa.array(starts, pa.date32()), "period_end": pa.array(ends, pa.date32())})
        return engine.register("periods", made)

    def _bounds(self, asked: Asked) -> tuple[date, date]:
        from sqlglot import select

        from lvrn_eval.framework.measure_rows import placed_only

        ctes = placed_only(asked)
        ends = select("min(m_period) as first_start", "max(m_period) as last_start").from_("placed").where("m_picked")
        step = _built("framework/measure_bounds", ends, ctes)
        filled = self._filled(asked, _named_in(step.statement))
        found = filled["records"].engine.run(step, tables=filled).to_arrow().to_pylist()[0]
        first = found["first_start"] or date(2000, 1, 1)
        return first, found["last_start"] or first

    def _together(self, name: str, columns: Sequence[str]) -> Table:
        """Return the columns of a table, of all programmes taken together."""
        found = [table for records in self.given if (table := self.pool.table(records, name)) is not None]
        if not found:
            return self._none(name, columns)
        if len(found) == 1:
            return found[0]
        engine = found[0].engine
        parts = {f"part_{number}": _moved(table, columns, engine) for number, table in enumerate(found)}
        return engine.run(build(f"framework/together {name}", _union(name, list(parts), columns)), tables=parts)

    def _none(self, name: str, columns: Sequence[str]) -> Table:
        """Return a table without rows, for people of whom nothing is known."""
        from sqlglot import exp, select

        records = self.given[0]
        others = [table for other in tables() if (table := self.pool.table(records, other)) is not None]
        types = {"date": "date", "month": "date", "time": "timestamp", "integer": "bigint", "number": "double"}
        nothing = [
            exp.cast(exp.null(), types.get(tables()[name][column].kind, "varchar")).as_(column, quoted=True)
            for column in columns
        ]
        return others[0].engine.run(build(f"framework/no {name}", select(*nothing).where("false")))


def _union(name: str, parts: Sequence[str], columns: Sequence[str]) -> exp.Expr:
    from sqlglot import exp, select

    selects: list[exp.Expr] = [select(*[quoted(column) for column in columns]).from_(part) for part in parts]
    union = reduce(lambda left, right: exp.union(left, right, distinct=False), selects)
    if name != "people":
        return union
    # who takes part in two programmes is one person
    known = [exp.func("max", quoted(column)).as_(column, quoted=True) for column in columns if column != PERSON]
    return select(quoted(PERSON), *known).from_(union.subquery("every")).group_by(quoted(PERSON))  # type: ignore[attr-defined]


def _moved(table: Table, columns: Sequence[str], engine: Engine) -> Table:
    """Return the columns of a table in another engine; itself where it lives there already."""
    if table.engine is engine:
        return table
    from sqlglot import select

    chosen = select(*[quoted(column) for column in columns]).from_("source")
    taken = table.engine.run(build("framework/taken", chosen), tables={"source": table})
    return engine.register("taken", taken.to_arrow())


def _counts_people(measure: Measure) -> bool:
    return bool(measure.about) and of_rows(measure)[measure.about].kind == "id"


def _named_in(statement: exp.Expr) -> set[str]:
    """Return the tables that a statement reads."""
    from sqlglot import exp

    found = list(statement.find_all(exp.CTE, exp.Table))
    made = {node.alias for node in found if isinstance(node, exp.CTE)}
    return {node.name for node in found if isinstance(node, exp.Table)} - made


def _step(filename: str, ctes: Ctes) -> Step:
    step = Step.load(PACKAGE, filename)
    return _built(step.name, step.statement.copy(), ctes)


def _built(name: str, statement: exp.Expr, ctes: Ctes) -> Step:
    """Return a step whose rows are worked out in it."""
    from sqlglot import exp

    own = statement.args.get("with_") or statement.args.get("with")
    first = [exp.CTE(this=query, alias=exp.TableAlias(this=exp.to_identifier(alias))) for alias, query in ctes]
    later = list(own.expressions) if own is not None else []
    key = "with_" if "with_" in statement.arg_types else "with"
    statement.set(key, exp.With(expressions=[*first, *later]))
    return build(name, statement)
