"""The one SQL statement that scores an instrument.

``answers`` fills in what rows do not say. Each form takes its rows (``asked_0``, with counts and sums of items, then
``made_0``, with scores); rows that fit no form are ``unfit``, with the reason. ``made`` has them all, ``whole`` also
the sums of scales, and the result is one row per scale. Whatever a definition can vary is an expression.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import reduce
from typing import TYPE_CHECKING

from sqlglot import exp, select

from lvrn_eval.engine import literal
from lvrn_eval.records.instruments.expressions import (
    added,
    answered,
    band,
    both,
    case,
    column,
    either,
    entered_score,
    first_answer,
    is_given,
    is_null,
    item,
    named,
    negated,
    not_allowed,
    number,
    raw_sum,
    score,
    typed,
)

if TYPE_CHECKING:
    from lvrn_eval.records.instruments.definitions import Form, Instrument, Scale

KEPT = {
    "person_id": "text", "site": "text", "instrument": "text", "version": "text", "informant": "text", "on": "date",
    "occasion": "text", "age": "double",
}  # fmt: skip
"""Columns of a row that every one of its scales repeats, and the type one has where the table lacks it."""

AS_RECORDED = ("person_id", "on")
"""Those kept in the type they have."""


def scoring(
    instrument: Instrument,
    columns: Mapping[str, str],
    *,
    version: str | None,
    informant: str | None,
    bands: str | None,
) -> exp.Expr:
    """Return the statement, over the table ``scores`` with these columns."""
    given = {name: kind for name, kind in columns.items() if name.startswith("item_")}
    filled = {"instrument": instrument.slug, "version": version, "informant": informant}
    forms = list(enumerate(instrument.forms))
    ctes: list[tuple[str, exp.Query]] = [("answers", _answers(instrument, columns, given, filled))]
    for place, form in forms:
        ctes += [(f"asked_{place}", _asked(instrument, form, given)), (f"made_{place}", _made(instrument, form, place))]
    ctes.append(("unfit", _unfit(instrument)))
    ctes.append(
        ("made", _union(select("*").from_(name) for name in (*(f"made_{place}" for place, _ in forms), "unfit")))
    )
    ctes.append(("whole", _whole(instrument)))
    query = _union(_row(instrument, scale, bands) for scale in instrument.forms[0].scales)
    return reduce(lambda made, cte: made.with_(cte[0], as_=cte[1], copy=False), ctes, query)


def _union(queries: Iterable[exp.Query]) -> exp.Query:
    return reduce(lambda left, right: exp.union(left, right, distinct=False, copy=False), queries)


def _answers(
    instrument: Instrument,
    columns: Mapping[str, str],
    given: Mapping[str, str],
    filled: Mapping[str, str | None],
) -> exp.Select:
    """Return the instrument's rows, with every column the other parts need."""
    kept = [named(_kept(name, kind, columns, filled.get(name)), name) for name, kind in KEPT.items()]
    entered = typed(column("score") if "score" in columns else exp.null(), "double")
    wanted = sorted({number for form in instrument.forms for number in form.ranges})
    absent = [f"item_{each}" for each in wanted if f"item_{each}" not in given]
    none = [named(typed(exp.null(), "int"), name) for name in absent]
    query = select(*kept, named(entered, "entered"), *(column(name) for name in given), *none).from_("scores")
    if "instrument" not in columns:
        return query
    return query.where(exp.EQ(this=typed(column("instrument"), "text"), expression=literal(instrument.slug)))


def _kept(name: str, kind: str, columns: Mapping[str, str], filled: str | None) -> exp.Expr:
    """Return a column as it is kept: missing where the table lacks it, filled in where rows do not say."""
    if name not in columns:
        return typed(exp.null() if filled is None else literal(filled), kind)
    found = column(name) if name in AS_RECORDED else typed(column(name), kind)
    return found if filled is None else exp.Coalesce(this=found, expressions=[literal(filled)])


def _asked(instrument: Instrument, form: Form, given: Mapping[str, str]) -> exp.Select:
    """Return the rows of a form with, per scale of items, how many were answered and their sum."""
    extra = [each for each in (int(name.removeprefix("item_")) for name in given) if each not in form.ranges]
    made = [
        named(found, name)
        for scale in _of_items(form)
        for found, name in (
            (answered(scale.items), f"{scale.name}_answered"),
            (raw_sum(form, scale), f"{scale.name}_raw"),
        )
    ]
    skip = sorted({scale.zero_if[0] for scale in form.scales if scale.zero_if})
    return (
        select(
            *(_known(name, form) for name in KEPT), column("entered"), *(item(each) for each in skip), *made,
            named(is_given(first_answer(form.ranges)), "any_answered"),
            named(not_allowed(form, given), "not_allowed"),
            named(is_given(first_answer(extra)), "extra"),
        )
        .from_("answers")
        .where(_fits(instrument, form))
    )  # fmt: skip


def _of_items(form: Form) -> list[Scale]:
    return [scale for scale in form.scales if scale.items]


def _known(name: str, form: Form) -> exp.Expr:
    """Return a kept column; who answered goes without saying where only one may."""
    return named(literal(form.informant), name) if name == "informant" else column(name)


def _fits(instrument: Instrument, form: Form) -> exp.Expr:
    """Return whether a row is of this form; unknown where the row does not say."""
    who: exp.Expr = exp.EQ(this=column("informant"), expression=literal(form.informant))
    if len(instrument.informants) == 1:
        who = either(is_null(column("informant")), who)
    which: exp.Expr = column("version").isin(*(literal(version) for version in form.versions))
    if not form.version_needed:
        which = either(is_null(column("version")), which)
    return both(who, which)


