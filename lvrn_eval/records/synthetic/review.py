"""Whom the trusts put forward for the review of reoffending: a choice that gives the published counts.

The annual report's review had 36 places, four at each of nine trusts; 18 were filled. Which clients a trust put forward
is not stated. Here the choice is made so that the review's counts come out: it shows the arithmetic, and is itself an
example of how a hand-picked group can be made to show anything.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import pandas as pd

WANTED: Mapping[str, int] = {"none_recorded": 5, "desisted": 8, "reduced": 4, "increased": 1}
"""People of each class (report, page 33)."""

PER_TRUST = 4
QUALIFYING = ("suspect", "charge", "non_conviction", "conviction", "asb")
ENGAGING = ("mentor", "coach")
LEAST_DAYS = 2


def put_forward(tables: Mapping[str, pd.DataFrame], extract_on: date) -> set[str]:
    """Return the people put forward: at most four of a trust, in the published numbers of each class.

    Parameters
    ----------
    tables
        The canonical ``contacts`` and ``events``.
    extract_on
        The day of the review.

    Returns
    -------
    set of str
        Fewer than 18 people where the population is too small to hold the classes.
    """
    people = classes(tables, extract_on)
    chosen: list[str] = []
    places = dict.fromkeys(sorted(people["site"].unique()), PER_TRUST)
    # the rarest class first, so that the common ones do not take its places
    for name in sorted(WANTED, key=lambda name: int((people["class"] == name).sum())):
        of_class = people[people["class"] == name]
        for _ in range(WANTED[name]):
            open_to = of_class[of_class["site"].map(places).gt(0) & ~of_class.index.isin(chosen)]
            if open_to.empty:
                break
            # the trust with the most places left, then the first client
            site = max(open_to["site"].unique(), key=lambda site: (places[site], site))
            chosen.append(str(open_to.index[open_to["site"] == site][0]))
            places[site] -= 1
    return set(chosen)


def classes(tables: Mapping[str, pd.DataFrame], extract_on: date) -> pd.DataFrame:
    """Return who meets the three criteria of the review, and how their suspect events changed.

    Parameters
    ----------
    tables
        The canonical ``contacts`` and ``events``.
    extract_on
        The day of the review.

    Returns
    -------
    pandas.DataFrame
        A row for each person, by id and in its order, with ``site`` and ``class`` among its columns.
    """
    import pandas as pd

    review = pd.Timestamp(extract_on)
    contacts, events = (_plain(tables[name]) for name in ("contacts", "events"))
    attended = contacts[contacts["attended"]]
    engaged = attended[attended["role"].isin(ENGAGING)]
    people = attended.groupby("person_id").agg(first=("on", "min"), last=("on", "max"), site=("site", "first"))
    people["days"] = engaged.groupby("person_id")["on"].nunique()
    dated = events[events["kind"].isin(QUALIFYING)].join(people[["first", "last"]], on="person_id", how="inner")
    suspect = dated["kind"] == "suspect"
    earlier, later = dated["on"] < dated["first"], dated["on"] > dated["last"]
    for name, rows in {"prior": earlier, "before": suspect & earlier, "after": suspect & later}.items():
        people[name] = dated[rows].groupby("person_id").size()
    people = people.fillna({"days": 0, "prior": 0, "before": 0, "after": 0})
    active = people["last"].between(review - pd.DateOffset(months=12), review - pd.DateOffset(months=6))
    people = people[active & (people["days"] >= LEAST_DAYS) & (people["prior"] >= 1)].sort_index()
    before, after = people["before"], people["after"]
    changes = [(before == 0) & (after == 0), after == 0, after < before, after > before]
    return people.assign(**{"class": np.select(changes, list(WANTED), default="unchanged")})


def _plain(frame: pd.DataFrame) -> pd.DataFrame:
    """Return the frame with plain text for categories, so that grouping sees only what is there."""
    return frame.astype(dict.fromkeys(frame.select_dtypes("category").columns, object))
