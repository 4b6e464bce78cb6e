"""Reading a rule of a measure: parsed once, every column and code known, of the sort that is wanted there."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from typing import TYPE_CHECKING, NamedTuple

from lvrn_eval.errors import RuleError, suggestion
from lvrn_eval.framework.vocabulary import Known, Sort

if TYPE_CHECKING:
    from sqlglot import exp

    from lvrn_eval.engine.expressions import Rule

Columns = Mapping[str, Known]

AS_OF = "as_of"
ANY_DAY = date(2000, 1, 1)
"""Stands for the day of the extract while a rule is only read."""

WANTED: Mapping[Sort, str] = {
    "condition": "a condition that is true or false of a row, such as `attended`",
    "number": "a number, such as `minutes / 60`",
    "day": "a day",
    "text": "text",
}


class Problem(NamedTuple):
    """What is wrong with a rule, how to put it right, and which part of it to mark."""

    what: str
    fix: str = ""
    start: int = 0
    length: int = 0


def read_rule(text: str, columns: Columns, wanted: Sort | None) -> tuple[Rule | None, list[Problem]]:
    """Return the rule, or None, and everything that is wrong with it."""
    from lvrn_eval.engine.expressions import parse_rule

    try:
        rule = parse_rule(spelt(text, columns), columns, {AS_OF: ANY_DAY})
    except RuleError as error:
        return None, _told(error)
    problems = list(_comparisons(rule.expression, columns))
    found = sort_of(rule.expression, columns)
    if not problems and wanted is not None and found is not None and found != wanted:
        what = f"is {_name(found)}, where {_name(wanted)} is needed"
        problems.append(Problem(what, f"write {WANTED[wanted]}"))
    return (None if problems else rule), problems


def spelt(text: str, columns: Columns) -> str:
    """Return a rule as SQL reads it: a column alone may be a word that SQL keeps for itself, such as `on`."""
    return f'"{text.strip()}"' if text.strip() in columns else text


def _told(error: RuleError) -> list[Problem]:
    if not error.faults:
        return [Problem(f"cannot be used: {error.summary}")]
    return [Problem(f"cannot be used: {fault.what}", fault.fix, *_mark(fault.excerpt)) for fault in error.faults]


def _mark(excerpt: str) -> tuple[int, int]:
    """Return where the last line of an excerpt sets its marks, when it stands under a rule of one line."""
    line = excerpt.rsplit("\n", maxsplit=1)[-1]
    return (line.index("^"), line.count("^")) if line.strip(" ^") == "" and "^" in line else (0, 0)


def _name(sort: Sort) -> str:
    return {"condition": "a condition", "number": "a number", "day": "a day", "text": "text"}[sort]


def sort_of(node: exp.Expr, columns: Columns) -> Sort | None:  # noqa: PLR0911 - one line for each form
    """Return what an expression gives; None when its form does not tell."""
    from sqlglot import exp

    if isinstance(node, exp.Column):
        return columns[node.name].sort
    if isinstance(node, exp.Literal):
        return "text" if node.is_string else "number"
    if isinstance(node, exp.Cast):
        return "day"
    if isinstance(node, exp.Paren):
        return sort_of(node.this, columns)
    if isinstance(node, exp.Add | exp.Sub) and isinstance(node.expression, exp.Interval):
        return "day"
    if isinstance(node, exp.Neg | exp.Binary) and not isinstance(node, exp.Predicate | exp.Connector):
        return "number"
    if isinstance(node, exp.Coalesce | exp.Least | exp.Greatest):
        return _first([node.this, *node.expressions], columns)
    if isinstance(node, exp.Case | exp.If):
        branches = node.args.get("ifs") or [node]
        otherwise = [part for key in ("default", "false") if (part := node.args.get(key)) is not None]
        return _first([*(branch.args["true"] for branch in branches), *otherwise], columns)
    if isinstance(node, exp.Predicate | exp.Connector | exp.Not | exp.Boolean):
        return "condition"
    return None


def _first(nodes: list[exp.Expr], columns: Columns) -> Sort | None:
    return next((found for node in nodes if (found := sort_of(node, columns)) is not None), None)


def _comparisons(tree: exp.Expr, columns: Columns) -> Iterator[Problem]:
    """Yield what is compared, or reckoned, with what it cannot be, and codes that are not on their list."""
    from sqlglot import exp

    for node in tree.walk():
        if isinstance(node, exp.Sub) and {sort_of(side, columns) for side in (node.left, node.right)} == {"day"}:
            yield Problem("takes a day from a day, which databases do differently", "use `kind: duration`")
        for left, right in _sides(node):
            yield from _compared(left, right, columns)


def _sides(node: exp.Expr) -> Iterator[tuple[exp.Expr, exp.Expr]]:
    from sqlglot import exp

    if isinstance(node, exp.EQ | exp.NEQ | exp.GT | exp.GTE | exp.LT | exp.LTE):
        yield from ((node.left, node.right), (node.right, node.left))
    if isinstance(node, exp.In):
        yield from ((node.this, each) for each in node.expressions)
    if isinstance(node, exp.Between):
        yield from ((node.this, node.args[end]) for end in ("low", "high"))


def _compared(left: exp.Expr, right: exp.Expr, columns: Columns) -> Iterator[Problem]:
    from sqlglot import exp

    if not isinstance(left, exp.Column) or isinstance(right, exp.Column):
        return
    known, other = columns[left.name], sort_of(right, columns)
    if other is not None and other != known.sort:
        yield Problem(f"compares `{left.name}`, {_kind(known.sort)}, with {_name(other)}", FIXES[known.sort])
    elif known.codes and isinstance(right, exp.Literal) and right.name not in known.codes:
        what = f"compares `{left.name}` with {right.name!r}, which is none of its codes"
        yield Problem(what, suggestion(right.name, known.codes))


def _kind(sort: Sort) -> str:
    return "which is yes or no" if sort == "condition" else f"which is {_name(sort)}"


FIXES: Mapping[Sort, str] = {
    "condition": "write the column alone, or `not` before it",
    "number": "write the number without quotation marks",
    "day": "write a day as date '2024-03-31'",
    "text": "write the text in single quotation marks",
}
