"""Recorded events: suspect records and what follows from them, and the other kinds."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from lvrn_eval.records.synthetic.assumptions import Assumptions
from lvrn_eval.records.synthetic.custody import Spells
from lvrn_eval.records.synthetic.draws import SPAN, Bools, Floats, Ints, arrivals, choose, day, whole_days
from lvrn_eval.records.synthetic.people import ASB_TRIGGER, SUSPECT_TRIGGER, TEN_YEARS, People, names, shares
from lvrn_eval.records.tables import EVENT_KINDS

SUSPECT, CHARGE, DISPOSAL, CONVICTION, ASB, VICTIM, HOSPITAL = (
    EVENT_KINDS.index(kind)
    for kind in ("suspect", "charge", "non_conviction", "conviction", "asb", "victim", "hospital_admission")
)
NO_OFFENCE = -1
NOT_SENTENCED = -1


@dataclass(frozen=True)
class Events:
    """Events; ``offence`` is a position in the assumptions' list, or ``NO_OFFENCE``."""

    person: Ints
    on: Ints
    kind: Ints
    offence: Ints
    knife: Bools

    def __getitem__(self, rows: Bools | Ints) -> Events:
        return Events(self.person[rows], self.on[rows], self.kind[rows], self.offence[rows], self.knife[rows])


@dataclass(frozen=True)
class Histories:
    """What the stages of events need to know of a block."""

    people: People
    spells: Spells
    programme_starts: Ints
    assumptions: Assumptions

    @property
    def first_days(self) -> Ints:
        """Each person's first day on which anything is made, of shape ``(n_people,)``."""
        before = day(self.assumptions.observed_from) - self.assumptions.burn_in_days
        return np.maximum(self.people.born + TEN_YEARS, before)

    def draw(self, rng: np.random.Generator, rate: Floats, *, responds: bool) -> tuple[Ints, Ints]:
        """Draw events whose rate follows age and, where it ``responds``, the programme's true effect."""
        ratio = self.assumptions.rate_ratio_after if responds else 1.0
        ceiling = max(1.0, ratio)
        person, on = arrivals(rng, self.first_days, day(self.assumptions.extract_on), rate * ceiling)
        effect = np.where(on >= self.programme_starts[person], ratio, 1.0)
        height = self.people.relative_rate(person, on, self.assumptions) * effect / ceiling
        kept = rng.random(person.size) < height
        return person[kept], on[kept]

    def triggers(self, rng: np.random.Generator, kind: int) -> tuple[Ints, Ints]:
        """Return the records of a kind that set off referrals."""
        before = rng.integers(0, self.assumptions.trigger_days + 1, len(self.people))
        (person,) = np.nonzero(self.people.trigger == kind)
        return person, (self.people.referred - before)[person]

    def possible(self, person: Ints, on: Ints) -> Bools:
        """Return whether a record can be: not too young, not too early, and not in custody."""
        return (on >= self.first_days[person]) & ~self.spells.hold(person, on)


def make_events(streams: tuple[np.random.Generator, ...], histories: Histories) -> Events:
    """Draw all events of a block, sorted by person, day and kind, as observed up to the extract.

    Parameters
    ----------
    streams
        The random streams of suspect records, of what follows from them, and of the other kinds.
    histories
        The block.
    """
    suspects_stream, outcomes_stream, others_stream = streams
    suspects, sentenced = _suspects(suspects_stream, histories)
    outcomes = _outcomes(outcomes_stream, suspects, sentenced, histories.assumptions)
    events = _together([suspects, *outcomes, *_others(others_stream, histories)])
    start, stop = day(histories.assumptions.observed_from), day(histories.assumptions.extract_on)
    events = events[(events.on >= start) & (events.on <= stop)]
    key = (events.person * SPAN + events.on) * len(EVENT_KINDS) + events.kind
    return events[np.argsort(key, kind="stable")]


