"""Recorded events before and after a programme: the published Champions design, and the same with equal windows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from functools import cache
from importlib.metadata import version
from typing import TYPE_CHECKING

import pandas as pd

from lvrn_eval.cohort.windows import AS_AFTER, CUSTODY_RULE, MIN_AGE
from lvrn_eval.offending import estimates as estimating
from lvrn_eval.offending.checks import checks
from lvrn_eval.offending.conditional import EXACT_EVENTS_UP_TO
from lvrn_eval.offending.counting import count_events, grouped, grouped_by
from lvrn_eval.offending.paired import EXACT_RANKS_UP_TO
from lvrn_eval.offending.rates import DAYS_PER_YEAR
from lvrn_eval.offending.restate import restate
from lvrn_eval.offending.sentences import named, notes, sentences
from lvrn_eval.offending.study import Anchor, Incomplete, Study, read_study
from lvrn_eval.result import Result, Sentence

if TYPE_CHECKING:
    from lvrn_eval.cohort.cohort import Cohort
    from lvrn_eval.engine import Frame, Table
    from lvrn_eval.offending.counting import Cells, Counted
    from lvrn_eval.offending.paired import SignedRank
    from lvrn_eval.result import Choice

SIDES = ("events_before", "events_after")
EXPOSURE = ["group", "period", "people", "events", "days_at_risk", "rate", "conf_low", "conf_high"]
BY_GROUP = (
    "The rows by {by} describe each group; that one excludes no change and another does not is no difference between "
    "them, which subgroup_changes tests."
)


def pre_post(
    cohort: Cohort | Table | Frame,
    events: Table | Frame,
    *,
    kinds: Sequence[str],
    where: str | None = None,
    before: str = "all",
    after: str = "all",
    before_anchor: Anchor = "first_contact",
    after_anchor: Anchor = "last_contact",
    washout: str = "0 days",
    custody: Table | Frame | None = None,
    min_age: int | None = MIN_AGE,
    as_of: date | str | None = None,
    observed_from: date | str | None = None,
    incomplete: Incomplete = "drop",
    by: str | None = None,
    known: Mapping[str, str] | None = None,
    conf_level: float = 0.95,
) -> Result:
    """Compare each person's recorded events before a programme with those after it.

    Without a comparison group this is the weakest tier of evidence: it cannot separate an effect of the programme
    from regression to the mean. The Result says so.

    Parameters
    ----------
    cohort
        A ``Cohort``, or one row per person with ``person_id``, the days of both anchors and, where there are such,
        ``site``, ``birth_month`` and the column of ``by``.
    events
        One row per recorded event: ``person_id``, ``on`` (date; a time of day is dropped), ``kind``. Events of other
        people may be in it.
    kinds
        The kinds of event to count. There is no default: kinds are mixed only on request, and other kinds these
        people have are named in a check.
    where
        A rule an event must meet besides its kind, in the language of ``Cohort.require``, such as ``"knife"`` or
        ``"offence = 'robbery'"``. Where a value it needs is missing, the event is not counted, and a check says how
        many.
    before, after
        ``"all"``: every day on record before the first anchor, and after the second (the published design); or a
        number of days such as ``"183 days"``; or, for ``before``, ``"as after"``: as many days of the calendar as that
        person's own window after.
    before_anchor, after_anchor
        The day (``referred_on``, ``first_contact`` or ``last_contact``) before which before ends, and after which
        after begins. Both days, and those between, are during and kept apart: with the default that is the programme.
        With ``after_anchor="first_contact"`` time in the programme counts as after (intention to treat). People
        without the day are refused.
    washout
        So many days directly before ``before_anchor`` count nowhere: the event that led to a referral is not before.
        A check counts the events in them.
    custody
        One row per spell: ``person_id``, ``starts_on``, ``ends_on`` (missing while it goes on). Spells that share a
        day are one. The days strictly between reception and release are not days at risk; events on them are left out
        with the day. A spell without a release goes on through ``as_of``.
    min_age
        Where the people have a ``birth_month``, days under this age (10: that of criminal responsibility in England
        and Wales) are not at risk either. Only the month is known, so a person is of age from the first day of the
        month of that birthday; where it is missing, all days count. None: age is not looked at.
    as_of
        The last day the records cover, included. The cohort's own by default.
    observed_from
        The first day the records cover, included. The cohort's own by default. With ``before="all"`` and none stated,
        the days before are unknown: counts and classes are given, rates are missing.
    incomplete
        What happens to people whose window of a fixed length is cut by ``as_of`` or ``observed_from``: ``"drop"``
        leaves them out; ``"rate"`` keeps them with the days they have; ``"model"`` keeps them so in the rates and rate
        ratios, where days at risk are the offset, and leaves them out of the classes, the pairs and every estimate
        that compares counts. With ``"all"`` no window is incomplete.
    by
        A column of the people: the estimates are also given for each of its groups. It must have been known when after
        began; one that was not, such as having completed, is refused (immortal time). Whether groups differ is tested
        by ``subgroup_changes``.
    known
        For the column of ``by``, the people's column of dates on which it was known, or ``"start"``.
    conf_level
        Confidence level of all intervals, between 0 and 1.

    Returns
    -------
    Result
        ``table`` has ``term, group, estimate, std_error, conf_low, conf_high, conf_level, p_value, n, n_events,
        measure, interval, events_before, events_after``, one row per term, and of each group of ``by``; the last two
        are given beside rate ratios. What cannot be estimated is missing (NaN), and a check says why; a ratio
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
        per person-year, its interval Garwood's, which ignores that some people have many events); with ``by`` also
        ``exposure_by_group`` (``group`` and the same).

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
        cohort, events, kinds=kinds, where=where, before=before, after=after, before_anchor=before_anchor,
        after_anchor=after_anchor, washout=washout, custody=custody, min_age=min_age, as_of=as_of,
        observed_from=observed_from, incomplete=incomplete, by=by, known=known, conf_level=conf_level,
    )  # fmt: skip
    return compare(study, count_events(study), conf_level)


