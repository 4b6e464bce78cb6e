"""What is asked of records on every engine. To add a question, write a function of the records and list it below.

A question takes ``Records``, whose people, referrals, contacts, events and custody may be frames or tables, and returns
a Result, a Table, or several of these by name.
"""

from functools import cache, partial

from differential_records import AS_OF, OBSERVED_FROM, RECORDS, tables
from mapping_examples import MEASURES, observed

from lvrn_eval.cohort import Cohort, engagement_features
from lvrn_eval.cohort.features import QUALIFYING_KINDS
from lvrn_eval.designs import case_series
from lvrn_eval.engine import as_table, build, parse_rule
from lvrn_eval.offending import (
    bootstrap_rates,
    effect_sizes,
    event_study,
    pre_post,
    pre_post_counts,
    regression_to_mean,
)
from lvrn_eval.offending.family import outcome_family
from lvrn_eval.offending.harm import harm_change
from lvrn_eval.offending.harm_weights import HarmWeights
from lvrn_eval.offending.subgroups import subgroup_changes
from lvrn_eval.offending.window_table import window_table
from lvrn_eval.records.instruments import added_value, change, change_per_person, score_answers, score_summary
from lvrn_eval.survival import kaplan_meier, proven_reoffending, risk_table, time_to_event

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


def subgroups(records):
    """Changes of the people of each site, and whether they differ."""
    met, events, asked = _asked(records, {"before_anchor": "referred_on"})
    return subgroup_changes(met, events, kinds=["suspect"], **KNOWN, **LENGTHS, **asked)


def families(records):
    """Several outcomes and several windows."""
    met, events, asked = _asked(records, {"before_anchor": "referred_on"})
    outcomes = {"Suspect": {"kinds": ["suspect"]}, "Knife": {"kinds": ["suspect", "asb"], "where": "knife"}}
    return {
        "family": outcome_family(met, events, outcomes=outcomes, primary="Knife", **LENGTHS, **asked),
        "windows": window_table(met, events, windows=["183 days", "as after"], kinds=["suspect"], **asked),
    }


def with_no_effect(records):
    """What regression to the mean would give, with a pool of people who were not selected."""
    everybody = Cohort(_features(records), name="Everyone")
    selected = everybody.require("Met", "first_contact is not null").require("On record", "prior_events >= 1")
    others = everybody.require("Not met, or not on record", "first_contact is null or prior_events = 0")
    # features count what lies before observed_from, and so must the rule
    asked = {"custody": records.custody, "observed_from": "2019-12-31", "washout": "20 days", "draws": 200}
    kinds = {"kinds": ["suspect", "charge"], "rule_kinds": QUALIFYING_KINDS}
    return regression_to_mean(selected, records.events, pool=others.people, window="365 days", **kinds, **asked)


def around_a_referral(records):
    """Rates month by month, and by quarters of a year under a rule about events."""
    met = _met(records).require("Referred", "referred_on is not null")
    asked = {"kinds": ["suspect", "charge"], "months": 6, "custody": records.custody}
    return {
        "months": event_study(met, records.events, **asked),
        "quarters": event_study(met, records.events, step=3, where="knife is not null", **asked),
    }


def within_people(records, **choices):
    """A case series: periods and bands of age and calendar time, or first events alone."""
    people = _met(records).require("Month of birth known", "birth_month is not null")
    return case_series(people, records.events, kinds=["suspect", "charge"], custody=records.custody, **choices)


def paired(records):
    """Sizes of the change and its bootstrap, from each person's counts where they are."""
    met, events, asked = _asked(records, {"incomplete": "rate"})
    counts = pre_post_counts(met, events, kinds=["suspect", "asb"], before="365 days", after="100 days", **asked)
    return {"sizes": effect_sizes(counts), "bootstrap": bootstrap_rates(counts, draws=100)}


KNOWN = {"by": "site", "known": {"site": "start"}}
LENGTHS = {"before": "100 days", "after": "100 days"}


def _asked(records, choices):
    met = _met(records).require("Referred in time", "referred_on <= last_contact")
    events = _with_offences(as_table(records.events, "events", met.engine))
    return met, events, {"custody": records.custody, "washout": "20 days", "incomplete": "model", **choices}


def _with_offences(events):
    """Return events with an offence that the weights know in their own spelling, or do not know, or none."""
    return _made(
        events,
        """select *, case kind when 'suspect' then ' A ' when 'charge' then 'É' when 'asb' then 'b' end as offence
        from given""",
    )


def _made(given, sql):
    """Return what a step makes of one table, in that table's engine."""
    from sqlglot import parse_one

    return given.engine.run(build("tests/made", parse_one(sql, read="duckdb")), tables={"given": given})


