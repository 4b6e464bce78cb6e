"""What is hidden to protect hidden counts is enough for an attacker with his own solver, and no more than need be."""

from itertools import combinations

import numpy as np
import pandas as pd
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from release_attacker import bounds

from lvrn_eval.release import POLICIES, protect
from lvrn_eval.release.suppress import protect_all
from lvrn_eval.result import Result

STRICT = POLICIES["strict"]
LENIENT = settings(max_examples=8, deadline=None, phases=(Phase.generate,))
COUNT = st.one_of(st.integers(0, 12), st.integers(0, 90))


def counted(name, **columns):
    return Result(name, name.title(), pd.DataFrame(columns), {}, count_columns=("people",), shape="counts")


def grid(cells, name="grid"):
    """Return a table of sites and classes."""
    sites, classes = cells.shape
    return counted(
        name,
        site=[f"s{i}" for i in range(sites) for _ in range(classes)],
        **{"class": [f"c{j}" for _ in range(sites) for j in range(classes)]},
        people=cells.ravel(),
    )


def lines(cells, threshold):
    """Return the rows and columns of a table whose totals are large enough to be known."""
    places = np.arange(cells.size).reshape(cells.shape)
    made = [(tuple(line), int(cells.ravel()[line].sum())) for line in (*places, *places.T)]
    return [(parts, total) for parts, total in made if total >= threshold]


def is_safe(cells, hidden, policy):
    """Say whether no hidden cell can be told more closely than by its being hidden, or than from the margins alone."""

    def widths(gone):
        found = bounds(
            cells.ravel(), gone, lines(cells, policy.threshold), threshold=policy.threshold, base=policy.base,
            least=policy.least_hidden,
        )  # fmt: skip
        return {cell: high - low for cell, (low, high) in found.items()}

    narrow = {cell: width for cell, width in widths(hidden).items() if width < policy.spread - 1e-6}
    if not narrow:
        return True
    nothing_shown = widths(hidden | (cells.ravel() >= policy.least_hidden))
    return all(width >= nothing_shown[cell] - 1e-6 for cell, width in narrow.items())


GRIDS = st.tuples(st.integers(2, 3), st.integers(2, 3)).flatmap(
    lambda size: st.lists(COUNT, min_size=size[0] * size[1], max_size=size[0] * size[1]).map(
        lambda values: np.array(values).reshape(size)
    )
)


@given(GRIDS)
@LENIENT
def test_no_cell_of_a_table_with_known_margins_is_recovered(cells):
    hidden = protect(grid(cells), STRICT).suppressed["people"].to_numpy()
    assert hidden[cells.ravel() < STRICT.threshold].all()
    assert is_safe(cells, hidden, STRICT)


@given(GRIDS)
@LENIENT
def test_nor_where_counts_are_exact_and_zeros_shown(cells):
    policy = POLICIES["fingertips"]
    hidden = protect(grid(cells), policy).suppressed["people"].to_numpy()
    flat = cells.ravel()
    assert hidden[(flat > 0) & (flat < policy.threshold)].all()
    assert is_safe(cells, hidden, policy)


def cheapest(cells, policy):
    """Return the fewest people any safe choice leaves out, found by trying every choice."""
    flat = cells.ravel()
    must = flat < policy.threshold
    free = np.flatnonzero(~must)
    choices = [
        must | np.isin(np.arange(cells.size), chosen)
        for size in range(len(free) + 1)
        for chosen in combinations(free, size)
    ]
    by_cost = sorted(choices, key=lambda hidden: int((flat + 1)[hidden].sum()))
    return next(int((flat + 1)[hidden].sum()) for hidden in by_cost if is_safe(cells, hidden, policy))


@pytest.mark.parametrize(
    "cells",
    [
        [[3, 20, 31], [40, 25, 18], [22, 60, 14]],
        [[5, 5, 90], [11, 40, 13]],
        [[1, 30], [45, 60]],
    ],
)
def test_no_safe_choice_hides_fewer_people(cells):
    cells = np.array(cells)
    hidden = protect(grid(cells), STRICT).suppressed["people"].to_numpy()
    assert int((cells.ravel() + 1)[hidden].sum()) == cheapest(cells, STRICT)


def test_two_hidden_in_every_line_are_not_enough():
    """The first two rows less the first two columns leave one cell, though every line has two or more hidden."""
    policy = POLICIES["fingertips"]
    cells = np.array([[4, 5, 30, 40], [5, 4, 3, 50], [60, 31, 5, 4], [42, 35, 4, 5]])
    few = (cells < policy.threshold).ravel()
    assert all(few.reshape(4, 4).sum(axis=axis).min() >= 2 for axis in (0, 1))
    assert bounds(cells.ravel(), few, lines(cells, 6), threshold=6, base=1, least=1)[6] == pytest.approx((3, 3))
    hidden = protect(grid(cells), policy).suppressed["people"].to_numpy()
    assert is_safe(cells, hidden, policy)


