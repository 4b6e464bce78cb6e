"""Harm before and after: events weighted by how serious they are, with people drawn again for the interval."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Literal, Unpack

import numpy as np
import pandas as pd

from lvrn_eval.cohort.windows import days_at_risk
from lvrn_eval.engine import Step
from lvrn_eval.errors import AnalysisError, Fault, suggestion
from lvrn_eval.offending.bootstrap import INTERVALS, bootstrap_totals, draw_faults
from lvrn_eval.offending.checks import evidence_level
from lvrn_eval.offending.counting import PACKAGE, place_windows, wanted
from lvrn_eval.offending.estimates import Row
from lvrn_eval.offending.harm_weights import HarmWeights, key
from lvrn_eval.offending.paired_words import enough, of_ratio
from lvrn_eval.offending.pre_post import window_choices
from lvrn_eval.offending.proportions import Interval
from lvrn_eval.offending.rates import DAYS_PER_YEAR
from lvrn_eval.offending.sentences import named
from lvrn_eval.offending.study import Choices, read_study
from lvrn_eval.phrases import SMALL, WEAKEST, decimal, many, percent, ratio_text, with_interval
from lvrn_eval.result import Check, Result, Sentence

if TYPE_CHECKING:
    import pyarrow as pa
    from numpy.typing import NDArray

    from lvrn_eval.cohort.cohort import Cohort
    from lvrn_eval.engine import Frame, Table
    from lvrn_eval.offending.kernels.resampling import Resampled
    from lvrn_eval.offending.study import Study

    Array = NDArray[np.float64]
    Totals = Callable[[Array], Array]

Unmapped = Literal["refuse", "leave_out", "lowest"]
UNMAPPED: tuple[Unmapped, ...] = ("refuse", "leave_out", "lowest")
PERIODS = ("before", "after")
DOMINANT = 0.5
"""Where one person has more than this share of the harm, the change is that person's."""

COUNTS = ("n", "n_events", "contributors")
MEASURES = {"harm_difference": "harm difference", "harm_ratio": "harm ratio"}


@dataclass(frozen=True)
class HarmCells:
    """People grouped by harm, events and days at risk: arrays of shape ``(n_cells,)``, and nobody's name."""

    before: Array
    after: Array
    unmapped_before: Array
    unmapped_after: Array
    harm_before: Array
    harm_after: Array
    days_before: Array
    days_after: Array
    people: NDArray[np.int64]

    @property
    def n(self) -> int:
        """How many people have a day at risk."""
        return int(self.people[(self.days_before > 0) | (self.days_after > 0)].sum())

    def total(self, name: str) -> float:
        """Return the sum over people of a column."""
        column: Array = getattr(self, name)
        return float(column @ self.people)

    def contributors(self, period: str) -> int:
        """Return how many people have any harm in a period."""
        return int(self.people[getattr(self, f"harm_{period}") > 0].sum())

    def contributions(self, period: str) -> dict[str, float]:
        """Return all harm of a period and its two largest contributions, each one person's."""
        harm = getattr(self, f"harm_{period}")
        order = np.argsort(-harm, kind="stable")
        most = np.repeat(harm[order], np.minimum(self.people[order], 2))[:2].tolist()
        first, second = [*most, 0.0, 0.0][:2]
        return {"total": self.total(f"harm_{period}"), "largest": first, "second_largest": second}


def _share(contributions: Mapping[str, float], *names: str) -> float:
    """Return the share of some contributions; 0 where there is no harm."""
    total = contributions["total"]
    return sum(contributions[name] for name in names) / total if total > 0 else 0.0