def compare(study: Study, counted: Counted, conf_level: float) -> Result:
    """Return the comparison of counts that are there already."""
    cells = grouped(counted.table)
    whole = grouped(counted.table, whole=True) if study.incomplete == "model" else cells
    estimates = estimating.estimate(cells, conf_level, whole)
    classes, periods = estimating.classes(whole), estimating.periods(cells, conf_level)
    method = _method(study, conf_level, estimates.signed_rank)
    what = named(study) + (" (mixed on request)" if len(study.kinds) > 1 else "")
    groups = _Groups(study, counted, conf_level)
    return Result(
        name="pre_post",
        title=f"{what[0].upper()}{what[1:]} before and after the programme",
        table=pd.concat([_with_sides(estimates.table, cells), *groups.estimates], ignore_index=True),
        method=method,
        checks=checks(study, counted, cells, estimates),
        text=(*sentences(study, estimates.rows, classes, periods), *groups.sentences),
        count_columns=("n", "n_events", *SIDES),
        wording=restate,
        parts={
            "classes": Result(
                "classes", f"People by change in {what}",
                pd.concat([estimating.class_table(classes), *groups.classes], ignore_index=True), method,
                count_columns=("people",), shape="counts", figure="class_bars",
            ),
            "pairs": Result(
                "pairs", f"People by {what} before and after", estimating.pair_table(whole), method,
                count_columns=("people",), shape="sparse", figure="paired_bars",
            ),
            "exposure": Result(
                "exposure", f"{what[0].upper()}{what[1:]} per person-year at risk",
                estimating.exposure_table(periods), method,
                count_columns=("people", "events"), shape="counts", figure="rates",
            ),
            **groups.parts(f"{what[0].upper()}{what[1:]} per person-year at risk, by {study.by}", method),
        },
    )  # fmt: skip


def _with_sides(table: pd.DataFrame, cells: Cells) -> pd.DataFrame:
    """Return the estimates with all events of either side beside the rate ratios, which would tell them."""
    of_rates = table["measure"] == "rate ratio"
    totals = zip(SIDES, (cells.before, cells.after), strict=True)
    counts = {
        name: pd.Series(int(cells.total(values)), table.index, "Int64").where(of_rates) for name, values in totals
    }
    return table.assign(**counts)


