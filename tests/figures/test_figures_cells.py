"""What a cell of a report shows."""

from __future__ import annotations

import html
import math
import re
from base64 import b64decode
from dataclasses import replace
from types import SimpleNamespace

import pandas as pd
import pypandoc
import pytest
from figures_examples import EXAMPLES, FLOW, HOSTILE, STEPS, balance, classes, curve, flow, made, pairs, rates

from lvrn_eval.errors import AnalysisError, ReportError
from lvrn_eval.release.suppress import WITHHELD
from lvrn_eval.report import cells
from lvrn_eval.report.figures import alt_text
from lvrn_eval.result import ESTIMATE_COLUMNS, Check, Result, Sentence


def rows_of(block):
    """Return the header and rows of a pipe table, without the marks."""
    lines = [line for line in str(block).splitlines() if line.startswith("|")]
    return [
        [cell.strip().replace("\\", "") for cell in re.split(r"(?<!\\)\|", line)[1:-1]]
        for line in (lines[0], *lines[2:])
    ]


ESTIMATES = pd.DataFrame(
    [
        ("share_desisted", "all", 8 / 13, 0.13, 0.355, 0.823, 0.95, math.nan, 13, 8, "proportion", "Wilson"),
        ("sign_test", "all", 12 / 13, 0.07, 0.640, 0.998, 0.95, 0.0034, 13, 12, "sign test", "Clopper-Pearson"),
        ("wilcoxon_signed_rank", "all", -0.9, math.nan, math.nan, math.nan, 0.95, 0.0002, 13, 49, "rank test", "none"),
        ("rate_ratio_exact", "all", 0.36, 0.2, 0.1, math.inf, 0.95, 0.02, 13, 49, "rate ratio", "exact"),
        (
            "rate_ratio_robust",
            "all",
            math.nan,
            math.nan,
            math.nan,
            math.nan,
            0.95,
            math.nan,
            13,
            49,
            "rate ratio",
            "none",
        ),
    ],
    columns=[*ESTIMATE_COLUMNS, "measure", "interval"],
)


def estimates(**more):
    return Result("pre_post", "T", ESTIMATES, {}, count_columns=("n", "n_events"), **more)


def test_estimates_are_each_in_their_own_unit():
    assert rows_of(cells.table(estimates(), label="tbl-e", caption="c")) == [
        ["Measure", "Estimate (95% interval)", "p-value", "People", "Outcomes or events"],
        ["Share with no recorded event after, of those with one before", "61.5% (35.5 to 82.3)", "[x]", "13", "8"],
        [
            "Share whose number of recorded events fell, of those whose number changed (sign test)",
            "92.3% (64.0 to 99.8)", "0.003", "13", "12",
        ],
        [
            "Rank correlation of the change, below 0 if numbers fell (Wilcoxon signed-rank test)",
            "−0.90", "< 0.001", "13", "49",
        ],
        [
            "Recorded events per person-year, after over before (exact, given each person's total)",
            "0.36 (0.10 to ∞)", "0.020", "13", "49",
        ],
        [
            "Recorded events per person-year, after over before (allowing for people with many)",
            "[x]", "[x]", "13", "49",
        ],
    ]  # fmt: skip


def test_a_hidden_part_hides_the_estimate_with_its_interval():
    hidden = pd.DataFrame(data=False, index=ESTIMATES.index, columns=ESTIMATES.columns)
    hidden.loc[0, ["conf_low", "n_events"]] = True
    row = rows_of(cells.table(estimates(suppressed=hidden), label="tbl-e", caption="c"))[1]
    assert row[1:] == ["[c]", "[x]", "13", "[c]"]


def test_groups_have_a_column_where_there_are_several():
    table = ESTIMATES.iloc[[0, 0]].assign(group=["0", "burnley"])
    result = Result("r", "T", table, {"by": "fin"})
    shown = rows_of(cells.table(result, label="tbl-e", caption="c"))
    assert [row[1] for row in shown] == ["Group", "fin 0", "Burnley"]


