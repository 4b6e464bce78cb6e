"""A synthetic Lancashire: made-up people referred to Champions, with their contacts, recorded events and custody.

Nobody in it exists, and nothing in it was fitted to anybody's records: the parameters are assumptions (see
`lvrn_eval.records.synthetic.assumptions`), chosen so that the data has the traps of the real thing. They are not
Lancashire data, and a result found here says nothing about any programme.

The model. People differ by a gamma factor; suspect and ASB records arrive at random in proportion to it and to an
age-crime curve. Charges, disposals and convictions follow suspect records after a delay. Most police referrals are set
off by a record of the fortnight before, so those who are referred have a rate above the average and one record more
than that rate explains: regression to the mean. From the first contact on, people who engage have a known multiple of
their rate (`Assumptions.rate_ratio_after`), so an analysis can be held against the truth. Nobody has a suspect or ASB
record, or a contact, in custody.

People come in blocks with random streams of their own. Hence any number can be streamed, and the first thousand people
are the same whether a thousand or a million are made. The same numbers need the same version of NumPy.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, TypeAlias

import numpy as np
import pyarrow as pa

from lvrn_eval.errors import RecordsError
from lvrn_eval.records.synthetic.assumptions import Assumptions
from lvrn_eval.records.synthetic.custody import Spells, make_spells
from lvrn_eval.records.synthetic.draws import Ints, Stage, day, stream
from lvrn_eval.records.synthetic.encode import Column, codes, dates, pick, references
from lvrn_eval.records.synthetic.engagement import NO_STAFF, Contacts, Referrals, make_contacts, make_referrals
from lvrn_eval.records.synthetic.histories import NO_OFFENCE, Events, Histories, make_events
from lvrn_eval.records.synthetic.people import People, make_people, names
from lvrn_eval.records.tables import EVENT_KINDS, ROLES

BLOCK = 20_000
"""People in a block."""

ROOM = 100 * BLOCK
"""Numbers set aside for a block's contacts and events, so that a reference does not depend on other blocks."""

DEFAULT_PEOPLE = 1_200
DEFAULT_SEED = 2024

Tables: TypeAlias = Mapping[str, Any]
"""The Arrow tables ``people``, ``referrals``, ``contacts``, ``events`` and ``custody``."""


def population(
    people: int = DEFAULT_PEOPLE,
    *,
    seed: int = DEFAULT_SEED,
    assumptions: Assumptions | None = None,
) -> Tables:
    """Make a synthetic population as a whole.

    Parameters
    ----------
    people
        How many people; 1,200 give about as many referrals a year as Champions had.
    seed
        Which of all possible populations.
    assumptions
        The model's parameters; the default ones where not given.

    Returns
    -------
    mapping
        An Arrow table by name: ``people`` (person_id, birth_date, sex, ethnicity, district), ``referrals``
        (referral_id, person_id, site, referred_on, source), ``contacts`` (contact_id, person_id, site, on, role,
        staff_id, attended, minutes), ``events`` (event_id, person_id, on, kind, offence, knife) and ``custody``
        (person_id, starts_on, ends_on), each sorted by person and day. Ids are references as an agency would give
        them, not pseudonyms.

    Raises
    ------
    RecordsError
        When ``people`` is not at least one.
    """
    made = list(blocks(people, seed=seed, assumptions=assumptions))
    return {name: pa.concat_tables([block[name] for block in made]).unify_dictionaries() for name in made[0]}


def blocks(people: int, *, seed: int = DEFAULT_SEED, assumptions: Assumptions | None = None) -> Iterator[Tables]:
    """Make a synthetic population block by block; parameters and tables are those of `population`."""
    if people < 1:
        raise RecordsError(f"a synthetic population has at least one person, not {people}")
    if seed < 0:
        raise RecordsError(f"a seed is a whole number from 0 on, not {seed}")
    chosen = assumptions or Assumptions()
    starts = range(0, people, BLOCK)
    return (_block(number, min(BLOCK, people - start), seed, chosen) for number, start in enumerate(starts))


