"""What is asked of records on every engine. To add a question, write a function of the records and list it below.

A question takes ``Records``, whose people, referrals, contacts, events and custody may be frames or tables, and returns
a Result, a Table, or several of these by name.
"""

from functools import cache, partial

from differential_records import AS_OF, OBSERVED_FROM, tables
from mapping_examples import MEASURES, observed

from lvrn_eval.cohort import Cohort, engagement_features
from lvrn_eval.engine import as_table, build, parse_rule
from lvrn_eval.offending import pre_post, pre_post_counts
from lvrn_eval.offending.family import outcome_family
from lvrn_eval.offending.harm import harm_change
from lvrn_eval.offending.harm_weights import HarmWeights
from lvrn_eval.offending.subgroups import subgroup_changes
from lvrn_eval.offending.window_table import window_table
from lvrn_eval.survival import kaplan_meier, risk_table, time_to_event

RULES = [
    ("Met twice", "mentor_contacts >= least", {"least": 2}),
    ("Active", "last_contact between as_of - interval 12 month and as_of - interval 1 day", {}),
    ("Earlier event, or young", "prior_events >= 1 or age_at_referral < 16", {}),
]

# every form a rule can take that engines might read in their own way
EXPRESSIONS = [
    "mentor_contacts / 4",
    "prior_events / 3 + mentor_contacts / 7",
    "(prior_events + 1) / (mentor_contacts + 1)",
    "mentor_contacts / prior_events",
    "n_records * 0.1",
    "0.1 + 0.2",
    "-mentor_contacts",
    "last_contact - first_contact",
    "(last_contact - first_contact) / 7",
    "date '2024-03-31' - last_contact",
    "first_contact + 30",
    "first_contact - 1",
    "first_contact + interval 1 month",
    "first_contact - interval 1 month",
    "first_contact - interval 1 month + interval 1 month",
    "last_contact - interval 1 year",
    "last_contact + interval 2 week",
    "last_contact - interval 30 days",
    "first_contact + interval (mentor_contacts) month",
    "first_contact + 2 * interval 1 month",
    "greatest(first_contact, referred_on)",
    "least(mentor_contacts, prior_events, 3)",
    "coalesce(referral_source, 'none')",
    "case when sex = 'female' then 1 when sex is null then null else 0 end",
    "case when site < 'b' then 'early' else site end",
    "referral_source in ('police', 'self')",
    "referral_source not in ('police')",
    "sex <> 'male' and ethnicity = 'white'",
    "not (sex = 'male' or ethnicity = 'white')",
    "site between 'M' and 'n'",
    "site >= 'É'",
    "person_id = person_id",
    "first_contact is not null",
    "last_contact between as_of - interval 12 month and as_of - interval 6 month",
    "last_contact > first_contact + interval 6 month",
    "null",
    "true",
]


@cache
def _features(records, **choices):
    """Return features once for all questions to the same records."""
    return engagement_features(records, as_of=AS_OF, **choices)


def _cohort(records):
    cohort = Cohort(_features(records), name="Everyone who may be in")
    for label, rule, values in RULES:
        cohort = cohort.require(label, rule, **values)
    return cohort


def features(records):
    """Features as the Champions rules look at them, and as widely as they can be drawn."""
    wide = _features(records, roles=("navigator",), attended_only=False, distinct_dates=False, event_kinds=("victim",))
    return {"usual": _features(records).table, "wide": wide.table}


def rules(records):
    """Every form of expression, row by row."""
    from sqlglot import select

    table = _features(records).table
    parsed = [parse_rule(text, list(table.columns), {"as_of": _features(records).as_of}) for text in EXPRESSIONS]
    columns = [rule.expression.as_(f"x{number}") for number, rule in enumerate(parsed)]
    return table.engine.run(build("tests/rules", select("person_id", *columns).from_("f")), tables={"f": table})


def attrition(records):
    """Who was left out by which rule, the rest, and who they are."""
    cohort = _cohort(records)
    return {"attrition": cohort.attrition(), "decided": cohort.decided, "people": cohort.people}


def sample(records, per):
    """Who is sampled, in what order, and how they differ from everybody."""
    cohort = Cohort(_features(records), name="Everyone").sample(5, per=per, seed=2024)
    answers = {"sampling": cohort.sampling(), "decided": cohort.decided, "people": cohort.people}
    return answers | {"balance": cohort.balance()}


def _met(records):
    """Return everybody who has been met, as people of an analysis."""
    return Cohort(_features(records), name="Everyone met").require("Met", "first_contact is not null")


def before_and_after(records, **choices):
    """Counts before and after, with days at risk."""
    custody = records.custody if choices.pop("custody", False) else None
    return pre_post(_met(records), records.events, custody=custody, kinds=["suspect", "charge", "asb"], **choices)