def times(records):
    """Days to the first event."""
    met = Cohort(_features(records), name="Met").require("Met in time", "last_contact <= as_of")
    return time_to_event(met, records.events, kinds=["suspect", "charge"], by=["site", "sex"])


def times_in_parts(records):
    """Days to every event, with custody taken out and a group that changes; from release; from a landmark."""
    people = Cohort(_features(records), name="Met").require("Met in time", "last_contact <= as_of")
    met = as_table(records.contacts, "contacts", people.people.engine)
    last = """select person_id, max(cast("on" as date)) as "on", 'ended' as district from given group by person_id"""
    given = {"custody": records.custody, "kinds": ["suspect", "charge"]}
    again = time_to_event(
        people, records.events, start="first_contact", recurrent=True, by="district", changes=_made(met, last), **given
    )
    released = time_to_event(
        _everybody(records), records.events, start="release", competing=["custody", "asb"], **RELEASED, **given
    )
    late = time_to_event(
        people, records.events, start="first_contact", kinds=["suspect"], landmark=30, competing={"other": ["asb"]}
    )
    accounts = {"again, account": again.account(), "released, account": released.account()}
    return {"again": again, "released": released, "late": late, **accounts}


def proven(records):
    """Days to the first proven reoffence, with custody left in and taken out."""
    people = _everybody(records)
    dated = """select *, cast("on" + interval 4 month as date) as proved_on from given"""
    events = _made(as_table(records.events, "events", people.people.engine), dated)
    given = {"custody": records.custody, "kinds": ["conviction"], **RELEASED}
    year = proven_reoffending(people, events, **given)
    half = proven_reoffending(people, events, months=6, proof_months=3, remove_custody=True, **given)
    return {"year": year, "account": year.account(), "half a year": half}


def _everybody(records):
    return Cohort(_features(records), name="Everyone").require("Anyone", "person_id is not null")


RELEASED = {"released_from": "2020-03-01"}


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


def questionnaires(records):
    """Answers made up from each person's days: scored, set side by side, summed up, and the value added."""
    scored = score_answers(_answers(as_table(records.scores, "scores")), "sdq")
    occasions = {"before": "pre", "after": "post"}
    return {
        "scored": scored.table,
        "change": change(scored, **occasions),
        "people": change_per_person(scored, **occasions),
        "summary": score_summary(scored),
        "added value": added_value(scored, **occasions),
    }


def _answers(given):
    """Return a sheet of 33 answers for every person and occasion, some of them missing."""
    from sqlglot import select

    day = """max(cast("on" as date))"""
    columns = ["person_id", "occasion", f'{day} as "on"', f"date_diff('day', date '2019-12-31', {day}) as n"]
    sheets = select(*columns, dialect="duckdb").from_("given").where("person_id is not null")
    items = [
        f"case when mod(n, 11) + 1 <> {item} then mod(n * {item} + {item}, 3) end as item_{item}"
        for item in range(1, 34)
    ]
    told = ["person_id", "occasion", '"on"', "'parent' as informant", "14 as age", *items]
    made = select(*told, dialect="duckdb").from_(sheets.group_by("person_id", "occasion").subquery("sheets"))
    return given.engine.run(build("tests/answers", made), tables={"given": given})


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
    "subgroups": subgroups,
    "families": families,
    "regression to the mean": with_no_effect,
    "event study": around_a_referral,
    "case series": partial(
        within_people,
        pre_referral="30 days",
        programme_cuts=["91 days"],
        after_cuts=["60 days"],
        age_bands=[18],
        calendar_bands=["2023-06-30"],
    ),
    "case series of first events": partial(
        within_people, pre_referral="none", first_event=True, where="knife is not null", min_age=None
    ),
    "paired counts": paired,
    "times to an event": times,
    "times in parts": times_in_parts,
    "proven reoffending": proven,
    "risk tables": risk,
    "questionnaires": questionnaires,
    **{f"mapping: {name}": partial(mapping, name=name) for name in MEASURES},
}

ONCE = (
    "event study",
    "case series of first events",
    "paired counts",
    "times in parts",
    "proven reoffending",
    "questionnaires",
)
"""Questions that PostgreSQL is asked of the awkward records alone, so that the session stays short."""

ON_POSTGRESQL = {
    records: tuple(name for name in QUESTIONS if records == "awkward" or name not in ONCE) for records in RECORDS
}

ON_SPARK = {
    "awkward": tuple(QUESTIONS),
    "one site": ("rules", "sample per site", "regression to the mean"),
    "no events": ("half a year, whole windows", "times to an event"),
    "nobody": ("attrition", "all before and after", "risk tables"),
}
"""A step takes Spark a second however few the people: it is asked of the other records what these are for."""
