"""A specification curve in plain sentences, from the table alone, so that they can be said again behind the wall."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from lvrn_eval.offending.several import COUNTS, NOT_SHOWN, numbers, ratio_is
from lvrn_eval.phrases import SMALL, WEAKEST, direction, listed, many, ratio_text
from lvrn_eval.result import Sentence

if TYPE_CHECKING:
    import pandas as pd

    from lvrn_eval.result import Result

NO_TEST = (
    "All of them look at the same people and events, so how many agree is no test, and adds no evidence to that of one."
)


def sentences(table: pd.DataFrame, choices: Sequence[str]) -> tuple[Sentence, ...]:
    """Return what a reader may take from the curve, the design's limit last."""
    return tuple(_sentences(table, choices, exact=True))


def restate(result: Result) -> tuple[Sentence, ...]:
    """Return the same from a protected table."""
    grid = result.method["grid"]
    return tuple(_sentences(result.table, list(grid) if isinstance(grid, dict) else [], exact=False))


def _sentences(table: pd.DataFrame, choices: Sequence[str], *, exact: bool) -> Iterator[Sentence]:
    rows = [
        {**row, **dict(zip(("descriptive", *choices), values, strict=True))}
        for row, values in zip(
            numbers(table), table[["descriptive", *choices]].itertuples(index=False, name=None), strict=True
        )
    ]
    known = [row for row in rows if not math.isnan(row["estimate"])]
    yield Sentence(_how_many(rows, known, exact=exact))
    yield _main(rows[0], exact=exact)
    if len(known) > 1:
        yield _range(rows[0], known, exact=exact)
        yield from _most(rows[0], known, choices, exact=exact)
    yield Sentence(_settled(known, everything=len(known) == len(rows)))
    yield Sentence(NO_TEST)
    yield Sentence(WEAKEST)


def _how_many(rows: Sequence[dict[str, Any]], known: Sequence[dict[str, Any]], *, exact: bool) -> str:
    """Return how many specifications there are and which way they point; never which way few people do."""
    given = "give a rate ratio" if exact else "can be shown"
    asked = f"Of {many(len(rows), 'specification', 'specifications')} declared beforehand, {len(known):,} {given}"
    enough = [row["estimate"] for row in known if not row["descriptive"]]
    few = f"; {len(known) - len(enough):,} rest on fewer than {SMALL} people" if len(enough) < len(known) else ""
    if not enough:
        return f"{asked}{few}."
    lower, higher = sum(one < 1 for one in enough), sum(one > 1 for one in enough)
    same = f", and in {len(enough) - lower - higher:,} the same" if lower + higher < len(enough) else ""
    return (
        f"{asked}{few}. The recorded rate after is below that before in {lower:,} of {len(enough):,}, above it in "
        f"{higher:,}{same}."
    )


def _counts(*rows: dict[str, Any]) -> tuple[int, ...]:
    return tuple(int(row[name]) for row in rows for name in COUNTS)


def _main(row: dict[str, Any], *, exact: bool) -> Sentence:
    missing = "cannot be given" if exact else NOT_SHOWN
    text = f"In the main specification the rate ratio, after against before, {ratio_is(row, missing)}."
    return Sentence(text, _counts(row) if exact else ())


def _range(main: dict[str, Any], known: Sequence[dict[str, Any]], *, exact: bool) -> Sentence:
    """Return from where to where the ratios run, and where among them the main one stands."""
    ordered = sorted(known, key=lambda row: row["estimate"])
    low, high = (ratio_text(row["estimate"]) for row in (ordered[0], ordered[-1]))
    text = f"Over all of them it is {low}" if low == high else f"Over all of them it runs from {low} to {high}"
    if not math.isnan(main["estimate"]) and low != high:
        lower, higher = (sum(sign * (row["estimate"] - main["estimate"]) > 0 for row in known) for sign in (-1, 1))
        text += f": lower than in the main one in {lower:,}, and higher in {higher:,}"
    return Sentence(f"{text}.", _counts(ordered[0], ordered[-1]) if exact else ())


def _most(
    main: dict[str, Any], known: Sequence[dict[str, Any]], choices: Sequence[str], *, exact: bool
) -> Iterator[Sentence]:
    """Yield which one choice, all others as in the main specification, moves the ratio most."""
    if math.isnan(main["estimate"]):
        return
    apart = [(row, [name for name in choices if row[name] != main[name]]) for row in known]
    single = [(row, names[0]) for row, names in apart if len(names) == 1]
    moved = [(abs(math.log(row["estimate"] / main["estimate"])), row, name) for row, name in single]
    most = max(moved, key=lambda one: one[0], default=None)
    if most is None or ratio_text(most[1]["estimate"]) == ratio_text(main["estimate"]):
        return
    _, row, name = most
    text = (
        f"Changing one choice of the main specification at a time, {NAMES[name]} moves it most: to "
        f"{ratio_text(row['estimate'])} with {row[name]!r} instead of {main[name]!r}."
    )
    yield Sentence(text, _counts(row) if exact else ())


NAMES = {
    "kinds": "which kinds of event count",
    "window": "the window",
    "anchors": "the anchors of the windows",
    "washout": "the washout",
    "custody": "what is done about custody",
    "incomplete": "what is done about cut windows",
}
"""What each choice is called in a sentence."""


def _settled(known: Sequence[dict[str, Any]], *, everything: bool) -> str:
    """Say whether the answer depends on the choices."""
    enough = [row for row in known if not row["descriptive"]]
    if not enough:
        return f"With fewer than {SMALL} people this is descriptive only: no conclusion about change is drawn."
    found = {direction(row["conf_low"], row["conf_high"], SMALL) for row in enough}
    which = (
        "Whichever of these choices is made"
        if everything and len(enough) == len(known)
        else "In every specification that can be judged"
    )
    if found == {None}:
        return f"{which}, the interval does not settle whether the recorded rate rose or fell."
    if len(found) == 1:
        return f"{which}, the recorded rate was {listed([str(one) for one in found])} after than before."
    if {"lower", "higher"} <= found:
        return "Some choices make the recorded rate lower after than before and others higher: they decide the answer."
    (one,) = found - {None}
    return (
        f"With some of these choices the interval excludes no change, the recorded rate being {one} after than before; "
        "with others it does not settle it. The answer depends on the choices."
    )
