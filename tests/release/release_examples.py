"""One small result of every kind an analysis can return, from made-up people among whom some groups are few."""

from __future__ import annotations

import datetime as dt
from functools import cache
from types import SimpleNamespace

import numpy as np
import pandas as pd

import lvrn_eval as lv
from lvrn_eval import survival
from lvrn_eval.framework import Contribution, Framework, Indicator, Level, Outcome, Programme
from lvrn_eval.framework.headlines import headlines
from lvrn_eval.framework.mapping import map_outcomes
from lvrn_eval.framework.measure import read_measure
from lvrn_eval.framework.published import PublishedFigure, Selector
from lvrn_eval.records.instruments import likert, score_answers, score_summary
from lvrn_eval.records.instruments.change import change
from lvrn_eval.release import POLICIES, protect
from lvrn_eval.survival.concordance import concordance
from lvrn_eval.survival.cox import cox, fit_cox
from lvrn_eval.survival.effects_over_time import effects_over_time
from lvrn_eval.survival.predict import predict_hazard, predict_survival
from lvrn_eval.survival.proportional_hazards import test_proportional_hazards as proportional_hazards

TIMES = {"time": "days", "event": "event"}
ENDED = {"time": "days", "event": "ended"}


@cache
def _people(n=160, seed=3, few=6):
    rng = np.random.default_rng(seed)
    site = rng.choice(["burnley", "preston"], n).astype(object)
    site[:few] = "wyre"
    ended = rng.choice([0, 1, 2, 3], n, p=[0.35, 0.4, 0.22, 0.03])
    return pd.DataFrame(
        {
            "days": rng.integers(20, 400, n), "start": rng.integers(0, 20, n), "ended": ended,
            "event": (ended > 0).astype(int), "site": site, "older": rng.integers(0, 2, n), "age": rng.normal(18, 2, n),
            "rare": (np.arange(n) < 4).astype(int), "weight": rng.integers(1, 3, n), "arm": rng.choice(["x", "y"], n),
        },
    )  # fmt: skip


def people(**choices):
    """Return a frame of one row per person, three sites, the third of few people."""
    return _people(**choices).copy()


def rows(n=120, seed=5, few=6):
    """Return start-stop rows of people who can have several events."""
    rng = np.random.default_rng(seed)
    made = []
    for person in range(n):
        ends = np.sort(rng.choice(np.arange(5, 300), rng.integers(1, 5), replace=False))
        arm = "z" if person < few else "xy"[person % 2]
        starts = [0, *ends[:-1]]
        events = [1] * (len(ends) - 1) + [int(rng.random() < 0.3)]
        made += [
            {"person": person, "start": s, "days": e, "event": v, "arm": arm, "older": person % 3 == 0}
            for s, e, v in zip(starts, ends, events, strict=True)
        ]
    return pd.DataFrame(made).astype({"older": int})


def champions(n=150, seed=2):
    """Return people of a programme and their events, for a comparison of before and after."""
    rng = np.random.default_rng(seed)
    first = pd.Timestamp("2021-01-01") + pd.to_timedelta(rng.integers(0, 200, n), unit="D")
    frame = pd.DataFrame(
        {
            "person_id": [f"p{i}" for i in range(n)], "site": np.where(np.arange(n) < 6, "wyre", "preston"),
            "first_contact": first, "last_contact": first + pd.Timedelta(days=90),
            "mentor_contacts": rng.integers(0, 6, n), "age": rng.integers(11, 25, n),
        },
    )  # fmt: skip
    who = rng.integers(0, n, 2 * n)
    on = first.to_numpy()[who] + pd.to_timedelta(rng.integers(-170, 265, 2 * n), unit="D").to_numpy()
    events = pd.DataFrame({"person_id": frame["person_id"].to_numpy()[who], "on": on, "kind": "suspect"})
    return frame, events


def cohort():
    frame, _ = champions()
    made = lv.Cohort(frame, name="Made up", as_of="2022-12-31")
    return made.require("Two contacts", "mentor_contacts >= 2").sample(40, per="site", seed=1)


def answers(n=70, seed=4, instrument="swemwbs"):
    rng = np.random.default_rng(seed)
    low, high = (7, 35) if instrument == "swemwbs" else (0, 21)
    before = rng.integers(low, high - 4, n)
    after = np.clip(before + rng.integers(-3, 6, n), low, high)
    who = [f"p{i}" for i in range(n)]
    waves = [
        pd.DataFrame({"person_id": who, "occasion": "pre", "on": "2023-01-01", "score": before}),
        pd.DataFrame({"person_id": who[: n - 4], "occasion": "post", "on": "2023-06-01", "score": after[: n - 4]}),
    ]
    return pd.concat(waves, ignore_index=True)


