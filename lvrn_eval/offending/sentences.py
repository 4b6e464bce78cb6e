"""A before/after comparison in plain sentences, each with the counts it reveals.

A direction is stated only when both rate ratios' intervals exclude no change and there are at least 30 people.
Recorded events are called what they are: never reoffending.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from lvrn_eval.offending.rates import DAYS_PER_YEAR
from lvrn_eval.result import Sentence

if TYPE_CHECKING:
    from lvrn_eval.offending.estimates import Period, Row
    from lvrn_eval.offending.study import Study

SMALL = 30
"""Under so many people nothing is inferred (the Justice Data Lab's rule)."""

NAMES = {
    "asb": "anti-social behaviour",
    "non_conviction": "non-conviction",
    "hospital_admission": "hospital admission",
}


def sentences(
    study: Study,
    rows: Sequence[Row],
    people: dict[str, int],
    periods: tuple[Period, Period, Period],
) -> tuple[Sentence, ...]:
    """Return what a reader may take from the numbers, weakest claim first, the design's limit last."""
    row = {item.term: item for item in rows}
    n = sum(people.values())
    if n == 0:
        return (Sentence("Nobody is left in this analysis, so it says nothing.", (0,)),)
    return (
        _classes(study, people, n),
        *_falling(study, row, people),
        *_desisted(study, row["share_desisted"]),
        *_rates(study, row, periods),
        _direction(row, n),
        Sentence(
            "Without a comparison group this is the weakest tier of evidence: it cannot separate an effect of the "
            "programme from regression to the mean.",
        ),
    )


def _classes(study: Study, people: dict[str, int], n: int) -> Sentence:
    text = (
        f"Of {many(n, 'person', 'people')}, {people['none_recorded']:,} had no {of_kinds(study.kinds, 1)} in the days "
        f"before the programme ({_span(study.before)}) or after it ({_span(study.after)}); "
        f"{people['desisted']:,} had some before and none after, {people['reduced']:,} had fewer after, "
        f"{people['unchanged']:,} had as many, and {people['increased']:,} had more."
    )
    return Sentence(text, (n, *people.values()))


def _span(days: int | None) -> str:
    return "all on record" if days is None else many(days, "day", "days")


def _falling(study: Study, row: dict[str, Row], people: dict[str, int]) -> Iterable[Sentence]:
    share, test = row["share_falling"], row["sign_test"]
    if share.n == 0:
        return
    text = (
        f"Of {many(share.n, 'person', 'people')} with any {of_kinds(study.kinds, 1)} before or after, "
        f"{share.n_events:,} had fewer after than before: {_share(share)}"
    )
    counts: tuple[int, ...] = (share.n, share.n_events, share.n - share.n_events)
    if test.n:
        rose = test.n - test.n_events
        text += f"; sign test of {test.n_events:,} down against {rose:,} up, {p_text(test.p_value)}"
        counts += (test.n, rose, people["unchanged"])
    yield Sentence(f"{text}.", counts)


def _desisted(study: Study, share: Row) -> Iterable[Sentence]:
    if share.n:
        text = (
            f"Of {many(share.n, 'person', 'people')} with a {of_kinds(study.kinds, 1)} before, {share.n_events:,} had "
            f"none after: {_share(share)}."
        )
        yield Sentence(text, (share.n, share.n_events, share.n - share.n_events))


def _share(row: Row) -> str:
    level = _level(row)
    return f"{percent(row.estimate)} ({level} interval {percent(row.conf_low)} to {percent(row.conf_high)})"


def _level(row: Row) -> str:
    return f"{100 * row.conf_level:g}%"


def _rates(study: Study, row: dict[str, Row], periods: tuple[Period, Period, Period]) -> Iterable[Sentence]:
    if not study.exposure_known:
        yield Sentence("How far back the records go was not stated, so no rates are given.")
        return
    before, _, after = periods
    was = "was" if before.events == 1 else "were"
    years = [decimal(period.days_at_risk / DAYS_PER_YEAR, 1) for period in periods]
    text = (
        f"There {was} {before.events:,} {of_kinds(study.kinds, before.events)} in {years[0]} person-years at risk "
        f"before and {after.events:,} in {years[2]} after"
    )
    counts = (before.events, after.events, before.events + after.events)
    ratio = row["rate_ratio_exact"]
    if math.isnan(ratio.estimate):
        yield Sentence(f"{text}; a rate ratio cannot be given.", counts)
        return
    text += f": a rate ratio of {_ratio(ratio)}, given each person's own total"
    robust = row["rate_ratio_robust"]
    if not math.isnan(robust.conf_low):
        text += f", and of {_ratio(robust)}, allowing for some people having many"
    yield Sentence(f"{text}.", counts)


def _ratio(row: Row) -> str:
    return (
        f"{ratio_text(row.estimate)} ({_level(row)} interval {ratio_text(row.conf_low)} to {ratio_text(row.conf_high)})"
    )


def direction(row: dict[str, Row], n: int) -> str | None:
    """Return ``lower`` or ``higher`` where that may be said of the rate after, else None."""
    exact, robust = row["rate_ratio_exact"], row["rate_ratio_robust"]
    if n < SMALL or math.isnan(exact.conf_low) or math.isnan(robust.conf_low):
        return None
    if max(exact.conf_high, robust.conf_high) < 1:
        return "lower"
    return "higher" if min(exact.conf_low, robust.conf_low) > 1 else None


def _direction(row: dict[str, Row], n: int) -> Sentence:
    if n < SMALL:
        text = (
            f"With {many(n, 'person', 'people')}, fewer than {SMALL}, this is descriptive only: no conclusion about "
            "change is drawn."
        )
        return Sentence(text, (n,))
    found = direction(row, n)
    if found is not None:
        return Sentence(f"The recorded rate was {found} after than before: both intervals exclude no change.")
    if math.isnan(row["rate_ratio_exact"].estimate):
        return Sentence("Whether the recorded rate rose or fell cannot be said.")
    return Sentence(
        "These intervals do not settle whether the recorded rate rose or fell: more people would be needed.",
    )


def of_kinds(kinds: Sequence[str], number: int = 2) -> str:
    """Return ``recorded suspect events``, or ``recorded suspect event`` for one."""
    names = listed([NAMES.get(kind, kind.replace("_", " ")) for kind in kinds])
    return f"recorded {names} event{'' if number == 1 else 's'}"


def listed(items: Sequence[str]) -> str:
    """Return ``a, b and c``."""
    return items[0] if len(items) == 1 else f"{', '.join(items[:-1])} and {items[-1]}"


def many(number: int, one: str, several: str) -> str:
    """Return ``1 person`` or ``1,204 people``."""
    return f"{number:,} {one if number == 1 else several}"


def decimal(value: float, places: int) -> str:
    """Return a number with so many decimals and thousands separators."""
    return f"{value:,.{places}f}"


def percent(share: float) -> str:
    """Return ``61.5%``; a share that is neither none nor all is never shown as 0% or 100%."""
    if 0 < share < 0.0005:  # noqa: PLR2004 - rounds to 0.0%
        return "under 0.1%"
    if 0.9995 <= share < 1:  # noqa: PLR2004 - rounds to 100.0%
        return "over 99.9%"
    return f"{100 * share:.1f}%"


def ratio_text(ratio: float) -> str:
    """Return a ratio with two decimals or figures; one that is not 1 is never shown as 1."""
    if math.isinf(ratio):
        return "no upper limit"
    if ratio == 0 or ratio == 1:  # noqa: PLR1714 - a set of floats would say less
        return f"{ratio:.0f}"
    for places in (2, 3, 4):
        text = f"{ratio:,.{places}f}"
        if float(text.replace(",", "")) not in {0.0, 1.0}:
            return text
    return "just under 1" if 0.5 < ratio < 1 else "just over 1" if ratio > 1 else "under 0.0001"  # noqa: PLR2004


def p_text(p_value: float) -> str:
    """Return ``p < 0.001``, ``p = 0.003`` or ``p > 0.999``: never 0.000, and 1.000 only for exactly 1."""
    if p_value < 0.001:  # noqa: PLR2004
        return "p < 0.001"
    return "p > 0.999" if 0.9995 <= p_value < 1 else f"p = {p_value:.3f}"  # noqa: PLR2004
