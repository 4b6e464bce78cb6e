"""What a rule of selection does by itself: studies of people to whom nothing happens, from stated assumptions."""

from __future__ import annotations

from collections.abc import Iterator
from importlib.metadata import version
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pandas as pd

from lvrn_eval.cohort.windows import read_window
from lvrn_eval.errors import AnalysisError, Fault
from lvrn_eval.offending.kernels.selection import Selected, draw
from lvrn_eval.offending.rates import DAYS_PER_YEAR
from lvrn_eval.phrases import level, listed, many, percent
from lvrn_eval.result import Check, Result, Sentence

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Array = NDArray[np.float64]

MOST_PEOPLE = 5_000_000
"""Studies times people in each, at most."""

CLASSES = {
    "desisted": "had none after",
    "reduced": "had fewer after",
    "falling": "had fewer or none after",
    "increased": "had more after",
}


class Assumed(NamedTuple):
    """A world in which nothing changes: days of both windows (least and most of a uniform range), and its people."""

    before: tuple[int, int]
    after: tuple[int, int]
    mean_rate: float
    shape: float
    triggered: float
    least_before: int


def simulate_no_effect(
    *,
    people: int,
    mean_rate: float,
    shape: float,
    before: str | tuple[str, str],
    after: str | tuple[str, str],
    triggered: float = 0.0,
    least_before: int = 1,
    at_least_falling: int | None = None,
    draws: int = 10_000,
    seed: int = 2024,
    conf_level: float = 0.95,
) -> Result:
    """Simulate a before/after study in which the programme does nothing, from assumptions instead of records.

    For a study whose records are not at hand, such as one that was published: what share of people would have had fewer
    events after, with no effect at all?

    Parameters
    ----------
    people
        People in each study, all selected by the rule.
    mean_rate
        Mean events a year in the population they are selected from.
    shape
        Of the gamma distribution of rates: under 1, many people have a low rate and few a high one.
    before, after
        The windows, as ``"365 days"``; or the shortest and longest of a uniform range.
    triggered
        The share of people, 0 to 1, referred because of an event. Their rates are weighted by themselves, as whoever
        has more events is caught more often; the event itself counts as before. The rule asks nothing more of them.
    least_before
        The fewest events before that got the others in.
    at_least_falling
        A number of people who had fewer after: how many studies would see as many, or more?
    draws
        How many studies.
    seed
        Of the random numbers.
    conf_level
        The share of studies between the limits.

    Returns
    -------
    Result
        ``table`` with the columns of every table of estimates and ``measure``: ``estimate`` is the mean over studies of
        the share of people who ``desisted`` (none after), ``reduced`` (fewer, but some), were ``falling`` (both) or
        ``increased``; the limits hold the stated share of studies. With ``at_least_falling``, a row ``chance`` with the
        share of studies in which so many people or more were falling. ``n`` counts studies, as there are no people.

    Raises
    ------
    AnalysisError
        Listing every choice that cannot be.

    Notes
    -----
    Events are Poisson at each person's own rate. Validated against the published table of this simulation and against
    exact negative binomial probabilities (tests/offending/test_offending_regression_selection.py).

    Examples
    --------
    >>> result = simulate_no_effect(
    ...     people=13, mean_rate=1, shape=0.7, before="1096 days", after=("183 days", "365 days"), triggered=1.0,
    ...     at_least_falling=12,
    ... )
    >>> bool(result.row("falling")["estimate"] > 0.95)
    True
    """
    assumed = _assumed(people, mean_rate, shape, before, after, triggered, least_before, draws, conf_level)
    shares = _shares(assumed, people, draws, np.random.default_rng(seed))
    rows = list(_rows(shares, people, conf_level))
    if at_least_falling is not None:
        # a share is a whole number over the people, but for rounding
        chance = float((np.round(shares["falling"] * people) >= at_least_falling).mean())
        rows.append(("chance", chance, np.nan, np.nan, "share of studies"))
    names = ["term", "estimate", "conf_low", "conf_high", "measure"]
    table = pd.DataFrame(rows, columns=names).assign(
        group="no effect", std_error=np.nan, conf_level=conf_level, p_value=np.nan, n=draws,
        n_events=pd.array([None] * len(rows), dtype="Int64"),
    )  # fmt: skip
    columns = ["term", "group", "estimate", "std_error", "conf_low", "conf_high", "conf_level", "p_value", "n"]
    return Result(
        name="no_effect",
        title=f"Studies of {many(people, 'person', 'people')} to whom nothing happens",
        table=table[[*columns, "n_events", "measure"]],
        method={
            "design": "simulated before and after without any effect; nobody's records are in it",
            "people": people,
            "mean_rate": mean_rate,
            "shape": shape,
            "before": _said(assumed.before),
            "after": _said(assumed.after),
            "triggered": triggered,
            "least_before": least_before,
            "at_least_falling": at_least_falling,
            "draws": draws,
            "seed": seed,
            "conf_level": conf_level,
            "versions": {"numpy": version("numpy"), "scipy": version("scipy")},
        },
        checks=(Check("assumed", passed=None, text="Every number here follows from assumptions, not from records."),),
        text=tuple(_sentences(rows, at_least_falling, people, conf_level)),
        count_columns=("n", "n_events"),
    )


