"""Two releases of one analysis are subtracted: what the difference tells of few people is found, and nothing else."""

import pandas as pd
import pytest
from release_examples import EXAMPLES, made, people, strict

from lvrn_eval.release import POLICIES, protect
from lvrn_eval.release.differencing import differencing_faults
from lvrn_eval.result import Result
from lvrn_eval.survival import kaplan_meier

STRICT = POLICIES["strict"]
SHOWN_NOW = "the count is shown here and was hidden in an earlier release of the same people"
SHOWN_THEN = "the count is hidden here and was shown in an earlier release of the same people"
FEWER = "the count differs from an earlier release by fewer than 10"


def shown(counts):
    """Return a released table of sites; None where the count is hidden."""
    table = pd.DataFrame({"site": list(counts), "people": pd.array(list(counts.values()), dtype="Int64")})
    marks = pd.DataFrame({"site": False, "people": table["people"].isna()})
    return Result("sites", "Sites", table, {}, count_columns=("people",), shape="counts", suppressed=marks)


def told(now, then, policy=STRICT):
    return [
        (fault.where.split(", ")[-1], fault.what) for fault in differencing_faults([shown(now)], [shown(then)], policy)
    ]


@pytest.mark.parametrize(
    ("now", "then", "expected"),
    [
        ({"a": 50}, {"a": 50}, []),
        ({"a": 55}, {"a": 50}, [("a", FEWER)]),
        ({"a": 45}, {"a": 50}, [("a", FEWER)]),
        ({"a": 60}, {"a": 50}, []),
        ({"a": 50, "b": 40}, {"a": 50, "b": None}, [("b", SHOWN_NOW)]),
        ({"a": 50, "b": None}, {"a": 50, "b": 40}, [("b", SHOWN_THEN)]),
        ({"a": 50, "b": None}, {"a": 50, "b": None}, []),
        # a quarter later there are 30 more people: who is in b now was not known to be there then
        ({"a": 80, "b": 15}, {"a": 50, "b": None}, []),
        # a site that is new is no difference of two counts
        ({"a": 50, "c": 20}, {"a": 50}, []),
    ],
)
def test_only_what_tells_of_few_is_found(now, then, expected):
    assert told(now, then) == expected


def test_a_fault_names_the_table_the_column_and_the_row():
    fault = differencing_faults([shown({"a": 55})], [shown({"a": 50})], STRICT)[0]
    assert fault.where == "sites, people, a"
    assert "55" not in str(fault)


def test_midpoints_that_differ_by_one_band_tell_nothing_fewer_than_it():
    midpoint = POLICIES["opensafely_midpoint"]
    assert told({"a": 9}, {"a": 15}, midpoint) == []
    assert told({"a": 9}, {"a": 9}, midpoint) == []


def test_under_a_policy_that_hides_nothing_nothing_is_refused():
    assert told({"a": 51}, {"a": 50}, POLICIES["open"]) == []


@pytest.mark.parametrize("name", list(EXAMPLES))
def test_a_release_made_again_differs_in_nothing(name):
    assert differencing_faults([strict(name)], [protect(made(name), STRICT)], STRICT) == []


def test_curves_are_compared_by_how_many_people_they_are_of():
    """Seven more people of one site, all censored late: both curves are safe, and their starts tell of the seven."""
    first = people(few=0)
    late = first[first["site"] == "preston"].head(7).assign(event=0, days=399)
    more = pd.concat([first, late], ignore_index=True)
    old, new = (protect(kaplan_meier(frame, time="days", event="event", by="site"), STRICT) for frame in (first, more))
    start = {one: old_new.table.groupby("group")["at_risk"].first() for one, old_new in (("old", old), ("new", new))}
    found = differencing_faults([new], [old], STRICT)
    differs = 0 < abs(start["new"]["preston"] - start["old"]["preston"]) < STRICT.threshold
    assert any(fault.where == "kaplan_meier, at_risk, preston" for fault in found) == differs
    assert not any("burnley" in fault.where for fault in found)
