"""Published figures beside what records give: whether each holds, and why where nobody can tell."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd

from lvrn_eval.result import Check, Result, Sentence

if TYPE_CHECKING:
    from lvrn_eval.framework.observations import Observations
    from lvrn_eval.framework.published import Published, PublishedFigure, Qualifier, Selector

NEAR = 0.10
"""How far, as a part of the published figure, "almost" and "around" may be off."""

NEAR_HOURS = 1.0
"""How far an hour of the clock may be off where the report says "around"."""

COLUMNS = (
    "id", "programme", "about", "published", "qualifier", "unit", "page", "computed", "difference", "holds", "reason",
    "leaves_open", "n_people",
)  # fmt: skip


def headlines(published: Published, observations: Observations) -> Result:
    """Compute every published figure again and say whether it holds.

    Parameters
    ----------
    published
        The register.
    observations
        What the records give.

    Returns
    -------
    Result
        ``headlines``: a row for each figure: ``id``, ``programme``, ``about``, ``published``, ``qualifier``, ``unit``,
        ``page``; ``computed`` and its ``difference`` from what was published; ``holds`` (missing where nothing could be
        computed) and the ``reason`` why not; what the report ``leaves_open``; ``n_people`` behind the figure, where it
        rests on people.

    Notes
    -----
    A figure holds when the computed one, rounded as the published one is, is equal (exact, and rounded to a thousand),
    above it ("over"), at most 10% below it ("almost"), within 10% of it ("around"; within one hour for hours of the
    clock), or not above it ("never more than").
    """
    once = observations.once()
    reasons = dict(zip(observations.unanswered["indicator"], observations.unanswered["reason"], strict=True))
    rows = [_row(figure, once, reasons) for figure in published.figures]
    table = pd.DataFrame(rows, columns=list(COLUMNS)).astype(
        {
            "published": "Float64",
            "computed": "Float64",
            "difference": "Float64",
            "holds": "boolean",
            "n_people": "Int64",
        },
    )
    return Result(
        name="headlines",
        title=f"Published figures of the {published.report}, computed again",
        table=table,
        method={
            "report": published.report,
            "exact": "equal when rounded to as many decimals as are published",
            "over": "above the published figure",
            "almost": "at most 10% below the published figure, and not above it",
            "around": "within 10% of the published figure; within one hour for hours of the clock",
            "never_more_than": "not above the published figure",
            "rounded_to_thousand": "equal when rounded to a thousand",
        },
        checks=_checks(table),
        text=_sentences(table),
        count_columns=("n_people",),
    )


def _row(figure: PublishedFigure, once: pd.DataFrame, reasons: dict[str, str]) -> tuple[Any, ...]:
    head = (figure.id, figure.programme, figure.about, figure.value, figure.qualifier, figure.unit, figure.page)
    if figure.computed is None:
        return (*head, None, None, None, figure.not_computed, figure.leaves_open, None)
    found = _select(figure.computed, once)
    if found is None:
        reason = reasons.get(figure.computed.indicator) or "no record of the kind in that period"
        return (*head, None, None, None, reason, figure.leaves_open, None)
    computed = float(found["value"])
    holds = judge(computed, figure.value, figure.qualifier, figure.unit)
    people = found["n_people"]
    about_people = None if pd.isna(people) else int(people)
    return (*head, computed, computed - figure.value, holds, "", figure.leaves_open, about_people)


def _select(selector: Selector, once: pd.DataFrame) -> pd.Series | None:
    """Return the one observation that is meant: of the named period, else of the newest."""
    rows = once[
        (once["indicator"] == selector.indicator) & (once["level"] == selector.by) & (once["area"] == selector.group)
    ]
    if selector.starts is not None:
        rows = rows[rows["period_start"] == pd.Timestamp(selector.starts)]
    rows = rows[rows["value"].notna()]
    return rows.sort_values("period_end").iloc[-1] if len(rows) else None


def judge(computed: float, published: float, qualifier: Qualifier, unit: str) -> bool:
    """Return whether a published figure, worded as it is, agrees with the computed one."""
    if qualifier == "exact":
        return bool(round(computed, _decimals(published)) == published)
    if qualifier == "over":
        return computed > published
    if qualifier == "almost":
        return published * (1 - NEAR) <= computed <= published
    if qualifier == "around":
        return abs(computed - published) <= (NEAR_HOURS if unit == "hour of day" else NEAR * abs(published))
    if qualifier == "never_more_than":
        return computed <= published
    return bool(round(computed, -3) == published)


def _decimals(number: float) -> int:
    """Return with how many decimals a number is written."""
    _, _, after = f"{number:.10f}".rstrip("0").partition(".")
    return len(after)


def _checks(table: pd.DataFrame) -> tuple[Check, ...]:
    failed = table[~table["holds"].fillna(value=True).astype(bool)]
    names = ", ".join(failed["id"])
    computed = int(table["computed"].notna().sum())
    return (
        Check(
            "figures_hold",
            passed=failed.empty,
            text="Every figure that could be computed holds." if failed.empty else f"These do not hold: {names}.",
        ),
        Check(
            "figures_computed",
            passed=None,
            text=f"{computed} of {len(table)} figures could be computed; each of the others says why not.",
        ),
    )


def _sentences(table: pd.DataFrame) -> tuple[Sentence, ...]:
    computed = int(table["computed"].notna().sum())
    held = int(table["holds"].fillna(value=False).sum())
    left_open = int((table["leaves_open"] != "").sum())
    return (
        Sentence(
            f"Of {len(table)} published figures, {computed} could be computed from records; {held} of these hold."
        ),
        Sentence(f"The report leaves something open for {left_open} figures; what, stands beside each."),
    )
