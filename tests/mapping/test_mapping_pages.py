"""The pages on indicators and programmes do what they say: their YAML goes into the shipped framework and runs."""

from __future__ import annotations

import contextlib
import io
import re
from pathlib import Path

import pytest

from lvrn_eval.framework import load_framework

ROOT = Path(__file__).parents[2]
SHIPPED = (ROOT / "outcomes_framework.yaml").read_text(encoding="utf-8")


def blocks(page: str, language: str) -> list[str]:
    text = (ROOT / "docs" / "how-to" / page).read_text(encoding="utf-8")
    return re.findall(rf"^```{language}\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)


def put(text: str, section: str, entry: str) -> str:
    """Put an entry at the head of a list of the framework."""
    return text.replace(f"\n{section}:\n", f"\n{section}:\n{entry}\n", 1)


def run(code: str, folder: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[dict[str, object], str]:
    monkeypatch.chdir(folder)
    names: dict[str, object] = {}
    with contextlib.redirect_stdout(io.StringIO()) as printed:
        exec(compile(code, "page", "exec"), names)  # noqa: S102 - the page's own example
    return names, printed.getvalue()


def test_a_programme_is_added(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    programme, indicator = blocks("add-a-programme.md", "yaml")
    text = put(put(SHIPPED, "programmes", programme), "indicators", indicator)
    (tmp_path / "outcomes_framework.yaml").write_text(text, encoding="utf-8")
    names, printed = run(blocks("add-a-programme.md", "python")[0], tmp_path, monkeypatch)
    row = names["found"].table.iloc[0]
    assert (row["indicator"], row["numerator"], row["denominator"]) == ("boxing_people", 1, 3)
    assert row["value"] == pytest.approx(100 / 3)
    assert "1 measured" in printed
    table = names["framework"].coverage(names["found"]).table
    marks = table[table["programme"] == "boxing_club"].set_index("outcome")["mark"]
    assert marks["engagement_with_service"] == "measured"
    assert marks["mental_health_and_wellbeing"] == "claimed"


def test_an_indicator_is_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (entry,) = blocks("write-an-indicator.md", "yaml")
    path = tmp_path / "outcomes_framework.yaml"
    path.write_text(put(SHIPPED, "indicators", entry), encoding="utf-8")
    assert load_framework(path).indicator("champions_people_met_by_a_mentor").measure is not None
    names, _ = run(blocks("write-an-indicator.md", "python")[0], tmp_path, monkeypatch)
    table = names["found"].table
    assert dict(zip(table["area"], table["value"], strict=True)) == {"all": 2, "trust_a": 1, "trust_b": 1}


def test_the_reference_names_every_key_and_kind() -> None:
    from lvrn_eval.framework.observations import COLUMNS
    from lvrn_eval.framework.shape import load_schema

    text = (ROOT / "docs" / "reference" / "framework.md").read_text(encoding="utf-8")
    measure = load_schema(1)["$defs"]["measure"]["properties"]
    kinds, periods = measure["kind"]["enum"], measure["period"]["enum"]
    assert [
        name for name in (*measure, *kinds, *periods, *measure["as"]["enum"], *COLUMNS) if f"`{name}`" not in text
    ] == [name for name in measure["as"]["enum"] if f"`{name}`" not in text and f"as: {name}" in text]
