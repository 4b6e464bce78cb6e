"""What the people reached could show, and how many people the change seen would need."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from lvrn_eval.errors import AnalysisError, Fault
from lvrn_eval.offending.checks import evidence_level, small_sample
from lvrn_eval.offending.estimates import Row
from lvrn_eval.offending.kernels.marginal import rate_ratio_corrected
from lvrn_eval.offending.kernels.power import detectable, needed, rounded_up
from lvrn_eval.offending.paired_words import SIDES, enough, few, numbers, table_of, with_sides
from lvrn_eval.offending.pairs import floats, read_pairs
from lvrn_eval.phrases import SMALL, ratio_text
from lvrn_eval.result import Result, Sentence

if TYPE_CHECKING:
    import pandas as pd

    from lvrn_eval.engine import Frame, Table
    from lvrn_eval.offending.counting import Cells
    from lvrn_eval.offending.rates import RateRatio
    from lvrn_eval.result import Choice


def detectable_rate_ratio(counts: Table | Frame, *, power: float = 0.8, alpha: float = 0.05) -> Result:
    """Work out which rate ratios the people reached could have shown.

    Parameters
    ----------
    counts
        One row per person with ``before``, ``after`` (events), ``days_before``, ``days_after`` (days at risk): the
        table of ``pre_post_counts``, or a frame.
    power
        The chance of finding the change, between ``alpha`` and 1.
    alpha
        The chance of finding one where there is none, two-sided.

    Returns
    -------
    Result
        ``table`` has the columns of every table of estimates, ``measure``, ``interval`` and all events of either side,
        ``events_before`` and ``events_after``: rows of the terms ``detectable_fall`` and ``detectable_rise``, whose
        ``estimate`` is the ratio; a ratio further from 1 would be found more often. ``std_error`` is that of the
        logarithm, from these people. Missing where it cannot be estimated.

    Raises
    ------
    AnalysisError
        When the counts cannot be used, or a choice is none, every reason at once.

    Notes
    -----
    A Wald test of the log rate ratio finds a change of ``(z_alpha/2 + z_power)`` standard errors with this power. The
    standard error is that of ``rate_ratio_corrected``: how much these people differ, and how alike their own counts
    are, is in it. It is taken as the same at the ratio to be found as at the one seen. The result says what the people
    could show, and nothing about the ratio that was found, whose interval says all there is to say.

    *Validated by* hand and by simulation: tests/offending/test_offending_power.py.

    Examples
    --------
    >>> import pandas as pd
    >>> frame = pd.DataFrame({"before": [2, 4, 1, 3], "after": [1, 2, 2, 0], "days_before": 365, "days_after": 365})
    >>> round(float(detectable_rate_ratio(frame).row("detectable_fall")["estimate"]), 2)
    0.2
    """
    _refuse("detectable_rate_ratio", power, alpha)
    cells = read_pairs("detectable_rate_ratio", counts)
    found = rate_ratio_corrected(*floats(cells), 1 - alpha)
    fall, rise = detectable(found.std_error_log, power, alpha)
    table = _table(cells, found, {"detectable_fall": fall, "detectable_rise": rise})
    return Result(
        name="detectable_rate_ratio",
        title="Rate ratios that these people could have shown",
        table=table,
        method=_method(power, alpha),
        checks=(evidence_level(), small_sample(cells)),
        text=_could_show(table, power, cells.count(), enough=cells.count() >= SMALL),
        count_columns=("n", "n_events", *SIDES),
        wording=lambda shown: _could_show(shown.table, power, None, enough=enough(shown)),
    )


def people_needed(
    counts: Table | Frame, *, rate_ratio: float | None = None, power: float = 0.8, alpha: float = 0.05
) -> Result:
    """Work out how many people like these would tell a rate ratio from no change.

    Parameters
    ----------
    counts, power, alpha
        As for ``detectable_rate_ratio``.
    rate_ratio
        The ratio to be told from 1; the one seen in these people where none is given.

    Returns
    -------
    Result
        ``table`` as there, with a row of the terms ``rate_ratio`` (the ratio asked about, with ``std_error`` from these
        people) and ``people_needed`` (rounded up; infinite for a ratio of 1, missing where it cannot be worked out).

    Raises
    ------
    AnalysisError
        When the counts cannot be used, or a choice is none, every reason at once.

    Notes
    -----
    The variance of the log rate ratio falls with the number of people, so these many times
    ``((z_alpha/2 + z_power) std_error / log(ratio))**2`` are needed. For the ratio seen, the number is as uncertain as
    the ratio: near no change it can be anything. It supposes the same windows, and people who differ as these do.

    *Validated by* hand, and as the inverse of ``detectable_rate_ratio``: tests/offending/test_offending_power.py.

    Examples
    --------
    >>> import pandas as pd
    >>> frame = pd.DataFrame({"before": [2, 4, 1, 3], "after": [1, 2, 2, 0], "days_before": 365, "days_after": 365})
    >>> float(people_needed(frame, rate_ratio=0.8).row("people_needed")["estimate"])
    202.0
    """
    _refuse("people_needed", power, alpha, rate_ratio)
    cells = read_pairs("people_needed", counts)
    found = rate_ratio_corrected(*floats(cells), 1 - alpha)
    ratio = found.estimate if rate_ratio is None else float(rate_ratio)
    exact = needed(ratio, found.std_error_log, _informing(cells), power, alpha)
    people = float(math.ceil(exact - 1e-9)) if math.isfinite(exact) else exact
    table = _table(cells, found, {"rate_ratio": ratio, "people_needed": people})
    seen = rate_ratio is None
    return Result(
        name="people_needed",
        title="People needed to tell a rate ratio from no change",
        table=table,
        method=_method(power, alpha) | {"rate_ratio": "as seen in these people" if seen else ratio},
        checks=(evidence_level(), small_sample(cells)),
        text=_would_need(table, power, cells.count(), enough=cells.count() >= SMALL, seen=seen),
        count_columns=("n", "n_events", *SIDES),
        wording=lambda shown: _would_need(shown.table, power, None, enough=enough(shown), seen=seen),
    )


def _informing(cells: Cells) -> int:
    return cells.count((cells.days_before > 0) | (cells.days_after > 0))


def _table(cells: Cells, found: RateRatio, estimates: dict[str, float]) -> pd.DataFrame:
    n, events = _informing(cells), int(cells.total(cells.before + cells.after))
    rows = [
        Row(
            term, "all", estimate, math.nan if term == "people_needed" else found.std_error_log, math.nan, math.nan,
            math.nan, math.nan, n, events, "rate ratio", "none",
        )
        for term, estimate in estimates.items()
    ]  # fmt: skip
    return with_sides(table_of(rows), cells)


def _could_show(table: pd.DataFrame, power: float, n: int | None, *, enough: bool) -> tuple[Sentence, ...]:
    """Return what the people reached could show; ``n`` is None behind the wall, where counts are rounded."""
    rows = numbers(table)
    fall, rise = (rows[term]["estimate"] for term in ("detectable_fall", "detectable_rise"))
    if math.isnan(fall):
        return (Sentence("Which changes these people could have shown cannot be worked out, or is not shown."),)
    text = (
        f"With these people, a rate ratio of {ratio_text(fall)} or below, or of {ratio_text(rise)} or above, would be "
        f"found with a chance of {_chance(power)}; smaller changes would more often be missed."
    )
    row = rows["detectable_fall"]
    return (Sentence(text, (int(row["n"]), int(row["n_events"]))), *(() if enough else (few(n),)))


def _would_need(table: pd.DataFrame, power: float, n: int | None, *, enough: bool, seen: bool) -> tuple[Sentence, ...]:
    """Return how many people would be needed; ``n`` is None behind the wall, where counts are rounded."""
    rows = numbers(table)
    ratio, people = rows["rate_ratio"]["estimate"], rows["people_needed"]["estimate"]
    if math.isnan(people):
        return (Sentence("How many people would be needed cannot be worked out, or is not shown."),)
    which = f"the rate ratio of {ratio_text(ratio)} seen here" if seen else f"a rate ratio of {ratio_text(ratio)}"
    # under SMALL nothing is inferred, whatever a formula says
    about = rounded_up(people)
    many = "more people than there are" if about is None else f"about {max(SMALL, about):,} people like these"
    text = f"To tell {which} from no change with a chance of {_chance(power)}, {many} would be needed."
    row = rows["rate_ratio"]
    return (Sentence(text, (int(row["n"]), int(row["n_events"]))), *(() if enough else (few(n),)))


def _chance(power: float) -> str:
    return f"{100 * power:g}%"


def _method(power: float, alpha: float) -> dict[str, Choice]:
    return {
        "design": "before and after, without a comparison group",
        "estimator": "Wald test of the log rate ratio, two-sided",
        "std_error": "Poisson GEE, robust by person, Mancl-DeRouen, from these people",
        "power": power,
        "alpha": alpha,
    }


def _refuse(function: str, power: float, alpha: float, rate_ratio: float | None = None) -> None:
    """Refuse numbers out of range.

    Raises
    ------
    AnalysisError
        Listing all of them.
    """
    faults = []
    if not 0 < alpha < 1:
        faults.append(Fault("alpha", "must lie between 0 and 1", "write 0.05 for 5%"))
    elif not alpha < power < 1:
        faults.append(Fault("power", "must lie between alpha and 1", "write 0.8 for 80%"))
    if rate_ratio is not None and not (0 < rate_ratio < math.inf and rate_ratio != 1):
        faults.append(Fault("rate_ratio", "must be above 0 and other than 1", "write 0.8 for a fall of 20%"))
    if faults:
        raise AnalysisError(f"{function}: the question cannot be answered as asked", faults)
