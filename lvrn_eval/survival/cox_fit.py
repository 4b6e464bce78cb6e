"""Fitting a Cox model, and what is wrong when it cannot be fitted, by the names of the terms."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Literal, TypeAlias

import numpy as np

from lvrn_eval.errors import AnalysisError, Fault
from lvrn_eval.survival.cox_data import Sample
from lvrn_eval.survival.inputs import refuse
from lvrn_eval.survival.kernels import cox as kernel
from lvrn_eval.survival.kernels import firth, residuals
from lvrn_eval.survival.kernels.cluster_score import score_by_person
from lvrn_eval.survival.kernels.concordance import Pairs, pairs
from lvrn_eval.survival.kernels.information import dependent
from lvrn_eval.survival.kernels.interval import critical_value

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from lvrn_eval.result import Result
    from lvrn_eval.survival.kernels.tally import Floats

Ties: TypeAlias = Literal["efron", "breslow"]
Penalty: TypeAlias = Literal["firth"]

FEW_EVENTS_FOR_A_TERM = 10


@dataclass(frozen=True, eq=False, repr=False)
class CoxFit:
    """A fitted Cox model. It holds people's rows, so it stays where they are; its ``result`` does not hold any.

    Attributes
    ----------
    sample
        The rows, and the formula as worked out on them.
    ties, penalty, conf_level
        As chosen.
    beta
        Coefficients (log hazard ratios), shape ``(n_terms,)``.
    covariance
        Of ``beta``, robust where there are clusters or weights; shape ``(n_terms, n_terms)``.
    model_covariance
        The inverse information, whatever is reported.
    log_likelihood
        Without the terms, and with them; penalised with Firth's penalty.
    limits, statistic, p_value
        Of the coefficients: from the covariance, or with Firth's penalty from the profile of the likelihood (then
        ``statistic`` is the signed root of chi-square).
    score_test
        Chi-square of the score test of no effects.
    iterations
        How often the likelihood was evaluated.
    """

    sample: Sample
    ties: Ties
    penalty: Penalty | None
    conf_level: float
    beta: Floats
    covariance: Floats
    model_covariance: Floats
    log_likelihood: tuple[float, float]
    limits: Floats
    statistic: Floats
    p_value: Floats
    score_test: float
    iterations: int

    @property
    def robust(self) -> bool:
        """Whether ``covariance`` is the sandwich."""
        return self.sample.cluster is not None or self.sample.weight is not None

    @property
    def std_error(self) -> Floats:
        """Standard errors of the coefficients, shape ``(n_terms,)``."""
        return np.asarray(np.sqrt(np.diag(self.covariance)))

    @cached_property
    def linear_predictor(self) -> Floats:
        """The log of each row's hazard against that of the mean covariates, shape ``(n_rows,)``; 0 if never at risk."""
        return self.sample.rows.restore(self._linear)

    @cached_property
    def _linear(self) -> Floats:
        """The same of the kept rows, added up term by term: equal covariates give equal values to the last bit."""
        total = np.zeros(self.sample.rows.n_kept)
        term = np.empty_like(total)
        for one, column in zip(self.beta, self.sample.rows.x, strict=True):
            total += np.multiply(column, one, out=term)
        return total

    @cached_property
    def pairs(self) -> Pairs:
        """Pairs of rows whose order in time agrees, or not, with the fitted hazard."""
        rows = self.sample.rows
        event = np.zeros(rows.n_kept, bool)
        event[rows.event_rows] = True
        # a row's moment says all that its time does, and needs no look back at the data
        moment, entry, stratum = rows.moment, None if rows.entered is None else rows.entered - 1, None
        if rows.first_moment.size > 1:
            stratum = np.searchsorted(rows.first_moment, moment, side="right") - 1
            first = rows.first_moment[stratum]
            moment = moment - first
            entry = None if entry is None else np.maximum(entry - first, -1)
        return pairs(moment, event, self._linear, entry=entry, stratum=stratum, weight=rows.weight)

    @cached_property
    def result(self) -> Result:
        """What may leave: tables, checks and sentences, with no person's row."""
        from lvrn_eval.survival.cox_tables import result

        return result(self)


def fit_sample(
    function: str,
    sample: Sample,
    ties: Ties,
    penalty: Penalty | None,
    conf_level: float,
) -> CoxFit:
    """Fit a Cox model to rows that have been read.

    Raises
    ------
    AnalysisError
        When there is no estimate, with the terms that are the cause.
    """
    if penalty == "firth":
        return _firth(function, sample, ties, conf_level)
    refuse(function, _no_events_within(sample))
    try:
        found = kernel.fit(sample.rows, ties)
    except kernel.Singular as singular:
        refuse(function, _without_information(sample, singular.terms, ties))
        raise
    refuse(function, _infinite(sample, found.infinite))
    if not found.converged:
        raise AnalysisError(
            f"{function}: the likelihood had not reached its maximum after {found.iterations} evaluations; check terms "
            "of very different size, or with a few extreme values",
        )
    covariance = found.covariance
    if sample.weight is not None:
        score = residuals.score(sample.rows, found.beta, ties)
        covariance = residuals.robust_covariance(score, found.covariance, sample.cluster)
    elif sample.cluster is not None:
        score = score_by_person(sample.rows, found.beta, sample.cluster, int(sample.cluster.max()) + 1, ties)
        covariance = residuals.robust_covariance(score, found.covariance)
    error = np.sqrt(np.diag(covariance))
    away = critical_value(conf_level) * error
    return CoxFit(
        sample=sample,
        ties=ties,
        penalty=None,
        conf_level=conf_level,
        beta=found.beta,
        covariance=covariance,
        model_covariance=found.covariance,
        log_likelihood=(found.null.log_likelihood, found.log_likelihood),
        limits=np.stack([found.beta - away, found.beta + away]),
        statistic=found.beta / error,
        p_value=two_sided(found.beta / error),
        score_test=found.null.decrement,
        iterations=found.iterations,
    )


