"""Rule expressions as a table: what each allowed rule says of four rows, and in which words the others are refused.

The rows (`?` is a missing value):

| number | text   | day        | flag  |
|--------|--------|------------|-------|
| 1      | a      | 2023-09-30 | true  |
| 2      | b      | 2023-10-01 | false |
| 3      | it's   | 2024-02-29 | true  |
| ?      | ?      | ?          | ?     |

The parameters: `as_of` is 2024-03-31, `least` 2, `word` "it's".
"""

import datetime as dt

import pandas as pd
import pytest
from sqlglot import select

from lvrn_eval.engine import as_table, build, parse_rule
from lvrn_eval.errors import RuleError

PARAMETERS = {"as_of": dt.date(2024, 3, 31), "least": 2, "word": "it's"}
FIX = (
    "      → use columns, values, comparisons, and/or/not, between, in, is null, + - * /, case, coalesce, least, "
    "greatest, and dates plus or minus an interval"
)
Y, N, U = True, False, None


@pytest.fixture(scope="module")
def rows():
    return as_table(
        pd.DataFrame(
            {
                "number": [1, 2, 3, None],
                "text": ["a", "b", "it's", None],
                "day": [dt.date(2023, 9, 30), dt.date(2023, 10, 1), dt.date(2024, 2, 29), None],
                "flag": pd.array([True, False, True, None], dtype="boolean"),
                "on": [1, 2, 3, 4],
            },
        ),
        "rows",
    )


def said(rows, rule):
    parsed = parse_rule(rule, list(rows.columns), PARAMETERS)
    made = build("tests/rule", select(parsed.expression.as_("said")).from_("rows"))
    return tuple(rows.engine.run(made, tables={"rows": rows}).to_arrow().column("said").to_pylist())


ALLOWED = {
    # comparisons; a missing value is unknown, never true and never false
    "number = 2": (N, Y, N, U),
    "number == 2": (N, Y, N, U),
    "number <> 2": (Y, N, Y, U),
    "number != 2": (Y, N, Y, U),
    "number < 2": (Y, N, N, U),
    "number <= 2": (Y, Y, N, U),
    "number > 2": (N, N, Y, U),
    "number >= least": (N, Y, Y, U),
    "number between 2 and 3": (N, Y, Y, U),
    "number not between 2 and 3": (Y, N, N, U),
    "number between 3 and 2": (N, N, N, U),
    "number in (1, 3)": (Y, N, Y, U),
    "number not in (1, 3)": (N, Y, N, U),
    "number in (1, null)": (Y, U, U, U),
    "number is null": (N, N, N, Y),
    "number is not null": (Y, Y, Y, N),
    "text = 'it''s'": (N, N, Y, U),
    "text = word": (N, N, Y, U),
    "text = 'A'": (N, N, N, U),
    "text = '-- no; comment /* here */'": (N, N, N, U),
    '"on" > 3': (N, N, N, Y),
    # logic, with three values
    "flag": (Y, N, Y, U),
    "not flag": (N, Y, N, U),
    "flag is true": (Y, N, Y, N),
    "flag is not true": (N, Y, N, Y),
    "flag and number > 0": (Y, N, Y, U),
    "flag or number is null": (Y, N, Y, Y),
    "flag and false": (N, N, N, N),
    "flag or true": (Y, Y, Y, Y),
    "number = 1 or number = 2 and flag": (Y, N, N, U),
    "(number = 1 or number = 2) and flag": (Y, N, N, U),
    "not number = 1 and flag": (N, N, Y, U),
    "TRUE": (Y, Y, Y, Y),
    "null": (U, U, U, U),
    # arithmetic: division is not of whole numbers, and by zero it is unknown
    "number + 1 = 3": (N, Y, N, U),
    "number - -1 = 3": (N, Y, N, U),
    "-number = -2": (N, Y, N, U),
    "number * 2 = 4": (N, Y, N, U),
    "number / 2 = 0.5": (Y, N, N, U),
    "2 + number * 2 = 6": (N, Y, N, U),
    "1 / (number - 1) >= 1": (U, Y, N, U),
    "number / 0 > 1": (U, U, U, U),
    # choices
    "case when number = 1 then false when number > 1 then true else null end": (N, Y, Y, U),
    "case number when 1 then true else false end": (Y, N, N, N),
    "case when number = 1 then true end": (Y, U, U, U),
    "if(number = 1, true, false)": (Y, N, N, N),
    "coalesce(number, 0) = 0": (N, N, N, Y),
    "ifnull(number, 0) = 0": (N, N, N, Y),
    "least(number, 2) = 2": (N, Y, Y, Y),
    "greatest(number, 2) = 2": (Y, Y, N, Y),
    # days: months are calendar months, and a day that a month lacks becomes its last
    "day = as_of - interval 6 month": (Y, N, N, U),
    "day = as_of - interval '6 months'": (Y, N, N, U),
    "day = as_of - interval 1 month": (N, N, Y, U),
    "day = as_of - interval 26 week": (N, Y, N, U),
    "day = as_of - interval 183 day": (Y, N, N, U),
    "day + interval 1 year = date '2025-02-28'": (N, N, Y, U),
    "day - interval 4 year = date '2020-02-29'": (N, N, Y, U),
    "day + interval 1 month = date '2024-03-29'": (N, N, Y, U),
    "day >= as_of - interval least year": (Y, Y, Y, U),
    "day - interval least month < date '2023-08-01'": (Y, N, N, U),
    "day + 1 = date '2023-10-01'": (Y, N, N, U),
    "day - date '2023-09-30' = 1": (N, Y, N, U),
    "day between date '2023-09-30' and date '2023-10-01'": (Y, Y, N, U),
    "cast(day as date) = date '2024-02-29'": (N, N, Y, U),
    "day::date < as_of": (Y, Y, Y, U),
    "day > '2023-09-30'": (N, Y, Y, U),
    # layout is free
    "  number\n  >= 2 ": (N, Y, Y, U),
}  # fmt: skip


