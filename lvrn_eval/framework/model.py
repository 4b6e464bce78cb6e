"""An outcomes framework as it was read: frozen, typed, looked up by slug."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, Protocol, TypeVar

from lvrn_eval.errors import FrameworkError, suggestion
from lvrn_eval.framework.measure import Measure

if TYPE_CHECKING:
    from lvrn_eval.framework.diff import FrameworkDiff
    from lvrn_eval.framework.observations import Observations
    from lvrn_eval.result import Result

Numbering = Literal["attested", "reconstructed"]
"""Whether the source prints a number or it was worked out."""

Direction = Literal["increase", "decrease", "neither"]
"""The change in an indicator that is hoped for."""

Strength = Literal["direct", "contributory", "contextual"]
"""How strongly an indicator speaks to an outcome: measures it, should move it, or describes what was done around it."""

ProgrammeKind = Literal["programme", "network_wide"]
"""Whether an entry delivers something, or describes the county or the network as a whole."""


@dataclass(frozen=True)
class Level:
    """A level of outcomes, numbered as in the framework."""

    number: int
    numbering: Numbering
    name: str
    about: str
    source_note: str = ""


@dataclass(frozen=True)
class Outcome:
    """A change the framework wants to see.

    Parameters
    ----------
    slug
        Its fixed name, the key everything else refers to.
    number, numbering
        Its number, and whether the source prints that number.
    level
        The number of its level.
    name, statement
        A short name, and the change in a sentence.
    source_note
        What the source leaves open; empty for nothing.
    """

    slug: str
    number: str
    numbering: Numbering
    level: int
    name: str
    statement: str
    source_note: str = ""


@dataclass(frozen=True)
class SuccessMeasure:
    """A measure by which the funder judges the network: the outcome it stands for, the indicator that measures it."""

    slug: str
    name: str
    outcome: str
    indicator: str
    statement: str
    definition: str
    source: str
    source_note: str = ""


@dataclass(frozen=True)
class Programme:
    """Something the network runs, and the slugs of the outcomes it sets out to move."""

    slug: str
    kind: ProgrammeKind
    name: str
    about: str
    works_towards: tuple[str, ...]
    source_note: str = ""


@dataclass(frozen=True)
class Contribution:
    """A link from an indicator to an outcome, its strength, and the reason for that strength."""

    outcome: str
    strength: Strength
    because: str


@dataclass(frozen=True)
class Indicator:
    """Something a programme counts or measures.

    Parameters
    ----------
    slug, programme
        Its fixed name, and the slug of the programme it belongs to.
    name, definition
        A short name, and what exactly is counted or measured.
    unit
        What its value is in.
    direction
        The change that is hoped for.
    population
        Whom or what it is counted over.
    data_source
        Whose records it comes from.
    contributes_to
        The outcomes it says something about; never empty.
    source, source_note
        The document and page that report it, and what they leave open.
    measure
        How it is computed from records; None when that is not written down.
    not_measured
        Why no record gives it; empty where it is measured.
    """

    slug: str
    programme: str
    name: str
    definition: str
    unit: str
    direction: Direction
    population: str
    data_source: str
    contributes_to: tuple[Contribution, ...]
    source: str
    source_note: str = ""
    measure: Measure | None = None
    not_measured: str = ""


class _HasSlug(Protocol):
    @property
    def slug(self) -> str: ...


_Entry = TypeVar("_Entry", bound=_HasSlug)


@dataclass(frozen=True)
class Framework:
    """An outcomes framework without a fault in it.

    Parameters
    ----------
    name, publisher, first_year, last_year, source, source_note
        Whose framework it is, for which calendar years, where it is printed, and what that leaves open.
    levels, outcomes, success_measures, programmes, indicators
        Its entries, in the order of the file.
    schema_version
        The layout the file is written in.
    digest
        SHA-256 of the content. Comments, layout and the order of keys do not change it; the order of entries does.
    """

    name: str
    publisher: str
    first_year: int
    last_year: int
    source: str
    levels: tuple[Level, ...]
    outcomes: tuple[Outcome, ...]
    success_measures: tuple[SuccessMeasure, ...]
    programmes: tuple[Programme, ...]
    indicators: tuple[Indicator, ...]
    schema_version: int
    digest: str
    source_note: str = ""

    def level(self, number: int) -> Level:
        """Return the level with this number.

        Raises
        ------
        FrameworkError
            When there is no such level.
        """
        for level in self.levels:
            if level.number == number:
                return level
        known = ", ".join(str(level.number) for level in self.levels)
        raise FrameworkError(f"the framework has no level {number}; known: {known}")

    def outcome(self, slug: str) -> Outcome:
        """Return the outcome with this slug.

        Raises
        ------
        FrameworkError
            When there is no such outcome; the message names the nearest.
        """
        return _find("outcome", slug, self.outcomes)

    def success_measure(self, slug: str) -> SuccessMeasure:
        """Return the success measure with this slug.

        Raises
        ------
        FrameworkError
            When there is no such success measure; the message names the nearest.
        """
        return _find("success measure", slug, self.success_measures)

    def programme(self, slug: str) -> Programme:
        """Return the programme with this slug.

        Raises
        ------
        FrameworkError
            When there is no such programme; the message names the nearest.
        """
        return _find("programme", slug, self.programmes)

    def indicator(self, slug: str) -> Indicator:
        """Return the indicator with this slug.

        Raises
        ------
        FrameworkError
            When there is no such indicator; the message names the nearest.
        """
        return _find("indicator", slug, self.indicators)

    def outcomes_at(self, level: int) -> tuple[Outcome, ...]:
        """Return the outcomes of the level with this number, in the order of the file.

        Raises
        ------
        FrameworkError
            When there is no such level.
        """
        number = self.level(level).number
        return tuple(outcome for outcome in self.outcomes if outcome.level == number)

    def indicators_of(self, programme: str) -> tuple[Indicator, ...]:
        """Return the indicators of the programme with this slug, in the order of the file.

        Raises
        ------
        FrameworkError
            When there is no such programme.
        """
        slug = self.programme(programme).slug
        return tuple(indicator for indicator in self.indicators if indicator.programme == slug)

    def indicators_for(self, outcome: str) -> tuple[Indicator, ...]:
        """Return the indicators that contribute to the outcome with this slug, in the order of the file.

        Raises
        ------
        FrameworkError
            When there is no such outcome.
        """
        slug = self.outcome(outcome).slug
        return tuple(each for each in self.indicators if any(link.outcome == slug for link in each.contributes_to))

    def coverage(self, observations: Observations | None = None) -> Result:
        """Return which programme measures which outcome, given what could be computed.

        Parameters
        ----------
        observations
            What `map_outcomes` found; without it nothing counts as computed.

        Returns
        -------
        Result
            See `lvrn_eval.framework.coverage.coverage`.
        """
        from lvrn_eval.framework.coverage import coverage

        return coverage(self, observations)

    def diff(self, new: Framework) -> FrameworkDiff:
        """Return what changed in meaning from this framework to another.

        Parameters
        ----------
        new
            The framework that came after this one.

        Returns
        -------
        FrameworkDiff
            See `lvrn_eval.framework.diff.diff_frameworks`.
        """
        from lvrn_eval.framework.diff import diff_frameworks

        return diff_frameworks(self, new)


def _find(what: str, slug: str, entries: Sequence[_Entry]) -> _Entry:
    for entry in entries:
        if entry.slug == slug:
            return entry
    known = [entry.slug for entry in entries]
    raise FrameworkError(f"the framework has no {what} {slug!r}; {suggestion(slug, known)}")
