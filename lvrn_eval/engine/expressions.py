"""Rule expressions: the one small language in which a person writes a rule.

A rule is a single SQL expression over the columns of one table and the named parameters of an analysis. It is parsed
once into a closed list of node types; anything else is refused. The text that was parsed is the text that is shown.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import sqlglot
from sqlglot import exp
from sqlglot.errors import ParseError, TokenError

from lvrn_eval.engine.steps import DIALECT, literal, quoted
from lvrn_eval.errors import Fault, RuleError, suggestion

if TYPE_CHECKING:
    from lvrn_eval.engine.base import Value

ALLOWED: tuple[type[exp.Expr], ...] = (
    # names, literals and grouping
    exp.Column, exp.Identifier, exp.Literal, exp.Boolean, exp.Null, exp.Paren, exp.Neg,
    # comparisons and logic
    exp.EQ, exp.NEQ, exp.GT, exp.GTE, exp.LT, exp.LTE, exp.Between, exp.In, exp.Is, exp.And, exp.Or, exp.Not,
    # arithmetic and choices
    exp.Add, exp.Sub, exp.Mul, exp.Div, exp.Case, exp.If, exp.Coalesce, exp.Least, exp.Greatest,
    # dates
    exp.Interval, exp.Var, exp.Cast, exp.DataType,
)  # fmt: skip

UNITS = frozenset({"DAY", "DAYS", "WEEK", "WEEKS", "MONTH", "MONTHS", "YEAR", "YEARS"})
LONGEST = 2_000


@dataclass(frozen=True)
class Rule:
    """A rule that was read and allowed.

    Parameters
    ----------
    text
        The rule as its author wrote it.
    expression
        The same with parameters put in as typed literals and columns quoted.
    columns
        The columns it uses, in order of appearance.
    """

    text: str
    expression: exp.Expr
    columns: tuple[str, ...]


def parse_rule(text: str, columns: Collection[str], parameters: Mapping[str, Value] | None = None) -> Rule:
    """Read a rule.

    Parameters
    ----------
    text
        The rule, such as ``last_contact between as_of - interval 12 month and as_of - interval 6 month``.
    columns
        The columns of the table the rule is about.
    parameters
        The named parameters it may use. A column of the same name wins nothing: the clash is refused.

    Returns
    -------
    Rule

    Raises
    ------
    RuleError
        When the text is not one expression, uses anything outside the closed list, or names an unknown column.
    """
    parameters = parameters or {}
    text = text.strip()
    if clash := sorted(set(columns) & set(parameters)):
        raise RuleError(f"the parameter {clash[0]!r} has the name of a column; give one of them another name")
    tree = _parse(text)
    faults = [fault for node in tree.walk() if (fault := _not_allowed(node, text))]
    used: dict[str, None] = {}
    known = [*columns, *parameters]
    for column in tree.find_all(exp.Column):
        if column.table or column.name not in known:
            faults.append(_unknown(column, text, known))
        elif column.name not in parameters:
            used[column.name] = None
    if faults:
        raise RuleError("this rule cannot be used", list(dict.fromkeys(faults)))

    def fill(node: exp.Expr) -> exp.Expr:
        if isinstance(node, exp.Column):
            return literal(parameters[node.name]) if node.name in parameters else quoted(node.name)
        return node

    return Rule(text, tree.transform(fill), tuple(used))


def _parse(text: str) -> exp.Expr:
    if not text:
        raise RuleError("this rule is empty")
    if len(text) > LONGEST:
        raise RuleError(f"this rule is longer than {LONGEST} characters; split it into several")
    try:
        parsed = sqlglot.parse(text, read=DIALECT)
    except (ParseError, TokenError) as error:
        details = getattr(error, "errors", None) or [{}]
        column = int(details[0].get("col") or len(text))
        fault = Fault("rule", "this is not an expression that can be read", excerpt=_caret(text, max(column - 1, 0), 1))
        raise RuleError("this rule cannot be used", [fault]) from None
    except RecursionError:
        raise RuleError("this rule is nested too deeply; split it into several") from None
    if len(parsed) != 1 or parsed[0] is None:
        raise RuleError("a rule is one expression, without a semicolon")
    return parsed[0]


def _not_allowed(node: exp.Expr, text: str) -> Fault | None:
    kind = type(node)
    if kind in ALLOWED or isinstance(node, exp.Coalesce | exp.Least | exp.Greatest):
        if isinstance(node, exp.Interval) and str(node.args.get("unit") or "").upper() not in UNITS:
            return Fault("rule", "an interval is in days, weeks, months or years", excerpt=text)
        if isinstance(node, exp.Cast) and not node.to.is_type("date"):
            return Fault("rule", "only dates may be cast, as in date '2024-03-31'", excerpt=text)
        if isinstance(node, exp.In) and node.args.get("query") is not None:
            return Fault("rule", "`in` takes a list of values, not a query", excerpt=text)
        return None
    return Fault(
        "rule",
        f"{_word(node)} is not allowed in a rule",
        "use columns, values, comparisons, and/or/not, between, in, is null, + - * /, case, coalesce, least, greatest, "
        "and dates plus or minus an interval",
        excerpt=text,
    )


def _word(node: exp.Expr) -> str:
    if isinstance(node, exp.Anonymous):
        return f"the function {node.name}()"
    if isinstance(node, exp.Func):
        return f"the function {node.sql_name().lower()}()"
    return {"Select": "a query", "Subquery": "a query", "Placeholder": "a $placeholder", "Star": "*"}.get(
        type(node).__name__,
        f"{type(node).__name__.lower()}",
    )


def _unknown(column: exp.Column, text: str, known: list[str]) -> Fault:
    name = f"{column.table}.{column.name}" if column.table else column.name
    start = text.find(name)
    excerpt = _caret(text, start, len(name)) if start >= 0 else text
    return Fault("rule", f"there is no column or parameter {name!r}", suggestion(column.name, known), excerpt)


def _caret(text: str, start: int, length: int) -> str:
    """Return the line of ``text`` that holds position ``start``, with a caret line below it."""
    before = text.rfind("\n", 0, start) + 1
    after = text.find("\n", start)
    line = text[before : after if after >= 0 else len(text)]
    return f"{line}\n{' ' * (start - before)}{'^' * max(length, 1)}"
