"""Who does which row of the bench of survival, each by its public functions; `WORK[tool][row]` returns its answer.

An answer is a few numbers that must agree between tools. A row is given the columns as arrays, and the same as frames.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import survival_data
from survival_data import COVARIATES

if TYPE_CHECKING:
    from harness import Answer

AT = 365
TAU = 1000
FORMULA = " + ".join(COVARIATES)


@dataclass
class Data:
    """The data of one size, or the first few people of it."""

    folder: Path
    few: int | None = None

    @cached_property
    def people(self) -> dict[str, Any]:
        return {name: values[: self.few] for name, values in survival_data.read(self.folder, "people").items()}

    @cached_property
    def spells(self) -> dict[str, Any]:
        return {name: values[: self.few] for name, values in survival_data.read(self.folder, "spells").items()}

    @cached_property
    def frame(self) -> pd.DataFrame:
        return pd.DataFrame(self.people)

    @cached_property
    def spell_frame(self) -> pd.DataFrame:
        return pd.DataFrame(self.spells)

    @cached_property
    def covariates(self) -> pd.DataFrame:
        return self.frame[list(COVARIATES)]

    @cached_property
    def matrix(self) -> Any:
        return np.column_stack([self.people[name] for name in COVARIATES])

    @cached_property
    def spell_matrix(self) -> Any:
        return np.column_stack([self.spells[name] for name in COVARIATES])

    @cached_property
    def outcome(self) -> Any:
        return np.rec.fromarrays([self.people["event"] == 1, self.people["time"].astype(float)], names="event,time")

    def groups(self) -> list[tuple[int, Any, Any]]:
        """Return each group's times and events; splitting them is part of the work of tools that cannot."""
        group = self.people["group"]
        return [(code, *(self.people[name][group == code] for name in ("time", "event"))) for code in range(9)]


def at(times: Any, values: Any) -> float:
    """Return a step function's value on the day the answers are compared on."""
    return float(np.asarray(values)[np.searchsorted(np.asarray(times), AT, side="right") - 1])


def coefficients(values: Any, errors: Any = None) -> Answer:
    answer = {name: float(value) for name, value in zip(COVARIATES, values, strict=True)}
    if errors is not None:
        answer |= {f"se({name})": float(value) for name, value in zip(COVARIATES, errors, strict=True)}
    return answer


# ours ------------------------------------------------------------------------------------------------------------


def _survival() -> Any:
    import lvrn_eval as lv

    return lv.survival


def _row_at(table: pd.DataFrame) -> Answer:
    group, time, estimate = (table[name].to_numpy() for name in ("group", "time", "estimate"))
    # every group begins with a row for time 0, and reading the answer should take no time worth counting
    first = np.flatnonzero(time == 0)
    last = np.append(first[1:], time.size)
    return {str(group[a]): at(time[a:z], estimate[a:z]) for a, z in zip(first, last, strict=True)}


def _terms(result: Any) -> Answer:
    return coefficients(result.table["estimate"], result.table["std_error"])


OURS: dict[str, Callable[[Data], Answer]] = {
    "kaplan-meier": lambda d: _row_at(_survival().kaplan_meier(d.frame, "time", "event").table),
    "kaplan-meier, 9 groups": lambda d: _row_at(_survival().kaplan_meier(d.frame, "time", "event", "group").table),
    "log-rank, 9 groups": lambda d: {
        "statistic": float(_survival().logrank(d.frame, "time", "event", "group").table["statistic"].iloc[0])
    },
    "nelson-aalen": lambda d: _row_at(_survival().nelson_aalen(d.frame, "time", "event").table),
    "aalen-johansen": lambda d: _row_at(_survival().cumulative_incidence(d.frame, "time", "cause").table),
    "restricted mean": lambda d: {
        "mean": float(_survival().rmst(d.frame, "time", "event", tau=TAU).row("restricted mean")["estimate"])
    },
    "cox": lambda d: _terms(_survival().cox(d.frame, FORMULA, "time", "event")),
    "cox, clusters": lambda d: _terms(_survival().cox(d.frame, FORMULA, "time", "event", cluster="site")),
    "andersen-gill": lambda d: _terms(_survival().cox(d.spell_frame, FORMULA, "stop", "again", entry="start")),
    "andersen-gill, robust": lambda d: _terms(
        _survival().andersen_gill(d.spell_frame, FORMULA, "person", "start", "stop", "again")
    ),
    "concordance": lambda d: {
        "concordance": float(_survival().concordance(d.frame, "time", "event", "x2").table["estimate"].iloc[0])
    },
    "fine-gray": lambda d: _terms(_survival().fine_gray(d.frame, FORMULA, "time", "cause")),
    "mean cumulative": lambda d: _row_at(
        _survival().mean_cumulative(d.spell_frame, "person", "start", "stop", "again").table
    ),
}

