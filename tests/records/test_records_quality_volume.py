"""Sudden gaps in a site's monthly volume: the rule by hand and against SciPy, and where it looks."""

import datetime as dt

import pytest
from records_quality_examples import TABLES, report
from scipy import stats

from lvrn_eval.records.quality_volume import CERTAIN, UNLIKELY, gap_months, is_gap, month_list


@pytest.mark.parametrize(
    ("count", "usual", "expected"),
    [
        (0, 7, True),  # e^-7 = 0.00091
        (0, 6.9, False),  # e^-6.9 = 0.00101
        (1, 10, True),  # 11 e^-10 = 0.0005
        (2, 10, False),  # (1 + 10 + 50) e^-10 = 0.0028
        (2, 12, True),  # (1 + 12 + 72) e^-12 = 0.0005
        (3, 12, False),  # a quarter is not less than a quarter
        (24, 100, True),
        (25, 100, False),
        (0, 0, False),
    ],
)
def test_the_rule_by_hand(count, usual, expected):
    assert is_gap(count, usual) is expected


def test_the_rule_is_the_poisson_one():
    for usual in [0.5 * half for half in range(1, 120)]:
        for count in range(int(usual) + 2):
            expected = count < usual / 4 and stats.poisson.cdf(count, usual) < UNLIKELY
            assert is_gap(count, usual) == expected, (count, usual)


def test_where_the_chance_is_not_computed_it_is_below_the_limit():
    for usual in range(CERTAIN, 2_000):
        most = (usual - 1) // 4
        assert stats.poisson.cdf(most, usual) < UNLIKELY


@pytest.mark.parametrize(
    ("counts", "expected"),
    [
        ([20] * 8 + [0] + [20] * 3, [8]),
        ([20] * 8 + [0, 1, 0], [8, 9, 10]),
        ([20] * 6 + [0] + [20] * 3, []),  # five full months before it: nothing is usual yet
        ([20] * 7 + [0] + [20] * 3, [7]),
        ([1] + [20] * 8, []),  # the first month may be half a month
        ([20] * 8, []),
        ([2] * 8 + [0, 0] + [2] * 8, []),  # so few that a month without any is no surprise
        # what slows down little by little has no sudden gap
        ([int(100 * 0.9**month) for month in range(40)], []),
        # a gap is not part of what is usual, however long
        ([20] * 8 + [0] * 14, list(range(8, 22))),
        ([], []),
        ([5], []),
    ],
)
def test_which_months_are_gaps(counts, expected):
    assert gap_months(counts) == expected


@pytest.mark.parametrize(
    ("months", "text"),
    [
        ([2023 * 12], "2023-01"),
        ([2022 * 12 + 11, 2023 * 12], "2022-12 to 2023-01"),
        ([2023 * 12 + 1, 2023 * 12 + 3, 2023 * 12 + 4], "2023-02, 2023-04 to 2023-05"),
    ],
)
def test_how_months_are_listed(months, text):
    assert month_list(months) == text


def contacts(volumes):
    """Return a file of contacts with so many at each site in each month from January 2022."""
    lines = ["No,Ref,Club,Day,Who,Came,Mins"]
    for site, counts in volumes.items():
        for month, count in enumerate(counts):
            day = dt.date(2022 + month // 12, month % 12 + 1, 9)
            lines += [f"{site}-{month}-{n},QX-8801,{site},{day},mentor,yes," for n in range(count)]
    return "\n".join(lines) + "\n"


def test_a_site_with_a_gap_is_told_with_its_months_and_its_name(tmp_path):
    volumes = {"north": [9] * 10 + [0, 0] + [9] * 3, "south": [9] * 15}
    (fault,) = report(tmp_path, ["people", "contacts"], contacts=contacts(volumes)).faults
    assert (fault.severity, fault.rule, fault.rows, fault.first_rows) == ("warning", "gap", None, ())
    assert str(fault.fault) == (
        "streets.contacts.on: a sudden gap at North End: less than a quarter of the usual rows in 2022-11 to 2022-12\n"
        "    → ask whether everything of these months was exported; if little was done then, nothing needs mending"
    )


def test_a_site_that_falls_silent_while_others_go_on(tmp_path):
    found = report(tmp_path, ["people", "contacts"], contacts=contacts({"north": [9] * 10, "south": [9] * 15}))
    (fault,) = found.faults
    # 2023-03 is the month in which the table ends, which is not over
    assert fault.what == ("a sudden gap at North End: less than a quarter of the usual rows in 2022-11 to 2023-02")


def test_a_month_that_lacks_in_an_extract_of_events(tmp_path):
    days = [dt.date(2022, month, day) for month in [*range(1, 8), *range(9, 12)] for day in range(1, 11)]
    text = "No,Ref,Day,Sort,Knife\n" + "".join(f"E{n},QX-8801,{day},victim,\n" for n, day in enumerate(days))
    (fault,) = report(tmp_path, ["people", "events"], events=text).faults
    assert (fault.where, fault.what) == (
        "streets.events.on",
        "a sudden gap: less than a quarter of the usual rows in 2022-08",
    )


def test_days_that_cannot_be_do_not_stretch_the_months(tmp_path):
    text = TABLES["contacts"][1].replace("2023-02-21", "0001-01-01")
    assert [fault.rule for fault in report(tmp_path, ["people", "contacts"], contacts=text).faults] == [
        "before_birth",
        "impossible",
    ]