def harm_change(
    cohort: Cohort | Table | Frame,
    events: Table | Frame,
    *,
    weights: HarmWeights,
    kinds: Sequence[str],
    where: str | None = None,
    unmapped: Unmapped = "refuse",
    interval: str = "bca",
    draws: int = 2000,
    seed: int = 2024,
    conf_level: float = 0.95,
    **choices: Unpack[Choices],
) -> Result:
    """Compare the harm of recorded events per person-year before a programme with that after it.

    Parameters
    ----------
    cohort, kinds, where, conf_level
        As in ``pre_post``.
    events
        As in ``pre_post``, with the column ``offence``, spelt as in the weights (capitals and spaces around aside).
    weights
        What ``load_harm_weights`` returned.
    unmapped
        What to do with events whose offence has no weight, or is missing: ``"refuse"`` lists the offences;
        ``"leave_out"`` counts such an event as no harm; ``"lowest"`` gives it the smallest weight of the table. A
        check says how many there were on either side.
    interval, draws, seed
        As in ``bootstrap_rates``: people are drawn again, all their events with them.
    **choices
        Further choices of ``pre_post``: ``before``, ``after``, ``before_anchor``, ``after_anchor``, ``washout``,
        ``custody``, ``min_age``, ``as_of``, ``observed_from``, ``incomplete``.

    Returns
    -------
    Result
        ``table`` with the columns of every table of estimates, ``measure``, ``interval``, ``contributors``, ``total``,
        ``largest`` and ``second_largest``: the terms ``harm_before`` and ``harm_after`` (harm per person-year at
        risk), ``harm_difference`` (after less before) and ``harm_ratio`` (after against before; ``std_error`` is that
        of its logarithm). ``n`` people had a day at risk; ``n_events`` were weighted. The last four say how many people
        have any harm, how much it is together, and the two largest amounts that are one person's: by them disclosure
        control hides a row that tells of one person. Beside the last two terms they are those of the side of which two
        people have the larger share.

    Raises
    ------
    AnalysisError
        As ``pre_post``; when the days before are unknown; or, unless ``unmapped`` says what to do, with every offence
        that has no weight.

    Notes
    -----
    Harm per person-year is all harm over all days at risk. A few serious events may make most of it, so intervals are
    wide, and read beside the counts: harm may fall while events rise. Weights are constants here; that they are
    uncertain is in no interval.

    *Validated against* weighted least squares with a covariance clustered by person in statsmodels, and by hand
    (tests/offending/test_offending_harm.py); the bootstrap as in ``bootstrap_rates``.
    """
    faults = _faults(weights, unmapped, interval, draws, seed)
    if faults:
        raise AnalysisError("the question cannot be answered as asked", faults)
    study = read_study(cohort, events, kinds=kinds, where=where, conf_level=conf_level, **choices)
    cells = _cells(study, weights, unmapped)
    drawn = bootstrap_totals(cells.people, _columns(cells), _functions(), draws=draws, seed=seed)
    table = _table(cells, drawn, interval, conf_level)
    what = named(study)
    return Result(
        name="harm_change",
        title=f"Harm of {what} per person-year at risk, before and after the programme",
        table=table,
        method={
            "design": "before and after the programme, without a comparison group",
            **window_choices(study),
            "weights": dict(weights.described),
            "unmapped": unmapped,
            "estimator": "all harm over all days at risk",
            "resampled": "people, with replacement",
            "draws": draws,
            "seed": seed,
            "interval": interval,
            "conf_level": conf_level,
            "dominance": f"one person has more than {DOMINANT:.0%} of the harm of a period",
            "days_per_year": DAYS_PER_YEAR,
        },
        checks=tuple(_checks(cells, unmapped)),
        text=tuple(_sentences(_numbers(table), weights, cells.n, certain=cells.n >= SMALL)),
        count_columns=COUNTS,
        wording=lambda shown: tuple(_sentences(_numbers(shown.table), weights, None, certain=enough(shown))),
    )


def _faults(weights: object, unmapped: str, interval: str, draws: int, seed: int) -> list[Fault]:
    faults = draw_faults(draws, seed)
    if not isinstance(weights, HarmWeights):
        faults.append(Fault("weights", "are no table of weights", "give what load_harm_weights returned"))
    if unmapped not in UNMAPPED:
        faults.append(Fault("unmapped", f"{unmapped!r} is not a rule", suggestion(str(unmapped), UNMAPPED)))
    if interval not in INTERVALS:
        faults.append(Fault("interval", f"{interval!r} is not an interval", suggestion(str(interval), INTERVALS)))
    return faults


