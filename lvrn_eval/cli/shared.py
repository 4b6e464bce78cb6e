"""What several commands do: read parameters, and tell of progress."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from lvrn_eval.steps import Steps


def named(texts: Sequence[str], option: str) -> dict[str, str]:
    """Return what an option that takes NAME=VALUE gave, by name."""
    from lvrn_eval.errors import AnalysisError

    pairs = [text.partition("=") for text in texts]
    if wrong := [name for name, equals, _ in pairs if not equals]:
        raise AnalysisError(f"{option} takes NAME=VALUE; {', '.join(wrong)} has no '='")
    return {name.strip(): value.strip() for name, _, value in pairs}


def progress() -> Steps:
    """Return where progress is shown."""
    from lvrn_eval.steps import Steps

    return Steps()
