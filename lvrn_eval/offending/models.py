"""The rate ratio after against before, by every usual model side by side."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import TYPE_CHECKING

from lvrn_eval.offending.checks import days_at_risk, evidence_level, small_sample
from lvrn_eval.offending.conditional import EXACT_EVENTS_UP_TO, rate_ratio_conditional
from lvrn_eval.offending.estimates import Row
from lvrn_eval.offending.kernels.marginal import rate_ratio_corrected, rate_ratio_negative_binomial
from lvrn_eval.offending.kernels.power import needed, rounded_up
from lvrn_eval.offending.kernels.within import rate_ratio_fixed_effects, rate_ratio_random_effects
from lvrn_eval.offending.paired_words import SIDES, enough, numbers, of_ratio, table_of, with_sides
from lvrn_eval.offending.pairs import floats, read_pairs
from lvrn_eval.offending.rates import DAYS_PER_YEAR, rate_ratio_robust
from lvrn_eval.phrases import SMALL, WEAKEST, decimal, many, ratio_text, with_interval
from lvrn_eval.result import Check, Result, Sentence

if TYPE_CHECKING:
    import pandas as pd

    from lvrn_eval.engine import Frame, Table
    from lvrn_eval.offending.counting import Cells
    from lvrn_eval.offending.rates import RateRatio
    from lvrn_eval.result import Choice

TERMS = (
    "rate_ratio_exact",
    "rate_ratio_fixed_effects",
    "rate_ratio_robust",
    "rate_ratio_corrected",
    "rate_ratio_negative_binomial",
    "rate_ratio_random_effects",
)
POWER = 0.8
"""The chance with which the people said to be needed would tell the ratio from no change."""

CLOSE = 1.25
"""Up to so many times the standard error of independent events, events of a person are taken as independent."""


def rate_ratios(counts: Table | Frame, *, conf_level: float = 0.95) -> Result:
    """Estimate the rate ratio per person-year at risk, after against before, by six models side by side.

    Parameters
    ----------
    counts
        One row per person with ``before``, ``after`` (events), ``days_before``, ``days_after`` (days at risk): the
        table of ``pre_post_counts``, or a frame.
    conf_level
        Level of the intervals, between 0 and 1.

    Returns
    -------
    Result
        ``table`` has the columns of every table of estimates, ``measure``, ``interval``, and all events of either side,
        ``events_before`` and ``events_after``, which a ratio tells; a row per model.
        ``std_error`` is that of the logarithm. ``n`` are the people who inform the row, ``n_events`` their events.
        What cannot be estimated is missing.

        ============================ ==================================================================================
        term                         model
        ============================ ==================================================================================
        rate_ratio_exact             given each person's own total; exact, events of a person independent
        rate_ratio_fixed_effects     the same estimate; a variance that allows for any dependence within people
        rate_ratio_robust            the whole group's rates (Poisson GEE, independence), variance robust by person
        rate_ratio_corrected         the same, corrected for few people (Mancl-DeRouen, t)
        rate_ratio_negative_binomial negative-binomial GEE: long windows weigh less; variance robust by person
        rate_ratio_random_effects    gamma-Poisson with an effect for each person; events of a person independent
        ============================ ==================================================================================

    Raises
    ------
    AnalysisError
        When the counts cannot be used, every reason at once, in numbers of rows; or days before are unknown.

    Notes
    -----
    People without any event inform the whole group's rates but not the ratios within people. Where everybody has the
    same days all six have one estimate, and only their intervals differ. The kernels state formulas and sources.

    *Validated against* R (``glm``, ``sandwich``, ``survival::clogit``, ``gnm``, ``geepack``, ``MASS::glm.nb``,
    numerical integration), statsmodels ``GEE`` and by hand: tests/offending/test_offending_models.py.

    Examples
    --------
    >>> import pandas as pd
    >>> frame = pd.DataFrame({"before": [2, 4, 1], "after": [1, 2, 1], "days_before": 365, "days_after": 365})
    >>> round(float(rate_ratios(frame).row("rate_ratio_exact")["estimate"]), 3)
    0.571
    """
    cells = read_pairs("rate_ratios", counts, conf_level=conf_level)
    ratios, dispersion = _fits(cells, conf_level)
    table = with_sides(table_of(list(_rows(cells, ratios, conf_level))), cells)
    n = cells.count()
    return Result(
        name="rate_ratios",
        title="Recorded events per person-year at risk, after against before, by model",
        table=table,
        method=_method(conf_level),
        checks=(
            evidence_level(),
            small_sample(cells),
            days_at_risk(cells),
            *_dispersion(dispersion),
            _agreement(ratios),
            _missing(ratios),
        ),
        text=_sentences(table, n, enough=n >= SMALL),
        count_columns=("n", "n_events", *SIDES),
        wording=lambda shown: _sentences(shown.table, None, enough=enough(shown)),
    )


def _fits(cells: Cells, conf_level: float) -> tuple[dict[str, RateRatio], dict[str, float]]:
    """Return the ratio of every term, and the dispersions two of them estimate."""
    arrays = floats(cells)
    exact = rate_ratio_conditional(*arrays, conf_level)
    binomial, alpha = rate_ratio_negative_binomial(*arrays, conf_level)
    random, variance = rate_ratio_random_effects(*arrays, conf_level)
    ratios = (
        exact,
        rate_ratio_fixed_effects(*arrays, conf_level, exact.estimate),
        rate_ratio_robust(*arrays, conf_level),
        rate_ratio_corrected(*arrays, conf_level),
        binomial,
        random,
    )
    return dict(zip(TERMS, ratios, strict=True)), {"negative_binomial": alpha, "person_effect": variance}


def _rows(cells: Cells, ratios: dict[str, RateRatio], conf_level: float) -> Iterator[Row]:
    within = (cells.before + cells.after > 0) & (cells.days_before > 0) & (cells.days_after > 0)
    seen = (cells.days_before > 0) | (cells.days_after > 0)
    for term, ratio in ratios.items():
        which = within if term in TERMS[:2] else seen
        events = int(((cells.before + cells.after) * cells.people)[which].sum())
        yield Row(
            term, "all", ratio.estimate, ratio.std_error_log, *ratio.interval, conf_level, ratio.p_value,
            cells.count(which), events, "rate ratio", ratio.method,
        )  # fmt: skip


def _dispersion(found: dict[str, float]) -> Iterator[Check]:
    alpha, variance = found["negative_binomial"], found["person_effect"]
    if math.isnan(alpha):
        return
    text = (
        f"Counts vary more than chance alone would make them: the negative-binomial dispersion is {decimal(alpha, 2)}, "
        f"and the variance of the effect of a person, whose mean is 1, {decimal(variance, 2)}."
        if alpha > 0
        else "Counts vary no more than chance alone would make them."
    )
    yield Check("overdispersion", passed=None, text=text, statistic=alpha)


def _agreement(ratios: dict[str, RateRatio]) -> Check:
    """Say whether the spread within people is what independent events would give."""
    fixed, exact = ratios["rate_ratio_fixed_effects"].std_error_log, ratios["rate_ratio_exact"].std_error_log
    if math.isnan(fixed):
        return Check("independent_events", passed=None, text="Whether events of a person are independent is not known.")
    widened = fixed / exact
    passed = widened <= CLOSE
    text = f"The standard error within people is {decimal(widened, 2)} times what independent events would give: "
    text += (
        "the exact interval and that of the random-effects model can be believed."
        if passed
        else "events come in bursts or people change differently, so intervals of independent events are too narrow."
    )
    return Check("independent_events", passed=passed, text=text, statistic=widened)


def _missing(ratios: dict[str, RateRatio]) -> Check:
    without = [term for term, ratio in ratios.items() if math.isnan(ratio.interval.low)]
    if not without:
        return Check("estimates_missing", passed=True, text="Every estimate could be made.")
    text = f"Without an estimate or an interval: {', '.join(without)}; events or days are missing on one side, "
    return Check("estimates_missing", passed=False, text=f"{text}or people do not differ.")


def _sentences(table: pd.DataFrame, n: int | None, *, enough: bool) -> tuple[Sentence, ...]:
    """Return what a reader may take from the ratios; ``n`` is None behind the wall, where counts are rounded."""
    if n == 0:
        return (Sentence("Nobody is left in this analysis, so it says nothing.", (0,)),)
    rows = numbers(table)
    exact, corrected = rows["rate_ratio_exact"], rows["rate_ratio_corrected"]
    limits = [row[end] for row in (exact, corrected) for end in ("conf_low", "conf_high")]
    people = needed(corrected["estimate"], corrected["std_error"], corrected["n"], POWER, 1 - corrected["conf_level"])
    return (
        _ratio(exact, corrected, n),
        of_ratio("The recorded rate after", limits, n, enough=enough, needed=rounded_up(people)),
        Sentence(WEAKEST),
    )


def _ratio(exact: dict[str, float], corrected: dict[str, float], n: int | None) -> Sentence:
    if math.isnan(corrected["conf_low"]) or math.isnan(exact["conf_low"]):
        return Sentence("A rate ratio with both intervals cannot be shown.")
    people, events = int(corrected["n"]), int(corrected["n_events"])
    about = "" if n is not None else "about "
    text = (
        f"Among {about}{many(people, 'person', 'people')} with {about}"
        f"{many(events, 'recorded event', 'recorded events')}, the rate per person-year at risk after was "
        f"{_shown(exact)} times the rate before, given each person's own total, and "
        f"{_shown(corrected)} times, allowing for some people having many."
    )
    return Sentence(text, (people, events))


def _shown(row: dict[str, float]) -> str:
    estimate, low, high = (ratio_text(row[name]) for name in ("estimate", "conf_low", "conf_high"))
    return with_interval(estimate, low, high, row["conf_level"])


def _method(conf_level: float) -> dict[str, Choice]:
    return {
        "design": "before and after, without a comparison group",
        "conf_level": conf_level,
        "days_per_year": DAYS_PER_YEAR,
        "offset": "log of the days at risk",
        "rate_ratio_exact": {
            "given": "each person's own total over both windows",
            "p_value": "twice the smaller tail",
            "exact_up_to_events": EXACT_EVENTS_UP_TO,
        },
        "rate_ratio_fixed_effects": "conditional Poisson, variance robust by person, no small-sample correction",
        "rate_ratio_robust": "Poisson GEE, independence, variance robust by person, no small-sample correction",
        "rate_ratio_corrected": "the same, Mancl-DeRouen, t with one degree of freedom less than people",
        "rate_ratio_negative_binomial": "GEE, independence, variance robust by person; dispersion by maximum "
        "likelihood with both periods as independent",
        "people_needed": f"for the corrected ratio, with a chance of {100 * POWER:g}%, two-sided at 1 - conf_level",
        "rate_ratio_random_effects": "gamma-Poisson, maximum likelihood, observed information",
    }
