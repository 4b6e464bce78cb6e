"""What was asked, and whether the tables and choices allow it: everything wrong is told at once."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Literal

from lvrn_eval.cohort.cohort import Cohort
from lvrn_eval.cohort.features import as_date
from lvrn_eval.cohort.windows import custody_faults, people_faults, read_window
from lvrn_eval.engine import Step, Table, as_table, build, quoted
from lvrn_eval.errors import AnalysisError, CohortError, Fault, suggestion
from lvrn_eval.records.tables import EVENT_KINDS

if TYPE_CHECKING:
    from lvrn_eval.engine import Frame

Incomplete = Literal["drop", "rate"]
INCOMPLETE = ("drop", "rate")
PACKAGE = "lvrn_eval.offending"

PEOPLE = {"person_id": "id", "first_contact": "date", "last_contact": "date"}
EVENTS = {"person_id": "id", "on": "date", "kind": "text"}
CUSTODY = {"person_id": "id", "starts_on": "date", "ends_on": "date"}
FAMILIES = {
    "date": ("DATE", "TIMESTAMP"),
    "text": ("VARCHAR", "TEXT", "STRING", "CHAR", "ENUM", "UUID"),
    "number": ("INT", "BIGINT", "SMALLINT", "TINYINT", "HUGEINT", "UINT", "UBIG", "USMALL", "UTINY", "DOUBLE", "FLOAT",
               "REAL", "DECIMAL", "NUMERIC"),
}  # fmt: skip
EMPTY_TYPES = {"date": "date", "text": "text", "number": "bigint"}


@dataclass(frozen=True)
class Study:
    """A question about counts before and after, with tables that can answer it.

    Parameters
    ----------
    people, events, custody
        Checked tables of one engine.
    kinds
        The kinds of event that are counted.
    before, after
        Days asked for; None for all there are.
    as_of, observed_from
        Last and first day of the records.
    incomplete
        What happens to people whose window of a fixed length was cut.
    """

    people: Table
    events: Table
    custody: Table | None
    kinds: tuple[str, ...]
    before: int | None
    after: int | None
    as_of: date
    observed_from: date | None
    incomplete: Incomplete

    @property
    def exposure_known(self) -> bool:
        """Whether anybody knows how many days lie before the first contact."""
        return self.before is not None or self.observed_from is not None


def read_study(
    cohort: Cohort | Table | Frame,
    events: Table | Frame,
    *,
    kinds: Sequence[str],
    before: str,
    after: str,
    custody: Table | Frame | None,
    as_of: date | str | None,
    observed_from: date | str | None,
    incomplete: str,
    conf_level: float = 0.95,
) -> Study:
    """Read the choices and tables of a before/after question.

    Raises
    ------
    AnalysisError
        Listing everything wrong with the choices; then with the tables' columns; then with their rows.
    """
    faults: list[Fault] = []
    if isinstance(cohort, Cohort):
        as_of = cohort.as_of if as_of is None else as_of
        observed_from = cohort.observed_from if observed_from is None else observed_from
    last, first = _date(as_of, "as_of", faults), _date(observed_from, "observed_from", faults)
    if as_of is None:
        faults.append(Fault("as_of", "no review date was given", "give the last day the records cover"))
    if last is not None and first is not None and first > last:
        faults.append(Fault("observed_from", "lies after as_of", "look for swapped dates"))
    days_before, days_after = _days(before, "before", faults), _days(after, "after", faults)
    faults += _choice_faults(kinds, incomplete, conf_level)
    if faults or last is None:
        raise AnalysisError("the question cannot be answered as asked", faults)
    people = cohort.people if isinstance(cohort, Cohort) else as_table(cohort, "people")
    tables = _checked_columns(people, events, custody)
    study = Study(
        tables["people"],
        tables["events"],
        tables.get("custody"),
        tuple(dict.fromkeys(kinds)),
        days_before,
        days_after,
        last,
        first,
        "rate" if incomplete == "rate" else "drop",
    )
    if faults := _row_faults(study):
        raise AnalysisError("the records do not allow an answer", faults)
    return study


def _date(value: date | str | None, argument: str, faults: list[Fault]) -> date | None:
    try:
        return None if value is None else as_date(value, argument)
    except CohortError:
        faults.append(Fault(argument, "is not a date", "write it as date(2024, 3, 31) or '2024-03-31'"))
        return None


def _days(window: str, argument: str, faults: list[Fault]) -> int | None:
    found = read_window(window, argument)
    if isinstance(found, Fault):
        faults.append(found)
        return None
    return found


def _choice_faults(kinds: Sequence[str], incomplete: str, conf_level: float) -> Iterable[Fault]:
    if isinstance(kinds, str) or not kinds or not all(isinstance(kind, str) for kind in kinds):
        yield Fault("kinds", "is not a list of kinds of event", 'name at least one, as in kinds=["suspect"]')
    if incomplete not in INCOMPLETE:
        yield Fault("incomplete", f"{incomplete!r} is not a rule", suggestion(str(incomplete), INCOMPLETE))
    if not 0 < conf_level < 1:
        yield Fault("conf_level", "must lie between 0 and 1", "write 0.95 for 95%")


def _checked_columns(people: Table, events: Table | Frame, custody: Table | Frame | None) -> dict[str, Table]:
    """Return the tables, each with the columns it needs and every column of a usable type."""
    tables = {"people": people, "events": as_table(events, "events", people.engine)}
    if custody is not None:
        tables["custody"] = as_table(custody, "custody", people.engine)
    wanted = {"people": PEOPLE, "events": EVENTS, "custody": CUSTODY}
    faults = [
        Fault(f"{name}.{column}", "there is no such column", suggestion(column, table.columns))
        for name, table in tables.items()
        for column in wanted[name]
        if column not in table.columns
    ]
    if faults:
        raise AnalysisError("the records do not allow an answer", faults)
    ids = _family_of_ids(tables["people"], tables["events"])
    typed = {name: _typed(table, name, wanted[name], ids, faults) for name, table in tables.items()}
    if faults:
        raise AnalysisError("the records do not allow an answer", faults)
    return typed


def _family_of_ids(people: Table, events: Table) -> str:
    """Return the kind of type person ids have: that of the people, or of the events where there are no people."""
    families = [_family(table.columns["person_id"]) for table in (people, events)]
    if families[0] != families[1]:
        # a column without a value has whatever type the frame happened to give it
        held = [_held(table, ["person_id"])["person_id"] for table in (people, events)]
        families = [family for family, values in zip(families, held, strict=True) if values]
    return next((family for family in families if family in {"text", "number"}), "text")


def _typed(table: Table, name: str, wanted: Mapping[str, str], ids: str, faults: list[Fault]) -> Table:
    """Return the table with columns that hold nothing given the type they should have; add a fault for the others."""
    from sqlglot import exp, select

    families = {column: ids if family == "id" else family for column, family in wanted.items()}
    wrong = [column for column, family in families.items() if _family(table.columns[column]) != family]
    if not wrong:
        return table
    held = _held(table, wanted if "person_id" in wrong else wrong)
    faults += [_type_fault(name, column, table.columns[column], families[column]) for column in wrong if held[column]]
    columns = [
        exp.alias_(exp.cast(exp.null(), EMPTY_TYPES[families[column]]), column, quoted=True)
        if column in wrong and not held[column]
        else quoted(column)
        for column in table.columns
    ]
    return table.engine.run(build(f"offending/{name}_typed", select(*columns).from_("given")), tables={"given": table})


def _type_fault(name: str, column: str, kind: str, family: str) -> Fault:
    fixes = {
        "date": "make dates of it before, as with pandas.to_datetime(..., dayfirst=True), without a time zone",
        "text": "make text of it before",
        "number": "give people, events and custody ids of one type",
    }
    fix = fixes["number"] if column == "person_id" else fixes[family]
    return Fault(f"{name}.{column}", f"holds {kind}, where {family} is needed", fix)


def _family(kind: str) -> str:
    upper = kind.upper()
    if "TIME ZONE" in upper or upper == "TIMESTAMPTZ":
        return "moment"
    return next((family for family, starts in FAMILIES.items() if upper.startswith(starts)), "other")


def _held(table: Table, columns: Iterable[str]) -> dict[str, int]:
    """Return how many values each column holds."""
    from sqlglot import exp, select

    counts = [exp.alias_(exp.Count(this=quoted(column)), column, quoted=True) for column in columns]
    counted = table.engine.run(build("offending/held", select(*counts).from_("given")), tables={"given": table})
    row: dict[str, int] = counted.to_arrow().to_pylist()[0]
    return row


def _row_faults(study: Study) -> list[Fault]:
    engine = study.people.engine
    faults = people_faults(study.people, study.as_of)
    if study.custody is not None:
        faults += custody_faults(study.custody)
    checked = engine.run(Step.load(PACKAGE, "events_check.sql"), tables={"events": study.events})
    found = checked.to_arrow().to_pylist()[0]
    for name, column, fix in (
        ("unnamed", "person_id", "name the person of every event"),
        ("undated", "on", "leave out events without a date, and say so"),
        ("no_kind", "kind", "say what kind of event each is"),
    ):
        if found[name]:
            rows = f"{found[name]:,} row{'' if found[name] == 1 else 's'}"
            faults.append(Fault(f"events.{column}", f"missing in {rows}", fix))
    return faults + _kind_faults(study)


def _kind_faults(study: Study) -> list[Fault]:
    """Return the kinds that neither the canonical list nor the events know."""
    strange = [kind for kind in study.kinds if kind not in EVENT_KINDS]
    if not strange:
        return []
    table = study.events.engine.run(Step.load(PACKAGE, "kinds.sql"), tables={"events": study.events})
    present = table.to_arrow().column("kind").to_pylist()
    known = [*dict.fromkeys([*present, *EVENT_KINDS])]
    return [
        Fault("kinds", f"{kind!r} is not a kind of event", suggestion(kind, known))
        for kind in strange
        if kind not in known
    ]
