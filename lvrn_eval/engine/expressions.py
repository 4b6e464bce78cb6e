"""Rule expressions: the one small language in which a person writes a rule.

A rule is a single SQL expression over the columns of one table and the named parameters of an analysis. It is parsed
once into a closed list of node types; anything else is refused. The text that was parsed is the text that is shown.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import date
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

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
MOST_PARTS = 400
"""Columns, values and signs in one rule; a chain of a thousand sums keeps an engine busy for seconds."""


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
    parameters
        The parameters it uses, with their values.
    """

    text: str
    expression: exp.Expr
    columns: tuple[str, ...]
    parameters: Mapping[str, Value] = field(default_factory=lambda: MappingProxyType({}))

    def is_condition(self, booleans: Collection[str] = ()) -> bool:
        """Return whether the rule says yes or no of a row; ``booleans`` are the columns that do."""
        return _is_condition(self.expression, booleans)


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
    known = [*columns, *parameters]
    named = sorted(tree.find_all(exp.Column), key=_start)
    faults += [_unknown(column, text, known) for column in named if column.table or column.name not in known]
    if faults:
        raise RuleError("this rule cannot be used", list(dict.fromkeys(faults)))
    names = dict.fromkeys(column.name for column in named)

    def fill(node: exp.Expr) -> exp.Expr:
        if isinstance(node, exp.Column):
            return literal(parameters[node.name]) if node.name in parameters else quoted(node.name)
        if isinstance(node, exp.Div):
            # engines differ on what is divided by zero: here it is unknown
            node.set("expression", exp.Nullif(this=node.expression, expression=exp.Literal.number(0)))
        return node

    return Rule(
        text,
        tree.transform(fill),
        tuple(name for name in names if name not in parameters),
        MappingProxyType({name: parameters[name] for name in names if name in parameters}),
    )


def _parse(text: str) -> exp.Expr:
    if not text:
        raise RuleError("this rule is empty")
    if len(text) > LONGEST:
        raise RuleError(f"this rule is longer than {LONGEST} characters; split it into several")
    try:
        words = sqlglot.tokenize(text, read=DIALECT)
        if not words or any(word.comments for word in words):
            raise RuleError("a rule holds no comment: what is shown must be what runs")
        if len(words) > MOST_PARTS:
            raise RuleError(f"this rule has more than {MOST_PARTS} parts; split it into several")
        if any(word.token_type.name == "SEMICOLON" for word in words):
            raise RuleError("a rule is one expression, without a semicolon")
        return sqlglot.parse_one(text, read=DIALECT)
    except (ParseError, TokenError) as error:
        details = getattr(error, "errors", None) or [{}]
        fault = Fault(
            "rule", "this is not an expression that can be read", excerpt=_caret(text, _end(text, details[0]), 1)
        )
        raise RuleError("this rule cannot be used", [fault]) from None
    except RecursionError:
        raise RuleError("this rule is nested too deeply; split it into several") from None


def _end(text: str, details: Mapping[str, Any]) -> int:
    """Return the position in ``text`` of the line and column where reading stopped."""
    if not details.get("col"):
        return max(len(text) - 1, 0)
    lines = text.split("\n")[: int(details["line"]) - 1]
    return sum(len(line) + 1 for line in lines) + int(details["col"]) - 1


def _not_allowed(node: exp.Expr, text: str) -> Fault | None:
    if type(node) in ALLOWED:
        what = _not_so(node)
        return Fault("rule", what, excerpt=text) if what else None
    return Fault(
        "rule",
        f"{_word(node)} is not allowed in a rule",
        "use columns, values, comparisons, and/or/not, between, in, is null, + - * /, case, coalesce, least, greatest, "
        "and dates plus or minus an interval",
        excerpt=text,
    )


def _not_so(node: exp.Expr) -> str | None:
    """Return what is wrong with how an allowed kind of node is used here."""
    if isinstance(node, exp.Interval):
        return _not_so_interval(node)
    if isinstance(node, exp.Cast):
        return _not_so_cast(node)
    if isinstance(node, exp.In) and not node.expressions:
        return "`in` takes a list of values in brackets"
    if isinstance(node, exp.DataType | exp.Var) and not isinstance(node.parent, exp.Cast | exp.Interval):
        return "a type stands only where something is cast; quote a column that is named like one"
    return None


def _not_so_interval(node: exp.Interval) -> str | None:
    if str(node.args.get("unit") or "").upper() not in UNITS:
        return "an interval is in days, weeks, months or years"
    if isinstance(node.this, exp.Literal) and not node.this.name.isdecimal():
        return "an interval is a whole number of days, weeks, months or years"
    return None


def _not_so_cast(node: exp.Cast) -> str | None:
    if not node.to.is_type("date"):
        return "only dates may be cast, as in date '2024-03-31'"
    if isinstance(node.this, exp.Literal) and not _is_day(node.this.name):
        return "a day is written date '2024-03-31'"
    return None


def _is_day(text: str) -> bool:
    try:
        return date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False


def _is_condition(node: exp.Expr, booleans: Collection[str]) -> bool:
    """Return whether an expression is true, false or unknown, judged by its form and the kinds of its columns."""
    if isinstance(node, exp.Column):
        return node.name in booleans
    if isinstance(node, exp.Paren | exp.Not):
        return _is_condition(node.this, booleans)
    if isinstance(node, exp.And | exp.Or):
        return _is_condition(node.left, booleans) and _is_condition(node.right, booleans)
    if isinstance(node, exp.Coalesce):
        return all(_is_condition(part, booleans) for part in [node.this, *node.expressions])
    if isinstance(node, exp.Case | exp.If):
        branches = node.args.get("ifs") or [node]
        otherwise = node.args.get("default") or node.args.get("false") or exp.null()
        return all(_is_condition(outcome, booleans) for outcome in [*(b.args["true"] for b in branches), otherwise])
    return isinstance(node, exp.Predicate | exp.Boolean | exp.Null)


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
    start, end = _start(column), int(column.parts[-1].meta.get("end", 0))
    excerpt = _caret(text, start, end + 1 - start)
    return Fault("rule", f"there is no column or parameter {name!r}", suggestion(column.name, known), excerpt)


def _start(column: exp.Column) -> int:
    return int(column.parts[0].meta.get("start", 0))


def _caret(text: str, start: int, length: int) -> str:
    """Return the line of ``text`` that holds position ``start``, with a caret line below it."""
    before = text.rfind("\n", 0, start) + 1
    after = text.find("\n", start)
    line = text[before : after if after >= 0 else len(text)]
    return f"{line}\n{' ' * (start - before)}{'^' * max(length, 1)}"
