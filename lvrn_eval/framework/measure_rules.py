"""Rules of a measure that no schema can say: what each kind needs, and that every name and rule can be read."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from lvrn_eval.documents import Document, Finding, Node, shown
from lvrn_eval.errors import suggestion
from lvrn_eval.framework.measure import Measure, PerColumn, read_measure
from lvrn_eval.framework.scope import NUMBERS, of_beside, of_made, of_rows
from lvrn_eval.framework.sections import label
from lvrn_eval.framework.sorts import Columns, Problem, read_rule, sort_of
from lvrn_eval.framework.vocabulary import GROUPING, Sort, columns_of, tables


@dataclass(frozen=True)
class Keys:
    """The keys a kind of measure needs and may have, beside those that all may have; how it may be told."""

    needed: tuple[str, ...] = ()
    more: tuple[str, ...] = ()
    told: tuple[str, ...] = ()
    scaled: bool = False
    makes_rows: bool = True

    @property
    def known(self) -> tuple[str, ...]:
        """Every key of its own that it may have."""
        scale = ("scale",) if self.scaled and "scale" not in self.needed else ()
        return (*self.needed, *self.more, *scale, *(("as",) if self.told else ()))


KINDS: Mapping[str, Keys] = {
    "records": Keys(),
    "distinct": Keys(("of",)),
    "sum": Keys(("value",)),
    "mean": Keys(("value",)),
    "minimum": Keys(("value",)),
    "maximum": Keys(("value",)),
    "proportion": Keys(("numerator",), ("denominator", "of"), scaled=True),
    "ratio": Keys(("numerator", "denominator"), scaled=True),
    "rate": Keys(("numerator", "denominator", "scale"), scaled=True),
    "share": Keys(("by",), ("value",), scaled=True, makes_rows=False),
    "change": Keys(
        (), ("value", "numerator", "denominator", "from", "to", "against", "of"), ("difference", "percent"),
        scaled=True, makes_rows=False,
    ),
    "duration": Keys(
        ("from", "to", "unit"), ("daily", "weight"), ("total", "mean", "longest", "percent"), makes_rows=False,
    ),
    "latest": Keys(("of", "holds"), (), ("number", "percent"), makes_rows=False),
}  # fmt: skip
"""What each kind of measure needs; `makes_rows` says whether it may be made of rows per person."""

EVERY = ("table", "kind", "where", "on", "period", "by", "overall", "people", "programmes")
COMPARED = frozenset({"records", "distinct", "proportion"})
"""Kinds that may be made of rows compared with a reference."""

COLUMN_KEYS = ("of", "on", "people")
"""Keys that hold one column's name."""


@dataclass(frozen=True)
class Place:
    """A measure in a file: where it stands, how messages call its owner, and what it says."""

    document: Document
    node: Node
    owner: str
    measure: Measure

    def at(self, key: str, what: str, fix: str = "") -> Finding:
        """Return a fault of what stands under a key."""
        return Finding(self.node.values[key], f"`{key}` of {self.owner} {what}", fix)

    def whole(self, what: str, fix: str) -> Finding:
        """Return a fault of the measure as a whole."""
        return Finding(self.node, f"the measure of {self.owner} {what}", fix)

    def problem(self, node: Node, key: str, problem: Problem) -> Finding:
        """Return a fault within a rule, marked where it stands when the rule is on one line."""
        return Finding(_within(self.document, node, problem), f"`{key}` of {self.owner} {problem.what}", problem.fix)


def measured_or_not(document: Document) -> Iterator[Finding]:
    """An indicator is computed, or it is said why not; never both."""
    for entry in document.entries("indicators"):
        if entry.get("measure") and (reason := entry.get("not_measured")):
            what = f"{label(entry, 'indicators')} has a measure, and a reason why it has none"
            yield Finding(reason, what, "keep one of `measure` and `not_measured`")


def measures_can_be_computed(document: Document) -> Iterator[Finding]:
    """Every measure names what exists, and has what its kind needs."""
    for entry in document.entries("indicators"):
        node = entry.get("measure")
        if node is None or not isinstance(node.value, dict):
            continue
        measure = _read(node.value)
        if measure is not None:
            yield from _findings(Place(document, node, label(entry, "indicators"), measure))