def _cells(study: Study, weights: HarmWeights, unmapped: Unmapped) -> HarmCells:
    """Return harm, events and days of groups of people who are alike in them."""
    faults = []
    if "offence" not in study.events.columns:
        faults.append(Fault("events.offence", "there is no such column", suggestion("offence", study.events.columns)))
    if not study.exposure_known:
        fix = "say how far back the records go (observed_from=), or ask for a number of days before"
        faults.append(Fault("observed_from", "was not stated, so the days before are unknown", fix))
    if faults:
        raise AnalysisError("the records do not allow an answer", faults)
    engine, placed = study.people.engine, place_windows(study)
    tables, expressions = {"events": study.events, "windows": placed.windows}, {"wanted": wanted(study)}
    step = Step.load(PACKAGE, "harm_offences.sql")
    spelt = engine.run(step, tables=tables, expressions=expressions).to_arrow().column("offence").to_pylist()
    tables["weights"] = engine.register("weights", _weighed(spelt, weights, unmapped))
    away = placed.away
    if away is None:
        away = engine.run(Step.load("lvrn_eval.cohort", "windows_no_away.sql"), tables={"windows": placed.windows})
    counts = engine.run(
        Step.load(PACKAGE, "harm_counts.sql"),
        tables={**tables, "away": away},
        values={"unmapped": min(weights.weights.values()) if unmapped == "lowest" else 0},
        expressions=expressions,
    )
    at_risk = days_at_risk(placed.windows, away)
    home = engine.run(Step.load(PACKAGE, "harm_cells.sql"), tables={"windows": at_risk, "counts": counts}).to_arrow()
    numbers = {name: np.asarray(home.column(name).to_numpy(), dtype=float) for name in home.column_names}
    people = numbers.pop("people").astype(np.int64)
    return HarmCells(**numbers, people=people)


def _weighed(spelt: Sequence[str | None], weights: HarmWeights, unmapped: Unmapped) -> pa.Table:
    """Return the weight of every offence as the events spell it; engines make small letters each in its own way.

    Raises
    ------
    AnalysisError
        With every offence that has no weight, unless there is a rule for them.
    """
    import pyarrow as pa

    found = {offence: weights.weights[key(offence)] for offence in spelt if offence and key(offence) in weights.weights}
    missing = [offence for offence in spelt if offence not in found]
    if missing and unmapped == "refuse":
        fix = 'spell them as in the weights, or say unmapped="leave_out" or "lowest"'
        faults = [
            Fault(
                "events.offence",
                f"{offence!r} has no weight in {weights.version}" if offence else "some events name no offence",
                fix,
            )
            for offence in sorted(missing, key=lambda offence: offence or "")
        ]
        raise AnalysisError("the weights do not cover every offence", faults)
    return pa.table({"offence": pa.array(found, pa.string()), "weight": pa.array(found.values(), pa.float64())})


def _columns(cells: HarmCells) -> Array:
    return np.column_stack([cells.harm_before, cells.harm_after, cells.days_before, cells.days_after])


def _functions() -> dict[str, Totals]:
    def rate(totals: Array, side: int) -> Array:
        per_year: Array = DAYS_PER_YEAR * totals[:, side] / totals[:, side + 2]
        return per_year

    def quietly(function: Totals) -> Totals:
        def run(totals: Array) -> Array:
            with np.errstate(divide="ignore", invalid="ignore"):
                return function(totals)

        return run

    return {
        "harm_before": quietly(lambda totals: rate(totals, 0)),
        "harm_after": quietly(lambda totals: rate(totals, 1)),
        "harm_difference": quietly(lambda totals: rate(totals, 1) - rate(totals, 0)),
        "harm_ratio": quietly(lambda totals: np.log(rate(totals, 1)) - np.log(rate(totals, 0))),
    }


def _table(cells: HarmCells, drawn: Mapping[str, Resampled], interval: str, conf_level: float) -> pd.DataFrame:
    limits: dict[str, Interval] = {name: getattr(found, interval)(conf_level) for name, found in drawn.items()}
    estimates = {name: found.estimate for name, found in drawn.items()}
    estimates["harm_ratio"] = math.exp(estimates["harm_ratio"]) if not math.isnan(estimates["harm_ratio"]) else math.nan
    limits["harm_ratio"] = Interval(*(math.exp(limit) for limit in limits["harm_ratio"]))
    events = [int(cells.total(period)) for period in PERIODS]
    sides = [{"contributors": cells.contributors(period), **cells.contributions(period)} for period in PERIODS]
    # a comparison beside one side tells the other, so it is as telling as the side of which two people have more
    both = max(sides, key=lambda side: _share(side, "largest", "second_largest")) | {
        "contributors": min(cells.contributors(period) for period in PERIODS)
    }
    rows = [
        asdict(
            Row(
                name, "all", estimates[name], found.std_error, *limits[name], conf_level, math.nan, cells.n, n_events,
                MEASURES.get(name, "harm rate"), interval,
            )
        )
        | given
        for (name, found), n_events, given in zip(
            drawn.items(), [*events, sum(events), sum(events)], [*sides, both, both], strict=True
        )
    ]  # fmt: skip
    return pd.DataFrame(rows)


