"""The self-controlled case series: a person's events in and after a programme, against the same person's baseline."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from functools import cache
from importlib.metadata import version
from typing import TYPE_CHECKING

from lvrn_eval.cohort.windows import CUSTODY_RULE, MIN_AGE
from lvrn_eval.designs import case_series_tables as tables
from lvrn_eval.designs.case_series_cells import PROBE_DAYS, material
from lvrn_eval.designs.case_series_checks import AT_THE_END, BY_MONTH, PRE_REFERRAL, RARE, checks
from lvrn_eval.designs.case_series_choices import NONE, Series, read_series
from lvrn_eval.designs.case_series_fit import Model, model
from lvrn_eval.designs.case_series_words import restate, sentences
from lvrn_eval.phrases import of_kinds
from lvrn_eval.result import Result

if TYPE_CHECKING:
    from lvrn_eval.cohort.cohort import Cohort
    from lvrn_eval.engine import Frame, Table
    from lvrn_eval.result import Choice


def case_series(
    cohort: Cohort | Table | Frame,
    events: Table | Frame,
    *,
    kinds: Sequence[str],
    pre_referral: str | None = None,
    programme_cuts: Sequence[str] = (),
    after_cuts: Sequence[str] = (),
    age_bands: Sequence[int] = (),
    calendar_bands: Sequence[date | str] = (),
    first_event: bool = False,
    custody: Table | Frame | None = None,
    min_age: int | None = MIN_AGE,
    observed_from: date | str | None = None,
    as_of: date | str | None = None,
    where: str | None = None,
    conf_level: float = 0.95,
) -> Result:
    """Compare each person's rate of recorded events in and after a programme with the same person's rate before.

    Only people with an event say anything, and only about when their events fall: whatever stays the same about a
    person cancels. An offence can be the reason for a referral, which would put it into the baseline and make any
    programme look good; so a window before the referral is kept apart, and there is no default for it.

    Parameters
    ----------
    cohort
        A ``Cohort``, or one row per person with ``person_id``, ``first_contact``, ``last_contact`` (dates) and
        ``referred_on``; for ``age_bands`` also ``birth_month``, a day in the month of birth.
    events
        One row per recorded event: ``person_id``, ``on``, ``kind``. Events of other people may be in it.
    kinds
        The kinds of event to count.
    pre_referral
        The window kept apart, such as ``"90 days"``: so many days that end with the day of referral (at the latest
        the day before the first contact). ``"none"`` declares that events do not bring about referrals; then the
        baseline goes up to the day before the first contact. Nothing else is taken for granted: None is refused.
    programme_cuts, after_cuts
        Lengths after which a new band begins, counted from the first day of the period: ``["91 days"]`` cuts the
        programme into days 1 to 91 and day 92 on.
    age_bands
        Whole ages at which a new band begins, by the first day of the month of birth: ``[16, 18]`` gives under 16, 16
        to 17, and 18 and over.
    calendar_bands
        Days on which a new band begins.
    first_event
        Whether only each person's first event in the days observed counts. Else every event counts.
    custody
        One row per spell, as for ``pre_post``: the days strictly between reception and release are not days at risk.
    min_age
        Years under which days are not observed, where people have ``birth_month``; somebody whose month is unknown is
        taken to be of age. None observes every day.
    observed_from, as_of
        First and last day of the records, both included; the cohort's own by default.
    where
        A rule about the columns of ``events`` that events must meet as well, such as ``"offence = 'robbery'"``.
    conf_level
        Confidence level of all intervals.

    Returns
    -------
    Result
        ``table``, a row per period and band but the references: the columns of every table of estimates on the log
        scale (``std_error`` robust to a person's events going together; with ``first_event`` model-based), then
        ``ratio``, ``ratio_low``, ``ratio_high``, ``statistic`` (Wald's z), ``std_error_model``,
        ``std_error_robust``, ``measure``, ``variable``, ``label``, ``level``, ``reference``, ``n_with_event``,
        ``n_reference``, ``n_events_reference``. ``n`` is people with a day at risk there, of those who inform the
        series, and ``n_events`` their events there. Where nobody has an event the ratio is 0, without an interval; a
        check says so.

        Periods: ``pre_referral``; ``waiting`` (after the day of referral, up to the day before the first contact);
        ``programme`` (first to last contact); ``after``; with cuts ``programme from day 1``, ``programme from day 92``
        and so on. The baseline is every other day before. Ages and calendar time are held against the band with the
        most events.

        ``parts["categories"]``: ``variable, category, n, n_events, days_at_risk`` of every period and band.

        ``checks`` begin with what the design rests on: ``events_rare_or_independent``, ``pre_referral_rate``,
        ``end_of_observation``, ``time_modelled``. ``passed`` is None where it cannot be judged.

    Raises
    ------
    AnalysisError
        Listing everything wrong with the choices or the tables, with counts and never a value; when nobody informs the
        series, nobody has an event in the baseline, or bands cannot be told apart within people.
    RuleError
        When ``where`` is not a rule about events.

    Notes
    -----
    The Poisson likelihood given each person's number of events: these fall on the person's stretches of time in
    proportion to days at risk times the ratio. Newton's method with exact derivatives; the sandwich over people has no
    small-sample correction. Farrington, C. P. (1995), Biometrics 51, 228-235; Whitaker, H. J. and others (2006),
    Statistics in Medicine 25, 1768-1797. The limits of the four checks are those of a public implementation for
    health-care data (OHDSI SelfControlledCaseSeries).

    *Validated against* the published example of 10 children with meningitis (Whitaker and others), R's ``gnm``, ``glm``
    with an effect for each person, ``sandwich::vcovCL`` and ``survival::clogit``, on people taken apart day by day
    (``tests/designs``).

    Examples
    --------
    >>> import pandas as pd
    >>> day = pd.Timestamp
    >>> people = pd.DataFrame({"person_id": ["a", "b"], "referred_on": day("2022-01-01"),
    ...                        "first_contact": day("2022-01-02"), "last_contact": day("2022-06-30")})
    >>> on = [day("2020-05-01"), day("2021-12-20"), day("2022-03-01"), day("2021-02-01"), day("2022-09-01")]
    >>> events = pd.DataFrame({"person_id": list("aaabb"), "on": on, "kind": "suspect"})
    >>> result = case_series(people, events, kinds=["suspect"], pre_referral="30 days",
    ...                      observed_from="2020-01-01", as_of="2022-12-31")
    >>> result.table.set_index("term")["ratio"].round(2).to_dict()
    {'pre_referral': 11.7, 'waiting': nan, 'programme': 1.95, 'after': 1.91}
    """
    series = read_series(
        cohort, events, kinds=kinds, pre_referral=pre_referral, programme_cuts=programme_cuts, after_cuts=after_cuts,
        age_bands=age_bands, calendar_bands=calendar_bands, first_event=first_event, custody=custody, min_age=min_age,
        observed_from=observed_from, as_of=as_of, where=where, conf_level=conf_level,
    )  # fmt: skip
    found = material(series)
    fitted = model(found)
    rows = tables.rows(fitted, conf_level=conf_level, robust=not series.first_event)
    checked = checks(series, found, fitted)
    method = _method(series, fitted, conf_level)
    what = of_kinds(series.kinds)
    return Result(
        name="case_series",
        title=f"Incidence ratios of {what} within people, against the baseline",
        table=tables.estimates(rows),
        method=method,
        checks=checked,
        text=sentences(series, found, fitted, rows, checked),
        count_columns=tables.COUNTS,
        parts={
            "categories": Result(
                "case_series_categories", f"People, {what} and days at risk by period and band",
                tables.categories(fitted), method, count_columns=("n", "n_events"), shape="counts",
            ),
        },
        figure="forest",
        wording=restate,
    )  # fmt: skip


def _method(series: Series, fitted: Model, conf_level: float) -> dict[str, Choice]:
    robust = not series.first_event
    window = series.pre_referral
    return {
        "design": "self-controlled case series, without a comparison group",
        "estimator": "conditional Poisson, given each person's number of events",
        "person": "person_id",
        "kinds": list(series.kinds),
        "where": None if series.rule is None else series.rule.text,
        "pre_referral": f"declared {NONE}" if window is None else f"{window} days that end with the day of referral",
        "programme_cuts": [f"{days} days" for days in series.programme_cuts],
        "after_cuts": [f"{days} days" for days in series.after_cuts],
        "age_bands": list(series.age_bands),
        "calendar_bands": [day.isoformat() for day in series.calendar_bands],
        "first_event": series.first_event,
        "min_age": series.min_age,
        "observed_from": series.observed_from.isoformat(),
        "as_of": series.as_of.isoformat(),
        "reference": {"period": "baseline", "bands": "the one with the most events"},
        "std_error": "robust: sandwich over people" if robust else "model: inverse information",
        "interval": "estimate ± z standard errors, on the log scale",
        "conf_level": conf_level,
        "custody": CUSTODY_RULE if series.custody is not None else "not given: every day counts as at risk",
        "limits_of_checks": {
            "rare": RARE, "pre_referral": list(PRE_REFERRAL), "end_of_observation": list(AT_THE_END),
            "probe_days": PROBE_DAYS, "months": BY_MONTH,
        },
        "log_likelihood": fitted.fit.log_likelihood,
        "null_log_likelihood": fitted.fit.null_log_likelihood,
        "engine": series.people.engine.dialect,
        "versions": dict(_versions()),
    }  # fmt: skip


@cache
def _versions() -> tuple[tuple[str, str], ...]:
    """Return the packages the numbers come from; reading them from disk is slow."""
    return tuple((name, version(name)) for name in ("numpy", "pandas", "scipy"))