def pre_post():
    frame, events = champions()
    return lv.pre_post(frame, events, kinds=["suspect"], before="180 days", after="180 days", as_of="2022-12-31")


def split():
    """Return people of whom half never have the event, however long they are followed."""
    frame = people()
    rng = np.random.default_rng(8)
    ever = rng.random(len(frame)) < 0.5
    days = np.where(ever, rng.lognormal(3, 0.6, len(frame)).clip(1, 900).round(), 1000)
    return frame.assign(days=days, event=ever.astype(int), site=np.where(frame.index < 6, "wyre", frame["arm"]))


def fitted():
    return fit_cox(people(), "site + rare + older + age", **TIMES)


@cache
def made(name):
    """Return an example, made once."""
    return EXAMPLES[name]()


@cache
def strict(name):
    """Return an example as the strict policy shows it, made once."""
    return protect(made(name), POLICIES["strict"])


def figures():
    """Return a register with one figure of few people and one of many, and observations that answer both."""

    def figure(name, published, group):
        return PublishedFigure(
            id=name, programme="champions", about="Made up", value=published, qualifier="exact", unit="people", page=1,
            computed=Selector("the_one", "district", group, None), not_computed="", leaves_open="",
        )  # fmt: skip

    once = pd.DataFrame(
        {
            "indicator": "the_one", "kind": "distinct", "level": "district", "area": ["few", "many"],
            "value": [7.0, 83.0], "n_people": pd.array([7, 83], dtype="Int64"),
            "period_start": pd.Timestamp("2024-01-01"), "period_end": pd.Timestamp("2024-03-31"),
        },
    )  # fmt: skip
    unanswered = pd.DataFrame({"indicator": [], "reason": []})
    observed = SimpleNamespace(
        once=lambda: once, unanswered=unanswered, framework="digest", programmes=("champions",),
        about_people=frozenset({"the_one"}),
    )  # fmt: skip
    register = SimpleNamespace(
        report="Report", figures=[figure("few_people", 7.0, "few"), figure("many", 84.0, "many")]
    )
    return headlines(register, observed)


def logrank(**choices):
    return survival.logrank(people(), by="site", **TIMES, **choices)


def _likert():
    rng = np.random.default_rng(6)
    return likert(
        pd.DataFrame({"useful": rng.choice([1, 2, 3, 4, 5], 90, p=[0.05, 0.1, 0.15, 0.4, 0.3])}),
        ["useful"],
        low=1,
        high=5,
    )


def framework_of(measure):
    """Return a framework of one outcome and one indicator with this measure."""
    link = Contribution("wellbeing", "direct", "Made up.")
    indicator = Indicator(
        "the_one", "champions", "The one", "Made up.", "things", "increase", "All", "Made up", (link,), "made up", "",
        read_measure(measure), "",
    )  # fmt: skip
    return Framework(
        "Small", "Nobody", 2023, 2025, "made up", (Level(1, "attested", "One", "One."),),
        (Outcome("wellbeing", "1.1", "attested", 1, "Wellbeing", "People are well."),), (),
        (Programme("champions", "programme", "Champions", "Made up.", ("wellbeing",)),), (indicator,), 1, "digest",
    )  # fmt: skip


def observed(measure):
    rng = np.random.default_rng(9)
    district = rng.choice(["burnley", "preston"], 80).astype(object)
    district[:3] = "wyre"
    ids = [f"p{i}" for i in range(80)]
    who = np.concatenate([np.arange(80), rng.integers(0, 80, 120)])
    tables = {
        "people": pd.DataFrame({"person_id": ids, "district": district}),
        "contacts": pd.DataFrame(
            {
                "contact_id": range(200), "person_id": np.array(ids)[who], "on": pd.Timestamp("2023-06-01"),
                "attended": rng.random(200) > 0.3, "minutes": rng.integers(5, 120, 200).astype(float),
            },
        ),
        "area_counts": pd.DataFrame(
            {
                "area": ["burnley", "preston"] * 6, "period_start": pd.date_range("2023-01-01", periods=12, freq="MS"),
                "count": [12, 3] * 6, "population": 1000.0, "period": "month", "measure": "asb", "category": None,
            },
        ),
    }  # fmt: skip
    given = SimpleNamespace(programme="champions", tables=tables, extracted_on=dt.date(2024, 3, 31))
    return map_outcomes(given, framework_of(measure)).to_result()


