"""Several outcomes declared beforehand, with p-values adjusted for how many they are."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, TypedDict, Unpack

import pandas as pd

from lvrn_eval.errors import AnalysisError, Fault, suggestion
from lvrn_eval.offending.adjusted import ADJUST, Adjust, adjusted
from lvrn_eval.offending.counting import count_events, grouped
from lvrn_eval.offending.estimates import exposure_table, periods, rate_ratio
from lvrn_eval.offending.pre_post import window_choices
from lvrn_eval.offending.sentences import named
from lvrn_eval.offending.several import COUNTS, NO_RATIO, NOT_SHOWN, is_finding, numbers, ratio_is, read_several, row_of
from lvrn_eval.offending.study import Choices, read_study
from lvrn_eval.phrases import SMALL, WEAKEST, direction, many, p_text
from lvrn_eval.result import Check, Result, Sentence

if TYPE_CHECKING:
    from typing import NotRequired

    from lvrn_eval.cohort.cohort import Cohort
    from lvrn_eval.engine import Frame, Table
    from lvrn_eval.offending.counting import Cells
    from lvrn_eval.offending.study import Study
    from lvrn_eval.result import Choice

RATIO = "rate_ratio_robust"
OF_ONE = ("kinds", "where")
"""Choices that each outcome makes for itself."""


class Outcome(TypedDict):
    """What is counted: kinds of event and, where given, the rule an event must meet besides."""

    kinds: Sequence[str]
    where: NotRequired[str]


@dataclass(frozen=True)
class Finding:
    """What may be said of one outcome."""

    name: str
    primary: bool
    descriptive: bool
    row: Mapping[str, float]

    def text(self, family: int, *, exact: bool) -> str:
        """Return it in a sentence; behind the wall the number of people is not exact."""
        row, primary = self.row, ", the primary outcome" if self.primary else ""
        said = ratio_is(row, NO_RATIO if exact else NOT_SHOWN)
        opening = f"{self.name}{primary}: the rate ratio, after against before, {said}"
        if math.isnan(row["estimate"]):
            return f"{opening}."
        if self.descriptive:
            few = f"with {many(int(row['n']), 'person', 'people')}, " if exact else "with "
            return f"{opening}; {few}fewer than {SMALL}{'' if exact else ' people'}, this is descriptive only."
        if math.isnan(row["p_adjusted"]):
            return f"{opening}; no test can be made."
        tests = (
            f"{p_text(row['p_value'])}, adjusted for {many(family, 'outcome', 'outcomes')} {p_text(row['p_adjusted'])}"
        )
        alone = direction(row["conf_low"], row["conf_high"], SMALL)
        if alone is None:
            return f"{opening} ({tests}): the interval does not settle whether it rose or fell."
        if is_finding(row):
            return f"{opening} ({tests}): the recorded rate was {alone} after than before."
        return (
            f"{opening} ({tests}): its own interval excludes no change, yet with so many outcomes looked at that may "
            "be chance."
        )


def outcome_family(
    cohort: Cohort | Table | Frame,
    events: Table | Frame,
    *,
    outcomes: Mapping[str, Outcome],
    primary: str,
    adjust: Adjust = "holm",
    conf_level: float = 0.95,
    **choices: Unpack[Choices],
) -> Result:
    """Compare several outcomes before and after, all declared beforehand.

    Whoever looks at five outcomes and reports the one that fell will always find one. Declare them all, name the
    primary one, and read the adjusted p-values.

    Parameters
    ----------
    cohort, events, conf_level
        As in ``pre_post``.
    outcomes
        For each name, what is counted: ``{"Suspect": {"kinds": ["suspect"]}, "Knife": {"kinds": ["suspect"],
        "where": "knife"}}``. Kinds and offence groups stay apart unless an outcome asks for several.
    primary
        The outcome that the evaluation is about.
    adjust
        ``"holm"``, ``"benjamini-hochberg"`` or ``"none"``; over all outcomes, the primary one among them.
    **choices
        Further choices of ``pre_post``, the same for every outcome: ``before``, ``after``, ``before_anchor``,
        ``after_anchor``, ``washout``, ``custody``, ``min_age``, ``as_of``, ``observed_from``, ``incomplete``.

    Returns
    -------
    Result
        ``table`` with the columns of every table of estimates, ``measure``, ``interval``, ``descriptive`` (whether
        fewer than 30 people inform it), ``events_before`` and ``events_after`` (all there are), ``primary``,
        ``counted`` (in words) and ``p_adjusted``: a row of the term ``rate_ratio_robust`` per outcome, in the order
        given, ``group`` being its name. ``parts`` has the ``exposure`` of each, as in ``pre_post``, under its name in
        small letters.

    Raises
    ------
    AnalysisError
        As ``pre_post``; with everything wrong with any of the outcomes.

    Notes
    -----
    An outcome without events on both sides has no test and does not count towards the number of tests. Adjusted
    intervals are not given: an interval is each outcome's own.

    *Validated against* ``pre_post``, R's ``p.adjust`` and statsmodels' ``multipletests``
    (tests/offending/test_offending_family.py, tests/offending/test_offending_adjusted.py).
    """
    _check(outcomes, primary, adjust)
    common: dict[str, Any] = {**choices, "conf_level": conf_level}
    studies = read_several(
        {
            name: partial(read_study, cohort, events, kinds=what["kinds"], where=what.get("where"), **common)
            for name, what in outcomes.items()
        }
    )
    cells = {name: grouped(count_events(study).table) for name, study in studies.items()}
    table = _table(cells, studies, primary, adjust, conf_level)
    first = next(iter(studies.values()))
    method = _method(first, studies, primary, adjust, conf_level)
    return Result(
        name="outcome_family",
        title="Recorded events before and after the programme: all outcomes declared beforehand",
        table=table,
        method=method,
        checks=(_declared(studies, primary), _overlap(studies)),
        text=tuple(_sentences(table, exact=True)),
        count_columns=COUNTS,
        wording=restate,
        parts={slug(name): _exposure(name, of_one, method, conf_level) for name, of_one in cells.items()},
    )


def slug(name: str) -> str:
    """Return the name of an outcome as that of a part."""
    return re.sub(r"[^a-z0-9]+", "_", name.casefold()).strip("_")


def _check(outcomes: object, primary: str, adjust: str) -> None:
    faults = []
    if not isinstance(outcomes, Mapping) or not outcomes:
        fix = 'name some, as in outcomes={"Suspect": {"kinds": ["suspect"]}}'
        raise AnalysisError(
            "the question cannot be answered as asked", [Fault("outcomes", "is not a mapping of outcomes", fix)]
        )
    for name, what in outcomes.items():
        if not isinstance(what, Mapping) or "kinds" not in what:
            faults.append(
                Fault(f"outcomes[{name!r}]", "does not say what kinds of event it counts", 'add "kinds": [...]')
            )
        faults += [
            Fault(f"outcomes[{name!r}]", f"{key!r} is not known", suggestion(str(key), ("kinds", "where")))
            for key in (what if isinstance(what, Mapping) else ())
            if key not in {"kinds", "where"}
        ]
    slugs = [slug(str(name)) for name in outcomes]
    faults += [
        Fault(f"outcomes[{name!r}]", "its name has no letters, or differs from another's in nothing else", "rename it")
        for name, short in zip(outcomes, slugs, strict=True)
        if not short or slugs.count(short) > 1
    ]
    if primary not in outcomes:
        faults.append(Fault("primary", f"{primary!r} is not one of the outcomes", suggestion(str(primary), outcomes)))
    if adjust not in ADJUST:
        faults.append(Fault("adjust", f"{adjust!r} is not a rule", suggestion(str(adjust), ADJUST)))
    if faults:
        raise AnalysisError("the question cannot be answered as asked", faults)


def _exposure(name: str, cells: Cells, method: Mapping[str, Choice], conf_level: float) -> Result:
    """Return the events and days at risk of one outcome."""
    table, title = exposure_table(periods(cells, conf_level)), f"{name}: events and days at risk"
    counts = ("people", "events")
    return Result(slug(name), title, table, method, count_columns=counts, shape="counts", figure="rates")


def _table(
    cells: Mapping[str, Cells], studies: Mapping[str, Study], primary: str, adjust: Adjust, conf_level: float
) -> pd.DataFrame:
    rows = pd.DataFrame(
        [
            row_of(rate_ratio(of_one, conf_level), of_one, name, primary=name == primary, counted=named(studies[name]))
            for name, of_one in cells.items()
        ]
    )
    return rows.assign(p_adjusted=adjusted(rows["p_value"].to_numpy(dtype=float), adjust))


def _sentences(table: pd.DataFrame, *, exact: bool) -> Iterator[Sentence]:
    findings = [
        Finding(str(name), bool(first), bool(few), row)
        for name, first, few, row in zip(
            table["group"], table["primary"], table["descriptive"], numbers(table), strict=True
        )
    ]
    for finding in sorted(findings, key=lambda one: not one.primary):
        counts = tuple(int(finding.row[name]) for name in COUNTS) if exact else ()
        yield Sentence(finding.text(len(findings), exact=exact), counts)
    yield Sentence(WEAKEST)


def restate(result: Result) -> tuple[Sentence, ...]:
    """Return the sentences again from a protected table."""
    return tuple(_sentences(result.table, exact=False))


def _declared(studies: Mapping[str, Study], primary: str) -> Check:
    text = (
        f"{many(len(studies), 'outcome', 'outcomes')} in the family, {primary!r} the primary one; an outcome that was "
        "looked at and is not among them would make the adjustment too small."
    )
    return Check("declared", passed=None, text=text)


def _overlap(studies: Mapping[str, Study]) -> Check:
    kinds = [kind for study in studies.values() for kind in study.kinds]
    shared = sorted({kind for kind in kinds if kinds.count(kind) > 1})
    text = "No kind of event is counted by two outcomes."
    if shared:
        text = "Some outcomes count the same events, so they are no separate pieces of evidence."
    return Check("outcomes_apart", passed=None if shared else True, text=text)


def _method(
    first: Study, studies: Mapping[str, Study], primary: str, adjust: str, conf_level: float
) -> dict[str, Choice]:
    return {
        "design": "before and after the programme, without a comparison group",
        "outcomes": {
            name: {"kinds": list(study.kinds), "where": None if study.where is None else study.where.text}
            for name, study in studies.items()
        },
        "primary": primary,
        "adjust": adjust,
        "adjusted_over": "all outcomes with a test, the primary one among them",
        **{name: choice for name, choice in window_choices(first).items() if name not in OF_ONE},
        "conf_level": conf_level,
        RATIO: "Poisson GEE, log link, log days as offset, independence, no small-sample correction",
    }