# lifelines -------------------------------------------------------------------------------------------------------


def _lifelines_curve(time: Any, event: Any) -> Any:
    from lifelines import KaplanMeierFitter

    return KaplanMeierFitter().fit(time, event)


def _lifelines_nelson_aalen(d: Data) -> Answer:
    from lifelines import NelsonAalenFitter

    # as they come its tied events are taken one by one
    return {"all": float(NelsonAalenFitter(nelson_aalen_smoothing=False).fit(*_pair(d)).predict(AT))}


def _pair(d: Data) -> tuple[Any, Any]:
    return d.people["time"], d.people["event"]


def _lifelines_logrank(d: Data) -> Answer:
    from lifelines.statistics import multivariate_logrank_test

    test = multivariate_logrank_test(d.people["time"], d.people["group"], d.people["event"])
    return {"statistic": float(test.test_statistic)}


def _lifelines_aalen_johansen(d: Data) -> Answer:
    from lifelines import AalenJohansenFitter

    fitted = AalenJohansenFitter(seed=1).fit(d.people["time"], d.people["cause"], event_of_interest=1)
    return {"all": at(fitted.cumulative_density_.index, fitted.cumulative_density_.iloc[:, 0])}


def _lifelines_restricted_mean(d: Data) -> Answer:
    from lifelines.utils import restricted_mean_survival_time

    return {"mean": float(restricted_mean_survival_time(_lifelines_curve(*_pair(d)), t=TAU))}


def _lifelines_cox(d: Data, cluster: str | None = None) -> Answer:
    from lifelines import CoxPHFitter

    columns = [*COVARIATES, "time", "event", *([cluster] if cluster else [])]
    fitted = CoxPHFitter().fit(d.frame[columns], "time", "event", cluster_col=cluster)
    return coefficients(fitted.params_, fitted.standard_errors_)


def _lifelines_andersen_gill(d: Data) -> Answer:
    from lifelines import CoxPHFitter

    rows = d.spell_frame[[*COVARIATES, "start", "stop", "again"]]
    fitted = CoxPHFitter().fit(rows, "stop", "again", entry_col="start")
    return coefficients(fitted.params_, fitted.standard_errors_)


def _lifelines_concordance(d: Data) -> Answer:
    from lifelines.utils import concordance_index

    return {"concordance": float(concordance_index(d.people["time"], -d.people["x2"], d.people["event"]))}


LIFELINES: dict[str, Callable[[Data], Answer]] = {
    "kaplan-meier": lambda d: {"all": float(_lifelines_curve(*_pair(d)).predict(AT))},
    "kaplan-meier, 9 groups": lambda d: {
        str(group): float(_lifelines_curve(time, event).predict(AT)) for group, time, event in d.groups()
    },
    "log-rank, 9 groups": _lifelines_logrank,
    "nelson-aalen": _lifelines_nelson_aalen,
    "aalen-johansen": _lifelines_aalen_johansen,
    "restricted mean": _lifelines_restricted_mean,
    "cox": _lifelines_cox,
    "cox, clusters": lambda d: _lifelines_cox(d, "site"),
    "andersen-gill": _lifelines_andersen_gill,
    "concordance": _lifelines_concordance,
}

# statsmodels -----------------------------------------------------------------------------------------------------


def _statsmodels_curve(time: Any, event: Any) -> float:
    from statsmodels.duration.survfunc import SurvfuncRight

    curve = SurvfuncRight(time, event)
    return at(curve.surv_times, curve.surv_prob)


def _statsmodels_logrank(d: Data) -> Answer:
    from statsmodels.duration.survfunc import survdiff

    return {"statistic": float(survdiff(d.people["time"], d.people["event"], d.people["group"])[0])}


def _statsmodels_aalen_johansen(d: Data) -> Answer:
    from statsmodels.duration.survfunc import CumIncidenceRight

    curve = CumIncidenceRight(d.people["time"], d.people["cause"])
    return {"all": at(curve.times, curve.cinc[0])}