class _Groups:
    """The same tables for each group; nothing without groups."""

    def __init__(self, study: Study, counted: Counted, conf_level: float) -> None:
        self.by, self.conf_level = study.by, conf_level
        self.cells: dict[str, Cells] = {} if study.by is None else grouped_by(counted.table)
        of_whole = study.by is not None and study.incomplete == "model"
        self.whole = grouped_by(counted.table, whole=True) if of_whole else self.cells

    @property
    def estimates(self) -> list[pd.DataFrame]:
        """The rows of each group."""
        return [
            _with_sides(estimating.estimate(cells, self.conf_level, self._whole(name)).table, cells).assign(group=name)
            for name, cells in self.cells.items()
        ]

    @property
    def classes(self) -> list[pd.DataFrame]:
        """The classes of each group."""
        return [estimating.class_table(estimating.classes(self._whole(name)), name) for name in self.cells]

    @property
    def sentences(self) -> list[Sentence]:
        """What may not be read from the groups."""
        return [Sentence(BY_GROUP.format(by=self.by))] if self.by is not None else []

    def parts(self, title: str, method: Mapping[str, Choice]) -> dict[str, Result]:
        """Return the days at risk of each group."""
        if self.by is None:
            return {}
        tables = [
            estimating.exposure_table(estimating.periods(cells, self.conf_level)).assign(group=name)
            for name, cells in self.cells.items()
        ]
        table = pd.concat(tables, ignore_index=True) if tables else pd.DataFrame(columns=EXPOSURE)
        part = Result(
            "exposure_by_group", title, table[EXPOSURE], method, count_columns=("people", "events"), shape="counts"
        )
        return {"exposure_by_group": part}

    def _whole(self, name: str) -> Cells:
        """Return the people of a group with whole windows, of whom there may be none."""
        return self.whole.get(name) or self.cells[name].none()


def pre_post_counts(
    cohort: Cohort | Table | Frame,
    events: Table | Frame,
    *,
    kinds: Sequence[str],
    where: str | None = None,
    before: str = "all",
    after: str = "all",
    before_anchor: Anchor = "first_contact",
    after_anchor: Anchor = "last_contact",
    washout: str = "0 days",
    custody: Table | Frame | None = None,
    min_age: int | None = MIN_AGE,
    as_of: date | str | None = None,
    observed_from: date | str | None = None,
    incomplete: Incomplete = "drop",
    by: str | None = None,
    known: Mapping[str, str] | None = None,
) -> Table:
    """Return the table behind ``pre_post``, one row per person, in the engine.

    It holds people's rows: it is for analysis, and never for release.

    Parameters
    ----------
    cohort, events
        As in ``pre_post``, like every other argument.

    Returns
    -------
    Table
        ``person_id, site, before, during, after`` (events), ``days_before, days_during, days_after`` (days at risk;
        ``days_before`` is missing where it is unknown), ``class``, ``whole`` (whether both windows have the days asked
        for), ``group`` (the value of ``by``, or ``all``).

    Raises
    ------
    AnalysisError
        As ``pre_post``.
    """
    study = read_study(
        cohort, events, kinds=kinds, where=where, before=before, after=after, before_anchor=before_anchor,
        after_anchor=after_anchor, washout=washout, custody=custody, min_age=min_age, as_of=as_of,
        observed_from=observed_from, incomplete=incomplete, by=by, known=known,
    )  # fmt: skip
    return count_events(study).table


def _method(study: Study, conf_level: float, signed_rank: SignedRank) -> dict[str, Choice]:
    return {
        "design": "before and after the programme, without a comparison group",
        **window_choices(study),
        "events_in_custody": "left out with the day",
        "by": study.by,
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


def window_choices(study: Study) -> dict[str, Choice]:
    """Return what was counted, and on which days, by name."""
    windows = study.windows
    age = (
        "not looked at"
        if study.min_age is None
        else f"days before the first of the month of the birthday at {study.min_age} are not at risk"
    )
    return {
        "kinds": list(study.kinds),
        "where": None if study.where is None else study.where.text,
        "before": AS_AFTER if windows.as_after else _window(windows.before),
        "after": _window(windows.after),
        "before_anchor": windows.before_anchor,
        "after_anchor": windows.after_anchor,
        "washout": _window(windows.washout),
        "as_of": windows.as_of.isoformat(),
        "observed_from": windows.observed_from.isoformat() if windows.observed_from else None,
        "boundaries": windows.boundaries,
        "during": "kept apart: neither before nor after",
        "incomplete": study.incomplete,
        "custody": CUSTODY_RULE if study.custody is not None else "not given: every day counts as at risk",
        "age": age,
        "notes": list(notes(study)),
    }


@cache
def _versions() -> tuple[tuple[str, str], ...]:
    """Return the packages the numbers come from; reading them from disk is slow."""
    return tuple((name, version(name)) for name in ("numpy", "pandas", "scipy"))


def _window(days: int | None) -> str:
    return "all" if days is None else f"{days} days"
