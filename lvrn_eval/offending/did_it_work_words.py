"""The one paragraph on whether a programme worked, from the table of designs alone: also behind the wall."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, NamedTuple

from lvrn_eval.offending.sentences import what_is_counted
from lvrn_eval.phrases import SMALL, WEAKEST, direction, many, ratio_finding, ratio_text
from lvrn_eval.result import Sentence

if TYPE_CHECKING:
    import pandas as pd

    from lvrn_eval.result import Choice

EXPECTED_ANYWAY = "People come to a programme when their record is bad, so records improve whatever is done."
PEAK = "Recorded events have a peak just before people are referred, and the rate would fall after it anyway."


class Ratio(NamedTuple):
    """A ratio with its interval and people, NaN where hidden or missing, and whether these people are too few."""

    ratio: float
    low: float
    high: float
    n: float
    few: bool

    @property
    def known(self) -> bool:
        """Whether there is an interval."""
        return not (math.isnan(self.low) or math.isnan(self.high))

    @property
    def direction(self) -> str | None:
        """Which way it points, where that may be said."""
        return None if self.few else direction(self.low, self.high, SMALL)


def paragraph(table: pd.DataFrame, method: Mapping[str, Choice], *, exact: bool) -> Sentence:
    """Return the paragraph; behind the wall numbers of people are rounded, or hidden."""
    ratios = _ratios(table)
    if method["series_holds"] is False and "series_after" in ratios:
        # nothing may be concluded from it, as from few people
        ratios["series_after"] = ratios["series_after"]._replace(few=True)
    main = ratios["main"]
    enough = not main.few
    said = [
        *_main(main, method, exact=exact),
        *(_expected(ratios) if enough else ()),
        *((PEAK,) if enough and method["peak_before_referral"] is True else ()),
        *(_series(ratios) if enough else ()),
        *(_choices(ratios) if enough else ()),
        _conclusion(ratios),
        WEAKEST,
    ]
    return Sentence(" ".join(said), _counts(table) if exact else ())


def _counts(table: pd.DataFrame) -> tuple[int, ...]:
    values = table[["n", "n_events", "events_before", "events_after"]].to_numpy(dtype=float, na_value=math.nan).ravel()
    return tuple(int(value) for value in values if not math.isnan(value))


def _ratios(table: pd.DataFrame) -> dict[str, Ratio]:
    names = ["ratio", "ratio_low", "ratio_high", "n"]
    values = table[names].astype("Float64").to_numpy(dtype=float, na_value=math.nan)
    few = table["descriptive"].astype(bool)
    return {
        str(term): Ratio(float(ratio), float(low), float(high), float(n), bool(one))
        for term, (ratio, low, high, n), one in zip(table["term"], values, few, strict=True)
    }


def _main(main: Ratio, method: Mapping[str, Choice], *, exact: bool) -> Iterator[str]:
    if main.few:
        few = f"{many(int(main.n), 'person', 'people')}, fewer than {SMALL}" if exact else f"fewer than {SMALL} people"
        yield f"With {few}, this is descriptive only: nothing is concluded."
        return
    n = f"{'' if exact else 'about '}{main.n:,.0f} people"
    yield f"This rests on {'a number of people that is not shown' if math.isnan(main.n) else n}."
    kinds, where = method["kinds"], method["where"]
    named = [str(kind) for kind in kinds] if isinstance(kinds, list) else [str(kinds)]
    what = f"Their rate of {what_is_counted(named, None if where is None else str(where))}"
    yield ratio_finding(f"{what} {_after(method)}, against {_before(method)},", main.low, main.high, SMALL)


def _after(method: Mapping[str, Choice]) -> str:
    place = "after the programme" if method["after_anchor"] == "last_contact" else "after it began"
    return f"in all days on record {place}" if method["after"] == "all" else f"in the {method['after']} {place}"


def _before(method: Mapping[str, Choice]) -> str:
    named = {"all": "all days on record before", "as after": "as many days before"}
    return named.get(str(method["before"]), f"the {method['before']} before")


def _expected(ratios: Mapping[str, Ratio]) -> Iterator[str]:
    """Yield the ratio expected with no effect, over all ways of working it out."""
    known = [one.ratio for term, one in ratios.items() if term.startswith("expected_") and one.known]
    if not known or not ratios["main"].known:
        return
    yield EXPECTED_ANYWAY
    low, high = ratio_text(min(known)), ratio_text(max(known))
    between = low if low == high else f"between {low} and {high}, depending on how that is worked out"
    recorded = ratio_text(ratios["main"].ratio)
    yield f"The rate after was {recorded} times the rate before; with no effect, it would be expected to be {between}."


def _series(ratios: Mapping[str, Ratio]) -> Iterator[str]:
    one = ratios.get("series_after")
    if one is not None and one.known and not one.few:
        yield ratio_finding(
            "Against each person's own rate in quieter times before, the rate after", one.low, one.high, SMALL
        )


def _choices(ratios: Mapping[str, Ratio]) -> Iterator[str]:
    ends = [ratios[name].ratio for name in ("choices_smallest", "choices_largest") if name in ratios]
    low, high = (ratio_text(end) for end in ends) if len(ends) == 2 and not math.isnan(sum(ends)) else ("", "")  # noqa: PLR2004
    if low != high:
        yield f"With other choices that could be defended, it was from {low} to {high} times the rate before."


def _conclusion(ratios: Mapping[str, Ratio]) -> str:
    """Return what all of it lets one say together."""
    main = ratios["main"]
    if main.few:
        return "Whether the programme worked cannot be said."
    if main.direction is None:
        return "Whether recorded events fell or rose cannot be told, so neither can whether the programme worked."
    fell = "fell" if main.direction == "lower" else "rose"
    left = [one.direction for term, one in ratios.items() if term.startswith("left_") and one.known]
    series = ratios.get("series_after")
    if not left:
        return f"Recorded events {fell}; whether the programme is the reason cannot be told from that."
    if set(left) == {main.direction} and (series is None or not series.known or series.direction == main.direction):
        return (
            f"Recorded events {fell} by more than was to be expected with no effect. Something changed; whether it was "
            "the programme, these records cannot tell."
        )
    return (
        f"Recorded events {fell}, but it is not settled that they {fell} by more than was to be expected with no "
        "effect: the change should not be put down to the programme."
    )