def test_classes_with_shares():
    assert rows_of(cells.table(classes(), label="tbl-c", caption="c"))[:3] == [
        ["Recorded events", "People", "Share of group"],
        ["None recorded before or after", "5", "27.8%"],
        ["Desisted: some before, none after", "8", "44.4%"],
    ]


def test_a_hidden_class_takes_the_shares_with_it():
    shown = rows_of(cells.table(classes(hidden=[(4, "people")]), label="tbl-c", caption="c"))
    assert shown[0] == ["Recorded events", "People"]
    assert shown[5] == ["Increased: more after than before", "[c]"]


def test_pairs_that_were_merged_are_hidden_whole():
    result = pairs([(0, 0, 40), (None, None, 9)], hidden=[(1, "people")], shape="sparse")
    assert rows_of(cells.table(result, label="tbl-p", caption="c"))[1:] == [["0", "0", "40"], ["[c]", "[c]", "[c]"]]


def test_exposure_in_person_years():
    assert rows_of(cells.table(rates(), label="tbl-r", caption="c"))[:2] == [
        ["Period", "People", "Events", "Person-years at risk", "Events per person-year (interval)"],
        ["Before the programme", "36", "102", "100.0", "1.02 (0.83 to 1.24)"],
    ]


def test_attrition_shows_the_rule_that_ran():
    block = str(cells.table(flow(), label="tbl-a", caption="c"))
    assert "`mentor_contacts >= 2`" in block
    assert rows_of(block)[2] == [
        "Two engagements or more `mentor_contacts >= 2`", "382", "0", "430", "801", "4,302",
    ]  # fmt: skip


def test_a_long_rule_is_shown_whole():
    rule = " or ".join(f"prior_events = {i}" for i in range(80))
    block = str(cells.table(flow([*STEPS[:1], ("all", 1, "Long", rule, 1, 2, 0, 3, 4)]), label="tbl-a", caption="c"))
    assert len(rule) > 1_500
    assert f"`{rule}`" in block


def test_attrition_by_site_says_which():
    rows = [*STEPS, *[("burnley", *row[1:]) for row in STEPS]]
    shown = rows_of(cells.table(flow(rows), label="tbl-a", caption="c"))
    assert [row[0] for row in shown] == ["Group", *["All"] * 3, *["Burnley"] * 3]


def test_sampling_and_balance():
    sampling = made("flow", ("group", "wanted", "eligible", "reached", "shortfall"), [("all", 36, 64, 18, 18)])
    assert rows_of(cells.table(sampling, label="tbl-s", caption="c")) == [
        ["Wanted", "Eligible", "Reached", "Shortfall"], ["36", "64", "18", "18"],
    ]  # fmt: skip
    assert rows_of(cells.table(balance(), label="tbl-b", caption="c"))[3] == [
        "Site: Preston", "0.50", "0.40", "−0.14", "18",
    ]  # fmt: skip


def test_a_curve_at_the_ticks_of_its_figure():
    shown = rows_of(cells.table(curve(), label="tbl-k", caption="c"))
    assert shown[0] == ["Group", "Time in days", "At risk", "Share with no event recorded yet (95% interval)"]
    assert shown[3] == ["A", "4", "10", "80.0% (40.9 to 94.6)"]
    assert shown[-1] == ["B", "12", "10", "50.0% (27.1 to 69.2)"]


def test_shares_at_stated_times_and_quantiles():
    base = dict.fromkeys(ESTIMATE_COLUMNS) | {"group": "all", "conf_level": 0.95, "n": 10, "n_events": 4}
    at = base | {"term": "at 91", "estimate": 0.6, "conf_low": 0.3, "conf_high": 0.8, "time": 91.0, "at_risk": 6}
    method = {"estimator": "Kaplan-Meier", "time": "days"}
    shown = rows_of(cells.table(Result("x", "T", pd.DataFrame([at]), method), label="tbl-t", caption="c"))
    assert shown[1] == ["At 91 days", "60.0% (30.0 to 80.0)", "6", "10", "4"]
    by = base | {"term": "median", "estimate": 183.0, "conf_low": 91.0, "conf_high": math.nan, "probability": 0.5}
    shown = rows_of(cells.table(Result("x", "T", pd.DataFrame([by]), method), label="tbl-t", caption="c"))
    assert shown[1] == ["Time by which 50% had a recorded event, in days", "183 (91 to [x])", "10", "4"]


