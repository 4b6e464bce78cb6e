"""The estimates of a before/after comparison, each from the grouped counts alone."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from lvrn_eval.offending.conditional import rate_ratio_conditional
from lvrn_eval.offending.paired import SignedRank, mcnemar_exact, wilcoxon_signed_rank
from lvrn_eval.offending.proportions import NO_INTERVAL, Interval, clopper_pearson, exact_half, wilson
from lvrn_eval.offending.rates import DAYS_PER_YEAR, RateRatio, garwood, rate_ratio_robust

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from lvrn_eval.offending.counting import Cells

    Array = NDArray[np.float64]

MISSING = RateRatio(math.nan, math.nan, NO_INTERVAL, math.nan, "none")


@dataclass(frozen=True)
class Row:
    """One row of the table of estimates; the fields are its columns."""

    term: str
    group: str
    estimate: float
    std_error: float
    conf_low: float
    conf_high: float
    conf_level: float
    p_value: float
    n: int
    n_events: int
    measure: str
    interval: str


@dataclass(frozen=True)
class Estimates:
    """The rows, and what the method must say about how the signed-rank p-value came about."""

    rows: tuple[Row, ...]
    signed_rank: SignedRank

    @property
    def table(self) -> pd.DataFrame:
        """The rows as a frame."""
        return pd.DataFrame([asdict(row) for row in self.rows])


def class_of(cells: Cells) -> dict[str, NDArray[np.bool_]]:
    """Return, for every class in the order it is shown, which cells are in it."""
    before, after = cells.before, cells.after
    return {
        "none_recorded": (before == 0) & (after == 0),
        "desisted": (before > 0) & (after == 0),
        "reduced": (after > 0) & (after < before),
        "unchanged": (after > 0) & (after == before),
        "increased": after > before,
    }


def estimate(cells: Cells, conf_level: float, whole: Cells | None = None) -> Estimates:
    """Return every estimate of the first form of the comparison; of counts, from ``whole`` windows where given."""
    paired = cells if whole is None else whole
    signed_rank = wilcoxon_signed_rank(paired.after - paired.before, paired.people)
    rows = (
        *_shares(paired, conf_level),
        _sign_test(paired, conf_level),
        _signed_rank_row(paired, signed_rank, conf_level),
        _any_event(paired, conf_level),
        *_rate_ratios(cells, conf_level),
    )
    return Estimates(rows, signed_rank)


def _shares(cells: Cells, conf_level: float) -> Iterable[Row]:
    some_before, some = cells.before > 0, cells.before + cells.after > 0
    desisted, fell = cells.count(some_before & (cells.after == 0)), cells.count(cells.after < cells.before)
    n_before, n_some = cells.count(some_before), cells.count(some)
    yield _share("share_desisted", desisted, n_before, wilson(desisted, n_before, conf_level), "Wilson", conf_level)
    exact = clopper_pearson(fell, n_some, conf_level)
    yield _share("share_falling", fell, n_some, exact, "Clopper-Pearson", conf_level)


def _share(term: str, events: int, n: int, interval: Interval, name: str, conf_level: float) -> Row:
    share = events / n if n else math.nan
    std_error = math.sqrt(share * (1 - share) / n) if n else math.nan
    return Row(term, "all", share, std_error, *interval, conf_level, math.nan, n, events, "proportion", name)


def _sign_test(cells: Cells, conf_level: float) -> Row:
    fell, rose = cells.count(cells.after < cells.before), cells.count(cells.after > cells.before)
    interval = clopper_pearson(fell, fell + rose, conf_level)
    row = _share("sign_test", fell, fell + rose, interval, "Clopper-Pearson", conf_level)
    return Row(**{**asdict(row), "measure": "sign test", "p_value": exact_half(fell, fell + rose)})


def _signed_rank_row(cells: Cells, test: SignedRank, conf_level: float) -> Row:
    changed = cells.before != cells.after
    events = int(((cells.before + cells.after) * cells.people)[changed].sum())
    return Row(
        "wilcoxon_signed_rank", "all", test.rank_biserial, math.nan, *NO_INTERVAL, conf_level, test.p_value,
        test.n, events, "rank test", "none",
    )  # fmt: skip


def _any_event(cells: Cells, conf_level: float) -> Row:
    stopped = cells.count((cells.before > 0) & (cells.after == 0))
    began = cells.count((cells.before == 0) & (cells.after > 0))
    ratio = mcnemar_exact(stopped, began, conf_level)
    return Row(
        "mcnemar_exact", "all", ratio.estimate, ratio.std_error_log, *ratio.interval, conf_level, ratio.p_value,
        cells.count(), stopped + began, "odds ratio", "exact binomial, conditional on who changed",
    )  # fmt: skip


def _rate_ratios(cells: Cells, conf_level: float) -> Iterable[Row]:
    informative = (cells.before + cells.after > 0) & (cells.days_before > 0) & (cells.days_after > 0)
    exact = rate_ratio_conditional(*_arrays(cells), conf_level) if cells.days_before_known else MISSING
    yield _rate_ratio(cells, "rate_ratio_exact", exact, informative, conf_level)
    yield rate_ratio(cells, conf_level)


def rate_ratio(cells: Cells, conf_level: float) -> Row:
    """Return the rate ratio of everybody with a day at risk, with a variance robust to clustering by person."""
    robust = rate_ratio_robust(*_arrays(cells), conf_level) if cells.days_before_known else MISSING
    seen = (cells.days_before > 0) | (cells.days_after > 0)
    return _rate_ratio(cells, "rate_ratio_robust", robust, seen, conf_level)


def _arrays(cells: Cells) -> tuple[Array, Array, Array, Array, Array]:
    before, after, people = (values.astype(float) for values in (cells.before, cells.after, cells.people))
    return before, after, cells.days_before, cells.days_after, people


def _rate_ratio(cells: Cells, term: str, ratio: RateRatio, which: NDArray[np.bool_], conf_level: float) -> Row:
    # nobody informs a ratio of unknown days
    which = which if cells.days_before_known else np.zeros_like(which)
    events = int(((cells.before + cells.after) * cells.people)[which].sum())
    return Row(
        term, "all", ratio.estimate, ratio.std_error_log, *ratio.interval, conf_level, ratio.p_value,
        cells.count(which), events, "rate ratio", ratio.method,
    )  # fmt: skip


def classes(cells: Cells) -> dict[str, int]:
    """Return how many people are in each class."""
    return {name: cells.count(which) for name, which in class_of(cells).items()}


def class_table(people: dict[str, int], group: str = "all") -> pd.DataFrame:
    """Return the classes as a frame: ``group, class, people``."""
    return pd.DataFrame({"group": group, "class": list(people), "people": list(people.values())})


def pair_table(cells: Cells) -> pd.DataFrame:
    """Return how many people had each pair of counts: ``before, after, people``."""
    frame = pd.DataFrame({"before": cells.before, "after": cells.after, "people": cells.people})
    return frame.groupby(["before", "after"])[["people"]].sum().reset_index()


@dataclass(frozen=True)
class Period:
    """Events and days at risk of one period; days are NaN where unknown, the rate is per person-year."""

    period: str
    people: int
    events: int
    days_at_risk: float
    rate: float
    conf_low: float
    conf_high: float


def periods(cells: Cells, conf_level: float) -> tuple[Period, Period, Period]:
    """Return the three periods; ``people`` counts those with a day at risk, or everybody where days are unknown."""
    known = cells.days_before_known
    days_before = cells.total(cells.days_before) if known else math.nan
    people_before = cells.count(cells.days_before > 0) if known else cells.count()
    before, after = int(cells.total(cells.before)), int(cells.total(cells.after))
    during, days_during = int(cells.during.sum()), float(cells.days_during.sum())
    return (
        _period("before", people_before, before, days_before, conf_level),
        _period("during", int(cells.people_during.sum()), during, days_during, conf_level),
        _period("after", cells.count(cells.days_after > 0), after, cells.total(cells.days_after), conf_level),
    )


def _period(name: str, people: int, events: int, days: float, conf_level: float) -> Period:
    years = days / DAYS_PER_YEAR
    rate = events / years if years > 0 else math.nan
    return Period(name, people, events, days, rate, *garwood(events, years, conf_level))


def exposure_table(rows: Iterable[Period]) -> pd.DataFrame:
    """Return the periods as a frame; unknown days are missing."""
    return pd.DataFrame([asdict(row) for row in rows]).astype({"days_at_risk": "Int64"})
