"""Recorded events before and after a programme: the published Champions design, and the same with equal windows."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from functools import cache
from importlib.metadata import version
from typing import TYPE_CHECKING

from lvrn_eval.cohort.windows import BOUNDARIES, CUSTODY_RULE
from lvrn_eval.offending import estimates as estimating
from lvrn_eval.offending.checks import checks
from lvrn_eval.offending.conditional import EXACT_EVENTS_UP_TO
from lvrn_eval.offending.counting import count_events, grouped
from lvrn_eval.offending.paired import EXACT_RANKS_UP_TO
from lvrn_eval.offending.rates import DAYS_PER_YEAR
from lvrn_eval.offending.restate import restate
from lvrn_eval.offending.sentences import of_kinds, sentences
from lvrn_eval.offending.study import Incomplete, Study, read_study
from lvrn_eval.result import Result

if TYPE_CHECKING:
    from lvrn_eval.cohort.cohort import Cohort
    from lvrn_eval.engine import Frame, Table
    from lvrn_eval.offending.paired import SignedRank
    from lvrn_eval.result import Choice


def pre_post(
    cohort: Cohort | Table | Frame,
    events: Table | Frame,
    *,
    kinds: Sequence[str],
    before: str = "all",
    after: str = "all",
    custody: Table | Frame | None = None,
    as_of: date | str | None = None,
    observed_from: date | str | None = None,
    incomplete: Incomplete = "drop",
    conf_level: float = 0.95,
) -> Result:
    """Compare each person's recorded events before a programme with those after it.

    Without a comparison group this is the weakest tier of evidence: it cannot separate an effect of the programme
    from regression to the mean. The Result says so.

    Parameters
    ----------
    cohort
        A ``Cohort``, or one row per person with ``person_id``, ``first_contact``, ``last_contact`` (dates) and, where
        there is one, ``site``.
    events
        One row per recorded event: ``person_id``, ``on`` (date; a time of day is dropped), ``kind``. Events of other
        people may be in it.
    kinds
        The kinds of event to count. There is no default: kinds are mixed only on request, and other kinds these
        people have are named in a check.
    before, after
        ``"all"``: every day on record before the first contact, and after the last (the published design); or a number
        of days such as ``"183 days"``. The days of the first and last contact, and those between, are the programme
        and are kept apart. ``before`` ends the day before the first contact, ``after`` begins the day after the last.
    custody
        One row per spell: ``person_id``, ``starts_on``, ``ends_on`` (missing while it goes on). Spells that share a
        day are one. The days strictly between reception and release are not days at risk; events on them are left out
        with the day. A spell without a release goes on through ``as_of``.
    as_of
        The last day the records cover, included. The cohort's own by default.
    observed_from
        The first day the records cover, included. The cohort's own by default. With ``before="all"`` and none stated,
        the days before are unknown: counts and classes are given, rates are missing.
    incomplete
        What happens to people whose window of a fixed length is cut by ``as_of`` or ``observed_from``: ``"drop"``
        leaves them out, ``"rate"`` keeps them with the days they have. With ``"all"`` no window is incomplete.
    conf_level
        Confidence level of all intervals, between 0 and 1.

    Returns
    -------
    Result
        ``table`` has ``term, group, estimate, std_error, conf_low, conf_high, conf_level, p_value, n, n_events,
        measure, interval``, one row per term. What cannot be estimated is missing (NaN), and a check says why; a ratio
        without an upper limit is infinite. ``std_error`` of a ratio is that of its logarithm.

        ==================== ================================================= ======================================
        term                 estimate                                          n; n_events
        ==================== ================================================= ======================================
        share_desisted       share with none after, of those with some before  these people; who had none after
        share_falling        share with fewer after, of those with any         these people; whose count fell
        sign_test            share whose count fell, of those whose count      these people; whose count fell
                             changed (exact, two-sided)
        wilcoxon_signed_rank matched-pairs rank-biserial correlation,          whose count changed; their events
                             negative when counts fell
        mcnemar_exact        matched odds ratio of any event, after v before   everybody; who has it in one window
        rate_ratio_exact     rate per person-year at risk, after v before,     with an event and days in both windows;
                             given each person's own total                     their events
        rate_ratio_robust    the same from the totals, with a variance robust  with a day at risk; their events
                             to clustering by person
        ==================== ================================================= ======================================

        ``parts``: ``classes`` (``group, class, people``), ``pairs`` (``before, after, people``), ``exposure``
        (``period, people, events, days_at_risk, rate, conf_low, conf_high``; ``people`` had a day at risk, ``rate`` is
        per person-year, its interval Garwood's, which ignores that some people have many events).

        The classes go by counts: ``none_recorded`` (none before, none after), ``desisted`` (some before, none after),
        ``reduced``, ``unchanged``, ``increased``.

    Raises
    ------
    AnalysisError
        Listing everything wrong with the choices, or the tables, with counts and never a value.

    Notes
    -----
    Shares have Wilson's (desisted) and Clopper and Pearson's (falling) intervals. The signed-rank test drops zeros
    (Wilcoxon's rule), gives ties their midrank, and is exact under ties up to 500 changes, beyond that normal with the
    variance for ties. McNemar's interval is Clopper and Pearson's for who changed, as odds. The exact rate ratio
    conditions on each person's total and inverts both tails of the sum of binomials; beyond 10,000 events with unequal
    ratios of days it takes the profile of the same conditional likelihood, and ``interval`` says so. The robust one is
    a Poisson generalised estimating equation with independence as working correlation.

    *Validated against* scipy (``wilcoxon``, ``binomtest``), statsmodels (``GEE``, ``mcnemar``,
    ``proportion_confint``), R (``poisson.test``, ``wilcox.test``, ``glm`` on MASS ``epil``) and by hand: see
    ``tests/offending`` and ``tests/hand``.

    Examples
    --------
    >>> import pandas as pd
    >>> day = pd.Timestamp
    >>> people = pd.DataFrame(
    ...     {"person_id": ["a", "b"], "first_contact": day("2023-01-10"), "last_contact": day("2023-03-31")},
    ... )
    >>> events = pd.DataFrame({"person_id": ["a"], "on": [day("2022-12-01")], "kind": ["suspect"]})
    >>> result = pre_post(people, events, kinds=["suspect"], as_of="2023-12-31")
    >>> result.parts["classes"].table.set_index("class")["people"].to_dict()
    {'none_recorded': 1, 'desisted': 1, 'reduced': 0, 'unchanged': 0, 'increased': 0}
    """
    study = read_study(
        cohort, events, kinds=kinds, before=before, after=after, custody=custody, as_of=as_of,
        observed_from=observed_from, incomplete=incomplete, conf_level=conf_level,
    )  # fmt: skip
    counted = count_events(study)
    cells = grouped(counted.table)
    estimates = estimating.estimate(cells, conf_level)
    classes, periods = estimating.classes(cells), estimating.periods(cells, conf_level)
    method = _method(study, conf_level, estimates.signed_rank)
    what = of_kinds(study.kinds) + (" (mixed on request)" if len(study.kinds) > 1 else "")
    return Result(
        name="pre_post",
        title=f"{what[0].upper()}{what[1:]} before and after the programme",
        table=estimates.table,
        method=method,
        checks=checks(study, counted, cells, estimates),
        text=sentences(study, estimates.rows, classes, periods),
        count_columns=("n", "n_events"),
        wording=restate,
        parts={
            "classes": Result(
                "classes", f"People by change in {what}", estimating.class_table(classes), method,
                count_columns=("people",), shape="counts", figure="class_bars",
            ),
            "pairs": Result(
                "pairs", f"People by {what} before and after", estimating.pair_table(cells), method,
                count_columns=("people",), shape="sparse", figure="paired_bars",
            ),
            "exposure": Result(
                "exposure", f"{what[0].upper()}{what[1:]} per person-year at risk",
                estimating.exposure_table(periods), method,
                count_columns=("people", "events"), shape="counts", figure="rates",
            ),
        },
    )  # fmt: skip


def pre_post_counts(
    cohort: Cohort | Table | Frame,
    events: Table | Frame,
    *,
    kinds: Sequence[str],
    before: str = "all",
    after: str = "all",
    custody: Table | Frame | None = None,
    as_of: date | str | None = None,
    observed_from: date | str | None = None,
    incomplete: Incomplete = "drop",
) -> Table:
    """Return the table behind ``pre_post``, one row per person, in the engine.

    It holds people's rows: it is for analysis, and never for release.

    Parameters
    ----------
    cohort, events, kinds, before, after, custody, as_of, observed_from, incomplete
        As in ``pre_post``.

    Returns
    -------
    Table
        ``person_id, site, before, during, after`` (events), ``days_before, days_during, days_after`` (days at risk;
        ``days_before`` is missing where it is unknown), ``class``.

    Raises
    ------
    AnalysisError
        As ``pre_post``.
    """
    study = read_study(
        cohort, events, kinds=kinds, before=before, after=after, custody=custody, as_of=as_of,
        observed_from=observed_from, incomplete=incomplete,
    )  # fmt: skip
    return count_events(study).table


def _method(study: Study, conf_level: float, signed_rank: SignedRank) -> dict[str, Choice]:
    return {
        "design": "before and after the programme, without a comparison group",
        "kinds": list(study.kinds),
        "before": _window(study.before),
        "after": _window(study.after),
        "as_of": study.as_of.isoformat(),
        "observed_from": study.observed_from.isoformat() if study.observed_from else None,
        "boundaries": BOUNDARIES,
        "during": "kept apart: neither before nor after",
        "incomplete": study.incomplete,
        "custody": CUSTODY_RULE if study.custody is not None else "not given: every day counts as at risk",
        "events_in_custody": "left out with the day",
        "classes": "by counts, not by rates",
        "conf_level": conf_level,
        "days_per_year": DAYS_PER_YEAR,
        "share_desisted": "Wilson interval; of people with some before",
        "share_falling": "Clopper-Pearson interval; of people with any before or after",
        "sign_test": "exact binomial, two-sided; ties left out",
        "wilcoxon_signed_rank": {
            "zeros": "wilcox (dropped)",
            "zeros_dropped": "people whose count did not change",
            "ties": "midranks",
            "p_value": signed_rank.p_method,
            "exact_up_to": EXACT_RANKS_UP_TO,
        },
        "mcnemar_exact": "exact binomial, two-sided; Clopper-Pearson interval as odds",
        "rate_ratio_exact": {
            "given": "each person's own total over both windows",
            "p_value": "twice the smaller tail",
            "exact_up_to_events": EXACT_EVENTS_UP_TO,
        },
        "rate_ratio_robust": "Poisson GEE, log link, log days as offset, independence, no small-sample correction",
        "exposure": "exact Poisson (Garwood) intervals, which ignore clustering by person",
        "engine": study.people.engine.dialect,
        "versions": dict(_versions()),
    }


@cache
def _versions() -> tuple[tuple[str, str], ...]:
    """Return the packages the numbers come from; reading them from disk is slow."""
    return tuple((name, version(name)) for name in ("numpy", "pandas", "scipy"))


def _window(days: int | None) -> str:
    return "all" if days is None else f"{days} days"
