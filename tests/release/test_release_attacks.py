"""Somebody who has a protected result, knows every total exactly and how counts are rounded, tries to recover counts.

A shown count of a policy with base 5 is off by no more than 2. Whoever knows the total of a whole takes the shown
counts away; what is left is spread over the hidden ones.
"""

import numpy as np
import pandas as pd
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from release_attacker import bounds
from release_examples import made

from lvrn_eval.release import POLICIES, protect
from lvrn_eval.result import ESTIMATE_COLUMNS, Result

STRICT = POLICIES["strict"]
SPREAD = STRICT.threshold - 1
COUNT = st.integers(0, 60)
LENIENT = settings(max_examples=12, deadline=None, phases=(Phase.generate,))


def is_safe(exact, shown):
    """Say whether a hidden count may be anything from nothing to nine, whatever the others are.

    A total that is itself too small to be shown is known to nobody.
    """
    hidden = shown.isna().to_numpy()
    total = int(exact.sum())
    if not hidden.any() or total < STRICT.threshold:
        return True
    found = bounds(exact.to_numpy(), hidden, [(tuple(range(len(hidden))), total)])
    return all(high - low >= SPREAD - 1e-6 for low, high in found.values())


@given(st.lists(COUNT, min_size=2, max_size=7))
@LENIENT
def test_no_class_is_recovered_from_the_number_of_people(people):
    table = pd.DataFrame({"group": "all", "class": [f"c{i}" for i in range(len(people))], "people": people})
    shown = protect(Result("classes", "C", table, {}, count_columns=("people",), shape="counts"), STRICT).table
    assert is_safe(table["people"], shown["people"])
    assert shown["people"].isna().to_numpy()[np.array(people) < STRICT.threshold].all()


@given(st.lists(st.tuples(COUNT, COUNT), min_size=2, max_size=6))
@LENIENT
def test_no_site_is_recovered_from_the_total_beside_it(sites):
    counts = pd.DataFrame(sites, columns=["people_in_records", "more"])
    counts["people_included"] = counts["people_in_records"] // 2
    table = counts.assign(site=[f"s{i}" for i in range(len(sites))])[["site", "people_in_records", "people_included"]]
    names = ("people_in_records", "people_included")
    shown = protect(Result("by_site", "S", table, {}, count_columns=names, shape="counts"), STRICT).table
    for name in names:
        assert is_safe(table[name], shown[name])


@given(st.lists(COUNT, min_size=2, max_size=5), st.integers(0, 2**32 - 1))
@LENIENT
def test_no_group_is_recovered_from_a_test_of_all_or_of_pairs(sizes, seed):
    rng = np.random.default_rng(seed)
    events = [int(rng.integers(0, n + 1)) for n in sizes]
    labels = [f"g{i}" for i in range(len(sizes))]
    groups = pd.DataFrame({"group": labels, "n": sizes, "n_events": events, "expected": 5.0, "excess": 1.0})
    pairs = pd.DataFrame(
        [
            {"group": one, "other": other, "n": sizes[i] + sizes[j], "n_events": events[i] + events[j], "p_value": 0.5}
            for i, one in enumerate(labels)
            for j, other in enumerate(labels)
            if i < j
        ],
    )
    whole = pd.DataFrame([{"test": "log-rank", "statistic": 1.0, "df": 1, "n": sum(sizes), "n_events": sum(events)}])
    method = {"by": "site", "estimator": "log-rank"}
    count = ("n", "n_events")
    parts = {
        "groups": Result("groups", "G", groups, method, count_columns=count),
        "pairs": Result("pairs", "P", pairs, method, count_columns=count),
    }
    shown = protect(Result("logrank", "L", whole, method, count_columns=count, parts=parts), STRICT)
    for name in count:
        assert is_safe(groups[name], shown.parts["groups"].table[name])
    hidden = set(shown.parts["groups"].table.loc[shown.parts["groups"].table["n"].isna(), "group"])
    told = shown.parts["pairs"].table.dropna(subset=["n"])
    assert not hidden & set(told["group"])
    assert not hidden & set(told["other"])