def _made(instrument: Instrument, form: Form, place: int) -> exp.Select:
    """Return the rows of a form with each scale's score, and what refuses the whole row."""
    scores = [
        named(score(scale, column(f"{scale.name}_raw"), column(f"{scale.name}_answered")), f"{scale.name}_made")
        for scale in _of_items(form)
    ]
    entered: exp.Expr = exp.null()
    if instrument.total is not None:
        from_total = entered_score(form, form.scale(instrument.total), column("entered"))
        entered = case((_nothing_answered(), from_total))
    return select(
        *(column(name) for name in KEPT), column("entered"),
        *(column(f"{scale.name}_answered") for scale in _of_items(form)), *scores,
        named(typed(entered, "double"), "from_total"),
        named(typed(_refused(instrument, form), "text"), "refused"),
        named(literal(place), "form"),
    ).from_(f"asked_{place}")  # fmt: skip


def _nothing_answered() -> exp.Expr:
    return negated(column("any_answered"))


def _refused(instrument: Instrument, form: Form) -> exp.Expr:
    """Return why no scale of a row can be scored; missing where it can."""
    branches = []
    if form.ages is not None:
        years = exp.Floor(this=column("age"))
        inside = exp.Between(this=years, low=number(form.ages.low), high=number(form.ages.high))
        branches += [(is_null(column("age")), literal("age_missing")), (negated(inside), literal("age_outside"))]
    branches.append((column("not_allowed"), literal("out_of_range")))
    if instrument.total is not None:
        useless = is_null(entered_score(form, form.scale(instrument.total), column("entered")))
        only_total = both(_nothing_answered(), is_given(column("entered")), useless)
        branches.append((only_total, literal("out_of_range")))
    branches.append((column("extra"), literal("unknown_items")))
    return case(*branches)


def _unfit(instrument: Instrument) -> exp.Select:
    """Return the rows that fit no form, with the reason."""
    who = column("informant").isin(*(literal(name) for name in instrument.informants))
    several = [(is_null(column("informant")), literal("informant_missing"))] if len(instrument.informants) > 1 else []
    reason = case(
        *several,
        (both(is_given(column("informant")), negated(who)), literal("wrong_informant")),
        (is_null(column("version")), literal("version_missing")),
        default=literal("wrong_version"),
    )
    fits = either(*(_fits(instrument, form) for form in instrument.forms))
    items = _of_items(instrument.forms[0])
    return (
        select(
            *(column(name) for name in KEPT), column("entered"),
            *(named(literal(0), f"{scale.name}_answered") for scale in items),
            *(named(typed(exp.null(), "double"), f"{scale.name}_made") for scale in items),
            named(typed(exp.null(), "double"), "from_total"),
            named(typed(reason, "text"), "refused"),
            named(typed(exp.null(), "int"), "form"),
        )
        .from_("answers")
        # where a row does not say, whether it fits is unknown: then it does not
        .where(negated(exp.Coalesce(this=exp.Paren(this=fits), expressions=[exp.false()])))
    )  # fmt: skip


def _whole(instrument: Instrument) -> exp.Select:
    """Return all rows with a score and a count of answers for every scale, those made of other scales too."""
    scores, counts = [], []
    for scale in instrument.forms[0].scales:
        parts = scale.parts or (scale.name,)
        value = added(column(f"{part}_made") for part in parts)
        if scale.name == instrument.total:
            value = exp.Coalesce(this=value, expressions=[column("from_total")])
        refused = case((is_null(column("refused")), value))
        scores.append(named(refused, f"{scale.name}_score"))
        counts.append(named(added(column(f"{part}_answered") for part in parts), f"{scale.name}_count"))
    rest = ("entered", "from_total", "refused", "form")
    return select(*(column(name) for name in (*KEPT, *rest)), *counts, *scores).from_("made")


def _row(instrument: Instrument, scale: Scale, bands: str | None) -> exp.Select:
    """Return one scale of all rows."""
    value, count = column(f"{scale.name}_score"), column(f"{scale.name}_count")
    is_total = scale.name == instrument.total
    reason = case(
        (is_given(column("refused")), column("refused")),
        (is_given(value), exp.null()),
        (exp.EQ(this=count, expression=literal(0)), literal("not_answered")),
        default=literal("too_few_items"),
    )
    made = {
        "scale": literal(scale.name),
        "answered": count,
        "score": value,
        "band": _band(instrument, scale, bands, value),
        "reason": reason,
        "source": _source(value, is_total=is_total),
        "entered": column("entered") if is_total else exp.null(),
    }
    types = {"answered": "int", "score": "double", "entered": "double"}
    columns = [named(typed(found, types.get(name, "text")), name) for name, found in made.items()]
    return select(*(column(name) for name in KEPT), *columns, named(is_given(value), "valid")).from_("whole")


def _band(instrument: Instrument, scale: Scale, bands: str | None, value: exp.Expr) -> exp.Expr:
    """Return the band of a score, by the form it is of."""
    branches = [
        (exp.EQ(this=column("form"), expression=literal(place)), band(cut.by_scale[scale.name], value))
        for place, form in enumerate(instrument.forms)
        for cut in form.bands
        if cut.name == bands and scale.name in cut.by_scale
    ]
    return case(*branches) if branches else exp.null()


def _source(value: exp.Expr, *, is_total: bool) -> exp.Expr:
    """Return whether a score is of answers or of a total entered by hand."""
    from_items = (is_given(value), literal("items"))
    if not is_total:
        return case(from_items)
    return case((both(is_given(value), is_given(column("from_total"))), literal("total")), from_items)
