"""Weights of offences, from a versioned table the user supplies: none is bundled."""

from __future__ import annotations

import csv
import hashlib
import math
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Literal

from lvrn_eval.errors import AnalysisError, Fault, suggestion

Format = Literal["cchi", "ons_css", "plain"]
Match = Literal["title", "code"]
Repeated = Literal["refuse", "lowest", "highest"]
Row = tuple[str, ...]

LOOKED_AT = 15
"""How many rows are looked at for the header; published workbooks begin with a title and notes."""

DECIMALS = 4
EXPIRED = "EXPIRED"
"""How the Cambridge workbook marks an offence that is no longer one."""


@dataclass(frozen=True)
class Layout:
    """Where a published table has what: the sheet's name, and the columns of title, code and weight.

    ``code`` and ``title`` are names of columns, or places between the first column and that of the weight.
    """

    sheet: str
    title: str | int
    code: str | int | None
    weight: str
    unit: str


LAYOUTS: Mapping[str, Layout] = MappingProxyType(
    {
        "cchi": Layout(
            r"CCHI \d{4} values sheet", "FULL_OFFENCE_TITLE", "HOME_OFFICE_CLASSIFICATION", "CCHI Score", "days"
        ),
        "ons_css": Layout(r"List of weights", 2, 1, "Weight", "points"),
        "plain": Layout(r".*", "offence", None, "weight", "points"),
    }
)


@dataclass(frozen=True)
class HarmWeights:
    """How much each offence weighs.

    Parameters
    ----------
    weights
        Weight by offence, spelt in small letters without spaces around.
    version
        Which edition of the table.
    source
        Whose table it is, and the name of the file.
    unit
        What a weight is counted in.
    digest
        SHA-256 of the file, which tells two editions of one name apart.
    left_out
        How many rows were left out: offences that expired, and headings without a weight.
    """

    weights: Mapping[str, float]
    version: str
    source: str
    unit: str
    digest: str
    left_out: int

    @property
    def described(self) -> dict[str, str | int]:
        """The table for the record of a method."""
        return {
            "source": self.source, "version": self.version, "unit": self.unit, "offences": len(self.weights),
            "sha256": self.digest,
        }  # fmt: skip


def key(offence: str) -> str:
    """Return an offence as it is looked up."""
    return offence.strip(" ").lower()


def load_harm_weights(
    path: str | Path,
    *,
    format: Format,  # noqa: A002 - the word its users know
    version: str | None = None,
    match: Match = "title",
    repeated: Repeated = "refuse",
) -> HarmWeights:
    r"""Read a table of harm weights in the layout in which it is published.

    Parameters
    ----------
    path
        A workbook (``.xlsx``, ``.xls``, ``.ods``) or a ``.csv`` in UTF-8.
    format
        ``"cchi"``: the Cambridge Crime Harm Index, its sheet "CCHI <year> values sheet"; ``"ons_css"``: the ONS Crime
        Severity Score, the sheet "List of weights" of its data tool; ``"plain"``: columns ``offence`` and ``weight``
        and, if wanted, ``version`` and ``source``, the same in every row.
    version
        Which edition, such as ``"February 2026"``. Required, unless a plain table says so itself.
    match
        Whether the ``offence`` of events is the offence's title or its Home Office code; a plain table has one column.
    repeated
        What to do with an offence that stands there with several weights: ``"refuse"``, or take the ``"lowest"`` or
        ``"highest"``.

    Returns
    -------
    HarmWeights

    Raises
    ------
    AnalysisError
        When the file cannot be read or has another layout; listing every offence without a usable weight, or with
        several.

    Notes
    -----
    Cambridge: ``FULL_OFFENCE_TITLE``, ``HOME_OFFICE_CLASSIFICATION`` and ``CCHI Score``, offences marked as expired
    left out. ONS: four columns, of which the last is ``Weight`` and those between are code and offence. Both layouts
    are as programs that read the 2021 and 2026 (Cambridge) and 2017 to 2019 (ONS) files describe them; the files
    themselves were not at hand, so a layout that has changed is refused by the name of what is missing, and
    ``"plain"`` reads whatever was copied out of them. Weights are kept to four decimals.

    References
    ----------
    Sherman, L., Neyroud, P. W. and Neyroud, E. (2016), Policing 10, 171-183. Office for National Statistics (2016),
    Research outputs: developing a Crime Severity Score for England and Wales.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     file = Path(folder) / "made_up.csv"
    ...     _ = file.write_text("offence,weight,version\nRobbery,100,made up 1\nTheft,10,made up 1\n")
    ...     weights = load_harm_weights(file, format="plain")
    >>> dict(weights.weights), weights.version
    ({'robbery': 100.0, 'theft': 10.0}, 'made up 1')
    """
    path = Path(path)
    _check(path, format, match, repeated)
    layout = LAYOUTS[format]
    rows = _rows(path, layout)
    number, places = _header(rows, layout, match, path.name)
    body = [row for row in rows[number + 1 :] if any(row)]
    offences, left_out = _offences(body, places, path.name)
    said = {name: _one(body, rows[number], name) for name in ("version", "source")} if format == "plain" else {}
    version = version or said.get("version")
    if not version:
        fix = 'say which edition it is, as version="February 2026"'
        raise AnalysisError(f"{path.name}: these weights cannot be used", [Fault("version", "was not given", fix)])
    names = {"cchi": "Cambridge Crime Harm Index", "ons_css": "ONS Crime Severity Score"}
    source = names.get(format) or said.get("source") or "weights of one's own"
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    weights = MappingProxyType(_settled(offences, repeated, path.name))
    return HarmWeights(weights, version, f"{source} ({path.name})", layout.unit, digest, left_out)