def people_by_hand(records):
    """People given as a plain table rather than a cohort."""
    people = _met(records).people
    return pre_post(people, records.events, kinds=["conviction"], before="90 days", after="90 days", as_of=AS_OF,
                    observed_from=OBSERVED_FROM, incomplete="rate")  # fmt: skip


def windows(records, **choices):
    """Counts with every choice of anchors, washout, age and rule, by site; and their harm."""
    met, events, asked = _asked(records, choices)
    weights = HarmWeights({"a": 100.0, "é": 0.3333}, "made up", "made up", "points", "0", 0)
    harm = {"weights": weights, "unmapped": "lowest", "draws": 100}
    return {
        "people": pre_post_counts(met, events, kinds=["suspect"], where="knife is not null", **KNOWN, **asked),
        "result": pre_post(met, events, kinds=["suspect", "charge"], **KNOWN, **asked),
        "harm": harm_change(met, events, kinds=["suspect"], **harm, **asked),
    }


def families(records):
    """Subgroups, several outcomes and several windows."""
    met, events, asked = _asked(records, {"before_anchor": "referred_on"})
    lengths = {"before": "100 days", "after": "100 days"}
    outcomes = {"Suspect": {"kinds": ["suspect"]}, "Knife": {"kinds": ["suspect", "asb"], "where": "knife"}}
    return {
        "subgroups": subgroup_changes(met, events, kinds=["suspect"], **KNOWN, **lengths, **asked),
        "family": outcome_family(met, events, outcomes=outcomes, primary="Knife", **lengths, **asked),
        "windows": window_table(met, events, windows=["183 days", "as after"], kinds=["suspect"], **asked),
    }


KNOWN = {"by": "site", "known": {"site": "start"}}


def _asked(records, choices):
    met = _met(records).require("Referred in time", "referred_on <= last_contact")
    events = _with_offences(as_table(records.events, "events", met.engine))
    return met, events, {"custody": records.custody, "washout": "20 days", "incomplete": "model", **choices}


def _with_offences(events):
    """Return events with an offence that the weights know in their own spelling, or do not know, or none."""
    from sqlglot import parse_one

    step = parse_one(
        """select *, case kind when 'suspect' then ' A ' when 'charge' then 'É' when 'asb' then 'b' end as offence
        from events""",
        read="duckdb",
    )
    return events.engine.run(build("tests/offences", step), tables={"events": events})


def times(records):
    """Days to the first event."""
    met = Cohort(_features(records), name="Met").require("Met in time", "last_contact <= as_of")
    return time_to_event(met, records.events, kinds=["suspect", "charge"], by=["site", "sex"])


def risk(records):
    """Risk tables and a curve, counted where the people are."""
    met = Cohort(_features(records), name="Met").require("Met in time", "last_contact <= as_of and site is not null")
    table = time_to_event(met, records.events, kinds=["suspect", "charge"])
    columns = {"time": "days", "event": "event"}
    return {
        "risk": risk_table(table, **columns),
        "by": risk_table(table, **columns, by="site"),
        "curve": kaplan_meier(table, **columns, by="site"),
    }


def mapping(records, name):
    """The observations of one kind of measure, and why there is nothing where there is nothing."""
    found = observed(MEASURES[name], tables(records), as_of=AS_OF)
    return {"table": found.table, "unanswered": found.unanswered}


QUESTIONS = {
    "features": features,
    "rules": rules,
    "attrition": attrition,
    "sample per site": partial(sample, per="site"),
    "sample of all": partial(sample, per=None),
    "all before and after": partial(before_and_after, before="all", after="all"),
    "half a year, whole windows": partial(before_and_after, before="183 days", after="183 days", custody=True),
    "rates, days in custody taken out": partial(
        before_and_after, before="365 days", after="all", incomplete="rate", custody=True
    ),
    "people by hand": people_by_hand,
    "before as long as after": partial(windows, before="as after", after="200 days", before_anchor="referred_on"),
    "intention to treat": partial(
        windows, before="100 days", after="all", before_anchor="referred_on", after_anchor="referred_on", min_age=16
    ),
    "families": families,
    "times to an event": times,
    "risk tables": risk,
    **{f"mapping: {name}": partial(mapping, name=name) for name in MEASURES},
}

MAPPED = {f"mapping: {name}": name for name in MEASURES}
ON_SPARK_TOO = ("records", "distinct", "per", "pairs")
"""Measures that say enough of the mapping on Spark: breakdowns, folded people, rows per person, two occasions."""

# a step takes Spark a second however few the people: of the records that are not awkward, it is asked what they are for
ON_SPARK = {
    # families are made of the steps of windows
    "awkward": tuple(
        name for name in QUESTIONS if name != "families" and (name not in MAPPED or MAPPED[name] in ON_SPARK_TOO)
    ),
    "one site": ("rules", "sample per site"),
    "no events": ("half a year, whole windows", "times to an event"),
    "nobody": ("attrition", "all before and after", "risk tables"),
}
