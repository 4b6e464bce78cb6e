"""What a case series takes for granted, tested as far as the records allow, and what else a reader must know."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import TYPE_CHECKING

from lvrn_eval.designs.case_series_cells import PROBE_DAYS, by_month
from lvrn_eval.designs.case_series_fit import model as fit_model
from lvrn_eval.designs.case_series_tables import log_ratio
from lvrn_eval.designs.kernels.diagnostics import bunched, monthly_ratio, outside
from lvrn_eval.errors import AnalysisError
from lvrn_eval.phrases import SMALL, listed, many, p_text, percent, ratio_text
from lvrn_eval.result import Check

if TYPE_CHECKING:
    from lvrn_eval.designs.case_series_cells import Material
    from lvrn_eval.designs.case_series_choices import Series
    from lvrn_eval.designs.case_series_fit import Model, Term

RARE = 0.10
PRE_REFERRAL = (0.80, 1.25)
AT_THE_END = (0.50, 2.00)
BY_MONTH = 1.10
ALPHA = 0.05

DIAGNOSTICS = ("events_rare_or_independent", "pre_referral_rate", "end_of_observation", "time_modelled")
"""The four things the design rests on."""

EVIDENCE = (
    "Each person is compared with themselves, so what stays the same about a person cannot mislead; what changes over "
    "time can. Without a comparison group the evidence is weak: people who were selected for their records would have "
    "fewer later without any programme (regression to the mean)."
)


def checks(series: Series, found: Material, model: Model) -> tuple[Check, ...]:
    """Return every check, the four diagnostics first."""
    return (
        _independent(series, found, model),
        _pre_referral(series, model),
        _end_of_observation(found, model),
        _time_modelled(series, found, model),
        Check("evidence_level", passed=False, text=EVIDENCE),
        _small_sample(model),
        _informative(found, model),
        _without_estimate(model),
        _referral_dates(series, found),
        _age(series),
        _custody(series),
    )


def _cannot(name: str, why: str) -> Check:
    return Check(name, passed=None, text=f"Cannot be judged: {why}.")


def _few(model: Model) -> bool:
    return model.people < SMALL


def _independent(series: Series, found: Material, model: Model) -> Check:
    """Events must be rare, or independent of one another."""
    name, people, had = DIAGNOSTICS[0], found.account["people"], found.account["with_event"]
    share = had / people
    text = f"{had:,} of {many(people, 'person', 'people')} ({percent(share)}) have such an event"
    counts, limit = (people, had, people - had), f"{RARE:.0%}"
    if share < RARE:
        text = f"Events are rare: {text}, fewer than {limit}."
        return Check(name, True, text, share, counts=counts, instead=f"Events are rare: fewer than {limit} have one.")
    if series.first_event:
        why = f"Looking at first events only takes events to be rare (fewer than {limit} of people), and they are not"
        return Check(name, False, f"{why}: {text}.", share, counts=counts, instead=f"{why}.")
    if _few(model):
        return _cannot(name, f"events are not rare, and fewer than {SMALL} people inform the series")
    test = bunched(model.rows, model.fit.share)
    if math.isnan(test.statistic):
        return _cannot(name, "events are not rare, and hardly anybody has several")
    passed = not test.p_value < ALPHA
    verdict = (
        "those of one person lie no closer together than independent events would"
        if passed
        else "those of one person bunch together: errors robust to that are given, but one event may bring the next"
    )
    told = f"Events are not rare, and {verdict}"
    measured = f"spread {ratio_text(test.statistic)} times that of independent events, {p_text(test.p_value)}; {text}"
    return Check(name, passed, f"{told} ({measured}).", test.statistic, test.p_value, counts, f"{told}.")


def _bounded(name: str, model: Model, term: Term | None, bounds: tuple[float, float], of: str) -> Check:
    """Test whether a ratio lies outside its bounds."""
    if term is None or term.place is None:
        return _cannot(name, f"there is no estimate {of}" + (f" ({term.why})" if term is not None else ""))
    if _few(model):
        return _cannot(name, f"fewer than {SMALL} people inform the series")
    beta, _, error = log_ratio(model, term)
    test = outside(beta, error, *bounds)
    passed = not test.p_value < ALPHA
    limits = f"{bounds[0]:.2f} to {bounds[1]:.2f}"
    verdict = f"not clearly outside {limits}" if passed else f"clearly outside {limits}"
    ratio = f"{ratio_text(test.statistic)} times the rate otherwise expected"
    text = f"The rate {of} is {ratio}, {verdict} ({p_text(test.p_value)})"
    instead = f"The rate {of} is {verdict} times the rate otherwise expected"
    counts = (term.size.n, term.size.n_events, term.size.n_with_event)
    return Check(name, passed, f"{text}.", test.statistic, test.p_value, counts, f"{instead}.")


def _pre_referral(series: Series, model: Model) -> Check:
    """Events must not bring people into the programme; where they do, the window keeps them out of the baseline."""
    if series.pre_referral is None:
        text = (
            "Not tested: it was declared that events do not bring about referrals. Where one can, the baseline holds "
            "it, and every ratio to the baseline is too low."
        )
        return Check(DIAGNOSTICS[1], passed=None, text=text)
    term = next((one for one in model.terms if one.level.term == "pre_referral"), None)
    of = f"in the {series.pre_referral} days up to referral"
    check = _bounded(DIAGNOSTICS[1], model, term, PRE_REFERRAL, of)
    if check.passed is not False:
        return check
    why = " Events and referrals go together: these days are kept out of the baseline, and earlier ones may matter too."
    return Check(check.name, False, check.text + why, check.statistic, check.p_value, check.counts, check.instead + why)


def _end_of_observation(found: Material, model: Model) -> Check:
    """The end of observation must not depend on events; nor may the last of them be missing from the records."""
    of = f"in the last {PROBE_DAYS} days observed"
    if _few(model):
        return _cannot(DIAGNOSTICS[2], f"fewer than {SMALL} people inform the series")
    try:
        probed = fit_model(found, probe=True)
    except AnalysisError:
        return _cannot(DIAGNOSTICS[2], f"the rate {of} cannot be told from that of a period or band")
    term = next(one for one in probed.terms if one.factor == "probe")
    return _bounded(DIAGNOSTICS[2], probed, term, AT_THE_END, of)


def _time_modelled(series: Series, found: Material, model: Model) -> Check:
    """Rates must be constant within each person's periods and bands, calendar month by calendar month."""
    name = DIAGNOSTICS[3]
    if _few(model):
        return _cannot(name, f"fewer than {SMALL} people inform the series")
    months = by_month(series, found, model.ratios)
    test = monthly_ratio(months.observed, months.expected, BY_MONTH)
    if math.isnan(test.statistic):
        return _cannot(name, "fewer than two months are observed")
    passed = not test.p_value < ALPHA
    verdict = "not clearly more" if passed else "clearly more"
    text = (
        f"Calendar months are away from what the model expects by a ratio of {ratio_text(test.statistic)} on average, "
        f"{verdict} than {BY_MONTH:.2f} ({p_text(test.p_value)})."
    )
    more = "" if passed else " Add calendar_bands or age_bands."
    instead = (
        f"Calendar months are {verdict} than {BY_MONTH:.2f} times away from what the model expects on average.{more}"
    )
    return Check(name, passed, text + more, test.statistic, test.p_value, instead=instead)