def test_a_test():
    table = pd.DataFrame(
        [("log-rank", 3.8376, 1, 0.0501, 432, 114)], columns=["test", "statistic", "df", "p_value", "n", "n_events"]
    )
    shown = rows_of(cells.table(Result("logrank", "T", table, {}), label="tbl-l", caption="c"))
    assert shown[1] == ["log-rank", "3.84", "1", "0.050", "432", "114"]


def test_any_other_table_is_shown_as_it_is():
    table = pd.DataFrame({"site_name": ["x"], "p_value": [0.5], "share": [0.25], "known": [True]})
    shown = rows_of(cells.table(Result("r", "T", table, {}), label="tbl-o", caption="c"))
    assert shown == [["Site name", "p-value", "Share", "Known"], ["x", "0.500", "0.250", "yes"]]


def test_columns_can_be_chosen():
    block = cells.table(estimates(), label="tbl-e", caption="c", columns=["n", "term", "interval"])
    assert rows_of(block)[:2] == [
        ["People", "Measure", "Interval method"],
        ["13", "Share with no recorded event after, of those with one before", "Wilson"],
    ]
    with pytest.raises(ReportError) as refused:
        cells.table(estimates(), label="tbl-e", caption="c", columns=["estmate", "n"])
    assert str(refused.value) == "result 'pre_post' has no such column to show: 'estmate': did you mean 'estimate'?"


@pytest.mark.parametrize("name", EXAMPLES)
def test_every_example_makes_a_table_that_pandoc_reads(name):
    block = str(cells.table(EXAMPLES[name], label="tbl-x", caption="c"))
    page = pypandoc.convert_text(block, "html", format="markdown")
    assert page.count("<table") == 1
    assert "<script" not in page


def test_a_figure_stands_in_the_page_with_its_alternative_text():
    block = str(cells.figure(flow(), label="fig-flow", caption="Who was *included*"))
    assert block.startswith("![Who was \\*included\\*](data:image/svg+xml;base64,")
    picture = b64decode(re.search(r"base64,([A-Za-z0-9+/=]+)\)", block)[1])
    assert picture.startswith(b"<?xml")
    assert b"</svg>" in picture
    page = pypandoc.convert_text(block, "html", format="markdown")
    assert 'id="fig-flow"' in page
    assert html.unescape(re.search(r'data-fig-alt="([^"]*)"', page)[1]) == alt_text(flow())


def test_hostile_labels_do_not_leave_the_attribute():
    rows = [("all", i, f'{text} " }} {{{{< meta x >}}}} `', "r", 9, 9, 0, 9, 9) for i, text in enumerate(HOSTILE)]
    block = str(cells.figure(made("flow", FLOW, rows), label="fig-x", caption="c"))
    attribute = re.search(r'fig-alt="([^"]*)"}\n$', block)[1]
    assert not set(attribute) & set("<>{}`$\\_*[]@")
    page = pypandoc.convert_text(block, "html", format="markdown")
    assert html.unescape(re.search(r'data-fig-alt="([^"]*)"', page)[1]) == alt_text(made("flow", FLOW, rows))


def test_labels_are_of_their_kind():
    with pytest.raises(ReportError, match="write fig- and letters"):
        cells.figure(flow(), label="tbl-x", caption="c")
    with pytest.raises(ReportError, match="write tbl- and letters"):
        cells.table(flow(), label="fig-x", caption="c")


def test_a_result_without_a_drawing_is_refused():
    with pytest.raises(AnalysisError, match="has no drawing; show it as a table"):
        cells.figure(estimates(), label="fig-x", caption="c")


