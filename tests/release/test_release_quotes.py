"""Words of a person pass with consent and a name under them, as plain text; otherwise nothing passes."""

import pandas as pd
import pytest

from lvrn_eval.errors import ReleaseError
from lvrn_eval.release import POLICIES, open_release, protect, write_release
from lvrn_eval.result import Result, Sentence


def quotes(**columns):
    table = pd.DataFrame(
        {
            "quote": ["It helped.", "He was there."], "about": ["a parent", "a young person"], "consent": [True, True],
            "approved_by": ["A. Reader", "A. Reader"], "approved_on": ["2026-03-31", "2026-03-31"],
        }
        | columns
    )  # fmt: skip
    return Result("quotes", "In their words", table, {}, text=(Sentence("Two people."),), shape="counts")


@pytest.mark.parametrize("policy", list(POLICIES))
@pytest.mark.parametrize(
    ("column", "values", "what"),
    [
        ("consent", [True, False], "1 of 2 without consent"),
        ("consent", [None, None], "2 of 2 without consent"),
        ("approved_by", ["A. Reader", " "], "1 of 2 approved by nobody"),
        ("approved_by", [None, "A. Reader"], "1 of 2 approved by nobody"),
        ("approved_on", ["2026-03-31", "soon"], "1 of 2 approved on no day"),
        ("quote", ["It helped.", ""], "1 of 2 empty"),
        ("quote", ["It helped.", "secret " * 200], "1 of 2 longer than 1000 characters"),
    ],
)
def test_nothing_passes_without_consent_and_approval(policy, column, values, what):
    with pytest.raises(ReleaseError) as refused:
        protect(quotes(**{column: values}), POLICIES[policy])
    assert [fault.what for fault in refused.value.faults] == [what]
    assert "secret" not in str(refused.value)


def test_a_table_of_quotations_without_marks_is_refused():
    bare = Result("quotes", "Q", pd.DataFrame({"quote": ["It helped."]}), {}, shape="counts")
    with pytest.raises(ReleaseError, match="the table has no consent, approved_by, approved_on"):
        protect(bare, POLICIES["open"])


def test_what_passes_is_the_words_and_not_who_approved_them():
    shown = protect(quotes(), POLICIES["strict"])
    assert list(shown.table.columns) == ["quote", "about"]
    assert shown.table["quote"].tolist() == ["It helped.", "He was there."]
    assert shown.text == ()


def test_what_passes_is_plain_text():
    hostile = "=1+1 \u202eevil\u202c\nnext\tline\x00 <script>x</script>"
    shown = protect(quotes(quote=[hostile, "b"]), POLICIES["strict"]).table
    assert shown["quote"].iloc[0] == "=1+1 evil next line <script>x</script>"


def test_it_is_written_without_the_approver_and_runs_no_formula(tmp_path):
    path = write_release(tmp_path, "words", [quotes(quote=["=1+1", "b"])], data="synthetic")
    everything = b"".join(file.read_bytes() for file in path.iterdir())
    assert b"Reader" not in everything
    assert b"'=1+1" in (path / "quotes.csv").read_bytes()
    assert open_release(path).result("quotes").table["quote"].tolist() == ["=1+1", "b"]
