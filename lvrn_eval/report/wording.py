"""Plain English for the names results use, and text made safe to show. The one place for both."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from types import MappingProxyType

LONGEST = 300
"""How many characters of one text a table or picture shows; the rest is cut with an ellipsis."""

_JOINERS = frozenset("\u200c\u200d")
"""Invisible, but part of how some scripts and emoji are written."""

TERMS: Mapping[str, str] = MappingProxyType(
    {
        # what an estimate is of
        "share_desisted": "Share with no recorded event after, of those with one before",
        "share_falling": "Share with fewer recorded events after than before, of those with any",
        "sign_test": "Share whose number of recorded events fell, of those whose number changed (sign test)",
        "wilcoxon_signed_rank": "Rank correlation of the change, below 0 if numbers fell (Wilcoxon signed-rank test)",
        "mcnemar_exact": "Odds of having any recorded event, after over before (exact McNemar test)",
        "rate_ratio_exact": "Recorded events per person-year, after over before (exact, given each person's total)",
        "rate_ratio_robust": "Recorded events per person-year, after over before (allowing for people with many)",
        "median": "Median time to a recorded event",
        "difference": "Difference in mean time",
        "ratio": "Ratio of mean times",
        "ratio of time lost": "Ratio of mean time lost to events",
        "rate_ratio_fixed_effects": "Rate ratio within people (fixed effects)",
        "rate_ratio_corrected": "Rate ratio allowing for people with many, corrected for few people",
        "rate_ratio_negative_binomial": "Rate ratio, negative binomial",
        "rate_ratio_random_effects": "Rate ratio, people's own rates drawn from a gamma distribution (random effects)",
        "rate_ratio": "Rate ratio",
        "ratio_of_rate_ratios": "Ratio of the two rate ratios",
        "risk_difference": "Change in the share with any recorded event",
        "odds_ratio": "Odds of having any recorded event, after over before (matched pairs)",
        "median_change": "Median change in recorded events (Hodges-Lehmann)",
        "rank_biserial": "Rank correlation of the change, below 0 if numbers fell",
        "hedges_g_av": "Standardised change, by the mean of both spreads (Hedges' g, d_av)",
        "hedges_g_z": "Standardised change, by the spread of changes (Hedges' g, d_z)",
        "hedges_g_rm": "Standardised change, allowing for repetition (Hedges' g, d_rm)",
        "detectable_fall": "The smallest fall this sample could have shown",
        "detectable_rise": "The smallest rise this sample could have shown",
        "people_needed": "People needed to tell such a change from none",
        "after": "After the programme",
        "model": "Each person's own record",
        "recorded": "Recorded",
        "naive": "What was recorded: the rate after over the rate before",
        "expected": "What is to be expected with no effect",
        "left": "What is left: recorded over expected",
        "earlier_window": "An earlier window before",
        "simulation": "Simulation of the rule, with no effect",
        "pool": "People who were not in the programme",
        "pre_referral": "Before the referral",
        "waiting": "Between referral and first engagement",
        "programme": "In the programme",
        "restricted mean": "Mean time without a recorded event",
        "time lost": "Mean time lost to events",
        "all terms": "All terms together",
        # features of people
        "mentor_contacts": "Engagements with a mentor or coach",
        "prior_events": "Recorded events before the first engagement",
        "first_contact": "First engagement",
        "last_contact": "Last engagement",
        "n_records": "Records",
        "age": "Age in years",
        "not_recorded": "Not recorded",
        "all": "All",
    },
)
"""What a term, feature or group is called. A name that is missing here is shown as its own words."""

CLASSES: Mapping[str, str] = MappingProxyType(
    {
        "none_recorded": "None recorded before or after",
        "desisted": "Desisted: some before, none after",
        "reduced": "Reduced: fewer after than before",
        "unchanged": "Unchanged: as many after as before",
        "increased": "Increased: more after than before",
    },
)
"""What happened to a person's recorded events, in the order it is shown."""

PERIODS: Mapping[str, str] = MappingProxyType(
    {"before": "Before the programme", "during": "During the programme", "after": "After the programme"},
)

CHOICES: Mapping[str, str] = MappingProxyType(
    {
        "as_of": "Review date (as_of)",
        "before_anchor": "Before ends at",
        "after_anchor": "After begins at",
        "min_age": "Age from which days count",
        "where": "Events counted only where",
        "grid": "Choices that were varied",
        "adjust": "p-values adjusted by",
        "observed_from": "Records start (observed_from)",
        "kinds": "Kinds of event counted",
        "before": "Counted before",
        "after": "Counted after",
        "during": "Events during the programme",
        "boundaries": "First and last days",
        "incomplete": "People whose window is cut short",
        "events_in_custody": "Events on days in custody",
        "classes": "Classes of people",
        "conf_level": "Confidence level",
        "conf_type": "Scale of the interval",
        "exposure": "Rates per person-year",
        "time": "Column of times",
        "event": "Column of events",
        "entry": "Column of late entry",
        "weights": "Column of weights",
        "by": "Groups",
        "at_risk": "Who is at risk",
        "times": "Times stated",
        "quantiles": "Shares of people stated",
        "missing": "Missing values",
        "share_desisted": "Share who desisted",
        "share_falling": "Share whose number fell",
        "sign_test": "Sign test",
        "wilcoxon_signed_rank": "Wilcoxon signed-rank test",
        "mcnemar_exact": "McNemar test",
        "rate_ratio_exact": "Rate ratio, exact",
        "rate_ratio_robust": "Rate ratio, robust",
    },
)
"""What a choice of method is called."""