def test_sentences():
    assert str(cells.sentences(estimates(text=(Sentence("12 of 13 fell."),)))) == "12 of 13 fell\\.\n"
    two = estimates(text=(Sentence("# A <b>"), Sentence("B")))
    assert str(cells.sentences(two)) == "- \\# A \\<b\\>\n- B\n"
    assert str(cells.sentences(estimates())) == "This result has no sentences.\n"


def test_withheld_sentences_say_so_once():
    one = estimates(text=(Sentence("A"), Sentence(WITHHELD)))
    assert str(cells.sentences(one)).splitlines()[1].startswith("- This sentence is left out")
    many = estimates(text=(Sentence(WITHHELD), Sentence("A"), Sentence(WITHHELD)))
    assert str(cells.sentences(many)) == (
        "- A\n- 2 sentences are left out: they rest on numbers that may not be shown.\n"
    )


def test_checks_begin_with_what_needs_a_look():
    result = estimates(
        checks=(
            Check("windows_equal", True, "Equal."),
            Check("small_sample", False, "18 people."),
            Check("kinds", None, "One."),
        ),
    )
    assert str(cells.checks(result)) == (
        "- **✗ Look: Small sample.** 18 people\\.\n"
        "- **– For information: Kinds.** One\\.\n"
        "- **✓ Passed: Windows equal.** Equal\\.\n"
    )
    assert str(cells.checks(estimates())) == "Nothing was checked.\n"


def test_method_in_words():
    choices = {
        "as_of": "2024-03-31",
        "kinds": ["suspect", "charge"],
        "weights": None,
        "mixed": True,
        "test": {"zeros_of": "wilcox", "up_to": 5.0},
    }
    assert rows_of(cells.method(replace(estimates(), method=choices))) == [
        ["Choice", "Value"],
        ["Review date (as_of)", "2024-03-31"],
        ["Kinds of event counted", "suspect, charge"],
        ["Column of weights", "not given"],
        ["Mixed", "yes"],
        ["Test", "zeros of: wilcox; up to: 5"],
    ]
    assert str(cells.method(estimates())) == "This result states no choices.\n"


@pytest.mark.parametrize("status", ["personal", "synthetic", "reconstructed", "public"])
def test_banner_says_what_the_data_is(status):
    block = str(cells.banner(status))
    assert block.startswith("::: {.banner}\n")
    assert block.endswith("\n:::\n")
    assert {"personal": "real people", "public": "published"}.get(status, status) in block


def test_long_choices_are_shown_whole():
    choices = {"design": "word " * 300}
    assert str(cells.method(replace(estimates(), method=choices))).count("word") == 300


def test_an_unknown_status_is_refused():
    with pytest.raises(ReportError, match="data status 'synthetc' is not known; did you mean 'synthetic'"):
        cells.banner("synthetc")


def test_a_block_shows_itself_as_markdown():
    block = cells.banner("public")
    assert block._repr_markdown_() == str(block)
    assert repr(block) == f"<Markdown, {len(str(block))} characters>"


def test_provenance_names_release_policy_and_files():
    manifest = {
        "digest": "a" * 64,
        "created_at": "2026-01-01T00:00:00",
        "analysis": "champions",
        "programme": None,
        "data": "synthetic",
        "policy": {"name": "strict", "version": 1, "threshold": 10, "base": 5, "about": "counts under 10 are hidden"},
        "parameters": {"seed": 2024},
        "digests": {},
        "versions": {"python": "3.11"},
        "inputs": [
            {"table": "events", "file": "events_*.csv", "sha256": "b" * 64, "rows": 1_200},
            {"table": "people", "file": "people.csv", "sha256": "c" * 64, "rows": None},
        ],
    }
    block = cells.provenance(SimpleNamespace(manifest=manifest))
    assert "2026" not in str(block), "equal releases give equal pages"
    shown = rows_of(block)
    assert ["Release", "a" * 16] in shown
    assert ["Disclosure policy", "strict, version 1: counts under 10 are hidden"] in shown
    assert ["events", "events_*.csv", "1,200", f"`{'b' * 16}`"] in shown
    assert ["people", "people.csv", "[c]", f"`{'c' * 16}`"] in shown
