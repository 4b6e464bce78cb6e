"""People who may stand in a programme's records under two ids: told with their rows, never merged.

Two ids are told as one person's when their people rows agree on date of birth (to the day where the file gives it, else
the month), sex, ethnicity and home district, and both have something recorded on one day: an engagement, a referral or
a questionnaire at one site, an event of one kind, a reception into custody.

It finds records entered twice. It cannot find a person whose date of birth or district was entered in two ways, whose
records were split so that no day is in both, or who is in two programmes. Twins, and friends who come together, are
told too, so a person must look.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import reduce
from typing import TYPE_CHECKING

from lvrn_eval.engine import Step, build, literal, quoted
from lvrn_eval.records.checks import count_repeated
from lvrn_eval.records.quality_rules import QualityFault
from lvrn_eval.records.readers import SHOWN_ROWS
from lvrn_eval.records.staging import SAME_PERSON

if TYPE_CHECKING:
    from sqlglot import exp

    from lvrn_eval.engine import DuckDBEngine, Table
    from lvrn_eval.records.staged import Staged

MOST_ALIKE = 50_000
"""People who may agree on all that with another; where more do, it does not tell who is who."""
MOST_IDS = 20
"""Ids that may agree in all that; where more do, a date of birth stands for "not known"."""
SHOWN_PAIRS = SHOWN_ROWS // 2

DAYS = {
    "contacts": ("seen", "site", "on"),
    "referrals": ("seen", "site", "referred_on"),
    "scores": ("seen", "site", "on"),
    "events": ("event", "kind", "on"),
    "custody": ("custody", None, "starts_on"),
}
"""What of each table two ids must share: the sort of thing, where or what it was, and the day."""

NOT_LOOKED_FOR = "people with two ids were not looked for: "


def same_person(staged: Staged) -> tuple[tuple[QualityFault, ...], tuple[str, ...]]:
    """Return the pairs of rows of people that look like one person's, and a note where they cannot be looked for."""
    dated = {name: staged.tables[name].table for name in DAYS if name in staged.tables}
    if "people" not in staged.tables and not dated:
        return (), ()
    if why := _cannot_look(staged, dated):
        return (), (f"{NOT_LOOKED_FOR}{why}",)
    people = staged.tables["people"].table
    count = count_repeated(staged.engine, quoted(SAME_PERSON), people)
    if count > MOST_ALIKE:
        why = f"{count:,} people have the date of birth, sex, ethnicity and district of another"
        return (), (f"{NOT_LOOKED_FOR}{why}, so these do not tell who is who",)
    if not count:
        return (), ()
    alike = _people_alike(staged, people)
    crowded = count - len(alike)
    why = f"{crowded:,} people agree with more than {MOST_IDS - 1} others; does a date of birth stand for none?"
    notes = (f"{NOT_LOOKED_FOR}{why}",) if crowded > 0 else ()
    return tuple(_told(staged, _pairs(staged.engine, alike, dated))), notes


def _cannot_look(staged: Staged, dated: Mapping[str, Table]) -> str:
    """Return why people with two ids cannot be looked for; nothing where they can."""
    if "people" not in staged.tables or staged.people is None:
        return "the people are not read, or not wholly"
    if SAME_PERSON not in staged.tables["people"].table.columns:
        return "that needs birth_month and sex of the people"
    return "" if dated else "that needs something recorded on days"


def _people_alike(staged: Staged, people: Table) -> Table:
    known = {} if staged.people is None else {"known": staged.people}
    step = Step.load("lvrn_eval.records", "alike.sql")
    return staged.engine.run(step, tables={"staged": people, **known}, values={"most": MOST_IDS})


def _pairs(engine: DuckDBEngine, alike: Table, dated: Mapping[str, Table]) -> list[dict[str, object]]:
    """Return the rows of each pair, in the order of their files."""
    from sqlglot import exp, select

    def days(table: str) -> exp.Expr:
        sort, place, day = DAYS[table]
        columns = {
            "alike": quoted("alike", "alike"),
            "row_number": quoted("row_number", "alike"),
            "sort": literal(sort),
            "place": exp.cast(quoted(place, table) if place else literal(""), "varchar"),
            "day": quoted(day, table),
        }
        same = exp.EQ(this=quoted("person_id", table), expression=quoted("person_id", "alike"))
        named = [exp.alias_(column, name, quoted=True) for name, column in columns.items()]
        return select(*named).from_(table).join("alike", on=same)

    union = reduce(exp.union, [days(table) for table in dated])
    shared = engine.run(build("records/days of people alike", union), tables={"alike": alike, **dated})
    made = engine.run(Step.load("lvrn_eval.records", "pairs.sql"), tables={"alike": alike, "days": shared})
    found: list[dict[str, object]] = engine.fetch(made).to_pylist()
    for table in (alike, shared, made):
        engine.drop(table)
    return found


def _told(staged: Staged, pairs: list[dict[str, object]]) -> list[QualityFault]:
    source = staged.tables["people"].source
    grouped: dict[tuple[str, str], list[tuple[int, int]]] = {}
    for pair in pairs:
        files = (str(pair["file"]), str(pair["other_file"]))
        grouped.setdefault(files, []).append((int(str(pair["row"])), int(str(pair["other_row"]))))
    return [
        QualityFault(
            "warning",
            "same_person",
            "people",
            "person_id",
            file,
            len(rows),
            tuple(row for pair in rows[:SHOWN_PAIRS] for row in pair),
            f"{source.place}.person_id ({file if file == other else f'{file} and {other}'})",
            f"{len(rows):,} pair{'s' if len(rows) > 1 else ''} of ids that may be one person's ({pair_list(rows)})",
            "look at both rows; if they are one person, give all of the person's rows one id. They are not merged",
        )
        for (file, other), rows in sorted(grouped.items())
    ]


def pair_list(pairs: list[tuple[int, int]]) -> str:
    """Return ``rows 3 and 9`` or ``rows 3 and 9, 4 and 7, and 12 more pairs``."""
    listed = ", ".join(f"{row} and {other}" for row, other in pairs[:SHOWN_PAIRS])
    rest = len(pairs) - SHOWN_PAIRS
    more = f", and {rest:,} more pair{'s' if rest > 1 else ''}" if rest > 0 else ""
    return f"rows {listed}{more}"
