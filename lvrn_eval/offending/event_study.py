"""The rate of recorded events month by month around a referral or contact: a peak before it is seen for what it is."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib.metadata import version
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from lvrn_eval.cohort.windows import ANCHORS, CUSTODY_RULE, MIN_AGE
from lvrn_eval.engine import Step
from lvrn_eval.errors import AnalysisError, Fault
from lvrn_eval.offending.counting import Placed, place_windows, wanted
from lvrn_eval.offending.kernels.gamma_interval import gamma_interval
from lvrn_eval.offending.rates import RateRatio, rate_ratio_robust
from lvrn_eval.offending.study import Anchor, Study, read_study
from lvrn_eval.phrases import SMALL, WEAKEST, many, of_kinds, p_text, ratio_text, with_interval
from lvrn_eval.result import Check, Result, Sentence

if TYPE_CHECKING:
    import pandas as pd

    from lvrn_eval.cohort.cohort import Cohort
    from lvrn_eval.engine import Frame, Table
    from lvrn_eval.result import Choice

PACKAGE = "lvrn_eval.offending"
DAYS_PER_MONTH = 365.25 / 12
LONGEST = 120
PEAK = 3
"""How many months before the anchor are looked at for a peak."""

COUNTS = ("people", "events")


@dataclass(frozen=True)
class Around:
    """What was found: a row per month, how many people were asked about, and the peak before the anchor."""

    table: pd.DataFrame
    people: int
    peak: RateRatio
    peak_events: tuple[int, int]


def event_study(
    cohort: Cohort | Table | Frame,
    events: Table | Frame,
    *,
    kinds: Sequence[str],
    anchor: Anchor = "referred_on",
    months: int = 24,
    step: int = 1,
    where: str | None = None,
    custody: Table | Frame | None = None,
    min_age: int | None = MIN_AGE,
    as_of: date | str | None = None,
    observed_from: date | str | None = None,
    conf_level: float = 0.95,
) -> Result:
    """Count recorded events per person-month at risk in each month before and after an anchor.

    It is a picture to look at, and no estimate of an effect: where events bring about referrals the rate has a peak
    just before the anchor, and falls after it whatever the programme does.

    Parameters
    ----------
    cohort
        A ``Cohort``, or one row per person with ``person_id``, the anchor (a date) and, where there is one,
        ``birth_month``.
    events
        One row per recorded event: ``person_id``, ``on``, ``kind``. Events of other people may be in it.
    kinds
        The kinds of event to count.
    anchor
        ``"referred_on"``, ``"first_contact"`` or ``"last_contact"``.
    months
        How many months before and after.
    step
        How many months one row spans. Where few people have few events, disclosure control hides every month but the
        highest; 3 or 6 months to a row then show more, and more truly.
    where
        A rule about the columns of ``events`` that events must meet as well.
    custody, min_age
        Days that are not at risk, as for ``pre_post``; events on them are left out.
    as_of, observed_from
        Last and first day of the records, both included; the cohort's own by default. A person's months count as far
        as they lie between.
    conf_level
        Confidence level of the intervals.

    Returns
    -------
    Result
        ``table``, a row per step: ``time`` (months from the anchor to its far end: with a step of 1, -1 is the last
        month before the anchor and 1 the first from it on; there is no 0), ``people`` (with a day at risk), ``events``,
        ``exposure`` (person-months at risk), ``rate`` (events per person-month), ``conf_low``, ``conf_high``; the last
        three are missing where nobody is at risk.

    Raises
    ------
    AnalysisError
        Listing everything wrong with the choices or the tables, with counts and never a value.

    Notes
    -----
    A month is a twelfth of 365.25 days, so that all are equally long up to a day; the first after begins on the day of
    the anchor. The interval is Fay and Feuer's gamma interval over people: exact (Garwood's) where nobody has more than
    one event in the month, and wider where people have several. Each month has its own; they are not meant for
    comparing one month with another.

    The check ``peak_before_anchor`` compares the rate in the last 3 months before with the months before those by the
    rate ratio robust to clustering by person.

    *Validated against* R (``poisson.test``, ``epitools::ageadjust.direct``, and people taken apart day by day) and by
    hand: see ``tests/offending/test_offending_event_study.py``.

    Examples
    --------
    >>> import pandas as pd
    >>> day = pd.Timestamp
    >>> people = pd.DataFrame({"person_id": ["a", "b"], "referred_on": day("2022-06-01")})
    >>> on = [day("2022-05-20"), day("2022-07-09")]
    >>> events = pd.DataFrame({"person_id": ["a", "b"], "on": on, "kind": "suspect"})
    >>> result = event_study(
    ...     people, events, kinds=["suspect"], months=6, step=3, observed_from="2020-01-01", as_of="2023-12-31"
    ... )
    >>> result.table.set_index("time")["events"].to_dict()
    {-6: 0, -3: 1, 3: 1, 6: 0}
    """
    study = read_study(
        cohort, events, kinds=kinds, where=where, before="all", after="all", before_anchor=anchor, after_anchor=anchor,
        custody=custody, min_age=min_age, as_of=as_of, observed_from=observed_from, incomplete="rate",
        conf_level=conf_level,
    )  # fmt: skip
    if faults := list(_faults(study, months, step)):
        raise AnalysisError("the question cannot be answered as asked", faults)
    found = _around(study, months, step, conf_level)
    return Result(
        name="event_study",
        title=f"{of_kinds(study.kinds).capitalize()} per person-month, before and after {ANCHORS[anchor]}",
        table=found.table,
        method=_method(study, months, step, conf_level),
        checks=tuple(_checks(study, found)),
        text=tuple(_sentences(study, found, months, conf_level)),
        count_columns=COUNTS,
        shape="counts",
        figure="event_study",
        wording=restate,
    )


def _faults(study: Study, months: int, step: int) -> Iterator[Fault]:
    if type(months) is not int or not PEAK < months <= LONGEST:
        yield Fault("months", f"is not a whole number from {PEAK + 1} to {LONGEST}", "write 24 for two years")
    elif type(step) is not int or step < 1 or months % step:
        yield Fault("step", f"does not divide {months} months", "write 1, or 3 for quarters of a year")
    if study.windows.observed_from is None:
        fix = "give the first day the records cover: before it, no event is known not to have been"
        yield Fault("observed_from", "was not given", fix)


def _around(study: Study, months: int, step: int, conf_level: float) -> Around:
    placed = place_windows(study)
    edges = range(-months, months + 1, step)
    rows, each = _person_rows(study, placed, edges)
    engine = study.people.engine
    home = engine.run(
        Step.load(PACKAGE, "event_study_months.sql"), tables={"months": rows, "person_months": each}
    ).to_pandas()
    _, sides = _person_rows(study, placed, (-months, -PEAK, 0))
    cells = engine.run(
        Step.load(PACKAGE, "event_study_peak.sql"), tables={"person_months": sides}, values={"peak": PEAK}
    ).to_pandas()
    before, after, days_before, days_after, people = (
        cells[name].to_numpy(dtype=float) for name in ("before", "after", "days_before", "days_after", "people")
    )
    peak = rate_ratio_robust(before, after, days_before, days_after, people, conf_level)
    totals = (int(before @ people), int(after @ people))
    return Around(_months(home, conf_level), placed.cut["people"], peak, totals)


def _person_rows(study: Study, placed: Placed, edges: Sequence[int]) -> tuple[Table, Table]:
    """Return the rows, which lie between edges in months from the anchor, and each person's days and events in them."""
    import pyarrow as pa

    engine = study.people.engine
    away = placed.away
    if away is None:
        away = engine.run(Step.load("lvrn_eval.cohort", "windows_no_away.sql"), tables={"windows": placed.windows})
    days = np.floor(np.array(edges) * DAYS_PER_MONTH).astype(np.int32)
    # a row is called by the edge that lies further from the anchor
    time = [low if low < 0 else high for low, high in pairwise(edges)]
    asked = pa.table({"time": pa.array(time, pa.int32()), "from_day": days[:-1], "to_day": days[1:] - 1})
    rows = engine.register("months", asked)
    each = engine.run(
        Step.load(PACKAGE, "event_study.sql"),
        tables={"windows": placed.windows, "months": rows, "away": away, "events": study.events},
        expressions={"wanted": wanted(study)},
    )
    return rows, each


