"""Worlds that several tests look at; each is made once."""

from __future__ import annotations

from functools import cache

import pandas as pd
import pytest

from lvrn_eval.records.synthetic import Assumptions, population

FLAT = ((10.0, 1.0), (40.0, 1.0))


def frames_of(tables):
    """Return Arrow tables as pandas frames with plain text instead of categories."""
    made = {name: table.to_pandas(date_as_object=False) for name, table in tables.items()}
    for frame in made.values():
        for column in frame.select_dtypes("category"):
            frame[column] = frame[column].astype(object)
    return made


@cache
def world(people, *, trigger=True, ratio=1.0, flat=True):
    """Return a world without an effect unless a ratio is given, and without age's part unless asked for."""
    changes = {"rate_ratio_after": ratio}
    if flat:
        changes["age_curve"] = FLAT
    if not trigger:
        changes["triggered"] = ()
    return frames_of(population(people, assumptions=Assumptions(**changes)))


@pytest.fixture(scope="session")
def lancashire():
    """Return the default world as pandas frames."""
    return frames_of(population())


@pytest.fixture(scope="session")
def make_world():
    return world


@pytest.fixture(scope="session")
def as_frames():
    return frames_of


@pytest.fixture(scope="session")
def champions_rules():
    """Return the Champions rules in plain pandas: a frame of the engaged with their dates and which rules they meet."""

    def rules(frames, as_of="2024-03-31"):
        as_of = pd.Timestamp(as_of)
        contacts = frames["contacts"]
        counted = contacts[contacts["attended"] & contacts["role"].isin(["mentor", "coach"])]
        people = counted.groupby("person_id").agg(
            first=("on", "min"), last=("on", "max"), days=("on", "nunique"), site=("site", "first")
        )
        events = frames["events"]
        kinds = ["suspect", "charge", "non_conviction", "conviction", "asb"]
        dated = events[events["kind"].isin(kinds)].merge(people[["first"]], left_on="person_id", right_index=True)
        prior = dated.loc[dated["on"] < dated["first"], "person_id"].unique()
        people["engaged"] = people["days"] >= 2
        people["ended"] = people["last"].between(as_of - pd.DateOffset(months=12), as_of - pd.DateOffset(months=6))
        people["prior"] = people.index.isin(prior)
        people["eligible"] = people["engaged"] & people["ended"] & people["prior"]
        return people

    return rules
