"""How much of a before/after change would be expected with no effect at all, in four ways."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date
from functools import cache
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

from lvrn_eval.cohort.windows import CUSTODY_RULE, MIN_AGE, read_washout, read_window
from lvrn_eval.errors import AnalysisError, Fault
from lvrn_eval.offending import regression_to_mean_ways as ways_of
from lvrn_eval.offending.kernels.gamma_poisson import fit
from lvrn_eval.offending.regression_to_mean_checks import checks
from lvrn_eval.offending.regression_to_mean_counts import Rule, count_pool, count_selected
from lvrn_eval.offending.regression_to_mean_simulation import simulate
from lvrn_eval.offending.regression_to_mean_words import sentences
from lvrn_eval.offending.study import Anchor, Study, read_study
from lvrn_eval.phrases import listed, of_kinds
from lvrn_eval.result import Result

if TYPE_CHECKING:
    from lvrn_eval.cohort.cohort import Cohort
    from lvrn_eval.engine import Frame, Table
    from lvrn_eval.result import Choice

FEWEST_DRAWS = 200
MOST_DRAWS = 20_000


def regression_to_mean(
    cohort: Cohort | Table | Frame,
    events: Table | Frame,
    *,
    kinds: Sequence[str],
    window: str = "183 days",
    washout: str = "30 days",
    least_before: int = 1,
    rule_kinds: Sequence[str] | None = None,
    pool: Table | Frame | None = None,
    before_anchor: Anchor = "first_contact",
    after_anchor: Anchor = "last_contact",
    custody: Table | Frame | None = None,
    min_age: int | None = MIN_AGE,
    as_of: date | str | None = None,
    observed_from: date | str | None = None,
    draws: int = 2_000,
    seed: int = 2024,
    conf_level: float = 0.95,
) -> Result:
    """Say how much of a change before and after would be expected with no effect, and what is left of it.

    People are selected when their record is bad, and a bad record is partly chance, so records improve whatever is
    done. Four ways tell by how much; where they agree in kind, one may lean on them a little. None of them tells an
    effect of the programme from anything else that changed in these people's lives.

    Parameters
    ----------
    cohort
        A ``Cohort``, or one row per person with ``person_id`` and the two anchors (dates).
    events
        One row per recorded event: ``person_id``, ``on``, ``kind``. Those of the pool are in it too.
    kinds
        The kinds of event to count.
    window
        Days compared on either side, as ``"183 days"``.
    washout
        Days directly before ``before_anchor`` that are not taken for a person's usual record: they must reach back to
        the event that caused the referral. Shorter than the window.
    least_before
        The fewest events of ``rule_kinds`` on record before ``before_anchor`` that got a person into the study; 0
        where there was no such rule.
    rule_kinds
        The kinds of event the rule looked at; ``kinds`` when not given, and all of those must be among them.
    pool
        One row per person who was not selected: ``person_id`` and, where ``min_age`` is to apply, ``birth_month``. Each
        gets the anchors of somebody who was, in the order of a hash of id and ``seed``; those who did not meet the rule
        by then are left out.
    before_anchor, after_anchor, custody, min_age, as_of, observed_from
        As in ``pre_post``; ``observed_from`` must be known. Windows cut by the records count with the days they have.
    draws
        How many studies are simulated.
    seed
        Of the simulation, and of the order of the pool.
    conf_level
        Level of all intervals.

    Returns
    -------
    Result
        ``table`` with the columns of every table of estimates, ``measure`` and ``interval``. For each way (``group``)
        three rate ratios, with ``std_error`` on the scale of logarithms: ``naive`` (after over the ``window`` days
        before the anchor, as recorded), ``expected`` (the same with no effect) and ``left`` (recorded over expected).
        ``n`` are people, ``n_events`` the events the last rests on.

        ============== =============================================== ===============================================
        group          expected with no effect                         people
        ============== =============================================== ===============================================
        model          each person's rate given the count before the   everybody
                       washout and the rule, gamma-Poisson
        earlier_window the rate in the window before that one          who met the rule whatever happened in it
        simulation     the median of studies of the same people, days  everybody
                       and rule in which nothing changes (``left``
                       goes by the before window)
        pool           the washout's part, and the change of people    who met the rule whatever happened in the
                       who were not selected                           before window, in both groups
        ============== =============================================== ===============================================

        The rows ``share_falling`` hold the share of people with fewer events after than before, of those with any:
        ``recorded`` and in the ``simulation`` (the mean and the range of the middle of studies).

        ``parts["stretches"]`` has events and days at risk in the earlier window, the before window, the washout and
        the after window.

    Raises
    ------
    AnalysisError
        Listing everything wrong with the choices, then with the tables, with counts and never a value.

    Notes
    -----
    *Model.* Rates are gamma, events Poisson. The likelihood of a person's counts in the before and the after window is
    that given the rule was met, from events in the before window or on the rest of the days before. People for whom it
    was met elsewhere (in the washout, by other kinds), or in part, have mean rates of their own, since whoever is
    referred for an event tends to have a higher rate. ``left`` is recorded over expected nearly, and exactly with equal
    windows and no rule. *Earlier window* and *pool* leave out whoever met the rule only through the window they
    look at, and then need no model of how rates differ. *Simulation* gives the sampling variation of the whole ratio,
    with parameters drawn from what the fit knows of them.

    All take a person's rate as steady but for chance. A crisis that began before the washout breaks the model, the
    simulation and the pool, and leaves the earlier window alone if it lasted no longer than one window; growing older
    breaks all but the pool.

    *Validated against* R's ``optim``, ``integrate`` and ``MASS::glm.nb``, exact probabilities worked by hand, and
    simulation of what the intervals cover (tests/offending, tests/coverage, docs/explanation).

    References
    ----------
    Hauer (1997), Observational Before-After Studies in Road Safety, for the empirical Bayes expectation.

    Examples
    --------
    >>> import numpy as np, pandas as pd
    >>> rng = np.random.default_rng(1)
    >>> day = pd.Timestamp("2020-01-01") + pd.to_timedelta(rng.integers(0, 1826, 400), unit="D")
    >>> events = pd.DataFrame({"person_id": rng.integers(0, 80, 400), "on": day, "kind": "suspect"})
    >>> people = pd.DataFrame({"person_id": range(80), "first_contact": pd.Timestamp("2024-01-01")})
    >>> people["last_contact"] = pd.Timestamp("2024-05-01")
    >>> result = regression_to_mean(
    ...     people, events, kinds=["suspect"], as_of="2024-12-31", observed_from="2020-01-01", least_before=0, draws=200
    ... )
    >>> bool(result.row("left", "model")["conf_low"] < 1 < result.row("left", "model")["conf_high"])
    True
    """
    rule = _rule(kinds, rule_kinds, least_before)
    study = _study(
        cohort, events, rule, draws, seed, kinds=kinds, before=window, after=window, washout=washout, custody=custody,
        before_anchor=before_anchor, after_anchor=after_anchor, min_age=min_age, as_of=as_of,
        observed_from=observed_from, conf_level=conf_level,
    )  # fmt: skip
    found, windows = count_selected(study, rule)
    others = None if pool is None else count_pool(study, rule, windows, pool, seed)
    cells = found.cells
    fitted = fit(cells.histories, conf_level)
    studies = None if fitted is None else simulate(cells, fitted, draws, seed)
    ways = [
        ways_of.by_model(cells, fitted, conf_level),
        ways_of.by_earlier_window(cells, conf_level),
        ways_of.by_simulation(cells, studies, conf_level),
        *([] if others is None else [ways_of.by_pool(cells, others.cells, conf_level)]),
    ]
    rows = [*ways_of.rows_of(ways, conf_level), *ways_of.falling_rows(cells, studies, conf_level)]
    what, method = of_kinds(study.kinds), _method(study, rule, draws, seed, conf_level)
    result = Result(
        name="regression_to_mean",
        title=f"{what[0].upper()}{what[1:]}: the recorded change, the change expected with no effect, and what is left",
        table=ways_of.table_of(rows),
        method=method,
        checks=checks(study, found, fitted, ways, others, conf_level),
        count_columns=("n", "n_events"),
        figure="regression_to_mean",
        wording=sentences,
        parts={
            "stretches": Result(
                "stretches", f"{what[0].upper()}{what[1:]} in each stretch of days",
                ways_of.stretches(cells, conf_level), method, count_columns=("people", "events"), shape="counts",
            ),
        },
    )  # fmt: skip
    return replace(result, text=sentences(result))


def _rule(kinds: Sequence[str], rule_kinds: Sequence[str] | None, least: int) -> Rule:
    given = kinds if rule_kinds is None else rule_kinds
    return Rule(() if isinstance(given, str) else tuple(dict.fromkeys(given)), least)


def _study(
    cohort: Cohort | Table | Frame, events: Table | Frame, rule: Rule, draws: int, seed: int, *,
    kinds: Sequence[str], before: str, washout: str, **choices: Any,
) -> Study:  # fmt: skip
    """Read the study, telling of our own choices together with those every comparison has."""
    faults = [*_window_faults(before, washout), *_rule_faults(rule, kinds), *_draw_faults(draws, seed)]
    observed_from = choices["observed_from"] or getattr(cohort, "observed_from", None)
    if observed_from is None:
        what, fix = "is not known", "say how far back the records go: whether the rule was met depends on it"
        faults.append(Fault("observed_from", what, fix))
    try:
        study = read_study(cohort, events, kinds=kinds, before=before, washout=washout, incomplete="rate", **choices)
    except AnalysisError as error:
        if faults:
            raise AnalysisError(error.summary, [*error.faults, *faults]) from None
        raise
    if faults:
        raise AnalysisError("the question cannot be answered as asked", faults)
    return study


def _window_faults(window: str, washout: str) -> Iterator[Fault]:
    days, out = read_window(window, "window"), read_washout(washout)
    if days is None:
        yield Fault("window", "'all' is not a length", 'write a number of days, as in "183 days"')
    elif isinstance(days, int) and isinstance(out, int) and out >= days:
        yield Fault("washout", "is as long as the window", "state one shorter than the window")


def _rule_faults(rule: Rule, kinds: Sequence[str]) -> Iterator[Fault]:
    if not isinstance(rule.least, int) or isinstance(rule.least, bool) or rule.least < 0:
        yield Fault("least_before", "is not a whole number of events", "write 1, or 0 where there was no such rule")
    if not rule.kinds or not all(isinstance(kind, str) for kind in rule.kinds):
        yield Fault("rule_kinds", "is not a list of kinds of event", 'name at least one, as in rule_kinds=["suspect"]')
    elif not isinstance(kinds, str) and (outside := [kind for kind in kinds if kind not in rule.kinds]):
        what = f"{listed([repr(kind) for kind in outside])} is counted, but the rule is not said to have looked at it"
        yield Fault(
            "rule_kinds", what, "name all kinds the rule looked at; if it looked at none, least_before=0 will do"
        )


def _draw_faults(draws: int, seed: int) -> Iterator[Fault]:
    if not isinstance(draws, int) or not FEWEST_DRAWS <= draws <= MOST_DRAWS:
        yield Fault("draws", f"is not a whole number from {FEWEST_DRAWS} to {MOST_DRAWS:,}", "write 2000")
    if not isinstance(seed, int) or isinstance(seed, bool) or seed < 0:
        yield Fault("seed", "is not a whole number, 0 or more", "write 2024")


def _method(study: Study, rule: Rule, draws: int, seed: int, conf_level: float) -> dict[str, Choice]:
    windows = study.windows
    return {
        "design": "before and after the programme, without a comparison group",
        "kinds": list(study.kinds),
        "window": f"{windows.before} days",
        "washout": f"{windows.washout} days",
        "rule": {"least_before": rule.least, "kinds": list(rule.kinds)},
        "before_anchor": windows.before_anchor,
        "after_anchor": windows.after_anchor,
        "as_of": windows.as_of.isoformat(),
        "observed_from": windows.observed_from.isoformat() if windows.observed_from else None,
        "boundaries": windows.boundaries,
        "incomplete": "windows cut by the records count with the days they have",
        "custody": CUSTODY_RULE if study.custody is not None else "not given: every day counts as at risk",
        "min_age": study.min_age,
        "naive": "Poisson GEE of the window directly before the anchor, the washout included, and after",
        "model": "gamma-Poisson, likelihood given that the rule was met; profile-likelihood interval",
        "earlier_window": "Poisson GEE, people who met the rule whatever happened in that window",
        "simulation": {"studies": draws, "parameters": "drawn from the normal approximation to the fit"},
        "pool": "anchors of the selected in the order of md5 of person_id and seed",
        "seed": seed,
        "conf_level": conf_level,
        "engine": study.people.engine.dialect,
        "versions": dict(_versions()),
    }


@cache
def _versions() -> tuple[tuple[str, str], ...]:
    """Return the packages the numbers come from; reading them from disk is slow."""
    return tuple((name, version(name)) for name in ("numpy", "pandas", "scipy"))
