"""The steps from records to times, run where the records live."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from sqlglot import exp, parse_one

from lvrn_eval.cohort import known_groups
from lvrn_eval.cohort.column_types import data_type, is_truth
from lvrn_eval.cohort.windows import custody_away
from lvrn_eval.engine import Step, Table, build, literal, quoted
from lvrn_eval.engine.steps import DIALECT
from lvrn_eval.survival.tables import PACKAGE
from lvrn_eval.survival.times_choices import CUSTODY, DEATH, MOVED, RECEPTION, RELEASE, Choices
from lvrn_eval.survival.times_faults import start_column

CENSORED_BY_DEATH, CENSORED_BY_MOVE, CENSORED_BY_LIMIT, CENSORED_BY_END = 996, 997, 998, 999
"""Places of what ends time without an event, after every cause: on one day an event comes before a censoring."""

ENDED = "end of records"


@dataclass(frozen=True)
class Material:
    """Checked tables of one engine, and what was asked of them."""

    choices: Choices
    people: Table
    events: Table
    custody: Table | None
    changes: Table | None
    groups: known_groups.Groups

    @property
    def start(self) -> exp.Expr:
        """The day on which a person starts."""
        return exp.cast(quoted(start_column(self.choices.start), "people"), "date")

    @property
    def origin(self) -> exp.Expr:
        """Day 0 of a person's clock: the start, or the day before it when the start day is day 1."""
        if not self.choices.count_start_day:
            return self.start
        return exp.paren(exp.Sub(this=self.start, expression=literal(1)))

    @property
    def changing(self) -> tuple[str, ...]:
        """The groups that come with the day of each change."""
        return tuple(name for name in self.choices.by if name not in self.groups.fixed)

    @property
    def removes_custody(self) -> bool:
        """Whether days in custody are taken out of the time at risk."""
        return self.custody is not None and CUSTODY not in self.choices.competing

    @property
    def start_stop(self) -> bool:
        """Whether a person may have several rows."""
        asked = self.choices.recurrent or self.choices.landmark is not None
        return asked or self.changes is not None or self.removes_custody

    def dated(self, column: str | None) -> exp.Expr:
        """Return a column of dates of the people; null where none was named."""
        return exp.cast(exp.null() if column is None else quoted(column, "people"), "date")

    def place(self, *, ending: bool = False) -> exp.Expr:
        """Return the number of an event's cause, null where it has none; only of those that end time, if so asked."""
        found = exp.Case()
        for number, cause in enumerate(self.choices.causes, start=1):
            if ending and number == 1 and self.choices.recurrent:
                continue
            kinds = [RECEPTION if kind == CUSTODY else kind for kind in cause.kinds if kind not in {DEATH, MOVED}]
            if kinds:
                found = found.when(one_of(kinds), literal(number))
        return found if found.args.get("ifs") else exp.cast(exp.null(), "int")


def one_of(kinds: Sequence[str]) -> exp.Expr:
    """Return the condition that an event is of one of the kinds."""
    return quoted("kind", "events").isin(*(literal(kind) for kind in kinds))


def prepare(material: Material) -> Material:
    """Return the material with the day of release as a column of the people, and receptions among the events."""
    engine, choices = material.people.engine, material.choices
    if choices.start == RELEASE and material.custody is not None:
        people = engine.run(
            Step.load(PACKAGE, "times_releases.sql"),
            tables={"people": material.people, "custody": material.custody},
            values={"end": choices.end, "released_from": choices.released_from or choices.end.min},
        )
        material = replace(material, people=people)
    if CUSTODY in choices.competing and material.custody is not None:
        events = engine.run(
            Step.load(PACKAGE, "times_with_receptions.sql"),
            tables={"events": material.events, "custody": material.custody},
            values={"reception": RECEPTION},
        )
        material = replace(material, events=events)
    return material