UNITS: Mapping[str, str] = MappingProxyType(
    {f"{unit}{ending}": f"{unit}s" for unit in ("day", "week", "month", "year") for ending in ("", "s")},
)

HEADINGS: Mapping[str, str] = MappingProxyType(
    {
        "term": "Measure",
        "group": "Group",
        "estimate": "Estimate",
        "std_error": "Standard error",
        "conf_low": "Interval from",
        "conf_high": "Interval to",
        "conf_level": "Confidence level",
        "cause": "What happened",
        "order": "Which event",
        "ratio": "Ratio",
        "competing": "Other ends",
        "p_value": "p-value",
        "n": "People",
        "n_events": "Outcomes or events",
        "events_before": "Events before",
        "events_after": "Events after",
        "n_down": "People with fewer",
        "n_up": "People with more",
        "ratio_low": "Interval from",
        "ratio_high": "Interval to",
        "p_adjusted": "Adjusted p-value",
        "n_with_event": "People with an event",
        "exposure": "Time at risk",
        "interval": "Interval method",
        "measure": "Kind of measure",
        "class": "Recorded events",
        "people": "People",
        "before": "Events before",
        "after": "Events after",
        "period": "Period",
        "events": "Events",
        "days_at_risk": "Days at risk",
        "rate": "Events per person-year",
        "time": "Time",
        "at_risk": "At risk",
        "censored": "Censored",
        "step": "Step",
        "label": "Rule",
        "rule": "As it ran",
        "people_left": "People left",
        "people_removed": "People left out",
        "people_unknown": "Of those, rule not decided",
        "records_left": "Records left",
        "records_removed": "Records left out",
        "wanted": "Wanted",
        "eligible": "Eligible",
        "reached": "Reached",
        "shortfall": "Shortfall",
        "selected": "Mean or share, selected",
        "test": "Test",
        "statistic": "Statistic",
        "df": "Degrees of freedom",
        "share": "Share",
    },
)
"""What a column is called at the head of a table."""


def clean(value: object, longest: int = LONGEST) -> str:
    """Return text that is one visible line: no control, direction or invisible characters, and no longer than asked."""
    # cutting first keeps a huge cell cheap; four raw characters for each that is shown leave room for what is removed
    text = str(value)[: 4 * longest + 4]
    kept = (_visible(character) for character in unicodedata.normalize("NFC", text))
    line = re.sub(r"\s+", " ", "".join(kept)).strip()
    cut = len(line) > longest or len(str(value)) > 4 * longest + 4
    return line[: longest - 1].rstrip() + "…" if cut else line


def _visible(character: str) -> str:
    category = unicodedata.category(character)
    if character in "\t\n\r\v\f\x1c\x1d\x1e\x85" or category in {"Zl", "Zp"}:
        return " "
    invisible = category in {"Cc", "Cf", "Cs", "Cn", "Co"} and character not in _JOINERS
    return "" if invisible else character


def plain_name(name: object) -> str:
    """Return the plain-English name of a term, or its own words when it has none: ``prior_asb`` → ``Prior asb``."""
    text = clean(name)
    if text in TERMS:
        return TERMS[text]
    # only names of the project's own making are taken apart; anything else is somebody's label and stays as it is
    if re.fullmatch(r"[a-z][a-z0-9]*(_[a-z0-9]+)*", text):
        words = text.replace("_", " ")
        return words[0].upper() + words[1:]
    return text


def heading(column: str) -> str:
    """Return what a column is called at the head of a table."""
    return HEADINGS.get(column) or plain_name(column)


def group_name(label: str, by: object = None) -> str:
    """Return what a group is called; one without words of its own (``1``, ``yes``) says what it is a group of."""
    name = plain_name(label)
    wordless = name.casefold() in {"true", "false", "yes", "no"} or not any(map(str.isalpha, name))
    return f"{in_words(by or 'group')} {name}" if wordless else name


def in_words(column: object) -> str:
    """Return a column's own name in words: ``financial_aid`` becomes ``financial aid``."""
    return clean(column, 40).replace("_", " ")


def choice_name(name: str) -> str:
    """Return what a choice of method is called."""
    return CHOICES.get(name) or plain_name(name)


def time_unit(method: Mapping[str, object]) -> str:
    """Return the unit of time: what the method says, else what its column of times is called, else days."""
    return clean(method.get("time_unit") or UNITS.get(str(method.get("time")).casefold()) or "days", 40)


def class_name(name: object) -> str:
    """Return what happened to a person's recorded events, in words."""
    return CLASSES.get(str(name)) or plain_name(name)


def period_name(name: object) -> str:
    """Return a period in words."""
    return PERIODS.get(str(name)) or plain_name(name)


def listed(items: list[str], most: int = 6) -> str:
    """Return ``a; b; and 3 more``: at most so many items, the rest counted."""
    shown = items[:most]
    if len(items) > most:
        shown.append(f"and {len(items) - most} more")
    return "; ".join(shown)


def quoted(text: str) -> str:
    """Return text between single quotation marks, cut to what a sentence bears."""
    return f"\u2018{clean(text, 80)}\u2019"


def counted(number: str, one: str, many: str | None = None) -> str:
    """Return ``1 person`` or ``1,204 people`` for a number that is already text (``[c] people`` too)."""
    return f"{number} {one if number == '1' else many or one + 's'}"


def people(number: str) -> str:
    """Return ``1 person`` or ``12 people``."""
    return counted(number, "person", "people")


def hidden_numbers(hidden: int) -> str:
    """Return the sentence of an alternative text that says how much is hidden."""
    return f"{counted(f'{hidden:,}', 'number is', 'numbers are')} hidden as too small to show."
