"""What the eligibility rules look at: one row per person, with the choices that made it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from types import MappingProxyType
from typing import TYPE_CHECKING, Protocol

from lvrn_eval.engine import Step, Table, as_table
from lvrn_eval.errors import CohortError, suggestion
from lvrn_eval.records.tables import EVENT_KINDS, ROLES

if TYPE_CHECKING:
    from sqlglot import exp

    from lvrn_eval.engine import Frame
    from lvrn_eval.result import Choice

QUALIFYING_KINDS = ("suspect", "charge", "non_conviction", "conviction", "asb")


class HasTables(Protocol):
    """Anything that holds the tables the features are made of: a project's records, or frames in a namespace."""

    @property
    def people(self) -> Table | Frame: ...  # noqa: D102
    @property
    def referrals(self) -> Table | Frame: ...  # noqa: D102
    @property
    def contacts(self) -> Table | Frame: ...  # noqa: D102
    @property
    def events(self) -> Table | Frame: ...  # noqa: D102


@dataclass(frozen=True)
class Features:
    """One row per person in the records, and how it was made.

    Parameters
    ----------
    table
        ``person_id, site, …`` and whatever the rules may name; ``n_records`` counts the person's rows in the input.
    as_of
        The review date: nothing dated later was looked at.
    observed_from
        The day from which recorded events are known; None when nobody stated it.
    sites
        Every site that takes part, so that one with nobody eligible still shows.
    method
        Every choice, by name.
    """

    table: Table
    as_of: date | None = None
    observed_from: date | None = None
    sites: tuple[str, ...] = ()
    method: Mapping[str, Choice] = field(default_factory=lambda: MappingProxyType({}))


def engagement_features(
    records: HasTables,
    *,
    as_of: date | str,
    roles: Sequence[str] = ("mentor", "coach"),
    attended_only: bool = True,
    distinct_dates: bool = True,
    event_kinds: Sequence[str] = QUALIFYING_KINDS,
) -> Features:
    """Return, for every person in the records, what the Champions rules look at.

    Parameters
    ----------
    records
        Anything with ``people``, ``referrals``, ``contacts`` and ``events``, tables or frames.
    as_of
        The review date; rows dated later are not looked at.
    roles
        With whom a contact counts as an engagement.
    attended_only
        Whether an engagement must have been attended. This also decides what "active" means.
    distinct_dates
        Whether two engagements on one day count once.
    event_kinds
        Which recorded events count as a previous offence or offending behaviour.

    Returns
    -------
    Features
        ``table`` has ``person_id``; ``site`` (of the last engagement, alphabetically first on a tie; for a person
        never engaged, of the first referral); ``birth_month``, ``sex``, ``ethnicity``, ``district``;
        ``referral_source`` and ``referred_on`` of the first referral; ``age_at_referral`` in years, by months;
        ``first_contact`` and ``last_contact`` with anyone; ``mentor_contacts``, engagements with ``roles``;
        ``prior_events``, events of ``event_kinds`` dated before the first contact; ``n_records``, rows in
        ``contacts``.

    Raises
    ------
    CohortError
        When a role or an event kind is not a known one, or none is given, or a person stands in ``people`` twice.
    AnalysisError
        When a table is missing, or lacks a column.
    """
    as_of = as_date(as_of, "as_of")
    _known("roles", roles, ROLES)
    _known("event_kinds", event_kinds, EVENT_KINDS)
    people = as_table(records.people, "people")
    tables = {
        "people": people,
        **{
            name: as_table(getattr(records, name, None), name, people.engine)
            for name in ("referrals", "contacts", "events")
        },
    }
    check_people(people, "people")
    table = people.engine.run(
        Step.load("lvrn_eval.cohort", "engagement_features.sql"),
        tables=tables,
        values={"as_of": as_of, "distinct_dates": distinct_dates},
        expressions={
            "engaged": _engaged(as_of, attended_only=attended_only),
            "counts_as_engagement": _one_of("contacts", "role", roles),
            "qualifies": _one_of("events", "kind", event_kinds),
        },
    )
    return Features(
        table,
        as_of,
        getattr(records, "observed_from", None),
        tuple(getattr(records, "sites", ())),
        MappingProxyType(
            {
                "as_of": as_of.isoformat(),
                "roles": list(roles),
                "attended_only": attended_only,
                "distinct_dates": distinct_dates,
                "event_kinds": list(event_kinds),
                "site_of_a_person": "last engagement; alphabetically first on a tie; else first referral",
            },
        ),
    )


def check_people(table: Table, name: str) -> None:
    """Refuse a table without ``person_id``, or with a person twice or unnamed.

    Raises
    ------
    CohortError
        With how many rows are wrong.
    """
    if "person_id" not in table.columns:
        raise CohortError(f"{name}: there is no column 'person_id'; {suggestion('person_id', table.columns)}")
    counted = table.engine.run(Step.load("lvrn_eval.cohort", "people_check.sql"), tables={"features": table})
    found: Mapping[str, int] = table.engine.fetch(counted).to_pylist()[0]
    if found["unnamed"] or found["repeated"]:
        raise CohortError(
            f"{name}: every row must be one person: {found['unnamed']:,} rows have no person_id and "
            f"{found['repeated']:,} people stand in more than one row; make them one row each",
        )


def as_date(value: date | str, name: str) -> date:
    """Return a date given as one, or as ISO text.

    Raises
    ------
    CohortError
        When it is neither.
    """
    if isinstance(value, date):
        return date(value.year, value.month, value.day)
    try:
        return date.fromisoformat(value)
    except (TypeError, ValueError):
        raise CohortError(f"{name} must be a date, as date(2024, 3, 31) or '2024-03-31'") from None


def _known(argument: str, given: Sequence[str], known: Sequence[str]) -> None:
    if isinstance(given, str) or not given:
        raise CohortError(f"{argument} takes a list with at least one of: {', '.join(known)}")
    for name in given:
        if name not in known:
            raise CohortError(f"{argument}: there is no {name!r}; {suggestion(name, known)}")


def _engaged(as_of: date, *, attended_only: bool) -> exp.Expr:
    """Return whether a row of contacts is an engagement known on the review date."""
    from sqlglot import exp

    from lvrn_eval.engine import literal, quoted

    known = exp.LTE(this=exp.cast(quoted("on", "contacts"), "date"), expression=literal(as_of))
    return exp.and_(known, quoted("attended", "contacts")) if attended_only else known


def _one_of(table: str, column: str, values: Sequence[str]) -> exp.Expr:
    from lvrn_eval.engine import literal, quoted

    return quoted(column, table).isin(*(literal(value) for value in values))