def counted(material: Material, filename: str) -> dict[str, int]:
    """Return the one row of a step that counts people and events."""
    choices = material.choices
    every = {
        "people": material.people,
        "events": material.events,
        "custody": material.custody,
        "changes": material.changes,
    }
    expressions = {
        "start": material.start,
        "origin": material.origin,
        "place": material.place(),
        "death": material.dated(choices.death),
        "moved": material.dated(choices.moved),
        "missing": exp.or_(
            exp.false(), *(exp.Is(this=quoted(n, "changes"), expression=exp.null()) for n in material.changing)
        ),
    }
    step = Step.load(PACKAGE, filename)
    wanted = {node.name for node in step.statement.find_all(exp.Placeholder)}
    tables = {node.name for node in step.statement.find_all(exp.Table)}
    ran = material.people.engine.run(
        step,
        tables={name: table for name, table in every.items() if name in tables and table is not None},
        values={"end": choices.end} if "end" in wanted else {},
        expressions={name: value for name, value in expressions.items() if name in wanted},
    )
    row: dict[str, int] = ran.to_arrow().to_pylist()[0]
    return row


def away(material: Material) -> Table | None:
    """Return the stretches of days in custody that are not at risk."""
    if material.custody is None or not material.removes_custody:
        return None
    return custody_away(material.custody, material.people, material.choices.end)


def at_risk(material: Material, away: Table) -> Table:
    """Return the events that lie on days at risk."""
    return material.people.engine.run(
        Step.load(PACKAGE, "times_at_risk.sql"),
        tables={"events": material.events, "people": material.people, "away": away},
        values={"end": material.choices.end},
        expressions={"origin": material.origin, "place": material.place()},
    )


def follow(material: Material) -> Table:
    """Return one row per person: how long they were followed, and what ended it."""
    step = Step.load(PACKAGE, "times.sql")
    carried = known_groups.columns(material.choices, material.people, material.groups, material.start, material.origin)
    more = [exp.alias_(material.origin, "origin")] if material.start_stop else []
    return material.people.engine.run(
        _with(step, [*carried, *more]),
        tables={"people": material.people, "events": material.events},
        values={"end": material.choices.end},
        expressions={
            "origin": material.origin,
            "place": material.place(ending=True),
            "ending": _ending(material),
            "cause": _cause(material),
        },
    )


def _with(step: Step, columns: Sequence[exp.Expr]) -> Step:
    """Return a step that selects further columns."""
    statement = step.statement.copy()
    if not isinstance(statement, exp.Select):  # pragma: no cover - the files are selects
        raise TypeError(f"{step.name} is not one select")
    return build(step.name, statement.select(*columns))


def _without(step: Step, column: str) -> Step:
    """Return a step that does not select one of its columns."""
    statement = step.statement.copy()
    statement.set("expressions", [each for each in statement.expressions if each.alias_or_name != column])
    return build(step.name, statement)


def _parsed(text: str, **parts: exp.Expr) -> exp.Expr:
    """Return an expression written here, with its parts put in."""
    tree = parse_one(text, read=DIALECT)
    return tree.transform(lambda node: parts[node.name].copy() if isinstance(node, exp.Placeholder) else node)


def _ending(material: Material) -> exp.Expr:
    """Return days * 1000 + place of the first thing that ends a person's time."""
    choices, origin = material.choices, material.origin

    def dated(day: exp.Expr, place: int) -> exp.Expr:
        text = "date_diff('day', $origin, $day) * 1000 + $place"
        return _parsed(text, origin=origin, day=day, place=literal(place))

    last = dated(literal(choices.end), CENSORED_BY_END)
    endings = [_parsed("coalesce(happened.ending, $last)", last=last)]
    for name, column, place in (
        (DEATH, choices.death, CENSORED_BY_DEATH),
        (MOVED, choices.moved, CENSORED_BY_MOVE),
        ("", choices.until, CENSORED_BY_LIMIT),
    ):
        if column is not None:
            ended = dated(material.dated(column), choices.code(name) or place)
            endings.append(_parsed("coalesce($ended, $last)", ended=ended, last=last))
    return exp.Least(this=endings[0], expressions=[*endings[1:], last])