@pytest.mark.parametrize(
    ("rule", "expected"), ALLOWED.items(), ids=lambda value: value if isinstance(value, str) else ""
)
def test_what_a_rule_says(rows, rule, expected):
    assert said(rows, rule) == expected


def test_a_rule_keeps_its_words_and_knows_what_it_uses():
    rule = parse_rule(' flag and day < as_of\n or "on" = least ', ["on", "day", "flag", "unused"], PARAMETERS)
    assert rule.text == 'flag and day < as_of\n or "on" = least'
    assert rule.columns == ("flag", "day", "on")
    assert rule.parameters == {"as_of": dt.date(2024, 3, 31), "least": 2}
    assert "as_of" not in rule.expression.sql()


@pytest.mark.parametrize(
    ("rule", "condition"),
    [
        ("flag", True), ("not flag", True), ("(flag)", True), ("number > 1", True), ("number in (1)", True),
        ("number is null", True), ("number between 1 and 2", True), ("flag and number > 1", True), ("true", True),
        ("coalesce(flag, false)", True), ("case when flag then true end", True), ("if(flag, flag, false)", True),
        ("case flag when true then number > 1 else false end", True),
        ("number", False), ("text", False), ("day", False), ("1", False), ("'yes'", False), ("number + 1", False),
        ("not number", False), ("flag and number", False), ("number or flag", False), ("coalesce(number, 0)", False),
        ("coalesce(flag, 1)", False), ("case when flag then 1 else 0 end", False), ("if(flag, 1, 0)", False),
        ("greatest(number, 1)", False), ("-number", False), ("day - interval 1 day", False), ("as_of", False),
        ("case when flag then true else number end", False),
    ],
)  # fmt: skip
def test_what_is_true_or_false_of_a_row(rule, condition):
    parsed = parse_rule(rule, ["number", "text", "day", "flag"], {"as_of": dt.date(2024, 3, 31)})
    assert parsed.is_condition(["flag"]) is condition