def _read(content: dict[str, Any]) -> Measure | None:
    """Return the measure, or None where its shape is told as a fault already."""
    known = {key: value for key, value in content.items() if key in ALL_KEYS}
    if not _is_read(known):
        return None
    try:
        measure = read_measure(known)
    except (TypeError, KeyError):
        return None
    return measure if measure.kind in KINDS else None


def _is_read(content: object, key: str = "") -> bool:
    """Return whether every value is text where text is wanted, as far as reading on depends on it."""
    if isinstance(content, dict):
        return all(_is_read(value, name) for name, value in content.items())
    if isinstance(content, list):
        return key in {"by", "programmes", "columns"} and all(_is_read(value) for value in content)
    if key == "scale":
        return type(content) is int
    return isinstance(content, str) and content.strip() != "" and key not in {"by", "programmes", "per", "daily"}


def _findings(place: Place) -> Iterator[Finding]:
    measure = place.measure
    if measure.table not in tables():
        yield place.at("table", f"is {shown(measure.table)}, which is no table", suggestion(measure.table, tables()))
        return
    keys = [*_keys(place), *_together(place)]
    yield from keys
    yield from _columns(place)
    per = [*_per(place)]
    yield from per
    if not per:
        # rules that name columns of a faulty `per` would be told twice
        yield from _rules(place)


def _keys(place: Place) -> Iterator[Finding]:
    """Yield keys the kind does not know, and keys it needs."""
    measure, kind = place.measure, KINDS[place.measure.kind]
    known = {*EVERY, *kind.known}
    known |= {"per"} if kind.makes_rows else set()
    known |= {"reference"} if measure.kind in COMPARED else set()
    known |= {"value"} if measure.reference else set()
    known |= {"among"} if measure.per or measure.reference else set()
    known |= {"counted"} if measure.kind not in {"latest", "change"} else set()
    for key, node in place.node.keys.items():
        if key not in known and key in ALL_KEYS:
            what = f"the measure of {place.owner} has `{key}`, which {_a(measure.kind)} does not use"
            yield Finding(node, what, _use(key, kind))
    for key in kind.needed:
        if key not in place.node.values:
            yield place.whole(f"has no `{key}`, which {_a(measure.kind)} needs", f"add `{key}:`")


ALL_KEYS = frozenset(
    {*EVERY, "counted", "per", "among", "reference", *(key for each in KINDS.values() for key in each.known)}
)


def _a(kind: str) -> str:
    return f"the kind `{kind}`"


def _use(key: str, kind: Keys) -> str:
    if key == "among":
        return "put the condition into `where`; `among` chooses rows of `per` or `reference`"
    return (
        f"take it out; beside the keys of every measure it knows {', '.join(f'`{each}`' for each in kind.known)}"
        if (kind.known)
        else "take it out"
    )


def _together(place: Place) -> Iterator[Finding]:
    """Yield keys that do not go together."""
    measure = place.measure
    told = KINDS[measure.kind].told
    if measure.as_ and told and measure.as_ not in told:
        yield place.at("as", f"is {measure.as_!r}, but {_a(measure.kind)} is told as {' or '.join(told)}")
    if measure.kind == "change":
        yield from _change(place)
    if measure.kind == "duration" and measure.told == "percent" and measure.daily is None:
        yield place.at("as", "is 'percent' of what lies in certain hours, but no hours are given", "add `daily:`")
    if measure.daily and measure.daily.from_ == measure.daily.to:
        yield place.at("daily", "begins and ends at one time", "write when the hours begin and when they end")
    if measure.kind == "share" and measure.overall == "shown" and "overall" in place.node.values:
        yield place.at("overall", "is 'shown', but all groups together are the whole", "take it out")
    if measure.overall == "left_out" and not measure.by:
        yield place.at("overall", "is 'left_out', and without `by` nothing is left", "add `by:`, or take it out")
    if measure.reference and measure.per:
        yield place.at("reference", "cannot be used together with `per`", "take one of them out")
    if measure.reference and not measure.value:
        yield place.whole("has a `reference` without a `value`", "add `value:`, the number that is compared")
    if measure.table == "people" and measure.period != "all":
        yield place.at("period", "needs a day, but a row of `people` has none", "take it out, or count another table")


