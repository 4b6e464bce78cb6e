"""What both pandas versions share: the columns and codes, the rules about single columns, the keyed hash."""

from __future__ import annotations

import hmac
from collections.abc import Mapping
from typing import Any

import pandas as pd

SEXES = ["female", "male", "other", "not_recorded"]
ETHNICITIES = ["asian", "black", "mixed", "white", "other", "not_recorded"]
DISTRICTS = [
    "blackburn_with_darwen", "blackpool", "burnley", "chorley", "fylde", "hyndburn", "lancaster", "pendle", "preston",
    "ribble_valley", "rossendale", "south_ribble", "west_lancashire", "wyre", "outside_lancashire", "not_recorded",
]  # fmt: skip
SOURCES = [
    "police", "education", "prison", "probation", "health", "social_care", "youth_justice", "self", "family", "other",
]  # fmt: skip
ROLES = ["mentor", "coach", "navigator", "trainer", "other"]
KINDS = ["suspect", "charge", "non_conviction", "conviction", "asb", "victim", "hospital_admission", "other"]
SITES = [f"trust_{letter}" for letter in "abcdefghi"]

CODED = {
    "people": {"sex": SEXES, "ethnicity": ETHNICITIES, "district": DISTRICTS},
    "referrals": {"site": SITES, "source": SOURCES},
    "contacts": {"site": SITES, "role": ROLES},
    "events": {"kind": KINDS},
    "custody": {},
}
TABLES = ["people", "referrals", "contacts", "events", "custody"]
REQUIRED = {
    "people": ["person_id"],
    "referrals": ["referral_id", "person_id", "site", "referred_on", "source"],
    "contacts": ["contact_id", "person_id", "site", "on", "role", "attended"],
    "events": ["event_id", "person_id", "on", "kind"],
    "custody": ["person_id", "starts_on"],
}
DATES = {
    "people": ["birth_date"],
    "referrals": ["referred_on"],
    "contacts": ["on"],
    "events": ["on"],
    "custody": ["starts_on", "ends_on"],
}
NOT_BEFORE_BIRTH = {"referrals": "referred_on", "contacts": "on", "events": "on", "custody": "starts_on"}
KEYS = {"referrals": "referral_id", "contacts": "contact_id", "events": "event_id"}
EARLIEST, EXTRACTED = pd.Timestamp("1900-01-01"), pd.Timestamp("2024-03-31")
OBSERVED_FROM = pd.Timestamp("2018-04-01")
QUALIFYING = ["suspect", "charge", "non_conviction", "conviction", "asb"]
DAY = pd.Timedelta(days=1)


def faults_of_columns(name: str, frame: pd.DataFrame) -> Mapping[str, Any]:
    """Return, for every rule about one column, which rows of a table break it."""
    wrong = {f"{column}: empty": frame[column].isna() for column in REQUIRED[name]}
    for column, codes in CODED[name].items():
        wrong[f"{column}: unknown code"] = ~frame[column].isin(codes)
    for column in DATES[name]:
        if column in frame:
            wrong[f"{column}: impossible"] = (frame[column] < EARLIEST) | (frame[column] > EXTRACTED)
    if name == "contacts":
        wrong["minutes: out of range"] = (frame["minutes"] < 0) | (frame["minutes"] > 24 * 60)
    if name == "custody":
        wrong["ends_on: before the start"] = frame["ends_on"] < frame["starts_on"]
    if name in KEYS:
        wrong[f"{KEYS[name]}: repeated"] = frame[KEYS[name]].duplicated(keep=False)
    return wrong


def pseudonyms(ids: pd.Index | pd.Series, domain: str, key: bytes) -> list[str]:
    """Return HMAC-SHA-256 of `domain:id`, 32 hexadecimal digits, for each id."""
    keyed = hmac.new(key, f"{domain}:".encode(), "sha256")
    hashed = []
    for value in ids:
        one = keyed.copy()
        one.update(value.encode())
        hashed.append(one.hexdigest()[:32])
    return hashed