def _small_sample(model: Model) -> Check:
    n, enough = model.people, not _few(model)
    text = f"{many(n, 'person informs', 'people inform')} the series"
    text += "." if enough else f": descriptive only, as nothing is inferred from fewer than {SMALL}."
    instead = f"At least {SMALL} people inform it." if enough else f"Fewer than {SMALL} people: descriptive only."
    return Check("small_sample", enough, text, float(n), counts=(n,), instead=instead)


def _informative(found: Material, model: Model) -> Check:
    account = found.account
    without, alone = account["people"] - account["with_event"], account["with_event"] - model.people
    lost = account["recorded"] - account["observed"], account["observed"] - account["events"]
    text = (
        f"{many(without, 'person has', 'people have')} no event that counts and {many(alone, 'person', 'people')} only "
        f"days in one period and band: they say nothing about when events fall. Left out: {lost[0]:,} of "
        f"{many(account['recorded'], 'event', 'events')} outside the days observed, and {lost[1]:,} on days in custody "
        "or after a first event where only that counts."
    )
    counts = (account["people"], without, alone, account["recorded"], *lost)
    instead = "People without an event that counts, or with days in one period and band only, say nothing about when."
    return Check("informative_people", None, text, counts=counts, instead=instead)


def _without_estimate(model: Model) -> Check:
    gone = [term for term in model.terms if term.place is None]
    if not gone:
        return Check("without_estimate", passed=True, text="Every ratio could be estimated.")
    text = f"Not given: {listed([f'{term.level.label} ({term.why})' for term in gone])}."
    counts = tuple(count for term in gone for count in (term.size.n, term.size.n_events))
    instead = f"Not every ratio could be estimated: {listed([term.level.label for term in gone])}."
    return Check("without_estimate", passed=False, text=text, counts=counts, instead=instead)


def _referral_dates(series: Series, found: Material) -> Check:
    name = "referral_dates"
    if series.pre_referral is None:
        return Check(name, passed=None, text="Days of referral were not used.")
    missing, late = found.account["not_referred"], found.account["late_referral"]
    if not missing + late:
        return Check(name, passed=True, text="Everybody was referred before, or on the day of, the first contact.")
    told = "for them the window ends on the day before the first contact."
    text = (
        f"{many(missing, 'person has', 'people have')} no day of referral and {many(late, 'person', 'people')} one "
        f"after the first contact; {told}"
    )
    instead = f"Some people have no day of referral, or one after the first contact; {told}"
    return Check(name, passed=False, text=text, counts=(missing, late), instead=instead)


def _age(series: Series) -> Check:
    allowed = [name for name, given in (("age", series.age_bands), ("calendar time", series.calendar_bands)) if given]
    if allowed:
        return Check("time_allowed_for", passed=True, text=f"Allowed for: {listed(allowed)}, in bands.")
    text = (
        "Neither age nor calendar time is allowed for: rates that change as people grow older look like an effect of "
        "the programme."
    )
    return Check("time_allowed_for", passed=False, text=text)


def _custody(series: Series) -> Check:
    if series.custody is not None:
        text = "Days in custody, strictly between reception and release, are not at risk; events on them are left out."
        return Check("custody_given", passed=True, text=text)
    return Check(
        "custody_given", passed=False, text="No custody records were given: days in custody count as days at risk."
    )


def failed(found: tuple[Check, ...]) -> Iterator[str]:
    """Yield the names of the diagnostics that failed."""
    yield from (check.name for check in found if check.name in DIAGNOSTICS and check.passed is False)
