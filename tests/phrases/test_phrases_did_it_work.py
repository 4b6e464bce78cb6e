"""The paragraph of did_it_work never says more than its table, whatever the numbers, before the wall and behind it."""

import math
import re

import pandas as pd
from hypothesis import given, settings
from hypothesis import strategies as st

from lvrn_eval.offending.did_it_work_words import paragraph
from lvrn_eval.phrases import SMALL, WEAKEST

METHOD = {"kinds": ["suspect"], "where": None, "before": "183 days", "after": "183 days",
          "before_anchor": "first_contact", "after_anchor": "last_contact"}  # fmt: skip
TERMS = ["main", "other_1", "expected_model", "expected_earlier_window", "left_model", "left_earlier_window",
         "series_after", "choices_smallest", "choices_largest"]  # fmt: skip

limits = st.sampled_from([0.0, 1e-4, 0.3, 0.7, 0.999, 1.0, 1.0004, 1.4, 3.0, 1e5])
# a ratio with its ends, or nothing where it is hidden or cannot be given
ratios = st.lists(limits, min_size=3, max_size=3).map(sorted) | st.just([math.nan] * 3)
people = st.sampled_from([1, SMALL - 1, SMALL, 80, 12_345])


@st.composite
def tables(draw):
    rows = []
    for term in ["main", *draw(st.lists(st.sampled_from(TERMS[1:]), unique=True))]:
        (low, ratio, high), n = draw(ratios), draw(people)
        rows.append((term, ratio, low, high, n, n < SMALL, n, n, n))
    names = [
        "term",
        "ratio",
        "ratio_low",
        "ratio_high",
        "n",
        "descriptive",
        "n_events",
        "events_before",
        "events_after",
    ]
    return pd.DataFrame(rows, columns=names).set_index("term", drop=False)


def points(row):
    """Return where a row's interval lies, of 30 people or more; None where it does not tell."""
    if row["descriptive"] or math.isnan(row["ratio_low"]):
        return None
    return "fell" if row["ratio_high"] < 1 else "rose" if row["ratio_low"] > 1 else None


@settings(max_examples=300)
@given(tables(), st.booleans(), st.sampled_from([None, True, False]), st.booleans())
def test_the_paragraph_follows_from_its_table(table, peak, holds, exact):
    sentence = paragraph(table, METHOD | {"peak_before_referral": peak, "series_holds": holds}, exact=exact)
    text, main = str(sentence), points(table.loc["main"])
    assert text.endswith(WEAKEST)
    assert not re.search(r"\bnan\b|\binf\b|significan|offen|(?<![\d.,])0%", text)
    assert sentence.counts == () or exact
    said = re.search(r"Recorded events (fell|rose)", text)
    assert (said[1] if said else None) == main
    left = [points(row) for term, row in table.iterrows() if term.startswith("left_") and row["ratio_low"] >= 0]
    more = "by more than was to be expected with no effect. Something changed" in text
    agree = main is not None and bool(left) and set(left) == {main}
    if "series_after" in table.index and table.loc["series_after", "ratio_low"] >= 0:
        agree = agree and holds is not False and points(table.loc["series_after"]) == main
    assert more == agree
    assert ("should not be put down to the programme" in text) == (said is not None and bool(left) and not more)
    if table.loc["main", "descriptive"]:
        assert "descriptive only" in text
        assert "Whether the programme worked cannot be said." in text
        assert not re.search(r"\bwas (lower|higher)\b|could be", text)


@given(tables())
def test_every_number_of_people_that_is_said_is_listed(table):
    sentence = paragraph(table, METHOD | {"peak_before_referral": None, "series_holds": None}, exact=True)
    told = {int(number.replace(",", "")) for number in re.findall(r"([\d,]+) (?:people|person)\b", str(sentence))}
    assert told - {SMALL} <= set(sentence.counts)
