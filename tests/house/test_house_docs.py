"""The pages are true: links lead somewhere, tables agree with the code, the example of the README runs."""

import re
import tomllib
from dataclasses import fields

import pytest

from lvrn_eval import errors
from lvrn_eval.engine import parse_rule
from lvrn_eval.errors import RuleError
from lvrn_eval.records import load_sources
from lvrn_eval.records.tables import LINEAGE, TABLES
from lvrn_eval.result import ESTIMATE_COLUMNS, Check, Result, Sentence

KINDS = {
    "id": "id, becomes a pseudonym",
    "key": "the record's number, becomes a running number",
    "code": "code",
    "site": "code of a site",
    "text": "text",
    "date": "date",
    "month": "date, becomes the first of its month",
    "time": "day and time of day",
    "integer": "whole number",
    "number": "number",
    "boolean": "yes or no",
}


def pages(root):
    own = [path for path in root.glob("*.md") if path.is_file()]
    return sorted([*own, *(path for folder in ("docs", "examples") for path in (root / folder).rglob("*.md"))])


def anchors(text):
    """Return the anchors of a page's headings, as code hosts make them."""
    headings = re.findall(r"^#+ (.+)$", without_code(text), re.MULTILINE)
    plain = [re.sub(r"[`*]|\[([^]]*)\]\([^)]*\)", r"\1", heading) for heading in headings]
    return {re.sub(r"[^\w\- ]", "", heading).strip().lower().replace(" ", "-") for heading in plain}


def without_code(text):
    return re.sub(r"^```.*?^```$", "", text, flags=re.MULTILINE | re.DOTALL)


def rows(text, heading):
    """Return the body of the first table after a heading, cells without back-quotes."""
    table = re.search(r"^\|.*(?:\n\|.*)*", text.partition(heading)[2], re.MULTILINE).group()
    return [[cell.strip().strip("`") for cell in line.strip("|").split("|")] for line in table.splitlines()[2:]]


def test_every_relative_link_leads_somewhere(pytestconfig):
    root, broken = pytestconfig.rootpath, []
    for page in pages(root):
        for link in re.findall(r"\]\(([^)\s]+)\)", without_code(page.read_text(encoding="utf-8"))):
            if link.startswith(("https://", "mailto:")):
                continue
            path, _, anchor = link.partition("#")
            target = (page.parent / path).resolve() if path else page
            if not target.exists() or (anchor and anchor not in anchors(target.read_text(encoding="utf-8"))):
                broken.append(f"{page.relative_to(root)}: {link}")
    assert broken == []


def test_every_page_can_be_reached_from_the_index(pytestconfig):
    docs = pytestconfig.rootpath / "docs"
    index = (docs / "index.md").read_text(encoding="utf-8")
    linked = {(docs / link.partition("#")[0]).resolve() for link in re.findall(r"\]\(([^)\s]+)\)", index)}
    assert [page for page in sorted(docs.rglob("*.md")) if page not in linked and page.name != "index.md"] == []


def test_records_page_shows_the_canonical_tables(pytestconfig):
    page = (pytestconfig.rootpath / "docs/reference/records.md").read_text(encoding="utf-8")
    for table in TABLES.values():
        assert rows(page, f"## {table.name}\n") == [
            [
                column.name,
                KINDS[column.kind],
                "yes" if column.required else "",
                column.about + (f" ({column.minimum} to {column.maximum})" if column.maximum is not None else ""),
            ]
            for column in table.columns
        ]
        assert f"One row is {table.about}." in page
        assert f"Key: `{table.key}`." in page or table.key is None
        for column in table.columns:
            codes = ", ".join(f"`{code}`" for code in column.codes)
            assert not codes or f"**`{column.name}`**: {codes}." in page
    assert all(f"`{name}`" in page for name in LINEAGE)


def test_result_page_names_every_field(pytestconfig):
    page = (pytestconfig.rootpath / "docs/reference/result.md").read_text(encoding="utf-8")
    assert [row[0] for row in rows(page, "# Result\n")] == [field.name for field in fields(Result)]
    assert tuple(row[0] for row in rows(page, "## Columns of estimates\n")) == ESTIMATE_COLUMNS
    assert [row[0] for row in rows(page, "## Check\n")] == [field.name for field in fields(Check)]
    assert [row[0] for row in rows(page, "## Sentence\n")] == [field.name for field in fields(Sentence)]


def test_errors_page_has_the_exit_codes(pytestconfig):
    page = (pytestconfig.rootpath / "docs/reference/errors.md").read_text(encoding="utf-8")
    shown = {name: int(code) for code, name, _ in rows(page, "# Errors and exit codes\n") if name != "–"}
    tree = [errors.LvrnError, *errors.LvrnError.__subclasses__()]
    assert shown == {kind.__name__: kind.exit_code for kind in tree}
    assert len({kind.exit_code for kind in tree} | {0, 2}) == len(tree) + 2


def test_commands_page_names_every_command_and_option(pytestconfig):
    from lvrn_eval.cli import parser

    page = (pytestconfig.rootpath / "docs/reference/commands.md").read_text(encoding="utf-8")
    shown = {row[0].split()[0]: " ".join(row) for row in rows(page.replace("\\|", "/"), "# Commands\n")}
    (commands,) = (action.choices for action in parser()._actions if isinstance(action.choices, dict))
    assert list(shown) == list(commands)
    for name, command in commands.items():
        options = [action.option_strings[-1] for action in command._actions if action.option_strings]
        places = [str(action.metavar) for action in command._actions if not action.option_strings]
        assert [word for word in [*options, *places] if word != "--help" and word not in shown[name]] == []


