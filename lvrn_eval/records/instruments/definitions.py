"""What a questionnaire is, as plain data: items by number, scales, bands, ages, and where each of these comes from.

No item's text stands here, nor anywhere else in this library: questionnaires are other people's works. A definition
is data that is read, never code that is run.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from types import MappingProxyType
from typing import Literal, TypeAlias

Direction = Literal["better", "worse"]
"""What a higher score means."""

Codes: TypeAlias = "Mapping[int, float]"

NOTHING: Mapping[int, float] = MappingProxyType({})


@dataclass(frozen=True)
class Source:
    """Where a rule comes from.

    Parameters
    ----------
    text
        Who says it, and where.
    confirmed
        Whether that was seen. What was not is to be checked before anything rests on it.
    """

    text: str
    confirmed: bool


@dataclass(frozen=True)
class Band:
    """A named range of scores, both ends included."""

    name: str
    low: float
    high: float


@dataclass(frozen=True)
class BandSet:
    """One way to cut the scores of a form into bands, best known by its name.

    Parameters
    ----------
    name
        How a caller asks for it.
    by_scale
        The bands of each scale that has them; together they cover every score of the scale once.
    source
        Where the cuts come from.
    """

    name: str
    by_scale: Mapping[str, tuple[Band, ...]]
    source: Source


@dataclass(frozen=True)
class Items:
    """Items of one range of answers, by number."""

    numbers: tuple[int, ...]
    low: int
    high: int


@dataclass(frozen=True)
class Scale:
    """How one score is made.

    Parameters
    ----------
    name
        A neutral name.
    items
        Numbers of the items that are added up; none for a sum of other scales.
    reversed
        Those of them that count the other way round: lowest plus highest answer, minus the answer.
    higher
        What a higher score means.
    at_least
        How many items must be answered. With fewer than all, the sum is scaled up to all and rounded, halves upwards.
    points
        What an answer counts, where that is not the answer itself.
    zero_if
        ``(item, answer)``: with this answer to that item the score is 0, whatever else was answered.
    parts
        Names of the scales whose scores are added up; all must be there.
    conversion
        The score for each sum, where the sum itself is not the score.
    """

    name: str
    items: tuple[int, ...] = ()
    reversed: tuple[int, ...] = ()
    higher: Direction = "worse"
    at_least: int = 0
    points: Mapping[int, float] = field(default_factory=lambda: NOTHING)
    zero_if: tuple[int, int] | None = None
    parts: tuple[str, ...] = ()
    conversion: Mapping[int, float] = field(default_factory=lambda: NOTHING)


@dataclass(frozen=True)
class Ages:
    """Ages in whole years, both included, for which a form was made; outside them nothing is scored."""

    low: int
    high: int
    source: Source


@dataclass(frozen=True)
class Form:
    """One form of an instrument: who answers it, in which version.

    Parameters
    ----------
    informant
        Who answers.
    versions
        What a row's ``version`` may say.
    items
        All items the form has, scored or not.
    scales
        In the order they are shown; a scale stands after its parts.
    bands
        Ways to cut the scores; the first is the default.
    ages
        For whom it was made; None where nobody is refused.
    version_needed
        Whether a row must say which version it is.
    """

    informant: str
    versions: tuple[str, ...]
    items: tuple[Items, ...]
    scales: tuple[Scale, ...]
    bands: tuple[BandSet, ...] = ()
    ages: Ages | None = None
    version_needed: bool = False

    @cached_property
    def ranges(self) -> Mapping[int, tuple[int, int]]:
        """The lowest and highest answer to each item."""
        return MappingProxyType({number: (some.low, some.high) for some in self.items for number in some.numbers})

    def scale(self, name: str) -> Scale:
        """Return the scale of this name."""
        return next(scale for scale in self.scales if scale.name == name)

    def limits(self, scale: Scale) -> tuple[float, float]:
        """Return the lowest and highest score of a scale."""
        if scale.parts:
            both = [self.limits(self.scale(part)) for part in scale.parts]
            return sum(low for low, _ in both), sum(high for _, high in both)
        if scale.conversion:
            return min(scale.conversion.values()), max(scale.conversion.values())
        ends = [self._points(scale, number) for number in scale.items]
        return sum(low for low, _ in ends), sum(high for _, high in ends)

    def _points(self, scale: Scale, number: int) -> tuple[float, float]:
        if scale.points:
            return min(scale.points.values()), max(scale.points.values())
        return self.ranges[number]

    def band_set(self, name: str) -> BandSet:
        """Return the way to cut of this name."""
        return next(found for found in self.bands if found.name == name)


@dataclass(frozen=True)
class ReliableChange:
    """How large a change of one person must be to exceed what measurement error explains.

    Give ``sd`` and ``reliability``, or ``sem``, or ``points``, and say where they come from.

    Parameters
    ----------
    sd, reliability
        Standard deviation of the scores before, and reliability of the scale: the index is
        ``(after - before) / (sd * sqrt(2) * sqrt(1 - reliability))``, and a change is reliable when it is beyond 1.96.
    sem
        Standard error of measurement, ``sd * sqrt(1 - reliability)``, where that is what was published.
    points
        A published change in points that counts as reliable, itself included; there is no index then.
    source
        Where the numbers come from.

    Raises
    ------
    AnalysisError
        When it is not exactly one of the three, or a number is out of range.

    Examples
    --------
    >>> rule = ReliableChange(sd=5, reliability=0.84, source=Source("our own pilot, 2023", confirmed=True))
    >>> round(rule.smallest, 2)
    5.54
    """

    source: Source
    sd: float | None = None
    reliability: float | None = None
    sem: float | None = None
    points: float | None = None

    def __post_init__(self) -> None:
        from lvrn_eval.errors import AnalysisError

        given = [self.sd is not None or self.reliability is not None, self.sem is not None, self.points is not None]
        whole = (self.sd is None) == (self.reliability is None)
        sizes = [size for size in (self.sd, self.sem, self.points) if size is not None]
        if sum(given) != 1 or not whole or any(size <= 0 for size in sizes):
            raise AnalysisError(
                "reliable change needs sd and reliability, or sem, or points: one of the three, and above 0"
            )
        if self.reliability is not None and not 0 <= self.reliability < 1:
            raise AnalysisError("reliable change: a reliability lies between 0 and 1, and is not 1")

    @property
    def error_of_difference(self) -> float | None:
        """The standard error of a difference between two scores of one person; None where only points are known."""
        if self.sd is not None and self.reliability is not None:
            return float(self.sd * 2**0.5 * (1 - self.reliability) ** 0.5)
        return None if self.sem is None else float(self.sem * 2**0.5)

    @property
    def smallest(self) -> float:
        """The change beyond which (or, for points, from which) it counts as reliable."""
        if self.points is not None:
            return self.points
        return Z * (self.error_of_difference or 0.0)


Z = 1.96
"""A change counts as reliable when the index is beyond this (Jacobson and Truax 1991)."""


@dataclass(frozen=True)
class Instrument:
    """A questionnaire.

    Parameters
    ----------
    slug, title
        What rows of ``scores`` call it, and its usual name.
    forms
        Who answers it, in which version.
    total
        The scale that a total entered by hand is of; None where there is no total.
    licence
        Who may use it, as far as known.
    source
        Where items, scales and reversals come from.
    copyright
        A line that must stand on every copy of the questionnaire; empty where none is known.
    reliable
        Published rules for reliable change, by scale.
    notes
        What a user must know: ages it was validated for, sizes of groups, values in circulation that disagree.
    """

    slug: str
    title: str
    forms: tuple[Form, ...]
    total: str | None
    licence: Source
    source: Source
    copyright: str = ""
    reliable: Mapping[str, ReliableChange] = field(default_factory=lambda: MappingProxyType({}))
    notes: tuple[Source, ...] = ()

    @property
    def informants(self) -> tuple[str, ...]:
        """Who may answer."""
        return tuple(dict.fromkeys(form.informant for form in self.forms))

    @property
    def versions(self) -> tuple[str, ...]:
        """What a row's ``version`` may say."""
        return tuple(dict.fromkeys(version for form in self.forms for version in form.versions))

    @property
    def scales(self) -> tuple[str, ...]:
        """The names of all scales."""
        return tuple(dict.fromkeys(scale.name for form in self.forms for scale in form.scales))

    @property
    def band_sets(self) -> tuple[str, ...]:
        """The names of all ways to cut; the first is the default."""
        return tuple(dict.fromkeys(found.name for form in self.forms for found in form.bands))

    def higher(self, scale: str) -> Direction:
        """Return what a higher score of a scale means."""
        return next(found.higher for form in self.forms for found in form.scales if found.name == scale)

    def sources(self) -> tuple[tuple[str, Source], ...]:
        """Return everything that was looked up: what it is about, and where it comes from."""
        found = [("items and scales", self.source), ("licence", self.licence)]
        for form in self.forms:
            found += [(f"bands {cut.name}", cut.source) for cut in form.bands]
            found += [(f"ages ({form.informant})", form.ages.source)] if form.ages else []
        found += [(f"reliable change of {scale}", rule.source) for scale, rule in self.reliable.items()]
        found += [("note", note) for note in self.notes]
        return tuple(dict.fromkeys(found))


def bands_from(names: tuple[str, ...], *cuts: tuple[float, float]) -> tuple[Band, ...]:
    """Return named bands from their ends, in the order of the names."""
    return tuple(Band(name, low, high) for name, (low, high) in zip(names, cuts, strict=True))