def _check(path: Path, format: str, match: str, repeated: str) -> None:  # noqa: A002
    faults = [
        Fault(argument, f"{value!r} is not known", suggestion(str(value), known))
        for argument, value, known in (
            ("format", format, tuple(LAYOUTS)),
            ("match", match, ("title", "code")),
            ("repeated", repeated, ("refuse", "lowest", "highest")),
        )
        if value not in known
    ]
    if format == "plain" and match == "code":
        faults.append(Fault("match", "a plain table has one column of offences", "leave match out"))
    if not path.is_file():
        faults.append(Fault("path", f"there is no file {path.name!r}", "download the table from its publisher"))
    if faults:
        raise AnalysisError("these weights cannot be read as asked", faults)


def _rows(path: Path, layout: Layout) -> list[Row]:
    """Return every row of the sheet as text."""
    if path.suffix.casefold() == ".csv":
        with path.open(encoding="utf-8-sig", newline="") as file:
            return [tuple(cell.strip() for cell in row) for row in csv.reader(file)]
    from python_calamine import CalamineError, CalamineWorkbook

    try:
        book = CalamineWorkbook.from_path(path)
    except CalamineError:
        fault = Fault(path.name, "is neither a workbook nor a .csv", "download it again, or save it as .xlsx")
        raise AnalysisError("these weights cannot be read as asked", [fault]) from None
    fitting = [name for name in book.sheet_names if re.fullmatch(layout.sheet, name.strip())]
    if not fitting:
        found = ", ".join(map(repr, book.sheet_names))
        fix = f"the sheets are {found}; save the one with the weights as a .csv"
        raise AnalysisError(
            f"{path.name}: these weights cannot be used", [Fault("sheet", "the sheet of weights is not there", fix)]
        )
    cells = book.get_sheet_by_name(fitting[-1]).to_python(skip_empty_area=False)
    return [tuple(_text(cell) for cell in row) for row in cells]


def _text(cell: object) -> str:
    """Return a cell as text; a whole number, which a workbook keeps as 8.0, without its decimals."""
    return str(int(cell)) if isinstance(cell, float) and cell.is_integer() else str(cell).strip()


def _header(rows: Sequence[Row], layout: Layout, match: str, name: str) -> tuple[int, tuple[int, int]]:
    """Return the row of the header, and the places of offence and weight."""
    offence = layout.title if match == "title" or layout.code is None else layout.code
    wanted = [column for column in (offence, layout.weight) if isinstance(column, str)]
    for number, row in enumerate(rows[:LOOKED_AT]):
        cells = [cell.casefold() for cell in row]
        if all(column.casefold() in cells for column in wanted):
            weight = cells.index(layout.weight.casefold())
            place = cells.index(offence.casefold()) if isinstance(offence, str) else offence
            if place < weight or isinstance(offence, str):
                return number, (place, weight)
    listed = " and ".join(map(repr, wanted))
    fix = "look whether the publisher changed the layout; two columns called offence and weight can be read as plain"
    fault = Fault("header", f"none of the first {LOOKED_AT} rows has the columns {listed}", fix)
    raise AnalysisError(f"{name}: these weights cannot be used", [fault])


def _offences(body: Sequence[Row], places: tuple[int, int], name: str) -> tuple[dict[str, list[float]], int]:
    """Return the weights of each offence, and how many rows were left out."""
    found: dict[str, list[float]] = {}
    faults: list[Fault] = []
    left_out = 0
    for row in body:
        offence, weight = (row[place] if place < len(row) else "" for place in places)
        if not offence or not weight or EXPIRED in " ".join(row).upper().split():
            left_out += 1
            continue
        number = _number(weight)
        if number is None:
            faults.append(Fault(f"weight of {offence!r}", "is not a number from 0 on", "put the number right"))
            continue
        found.setdefault(key(offence), []).append(round(number, DECIMALS))
    if not found and not faults:
        faults.append(Fault("weights", "no offence has a weight", "look whether this is the right sheet"))
    if faults:
        raise AnalysisError(f"{name}: these weights cannot be used", faults)
    return found, left_out


def _number(text: str) -> float | None:
    try:
        number = float(text.replace(",", ""))
    except ValueError:
        return None
    return number if math.isfinite(number) and number >= 0 else None


def _settled(offences: Mapping[str, list[float]], repeated: str, name: str) -> dict[str, float]:
    """Return one weight per offence."""
    several = [offence for offence, weights in offences.items() if len(set(weights)) > 1]
    if several and repeated == "refuse":
        fix = 'match by the other column, or say repeated="lowest" or "highest"'
        raise AnalysisError(
            f"{name}: these weights cannot be used",
            [Fault(f"weight of {offence!r}", "stands there with different values", fix) for offence in several],
        )
    pick = max if repeated == "highest" else min
    return {offence: pick(weights) for offence, weights in offences.items()}


def _one(body: Sequence[Row], header: Row, column: str) -> str | None:
    """Return what a column says in every row; None without such a column."""
    cells = [cell.casefold() for cell in header]
    if column not in cells:
        return None
    place = cells.index(column)
    said = {row[place] for row in _there(body, place)}
    if len(said) > 1:
        fault = Fault(column, "differs from row to row", "keep editions in files of their own")
        raise AnalysisError("these weights cannot be used", [fault])
    return next(iter(said), None)


def _there(body: Sequence[Row], place: int) -> Iterator[Row]:
    return (row for row in body if place < len(row) and row[place])