NOT_ALLOWED = {
    "lower(text) = 'a'": "the function lower()",
    "abs(number) = 1": "the function abs()",
    "getenv('HOME') = text": "the function getenv()",
    "year(day) = 2024": "the function year()",
    "date_trunc('month', day) = day": "the function timestamp_trunc()",
    "today() > day": "the function current_date()",
    "current_date > day": "the function current_date()",
    "random() < 0.5": "the function rand()",
    "regexp_matches(text, 'a')": "the function regexp_like()",
    "text ~ 'a'": "the function regexp_like()",
    "text like 'a%'": "like",
    "text ilike 'a%'": "ilike",
    "text similar to 'a'": "similarto",
    "text glob 'a*'": "glob",
    "text || 'x' = 'ax'": "dpipe",
    "text collate nocase = 'a'": "the function collate()",
    "sum(number) > 1": "the function sum()",
    "row_number() over () = 1": "window",
    "(select 1) = 1": "a query",
    "exists (select 1)": "the function exists()",
    "from rows": "a query",
    "number = any (1)": "any",
    "number % 2 = 1": "mod",
    "number // 2 = 1": "intdiv",
    "number ** 2 = 4": "the function power()",
    "number & 1 = 1": "bitwiseand",
    "number << 1 = 2": "bitwiseleftshift",
    "~number = 1": "bitwisenot",
    "xor(flag, true)": "bitwisexor",
    "number is distinct from 1": "nullsafeneq",
    "number is not distinct from 1": "nullsafeeq",
    "try_cast(text as date) = day": "the function try_cast()",
    "cast(text as date format 'YYYY') = day": "the function str_to_date()",
    "[1] = [1]": "the function array()",
    "day[1] = 'a'": "bracket",
    "(number, number) = (1, 1)": "tuple",
    "$number = 1": "a $placeholder",
    "$1 = 1": "a $placeholder",
    "? = 1": "a $placeholder",
    ":number = 1": "a $placeholder",
    "@number = 1": "the function abs()",
    "#1 = 1": "positionalcolumn",
    "* = 1": "*",
    "columns('n') = 1": "the function columns()",
    "number = 1 as one": "alias",
    "number = 1 one": "alias",
    "number := 1": "propertyeq",
    "$$text$$ = text": "rawstring",
    "number at time zone 'UTC' = 1": "attimezone",
    "drop table rows": "drop",
    "values (1)": "values",
}


@pytest.mark.parametrize("rule", NOT_ALLOWED)
def test_what_is_not_allowed(rule):
    with pytest.raises(RuleError) as refused:
        parse_rule(rule, ["number", "text", "day", "flag"])
    first = refused.value.faults[0]
    # the words for some nodes are sqlglot's, and may change with it
    assert (first.where, first.what) == ("rule", f"{NOT_ALLOWED[rule]} is not allowed in a rule")
    assert (first.excerpt, f"      → {first.fix}") == (rule, FIX)