def _months(home: pd.DataFrame, conf_level: float) -> pd.DataFrame:
    """Return the rates with their intervals; none where nobody is at risk."""
    events, squares, most = (home[name].to_numpy(dtype=float) for name in ("events", "squares", "most"))
    exposure = home["days"].to_numpy(dtype=float) / DAYS_PER_MONTH
    known = np.where(exposure > 0, exposure, np.nan)
    low, high = gamma_interval(events, squares, most, conf_level)
    table = home[["time", "people", "events"]].astype("int64")
    return table.assign(exposure=exposure, rate=events / known, conf_low=low / known, conf_high=high / known)


def _checks(study: Study, found: Around) -> Iterator[Check]:
    yield _peak_check(study, found)
    n = found.people
    enough = n >= SMALL
    text = f"{many(n, 'person', 'people')} in the picture" + ("." if enough else ": descriptive only.")
    instead = f"At least {SMALL} people." if enough else f"Fewer than {SMALL} people: descriptive only."
    yield Check("small_sample", enough, text, float(n), counts=(n,), instead=instead)
    whole = bool((found.table["people"] == n).all())
    changing = "Months far from the anchor rest on fewer people, and on other people, than those near it."
    yield Check("same_people", whole, "Everybody is at risk in every month." if whole else changing)
    given = study.custody is not None
    text = "No custody records were given: days in custody count as days at risk."
    yield Check("custody_given", given, "Days in custody are not days at risk." if given else text)
    yield Check("evidence_level", passed=False, text=WEAKEST)


