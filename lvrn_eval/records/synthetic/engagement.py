"""Referrals and the contacts that follow them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from lvrn_eval.records.synthetic.assumptions import Assumptions
from lvrn_eval.records.synthetic.custody import Spells
from lvrn_eval.records.synthetic.draws import SPAN, YEAR, Bools, Floats, Ints, day, whole_days
from lvrn_eval.records.synthetic.people import OLDEST, People
from lvrn_eval.records.tables import ROLES

NO_STAFF = -1
NEVER = SPAN - 1
"""A day after all others."""


@dataclass(frozen=True)
class Referrals:
    """Referrals by person and day."""

    person: Ints
    on: Ints


@dataclass(frozen=True)
class Contacts:
    """Appointments by person and day; ``staff`` is a position among all staff, or ``NO_STAFF``."""

    person: Ints
    on: Ints
    role: Ints
    staff: Ints
    attended: Bools
    minutes: Ints

    def programme_starts(self, size: int) -> Ints:
        """Return each person's first day attended with a mentor or coach, or ``NEVER`` for those with fewer than two.

        Returns
        -------
        ndarray
            Days, of shape ``(size,)``.
        """
        counts = self.attended & (self.staff != NO_STAFF)
        days = np.unique(self.person[counts] * SPAN + self.on[counts])
        person, first = np.unique(days // SPAN, return_index=True)
        several = np.bincount(days // SPAN, minlength=size)[person] > 1
        starts = np.full(size, NEVER, dtype=np.int64)
        starts[person[several]] = days[first[several]] % SPAN
        return starts


def make_referrals(rng: np.random.Generator, people: People, assumptions: Assumptions) -> Referrals:
    """Return everybody's referral, and a second one for some."""
    earliest, mean = assumptions.second_referral_days
    again = rng.random(len(people)) < assumptions.second_referral
    on = people.referred + earliest + whole_days(rng, mean - earliest, len(people))
    still_young = on - people.born < OLDEST * YEAR
    (second,) = np.nonzero(again & still_young & (on <= day(assumptions.extract_on)))
    person = np.concatenate([np.arange(len(people)), second])
    days = np.concatenate([people.referred, on[second]])
    order = np.argsort(person * SPAN + days, kind="stable")
    return Referrals(person[order], days[order])


def make_contacts(
    rng: np.random.Generator,
    people: People,
    referrals: Referrals,
    spells: Spells,
    assumptions: Assumptions,
) -> Contacts:
    """Draw the appointments of every referral, about one a week; there are none in custody or after the extract."""
    case, on = _appointments(rng, referrals, assumptions)
    person = referrals.person[case]
    usual = rng.random(referrals.person.size)
    held = (on <= day(assumptions.extract_on)) & ~spells.hold(person, on)
    case, person, on = case[held], person[held], on[held]
    entries = 1 + (rng.random(case.size) < assumptions.second_entry)
    case, person, on = np.repeat(case, entries), np.repeat(person, entries), np.repeat(on, entries)
    role, staff = _staff(rng, people.trust[person], usual[case], assumptions)
    share_kept = rng.beta(*assumptions.kept, len(people))
    attended = rng.random(person.size) < share_kept[person]
    minutes = 15 * rng.integers(2, 8, person.size)
    order = np.argsort(person * SPAN + on, kind="stable")
    return Contacts(person[order], on[order], role[order], staff[order], attended[order], minutes[order])


def _appointments(rng: np.random.Generator, referrals: Referrals, assumptions: Assumptions) -> tuple[Ints, Ints]:
    """Return the referral and the day of every appointment that was planned."""
    size = referrals.on.size
    first = referrals.on + 1 + whole_days(rng, assumptions.days_to_contact - 1, size)
    shape, mean = assumptions.engagement_days
    weeks = (rng.gamma(shape, mean / shape, size) / 7).astype(np.int64)
    luck = rng.random(size)
    once = assumptions.never_met + assumptions.met_once
    count = np.select([luck < assumptions.never_met, luck < once], [0, 1], default=2 + weeks)
    case = np.repeat(np.arange(size), count)
    week = np.arange(case.size) - np.repeat(np.cumsum(count) - count, count)
    moved = rng.integers(-2, 3, case.size) * (week > 0)
    return case, first[case] + 7 * week + moved


def _staff(rng: np.random.Generator, trust: Ints, usual: Floats, assumptions: Assumptions) -> tuple[Ints, Ints]:
    """Return role and member of staff of each contact: the person's usual one, a colleague, or somebody else."""
    roles = np.array([ROLES.index(role) for trust in assumptions.trusts for role in trust.staff])
    count = np.array([len(trust.staff) for trust in assumptions.trusts])
    first = np.cumsum(count) - count
    colleague = rng.random(trust.size)
    position = np.where(rng.random(trust.size) < assumptions.usual_staff, usual, colleague)
    staff = first[trust] + (position * count[trust]).astype(np.int64)
    other = rng.random(trust.size) < assumptions.other_staff
    return np.where(other, ROLES.index("other"), roles[staff]), np.where(other, NO_STAFF, staff)