def _firth(function: str, sample: Sample, ties: Ties, conf_level: float) -> CoxFit:
    """Fit with Firth's penalty; intervals and tests come from the profile of the penalised likelihood."""
    from scipy.special import chdtri

    if sample.cluster is not None or sample.weight is not None:
        given = "cluster" if sample.cluster is not None else "weights"
        raise AnalysisError(f"{function}: penalty='firth' has no robust errors; leave out {given}=")
    rows = sample.rows
    if terms := dependent(kernel.evaluate(rows, np.zeros(rows.n_terms), ties).information):
        refuse(function, _without_information(sample, terms, ties))
    found = firth.fit(rows, ties)
    if not found.converged:
        raise AnalysisError(
            f"{function}: the penalised likelihood had not reached its maximum after {found.iterations} steps; "
            "check terms of very different size, or with a few extreme values",
        )
    best, every = found.best, range(rows.n_terms)
    drop = float(chdtri(1, 1 - conf_level)) / 2
    limits = np.array([firth.profile(rows, ties, best, term, drop) for term in every]).T
    fallen = np.array([firth.without(rows, ties, found.null, term) for term in every])
    chi_square = 2 * np.maximum(best.log_likelihood - fallen, 0)
    score = found.null.score
    return CoxFit(
        sample=sample,
        ties=ties,
        penalty="firth",
        conf_level=conf_level,
        beta=best.beta,
        covariance=best.covariance,
        model_covariance=best.covariance,
        log_likelihood=(found.null.log_likelihood, best.log_likelihood),
        limits=limits,
        statistic=np.sign(best.beta) * np.sqrt(chi_square),
        p_value=chi_square_tail(chi_square, 1),
        score_test=float(score @ found.null.covariance @ score),
        iterations=found.iterations,
    )


def two_sided(statistic: Floats) -> Floats:
    """Return two-sided p-values of standard normal statistics."""
    from scipy.special import erfc

    return np.asarray(erfc(np.abs(statistic) / np.sqrt(2)))


def chi_square_tail(statistic: Floats | float, df: int) -> Floats:
    """Return upper tails of chi-square."""
    from scipy.special import chdtrc

    return np.asarray(chdtrc(df, statistic))


def _where(sample: Sample) -> str:
    return f"formula={sample.design.formula!r}"


FIRTH = "merge it with another category, leave it out, or use penalty='firth'"


def _no_events_within(sample: Sample) -> Iterator[Fault]:
    """Yield a fault for every category of which nobody, or of whose opposite nobody, has the event."""
    for column, size in zip(sample.design.columns, sample.sizes, strict=True):
        if not size.of_category or size.n_events not in {0, sample.n_events}:
            continue
        whom = "those it takes in" if size.n_events == 0 else "those it leaves out"
        what = f"term {column.name!r}: no event among {whom}, so its hazard ratio has no finite estimate"
        yield Fault(_where(sample), what, FIRTH)


def _infinite(sample: Sample, infinite: NDArray[np.bool_]) -> Iterator[Fault]:
    """Yield a fault for every term that separates those with the event from those without."""
    for column, endless in zip(sample.design.columns, infinite, strict=True):
        if endless:
            what = f"term {column.name!r} separates those with the event: the likelihood rises without end along it"
            yield Fault(_where(sample), what, "merge categories, leave the term out, or use penalty='firth'")


def _without_information(sample: Sample, terms: tuple[int, ...], ties: Ties) -> Iterator[Fault]:
    """Yield a fault for every term that is constant, or follows from the terms before it, where people are compared."""
    information = kernel.evaluate(sample.rows, np.zeros(sample.rows.n_terms), ties).information
    spread = np.array([np.ptp(values) if values.size else 0.0 for values in sample.rows.x])
    names, strata = sample.design.names, sample.columns.strata
    usable = [place for place in range(len(names)) if place not in terms]
    for term in terms:
        if spread[term] == 0:
            yield Fault(
                _where(sample), f"term {names[term]!r} is the same in every row at risk at an event", "leave it out"
            )
            continue
        before = [place for place in usable if place < term]
        among = _made_of(information, term, before)
        if not among:
            among_whom = (
                "among those compared at each event" if strata is None else f"within every stratum of {strata!r}"
            )
            yield Fault(_where(sample), f"term {names[term]!r} is the same {among_whom}", "leave it out")
            continue
        listed = ", ".join(repr(names[place]) for place in among)
        yield Fault(_where(sample), f"term {names[term]!r} follows from {listed}", "leave one of them out")


def _made_of(information: Floats, term: int, before: list[int]) -> list[int]:
    """Return the terms among ``before`` of which ``term`` is a sum."""
    own = information[term, term]
    if not before or own <= 0:
        return []
    scale = np.sqrt(np.diag(information))
    if scale[term] <= np.sqrt(np.finfo(float).eps) * scale[before].min():
        return []
    scaled = information / np.outer(scale, np.where(scale > 0, scale, 1))
    share = np.linalg.solve(scaled[np.ix_(before, before)], scaled[before, term])
    return [place for place, part in zip(before, share, strict=True) if abs(part) > 1e-6]  # noqa: PLR2004 - not rounding
