"""The fourteen districts of Lancashire-14, and their names as people write them.

Lancashire-14 is the twelve districts of the county with the two unitary authorities, Blackburn with Darwen and
Blackpool. A spelling is known or it is not: a town that is only part of a district ("Blackburn", "Accrington") is
no district, and nothing is taken for the name that looks most like it.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sqlglot import exp

NAMES: Mapping[str, tuple[str, ...]] = {
    "blackburn_with_darwen": (
        "blackburn with darwen", "blackburn and darwen", "blackburn w darwen", "blackburn w/ darwen",
        "blackburn/darwen", "bwd",
    ),
    "blackpool": ("blackpool", "bpool"),
    "burnley": ("burnley",),
    "chorley": ("chorley",),
    "fylde": ("fylde",),
    "hyndburn": ("hyndburn", "hyndburn (accrington)"),
    "lancaster": ("lancaster",),
    "pendle": ("pendle",),
    "preston": ("preston",),
    "ribble_valley": ("ribble valley",),
    "rossendale": ("rossendale",),
    "south_ribble": ("south ribble", "s ribble", "sth ribble"),
    "west_lancashire": ("west lancashire", "west lancs", "w lancashire", "w lancs"),
    "wyre": ("wyre",),
}  # fmt: skip
"""What each district is called, in small letters, before what may stand before and after it."""

BEFORE = ("city of ", "borough of ", "district of ", "the borough of ")
AFTER = (
    " borough council", " city council", " district council", " council", " borough", " district", " (district)",
    " unitary authority", " (unitary authority)", " local authority",
)  # fmt: skip

SAME = (
    ("&", " and "), *((dash, " ") for dash in "-\u2010\u2011\u2013_.\u00a0"),
    *((mark, "") for mark in "'\u2018\u2019`"), ("    ", " "), ("  ", " "), ("  ", " "),
)  # fmt: skip
"""What is put in the place of what, one after the other, so that few spellings are left."""


def district_slug(text: str) -> str | None:
    """Return the slug of the district of Lancashire-14 that a text names.

    Parameters
    ----------
    text
        A name as people write it: in capitals or not, with "&" or "and", hyphens, apostrophes, "Council", "City of".

    Returns
    -------
    str or None
        One of the fourteen, such as ``"west_lancashire"``; None for anything that is not surely one of them.

    Examples
    --------
    >>> district_slug("Blackburn-with-Darwen Borough Council")
    'blackburn_with_darwen'
    >>> district_slug("West Lancs.")
    'west_lancashire'
    >>> district_slug("Blackburn") is None
    True
    """
    folded = text.lower()
    for written, meant in SAME:
        folded = folded.replace(written, meant)
    return spellings().get(folded.strip())


def district_name(slug: str) -> str | None:
    """Return a district's name as it is printed, ``Blackburn with Darwen``; None for what is no district."""
    return NAMES[slug][0].title().replace(" With ", " with ") if slug in NAMES else None


@cache
def spellings() -> Mapping[str, str]:
    """Return every known spelling, as it is once it is folded, with the slug of its district; plain names first."""
    plain = {name: slug for slug, names in NAMES.items() for name in names}
    before = {start + name: slug for name, slug in plain.items() for start in BEFORE}
    after = {name + end: slug for name, slug in plain.items() for end in AFTER}
    return {**plain, **after, **before}


def as_district(cell: exp.Expr, otherwise: exp.Expr) -> exp.Expr:
    """Return the slug of the district that a cell names, or else another value; in one pass, for ten million rows."""
    from sqlglot import exp

    from lvrn_eval.engine import literal

    folded: exp.Expr = exp.Lower(this=cell.copy())
    for written, meant in SAME:
        folded = exp.Anonymous(this="replace", expressions=[folded, literal(written), literal(meant)])
    by_slug: dict[str, list[str]] = {}
    for spelling, slug in spellings().items():
        by_slug.setdefault(slug, []).append(spelling)
    found = exp.Case()
    for slug, known in by_slug.items():
        is_one = exp.In(this=exp.Trim(this=folded.copy()), expressions=[literal(each) for each in known])
        found = found.when(is_one, literal(slug), copy=False)
    return found.else_(otherwise.copy(), copy=False)