def _change(place: Place) -> Iterator[Finding]:
    measure = place.measure
    if measure.value and (measure.numerator or measure.denominator):
        yield place.at("value", "stands beside `numerator` and `denominator`", "keep the value, or the two")
    elif not measure.value and not (measure.numerator and measure.denominator):
        yield place.whole("says nothing of what changes", "add `value:`, or `numerator:` and `denominator:`")
    if measure.of and measure.numerator:
        yield place.at(
            "of", "follows a value from row to row, not a ratio", "add `value:` for `numerator:` and `denominator:`"
        )
    if measure.against:
        if measure.from_ or measure.to or measure.of:
            yield place.at("against", "stands beside `from`, `to` or `of`", "keep one way to say what is compared")
        if measure.period == "all":
            yield place.at("against", "is 'previous_period', but there is only one period", "add `period:`")
        return
    if not (measure.from_ and measure.to):
        yield place.whole(
            "does not say what is compared with what", "add `from:` and `to:`, or `against: previous_period`"
        )
    if measure.period != "all" and not measure.of:
        fix = "take it out: `from` and `to` say which days; or use `against: previous_period`"
        yield place.at("period", "stands beside `from` and `to`, which cross periods", fix)


def _columns(place: Place) -> Iterator[Finding]:
    """Yield names of columns that do not exist or cannot stand where they do."""
    measure, rows, made = place.measure, of_rows(place.measure), of_made(place.measure)
    for key in COLUMN_KEYS:
        name = getattr(measure, key)
        known = made if key == "of" else rows
        if name and name not in known:
            yield _no_column(place, place.node.values[key], key, name, known)
    if measure.on in rows and rows[measure.on].kind not in {"date", "time"}:
        yield place.at("on", f"is {measure.on!r}, which holds no day", suggestion(measure.on, _days(rows)))
    if measure.people in rows and rows[measure.people].kind not in {"id", "integer", "number"}:
        yield place.at("people", f"is {measure.people!r}, which is neither an id nor a number of people")
    by = place.node.values.get("by")
    for node, name in zip(by.items if by else (), measure.by, strict=True):
        if name not in rows:
            yield _no_column(place, node, "by", name, rows)
        elif rows[name].kind not in GROUPING:
            yield Finding(node, f"`by` of {place.owner} is {name!r}, whose values are no groups to show", _groups(rows))
    if measure.kind == "duration":
        yield from _ends(place, rows)


def _ends(place: Place, rows: Columns) -> Iterator[Finding]:
    for key, name in (("from", place.measure.from_), ("to", place.measure.to)):
        if name and name not in rows:
            yield _no_column(place, place.node.values[key], key, name, rows)
        elif name and rows[name].kind not in {"date", "time"}:
            yield place.at(key, f"is {name!r}, which holds no day", suggestion(name, _days(rows)))


def _days(rows: Columns) -> list[str]:
    return [name for name, known in rows.items() if known.kind in {"date", "time"}]


def _groups(rows: Columns) -> str:
    return f"known: {', '.join(name for name, known in rows.items() if known.kind in GROUPING)}"


def _no_column(place: Place, node: Node, key: str, name: str, known: Columns) -> Finding:
    what = f"`{key}` of {place.owner} is {shown(name)}, but `{place.measure.table}` has no such column"
    return Finding(node, what, suggestion(name, known))


def _per(place: Place) -> Iterator[Finding]:
    measure, node = place.measure, place.node.get("per")
    if measure.per is None or node is None:
        return
    rows = of_rows(measure)
    if measure.per.one not in rows:
        yield _no_column(place, node.values["one"], "one", measure.per.one, rows)
    taken: dict[str, Node] = {}
    yield from _made(place, node.values["columns"], measure.per.columns, rows, taken)
    beside, inner = measure.per.beside, node.get("beside")
    if beside is None or inner is None:
        return
    if beside.table not in tables():
        what = f"`table` of {place.owner} is {shown(beside.table)}, which is no table"
        yield Finding(inner.values["table"], what, suggestion(beside.table, tables()))
        return
    own = columns_of(beside.table)
    if measure.per.one not in tables()[beside.table]:
        what = f"`beside` of {place.owner} is about {beside.table}, which has no column {shown(measure.per.one)}"
        yield Finding(inner.values["table"], what, "name a table about the same people")
    if beside.where:
        yield from _rule(place, inner.values["where"], "where", beside.where, own, "condition")
    yield from _made(place, inner.values["columns"], beside.columns, of_beside(measure), taken)