def _checks(cells: HarmCells, unmapped: str) -> Iterator[Check]:
    yield evidence_level()
    certain = cells.n >= SMALL
    instead = f"At least {SMALL} people." if certain else f"Fewer than {SMALL} people: descriptive only."
    text = f"{many(cells.n, 'person', 'people')} had a day at risk."
    yield Check("small_sample", passed=certain, text=text, counts=(cells.n,), instead=instead)
    yield _dominance(cells)
    yield _unmapped(cells, unmapped)


def _dominance(cells: HarmCells) -> Check:
    shares = {period: _share(cells.contributions(period), "largest") for period in PERIODS}
    if not any(shares.values()):
        return Check("dominance", passed=True, text="There is no harm on either side.")
    passed = max(shares.values()) <= DOMINANT
    text = "; ".join(f"{percent(share)} of the harm {period} is one person's" for period, share in shares.items())
    text = f"{text[0].upper()}{text[1:]}."
    instead = (
        "No one person has more than half of the harm of either side."
        if passed
        else "One person has more than half of the harm of a side: the change is that person's."
    )
    # a share of one person's tells of that person, however large the number
    return Check("dominance", passed=passed, text=text, statistic=max(shares.values()), counts=(1,), instead=instead)


def _unmapped(cells: HarmCells, rule: str) -> Check:
    before, after = int(cells.total("unmapped_before")), int(cells.total("unmapped_after"))
    if not before + after:
        return Check("offences_mapped", passed=True, text="Every event has a weight.")
    done = "counted as no harm" if rule == "leave_out" else "given the smallest weight of the table"
    text = (
        f"{many(before, 'event', 'events')} before and {after:,} after have an offence without a weight, and were "
        f"{done}: where the shares differ, harm seems to change."
    )
    counts = (before, after, int(cells.total("before")) - before, int(cells.total("after")) - after)
    instead = f"Some events have an offence without a weight, and were {done}."
    return Check("offences_mapped", passed=False, text=text, counts=counts, instead=instead)


def _numbers(table: pd.DataFrame) -> dict[str, dict[str, float]]:
    columns = ["estimate", "conf_low", "conf_high", "conf_level", "n", "n_events", "contributors"]
    values = table[columns].astype("Float64").to_numpy(dtype=float, na_value=math.nan)
    return {str(term): dict(zip(columns, row, strict=True)) for term, row in zip(table["term"], values, strict=True)}


def _sentences(
    rows: Mapping[str, Mapping[str, float]], weights: HarmWeights, n: int | None, *, certain: bool
) -> Iterator[Sentence]:
    """Yield what a reader may take from the numbers; ``n`` is None behind the wall, where counts are rounded."""
    before, after, ratio = rows["harm_before"], rows["harm_after"], rows["harm_ratio"]
    yield Sentence(f"Harm is weighted by the {weights.source}, version {weights.version}, in {weights.unit}.")
    shown = [row for row in (before, after) if not math.isnan(row["estimate"])]
    if len(shown) < 2:  # noqa: PLR2004 - both sides, or no comparison
        yield Sentence("The harm of one side at least is not known or not shown.")
        yield Sentence(WEAKEST)
        return
    counts = tuple(int(row[name]) for row in shown for name in COUNTS) if n is not None else ()
    text = (
        f"The harm per person-year at risk was {decimal(before['estimate'], 1)} {weights.unit} before and "
        f"{decimal(after['estimate'], 1)} after"
    )
    if not math.isnan(ratio["conf_low"]):
        low, high = (ratio_text(ratio[name]) for name in ("conf_low", "conf_high"))
        text += f": a ratio of {with_interval(ratio_text(ratio['estimate']), low, high, ratio['conf_level'])}"
    yield Sentence(f"{text}.", counts)
    limits = [ratio["conf_low"], ratio["conf_high"]]
    yield of_ratio("The harm per person-year after", limits, n, enough=certain)
    yield Sentence(WEAKEST)
