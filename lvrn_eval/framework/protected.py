"""Observations as Results, each kind in the form that disclosure control protects rightly."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from lvrn_eval.phrases import listed
from lvrn_eval.result import ESTIMATE_COLUMNS, Check, Result, Shape

if TYPE_CHECKING:
    from collections.abc import Mapping

    from lvrn_eval.framework.observations import Observations
    from lvrn_eval.result import Choice

WHAT = ("programme", "indicator", "outcomes", "level", "area", "period", "period_start", "period_end")
SHOWN = ("unit", "direction", "kind")
COUNTS = frozenset({"records", "distinct", "sum"})
EXTREMES = frozenset({"minimum", "maximum"})
TITLES: Mapping[str, str] = {
    "observations": "What each programme counted",
    "shares": "Shares of the people each programme counted",
    "rates": "Rates",
    "values": "Means, changes and other values",
    "services": "Organisations, places and hours",
}


def to_result(observations: Observations) -> Result:
    """Return the counts as a Result, and what is not a count as its parts.

    Notes
    -----
    Shares stand with the two counts they are made of, so that they can be computed again from protected counts. The
    smallest and the largest value among people are left out: each is somebody's own. So are groups whose names are
    texts as somebody typed them.
    """
    table = observations.once()
    named = pd.MultiIndex.from_frame(table[["indicator", "level"]])
    table = table[~named.isin(list(observations.typed))].reset_index(drop=True)
    for column in ("period_start", "period_end"):
        table[column] = table[column].dt.strftime("%Y-%m-%d").astype(object).where(table[column].notna(), None)
    about = table["indicator"].isin(observations.about_people)
    kind = table["kind"]
    own = about & kind.isin(EXTREMES)
    share, rate = about & (table["interval"] == "wilson"), kind == "rate"
    counted = about & kind.isin(COUNTS)
    services = ~about & ~rate
    chosen = {
        "shares": _shares(table[share]),
        "rates": _rates(table[rate]),
        "values": _values(table[about & ~own & ~share & ~rate & ~counted]),
        "services": _services(table[services]),
    }
    method = _method(observations)
    parts = {
        name: _part(name, made, counts, shape, method) for name, (made, counts, shape) in chosen.items() if len(made)
    }
    main = table.loc[counted, [*WHAT, "value", "n_people", *SHOWN]].rename(columns={"value": "count"})
    made = _part("observations", main.reset_index(drop=True), ("count", "n_people"), "counts", method)
    return Result(
        made.name, made.title, made.table, made.method, _checks(observations, int(own.sum())), (),
        made.count_columns, made.shape, parts,
    )  # fmt: skip


def _part(name: str, table: pd.DataFrame, counts: tuple[str, ...], shape: Shape, method: dict[str, Choice]) -> Result:
    return Result(name, TITLES[name], table, method, count_columns=counts, shape=shape)


def _method(observations: Observations) -> dict[str, Choice]:
    table = observations.table
    levels = table["conf_level"].dropna()
    return {
        "framework_digest": observations.framework,
        "programmes": list(observations.programmes),
        "conf_level": float(levels.iloc[0]) if len(levels) else None,
        "intervals": sorted(set(table["interval"]) - {"none"}),
        "missing": "rows in which something needed is missing are left out and counted",
        "lineage": dict(zip(table["indicator"], table["lineage"], strict=True)),
    }


def _checks(observations: Observations, own: int) -> tuple[Check, ...]:
    whole = observations.once()
    left_out = "Records in which something needed was missing were left out."
    missing = int(whole.loc[whole["level"] == "all", "n_missing"].sum())
    unanswered = observations.unanswered["indicator"].nunique()
    checks = [
        Check(
            "nothing_missing", missing == 0,
            f"{missing} records were left out because something needed was missing.", counts=(missing,),
            instead=left_out if missing else "No record was left out.",
        ),
        Check("all_answered", unanswered == 0, f"{unanswered} indicators could not be computed from these records."),
    ]  # fmt: skip
    if own:
        text = "The smallest and the largest value among people are left out, as each is somebody's own."
        checks.append(Check("no_extremes", None, text))
    if observations.typed:
        levels = listed(sorted({level for _, level in observations.typed}), "and")
        text = (
            f"Values by {levels} are left out, as what stands there is text as it was typed; name what can stand there "
            "under `codes:` in sources.yaml."
        )
        checks.append(Check("no_typed_groups", None, text))
    return tuple(checks)


def _shares(table: pd.DataFrame) -> tuple[pd.DataFrame, tuple[str, ...], Shape]:
    n, events = table["denominator"], table["numerator"]
    share = events / n
    estimates = _estimates(table, share, n.round().astype("Int64"), events.round().astype("Int64"))
    times = table["value"] / share.where(share != 0)
    for end in ("conf_low", "conf_high"):
        estimates[end] = (table[end] / times.fillna(times.max()).fillna(100)).to_numpy()
    estimates["std_error"] = np.sqrt((share * (1 - share) / n).to_numpy(dtype=float))
    return estimates.assign(measure="proportion", interval="wilson"), ("n", "n_events"), "estimates"


def _estimates(table: pd.DataFrame, estimate: pd.Series, n: pd.Series, n_events: pd.Series) -> pd.DataFrame:
    group = table["area"].where(table["level"] == "all", table["level"] + ": " + table["area"])
    made = pd.DataFrame(
        {
            "term": table["indicator"], "group": group, "estimate": estimate, "std_error": np.nan,
            "conf_low": table["conf_low"], "conf_high": table["conf_high"], "conf_level": table["conf_level"],
            "p_value": np.nan, "n": n, "n_events": n_events,
        },
    )  # fmt: skip
    others = table[["programme", "outcomes", "period", "period_start", "period_end", *SHOWN]]
    return pd.concat([made[list(ESTIMATE_COLUMNS)], others], axis="columns").reset_index(drop=True)


def _rates(table: pd.DataFrame) -> tuple[pd.DataFrame, tuple[str, ...], Shape]:
    named = {"value": "rate", "numerator": "events", "denominator": "exposure"}
    kept = table[[*WHAT, "value", "conf_low", "conf_high", "numerator", "denominator", *SHOWN]].rename(columns=named)
    return kept.reset_index(drop=True), ("events",), "counts"


def _values(table: pd.DataFrame) -> tuple[pd.DataFrame, tuple[str, ...], Shape]:
    # a change between two counts, and a share, rest on the smaller count
    smaller = table[["numerator", "denominator"]].min(axis="columns", skipna=False)
    resting = smaller.where(table["kind"].isin({"change", "share"}) & table["n_people"].isna())
    people: pd.Series = table["n_people"].astype("Float64").fillna(resting.astype("Float64"))
    n = people.round().astype("Int64")
    made = _estimates(table, table["value"], n, pd.Series(pd.NA, index=table.index, dtype="Int64"))
    return made, ("n", "n_events"), "estimates"


def _services(table: pd.DataFrame) -> tuple[pd.DataFrame, tuple[str, ...], Shape]:
    return table[[*WHAT, "value", "n_people", *SHOWN]].reset_index(drop=True), ("n_people",), "counts"
