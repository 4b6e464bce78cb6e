"""Whatever the people and the rules: attrition adds up, and neither the order of rows nor names of people matter."""

import hashlib

import pandas as pd
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lvrn_eval.cohort import Cohort

EXAMPLES = settings(max_examples=8, suppress_health_check=[HealthCheck.too_slow])
MAYBE = st.none() | st.integers(0, 4)
PERSON = st.fixed_dictionaries(
    {
        "site": st.sampled_from(["north", "south", "west", None]),
        "a": MAYBE,
        "b": MAYBE,
        "n_records": st.integers(0, 9),
    },
)
FRAMES = st.lists(PERSON, min_size=0, max_size=25).map(
    lambda rows: pd.DataFrame(
        {
            "person_id": [f"person {number}" for number in range(len(rows))],
            "site": pd.array([row["site"] for row in rows], dtype="string"),
            "a": pd.array([row["a"] for row in rows], dtype="Int64"),
            "b": pd.array([row["b"] for row in rows], dtype="Int64"),
            "n_records": pd.array([row["n_records"] for row in rows], dtype="int64"),
        },
    ),
)
RULE = st.sampled_from(
    ["a >= 2", "b < 3", "a = b", "a + b > 3", "not a = 1", "a is null or b = 2", "b in (1, 2)", "a / b >= 1",
     "coalesce(a, b) > 0", "a between 1 and 3", "true", "null", "site = 'north'"],
)  # fmt: skip
RULES = st.lists(RULE, max_size=3)
SAMPLES = st.none() | st.tuples(st.integers(1, 4), st.sampled_from([None, "site"]), st.integers(0, 99))


def select(frame, rules, sample):
    cohort = Cohort(frame, name="x")
    for number, rule in enumerate(rules):
        cohort = cohort.require(f"rule {number}", rule)
    return cohort if sample is None else cohort.sample(sample[0], per=sample[1], seed=sample[2])


def by_python(row, rule):
    """Return what a rule says of a person: True, False or None, worked out without SQL."""
    a, b, site = (None if pd.isna(row[name]) else row[name] for name in ("a", "b", "site"))

    def known(*values):
        return None not in values

    return {
        "a >= 2": lambda: a >= 2 if known(a) else None,
        "b < 3": lambda: b < 3 if known(b) else None,
        "a = b": lambda: a == b if known(a, b) else None,
        "a + b > 3": lambda: a + b > 3 if known(a, b) else None,
        "not a = 1": lambda: a != 1 if known(a) else None,
        "a is null or b = 2": lambda: True if a is None else b == 2 if known(b) else None,
        "b in (1, 2)": lambda: b in {1, 2} if known(b) else None,
        "a / b >= 1": lambda: a / b >= 1 if known(a, b) and b != 0 else None,
        "coalesce(a, b) > 0": lambda: (a if known(a) else b) > 0 if known(a) or known(b) else None,
        "a between 1 and 3": lambda: 1 <= a <= 3 if known(a) else None,
        "true": lambda: True,
        "null": lambda: None,
        "site = 'north'": lambda: site == "north" if known(site) else None,
    }[rule]()


def expected_counts(frame, rules, sample):
    """Return people left, removed, undecided and records left and removed at each step, by plain Python."""
    left = frame.to_dict("records")
    rows = [[len(left), 0, 0, sum(row["n_records"] for row in left), 0]]
    for rule in rules:
        said = [by_python(row, rule) for row in left]
        gone = [row for row, met in zip(left, said, strict=True) if not met]
        left = [row for row, met in zip(left, said, strict=True) if met]
        records = (sum(row["n_records"] for row in part) for part in (left, gone))
        rows.append([len(left), len(gone), said.count(None), *records])
    if sample is not None:
        n, per, seed = sample
        groups = {}
        for row in sorted(left, key=lambda row: hashlib.md5(f"{row['person_id']}:{seed}".encode()).hexdigest()):  # noqa: S324
            group = None if per is None else "not_recorded" if pd.isna(row[per]) else row[per]
            groups.setdefault(group, []).append(row)
        kept = [row for group in groups.values() for row in group[:n]]
        gone = [row for group in groups.values() for row in group[n:]]
        records = (sum(row["n_records"] for row in part) for part in (kept, gone))
        rows.append([len(kept), len(gone), 0, *records])
        left = kept
    return rows, {row["person_id"] for row in left}


