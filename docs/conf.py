# ruff: noqa: INP001 (Sphinx runs this file; it is no package)
"""Turn these pages into a site: `pip install ".[docs]" && sphinx-build docs site`."""

from __future__ import annotations

from typing import Any

import lvrn_eval

project = "lvrn-eval"
author = copyright = "The lvrn-eval developers"  # noqa: A001 (Sphinx reads this name)
release = lvrn_eval.__version__
extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx.ext.autosummary", "numpydoc"]
root_doc = "index"
html_title = f"lvrn-eval {release}"
myst_heading_anchors = 3
autosummary_generate = True
numpydoc_show_class_members = False
# links that leave docs/ are for readers of the repository
suppress_warnings = ["myst.xref_missing"]

CONTENTS = """
```{toctree}
:hidden:
:glob:

tutorial/*
how-to/*
reference/*
explanation/*
validation
```
"""


def add_what_only_a_site_has(_: Any, page: str, source: list[str]) -> None:
    """Give the index its table of contents and the page of public names their docstrings."""
    if page == "index":
        source[0] += CONTENTS
    if page == "reference/python":
        kinds = {
            name: "class" if isinstance(getattr(lvrn_eval, name), type) else "function" for name in lvrn_eval.__all__
        }
        blocks = [
            f".. autoclass:: lvrn_eval.{name}\n   :members:\n"
            if kind == "class"
            else f".. autofunction:: lvrn_eval.{name}\n"
            for name, kind in kinds.items()
            if name != "survival"
        ]
        survival = [f".. autofunction:: lvrn_eval.survival.{name}\n" for name in lvrn_eval.survival.__all__]
        source[0] += "\n```{eval-rst}\n" + "\n".join([*blocks, *survival]) + "```\n"


def setup(app: Any) -> None:
    """Register what happens when a page is read."""
    app.connect("source-read", add_what_only_a_site_has)
