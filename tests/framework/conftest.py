from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from lvrn_eval.errors import FrameworkError
from lvrn_eval.framework import load_framework

SMALL = Path(__file__).with_name("small.yaml").read_text(encoding="utf-8")

Change = tuple[str, str]


@pytest.fixture
def refusal(tmp_path: Path) -> Callable[[str | bytes], FrameworkError]:
    """Load a text as a framework and return the error; its summary names the file without the folder."""

    def load(text: str | bytes) -> FrameworkError:
        path = tmp_path / "outcomes_framework.yaml"
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        with pytest.raises(FrameworkError) as caught:
            load_framework(path)
        error = caught.value
        return FrameworkError(error.summary.replace(f"{tmp_path}/", ""), error.faults)

    return load


@pytest.fixture
def refusal_of_change(refusal: Callable[[str], FrameworkError]) -> Callable[..., str]:
    """Change the small framework, load it, and return what the first line and each fault say."""

    def load(*changes: Change) -> str:
        text = SMALL
        for old, new in changes:
            assert old in text, old
            text = text.replace(old, new, 1)
        return str(refusal(text))

    return load