def _made(
    place: Place,
    listed: Node,
    columns: tuple[PerColumn, ...],
    known: Columns,
    taken: dict[str, Node],
) -> Iterator[Finding]:
    """Yield what is wrong with the columns of `per` or `beside`; names may be used once."""
    own = {**of_rows(place.measure), **(columns_of(b.table) if (b := _beside(place)) else {})}
    for node, column in zip(listed.items, columns, strict=True):
        if column.name in own:
            what = f"`name` of {place.owner} is {column.name!r}, which is a column already"
            yield Finding(node.values["name"], what, "give it another name")
        if (first := taken.setdefault(column.name, node)) is not node:
            what = f"`name` of {place.owner} is {column.name!r} again; the first is on line {first.line}"
            yield Finding(node.values["name"], what, "give it another name")
        if column.kind != "records" and not column.value:
            what = f"{column.name!r} of {place.owner} has no `value`, which {_a(column.kind)} needs"
            yield Finding(node, what, "add `value:`")
        if column.kind == "records" and column.value:
            yield Finding(
                node.values["value"], f"`value` of {place.owner} is not used by {_a('records')}", "take it out"
            )
        wanted: Sort | None = "number" if column.kind in NUMBERS - {"distinct"} else None
        for key, text, sort in (("value", column.value, wanted), ("when", column.when, "condition")):
            if text:
                yield from _rule(place, node.values[key], key, text, known, sort)


def _beside(place: Place) -> Any:
    per = place.measure.per
    return per.beside if per and per.beside and per.beside.table in tables() else None


def _rules(place: Place) -> Iterator[Finding]:
    """Yield what is wrong with the rules of the measure."""
    measure, rows, made = place.measure, of_rows(place.measure), of_made(place.measure)
    wanted: list[tuple[str, Columns, Sort | None]] = [
        ("where", rows, "condition"), ("reference", rows, "condition"), ("among", made, "condition"),
        ("holds", made, "condition"), ("value", made, "number"), ("weight", made, "number"),
    ]  # fmt: skip
    if measure.kind == "change":
        wanted += [("from", rows, "condition"), ("to", rows, "condition")]
    numbers = measure.kind in {"ratio", "change"}
    wanted += [("numerator", made, "number" if numbers else None)]
    wanted += [("denominator", made, "number" if measure.kind in {"ratio", "change", "rate"} else None)]
    for key, columns, sort in wanted:
        if (node := place.node.get(key)) is not None:
            yield from _rule(place, node, key, str(node.value), columns, sort)
    if measure.kind in {"proportion", "rate"}:
        yield from _parts(place, made)


def _parts(place: Place, made: Columns) -> Iterator[Finding]:
    """Yield a numerator and denominator that are not of one sort."""
    measure = place.measure
    above, below = _sort(measure.numerator, made), _sort(measure.denominator, made)
    if above in {"text", "day"}:
        yield place.at("numerator", "is neither a condition nor a number", "write which rows count, or a number")
    if measure.kind == "rate" or above not in {"condition", "number"}:
        return
    if above == "number" and not measure.denominator:
        yield place.at(
            "numerator", "is a number, so a `denominator` is needed", "add `denominator:`, or write a condition"
        )
    elif measure.denominator and below not in {above, None}:
        yield place.at("denominator", "is not of the sort of the `numerator`", "make both conditions, or both numbers")
    if above == "number" and measure.of:
        yield place.at(
            "of", "counts different values, but the `numerator` is a number", "write a condition, or take it out"
        )


def _sort(text: str, columns: Columns) -> Sort | None:
    rule, _ = read_rule(text, columns, None) if text else (None, [])
    return sort_of(rule.expression, columns) if rule else None


def _rule(place: Place, node: Node, key: str, text: str, known: Columns, wanted: Sort | None) -> Iterator[Finding]:
    for problem in read_rule(text, known, wanted)[1]:
        yield place.problem(node, key, problem)


def _within(document: Document, node: Node, problem: Problem) -> Node:
    """Return the part of a rule that is wrong, where the rule stands on one line as it was written."""
    line = document.lines[node.line - 1] if node.line <= len(document.lines) else ""
    text = str(node.value)
    for start in (node.column - 1, node.column):
        if problem.length and line[start : start + len(text)] == text:
            return Node(node.line, start + 1 + problem.start, problem.length, node.value)
    return node
