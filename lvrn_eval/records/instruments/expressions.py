"""A definition as SQL expressions over the columns ``item_1``, ``item_2``, …: counts, sums, scores, bands.

The same expressions run in every engine; nothing here knows a person.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import reduce
from typing import TYPE_CHECKING

from sqlglot import exp

from lvrn_eval.engine import literal

if TYPE_CHECKING:
    from lvrn_eval.records.instruments.definitions import Band, Form, Scale

KINDS = {kind: exp.DataType.build(kind) for kind in ("int", "double", "text", "date")}

HALF_A_HUNDREDTH = 0.005
"""Published scores have two decimals; one entered by hand is recognised within half of the last."""


def item(number: int) -> exp.Column:
    """Return the column of an item."""
    return column(f"item_{number}")


def number(value: float) -> exp.Expr:
    """Return a number."""
    return literal(value)


def typed(value: exp.Expr, kind: str) -> exp.Expr:
    """Return a value as one of a kind: ``int``, ``double``, ``text``, ``date``."""
    # sqlglot's own builders copy what they are given, again at each level of a deep expression
    return exp.Cast(this=value, to=KINDS[kind].copy())


def both(*conditions: exp.Expr) -> exp.Expr:
    """Return whether all conditions hold."""
    return exp.and_(*conditions, copy=False)


def either(*conditions: exp.Expr) -> exp.Expr:
    """Return whether any condition holds."""
    return exp.or_(*conditions, copy=False)


def negated(condition: exp.Expr) -> exp.Expr:
    """Return whether a condition does not hold; unknown where it is."""
    return exp.Not(this=exp.Paren(this=condition))


def named(value: exp.Expr, name: str) -> exp.Expr:
    """Return a value under a name."""
    return exp.Alias(this=value, alias=exp.to_identifier(name, quoted=True))


def column(name: str) -> exp.Column:
    """Return a column by its exact name."""
    return exp.Column(this=exp.to_identifier(name, quoted=True))


def case(*branches: tuple[exp.Expr, exp.Expr], default: exp.Expr | None = None) -> exp.Case:
    """Return ``case when … then … else … end``."""
    ifs = [exp.If(this=condition, true=outcome) for condition, outcome in branches]
    return exp.Case(ifs=ifs, default=default if default is not None else exp.null())


def is_null(value: exp.Expr) -> exp.Expr:
    """Return whether a value is missing."""
    return exp.Is(this=value, expression=exp.null())


def is_given(value: exp.Expr) -> exp.Expr:
    """Return whether a value is there."""
    return negated(is_null(value))


def added(parts: Iterable[exp.Expr]) -> exp.Expr:
    """Return a sum; 0 of nothing."""
    listed = list(parts)
    return reduce(lambda left, right: exp.Add(this=left, expression=right), listed) if listed else literal(0)


def answered(numbers: Iterable[int]) -> exp.Expr:
    """Return how many of these items were answered."""
    return added(case((is_null(item(each)), literal(0)), default=literal(1)) for each in numbers)


def first_answer(numbers: Iterable[int]) -> exp.Expr:
    """Return any answer to these items; missing where none of them was answered."""
    columns = [item(each) for each in numbers]
    if not columns:
        return exp.null()
    return exp.Coalesce(this=columns[0], expressions=columns[1:]) if len(columns) > 1 else columns[0]


def not_allowed(form: Form, columns: Mapping[str, str]) -> exp.Expr:
    """Return whether an answer is outside its range, or not a whole number; unknown where nothing was answered."""
    conditions: list[exp.Expr] = []
    for some in form.items:
        present = [each for each in some.numbers if f"item_{each}" in columns]
        if present:
            conditions.append(exp.LT(this=_extreme(exp.Least, present), expression=literal(some.low)))
            conditions.append(exp.GT(this=_extreme(exp.Greatest, present), expression=literal(some.high)))
        fractions = [each for each in present if "INT" not in columns[f"item_{each}"].upper()]
        conditions += [exp.NEQ(this=item(each), expression=exp.Floor(this=item(each))) for each in fractions]
    return either(*conditions) if conditions else exp.false()


def _extreme(function: type[exp.Least | exp.Greatest], numbers: list[int]) -> exp.Expr:
    """Return the lowest or highest of these answers; every engine passes over the missing ones."""
    first, *others = (item(each) for each in numbers)
    return function(this=first, expressions=others, ignore_nulls=True) if others else first


def raw_sum(form: Form, scale: Scale) -> exp.Expr:
    """Return the sum of the answered items of a scale, those reversed that count the other way round."""
    points = (exp.Coalesce(this=_points(form, scale, each), expressions=[literal(0)]) for each in scale.items)
    return typed(added(points), "double")


def _points(form: Form, scale: Scale, each: int) -> exp.Expr:
    if scale.points:
        return case(
            *((exp.EQ(this=item(each), expression=literal(answer)), number(points))
              for answer, points in scale.points.items()),
        )  # fmt: skip
    if each in scale.reversed:
        low, high = form.ranges[each]
        return exp.Paren(this=exp.Sub(this=literal(low + high), expression=item(each)))
    return item(each)


def score(scale: Scale, raw: exp.Expr, count: exp.Expr) -> exp.Expr:
    """Return the score of a scale of items from its sum and how many were answered; missing with too few.

    Scaling up: five items of which three sum to 4 score 4 * 5 / 3 = 6.67, rounded to 7. Written as
    ``floor((2 * items * sum + answered) / (2 * answered))``, which rounds halves upwards without an error of a double.
    """
    items = len(scale.items)
    enough = exp.GTE(this=count, expression=literal(scale.at_least or items))
    whole = _converted(scale, raw) if scale.conversion else raw
    if scale.at_least and scale.at_least < items:
        scaled = exp.Floor(
            this=exp.Div(
                this=exp.Paren(
                    this=exp.Add(
                        this=exp.Mul(this=number(2 * items), expression=raw), expression=typed(count, "double")
                    )
                ),
                expression=exp.Paren(this=exp.Mul(this=number(2), expression=typed(count, "double"))),
            ),
        )
        whole = typed(scaled, "double")
    branches: list[tuple[exp.Expr, exp.Expr]] = [(enough, whole)]
    if scale.zero_if is not None:
        each, answer = scale.zero_if
        branches.insert(0, (exp.EQ(this=item(each), expression=literal(answer)), number(0)))
    return case(*branches)


def _converted(scale: Scale, raw: exp.Expr) -> exp.Expr:
    return case(*(_same(raw, total, score) for total, score in scale.conversion.items()))


def _same(value: exp.Expr, wanted: float, outcome: float) -> tuple[exp.Expr, exp.Expr]:
    return exp.EQ(this=value, expression=number(wanted)), number(outcome)


def entered_score(form: Form, scale: Scale, entered: exp.Expr) -> exp.Expr:
    """Return the score for a total entered by hand; missing where no answers could make it.

    Where sums are converted, a whole number is a sum, and any other must be one of the published scores. The two
    cannot be mixed up: the only whole ones among the scores are those of the lowest and highest sum, which are equal.
    """
    if scale.conversion:
        near = [
            (
                exp.Between(
                    this=entered,
                    low=number(score - HALF_A_HUNDREDTH),
                    high=number(score + HALF_A_HUNDREDTH),
                ),
                number(score),
            )
            for score in scale.conversion.values()
        ]
        return case(*(_same(entered, total, score) for total, score in scale.conversion.items()), *near)
    low, high = form.limits(scale)
    inside = exp.Between(this=entered, low=number(low), high=number(high))
    return case((both(inside, exp.EQ(this=entered, expression=exp.Floor(this=entered))), entered))


def band(bands: Iterable[Band], value: exp.Expr) -> exp.Expr:
    """Return the name of the band a score is in."""
    return case(
        *(
            (exp.Between(this=value, low=number(each.low), high=number(each.high)), literal(each.name))
            for each in bands
        ),
        default=typed(exp.null(), "text"),
    )
