"""An answer as something that can be compared: every table with its types, every number, every sentence."""

from collections.abc import Mapping

import pandas as pd
import pyarrow as pa

from lvrn_eval.engine import Table
from lvrn_eval.errors import LvrnError
from lvrn_eval.result import Result

CLOSE = 1e-12
"""Sums of floating numbers depend on the order of their terms; nothing else may differ, and those no more than this."""


def asked(question, records):
    """Return the answer to a question, or the words in which it was refused."""
    try:
        return plain(question(records))
    except LvrnError as error:
        return f"{type(error).__name__}: {error}"


def plain(answer):
    """Return an answer as frames, texts and types."""
    if isinstance(answer, Mapping):
        return {name: plain(part) for name, part in answer.items()}
    if isinstance(answer, Table):
        home = answer.to_arrow()
        return {"types": str(home.schema), "rows": in_order(home)}
    if isinstance(answer, pd.DataFrame):
        return answer
    assert isinstance(answer, Result)
    return {
        "table": answer.table,
        # which engine worked it out is told, and differs
        "method": {name: choice for name, choice in answer.method.items() if name != "engine"},
        "checks": [(check.name, check.passed, check.text, check.counts) for check in answer.checks],
        "text": [(sentence.text, sentence.counts) for sentence in answer.text],
        "parts": plain(answer.parts),
    }


def in_order(home):
    """Return rows in one order; a step that does not say in which order gives them in any."""
    keys = [(name, "ascending") for name in home.column_names if not pa.types.is_null(home.schema.field(name).type)]
    return home.sort_by(keys).to_pandas()


def assert_same(mine, theirs, where="answer"):
    """Fail at the first thing that differs."""
    assert type(mine) is type(theirs), f"{where}: {mine!r} and {theirs!r}"
    if isinstance(mine, pd.DataFrame):
        pd.testing.assert_frame_equal(mine, theirs, rtol=CLOSE, atol=0, obj=where)
    elif isinstance(mine, Mapping):
        assert mine.keys() == theirs.keys(), where
        for name in mine:
            assert_same(mine[name], theirs[name], f"{where}/{name}")
    else:
        assert mine == theirs, where
