from __future__ import annotations

from pathlib import Path

import pytest

from lvrn_eval.framework import Framework, load_framework

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="session")
def shipped() -> Framework:
    """The framework that ships."""
    return load_framework(ROOT / "outcomes_framework.yaml")
