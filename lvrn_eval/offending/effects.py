"""How large a change is: differences of shares, typical changes and standardised ones, each with an interval."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from lvrn_eval.offending.checks import evidence_level, small_sample, windows_equal
from lvrn_eval.offending.estimates import Row
from lvrn_eval.offending.kernels.paired_share import risk_difference_paired
from lvrn_eval.offending.kernels.standardised import NOTHING, hedges_g_av, hedges_g_rm, hedges_g_z, moments
from lvrn_eval.offending.kernels.walsh import hodges_lehmann, rank_biserial_error, rank_biserial_interval
from lvrn_eval.offending.paired import EXACT_RANKS_UP_TO, mcnemar_exact, wilcoxon_signed_rank
from lvrn_eval.offending.paired_words import enough, few, numbers, of_difference, table_of
from lvrn_eval.offending.pairs import read_pairs
from lvrn_eval.offending.proportions import NO_INTERVAL
from lvrn_eval.phrases import SMALL, WEAKEST, decimal, many, percent, with_interval
from lvrn_eval.result import Check, Result, Sentence

if TYPE_CHECKING:
    import pandas as pd

    from lvrn_eval.engine import Frame, Table
    from lvrn_eval.offending.counting import Cells

VARIANTS = {"hedges_g_av": hedges_g_av, "hedges_g_z": hedges_g_z, "hedges_g_rm": hedges_g_rm}


def effect_sizes(counts: Table | Frame, *, conf_level: float = 0.95) -> Result:
    """Estimate how large the change from before to after is, on six scales, each with an interval.

    Every number is of after less before: below 0 (below 1 for the odds ratio) means fewer events after.

    Parameters
    ----------
    counts
        One row per person with ``before``, ``after`` (events), ``days_before``, ``days_after`` (days at risk): the
        table of ``pre_post_counts``, or a frame. Counts are compared as they are, so windows should be of equal
        length; a check says whether they are. Days before may be unknown.
    conf_level
        Level of the intervals, between 0 and 1.

    Returns
    -------
    Result
        ``table`` has the columns of every table of estimates, ``measure``, ``interval``, and two counts of people,
        ``n_down`` and ``n_up``: those with some before and none after and the reverse for the first two terms, those
        with fewer and more events for the rank-biserial, which all three show; missing elsewhere.

        ====================== =========================================== ============================================
        term                   estimate                                    interval
        ====================== =========================================== ============================================
        risk_difference        share with any event, after less before     Wald, adjusted (Bonett and Price)
        odds_ratio             matched-pairs odds ratio of any event       exact binomial, given who changed
        median_change          Hodges-Lehmann, events per person           ordered averages, signed-rank distribution
        rank_biserial          matched-pairs rank-biserial correlation     normal for Fisher's z
        hedges_g_av            mean change over the root of the average    Bonett, variances not taken as equal
                               variance of both counts (d_av)
        hedges_g_z             mean change over the standard deviation     noncentral t
                               of changes (d_z)
        hedges_g_rm            the same on the scale of one count (d_rm)   normal, Borenstein and others
        ====================== =========================================== ============================================

    Raises
    ------
    AnalysisError
        When the counts cannot be used, every reason at once, in numbers of rows.

    Notes
    -----
    The three g differ by what the mean change is divided by, and only alike ones may be compared or pooled. Counts are
    skewed and many are 0: the shares and the typical change say more. People without a change stay in the typical
    change and are left out of the rank-biserial, as in the signed-rank test whose p-value stands beside it.

    *Validated against* R (``wilcox.test``, ``effectsize``), examples of R's statpsych, pingouin, statsmodels and by
    hand: tests/offending/test_offending_effects.py.

    Examples
    --------
    >>> import pandas as pd
    >>> frame = pd.DataFrame({"before": [2, 4, 1, 0], "after": [1, 2, 0, 0], "days_before": 365, "days_after": 365})
    >>> float(effect_sizes(frame).row("risk_difference")["estimate"])
    -0.25
    """
    cells = read_pairs("effect_sizes", counts, conf_level=conf_level, days_needed=False)
    table = _table(cells, conf_level)
    n = cells.count()
    return Result(
        name="effect_sizes",
        title="How much recorded events changed from before to after",
        table=table,
        method=_method(cells, conf_level),
        checks=(evidence_level(), small_sample(cells), windows_equal(cells), _skewed(cells), _missing(table)),
        text=_sentences(table, n, enough=n >= SMALL),
        count_columns=("n", "n_events", "n_down", "n_up"),
        wording=lambda shown: _sentences(shown.table, None, enough=enough(shown)),
    )


def _table(cells: Cells, conf_level: float) -> pd.DataFrame:
    stopped = cells.count((cells.before > 0) & (cells.after == 0))
    began = cells.count((cells.before == 0) & (cells.after > 0))
    rows = (
        *_any_event(cells, stopped, began, conf_level),
        *_ranks(cells, conf_level),
        *_standardised(cells, conf_level),
    )
    fell, rose = cells.count(cells.after < cells.before), cells.count(cells.after > cells.before)
    down = {"risk_difference": stopped, "odds_ratio": stopped, "rank_biserial": fell}
    up = {"risk_difference": began, "odds_ratio": began, "rank_biserial": rose}
    table = table_of(rows)
    return table.assign(
        **{name: table["term"].map(people).astype("Int64") for name, people in (("n_down", down), ("n_up", up))}
    )


def _any_event(cells: Cells, stopped: int, began: int, conf_level: float) -> Iterator[Row]:
    n = cells.count()
    difference = risk_difference_paired(stopped, began, n, conf_level)
    yield Row(
        "risk_difference", "all", difference.estimate, difference.std_error, *difference.interval, conf_level,
        difference.p_value, n, stopped + began, "risk difference", "Bonett-Price",
    )  # fmt: skip
    ratio = mcnemar_exact(stopped, began, conf_level)
    yield Row(
        "odds_ratio", "all", ratio.estimate, ratio.std_error_log, *ratio.interval, conf_level, ratio.p_value, n,
        stopped + began, "odds ratio", "exact binomial, conditional on who changed",
    )  # fmt: skip


def _ranks(cells: Cells, conf_level: float) -> Iterator[Row]:
    change = cells.after - cells.before
    events = int(cells.total(cells.before + cells.after))
    typical, interval = hodges_lehmann(change, cells.people, conf_level)
    yield Row(
        "median_change", "all", typical, math.nan, *interval, conf_level, math.nan, cells.count(), events,
        "median change", "ordered averages",
    )  # fmt: skip
    test = wilcoxon_signed_rank(change, cells.people)
    changed = int(((cells.before + cells.after) * cells.people)[change != 0].sum())
    limits = rank_biserial_interval(test.rank_biserial, test.n, conf_level)
    error = rank_biserial_error(test.n) if test.n else math.nan
    yield Row(
        "rank_biserial", "all", test.rank_biserial, error, *limits, conf_level, test.p_value, test.n, changed,
        "rank test", "Fisher's z",
    )  # fmt: skip


def _standardised(cells: Cells, conf_level: float) -> Iterator[Row]:
    found = moments(cells.before.astype(float), cells.after.astype(float), cells.people.astype(float))
    events = int(cells.total(cells.before + cells.after))
    intervals = {"hedges_g_av": "Bonett", "hedges_g_z": "noncentral t", "hedges_g_rm": "normal"}
    for term, estimator in VARIANTS.items():
        one = NOTHING if found is None else estimator(found, conf_level)
        p_value = math.nan if found is None else found.p_value
        limits = one.interval if not math.isnan(one.estimate) else NO_INTERVAL
        yield Row(
            term, "all", one.estimate, one.std_error, *limits, conf_level, p_value, cells.count(), events,
            "standardised mean change", intervals[term],
        )  # fmt: skip


def _skewed(cells: Cells) -> Check:
    """Say how many have no event at all: g is made for measurements that are spread about their mean."""
    n, none = cells.count(), cells.count((cells.before == 0) & (cells.after == 0))
    if not n:
        return Check("many_without_events", passed=False, text="Nobody is left in this analysis.")
    passed = none / n <= MANY
    verdict = "" if passed else ": standardised changes describe them badly"
    text = f"{many(none, 'person', 'people')} of {n:,} have no event before or after ({percent(none / n)}){verdict}."
    instead = (
        f"No more than {MANY:.0%} have no event before or after."
        if passed
        else f"More than {MANY:.0%} have no event before or after: standardised changes describe them badly."
    )
    return Check("many_without_events", passed=passed, text=text, counts=(none, n, n - none), instead=instead)


MANY = 0.25
"""From this share without any event on, a mean over a standard deviation says little."""


def _missing(table: pd.DataFrame) -> Check:
    without = table.loc[table["conf_low"].isna(), "term"].to_list()
    if not without:
        return Check("estimates_missing", passed=True, text="Every estimate has an interval.")
    text = f"Without an interval: {', '.join(without)}; too few people, or all of them changed alike."
    return Check("estimates_missing", passed=False, text=text)


def _sentences(table: pd.DataFrame, n: int | None, *, enough: bool) -> tuple[Sentence, ...]:
    """Return what a reader may take from the sizes; ``n`` is None behind the wall, where counts are rounded."""
    if n == 0:
        return (Sentence("Nobody is left in this analysis, so it says nothing.", (0,)),)
    rows = numbers(table)
    share, typical = rows["risk_difference"], rows["median_change"]
    found = (
        (
            of_difference("the share of people with any recorded event", share),
            of_difference("the typical number of recorded events", typical),
        )
        if enough
        else (few(n),)
    )
    return (_share(share, table), _typical(typical), *found, Sentence(WEAKEST))


def _share(row: dict[str, float], table: pd.DataFrame) -> Sentence:
    if math.isnan(row["estimate"]):
        return Sentence("How much the share of people with any recorded event changed is not shown: too few changed.")
    estimate, low, high = (_points(row[name]) for name in ("estimate", "conf_low", "conf_high"))
    text = (
        "The share of people with any recorded event changed by "
        f"{with_interval(estimate, low, high, row['conf_level'])} percentage points."
    )
    (resting,) = table.loc[table["term"] == "risk_difference", ["n", "n_down", "n_up"]].to_numpy(dtype=int).tolist()
    return Sentence(text, tuple(resting))


def _typical(row: dict[str, float]) -> Sentence:
    if math.isnan(row["conf_low"]):
        return Sentence("A typical change (Hodges-Lehmann) has no interval, or is not shown.")
    estimate, low, high = (f"{row[name]:+.1f}" if row[name] else "0" for name in ("estimate", "conf_low", "conf_high"))
    text = f"The typical change (Hodges-Lehmann) was {with_interval(estimate, low, high, row['conf_level'])} events."
    return Sentence(text, (int(row["n"]), int(row["n_events"])))


def _points(share: float) -> str:
    """Return a difference in percentage points; one that is not 0 is never shown as 0."""
    if share == 0:
        return "0"
    text = f"{'+' if share > 0 else '-'}{decimal(abs(100 * share), 1)}"
    return text if text[1:] != "0.0" else f"{'+' if share > 0 else '-'}under 0.1"


def _method(cells: Cells, conf_level: float) -> dict[str, Any]:
    return {
        "design": "before and after, without a comparison group",
        "direction": "after less before",
        "compared": "counts, not rates",
        "conf_level": conf_level,
        "risk_difference": "Bonett-Price adjusted Wald interval; p-value exact McNemar",
        "odds_ratio": "exact binomial, two-sided; Clopper-Pearson interval as odds",
        "median_change": {
            "people_without_change": "kept",
            "ties": "limits as without ties, closed interval",
            "order": "exact signed-rank" if cells.count() <= EXACT_RANKS_UP_TO else "normal, rounded outwards",
        },
        "rank_biserial": {"zeros": "wilcox (dropped)", "ties": "midranks", "p_value": "Wilcoxon signed rank"},
        "hedges_g_av": "mean change / sqrt((var before + var after) / 2), times sqrt((n - 2) / (n - 1))",
        "hedges_g_z": "mean change / sd of changes, exact gamma correction with n - 1",
        "hedges_g_rm": "d_z sqrt(2 (1 - r)), exact gamma correction with n - 1",
        "p_value_of_g": "paired t test",
    }
