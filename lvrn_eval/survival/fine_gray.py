"""What moves the cumulative incidence of one cause when others compete: the Fine-Gray model."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from lvrn_eval.errors import AnalysisError
from lvrn_eval.phrases import people, percent
from lvrn_eval.result import Check, Result, Sentence
from lvrn_eval.survival import model_rows
from lvrn_eval.survival.bring_home import People, read_people
from lvrn_eval.survival.inputs import Columns, choice, level
from lvrn_eval.survival.kernels import fine_gray as kernels
from lvrn_eval.survival.terms import Terms, sized, terms

if TYPE_CHECKING:
    from lvrn_eval.engine import Frame, Table

MEASURE = "subdistribution hazard ratio"
TIES = ("breslow", "efron")

CONVENTIONS: Mapping[str, tuple[kernels.Censoring, kernels.Ties, bool]] = MappingProxyType(
    {"cmprsk": ("events_stay", "breslow", True), "survival": ("events_leave", "efron", False)},
)
"""Convention, to who is at risk of being censored, how ties are treated, and whether the errors know of censoring."""

CENSORING: Mapping[str, str] = MappingProxyType(
    {
        "events_stay": "at one time, those with an event still are at risk of being censored",
        "events_leave": "at one time, those with an event have left before any is censored",
    },
)


def fine_gray(
    data: Table | Frame,
    formula: str,
    time: str,
    event: str,
    entry: str | None = None,
    of: int = 1,
    convention: str | None = None,
    ties: str | None = None,
    conf_level: float = 0.95,
) -> Result:
    """Fit a proportional subdistribution hazards model of one cause, others competing (Fine and Gray).

    Parameters
    ----------
    data
        One row per person: a table of the project, or a pandas, Polars or Arrow frame.
    formula
        The covariates, such as ``"age + site"``, known at the start.
    time
        The column with the time at which observation ends, in any one unit from each person's own start.
    event
        The column that says with what it ends: 0 censored, 1, 2, … the causes.
    entry
        The column with the time at which observation begins, where some come under observation late. It is not for rows
        split at spells in custody: each row is taken for a person.
    of
        The cause of interest.
    convention
        Whose conventions to follow, where two are in use: ``"cmprsk"`` (R's ``crr``) or ``"survival"`` (R's
        ``finegray`` with ``coxph``); see the notes. By default the first, and with ``entry``, which it does not know,
        the second.
    ties
        ``"breslow"`` or ``"efron"``; by default as the convention has it (Breslow for ``cmprsk``, Efron for
        ``survival``).
    conf_level
        Level of the intervals.

    Returns
    -------
    Result
        ``table``, a row per term: the columns of every table of estimates on the log scale (``n_events`` of the cause
        of interest, ``std_error`` robust), then ``ratio`` (the subdistribution hazard ratio), ``ratio_low``,
        ``ratio_high``, ``statistic`` (Wald's z), ``measure``, ``variable``, ``label``, ``level``, ``reference`` and
        ``std_error_model`` (from the information alone); ``n`` and ``n_events`` are those of the category, for a
        category, else of all.
        ``parts["causes"]``: ``cause`` (``"censored"``, or its number), ``people``. ``parts["tests"]``: the robust Wald
        test of all terms together: ``test``, ``statistic``, ``df``, ``p_value``, ``n``, ``n_events``.

    Raises
    ------
    AnalysisError
        When the data, the formula or a choice cannot be used (every fault at once, in counts of rows), nobody has the
        event of interest, or a term separates those with it from those without.

    Notes
    -----
    Somebody with a competing event stays at risk, with the weight of still being under observation, G(t-) / G(T-) for
    G the Kaplan-Meier curve of censoring; with late entry times H(t-) / H(T-) for H that of entries with time running
    backwards (Geskus). Neither is taken to have anything to do with the covariates. The weights enter by cumulative
    sums, so time and memory grow with the number of people and not with its square. A ratio above 1 means that more
    people come to have this event by any time; it is not an effect on the rate among those still free of all events.

    The conventions differ where an event and a censoring share a time, and in the errors. ``cmprsk``: those with an
    event still are at risk of being censored then; the covariance includes that G is estimated (Fine and Gray's
    sandwich). ``survival``: they have left; the covariance is the sandwich over people as if G were known. The
    coefficients hardly differ.

    *Validated against* R cmprsk 2.2-11, ``crr``, and survival 3.5-3, ``finegray`` with ``coxph(cluster = )``, on mgus2
    (tests/survival/test_survival_fine_gray.py).

    References
    ----------
    Fine and Gray (1999), Journal of the American Statistical Association 94, 496-509. Geskus (2011), Biometrics 67,
    39-49.

    Examples
    --------
    >>> import pandas as pd
    >>> frame = pd.DataFrame({"days": [1, 2, 3, 4, 5, 6], "event": [1, 2, 1, 0, 1, 2], "older": [1, 0, 0, 1, 1, 0]})
    >>> result = fine_gray(frame, "older", time="days", event="event")
    >>> round(float(result.row("older")["ratio"]), 3)
    2.737
    """
    level("fine_gray", conf_level)
    convention = ("cmprsk" if entry is None else "survival") if convention is None else convention
    choice("fine_gray", "convention", convention, CONVENTIONS)
    censoring, usual, censoring_error = CONVENTIONS[convention]
    if ties is not None:
        choice("fine_gray", "ties", ties, TIES)
    used: kernels.Ties = usual if ties is None else ("efron" if ties == "efron" else "breslow")
    if entry is not None and censoring_error:
        raise AnalysisError("fine_gray: convention='cmprsk' has no late entry; with entry= it is 'survival'")
    columns = Columns(time, event, entry=entry)
    seen = read_people("fine_gray", data, columns, [formula], events="cause")
    made = terms("fine_gray", seen.frame, formula)
    _refuse_cause(seen, of)
    setup = kernels.arrange(made.x, seen.time, seen.event, of, censoring, seen.entry)
    if seen.entry is not None and not (setup.survival > 0).all():
        raise AnalysisError(
            "fine_gray: at some time nobody is under observation but those who have just come, or all who are leave "
            "then, so that nobody can be weighed past it; begin at a later time",
        )
    fitted = _fit(setup, made, used, censoring_error=censoring_error)
    n, n_events = seen.time.size, int((seen.event == of).sum())
    listed = sized(made.terms, list(made.x.T), seen.event == of)
    rows = model_rows.term_rows(listed, fitted.beta, fitted.robust, conf_level=conf_level, measure=MEASURE)
    method = _method(columns, formula, of) | {
        "convention": convention,
        "ties": used,
        "censoring_curve": CENSORING[censoring],
        "variance": _variance(censoring_error=censoring_error),
        "conf_level": conf_level,
        "log_likelihood": fitted.log_likelihood,
        "null_log_likelihood": fitted.null_log_likelihood,
    }
    checks = (*model_rows.size_checks(n, n_events, len(made.names)), *_causes_checks(seen, of))
    tests = model_rows.wald_test("fine_gray_tests", fitted.beta, fitted.robust, n=n, n_events=n_events, method=method)
    return Result(
        name="fine_gray",
        title=f"Cumulative incidence of cause {of}, other causes competing (Fine-Gray)",
        table=model_rows.term_table(rows).assign(std_error_model=np.sqrt(np.diag(fitted.covariance))),
        method=method,
        checks=checks,
        text=(
            _size(seen, of),
            *model_rows.term_sentences(rows, MEASURE),
            Sentence(
                "A ratio above 1 means that more people come to have this event; it mixes its own rate with how many "
                "have a competing event first.",
            ),
            *model_rows.cautions(checks),
        ),
        count_columns=("n", "n_events"),
        parts={"causes": _causes(seen, method), "tests": tests},
        figure="forest",
    )


def _refuse_cause(seen: People, of: int) -> None:
    """Refuse a cause that nobody has.

    Raises
    ------
    AnalysisError
    """
    causes = [int(cause) for cause in np.unique(seen.event) if cause > 0]
    if of not in causes:
        known = ", ".join(map(str, causes)) or "none"
        raise AnalysisError(f"fine_gray: none of {people(seen.time.size)} has the event of={of!r}; causes: {known}")


def _fit(setup: kernels.Setup, made: Terms, ties: kernels.Ties, *, censoring_error: bool) -> kernels.Fit:
    fitted = kernels.fit(setup, ties, censoring_error=censoring_error)
    if fitted is None or not fitted.converged:
        raise AnalysisError(
            f"fine_gray: no estimate exists for the terms {', '.join(map(repr, made.names))}: one of them separates "
            "those with the event from those without, or there are more terms than events; leave it out or join levels",
        )
    return fitted


def _variance(*, censoring_error: bool) -> str:
    if censoring_error:
        return "robust, with the error of the censoring curve (Fine and Gray)"
    return "robust, as if the censoring curve were known"


def _causes(seen: People, method: dict[str, Any]) -> Result:
    codes, counts = np.unique(seen.event, return_counts=True)
    names = ["censored" if code == 0 else str(code) for code in codes]
    table = pd.DataFrame({"cause": names, "people": counts})
    title = "With what observation ended"
    return Result("fine_gray_causes", title, table, method, count_columns=("people",), shape="sparse")


def _causes_checks(seen: People, of: int) -> tuple[Check, ...]:
    """Report whether there is anything to compete."""
    competing = int(((seen.event != of) & (seen.event != 0)).sum())
    if not competing:
        text = "Nobody has a competing event: this is a Cox model of the one cause."
        return (Check("competing_events", False, text),)
    share = competing / seen.time.size
    text = f"{competing} of {people(seen.time.size)} ({percent(share)}) had a competing event first."
    return (Check("competing_events", True, text, share, counts=(competing, seen.time.size - competing)),)


def _size(seen: People, of: int) -> Sentence:
    n, n_events = seen.time.size, int((seen.event == of).sum())
    n_other = int((seen.event != 0).sum()) - n_events
    text = f"{people(n)}: {n_events} with the recorded event of interest (cause {of}), {n_other} with a competing one."
    return Sentence(text, (n, n_events, n_other, n - n_events - n_other))


def _method(columns: Columns, formula: str, of: int) -> dict[str, Any]:
    return {
        "estimator": "proportional subdistribution hazards (Fine and Gray)",
        "formula": formula,
        "time": columns.time,
        "event": columns.event,
        "entry": columns.entry,
        "of": of,
        "interval": "Wald",
        "missing": "refused",
    }