def _statsmodels_cox(d: Data, cluster: str | None = None) -> Answer:
    from statsmodels.duration.hazard_regression import PHReg

    time, event = _pair(d)
    groups = {"groups": d.people[cluster]} if cluster else {}
    fitted = PHReg(time, d.matrix, status=event, ties="efron").fit(**groups)
    return coefficients(fitted.params, fitted.bse)


def _statsmodels_andersen_gill(d: Data) -> Answer:
    from statsmodels.duration.hazard_regression import PHReg

    columns = {"status": d.spells["again"], "entry": d.spells["start"]}
    fitted = PHReg(d.spells["stop"], d.spell_matrix, ties="efron", **columns).fit()
    return coefficients(fitted.params, fitted.bse)


STATSMODELS: dict[str, Callable[[Data], Answer]] = {
    "kaplan-meier": lambda d: {"all": _statsmodels_curve(*_pair(d))},
    "kaplan-meier, 9 groups": lambda d: {
        str(group): _statsmodels_curve(time, event) for group, time, event in d.groups()
    },
    "log-rank, 9 groups": _statsmodels_logrank,
    "aalen-johansen": _statsmodels_aalen_johansen,
    "cox": _statsmodels_cox,
    "cox, clusters": lambda d: _statsmodels_cox(d, "site"),
    "andersen-gill": _statsmodels_andersen_gill,
}

# scikit-survival -------------------------------------------------------------------------------------------------


def _sksurv_curve(time: Any, event: Any) -> float:
    from sksurv.nonparametric import kaplan_meier_estimator

    return at(*kaplan_meier_estimator(event == 1, time, conf_type="log-log")[:2])


def _sksurv_nelson_aalen(d: Data) -> Answer:
    from sksurv.nonparametric import nelson_aalen_estimator

    time, event = _pair(d)
    return {"all": at(*nelson_aalen_estimator(event == 1, time))}


def _sksurv_logrank(d: Data) -> Answer:
    from sksurv.compare import compare_survival

    return {"statistic": float(compare_survival(d.outcome, d.people["group"])[0])}


def _sksurv_aalen_johansen(d: Data) -> Answer:
    from sksurv.nonparametric import cumulative_incidence_competing_risks

    arguments = {"conf_type": "log-log"}
    times, incidence, _ = cumulative_incidence_competing_risks(d.people["cause"], d.people["time"], **arguments)
    return {"all": at(times, incidence[1])}


def _sksurv_cox(d: Data) -> Answer:
    from sksurv.linear_model import CoxPHSurvivalAnalysis

    return coefficients(CoxPHSurvivalAnalysis(ties="efron").fit(d.matrix, d.outcome).coef_)


def _sksurv_concordance(d: Data) -> Answer:
    from sksurv.metrics import concordance_index_censored

    time, event = _pair(d)
    return {"concordance": float(concordance_index_censored(event == 1, time, d.people["x2"])[0])}


SCIKIT_SURVIVAL: dict[str, Callable[[Data], Answer]] = {
    "kaplan-meier": lambda d: {"all": _sksurv_curve(*_pair(d))},
    "kaplan-meier, 9 groups": lambda d: {str(group): _sksurv_curve(time, event) for group, time, event in d.groups()},
    "log-rank, 9 groups": _sksurv_logrank,
    "nelson-aalen": _sksurv_nelson_aalen,
    "aalen-johansen": _sksurv_aalen_johansen,
    "cox": _sksurv_cox,
    "concordance": _sksurv_concordance,
}

WORK: Mapping[str, Mapping[str, Callable[[Data], Answer]]] = {
    "lvrn-eval": OURS,
    "lifelines": LIFELINES,
    "statsmodels": STATSMODELS,
    "scikit-survival": SCIKIT_SURVIVAL,
}
"""Tool, to row, to what it does. R is in ``survival_peers.R``."""

MODULES = {
    "lvrn-eval": "lvrn_eval",
    "lifelines": "lifelines",
    "statsmodels": "statsmodels",
    "scikit-survival": "sksurv",
}


def do(tool: str, row: str, data: Data) -> Answer:
    """Do a row's work once; what a peer has to warn of is not the matter here."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return WORK[tool][row](data)


def ready(data: Data, row: str) -> None:
    """Read the data a row needs, before its time is taken."""
    rows = ("spell_frame", "spell_matrix") if row.startswith(("andersen", "mean")) else ("frame", "matrix", "outcome")
    for name in rows:
        getattr(data, name)
