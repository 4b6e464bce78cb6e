"""Each policy does what its source says, and a project's own policy is read with every fault told at once."""

import json

import numpy as np
import pandas as pd
import pytest

from lvrn_eval.errors import ReleaseError
from lvrn_eval.release import POLICIES, protect
from lvrn_eval.release.policy import PACKAGED, choose
from lvrn_eval.release.read_policy import load_schema, read_policy
from lvrn_eval.result import Result

OWN = """schema_version: 1
name: county
version: 1
threshold: 5
zeros: shown
base: 3
rounding: nearest
rate_threshold: 5
dominance_percent: 0
p_percent: 0
audience: anyone
data: any
about: counts from 1 to 4 are hidden
source: the county
"""

SPEC = {
    # counts:              0     1     5     6     7     8    10    12    13
    "strict":              [None, None, None, None, None, None, 10, 10, 15],
    "opensafely":          [0, None, None, None, None, 10, 10, 10, 15],
    "opensafely_midpoint": [0, 3, 3, 3, 9, 9, 9, 9, 15],
    "hes":                 [0, None, None, None, None, 10, 10, 10, 15],
    "fingertips":          [0, None, None, 6, 7, 8, 10, 12, 13],
    "internal":            [0, 1, 5, 6, 7, 8, 10, 12, 13],
    "open":                [0, 1, 5, 6, 7, 8, 10, 12, 13],
}  # fmt: skip


def one_count(count, **others):
    table = pd.DataFrame({"label": ["x"], "people": [count], **others})
    return Result("one", "One", table, {}, count_columns=("people",), shape="counts")


@pytest.mark.parametrize("name", PACKAGED)
def test_every_policy_shows_counts_as_its_source_says(name):
    for count, expected in zip((0, 1, 5, 6, 7, 8, 10, 12, 13), SPEC[name], strict=True):
        shown = protect(one_count(count), POLICIES[name]).table["people"].iloc[0]
        assert (None if pd.isna(shown) else shown) == expected, count


@pytest.mark.parametrize("name", PACKAGED)
def test_what_is_told_of_a_shown_count_is_every_count_shown_alike(name):
    policy = POLICIES[name]
    for count in (value for value in range(60) if not policy.hides(value)):
        alike = [v for v in range(90) if not policy.hides(v) and policy.rounded(v) == policy.rounded(count)]
        assert policy.told(count) == (min(alike), max(alike))


@pytest.mark.parametrize(("count", "shown"), [(5, False), (6, False), (9, False), (10, True)])
def test_fingertips_gives_no_rate_of_fewer_than_ten(count, shown):
    """Its counts of 6 to 9 are shown, their rates are not."""
    protected = protect(one_count(count, rate=[1.234]), POLICIES["fingertips"])
    assert protected.table["rate"].notna().tolist() == [shown]
    assert protected.table["people"].notna().tolist() == [count > 5]


def test_midpoints_are_moved_but_the_rates_of_few_are_hidden():
    protected = protect(one_count(4, rate=[1.234]), POLICIES["opensafely_midpoint"])
    assert protected.table["people"].tolist() == [3]
    assert protected.table["rate"].isna().all()


def test_internal_shows_all_and_is_not_for_the_public():
    assert not POLICIES["internal"].public
    assert all(POLICIES[name].public for name in PACKAGED if name != "internal")
    assert choose("internal", "personal").shows_everything


def test_the_first_policy_is_the_default_and_every_policy_names_its_source():
    assert next(iter(POLICIES)) == "strict"
    assert len(POLICIES) == len(PACKAGED)
    for policy in POLICIES.values():
        assert len(policy.source) > 20
        assert policy.described()["name"] == policy.name
    assert "stricter" not in POLICIES


