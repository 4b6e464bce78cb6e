"""The designs side by side, and one paragraph by rule on what they let one say together."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from lvrn_eval.offending.checks import evidence_level
from lvrn_eval.offending.did_it_work_words import paragraph
from lvrn_eval.offending.regression_to_mean_ways import WAYS
from lvrn_eval.phrases import SMALL
from lvrn_eval.result import Check, Result

if TYPE_CHECKING:
    from collections.abc import Hashable

    from lvrn_eval.result import Choice

COUNTS = ("n", "n_events", "events_before", "events_after")
RATIO, EXACT = "rate_ratio_robust", "rate_ratio_exact"
COLUMNS = (
    "term", "group", "estimate", "std_error", "conf_low", "conf_high", "conf_level", "p_value", "n", "n_events",
    "ratio", "ratio_low", "ratio_high", "measure", "label", "descriptive", "events_before", "events_after",
)  # fmt: skip

RESTS_ON = ("end_of_observation", "time_modelled")
"""Checks of a case series without which nothing is concluded from it."""

EXPECTED = {
    "model": "each person's own record",
    "earlier_window": "the window before that one",
    "simulation": "the study simulated",
    "pool": "people not selected",
}
"""What the ratio expected with no effect is worked out from, beside its mark."""


def did_it_work(
    main: Result,
    *,
    others: Mapping[str, Result] | None = None,
    expected: Result | None = None,
    around: Result | None = None,
    series: Result | None = None,
    choices: Result | None = None,
) -> Result:
    """Set the answers of several designs side by side, and say by rule what they let one say together.

    Parameters
    ----------
    main
        The before/after comparison the evaluation is about: a Result of ``pre_post``.
    others
        Further comparisons of ``pre_post``, by what they are called beside their marks.
    expected
        A Result of ``regression_to_mean``.
    around
        A Result of ``event_study``.
    series
        A Result of ``case_series``.
    choices
        A Result of ``specification_curve``.

    Returns
    -------
    Result
        ``table``, a row per ratio, with the columns of every table of estimates on the log scale, ``ratio``,
        ``ratio_low``, ``ratio_high``, ``measure``, ``label``, ``descriptive`` (whether fewer than 30 people inform it),
        ``events_before`` and ``events_after``. Terms: ``main``; ``other_1`` and so on; ``expected_<way>`` and
        ``left_<way>``; ``series_after`` (against the baseline); ``choices_smallest`` and ``choices_largest``.

        ``text`` is one sentence after another in one paragraph, to be read aloud.

    Notes
    -----
    The paragraph says which way the main comparison points only where its interval excludes no change and 30 people
    inform it, and calls a change more than was to be expected only where every way of working that out says so and the
    series does not say otherwise. It never says that the programme was the reason: no design here can.

    *Validated by* property tests over ratios, intervals and numbers of people of every size
    (tests/phrases/test_phrases_did_it_work.py).
    """
    rows = [
        *_comparisons(main, others or {}),
        *_expected(expected),
        *_series(series),
        *_choices(choices),
    ]
    table = pd.DataFrame(rows, columns=list(COLUMNS)).astype(dict.fromkeys(COUNTS, "Int64"))
    method = _method(main, others or {}, around, series)
    return Result(
        name="did_it_work",
        title="Recorded events after, against before: the designs side by side",
        table=table,
        method=method,
        checks=(evidence_level(), _small_sample(table)),
        text=(paragraph(table, method, exact=True),),
        count_columns=COUNTS,
        figure="forest",
        wording=lambda shown: (paragraph(shown.table, shown.method, exact=False),),
    )


def _row(term: str, label: str, ratio: Sequence[float], row: Mapping[str, Any], **counts: object) -> dict[str, Any]:
    """Return a row: a ratio with its ends, and whose numbers they are."""
    logs = [math.log(value) if value > 0 else -math.inf if value == 0 else math.nan for value in ratio]
    return {
        "term": term, "group": "all", "estimate": logs[0], "std_error": row["std_error"], "conf_low": logs[1],
        "conf_high": logs[2], "conf_level": row["conf_level"], "p_value": math.nan, "n": row["n"],
        "n_events": row["n_events"], "ratio": ratio[0], "ratio_low": ratio[1], "ratio_high": ratio[2],
        "measure": "rate ratio", "label": label, "descriptive": bool(row["n"] < SMALL), **counts,
    }  # fmt: skip


def _named(row: Mapping[Hashable, Any]) -> dict[str, Any]:
    return {str(name): value for name, value in row.items()}


def _rows(table: pd.DataFrame) -> list[dict[str, Any]]:
    return [_named(row) for row in table.to_dict("records")]


def _ends(row: Mapping[str, Any]) -> list[float]:
    return [float(row[name]) for name in ("estimate", "conf_low", "conf_high")]


def _sides(row: Mapping[str, Any]) -> dict[str, Any]:
    return {name: row[name] for name in COUNTS[2:]}


def _comparisons(main: Result, others: Mapping[str, Result]) -> Iterator[dict[str, Any]]:
    before, after = main.method["before"], main.method["after"]
    windows = f"{before} before and after" if before == after else f"{before} before, {after} after"
    named = [("main", f"{windows} (main)", main)]
    named += [(f"other_{number}", label, result) for number, (label, result) in enumerate(others.items(), start=1)]
    for term, label, result in named:
        row, exact = (_named(result.row(name, "all").to_dict()) for name in (RATIO, EXACT))
        # NumPy's least and greatest of a missing end are missing
        ends = np.array([_ends(row), _ends(exact)])
        widest = [float(ends[0, 0]), float(ends[:, 1].min()), float(ends[:, 2].max())]
        yield _row(term, label, widest, row, **_sides(row))


def _expected(result: Result | None) -> Iterator[dict[str, Any]]:
    if result is None:
        return
    rows = {(row["term"], row["group"]): row for row in _rows(result.table)}
    for term, label in (("expected", "Expected with no effect, from"), ("left", "Left over, by")):
        for way in WAYS:
            if (row := rows.get((term, way))) is not None:
                yield _row(f"{term}_{way}", f"{label} {EXPECTED[way]}", _ends(row), row)


def _series(result: Result | None) -> Iterator[dict[str, Any]]:
    for row in [] if result is None else _rows(result.table):
        if row["term"] == "after":
            ends = [float(row[name]) for name in ("ratio", "ratio_low", "ratio_high")]
            sides = {"events_before": row["n_events_reference"], "events_after": row["n_events"]}
            yield _row("series_after", "Case series: after, against each person's baseline", ends, row, **sides)


def _choices(result: Result | None) -> Iterator[dict[str, Any]]:
    if result is None or len(result.table) < 2:  # noqa: PLR2004 - one choice is the main one
        return
    known = result.table[result.table["estimate"] > 0].sort_values("estimate", kind="stable")
    rows = _rows(known)
    for term, which, row in (("choices_smallest", "smallest", rows[:1]), ("choices_largest", "largest", rows[-1:])):
        for one in row:
            yield _row(term, f"All declared choices: the {which}", _ends(one), one, **_sides(one))


def _small_sample(table: pd.DataFrame) -> Check:
    few = bool(table["descriptive"].iloc[0])
    text = f"Fewer than {SMALL} people in the main comparison: descriptive only."
    return Check("small_sample", passed=not few, text=text if few else f"At least {SMALL} people in it.")


def _method(
    main: Result, others: Mapping[str, Result], around: Result | None, series: Result | None
) -> dict[str, Choice]:
    chosen: dict[str, Choice] = {
        name: main.method[name] for name in ("kinds", "where", "before", "after", "before_anchor", "after_anchor")
    }
    return {
        "design": "before and after, and self-controlled, without a comparison group",
        **chosen,
        "others": list(others),
        "peak_before_referral": None if around is None else around.check("peak_before_anchor").passed is False,
        "series_holds": None if series is None else all(series.check(name).passed is not False for name in RESTS_ON),
        "intervals": "of comparisons, the wider ends of the exact and the robust one; of others, their own",
        "scale": "natural logarithm; ratio, ratio_low and ratio_high are on the scale of ratios",
        "conf_level": float(main.row(RATIO, "all")["conf_level"]),
    }