def counts(table):
    return table[["people_left", "people_removed", "people_unknown", "records_left", "records_removed"]]


@EXAMPLES
@given(FRAMES, RULES, SAMPLES)
def test_attrition_is_what_plain_python_counts_and_it_adds_up(frame, rules, sample):
    cohort = select(frame, rules, sample)
    table = cohort.attrition().table
    rows, people = expected_counts(frame, rules, sample)
    overall = counts(table[table["group"] == "all"])
    assert overall.to_numpy().tolist() == rows
    assert set(cohort.people.to_pandas()["person_id"]) == people
    for _, group in table.groupby("group"):
        for what in ("people", "records"):
            left, removed = group[f"{what}_left"], group[f"{what}_removed"]
            assert (left.shift().iloc[1:] - removed.iloc[1:]).tolist() == left.iloc[1:].tolist()
            assert removed.iloc[0] == 0
            assert (left >= 0).all()
        assert (group["people_unknown"] <= group["people_removed"]).all()
    if len(frame):
        sites = counts(table[table["group"] != "all"]).groupby(table["step"]).sum()
        assert sites.to_numpy().tolist() == overall.to_numpy().tolist()


@EXAMPLES
@given(FRAMES, RULES, SAMPLES, st.randoms(use_true_random=False))
def test_the_order_of_rows_does_not_matter(frame, rules, sample, random):
    order = list(range(len(frame)))
    random.shuffle(order)
    one, other = (select(rows, rules, sample) for rows in (frame, frame.iloc[order]))
    pd.testing.assert_frame_equal(one.attrition().table, other.attrition().table)
    assert set(one.people.to_pandas()["person_id"]) == set(other.people.to_pandas()["person_id"])
    if sample is not None:
        pd.testing.assert_frame_equal(one.sampling().table, other.sampling().table)


@EXAMPLES
@given(FRAMES, RULES, SAMPLES)
def test_other_names_for_people_change_only_who_is_sampled(frame, rules, sample):
    renamed = frame.assign(person_id=[f"other {name}" for name in frame["person_id"]])
    one, other = (select(rows, rules, sample) for rows in (frame, renamed))
    first, second = (cohort.attrition().table for cohort in (one, other))
    unsampled = first["step"] <= len(rules)
    pd.testing.assert_frame_equal(first[unsampled], second[unsampled])
    # how many are sampled does not change either, where that is asked of each group
    same = first["group"].eq("all") | (sample is not None and sample[1] == "site")
    people = ["people_left", "people_removed", "people_unknown"]
    pd.testing.assert_frame_equal(first.loc[same, people], second.loc[same, people])
    if sample is not None:
        pd.testing.assert_frame_equal(one.sampling().table, other.sampling().table)


@EXAMPLES
@given(FRAMES, RULES, st.tuples(st.integers(1, 4), st.sampled_from([None, "site"]), st.integers(0, 99)))
def test_a_sample_reaches_all_it_can(frame, rules, sample):
    table = select(frame, rules, sample).sampling().table
    assert (table["shortfall"] == table["wanted"] - table["reached"]).all()
    groups = table if sample[1] is None else table[table["group"] != "all"]
    assert (groups["reached"] == groups[["wanted", "eligible"]].min(axis="columns")).all()
    if sample[1] and len(groups):
        assert table.iloc[0, 1:].tolist() == groups.iloc[:, 1:].sum().tolist()


@EXAMPLES
@given(FRAMES, st.integers(1, 4), st.integers(0, 99))
def test_a_larger_sample_holds_the_smaller(frame, n, seed):
    small, large = (select(frame, [], (size, "site", seed)).people.to_pandas()["person_id"] for size in (n, n + 1))
    assert set(small) <= set(large)


@EXAMPLES
@given(FRAMES, RULES)
def test_the_people_left_do_not_depend_on_the_order_of_rules(frame, rules):
    one, other = (select(frame, given, None).people.to_pandas()["person_id"] for given in (rules, rules[::-1]))
    assert set(one) == set(other)


@EXAMPLES
@given(FRAMES)
def test_balance_of_everybody_is_nothing(frame):
    table = select(frame, [], (100, None, 1)).balance().table
    assert (table["estimate"].dropna().abs() < 1e-9).all()
    assert (table["n_events"].dropna() <= table.loc[table["n_events"].notna(), "n"]).all()