def _assumed(
    people: int, mean_rate: float, shape: float, before: str | tuple[str, str], after: str | tuple[str, str],
    triggered: float, least: int, draws: int, conf_level: float,
) -> Assumed:  # fmt: skip
    faults = list(_faults(people, mean_rate, shape, triggered, least, draws, conf_level))
    spans = [_span(window, name, faults) for window, name in ((before, "before"), (after, "after"))]
    if faults:
        raise AnalysisError("studies cannot be simulated from these assumptions", faults)
    return Assumed(spans[0], spans[1], mean_rate, shape, triggered, least)


def _faults(
    people: int, mean_rate: float, shape: float, triggered: float, least: int, draws: int, conf_level: float
) -> Iterator[Fault]:
    for name, value in (("people", people), ("draws", draws)):
        if not isinstance(value, int) or value < 1:
            yield Fault(name, "is not a whole number, 1 or more")
    if isinstance(people, int) and isinstance(draws, int) and people * draws > MOST_PEOPLE:
        yield Fault("draws", f"make more than {MOST_PEOPLE:,} people in all", "ask for fewer studies")
    for name, number in (("mean_rate", mean_rate), ("shape", shape)):
        if not 0 < number < np.inf:
            yield Fault(name, "is not a number above 0")
    if not 0 <= triggered <= 1:
        yield Fault("triggered", "is not a share", "write 0.5 for half")
    if not isinstance(least, int) or least < 0:
        yield Fault("least_before", "is not a whole number of events", "write 1, or 0 where there was no such rule")
    if not 0 < conf_level < 1:
        yield Fault("conf_level", "must lie between 0 and 1", "write 0.95 for 95%")


def _span(window: str | tuple[str, str], name: str, faults: list[Fault]) -> tuple[int, int]:
    """Return the least and most days of a window."""
    days = []
    for one in (window, window) if isinstance(window, str) else window:
        found = read_window(one, name)
        if isinstance(found, Fault) or found is None:
            faults.append(found or Fault(name, "'all' is not a length", 'write a number of days, as in "365 days"'))
            return (0, 0)
        days.append(found)
    return (min(days), max(days))


def _said(days: tuple[int, int]) -> str:
    return f"{days[0]} days" if days[0] == days[1] else f"{days[0]} to {days[1]} days, uniform"


def _shares(assumed: Assumed, people: int, draws: int, rng: np.random.Generator) -> dict[str, Array]:
    """Return, for every study, the share of its people in each class; a reduced count is never 0."""
    size = (draws, people)
    caused = rng.random(size) < assumed.triggered
    before, after = (rng.uniform(*days, size) for days in (assumed.before, assumed.after))
    # weighting a gamma distribution by its value adds 1 to its shape
    shape = assumed.shape + caused.astype(float)
    rate = assumed.mean_rate / DAYS_PER_YEAR * shape / assumed.shape
    needed = np.where(caused, 0.0, float(assumed.least_before))
    nothing, everything = np.zeros(size), np.ones(size)
    selected = Selected(shape, rate, needed, before, nothing, after, everything, caused.astype(float))
    counts = draw(selected, size, rng)
    fell, none = counts.after < counts.before, counts.after == 0
    classes = {
        "desisted": fell & none, "reduced": fell & ~none, "falling": fell, "increased": counts.after > counts.before
    }  # fmt: skip
    return {name: which.mean(axis=1) for name, which in classes.items()}


def _rows(shares: dict[str, Array], people: int, conf_level: float) -> Iterator[tuple[str, float, float, float, str]]:
    tail = (1 - conf_level) / 2
    for name, values in shares.items():
        low, high = (float(value) for value in np.quantile(values, [tail, 1 - tail]))
        yield name, float(values.mean()), low, high, f"share of {people:,} people"


def _sentences(
    rows: list[tuple[str, float, float, float, str]], at_least: int | None, people: int, conf_level: float
) -> Iterator[Sentence]:
    values = {term: (estimate, low, high) for term, estimate, low, high, _ in rows}
    told = [f"{percent(values[name][0])} {what}" for name, what in CLASSES.items() if name != "falling"]
    yield Sentence(f"With no effect at all, people like these would do as follows: {listed(told)}.")
    _, low, high = values["falling"]
    yield Sentence(
        f"In {level(conf_level)} of such studies of {many(people, 'person', 'people')}, between {percent(low)} and "
        f"{percent(high)} had fewer or none after.",
    )
    if at_least is not None:
        yield Sentence(
            f"In {percent(values['chance'][0])} of them, {at_least:,} or more of {people:,} did.",
        )
