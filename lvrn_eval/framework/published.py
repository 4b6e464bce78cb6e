"""The register of published figures: what a report says, and which indicator gives it again."""

from __future__ import annotations

import os
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from lvrn_eval.errors import FrameworkError, suggestion
from lvrn_eval.framework.judging import Qualifier

if TYPE_CHECKING:
    from lvrn_eval.framework.model import Framework


@dataclass(frozen=True)
class Selector:
    """Which observation gives a figure.

    Parameters
    ----------
    indicator
        The slug of the indicator.
    by, group
        The column it is broken down by and the group of it that is meant; both ``all`` for the whole.
    starts
        The first day of the period that is meant. None where the indicator has no periods, or where the newest period
        is meant, since the report gives no year.
    """

    indicator: str
    by: str = "all"
    group: str = "all"
    starts: date | None = None


@dataclass(frozen=True)
class PublishedFigure:
    """One figure of a report.

    Parameters
    ----------
    id, programme, about, unit
        Its fixed name, whose it is, what it says and in what.
    value, qualifier, page
        The number, how the report words it, and on which page.
    leaves_open
        What the report does not say; empty for nothing.
    computed
        What gives it again; None when no record can.
    not_computed
        Why no record can; empty where one can.
    """

    id: str
    programme: str
    about: str
    value: float
    unit: str
    qualifier: Qualifier
    page: int
    leaves_open: str = ""
    computed: Selector | None = None
    not_computed: str = ""


@dataclass(frozen=True)
class Published:
    """Every figure of one report, in the order of the register."""

    report: str
    figures: tuple[PublishedFigure, ...]

    def figure(self, name: str) -> PublishedFigure:
        """Return the figure with this id.

        Raises
        ------
        FrameworkError
            When there is none.
        """
        for each in self.figures:
            if each.id == name:
                return each
        known = [each.id for each in self.figures]
        raise FrameworkError(f"the register has no figure {name!r}; {suggestion(name, known)}")


def load_published(path: str | os.PathLike[str], framework: Framework) -> Published:
    """Load a register of published figures.

    Parameters
    ----------
    path
        A file such as ``published_figures.yaml``, in UTF-8.
    framework
        Whose programmes and indicators it may name.

    Returns
    -------
    Published
        The figures, frozen.

    Raises
    ------
    FrameworkError
        With every fault of the file, each with its line and column: keys that are unknown or missing, values of the
        wrong kind, ids given twice, figures that are neither computed nor explained, and selections that no
        observation can match.

    Examples
    --------
    >>> import lvrn_eval as lv
    >>> from lvrn_eval.framework.published import load_published
    >>> register = load_published("published_figures.yaml", lv.load_framework("outcomes_framework.yaml"))
    >>> register.figure("sceptre.arrests").value
    152
    """
    from lvrn_eval.documents.reading import read_document
    from lvrn_eval.framework.register import REGISTER, read_register

    path = Path(path)
    document = read_document(path, REGISTER)
    published, findings = read_register(document.root, framework)
    if faults := document.faults(findings):
        raise REGISTER.refused(path, faults)
    return published