def _peak_check(study: Study, found: Around) -> Check:
    """Return whether the rate just before the anchor stands out above that of the months before."""
    name, peak, n = "peak_before_anchor", found.peak, found.people
    where = f"in the {PEAK} months before {ANCHORS[study.windows.before_anchor]}"
    if np.isnan(peak.interval.low) or n < SMALL:
        return Check(name, None, f"Whether the rate {where} stands out cannot be judged: too few people or events.")
    higher = peak.interval.low > 1
    verdict = "is higher than" if higher else "does not stand out from"
    text = (
        f"The rate {where} {verdict} that of the months before those: {ratio_text(peak.estimate)} times as high "
        f"({p_text(peak.p_value)}). "
    )
    why = (
        "Events and referrals go together, so the rate would fall after such a peak without any programme."
        if higher
        else "A fall after it is not the end of such a peak, as far as these numbers tell."
    )
    instead = f"The rate {where} {verdict} that of the months before those. {why}"
    return Check(name, not higher, text + why, peak.estimate, peak.p_value, (n, *found.peak_events), instead)


def _sentences(study: Study, found: Around, months: int, conf_level: float) -> Iterator[Sentence]:
    table, name = found.table, ANCHORS[study.windows.before_anchor]
    total, n = int(table["events"].sum()), found.people
    after = table.loc[table["time"] > 0, "people"]
    first, last = int(after.iloc[0]), int(after.iloc[-1])
    yield Sentence(
        f"{many(n, 'person', 'people')} had {total:,} {of_kinds(study.kinds, total)} in the {months} months before and "
        f"the {months} months after {name}.",
        (n, total),
    )
    if not np.isnan(found.peak.interval.low):
        low, high = (ratio_text(limit) for limit in found.peak.interval)
        ratio = with_interval(ratio_text(found.peak.estimate), low, high, conf_level)
        yield Sentence(
            f"In the last {PEAK} months before it, the rate was {ratio} times that of the months before those.",
            found.peak_events,
        )
    yield Sentence(
        f"{many(first, 'person was', 'people were')} at risk just after {name}, and {last:,} at the picture's end.",
        (first, last, first - last if last < first else first),
    )
    yield from (Sentence(text) for text in _cautions(_peak_check(study, found), enough=n >= SMALL))


def _cautions(peak: Check, *, enough: bool) -> Iterator[str]:
    if not enough:
        yield f"With fewer than {SMALL} people this is descriptive only: nothing is concluded."
    elif peak.passed is False:
        yield "Events and referrals go together: the rate would fall after such a peak without any programme."
    yield WEAKEST


def restate(result: Result) -> tuple[Sentence, ...]:
    """Return what a reader may take from a protected picture."""
    table = result.table
    shown = table[table["rate"].notna()]
    hidden = len(table) - len(shown)
    texts = []
    if len(shown) and (shown["rate"] == 0).all():
        texts.append("There is no recorded event in what can be shown.")
    elif len(shown):
        top = shown.loc[shown["rate"].astype(float).idxmax()]
        side = "before" if top["time"] < 0 else "after"
        of = "Of what can be shown, the" if hidden else "The"
        texts.append(
            f"{of} rate is highest up to {many(abs(int(top['time'])), 'month', 'months')} {side} "
            f"{result.method['anchor_name']}: about {float(top['rate']):.2g} recorded events per person-month."
        )
    if hidden:
        texts.append(
            f"Points not shown, as few people or events are behind them: {hidden:,} of {len(table):,}. Where few "
            "events are a reason to hide a point, those that are shown tend to be the high ones."
        )
    enough = result.check("small_sample").passed is True
    return tuple(Sentence(text) for text in (*texts, *_cautions(result.check("peak_before_anchor"), enough=enough)))


def _method(study: Study, months: int, step: int, conf_level: float) -> dict[str, Choice]:
    windows = study.windows
    return {
        "design": "event study, without a comparison group",
        "kinds": list(study.kinds),
        "where": None if study.where is None else study.where.text,
        "anchor": windows.before_anchor,
        "anchor_name": ANCHORS[windows.before_anchor],
        "months": months,
        "step": step,
        "days_per_month": DAYS_PER_MONTH,
        "boundaries": "the first month after begins on the day of the anchor; observed_from and as_of are included",
        "as_of": windows.as_of.isoformat(),
        "observed_from": None if windows.observed_from is None else windows.observed_from.isoformat(),
        "custody": CUSTODY_RULE if study.custody is not None else "not given: every day counts as at risk",
        "min_age": study.min_age,
        "interval": "gamma (Fay and Feuer), a person's events in a month as one cluster",
        "conf_level": conf_level,
        "peak_months": PEAK,
        "engine": study.people.engine.dialect,
        "versions": dict(_versions()),
    }


@cache
def _versions() -> tuple[tuple[str, str], ...]:
    """Return the packages the numbers come from; reading them from disk is slow."""
    return tuple((name, version(name)) for name in ("numpy", "pandas", "scipy"))
