"""A site that changes over time stands once in the rows, as it was at the time."""

import pandas as pd

import lvrn_eval as lv


def test_a_site_that_changes_is_the_sites_own_column():
    day = pd.Timestamp
    people = pd.DataFrame(
        {
            "person_id": ["a", "b"], "site": ["x", "x"], "first_contact": day("2023-01-01"),
            "last_contact": day("2023-01-10"),
        },
    )  # fmt: skip
    events = pd.DataFrame({"person_id": ["a"], "on": [day("2023-03-01")], "kind": ["suspect"]})
    moves = pd.DataFrame(
        {"person_id": ["a", "a", "b"], "on": [day("2023-01-10"), day("2023-02-09"), day("2023-01-01")],
         "site": ["x", "y", "x"]},
    )  # fmt: skip
    times = lv.time_to_event(people, events, kinds=["suspect"], by="site", changes=moves, end="2023-04-10")
    rows = times.to_pandas() if hasattr(times, "to_pandas") else times
    assert list(rows.columns).count("site") == 1
    assert not [name for name in rows.columns if name.startswith("site_")]
    assert rows[["person_id", "entry", "days", "event", "site"]].to_numpy().tolist() == [
        ["a", 0, 30, 0, "x"],
        ["a", 30, 50, 1, "y"],
        ["b", 0, 90, 0, "x"],
    ]