def model(sizes, *, with_reference):
    """Return a model of one variable; the first category is what the others are held against."""
    n, events = (np.array(part) for part in zip(*sizes, strict=True))
    rows = pd.DataFrame(dict.fromkeys(ESTIMATE_COLUMNS, np.nan), index=range(len(sizes) - 1))
    levels = [f"l{i}" for i in range(1, len(sizes))]
    rows = rows.assign(
        term=levels, group="all", estimate=0.12345, conf_level=0.95, n=n[1:], n_events=events[1:], ratio=1.131,
        measure="hazard ratio", variable="site", level=levels, reference="l0",
    )  # fmt: skip
    tests = pd.DataFrame([{"test": "Wald", "statistic": 1.0, "df": 1, "n": n.sum(), "n_events": events.sum()}])
    count = ("n", "n_events")
    parts = {"tests": Result("tests", "T", tests, {}, count_columns=count)}
    if not with_reference:
        return Result("model", "M", rows, {}, count_columns=count, parts=parts), n, events
    rows = rows.assign(n_reference=n[0], n_events_reference=events[0])
    categories = pd.DataFrame(
        {
            "variable": "site", "category": [*levels, "l0"], "n": np.append(n[1:], n[0]),
            "n_events": np.append(events[1:], events[0]),
        },
    )  # fmt: skip
    parts["categories"] = Result("categories", "C", categories, {}, count_columns=count, shape="counts")
    counts = (*count, "n_reference", "n_events_reference")
    return Result("cox", "M", rows, {}, count_columns=counts, parts=parts), n, events


SIZE = COUNT.flatmap(lambda n: st.tuples(st.just(n), st.integers(0, n)))


@given(st.lists(SIZE, min_size=2, max_size=5), st.booleans())
@LENIENT
def test_no_category_of_a_model_is_recovered_from_all_its_tables(sizes, with_reference):
    result, n, events = model(sizes, with_reference=with_reference)
    shown = protect(result, STRICT)
    table = shown.table
    known = {f"l{i + 1}": row for i, row in enumerate(table[["n", "n_events"]].to_dict("records"))}
    if with_reference:
        of_reference = table[["n_reference", "n_events_reference"]].dropna()
        if len(of_reference):
            known["l0"] = dict(zip(("n", "n_events"), of_reference.iloc[0], strict=True))
        for row in shown.parts["categories"].table.to_dict("records"):
            if pd.notna(row["n"]):
                known[row["category"]] = row
    labels = [f"l{i}" for i in range(len(sizes))]
    for name, exact in (("n", n), ("n_events", events)):
        seen = pd.Series([known.get(label, {}).get(name, pd.NA) for label in labels], dtype="Int64")
        if not with_reference and seen.isna().sum() == 1:
            # those held against are never shown; nothing else is hidden, and they are not few
            assert exact[0] >= STRICT.threshold
            continue
        assert is_safe(pd.Series(exact), seen)
    few = {f"l{i}" for i, (size, had) in enumerate(sizes) if min(size, had, size - had) < STRICT.threshold}
    told = set(table.loc[table["ratio"].notna(), "level"])
    assert not few & told
    assert "l0" not in few or not told


@given(wanted=st.integers(10, 80), reached=st.integers(0, 80), eligible=st.integers(0, 200))
@LENIENT
def test_what_a_sample_lacks_does_not_tell_whom_it_reached(wanted, reached, eligible):
    reached = min(reached, wanted)
    row = {"group": "all", "wanted": wanted, "eligible": eligible, "reached": reached, "shortfall": wanted - reached}
    counts = ("eligible", "reached", "shortfall")
    result = Result("sampling", "S", pd.DataFrame([row]), {}, count_columns=counts, shape="counts")
    shown = protect(result, STRICT).table.iloc[0]
    assert pd.isna(shown["reached"]) == pd.isna(shown["shortfall"])
    assert pd.notna(shown["reached"]) == (min(reached, wanted - reached) >= STRICT.threshold)


@given(st.lists(COUNT, min_size=2, max_size=6))
@LENIENT
def test_no_rare_outcome_is_recovered_from_merged_rows(people):
    table = pd.DataFrame({"cause": [str(i) for i in range(len(people))], "people": people})
    shown = protect(Result("causes", "C", table, {}, count_columns=("people",), shape="sparse"), STRICT).table
    told = shown[shown["people"].notna()]
    merged = table[~table["cause"].isin(told["cause"])]
    assert len(merged) != 1
    assert merged.empty or merged["people"].sum() >= SPREAD or len(merged) == len(table)


@pytest.mark.parametrize("name", ["attrition", "sampling", "observations", "observations, shares", "rmst", "likert"])
def test_no_group_of_an_example_is_hidden_alone(name):
    for result in (made(name), *made(name).parts.values()):
        shown = protect(result, STRICT)
        axis = next((axis for axis in ("area", "answer", "group") if axis in shown.table.columns), None)
        if axis is None:
            continue
        others = [key for key in ("term", "step", "item", "period_start", "outcomes") if key in shown.table.columns]
        own = shown.table[shown.table[axis] != "all"]
        for _, rows in own.groupby(others, dropna=False) if others else [((), own)]:
            for count in shown.count_columns:
                known = result.table.loc[rows.index, count].notna()
                gone = rows.loc[known, count].isna().sum()
                assert gone != 1 or known.sum() == 1