def test_a_total_of_another_table_does_not_tell_what_a_table_hides():
    """Each table is safe by itself; the sites of the second are the wholes of the classes of the first."""
    cells = np.array([[3, 40], [30, 20]])
    classes, sites = grid(cells, "classes"), counted("sites", site=["s0", "s1"], people=cells.sum(axis=1))
    shown = protect_all([classes, sites], STRICT)
    flat = np.append(cells.ravel(), cells.sum(axis=1))
    hidden = np.concatenate([one.suppressed["people"].to_numpy() for one in shown])
    sums = [((0, 1), (4,)), ((2, 3), (5,)), ((0, 2), 33), ((1, 3), 60), ((4, 5), 93)]
    found = bounds(flat, hidden, sums, exact=(4, 5))
    assert found[0][1] - found[0][0] >= 9


def test_what_one_table_hides_is_hidden_in_the_next():
    """Site s1 is hidden to protect s0; a table of s1 alone would give it back, and s0 with it."""
    sites = counted("sites", site=["s0", "s1"], people=[4, 40])
    alone = counted("alone", site=["s1"], people=[40])
    assert protect(sites, STRICT).suppressed["people"].tolist() == [True, True]
    assert protect(alone, STRICT).suppressed["people"].tolist() == [False]
    assert protect_all([sites, alone], STRICT)[1].suppressed["people"].tolist() == [True]


def test_pairs_of_counts_do_not_tell_a_hidden_class():
    """Twelve desisted is hidden to protect three; that eleven of them fell from 1 to 0 would say how many at least."""
    classes = counted(
        "classes", group="all", **{"class": ["none_recorded", "desisted", "unchanged"]}, people=[3, 12, 90]
    )
    pairs = pd.DataFrame({"before": [0, 1, 2, 1, 2, 3], "after": [0, 0, 0, 1, 2, 3], "people": [3, 11, 1, 80, 4, 6]})
    parts = {
        "classes": classes,
        "pairs": Result("pairs", "Pairs", pairs, {}, count_columns=("people",), shape="sparse"),
    }
    shown = protect(Result("pre_post", "P", pd.DataFrame({"term": ["x"]}), {}, parts=parts), STRICT).parts
    told = shown["pairs"].table.dropna(subset=["people"])
    hidden = [*shown["classes"].suppressed["people"], not ((told["before"] == 1) & (told["after"] == 0)).any(), True]
    assert hidden[0]
    found = bounds([3, 12, 90, 11, 1], np.array(hidden), [((0, 1, 2), 105), ((3, 4), (1,))])
    assert found[0][1] - found[0][0] >= 9 - 1e-6
    # by themselves the classes would be safe with the pair shown, and the three told to within seven
    alone = bounds([3, 12, 90, 11, 1], np.array([True, True, False, False, True]), [((0, 1, 2), 105), ((3, 4), (1,))])
    assert alone[0][1] - alone[0][0] < 9


@given(st.lists(st.integers(0, 40), min_size=1, max_size=5), st.integers(0, 60))
@LENIENT
def test_no_step_of_a_flow_is_recovered_from_those_before_and_after(removed, last):
    steps = np.array([0, *removed])
    left = last + steps[::-1].cumsum()[::-1] - steps
    table = pd.DataFrame({"group": "all", "step": range(len(steps)), "people_left": left, "people_removed": steps})
    names = ("people_left", "people_removed")
    shown = protect(Result("attrition", "A", table, {}, count_columns=names, shape="counts"), STRICT)
    flat = np.concatenate([left, steps])
    hidden = np.concatenate([shown.suppressed[name].to_numpy() for name in names])
    size = len(steps)
    sums = [((step, size + step), (step - 1,)) for step in range(1, size)]
    found = bounds(flat, hidden, sums) if sums else {}
    assert all(high - low >= STRICT.spread - 1e-6 for low, high in found.values())


@given(GRIDS, st.randoms())
@LENIENT
def test_what_is_hidden_does_not_depend_on_the_order_of_rows(cells, random):
    result = grid(cells)
    order = list(range(cells.size))
    random.shuffle(order)
    shuffled = Result(
        "grid", "Grid", result.table.iloc[order].reset_index(drop=True), {}, count_columns=("people",), shape="counts"
    )
    first, second = (
        set(map(tuple, one.table.loc[one.suppressed["people"], ["site", "class"]].to_numpy()))
        for one in (protect(result, STRICT), protect(shuffled, STRICT))
    )
    assert first == second


def test_a_part_too_large_to_solve_is_hidden_whole(monkeypatch):
    monkeypatch.setattr("lvrn_eval.release.cover.LARGEST", 3)
    shown = protect(grid(np.array([[3, 40], [50, 60]])), STRICT)
    assert shown.suppressed["people"].all()
    untouched = protect(grid(np.array([[30, 40], [50, 60]])), STRICT)
    assert not untouched.suppressed["people"].any()
