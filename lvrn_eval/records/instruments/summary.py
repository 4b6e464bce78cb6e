"""How many people are in each band, what their mean score is, and how many questionnaires have no score, and why."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from lvrn_eval.engine import Step
from lvrn_eval.records.instruments.intervals import check_level, mean_row, t_interval
from lvrn_eval.records.instruments.score import REASONS, Scored
from lvrn_eval.result import ESTIMATE_COLUMNS, Check, Result, Sentence

if TYPE_CHECKING:
    from lvrn_eval.records.instruments.definitions import Form

PACKAGE = "lvrn_eval.records.instruments"
WHO = ["scale", "informant", "occasion"]
UNKNOWN = "not_recorded"


def score_summary(scored: Scored, *, conf_level: float = 0.95) -> Result:
    """Return how many people are in each band of each scale, per informant and occasion.

    Parameters
    ----------
    scored
        What ``score_answers`` returned.
    conf_level
        Of the intervals of the mean scores.

    Returns
    -------
    Result
        ``table``: ``group`` (informant and occasion), ``scale, band, people``; every band has a row, and scales without
        bands have one row with the band ``any``. ``parts``: ``means`` (estimates, ``term`` the scale) and ``validity``
        (``group, scale, outcome, questionnaires``: ``valid``, or the reason why there is no score).

    Raises
    ------
    AnalysisError
        When ``conf_level`` is no level.

    Notes
    -----
    A person with several questionnaires on one occasion counts once per band; the check ``one_each`` says so.

    *Validated against* by hand: see ``tests/hand/test_hand_instruments.py``.

    Examples
    --------
    >>> import pandas as pd
    >>> from lvrn_eval.records.instruments import score_answers
    >>> answers = pd.DataFrame({"person_id": ["a", "b"], "occasion": "pre", "score": [4, 12]})
    >>> score_summary(score_answers(answers, "gad7")).table[["band", "people"]].values.tolist()
    [['minimal', 1], ['mild', 0], ['moderate', 1], ['severe', 0]]
    """
    check_level(conf_level)
    bands, scores, reasons = (_home(scored, f"summary_{name}.sql") for name in ("bands", "scores", "reasons"))
    method = {**scored.method, "conf_level": conf_level, "people": "counted once per band"}
    title = scored.instrument.title
    total = int(reasons.loc[reasons["scale"] == scored.instrument.scales[0], "questionnaires"].sum())
    return Result(
        name="scores",
        title=f"People by band: {title}",
        table=_every_band(scored, scores, bands),
        method=method,
        checks=tuple(_checks(scored, scores, reasons)),
        text=(Sentence(f"{total:,} questionnaire{'' if total == 1 else 's'} of {title} were read.", (total,)),),
        count_columns=("people",),
        shape="counts",
        parts={
            "means": Result(
                "means", f"Mean scores: {title}", _means(scores, conf_level), method, count_columns=("n", "n_events")
            ),
            "validity": Result(
                "validity",
                f"Questionnaires with and without a score: {title}",
                _validity(reasons),
                method,
                count_columns=("questionnaires",),
                shape="sparse",
            ),
        },
    )


def _home(scored: Scored, file: str) -> pd.DataFrame:
    found = scored.table.engine.run(Step.load(PACKAGE, file), tables={"scored": scored.table}).to_pandas()
    found[["informant", "occasion"]] = found[["informant", "occasion"]].fillna(UNKNOWN)
    order = {name: place for place, name in enumerate(scored.instrument.scales)}
    found["place"] = found["scale"].map(order)
    found["group"] = found["informant"] + ", " + found["occasion"]
    return found.sort_values(["informant", "occasion", "place"], kind="stable").reset_index(drop=True)


def _every_band(scored: Scored, scores: pd.DataFrame, bands: pd.DataFrame) -> pd.DataFrame:
    """Return a row for every band of every scale that has a score, in the order the bands are published."""
    rows = [
        {"group": row.group, "scale": row.scale, "informant": row.informant, "occasion": row.occasion, "band": name}
        for row in scores.itertuples()
        for name in _names(scored, str(row.informant), str(row.scale))
    ]
    wanted = pd.DataFrame(rows, columns=["group", *WHO, "band"])
    found = bands.assign(band=bands["band"].fillna("any"))[[*WHO, "band", "people"]]
    table = wanted.merge(found, how="left", on=[*WHO, "band"])
    table["people"] = table["people"].fillna(0).astype("int64")
    return table[["group", "scale", "band", "people"]]


def _names(scored: Scored, informant: str, scale: str) -> list[str]:
    form: Form = next(form for form in scored.instrument.forms if form.informant == informant)
    cuts = form.band_set(scored.bands).by_scale.get(scale, ()) if scored.bands else ()
    return [cut.name for cut in cuts] or ["any"]


def _means(scores: pd.DataFrame, conf_level: float) -> pd.DataFrame:
    means, sds = (scores[name].astype(float).to_numpy() for name in ("mean", "sd"))
    sizes, persons = (scores[name].astype(int).tolist() for name in ("questionnaires", "people"))
    rows = [
        mean_row(scale, group, t_interval(float(mean), float(sd), size, conf_level), n, conf_level)
        for scale, group, mean, sd, size, n in zip(
            scores["scale"], scores["group"], means, sds, sizes, persons, strict=True
        )
    ]
    table = pd.DataFrame(rows, columns=[*ESTIMATE_COLUMNS, "measure", "interval"])
    return table.astype({"n": "Int64", "n_events": "Int64"})


def _validity(reasons: pd.DataFrame) -> pd.DataFrame:
    table = reasons.assign(outcome=reasons["reason"].fillna("valid"))
    order = {name: place for place, name in enumerate(("valid", *REASONS))}
    table = table.assign(rank=table["outcome"].map(order)).sort_values(["group", "place", "rank"], kind="stable")
    return table[["group", "scale", "outcome", "questionnaires"]].reset_index(drop=True)


def _checks(scored: Scored, scores: pd.DataFrame, reasons: pd.DataFrame) -> list[Check]:
    again = int((scores["questionnaires"] - scores["people"]).clip(lower=0).max()) if len(scores) else 0
    differing = int(reasons["differing"].sum())
    total_only = int(reasons["from_total"].sum())
    unconfirmed = sorted({about for about, source in scored.instrument.sources() if not source.confirmed})
    return [
        Check(
            "one_each",
            again == 0,
            f"Questionnaires beyond one per person on an occasion: {again:,}."
            if again
            else "Nobody has two questionnaires on one occasion.",
            counts=(again,) if again else (),
            instead="Some people have several questionnaires on one occasion.",
        ),
        Check(
            "totals_agree",
            differing == 0,
            f"Totals entered by hand that differ from the answers beside them: {differing:,}; the answers count."
            if differing
            else "No total entered by hand differs from the answers beside it.",
            counts=(differing,) if differing else (),
            instead="Some totals entered by hand differ from the answers beside them; the answers count.",
        ),
        Check(
            "scored_from_items",
            None,
            f"Scores that are totals entered by hand, without answers to check them by: {total_only:,}.",
            counts=(total_only,),
            instead="Some scores may be totals entered by hand, without answers to check them by.",
        ),
        Check(
            "sources_confirmed",
            not unconfirmed,
            "Not confirmed from a source that was seen: " + ", ".join(unconfirmed) + "."
            if unconfirmed
            else "Everything this rests on was seen in a source.",
        ),
    ]
