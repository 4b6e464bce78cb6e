"""Cox regression: how hazards of a recorded event compare between people."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lvrn_eval.survival.cox_data import CoxColumns, read
from lvrn_eval.survival.cox_fit import CoxFit, Penalty, Ties, fit_sample
from lvrn_eval.survival.inputs import choice, level

if TYPE_CHECKING:
    from lvrn_eval.engine import Frame, Table
    from lvrn_eval.result import Result

__all__ = ["CoxFit", "cox", "fit_cox"]


def cox(
    data: Table | Frame,
    formula: str,
    time: str,
    event: str,
    entry: str | None = None,
    strata: str | None = None,
    cluster: str | None = None,
    weights: str | None = None,
    ties: Ties = "efron",
    penalty: Penalty | None = None,
    conf_level: float = 0.95,
) -> Result:
    """Estimate hazard ratios of a recorded event (Cox's proportional hazards model).

    Parameters
    ----------
    data
        One row per person, or several start-stop rows per person with ``entry`` and ``cluster``: a frame, or a table of
        the project, of which only the named columns come home.
    formula
        The right-hand side only: ``"fin + age + site"``. Columns, interactions (``a:b``, ``a*b``), arithmetic in
        ``I()``, and the functions ``C``, ``log``, ``log2``, ``log10``, ``exp``, ``bs``, ``cr``, ``poly``, ``center``,
        ``scale`` and a few of ``np.`` and ``contr.``; nothing else can be run, so a formula may come from a file. Text
        and categories become one term per level but the first; ``C(site, contr.treatment('Burnley'))`` names another.
    time, event
        Columns: when observation ends, in any unit, and whether with the event (1 or true) or not (0 or false).
    entry
        Column: when the row comes under observation; it is at risk at entry < t <= time.
    strata
        Column: each stratum has a baseline of its own.
    cluster
        Column: which rows belong together, mostly whose they are; makes the standard errors robust.
    weights
        Column: what each row counts for, such as a sampling weight; makes the standard errors robust.
    ties
        Events at the same time: ``"efron"`` or ``"breslow"``.
    penalty
        ``"firth"`` for few events or separated groups: finite, less biased estimates, with intervals and tests from the
        profile of the penalised likelihood. Without robust errors.
    conf_level
        Level of the intervals.

    Returns
    -------
    Result
        ``table``, one row per coefficient, has the columns of every table of estimates on the log scale (``n`` and
        ``n_events`` are those of the category, for a category, else of all), then ``ratio``, ``ratio_low``,
        ``ratio_high``; ``statistic`` (estimate / std_error, or the signed root of Firth's test); ``std_error_model``
        (of the model, where ``std_error`` is robust); ``variable``, ``label``, ``level``, ``reference``;
        ``n_reference`` and ``n_events_reference`` (of those a category is held against, missing for numbers).
        ``parts["tests"]``: ``test``, ``statistic``, ``df``, ``p_value``, ``n``, ``n_events``. ``parts["fit"]``:
        log-likelihoods, AIC and concordance, as estimates. ``parts["categories"]``: ``variable``, ``category``, ``n``,
        ``n_events``. It holds no person's row; for curves and residuals see ``fit_cox``.

    Raises
    ------
    AnalysisError
        When the data or a choice cannot be used, or there is no finite estimate; the message names the terms.

    Notes
    -----
    The maximum of the partial likelihood by Newton's method. Where ``std_error`` is robust it is Lin and Wei's sandwich
    (no correction for few clusters), and ``method["std_error"]`` says so. Tied events of unequal weight share their
    mean weight. A row with weight 0 is left out.

    *Validated against* R survival 3.5-3, ``coxph``, at a relative 1e-8: both rules for ties, strata, late entry,
    time-varying rows, weights, clusters (tests/survival/test_survival_cox_r.py); with Firth's penalty against direct
    numerical maximisation (tests/survival/test_survival_cox_firth.py).

    References
    ----------
    Cox (1972), JRSS B 34, 187-220. Efron (1977), JASA 72, 557-565. Lin and Wei (1989), JASA 84, 1074-1078. Heinze and
    Schemper (2001), Biometrics 57, 114-119. Events per term: Peduzzi et al. (1995), J Clin Epidemiol 48, 1503-1510.

    Examples
    --------
    >>> import pandas as pd
    >>> days, event, age = [5, 8, 9, 12, 15, 20], [1, 1, 0, 1, 1, 0], [15, 17, 16, 15, 19, 18]
    >>> frame = pd.DataFrame({"days": days, "event": event, "age": age})
    >>> result = cox(frame, "age", time="days", event="event")
    >>> round(float(result.table.loc[0, "ratio"]), 3)
    0.592
    """
    return fit_cox(data, formula, time, event, entry, strata, cluster, weights, ties, penalty, conf_level).result


def fit_cox(
    data: Table | Frame,
    formula: str,
    time: str,
    event: str,
    entry: str | None = None,
    strata: str | None = None,
    cluster: str | None = None,
    weights: str | None = None,
    ties: Ties = "efron",
    penalty: Penalty | None = None,
    conf_level: float = 0.95,
) -> CoxFit:
    """Fit a Cox model and keep what curves, residuals and tests need.

    Parameters
    ----------
    data, formula, time, event, entry, strata, cluster, weights, ties, penalty, conf_level
        As for ``cox``.

    Returns
    -------
    CoxFit
        With ``beta``, ``covariance``, ``linear_predictor`` and ``result`` (what ``cox`` returns). It holds people's
        rows and must not be published; it goes into ``predict_survival``, ``test_proportional_hazards`` and
        ``cox_residuals``.

    Raises
    ------
    AnalysisError
        As for ``cox``.

    Examples
    --------
    >>> import pandas as pd
    >>> days, event, age = [5, 8, 9, 12, 15, 20], [1, 1, 0, 1, 1, 0], [15, 17, 16, 15, 19, 18]
    >>> frame = pd.DataFrame({"days": days, "event": event, "age": age})
    >>> fit = fit_cox(frame, "age", time="days", event="event")
    >>> fit.result.name, fit.beta.shape
    ('cox', (1,))
    """
    level("cox", conf_level)
    choice("cox", "ties", ties, ["efron", "breslow"])
    if penalty is not None:
        choice("cox", "penalty", penalty, ["firth"])
    columns = CoxColumns(time, event, entry=entry, weights=weights, strata=strata, cluster=cluster)
    return fit_sample("cox", read("cox", data, columns, formula), ties, penalty, conf_level)