MESSAGES = {
    "": "this rule is empty",
    "  \n ": "this rule is empty",
    "number = 1;": "a rule is one expression, without a semicolon",
    "number = 1; drop table rows": "a rule is one expression, without a semicolon",
    ";": "a rule is one expression, without a semicolon",
    "-- number = 1": "a rule holds no comment: what is shown must be what runs",
    "number = 1 -- or true": "a rule holds no comment: what is shown must be what runs",
    "number /* not */ = 1": "a rule holds no comment: what is shown must be what runs",
    "number = " + "1" * 2000: "this rule is longer than 2000 characters; split it into several",
    "number" + "+1" * 200 + " > 1": "this rule has more than 400 parts; split it into several",
    "(" * 150 + "number" + ")" * 150 + " > 1": "this rule is nested too deeply; split it into several",
    "not " * 390 + "flag": "this rule is nested too deeply; split it into several",
    "number =": "this rule cannot be used\n"
    "  rule: this is not an expression that can be read\n"
    "      number =\n"
    "             ^",
    "flag and\n  number = = 3": "this rule cannot be used\n"
    "  rule: this is not an expression that can be read\n"
    "        number = = 3\n"
    "                 ^",
    "number = 'one": "this rule cannot be used\n"
    "  rule: this is not an expression that can be read\n"
    "      number = 'one\n"
    "                  ^",
    "(number = 1": "this rule cannot be used\n"
    "  rule: this is not an expression that can be read\n"
    "      (number = 1\n"
    "                ^",
    "numbr > 1": "this rule cannot be used\n"
    "  rule: there is no column or parameter 'numbr'\n"
    "      numbr > 1\n"
    "      ^^^^^\n"
    "      → did you mean 'number'?",
    "NUMBER > 1": "this rule cannot be used\n"
    "  rule: there is no column or parameter 'NUMBER'\n"
    "      NUMBER > 1\n"
    "      ^^^^^^\n"
    "      → did you mean 'number'?",
    "number > lest\n  and xyzzy = 'numbers' and f.number > 1": "this rule cannot be used\n"
    "  rule: there is no column or parameter 'lest'\n"
    "      number > lest\n"
    "               ^^^^\n"
    "      → did you mean 'least'?\n"
    "  rule: there is no column or parameter 'xyzzy'\n"
    "        and xyzzy = 'numbers' and f.number > 1\n"
    "            ^^^^^\n"
    "      → known: number, text, day, flag, as_of, least, word\n"
    "  rule: there is no column or parameter 'f.number'\n"
    "        and xyzzy = 'numbers' and f.number > 1\n"
    "                                  ^^^^^^^^\n"
    "      → did you mean 'number'?",
    'number in (1) and "no such" > 1': "this rule cannot be used\n"
    "  rule: there is no column or parameter 'no such'\n"
    '      number in (1) and "no such" > 1\n'
    "                        ^^^^^^^^^\n"
    "      → known: number, text, day, flag, as_of, least, word",
    "number in (select 1)": "this rule cannot be used\n"
    "  rule: `in` takes a list of values in brackets\n"
    "      number in (select 1)\n"
    "  rule: a query is not allowed in a rule\n"
    "      number in (select 1)\n" + FIX,
    "text in 'it''s'": "this rule cannot be used\n"
    "  rule: `in` takes a list of values in brackets\n"
    "      text in 'it''s'",
    "number in ()": "this rule cannot be used\n"
    "  rule: `in` takes a list of values in brackets\n"
    "      number in ()",
    "day > as_of - interval 6 hour": "this rule cannot be used\n"
    "  rule: an interval is in days, weeks, months or years\n"
    "      day > as_of - interval 6 hour",
    "day > as_of - interval '1 month 3 days'": "this rule cannot be used\n"
    "  rule: an interval is in days, weeks, months or years\n"
    "      day > as_of - interval '1 month 3 days'",
    "day > as_of - interval 6.5 month": "this rule cannot be used\n"
    "  rule: an interval is a whole number of days, weeks, months or years\n"
    "      day > as_of - interval 6.5 month",
    "day > as_of - interval -6 month": "this rule cannot be used\n"
    "  rule: an interval is a whole number of days, weeks, months or years\n"
    "      day > as_of - interval -6 month",
    "cast(number as text) = '1'": "this rule cannot be used\n"
    "  rule: only dates may be cast, as in date '2024-03-31'\n"
    "      cast(number as text) = '1'",
    "day > timestamp '2024-03-31'": "this rule cannot be used\n"
    "  rule: only dates may be cast, as in date '2024-03-31'\n"
    "      day > timestamp '2024-03-31'",
    "day > date '31/03/2024'": "this rule cannot be used\n"
    "  rule: a day is written date '2024-03-31'\n"
    "      day > date '31/03/2024'",
    "day > date '2023-02-29'": "this rule cannot be used\n"
    "  rule: a day is written date '2024-03-31'\n"
    "      day > date '2023-02-29'",
    "text[1] = 'a'": "this rule cannot be used\n"
    "  rule: a type stands only where something is cast; quote a column that is named like one\n"
    "      text[1] = 'a'",
    "lower(txt) = 'a'": "this rule cannot be used\n"
    "  rule: the function lower() is not allowed in a rule\n"
    "      lower(txt) = 'a'\n" + FIX + "\n"
    "  rule: there is no column or parameter 'txt'\n"
    "      lower(txt) = 'a'\n"
    "            ^^^\n"
    "      → did you mean 'text'?",
}  # fmt: skip


@pytest.mark.parametrize("rule", MESSAGES, ids=lambda rule: rule[:30])
def test_how_it_is_told(rule):
    with pytest.raises(RuleError) as refused:
        parse_rule(rule, ["number", "text", "day", "flag"], PARAMETERS)
    assert str(refused.value) == MESSAGES[rule]


def test_a_parameter_with_the_name_of_a_column_is_refused():
    with pytest.raises(RuleError) as refused:
        parse_rule("number > 1", ["number"], {"number": 2})
    assert str(refused.value) == ("the parameter 'number' has the name of a column; give one of them another name")


@pytest.mark.parametrize(
    "rule",
    [
        "number" + "+1" * 197 + " > 1",
        " or ".join(["number = 1"] * 99),
        "number in (" + ", ".join(map(str, range(190))) + ")",
        "(" * 30 + "number" + ")" * 30 + " = 1",
        "case " + "when number = 9 then false " * 60 + "else number = 1 end",
    ],
    ids=["sums", "ors", "list", "brackets", "cases"],
)
def test_the_longest_rules_run(rows, rule):
    assert len(said(rows, rule)) == 4
