from __future__ import annotations

from pathlib import Path

import pytest

from lvrn_eval.framework import Framework, load_framework


@pytest.fixture(scope="session")
def shipped() -> Framework:
    """The framework that ships."""
    return load_framework(Path(__file__).parents[2] / "outcomes_framework.yaml")
