from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from lvrn_eval.documents import Document, FileKind
from lvrn_eval.documents.reading import read_document
from lvrn_eval.errors import LvrnError, ReportError

# one of the errors that there are: another would join the tree that the documentation lists
RECIPE = FileKind("recipe", ReportError)


@pytest.fixture
def read(tmp_path: Path) -> Callable[[str | bytes], Document]:
    """Read a text as a file of a kind that only these tests know."""

    def load(text: str | bytes) -> Document:
        path = tmp_path / "x.yaml"
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return read_document(path, RECIPE)

    return load


@pytest.fixture
def refusal(read: Callable[[str | bytes], Document], tmp_path: Path) -> Callable[[str | bytes], ReportError]:
    """Read a text, and return the error that refuses it; its summary names the file without the folder."""

    def load(text: str | bytes) -> ReportError:
        refused: LvrnError
        try:
            document = read(text)
        except ReportError as error:
            refused = error
        else:
            refused = RECIPE.refused(tmp_path / "x.yaml", document.faults([]))
        assert refused.faults
        return ReportError(refused.summary.replace(f"{tmp_path}/", ""), refused.faults)

    return load