EXAMPLES = {
    "risk_table": lambda: survival.risk_table(people(), by="site", **TIMES),
    "risk_table of causes": lambda: survival.risk_table(people(), by="site", causes=(1, 2, 3), **ENDED),
    "risk_table with late entry": lambda: survival.risk_table(people(), entry="start", by="site", **TIMES),
    "kaplan_meier": lambda: survival.kaplan_meier(people(), by="site", times=[100, 200], band="hall-wellner", **TIMES),
    "kaplan_meier, weighted": lambda: survival.kaplan_meier(people(), weights="weight", conf_type="plain", **TIMES),
    "kaplan_meier with late entry": lambda: survival.kaplan_meier(
        people(), entry="start", by="site", times=[100, 200], band="equal-precision", **TIMES
    ),
    "nelson_aalen": lambda: survival.nelson_aalen(people(), by="site", times=[100], **TIMES),
    "cumulative_incidence": lambda: survival.cumulative_incidence(people(), by="site", of=2, times=[100], **ENDED),
    "cumulative_incidence with late entry": lambda: survival.cumulative_incidence(
        people(), entry="start", times=[100, 300], **ENDED
    ),
    "logrank": lambda: logrank(scores=[1, 2, 3], pairwise=True),
    "logrank, Peto": lambda: logrank(test="peto"),
    "gray_test": lambda: survival.gray_test(people(), by="site", **ENDED),
    "rmst": lambda: survival.rmst(people(), by="site", tau=200, **TIMES),
    "rmst_difference": lambda: survival.rmst_difference(people(), by="site", tau=200, **TIMES),
    "mean_cumulative": lambda: survival.mean_cumulative(
        rows(), "person", "start", "days", "event", by="arm", times=[60, 150]
    ),
    "andersen_gill": lambda: survival.andersen_gill(rows(), "arm + older", "person", "start", "days", "event"),
    "pwp": lambda: survival.pwp(rows(), "older", "person", "start", "days", "event", time_scale="gap"),
    "pwp by order": lambda: survival.pwp(
        rows(), "older", "person", "start", "days", "event", time_scale="gap", max_order=2, coefficients="by_order"
    ),
    "wlw": lambda: survival.wlw(rows(), "older", "person", "start", "days", "event", max_order=2),
    "fine_gray": lambda: survival.fine_gray(people(), "site + older + age", **ENDED),
    "parametric": lambda: survival.parametric(people(), "site + older + age", **TIMES),
    "cure": lambda: survival.cure(split(), "site", "1", **TIMES),
    "cox": lambda: cox(people(), "site + rare + older + age", **TIMES),
    "predicted_survival": lambda: predict_survival(fitted(), people().head(2)),
    "predicted_hazard": lambda: predict_hazard(fitted()),
    "proportional_hazards": lambda: proportional_hazards(fitted()),
    "effects_over_time": lambda: effects_over_time(fit_cox(people(), "site + older + age", **TIMES)),
    "concordance": lambda: concordance(people(), score="age", **TIMES),
    "required_events": lambda: survival.required_events(0.7, event_share=0.3),
    "detectable_hazard_ratio": lambda: survival.detectable_hazard_ratio(
        survival.kaplan_meier(people(), by="arm", **TIMES)
    ),
    "pre_post": pre_post,
    "attrition": lambda: cohort().attrition(),
    "sampling": lambda: cohort().sampling(),
    "balance": lambda: cohort().balance(),
    "likert": _likert,
    "scores": lambda: score_summary(score_answers(answers(instrument="gad7"), "gad7")),
    "score_change": lambda: change(score_answers(answers(), "swemwbs"), reliable="published"),
    "headlines": figures,
    "coverage": lambda: framework_of({"table": "contacts", "kind": "records"}).coverage(),
    "observations": lambda: observed({"table": "contacts", "kind": "records", "by": ["district"]}),
    "observations, shares": lambda: observed(
        {"table": "contacts", "kind": "proportion", "numerator": "attended", "of": "person_id", "by": ["district"]}
    ),
    "observations, rates": lambda: observed(
        {"table": "area_counts", "kind": "rate", "numerator": "count", "denominator": "population", "scale": 1000}
    ),
    "observations, means": lambda: observed(
        {"table": "contacts", "kind": "mean", "value": "minutes", "by": ["district"]}
    ),
}
