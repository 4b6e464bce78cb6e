"""The rate ratio under every combination of declared choices: how much of an answer is the choices' doing."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import date
from functools import cache
from importlib.metadata import version
from itertools import groupby
from math import prod
from typing import TYPE_CHECKING, Any

import pandas as pd

from lvrn_eval.cohort.cohort import Cohort
from lvrn_eval.cohort.windows import MIN_AGE
from lvrn_eval.errors import AnalysisError, Fault
from lvrn_eval.offending.counting import grouped, person_counts, place_windows
from lvrn_eval.offending.estimates import rate_ratio
from lvrn_eval.offending.several import COUNTS, row_of
from lvrn_eval.offending.specification_checks import checks
from lvrn_eval.offending.specification_grid import declared, read_grid, specifications
from lvrn_eval.offending.specification_words import restate, sentences
from lvrn_eval.offending.study import read_study
from lvrn_eval.phrases import listed
from lvrn_eval.result import ESTIMATE_COLUMNS, Result

if TYPE_CHECKING:
    from lvrn_eval.engine import Frame, Table
    from lvrn_eval.offending.counting import Cells
    from lvrn_eval.offending.estimates import Row
    from lvrn_eval.offending.specification_grid import Grid, Options, Specification
    from lvrn_eval.result import Choice

WHOLE = "drop"
"""The rule for cut windows under which only people with whole windows count."""

OF_PEOPLE = "people."
"""Where the faults stand that some combinations have and others have not, as the people lack an anchor."""


def specification_curve(
    cohort: Cohort | Table | Frame,
    events: Table | Frame,
    *,
    grid: Grid,
    where: str | None = None,
    custody: Table | Frame | None = None,
    min_age: int | None = MIN_AGE,
    as_of: date | str | None = None,
    observed_from: date | str | None = None,
    conf_level: float = 0.95,
) -> Result:
    """Estimate the rate ratio, after against before, under every combination of declared choices.

    Whoever may choose the window, the anchors and the kinds after seeing the answers can often choose the answer.
    Declare the choices that could be defended, and show what each combination gives.

    Parameters
    ----------
    cohort, events, where, min_age, as_of, observed_from, conf_level
        As in ``pre_post``.
    grid
        For each choice its values; the first of each together are the main specification, so at most 500 in all.

        ============== ============================================================ ==================================
        choice         a value                                                      when not named
        ============== ============================================================ ==================================
        ``kinds``      a name with the kinds of event it stands for (a mapping)     must be named
        ``window``     ``"183 days"`` or ``"all"`` on both sides; a pair for        ``"all"``
                       ``before`` and ``after``, such as ``("as after", "all")``
        ``anchors``    a pair, ``("first_contact", "last_contact")``                that pair
        ``washout``    ``"30 days"``                                                ``"0 days"``
        ``custody``    ``"taken out"`` of the days at risk, or ``"ignored"``        taken out where it is given
        ``incomplete`` ``"drop"``, ``"rate"`` or ``"model"``, as in ``pre_post``    ``"drop"``
        ============== ============================================================ ==================================
    custody
        As in ``pre_post``; needed for ``"taken out"``.

    Returns
    -------
    Result
        ``table``, a row per combination with the columns of every table of estimates, ``measure``, ``interval``,
        ``descriptive`` (whether fewer than 30 people inform it), ``events_before``, ``events_after`` (all there are),
        ``main`` (whether it is the main specification), ``reason`` (why there is no estimate, or no interval; else
        empty) and one column per choice. The term is ``rate_ratio_robust`` and ``group`` a running number.

    Raises
    ------
    AnalysisError
        Listing everything wrong with the grid, the choices or the tables. A combination that asks for an anchor some
        people lack is kept as a row without an estimate, unless every combination does.

    Notes
    -----
    The combinations share people and events, so that many agree is no further evidence, and how many intervals exclude
    no change is no test. Where a choice changes nothing (a rule for cut windows where none is cut), rows repeat one
    another, and a check says how many.

    *Validated against* ``pre_post`` on every seventh of 96 combinations, and by hand
    (tests/offending/test_offending_specification.py).

    Examples
    --------
    >>> import pandas as pd
    >>> day = pd.Timestamp
    >>> people = pd.DataFrame({"person_id": ["a", "b"], "first_contact": day("2022-01-01")})
    >>> people["last_contact"] = day("2022-06-30")
    >>> on = [day("2021-12-20"), day("2021-10-01"), day("2021-03-01"), day("2022-08-01"), day("2023-03-01")]
    >>> events = pd.DataFrame({"person_id": list("aabab"), "on": on, "kind": "suspect"})
    >>> result = specification_curve(
    ...     people, events, grid={"kinds": {"Suspect": ["suspect"]}, "window": ["100 days", "300 days"]},
    ...     observed_from="2020-01-01", as_of="2023-12-31",
    ... )
    >>> result.table.set_index("window")["estimate"].round(2).to_dict()
    {'100 days': 0.5, '300 days': 1.0}
    """
    options = read_grid(grid, custody)
    common = {
        "where": where, "min_age": min_age, "as_of": as_of, "observed_from": observed_from, "conf_level": conf_level
    }  # fmt: skip
    found = _estimated(cohort, events, specifications(options), common)
    rows: list[dict[str, Any]] = sorted(found, key=lambda row: int(row["group"]))
    table = pd.DataFrame(rows)
    return Result(
        name="specification_curve",
        title="Recorded events per person-year at risk, after against before, under every combination of choices",
        table=table,
        method=_method(options, cohort, common),
        checks=checks(table),
        text=sentences(table, list(options)),
        count_columns=COUNTS,
        figure="specification_curve",
        wording=restate,
    )


def _estimated(
    cohort: Cohort | Table | Frame, events: Table | Frame, asked: list[Specification], common: Mapping[str, Any]
) -> Iterator[dict[str, Any]]:
    """Yield the row of every specification, those with the same windows after one another.

    Raises
    ------
    AnalysisError
        When the records allow no answer to any of them, or a fault is not of people who lack an anchor.
    """
    kinds = list(dict.fromkeys(kind for one in asked for kind in one.arguments["kinds"]))
    answered, wrong = False, dict[Fault, None]()
    for of_these in _by_windows(asked):
        chosen = {**of_these[0].arguments, **common, "kinds": kinds, "incomplete": "rate"}
        try:
            study = read_study(cohort, events, **chosen)
        except AnalysisError as error:
            wrong |= dict.fromkeys(error.faults)
            yield from (_refused(one, error, common) for one in of_these)
            continue
        answered, placed = True, place_windows(study)
        # the rule about cut windows varies fastest
        for _, alike in groupby(of_these, key=lambda one: one.labels["kinds"]):
            same_events = list(alike)
            of_kinds = replace(study, kinds=tuple(dict.fromkeys(same_events[0].arguments["kinds"])))
            counted = person_counts(of_kinds, placed).table
            for one in same_events:
                yield _row(one, grouped(counted, whole=one.labels["incomplete"] == WHOLE), common)
    if wrong and not (answered and all(fault.where.startswith(OF_PEOPLE) for fault in wrong)):
        raise AnalysisError("the records do not allow an answer", wrong)


def _by_windows(asked: list[Specification]) -> Iterable[list[Specification]]:
    """Return the specifications that share everything but kinds and the rule about cut windows."""
    found: dict[tuple[str, ...], list[Specification]] = {}
    for one in asked:
        key = tuple(label for name, label in one.labels.items() if name not in {"kinds", "incomplete"})
        found.setdefault(key, []).append(one)
    return found.values()


def _row(one: Specification, cells: Cells, common: Mapping[str, Any]) -> dict[str, Any]:
    row = rate_ratio(cells, float(common["conf_level"]))
    return _said(row_of(row, cells, str(one.number)), one, _reason(row, cells))


def _refused(one: Specification, error: AnalysisError, common: Mapping[str, Any]) -> dict[str, Any]:
    """Return the row of a specification whose anchor some people lack."""
    numbers = dict.fromkeys(ESTIMATE_COLUMNS, math.nan) | dict.fromkeys(COUNTS, 0)
    named = {"term": "rate_ratio_robust", "group": str(one.number), "conf_level": common["conf_level"]}
    lacking = listed(list(dict.fromkeys(fault.where.removeprefix(OF_PEOPLE) for fault in error.faults)))
    more = {"measure": "rate ratio", "interval": "none", "descriptive": True}
    return _said(numbers | named | more, one, f"not everybody has {lacking}")


def _said(row: dict[str, Any], one: Specification, reason: str) -> dict[str, Any]:
    return {**row, "main": one.main, "reason": reason, **one.labels}


def _reason(row: Row, cells: Cells) -> str:
    """Say why there is no estimate, or no interval; nothing where there are both."""
    if not cells.count():
        return "nobody is left"
    if not cells.days_before_known:
        return "the days before are unknown"
    if math.isnan(row.estimate):
        return "too few events"
    return "people do not differ, so there is no interval" if math.isnan(row.conf_low) else ""


def _method(options: Options, cohort: Cohort | Table | Frame, common: Mapping[str, Any]) -> dict[str, Choice]:
    given = dict(common)
    for name in ("as_of", "observed_from"):
        day = getattr(cohort, name) if given[name] is None and isinstance(cohort, Cohort) else given[name]
        given[name] = day.isoformat() if isinstance(day, date) else day
    return {
        "design": "before and after, without a comparison group",
        "grid": declared(options),
        "main": {name: values[0].label for name, values in options.items()},
        "varied": [name for name, values in options.items() if len(values) > 1],
        "specifications": prod(map(len, options.values())),
        **given,
        "rate_ratio_robust": "Poisson GEE, log link, log days as offset, independence, no small-sample correction",
        "versions": dict(_versions()),
    }


@cache
def _versions() -> tuple[tuple[str, str], ...]:
    """Return the packages the numbers come from; reading them from disk is slow."""
    return tuple((name, version(name)) for name in ("numpy", "pandas", "scipy"))
