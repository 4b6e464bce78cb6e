"""The tree of exceptions, and the one way a fault is told.

A message says what is wrong, where, for how many rows or people, and how to put it right. It never holds a value
of a row: the data is about children and alleged offences.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from typing import ClassVar


@dataclass(frozen=True, order=True)
class Fault:
    """One thing that is wrong.

    Parameters
    ----------
    where
        A place a person can go to: ``outcomes_framework.yaml:12:5`` or ``champions.contacts.on (burnley.csv)``.
    what
        What is wrong there, and for how many rows or people; never a row's value.
    fix
        How to put it right, as an instruction; empty when ``what`` already says it.
    excerpt
        Lines of a file the user wrote (never of data), with the fault marked.
    """

    where: str
    what: str
    fix: str = ""
    excerpt: str = ""

    def __str__(self) -> str:
        lines = [f"{self.where}: {self.what}"]
        if self.excerpt:
            lines += [f"    {line}" for line in self.excerpt.splitlines()]
        if self.fix:
            lines.append(f"    → {self.fix}")
        return "\n".join(lines)


class LvrnError(Exception):
    """Anything this library refuses.

    Parameters
    ----------
    summary
        One sentence saying what was refused.
    faults
        Every fault found, not only the first.

    Attributes
    ----------
    exit_code
        The exit status of the ``lvrn-eval`` command when this error ends it.
    """

    exit_code: ClassVar[int] = 1

    def __init__(self, summary: str, faults: Iterable[Fault] = ()) -> None:
        self.summary = summary
        self.faults: tuple[Fault, ...] = tuple(faults)
        super().__init__(summary)

    def __str__(self) -> str:
        return "\n".join([self.summary, *(f"  {fault}".replace("\n", "\n  ") for fault in self.faults)])


class RuleError(LvrnError):
    """A rule expression that is not one of the allowed kind, or names an unknown column."""

    exit_code = 3


class FrameworkError(LvrnError):
    """An outcomes framework that cannot be read or contradicts itself."""

    exit_code = 4


class RecordsError(LvrnError):
    """Records that do not fit the canonical tables."""

    exit_code = 5


class CohortError(LvrnError):
    """A cohort that cannot be selected as asked."""

    exit_code = 6


class AnalysisError(LvrnError):
    """An analysis whose inputs or choices do not allow an answer."""

    exit_code = 7


class ReleaseError(LvrnError):
    """A release that would reveal a person, or is not what its manifest says."""

    exit_code = 8


class ReportError(LvrnError):
    """A report source that cannot be rendered."""

    exit_code = 9


def nearest(name: str, known: Iterable[str]) -> str | None:
    """Return the known name most like ``name``, or None when nothing is close."""
    names: Sequence[str] = list(known)
    folded = {candidate.casefold(): candidate for candidate in reversed(names)}
    found = get_close_matches(name.casefold(), list(folded), n=1, cutoff=0.6)
    return folded[found[0]] if found else None


def suggestion(name: str, known: Iterable[str]) -> str:
    """Return ``did you mean …?``, or the list of what is known when nothing is close."""
    names = list(known)
    close = nearest(name, names)
    if close is not None:
        return f"did you mean {close!r}?"
    return "known: " + ", ".join(names) if names else "none is known here"