@pytest.mark.parametrize(
    ("total", "largest", "second", "hidden"),
    [
        (1000, 500, 399, False),  # 89.9% and a rest of 101, more than a tenth of 500
        (1000, 500, 400, True),  # the two largest come to 90%
        (1000, 800, 50, False),  # a rest of 150, more than a tenth of 800
        (1000, 899, 0, False),  # a rest of 101 of 899
        (1100, 950, 60, True),  # a rest of 90, less than a tenth of 950
    ],
)
def test_a_total_that_one_or_two_people_dominate_is_hidden(total, largest, second, hidden):
    """The (n, k) rule with n = 2 and k = 90%, and the p% rule with 10%, by hand."""
    result = one_count(40, total=[total], largest=[largest], second_largest=[second])
    shown = protect(result, POLICIES["strict"])
    assert shown.table[["total", "people"]].isna().all(axis=None) == hidden
    assert shown.table[["largest", "second_largest"]].isna().all(axis=None)


def test_a_project_may_have_a_policy_of_its_own(tmp_path):
    (tmp_path / "county.yaml").write_text(OWN)
    policy = choose("county", "personal", tmp_path)
    assert (policy.threshold, policy.base, policy.rounded(7), policy.hides(0)) == (5, 3, 6, False)
    with pytest.raises(ReleaseError, match="there is no disclosure policy 'conty'; did you mean 'county'"):
        choose("conty", "personal", tmp_path)


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("threshold: 5", "threshold: five", "`threshold` should be a whole number, but is text"),
        ("threshold: 5", "threshold: -1", "`threshold` is -1"),
        ("zeros: shown", "zeros: show", "`zeros` is 'show', but can only be hidden or shown"),
        ("base: 3\n", "", "the file has no `base`"),
        ("base: 3", "base: 3\nbases: 4", "the file has an unknown key 'bases'"),
        ("name: county", "name: other", "`name` is 'other', but the file is county.yaml"),
        ("about: counts from 1 to 4 are hidden", "about: ' '", "`about` is empty"),
    ],
)
def test_a_fault_of_a_policy_is_told_at_its_line(tmp_path, old, new, told):
    path = tmp_path / "county.yaml"
    path.write_text(OWN.replace(old, new))
    with pytest.raises(ReleaseError) as refused:
        read_policy(path)
    assert told in refused.value.faults[0].what
    assert refused.value.faults[0].where.startswith("county.yaml:")


def test_a_policy_of_the_package_cannot_be_replaced(tmp_path):
    (tmp_path / "strict.yaml").write_text(OWN.replace("county", "strict", 1))
    with pytest.raises(ReleaseError, match="there is a policy 'strict' in the package"):
        read_policy(tmp_path / "strict.yaml")
    assert choose("strict", "personal", tmp_path).threshold == 10


def test_a_policy_that_hides_nothing_from_anyone_is_refused(tmp_path):
    path = tmp_path / "county.yaml"
    path.write_text(OWN.replace("threshold: 5", "threshold: 0").replace("base: 3", "base: 1"))
    with pytest.raises(ReleaseError, match="this policy hides nothing, of anybody, from anyone"):
        read_policy(path)


def test_the_schema_uses_no_keyword_whose_refusal_cannot_be_told():
    from lvrn_eval.documents.schemas import TELL

    silent = {"$schema", "$id", "title", "description", "properties"}
    used = set(load_schema()) | {key for rules in load_schema()["properties"].values() for key in rules}
    assert used - silent <= set(TELL)
    assert set(load_schema()["required"]) == set(load_schema()["properties"])
    assert json.dumps(load_schema())


@pytest.mark.parametrize("name", ["hes", "fingertips", "opensafely", "opensafely_midpoint"])
def test_every_policy_takes_every_kind_of_table(name):
    from release_examples import made

    for example in ("attrition", "pre_post", "kaplan_meier", "kaplan_meier with late entry", "cox", "fine_gray"):
        shown = protect(made(example), POLICIES[name])
        counts = shown.table[list(shown.count_columns)].to_numpy(dtype=float, na_value=np.nan)
        few = (counts > 0) & (counts < POLICIES[name].threshold) & (shown.shape != "curve")
        assert not few.any()
