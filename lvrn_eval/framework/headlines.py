"""Published figures beside what records give: whether each holds, and why where nobody can tell."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import pandas as pd

from lvrn_eval.framework.judging import RULES, judge, written
from lvrn_eval.framework.protected import COUNTS, EXTREMES
from lvrn_eval.result import Check, Result, Sentence

if TYPE_CHECKING:
    from lvrn_eval.framework.observations import Observations
    from lvrn_eval.framework.published import Published, PublishedFigure, Selector

TYPES: Mapping[str, str] = {
    "id": "object", "programme": "object", "about": "object", "published": "Float64", "qualifier": "object",
    "unit": "object", "page": "int64", "computed": "Float64", "difference": "Float64", "holds": "boolean",
    "reason": "object", "leaves_open": "object", "indicator": "object", "period_start": "object",
    "period_end": "object", "n_people": "Int64",
}  # fmt: skip
"""The columns of the table, with the type of each."""

TOO_FEW = "it rests on too few people to show"
"""Why disclosure control leaves a figure out: it was computed."""


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
        computed) and the ``reason`` why not; what the report ``leaves_open``; the ``indicator`` that gives it, and the
        first and last day of its period, ``period_start`` (missing where it has no beginning) and ``period_end``;
        ``n_people``, how many people it rests on, where it rests on people.

    Notes
    -----
    A figure holds as ``lvrn_eval.framework.judging.judge`` says. Where the register names no period, the newest one
    counts.

    *Validated against* the 58 figures of the network's annual report 2023-24:
    ``tests/headlines/test_headlines_network.py``; by hand: ``tests/headlines/test_headlines_judged.py``.
    """
    once = observations.once()
    reasons = dict(zip(observations.unanswered["indicator"], observations.unanswered["reason"], strict=True))
    rows = [_row(figure, once, reasons, observations.about_people) for figure in published.figures]
    table = pd.DataFrame(rows, columns=list(TYPES)).astype(dict(TYPES))
    return Result(
        name="headlines",
        title=f"Published figures of the {published.report}, computed again",
        table=table,
        method={
            "report": published.report,
            "framework_digest": observations.framework,
            "programmes": list(observations.programmes),
            "period": "as the register says; the newest one where it names none",
            **RULES,
        },
        checks=_checks(table),
        text=_sentences(table),
        count_columns=("n_people",),
        shape="counts",
    )


def _row(
    figure: PublishedFigure, once: pd.DataFrame, reasons: Mapping[str, str], about: frozenset[str]
) -> dict[str, Any]:
    said: dict[str, Any] = {
        **dict.fromkeys(TYPES),
        "id": figure.id, "programme": figure.programme, "about": figure.about, "published": figure.value,
        "qualifier": figure.qualifier, "unit": figure.unit, "page": figure.page, "leaves_open": figure.leaves_open,
        "indicator": figure.computed.indicator if figure.computed else "", "reason": figure.not_computed,
    }  # fmt: skip
    if figure.computed is None:
        return said
    found = _select(figure.computed, once)
    if found is None:
        return {**said, "reason": reasons.get(figure.computed.indicator) or _absent(figure.computed, once)}
    return {**said, **_computed(figure, found, about_people=found["indicator"] in about)}


def _computed(figure: PublishedFigure, found: pd.Series, *, about_people: bool) -> dict[str, Any]:
    value = float(found["value"])
    return {
        "computed": value,
        "difference": float(written(value) - written(figure.value)),
        "holds": judge(value, figure.value, figure.qualifier, figure.unit),
        "period_start": _day(found["period_start"]),
        "period_end": _day(found["period_end"]),
        "n_people": _resting_on(found) if about_people else None,
    }


def _resting_on(found: pd.Series) -> int | None:
    """Return how many people a value rests on: one where it is somebody's own, and no more than it counts."""
    people = None if pd.isna(found["n_people"]) else int(found["n_people"])
    if found["kind"] in EXTREMES:
        return 1
    if found["kind"] in COUNTS:
        counted = int(found["value"])
        return counted if people is None else min(counted, people)
    return people


def _select(selector: Selector, once: pd.DataFrame) -> pd.Series | None:
    """Return the one observation that is meant: of the named period, else of the newest."""
    rows = once[
        (once["indicator"] == selector.indicator) & (once["level"] == selector.by) & (once["area"] == selector.group)
    ]
    if selector.starts is not None:
        rows = rows[rows["period_start"] == pd.Timestamp(selector.starts)]
    rows = rows[rows["value"].notna()]
    return rows.sort_values("period_end").iloc[-1] if len(rows) else None


def _absent(selector: Selector, once: pd.DataFrame) -> str:
    """Return what of a selection is not there, when its indicator has values."""
    rows = once[once["indicator"] == selector.indicator]
    if rows.empty:
        return "it was not asked for"
    of_group = rows[(rows["level"] == selector.by) & (rows["area"] == selector.group)]
    if of_group.empty:
        return f"no record has {selector.by} {selector.group!r}"
    since = "" if selector.starts is None else f" that begins on {selector.starts}"
    return f"no record falls into the period{since}"


def _day(day: Any) -> str | None:
    return None if pd.isna(day) else pd.Timestamp(day).date().isoformat()


def _checks(table: pd.DataFrame) -> tuple[Check, ...]:
    failed = table.loc[~table["holds"].fillna(value=True).astype(bool), "id"]
    return (
        Check(
            "figures_hold",
            passed=failed.empty,
            text="Every figure that could be computed holds." if failed.empty else f"Do not hold: {', '.join(failed)}.",
        ),
        Check("figures_computed", passed=None, text=_accounted(table)),
    )


def _accounted(table: pd.DataFrame) -> str:
    computed, total = int(table["computed"].notna().sum()), len(table)
    if computed == total:
        return f"All {total} published figures could be computed from records."
    hidden = int((table["reason"] == TOO_FEW).sum())
    more = f"; {hidden} more {'is' if hidden == 1 else 'are'} hidden as too small to show" if hidden else ""
    others = "; each of the others says why not" if computed + hidden < total else ""
    return f"{computed} of {total} published figures could be computed from records{more}{others}."


def _sentences(table: pd.DataFrame) -> tuple[Sentence, ...]:
    held = int(table["holds"].fillna(value=False).sum())
    left_open = int((table["leaves_open"] != "").sum())
    said = [_accounted(table), f"{held} of those computed hold."]
    if left_open:
        said.append(f"For {left_open} figures the report leaves something open; what, stands beside each.")
    return tuple(Sentence(text) for text in said)
