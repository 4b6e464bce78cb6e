"""A case series in plain sentences, and the same again from what disclosure control left."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from lvrn_eval.designs.case_series_checks import DIAGNOSTICS, failed
from lvrn_eval.phrases import SMALL, direction, listed, many, of_kinds, p_text, ratio_finding, ratio_text, with_interval
from lvrn_eval.result import Check, Result, Sentence

if TYPE_CHECKING:
    from lvrn_eval.designs.case_series_cells import Material
    from lvrn_eval.designs.case_series_choices import Series
    from lvrn_eval.designs.case_series_fit import Model

PERIOD = "period"
OF_INTEREST = ("programme", "after")
"""Periods of which a finding is stated; the window before the referral and the wait are not the programme."""

NAMES: Mapping[str, str] = {
    "events_rare_or_independent": "that events are rare or independent",
    "pre_referral_rate": "that events do not bring about referrals",
    "end_of_observation": "that the end of observation does not depend on events",
    "time_modelled": "that rates over time are modelled",
}

FIRST_ONLY = (
    "Only each person's first event counts, which takes events to be rare, or the chance of a first to be as good as "
    "unchanged by there having been none so far."
)
EVERY = "Every event counts; the intervals allow for a person's events going together."
LIMIT = (
    "A person is compared with themselves at other times, without a comparison group: weak evidence that cannot "
    "separate an effect of the programme from regression to the mean."
)


def sentences(
    series: Series, found: Material, model: Model, rows: Sequence[Mapping[str, Any]], checked: tuple[Check, ...]
) -> tuple[Sentence, ...]:
    """Return what a reader may take from the numbers, the design's limit last."""
    people, had = found.account["people"], found.account["with_event"]
    n, events = model.people, model.events
    event = of_kinds(series.kinds, 1)
    first = (
        f"Of {many(people, 'person', 'people')}, {had:,} had a {event} that counts; {n:,} of them, with "
        f"{many(events, 'event', 'events')}, say when events fall."
    )
    return (
        Sentence(first, (people, had, people - had, n, had - n, events)),
        *(Sentence(text, counts) for text, counts in _ratios(rows)),
        *(Sentence(text, counts) for text, counts in _findings(rows, n, checked, first_event=series.first_event)),
        *(Sentence(text) for text in _cautions(checked, first_event=series.first_event)),
    )


def _ratios(rows: Sequence[Mapping[str, Any]]) -> Iterator[tuple[str, tuple[int, ...]]]:
    for row in rows:
        if row["variable"] != PERIOD:
            continue
        counts = tuple(
            int(row[name]) for name in ("n", "n_events", "n_with_event", "n_reference", "n_events_reference")
        )
        if math.isnan(row["conf_low"]):
            yield f"{row['label']}: no ratio with an interval can be given.", counts
        else:
            yield f"{row['label']}: {_ratio(row)}, {p_text(row['p_value'])}.", counts


def _ratio(row: Mapping[str, Any]) -> str:
    ratio, low, high = (ratio_text(float(row[name])) for name in ("ratio", "ratio_low", "ratio_high"))
    return f"a rate of {with_interval(ratio, low, high, float(row['conf_level']))} times that of the baseline"


def _findings(
    rows: Sequence[Mapping[str, Any]], n: int, checked: tuple[Check, ...], *, first_event: bool
) -> Iterator[tuple[str, tuple[int, ...]]]:
    """Yield what may be concluded about the programme and the time after it; nothing where the design does not hold."""
    if n < SMALL:
        yield ratio_finding("", math.nan, math.nan, n), (n,)
        return
    if why := _no_conclusion(checked, first_event=first_event):
        yield why, ()
        return
    for row in _of_interest(rows):
        if not math.isnan(row["ratio_low"]) and row["n"] >= SMALL:
            yield ratio_finding(_subject(row), row["ratio_low"], row["ratio_high"], int(row["n"])), (int(row["n"]),)


def _subject(row: Mapping[str, Any]) -> str:
    label = str(row["label"])
    where = f"{'' if label.startswith('After') else 'in the '}{label[0].lower()}{label[1:]}"
    return f"Against the baseline, the recorded rate {where}{',' if ',' in label else ''}"


def _no_conclusion(checked: tuple[Check, ...], *, first_event: bool) -> str:
    """Return why no conclusion is drawn; nothing where one may be.

    The window keeps events that bring about a referral out of the baseline, and robust errors allow for bunched events;
    nothing makes up for the rest.
    """
    fatal = {"end_of_observation", "time_modelled", *(["events_rare_or_independent"] if first_event else [])}
    broken = [name for name in failed(checked) if name in fatal]
    if not broken:
        return ""
    why = (
        "; first events come early in the days observed, whatever the programme does"
        if DIAGNOSTICS[0] in broken
        else ""
    )
    return f"No conclusion about change is drawn, as it does not hold {listed([NAMES[name] for name in broken])}{why}."


def _of_interest(rows: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    return [row for row in rows if row["variable"] == PERIOD and str(row["term"]).startswith(OF_INTEREST)]


def _cautions(checked: tuple[Check, ...], *, first_event: bool) -> Iterator[str]:
    yield FIRST_ONLY if first_event else EVERY
    broken = list(failed(checked))
    unknown = [check.name for check in checked if check.name in DIAGNOSTICS and check.passed is None]
    if broken:
        yield f"The ratios rest on what does not hold here: {listed([NAMES[name] for name in broken])}."
    if unknown:
        yield f"Not judged: {listed([NAMES[name] for name in unknown])}."
    yield LIMIT


def restate(result: Result) -> tuple[Sentence, ...]:
    """Return what a reader may take from a protected case series."""
    table = result.table.astype({"n": "Float64"})
    rows = [{str(name): _plain(value) for name, value in row.items()} for row in table.to_dict("records")]
    periods = [row for row in rows if row["variable"] == PERIOD]
    shown = [row for row in periods if not math.isnan(row["conf_low"])]
    texts = [f"{row['label']}: {_ratio(row)}." for row in shown]
    if hidden := len(periods) - len(shown):
        behind = "it" if hidden == 1 else "them"
        texts.append(f"{many(hidden, 'period is', 'periods are')} not shown: few people or events are behind {behind}.")
    enough = result.check("small_sample").passed is True
    if not enough:
        texts.append(f"With fewer than {SMALL} people this is descriptive only: nothing is concluded.")
    first_event = result.method["first_event"] is True
    why = _no_conclusion(result.checks, first_event=first_event)
    texts += [why] if enough and why else [_direction(row) for row in _of_interest(shown)] if enough else []
    texts += _cautions(result.checks, first_event=first_event)
    return tuple(Sentence(text) for text in texts)


def _direction(row: Mapping[str, Any]) -> str:
    found = direction(row["ratio_low"], row["ratio_high"], int(row["n"]))
    if found is None:
        return f"{_subject(row)} may be lower or higher: the interval does not settle it."
    return f"{_subject(row)} was {found}: the interval excludes no change."


def _plain(value: Any) -> Any:
    import pandas as pd

    return math.nan if pd.isna(value) else value