def _cause(material: Material) -> exp.Expr:
    """Return what ended a person's time, in words."""
    place = _parsed("people.ended_as % 1000")
    said = exp.Case()
    for number, cause in enumerate(material.choices.causes, start=1):
        said = said.when(exp.EQ(this=place.copy(), expression=literal(number)), literal(cause.label))
    choices = material.choices
    censored = {
        CENSORED_BY_DEATH: (choices.death, "death"),
        CENSORED_BY_MOVE: (choices.moved, "moved away"),
        CENSORED_BY_LIMIT: (choices.until, choices.until_label),
    }
    for number, (column, label) in censored.items():
        if column is None:
            continue
        said = said.when(exp.EQ(this=place.copy(), expression=literal(number)), literal(label))
    return said.else_(literal(ENDED))


def rows(material: Material, follow: Table, away: Table | None) -> Table:
    """Return each person's time as rows, a new one wherever something changes."""
    engine, choices = material.people.engine, material.choices
    nothing = engine.run(Step.load(PACKAGE, "times_no_marks.sql"), tables={"follow": follow})
    marks = {"marks_custody": nothing, "marks_events": nothing, "marks_changes": nothing}
    if away is not None:
        step = Step.load(PACKAGE, "times_marks_custody.sql")
        marks["marks_custody"] = engine.run(step, tables={"follow": follow, "away": away})
    if choices.recurrent:
        marks["marks_events"] = engine.run(
            Step.load(PACKAGE, "times_marks_events.sql"),
            tables={"follow": follow, "events": material.events},
            expressions={"wanted": one_of(choices.kinds)},
        )
    changes = _changes(material)
    if changes is not None:
        step = Step.load(PACKAGE, "times_marks_changes.sql")
        marks["marks_changes"] = engine.run(step, tables={"changes": changes})
    tables = {**marks, "follow": follow} | ({} if changes is None else {"changes": changes})
    return engine.run(
        _rows_step(material, changes),
        tables=tables,
        values={"landmark": choices.landmark or 0, "label": choices.label},
    )


def _rows_step(material: Material, changes: Table | None) -> Step:
    """Return the step that makes rows, with the groups and the order of events."""
    more: list[exp.Expr] = []
    if material.choices.recurrent:
        more.append(_parsed('cast(stretches.happened + 1 as bigint) as "order"'))
    more += [quoted(name, "follow") for name in material.groups.fixed if name != "site"]
    more += [] if changes is None else [_changed(name, changes) for name in material.changing]
    rows = Step.load(PACKAGE, "times_rows.sql")
    if "site" in material.changing:
        rows = _without(rows, "site")  # each row has the site of its own time
    step = _with(rows, more)
    if changes is None:
        return step
    statement = step.statement
    if not isinstance(statement, exp.Select):  # pragma: no cover - the file is a select
        raise TypeError(f"{step.name} is not one select")
    on = "changes.person_id = stretches.person_id and changes.place = stretches.changed"
    return build(step.name, statement.join("changes", on=on, join_type="left", dialect=DIALECT))


def _changed(name: str, changes: Table) -> exp.Expr:
    """Return a group as known at the time; before anything is known, false or in words."""
    before = exp.false() if is_truth(data_type(changes, name)) else literal("not yet")
    return exp.alias_(exp.Coalesce(this=quoted(name, "changes"), expressions=[before]), name, quoted=True)


def _changes(material: Material) -> Table | None:
    if material.changes is None:
        return None
    step = Step.load(PACKAGE, "times_changes.sql")
    return material.people.engine.run(
        step,
        tables={"changes": material.changes, "people": material.people},
        values={"end": material.choices.end},
        expressions={"start": material.start, "origin": material.origin},
    )


def lost(follow: Table, times: Table, landmark: int | None) -> Mapping[str, int]:
    """Return ``people, over_before, followed``."""
    step = Step.load(PACKAGE, "times_lost.sql")
    ran = follow.engine.run(step, tables={"follow": follow, "times": times}, values={"landmark": landmark or 0})
    row: dict[str, int] = ran.to_arrow().to_pylist()[0]
    return row


def released(material: Material) -> Material:
    """Return the material with only the people who were released."""
    step = Step.load(PACKAGE, "times_released.sql")
    return replace(material, people=material.people.engine.run(step, tables={"people": material.people}))