def _block(number: int, wanted: int, seed: int, assumptions: Assumptions) -> Tables:
    """Make one block and keep its first ``wanted`` people."""
    suspects, outcomes, others = (
        stream(seed, number, stage) for stage in (Stage.SUSPECTS, Stage.OUTCOMES, Stage.OTHERS)
    )
    contacts_stream = stream(seed, number, Stage.CONTACTS)
    people = make_people(stream(seed, number, Stage.PEOPLE), BLOCK, assumptions)
    spells = make_spells(stream(seed, number, Stage.CUSTODY), people, assumptions)
    referrals = make_referrals(contacts_stream, people, assumptions)
    contacts = make_contacts(contacts_stream, people, referrals, spells, assumptions)
    histories = Histories(people, spells, contacts.programme_starts(BLOCK), assumptions)
    events = make_events((suspects, outcomes, others), histories)
    kept = _Kept(number, wanted, assumptions)
    return {
        "people": kept.people(people),
        "referrals": kept.referrals(referrals, people),
        "contacts": kept.contacts(contacts, people),
        "events": kept.events(events),
        "custody": kept.custody(spells),
    }


class _Kept:
    """The first people of a block, written as tables."""

    def __init__(self, number: int, wanted: int, assumptions: Assumptions) -> None:
        self.number = number
        self.wanted = wanted
        self.assumptions = assumptions
        self.person_ids = references("C", number * BLOCK + 1 + np.arange(wanted))
        self.sites = [trust.slug for trust in assumptions.trusts]
        self.staff_ids = references("S", 1 + np.arange(sum(len(trust.staff) for trust in assumptions.trusts)), width=3)

    def rows(self, person: Ints) -> slice:
        """Return the rows of the people who are kept: the first ones, as rows are in the order of people."""
        return slice(0, int(np.searchsorted(person, self.wanted)))

    def ids(self, prefix: str, count: int, width: int = 10) -> Column:
        """Return running references of this block."""
        return references(prefix, self.number * ROOM + 1 + np.arange(count), width)

    def people(self, people: People) -> Column:
        """Return the people of the block as the canonical table, with the whole date of birth."""
        first = slice(0, self.wanted)
        return pa.table(
            {
                "person_id": self.person_ids,
                "birth_date": dates(people.born[first]),
                "sex": codes(people.sex[first], names(self.assumptions.sexes)),
                "ethnicity": codes(people.ethnicity[first], names(self.assumptions.ethnicities)),
                "district": codes(people.district[first], names(self.assumptions.districts)),
            },
        )

    def referrals(self, referrals: Referrals, people: People) -> Column:
        """Return their referrals."""
        rows = self.rows(referrals.person)
        person = referrals.person[rows]
        return pa.table(
            {
                "referral_id": self.ids("R", person.size),
                "person_id": pick(person, self.person_ids),
                "site": codes(people.trust[person], self.sites),
                "referred_on": dates(referrals.on[rows]),
                "source": codes(people.source[person], names(self.assumptions.sources)),
            },
        )

    def contacts(self, contacts: Contacts, people: People) -> Column:
        """Return their engagements; who did not come has no minutes."""
        rows = self.rows(contacts.person)
        person, staff, attended = contacts.person[rows], contacts.staff[rows], contacts.attended[rows]
        return pa.table(
            {
                "contact_id": self.ids("E", person.size),
                "person_id": pick(person, self.person_ids),
                "site": codes(people.trust[person], self.sites),
                "on": dates(contacts.on[rows]),
                "role": codes(contacts.role[rows], ROLES),
                "staff_id": pick(staff, self.staff_ids, missing=staff == NO_STAFF),
                "attended": pa.array(attended),
                "minutes": pa.array(contacts.minutes[rows].astype(np.int32), mask=~attended),
            },
        )

    def events(self, events: Events) -> Column:
        """Return what the police recorded."""
        rows = self.rows(events.person)
        offence = events.offence[rows]
        person = events.person[rows]
        return pa.table(
            {
                "event_id": self.ids("P", person.size),
                "person_id": pick(person, self.person_ids),
                "on": dates(events.on[rows]),
                "kind": codes(events.kind[rows], EVENT_KINDS),
                "offence": codes(offence, names(self.assumptions.offences), missing=offence == NO_OFFENCE),
                "knife": pa.array(events.knife[rows]),
            },
        )

    def custody(self, spells: Spells) -> Column:
        """Return their spells in custody; one that goes on has no end."""
        rows = self.rows(spells.person)
        ends = spells.ends[rows]
        return pa.table(
            {
                "person_id": pick(spells.person[rows], self.person_ids),
                "starts_on": dates(spells.starts[rows]),
                "ends_on": dates(ends, missing=ends > day(self.assumptions.extract_on)),
            },
        )
