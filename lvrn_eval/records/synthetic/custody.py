"""Spells in custody, drawn before contacts and events so that both can keep clear of them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from lvrn_eval.records.synthetic.assumptions import Assumptions
from lvrn_eval.records.synthetic.draws import SPAN, YEAR, Bools, Ints, arrivals, day
from lvrn_eval.records.synthetic.people import People, names


@dataclass(frozen=True)
class Spells:
    """Spells by person and day, never overlapping; ``ends`` may lie after the extract."""

    person: Ints
    starts: Ints
    ends: Ints

    def hold(self, person: Ints, on: Ints) -> Bools:
        """Return whether each person is in custody on a day, the first and the last day of a spell included."""
        if not self.person.size:
            return np.zeros(person.size, dtype=np.bool_)
        last = np.searchsorted(self.person * SPAN + self.starts, person * SPAN + on, side="right") - 1
        found: Bools = (last >= 0) & (self.person[last] == person) & (on <= self.ends[last])
        return found


def make_spells(rng: np.random.Generator, people: People, assumptions: Assumptions) -> Spells:
    """Draw the spells of a block: receptions by chance, and the spell from which a prison refers."""
    first = np.maximum(people.born + int(assumptions.custody_age * YEAR), day(assumptions.observed_from))
    rate = assumptions.custody_rate * people.suspect_rate
    person, starts = arrivals(rng, first, day(assumptions.extract_on), rate)
    kept = rng.random(person.size) < people.relative_rate(person, starts, assumptions)
    person, starts = person[kept], starts[kept]
    ends = starts + _lengths(rng, person.size, assumptions)
    (inside,) = np.nonzero(people.source == names(assumptions.sources).index("prison"))
    released = people.referred[inside] + rng.integers(0, 15, inside.size)
    received = released - _lengths(rng, inside.size, assumptions)
    return _without_overlaps(
        np.concatenate([person, inside]),
        np.concatenate([starts, received]),
        np.concatenate([ends, released]),
    )


def _lengths(rng: np.random.Generator, size: int, assumptions: Assumptions) -> Ints:
    median, spread, longest = assumptions.custody_days
    days = median * np.exp(spread * rng.standard_normal(size))
    return np.clip(np.ceil(days), 1, longest).astype(np.int64)


def _without_overlaps(person: Ints, starts: Ints, ends: Ints) -> Spells:
    """Sort spells and leave out each that starts before all earlier ones of the person have ended."""
    order = np.argsort(person * SPAN + starts, kind="stable")
    person, starts, ends = person[order], starts[order], ends[order]
    # one running maximum serves all people, as a person's number outweighs any day
    latest = np.maximum.accumulate(person * SPAN + ends)
    free = np.ones(person.size, dtype=np.bool_)
    free[1:] = person[1:] * SPAN + starts[1:] > latest[:-1]
    return Spells(person[free], starts[free], ends[free])