def test_python_page_names_the_whole_public_face(pytestconfig):
    import lvrn_eval as lv

    page = (pytestconfig.rootpath / "docs/reference/python.md").read_text(encoding="utf-8")
    shown = set(re.findall(r"`lv\.(\w+(?:\.\w+)*)`", page))
    modules = ("offending", "survival")
    inside = {f"{module}.{name}" for module in modules for name in getattr(lv, module).__all__}
    assert shown == {*lv.__all__, *inside} - set(modules)


def test_disclosure_page_has_the_policies(pytestconfig):
    from lvrn_eval.release.policy import POLICIES

    page = (pytestconfig.rootpath / "docs/reference/disclosure.md").read_text(encoding="utf-8")
    shown = {name: (version, hidden, rounding) for name, version, hidden, rounding, _ in rows(page, "## Policies\n")}
    assert list(shown) == list(POLICIES)
    for name, policy in POLICIES.items():
        version, hidden, rounding = shown[name]
        assert version == str(policy.version)
        assert hidden.startswith(f"under {policy.threshold}," if policy.threshold else "none")
        assert rounding.endswith(f"the nearest {policy.base}" if policy.base > 1 else "none")


FEATURES = (
    "person_id", "site", "sex", "ethnicity", "district", "referral_source", "referred_on", "age_at_referral",
    "first_contact", "last_contact", "mentor_contacts", "prior_events", "n_records",
)  # fmt: skip


def listed_rules(pytestconfig, heading):
    page = (pytestconfig.rootpath / "docs/reference/rules.md").read_text(encoding="utf-8")
    section = page.partition(f"## {heading}\n")[2].partition("\n## ")[0]
    found = re.findall(r"^- `(.+?)`", section, re.MULTILINE)
    assert found
    return found


def test_rules_page_lists_rules_that_are_allowed(pytestconfig):
    from datetime import date

    for rule in listed_rules(pytestconfig, "Rules that are allowed"):
        assert parse_rule(rule, FEATURES, {"as_of": date(2024, 3, 31)}).text == rule


def test_rules_page_lists_rules_that_are_refused(pytestconfig):
    from datetime import date

    for rule in listed_rules(pytestconfig, "Rules that are refused"):
        with pytest.raises(RuleError):
            parse_rule(rule, FEATURES, {"as_of": date(2024, 3, 31)})


def test_the_zero_effect_table_can_be_made_again(pytestconfig):
    """Simulate 200,000 people whose rate never changes; shares agree within four standard errors, 0.5 points."""
    import numpy as np

    page = (pytestconfig.rootpath / "docs/explanation/before-and-after.md").read_text(encoding="utf-8")
    rng, people = np.random.default_rng(20240331), 200_000
    for triggered, window, mean, *shares in rows(page, "## A world in which the programme does nothing"):
        trigger = triggered == "yes"
        # a trigger finds people in proportion to their rate: gamma of shape 0.7 becomes shape 1.7
        rate = rng.gamma(0.7 + trigger, float(mean) / 0.7, people)
        before = rng.poisson(rate * int(window.split()[0])) + trigger
        after = rng.poisson(rate * rng.uniform(0.5, 1, people))[before > 0]
        before = before[before > 0]
        desisted, reduced = after == 0, (after > 0) & (after < before)
        again = [desisted.mean(), reduced.mean(), (desisted | reduced).mean(), (after > before).mean()]
        assert [float(share.rstrip("%")) for share in shares] == pytest.approx([100 * x for x in again], abs=0.5)


@pytest.mark.parametrize("page", ["how-to/write-a-rule.md", "how-to/add-an-analysis.md"])
def test_the_examples_of_a_page_run(pytestconfig, page):
    text = (pytestconfig.rootpath / "docs" / page).read_text(encoding="utf-8")
    blocks = re.findall(r"^```python\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)
    names = {}
    for block in blocks:
        exec(compile(block, page, "exec"), names)  # noqa: S102 (our own page)
    assert blocks


def test_the_sources_shown_on_the_page_about_records_can_be_read(pytestconfig, tmp_path):
    text = (pytestconfig.rootpath / "docs/how-to/read-your-own-records.md").read_text(encoding="utf-8")
    (shown,) = re.findall(r"^```yaml\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)
    (tmp_path / "sources.yaml").write_text(shown, encoding="utf-8")
    assert set(load_sources(tmp_path / "sources.yaml").programmes) == {"champions"}


def test_architecture_page_has_the_layers(pytestconfig):
    root = pytestconfig.rootpath
    page = (root / "docs/explanation/architecture.md").read_text(encoding="utf-8")
    held = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["importlinter"]["contracts"][0]
    layers = [{name.strip().removeprefix("lvrn_eval.") for name in line.split("|")} for line in held["layers"]]
    assert [set(re.findall(r"\w+", row[0])) for row in rows(page, "## The layers")] == layers


def test_the_page_about_rules_shows_the_message_a_slip_gives(pytestconfig):
    page = (pytestconfig.rootpath / "docs/how-to/write-a-rule.md").read_text(encoding="utf-8")
    with pytest.raises(RuleError) as refused:
        parse_rule("mentor_contact >= 2", FEATURES)
    assert str(refused.value) in page


def test_the_readmes_example_runs(pytestconfig, tmp_path, monkeypatch):
    readme = (pytestconfig.rootpath / "README.md").read_text(encoding="utf-8")
    (code,) = re.findall(r"^```python\n(.*?)^```$", readme, re.MULTILINE | re.DOTALL)
    assert len(code.splitlines()) <= 24
    monkeypatch.chdir(tmp_path)
    names = {}
    exec(compile(code, "README.md", "exec"), names)  # noqa: S102 (our own page)
    assert names["result"].row("share_desisted")["n"] == 5
