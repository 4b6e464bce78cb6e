"""Small records that are as awkward as real ones: the same frames for every engine."""

import datetime as dt
from dataclasses import dataclass

import numpy as np
import pandas as pd

AS_OF = "2024-03-31"
OBSERVED_FROM = dt.date(2020, 2, 29)
N_PEOPLE = 60

# ids that sort, fold or quote differently where somebody is careless
IDS = ["Zoë", "zoe", "ZOE", "Zoe ", "é", "É", "ß", "ss", "ı", "漢字", "\U0001f600", "O'Hara", 'a"b', "back\\slash",
       "10", "9", "a b", "a_b", "A-B", "$id", "%s", "-- x", "null", "tab\there"]  # fmt: skip
SITES = ["north", "South", "école", "Zone 2", None]
DAYS = pd.to_datetime(
    ["2019-12-31", "2020-02-28", "2020-02-29", "2020-03-01", "2022-06-30", "2023-01-31", "2023-02-28", "2023-03-30",
     "2023-03-31", "2023-04-01", "2023-06-30", "2023-08-31", "2023-09-29", "2023-09-30", "2023-10-01", "2023-12-31",
     "2024-01-31", "2024-02-29", "2024-03-30", "2024-03-31", "2024-04-01"],
)  # fmt: skip
KINDS = ["suspect", "charge", "conviction", "asb", "victim"]
ROLES = ["mentor", "coach", "navigator"]


TABLES = ("people", "referrals", "contacts", "events", "custody", "scores", "patrols", "area_counts")


@dataclass(frozen=True, eq=False)
class Records:
    """Frames or tables under the names a project's records have."""

    people: object
    referrals: object
    contacts: object
    events: object
    custody: object
    scores: object
    patrols: object
    area_counts: object
    sites: tuple = ("north", "South", "école", "Zone 2", "nobody's")
    observed_from: dt.date = OBSERVED_FROM


def awkward():
    """Nulls, leap days, ends of months, ties, unicode ids, open and overlapping spells, days on every boundary."""
    draw = np.random.default_rng(20240331)
    ids = [*IDS, *(f"p{number}" for number in range(N_PEOPLE - len(IDS)))]
    people = pd.DataFrame(
        {
            "person_id": ids,
            "birth_month": some(draw, pd.to_datetime(["2004-02-01", "2008-02-29", "2009-12-31", None]), N_PEOPLE),
            "sex": some(draw, ["female", "male", None], N_PEOPLE),
            "ethnicity": some(draw, ["white", "mixed", "not_stated"], N_PEOPLE),
            "district": some(draw, ["burnley", "Blackpool", "élan"], N_PEOPLE),
        },
    )
    referrals = pd.DataFrame(
        {
            "referral_id": draw.permutation(70),
            "person_id": some(draw, ids[:50], 70),
            "site": some(draw, SITES, 70),
            "referred_on": some(draw, [*DAYS, pd.NaT], 70),
            "source": some(draw, ["police", "self", None], 70),
        },
    )
    contacts = pd.DataFrame(
        {
            "person_id": some(draw, [*ids[:55], "nobody"], 400),
            "site": some(draw, SITES, 400),
            "on": some(draw, DAYS, 400),
            "role": some(draw, [*ROLES, None], 400),
            "attended": pd.array(some(draw, [True, True, True, False, None], 400), dtype="boolean"),
        },
    )
    events = pd.DataFrame(
        {
            "person_id": some(draw, [*ids[5:], "nobody"], 500),
            "on": some(draw, DAYS, 500),
            "kind": some(draw, KINDS, 500),
        },
    )
    starts = some(draw, DAYS[:-1], 40)
    lasts = pd.to_timedelta(draw.integers(0, 200, 40), unit="D")
    ends = pd.Series(starts + lasts).mask(draw.random(40) < 0.2)
    custody = pd.DataFrame({"person_id": some(draw, ids[:30], 40), "starts_on": starts, "ends_on": ends})
    contacts["minutes"] = some(draw, [5.0, 12.5, 90.0, None], 400)
    events["knife"] = pd.array(some(draw, [True, False, None], 500), dtype="boolean")
    scores = pd.DataFrame(
        {
            "person_id": some(draw, ids[:30], 200),
            "on": some(draw, DAYS, 200),
            "occasion": some(draw, ["pre", "post", "follow_up", None], 200),
            "score": some(draw, [14.25, 20.0, 21.5, 30.0, None], 200),
        },
    )
    return Records(people, referrals, contacts, events, custody, scores, *about_places(draw))


def about_places(draw):
    """Return patrols, one over a night that is longer than a day, and counts by area of which some are of a year."""
    starts = some(draw, DAYS[:-1], 30) + pd.to_timedelta(draw.integers(0, 24 * 60, 30), unit="m")
    ends = starts + pd.to_timedelta(draw.integers(-10, 40 * 60, 30), unit="m")
    patrols = pd.DataFrame({"starts_at": starts, "ends_at": ends, "officers": some(draw, [1, 2, None], 30)})
    counts = pd.DataFrame(
        {
            "area": some(draw, ["a", "b", "É", None], 60),
            "period_start": some(draw, DAYS, 60),
            "period": some(draw, ["month", "month", "quarter", "year"], 60),
            "count": some(draw, [0.0, 1.0, 7.0, None], 60),
            "population": some(draw, [1000.0, 2500.0, None], 60),
        },
    )
    return patrols, counts


def one_site():
    """Everybody at one place, ids that are whole numbers."""
    whole = awkward()
    numbers = {person: number for number, person in enumerate(whole.people["person_id"], start=8)} | {"nobody": 7}
    frames = {
        name: frame.assign(person_id=frame["person_id"].map(numbers).astype("int64")) if "person_id" in frame else frame
        for name, frame in tables(whole).items()
    }
    for name in ("referrals", "contacts"):
        frames[name] = frames[name].assign(site="north")
    return Records(**frames, sites=("north",))


def no_events():
    """Nobody has an event or was in custody; the frames still have their columns, of no particular type."""
    whole = awkward()
    frames = tables(whole) | {name: getattr(whole, name).iloc[:0] for name in ("events", "custody")}
    return Records(**frames)


def nobody():
    """Not one row anywhere."""
    return Records(**{name: frame.iloc[:0] for name, frame in tables(awkward()).items()})


def tables(given):
    """Return the tables of records, by name."""
    return {name: getattr(given, name) for name in TABLES}


def some(draw, values, size):
    """Return ``size`` of the values, with replacement."""
    return pd.Series(values).iloc[draw.integers(0, len(values), size)].reset_index(drop=True)


RECORDS = {"awkward": awkward, "one site": one_site, "no events": no_events, "nobody": nobody}