def _suspects(rng: np.random.Generator, histories: Histories) -> tuple[Events, Ints]:
    """Return suspect records, and the day of the sentence for those that led to custody."""
    people, spells, assumptions = histories.people, histories.spells, histories.assumptions
    drawn = histories.draw(rng, assumptions.suspect_rate * people.suspect_rate, responds=True)
    triggers = histories.triggers(rng, SUSPECT_TRIGGER)
    led_to = spells.starts - 1 - whole_days(rng, assumptions.days_to_custody - 1, spells.starts.size)
    person = np.concatenate([drawn[0], triggers[0], spells.person])
    on = np.concatenate([drawn[1], triggers[1], led_to])
    unsentenced = np.full(drawn[0].size + triggers[0].size, NOT_SENTENCED)
    sentenced = np.concatenate([unsentenced, spells.starts])
    possible = histories.possible(person, on)
    person, on, sentenced = person[possible], on[possible], sentenced[possible]
    offence = choose(rng, shares(assumptions.offences), person.size)
    with_knife = dict(assumptions.knife)
    chance = np.array([with_knife.get(name, 0.0) for name in names(assumptions.offences)])[offence]
    knife = rng.random(person.size) < chance
    return Events(person, on, np.full(person.size, SUSPECT), offence, knife), sentenced


def _outcomes(
    rng: np.random.Generator,
    suspects: Events,
    sentenced: Ints,
    assumptions: Assumptions,
) -> tuple[Events, Events, Events]:
    """Return charges, disposals without conviction, and convictions, each after its delay."""
    size = suspects.person.size
    in_custody = sentenced != NOT_SENTENCED
    luck = rng.random(size)
    charged = in_custody | (luck < assumptions.charged)
    disposed = ~charged & (luck < assumptions.charged + assumptions.disposed)
    convicted = charged & (in_custody | (rng.random(size) < assumptions.convicted))
    charged_on = suspects.on + whole_days(rng, assumptions.days_to_charge, size)
    charged_on = np.where(in_custody, np.minimum(charged_on, sentenced), charged_on)
    disposed_on = suspects.on + whole_days(rng, assumptions.days_to_disposal, size)
    convicted_on = charged_on + whole_days(rng, assumptions.days_to_conviction, size)
    convicted_on = np.where(in_custody, sentenced, convicted_on)

    def follow(rows: Bools, on: Ints, kind: int) -> Events:
        chosen = suspects[rows]
        return Events(chosen.person, on[rows], np.full(chosen.person.size, kind), chosen.offence, chosen.knife)

    return (
        follow(charged, charged_on, CHARGE),
        follow(disposed, disposed_on, DISPOSAL),
        follow(convicted, convicted_on, CONVICTION),
    )


def _others(rng: np.random.Generator, histories: Histories) -> tuple[Events, Events, Events]:
    """Return ASB records, records as a victim, and admissions to hospital."""
    rate, assumptions = histories.people.other_rate, histories.assumptions
    drawn = histories.draw(rng, assumptions.asb_rate * rate, responds=True)
    triggers = histories.triggers(rng, ASB_TRIGGER)
    person, on = (np.concatenate(both) for both in zip(drawn, triggers, strict=True))
    possible = histories.possible(person, on)
    asb = _plain(person[possible], on[possible], ASB)
    victim = _plain(*histories.draw(rng, assumptions.victim_rate * rate, responds=False), VICTIM)
    hospital = _plain(*histories.draw(rng, assumptions.hospital_rate * rate, responds=False), HOSPITAL)
    sharp = rng.random(hospital.person.size) < assumptions.hospital_knife
    return asb, victim, Events(hospital.person, hospital.on, hospital.kind, hospital.offence, sharp)


def _plain(person: Ints, on: Ints, kind: int) -> Events:
    size = person.size
    return Events(person, on, np.full(size, kind), np.full(size, NO_OFFENCE), np.zeros(size, dtype=np.bool_))


def _together(parts: list[Events]) -> Events:
    return Events(
        np.concatenate([part.person for part in parts]),
        np.concatenate([part.on for part in parts]),
        np.concatenate([part.kind for part in parts]),
        np.concatenate([part.offence for part in parts]),
        np.concatenate([part.knife for part in parts]),
    )
