"""The two how-to pages run as they stand and say what their text says."""

import re

import pytest


@pytest.fixture
def run(pytestconfig, monkeypatch, tmp_path, capsys):
    """Return a function that runs a page from top to bottom in an empty folder, and what it made and said."""
    monkeypatch.chdir(tmp_path)

    def run_page(page):
        names = {}
        text = (pytestconfig.rootpath / "docs/how-to" / page).read_text(encoding="utf-8")
        for code in re.findall(r"^```python\n(.*?)^```", text, re.MULTILINE | re.DOTALL):
            exec(compile(code, page, "exec"), names)  # noqa: S102 (the page's own code)
        return names, capsys.readouterr().out

    return run_page


def test_count_before_and_after(run):
    made, said = run("count-before-and-after.md")
    naive, washed = (made[name].row("rate_ratio_robust")["estimate"] for name in ("naive", "washed"))
    # before the washout: 40 and 27 events; before the contact the 80 arrests that led to it, and 13 of the 27 too early
    assert naive == pytest.approx(20 / (80 + 40 + 14))
    assert washed == pytest.approx(20 / 67)
    assert "80 events in the 30 days before the referral counted nowhere." in said
    assert "Suspect, the primary outcome" in said
    assert "immortal time" in said
    assert re.search(r"^drop (\d+) \d+\nrate (\d+) \d+\nmodel (\d+) (\d+)$", said, re.MULTILINE)


def test_weigh_harm(run):
    made, said = run("weigh-harm.md")
    years = 60 * 183 / 365.25
    assert made["harm"].row("harm_before")["estimate"] == pytest.approx((20 * 100 + 60 * 10) / years)
    assert made["harm"].row("harm_after")["estimate"] == pytest.approx((30 * 10 + 15 * 50) / years)
    assert "version made up 1, in points." in said
