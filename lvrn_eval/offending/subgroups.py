"""Whether the change differs between groups: a test of interaction, never a comparison of p-values."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from functools import cached_property, partial
from typing import TYPE_CHECKING, Any, Unpack

import numpy as np
import pandas as pd

from lvrn_eval.errors import AnalysisError, Fault, suggestion
from lvrn_eval.offending.adjusted import ADJUST, Adjust, Wald, adjusted, all_equal
from lvrn_eval.offending.counting import count_events, grouped_by
from lvrn_eval.offending.estimates import rate_ratio
from lvrn_eval.offending.pre_post import window_choices
from lvrn_eval.offending.sentences import named
from lvrn_eval.offending.several import COUNTS, NO_RATIO, NOT_SHOWN, is_finding, numbers, ratio_is, read_several, row_of
from lvrn_eval.offending.study import Choices, read_study
from lvrn_eval.phrases import SMALL, WEAKEST, in_words, listed, many, p_text
from lvrn_eval.result import ESTIMATE_COLUMNS, Check, Result, Sentence

if TYPE_CHECKING:
    from lvrn_eval.cohort.cohort import Cohort
    from lvrn_eval.engine import Frame, Table
    from lvrn_eval.offending.counting import Cells
    from lvrn_eval.offending.estimates import Row
    from lvrn_eval.offending.study import Study
    from lvrn_eval.result import Choice

BASELINE = frozenset({"prior_events"})
"""Features that are made of the events before."""


@dataclass(frozen=True)
class Subgroups:
    """The rate ratio of every group of one column, and whether those of 30 people or more are one."""

    cells: Mapping[str, Cells]
    rows: Mapping[str, Row]

    @property
    def tested(self) -> dict[str, Row]:
        """The groups in the test: at least 30 people, and a ratio with an interval."""
        return {name: row for name, row in self.rows.items() if row.n >= SMALL and row.std_error > 0}

    @cached_property
    def test(self) -> Wald:
        """Whether the groups in the test have one ratio."""
        logs = np.log([row.estimate for row in self.tested.values()])
        return all_equal(logs, np.array([row.std_error for row in self.tested.values()]) ** 2)

    def sides(self, *groups: str) -> dict[str, int]:
        """Return the events of either side, of several groups together."""
        cells = [self.cells[group] for group in groups]
        return {
            "events_before": int(sum(one.total(one.before) for one in cells)),
            "events_after": int(sum(one.total(one.after) for one in cells)),
        }


def subgroup_changes(
    cohort: Cohort | Table | Frame,
    events: Table | Frame,
    *,
    by: str | Sequence[str],
    kinds: Sequence[str],
    where: str | None = None,
    known: Mapping[str, str] | None = None,
    adjust: Adjust = "holm",
    conf_level: float = 0.95,
    **choices: Unpack[Choices],
) -> Result:
    """Estimate the change within each group, and test whether the groups' changes differ.

    That one group's change excludes none and another's does not is no evidence that they differ. The test here is of
    interaction: whether the rate ratios are the same.

    Parameters
    ----------
    cohort, events, kinds, where, known, conf_level
        As in ``pre_post``.
    by
        A column of the people, or several: the family of tests, declared beforehand. Each must have been known when
        after began; completed against started, for one, is refused (immortal time).
    adjust
        How p-values are adjusted for the several columns of ``by``: ``"holm"``, ``"benjamini-hochberg"``, ``"none"``.
    **choices
        Further choices of ``pre_post``: ``before``, ``after``, ``before_anchor``, ``after_anchor``, ``washout``,
        ``custody``, ``min_age``, ``as_of``, ``observed_from``, ``incomplete``.

    Returns
    -------
    Result
        ``table`` with the columns of every table of estimates, ``statistic``, ``df`` and ``p_adjusted``: a row for
        each column of ``by``, of the term ``interaction_<column>``, with the Wald test that all its groups have the
        same rate ratio. ``n`` and the events (``n_events``, ``events_before``, ``events_after``) are of the groups in
        the test; there is no estimate.

        ``parts``: for each column, ``groups_<column>`` (per group the term ``rate_ratio_robust``, and ``descriptive``:
        whether fewer than 30 people inform it) and ``differences_<column>`` (per group in the test but the first, the
        term ``ratio_of_rate_ratios`` against ``reference``, the first; ``n`` counts both). Neither has a p-value.

    Raises
    ------
    AnalysisError
        As ``pre_post``; with everything wrong with any of the columns.

    Notes
    -----
    The logarithms of the groups' rate ratios are independent, each with the variance of ``pre_post`` that is robust to
    clustering by person. Their differences have the sum of two variances. Groups of fewer than 30 people, or without
    events on both sides, are shown and take no part in the test. Where the groups were made of the events before (such
    as many and few), regression to the mean alone makes them differ.

    *Validated against* statsmodels' ``GEE`` with an interaction of group and period
    (tests/offending/test_offending_subgroups.py).

    References
    ----------
    Altman, D. G. and Bland, J. M. (2003), BMJ 326, 219. Holm, S. (1979), Scandinavian Journal of Statistics 6, 65-70.
    """
    columns = _columns(by, known, adjust)
    common: dict[str, Any] = {**choices, "kinds": kinds, "where": where, "conf_level": conf_level}
    studies = read_several(
        {
            f"by={name!r}": partial(read_study, cohort, events, by=name, known=_known(known, name), **common)
            for name in columns
        }
    )
    found = {name: _subgroups(study, conf_level) for name, study in zip(columns, studies.values(), strict=True)}
    first = next(iter(studies.values()))
    method = _method(first, columns, known, adjust, conf_level)
    table = _interactions(found, adjust, conf_level)
    return Result(
        name="subgroup_changes",
        title=f"Whether the change in {named(first)} differs between groups",
        table=table,
        method=method,
        checks=tuple(_checks(found)),
        text=tuple(_sentences(found, table)),
        count_columns=COUNTS,
        wording=restate,
        parts=dict(_parts(found, method)),
    )


def _columns(by: str | Sequence[str], known: Mapping[str, str] | None, adjust: str) -> tuple[str, ...]:
    columns = (by,) if isinstance(by, str) else tuple(by)
    faults = []
    if not columns or not all(isinstance(name, str) for name in columns):
        faults.append(Fault("by", "is not a column, or a list of columns", 'name at least one, as in by="site"'))
    elif len(set(columns)) < len(columns):
        faults.append(Fault("by", "a column stands there twice", "name every column once"))
    faults += [
        Fault(f"known={name!r}", "not one of the groups", f"name it in by; {suggestion(name, dict.fromkeys(columns))}")
        for name in known or {}
        if name not in columns
    ]
    if adjust not in ADJUST:
        faults.append(Fault("adjust", f"{adjust!r} is not a rule", suggestion(str(adjust), ADJUST)))
    if faults:
        raise AnalysisError("the question cannot be answered as asked", faults)
    return columns


def _known(known: Mapping[str, str] | None, name: str) -> dict[str, str]:
    return {name: known[name]} if known and name in known else {}


def _subgroups(study: Study, conf_level: float) -> Subgroups:
    cells = grouped_by(count_events(study).table)
    return Subgroups(cells, {name: rate_ratio(of_group, conf_level) for name, of_group in cells.items()})


def _interactions(found: Mapping[str, Subgroups], adjust: Adjust, conf_level: float) -> pd.DataFrame:
    tests = [one.test for one in found.values()]
    p_adjusted = adjusted(np.array([test.p_value for test in tests]), adjust)
    rows = [
        {
            **dict.fromkeys(ESTIMATE_COLUMNS, math.nan),
            "term": f"interaction_{name}",
            "group": "all",
            "conf_level": conf_level,
            "p_value": one.test.p_value,
            "n": sum(row.n for row in one.tested.values()),
            "n_events": sum(row.n_events for row in one.tested.values()),
            "statistic": one.test.statistic,
            "df": one.test.df,
            "p_adjusted": p,
            **one.sides(*one.tested),
        }
        for (name, one), p in zip(found.items(), p_adjusted, strict=True)
    ]
    return pd.DataFrame(rows)


def _parts(found: Mapping[str, Subgroups], method: Mapping[str, Choice]) -> Iterator[tuple[str, Result]]:
    for name, one in found.items():
        # a p-value of one group would be held against that of another
        of_groups = [row_of(replace(row, p_value=math.nan), one.cells[group], group) for group, row in one.rows.items()]
        columns = [*ESTIMATE_COLUMNS, "measure", "interval", "descriptive", *COUNTS[2:]]
        for part, title, rows, names in (
            (f"groups_{name}", f"The change by {name}", of_groups, columns),
            (
                f"differences_{name}",
                f"How the change differs by {name}",
                list(_differences(one)),
                [*ESTIMATE_COLUMNS, "reference", *COUNTS[2:]],
            ),
        ):
            table = pd.DataFrame(rows, columns=names)
            yield part, Result(part, title, table, {**method, "by": name}, count_columns=COUNTS)


def _differences(one: Subgroups) -> Iterator[dict[str, object]]:
    """Yield how many times the rate ratio of the first group that of each other is."""
    from scipy.special import ndtri

    rows = one.tested
    for reference in list(rows)[:1]:
        first = rows[reference]
        for group, row in list(rows.items())[1:]:
            log_ratio = math.log(row.estimate) - math.log(first.estimate)
            std_error = math.hypot(row.std_error, first.std_error)
            half = -float(ndtri((1 - row.conf_level) / 2)) * std_error
            yield {
                "term": "ratio_of_rate_ratios",
                "group": group,
                "estimate": math.exp(log_ratio),
                "std_error": std_error,
                "conf_low": math.exp(log_ratio - half),
                "conf_high": math.exp(log_ratio + half),
                "conf_level": row.conf_level,
                "p_value": math.nan,
                "n": row.n + first.n,
                "n_events": row.n_events + first.n_events,
                "reference": reference,
                **one.sides(group, reference),
            }


def _checks(found: Mapping[str, Subgroups]) -> Iterator[Check]:
    left_out = {name: sorted(one.rows.keys() - one.tested.keys()) for name, one in found.items()}
    some = {name: groups for name, groups in left_out.items() if groups}
    text = "Every group takes part in its test."
    if some:
        of = listed([f"{many(len(groups), 'group', 'groups')} by {name}" for name, groups in some.items()])
        text = f"Too small for the test, or without events on both sides: {of}. They are described only."
    counts = tuple(row.n for name, groups in some.items() for row in (found[name].rows[group] for group in groups))
    instead = "Groups too small for the test, or without events on both sides, if there were any, are described only."
    yield Check("groups_tested", passed=not some, text=text, counts=counts, instead=instead)
    made = [name for name in found if name in BASELINE]
    text = "No group is known to be made of the events before."
    if made:
        text = (
            f"{listed(made)} counts events before: regression to the mean alone makes such groups differ, so the test "
            "says nothing of the programme."
        )
    yield Check("groups_not_of_the_baseline", passed=not made, text=text)


def _sentences(found: Mapping[str, Subgroups], table: pd.DataFrame) -> Iterator[Sentence]:
    for (name, one), row in zip(found.items(), numbers(table), strict=True):
        for group, ratio in one.rows.items():
            text = _of_group(name, group, asdict(ratio), NO_RATIO, descriptive=ratio.n < SMALL)
            yield Sentence(text, (ratio.n, ratio.n_events, *one.sides(group).values()))
        yield Sentence(_of_test(name, row), (int(row["n"]), int(row["n_events"])))
    yield Sentence(WEAKEST)


def _of_group(name: str, group: str, row: Mapping[str, float], missing: str, *, descriptive: bool) -> str:
    few = f" (fewer than {SMALL} people: descriptive only)" if descriptive else ""
    return (
        f"By {in_words(name)}, {in_words(group)}: the rate ratio, after against before, {ratio_is(row, missing)}{few}."
    )


def _of_test(column: str, row: Mapping[str, float]) -> str:
    name = in_words(column)
    if math.isnan(row["p_value"]):
        return f"Whether the change differs by {name} is not tested here, or not shown: too few people or events."
    beside = "" if row["p_adjusted"] == row["p_value"] else f", before adjustment {p_text(row['p_value'])}"
    said = f"(test of interaction, {p_text(row['p_adjusted'])}{beside})"
    if is_finding(row):
        return f"The change differs by {name} {said}."
    return f"These records do not settle whether the change differs by {name} {said}."


def restate(result: Result) -> tuple[Sentence, ...]:
    """Return the sentences again from protected tables."""
    said = []
    for term, row in zip(result.table["term"], numbers(result.table), strict=True):
        name = str(term).removeprefix("interaction_")
        part = result.parts[f"groups_{name}"].table
        for group, few, ratio in zip(part["group"], part["descriptive"], numbers(part), strict=True):
            said.append(_of_group(name, str(group), ratio, NOT_SHOWN, descriptive=bool(few)))
        said.append(_of_test(name, row))
    return tuple(Sentence(text) for text in (*said, WEAKEST))


def _method(
    study: Study, columns: Sequence[str], known: Mapping[str, str] | None, adjust: str, conf_level: float
) -> dict[str, Choice]:
    return {
        "design": "before and after the programme, without a comparison group",
        **window_choices(study),
        "family": [f"interaction_{name}" for name in columns],
        "known": dict(known or {}),
        "adjust": adjust,
        "conf_level": conf_level,
        "rate_ratio_robust": "Poisson GEE, log link, log days as offset, independence, no small-sample correction",
        "interaction": "Wald test that the log rate ratios of independent groups are one",
        "least_people_in_the_test": SMALL,
        "reference": "the first group in the test, in the order of names",
    }
