"""A before/after comparison in plain sentences, each with the counts it reveals.

A direction is stated only when both rate ratios' intervals exclude no change and there are at least 30 people.
Recorded events are called what they are: never reoffending.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from lvrn_eval.cohort.windows import ANCHORS
from lvrn_eval.offending.rates import DAYS_PER_YEAR
from lvrn_eval.phrases import SMALL, WEAKEST, decimal, many, of_kinds, p_text, percent, ratio_text, with_interval
from lvrn_eval.result import Sentence

if TYPE_CHECKING:
    from lvrn_eval.offending.estimates import Period, Row
    from lvrn_eval.offending.study import Study


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
        *(Sentence(note) for note in notes(study)),
        *_falling(study, row, people),
        *_desisted(study, row["share_desisted"]),
        *_rates(study, row, periods),
        _direction(row, n),
        Sentence(WEAKEST),
    )


def named(study: Study, number: int = 2) -> str:
    """Return what is counted: ``recorded suspect events``, or ``recorded suspect events where knife``."""
    return what_is_counted(study.kinds, None if study.where is None else study.where.text, number)


def what_is_counted(kinds: Sequence[str], where: str | None, number: int = 2) -> str:
    """Return the kinds in words, with the rule that events must meet besides."""
    return of_kinds(kinds, number) + (f" where {where}" if where else "")


def notes(study: Study) -> list[str]:
    """Return what a reader must know of the days that are compared, where they are not the usual ones."""
    windows, said = study.windows, []
    first, last = ANCHORS[windows.before_anchor], ANCHORS[windows.after_anchor]
    if windows.washout:
        days = many(windows.washout, "day", "days")
        verb = "counts" if windows.washout == 1 else "count"
        said.append(f"The {days} before {first} {verb} nowhere, so what may have led to it is not before.")
    if windows.after_anchor != "last_contact":
        said.append(f"After begins the day after {last}, so time in the programme counts as after.")
    if study.incomplete == "model" and windows.fixed_length:
        said.append("Classes and tests of counts rest on people with whole windows; rates rest on everybody.")
    return said


def _classes(study: Study, people: dict[str, int], n: int) -> Sentence:
    before, after = _places(study)
    text = (
        f"Of {many(n, 'person', 'people')}, {people['none_recorded']:,} had no {named(study, 1)} in the days "
        f"before {before} ({_before(study)}) or after {after} ({_span(study.windows.after)}); "
        f"{people['desisted']:,} had some before and none after, {people['reduced']:,} had fewer after, "
        f"{people['unchanged']:,} had as many, and {people['increased']:,} had more."
    )
    return Sentence(text, (n, *people.values()))


def _places(study: Study) -> tuple[str, str]:
    """Return before and after what."""
    anchors = (study.windows.before_anchor, study.windows.after_anchor)
    if anchors == ("first_contact", "last_contact"):
        return "the programme", "it"
    return ANCHORS[anchors[0]], "it" if anchors[0] == anchors[1] else ANCHORS[anchors[1]]


def _before(study: Study) -> str:
    return "as many as after, for each person" if study.windows.as_after else _span(study.windows.before)


def _span(days: int | None) -> str:
    return "all on record" if days is None else many(days, "day", "days")


def _falling(study: Study, row: dict[str, Row], people: dict[str, int]) -> Iterable[Sentence]:
    share, test = row["share_falling"], row["sign_test"]
    if share.n == 0:
        return
    text = (
        f"Of {many(share.n, 'person', 'people')} with any {named(study, 1)} before or after, "
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
            f"Of {many(share.n, 'person', 'people')} with a {named(study, 1)} before, {share.n_events:,} had "
            f"none after: {_share(share)}."
        )
        yield Sentence(text, (share.n, share.n_events, share.n - share.n_events))


def _share(row: Row) -> str:
    return with_interval(percent(row.estimate), percent(row.conf_low), percent(row.conf_high), row.conf_level)


def _rates(study: Study, row: dict[str, Row], periods: tuple[Period, Period, Period]) -> Iterable[Sentence]:
    if not study.exposure_known:
        yield Sentence("How far back the records go was not stated, so no rates are given.")
        return
    before, _, after = periods
    was = "was" if before.events == 1 else "were"
    years = [decimal(period.days_at_risk / DAYS_PER_YEAR, 1) for period in periods]
    text = (
        f"There {was} {before.events:,} {named(study, before.events)} in {years[0]} person-years at risk "
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
    return with_interval(ratio_text(row.estimate), ratio_text(row.conf_low), ratio_text(row.conf_high), row.conf_level)


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
