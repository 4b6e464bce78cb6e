"""Reading a register of published figures: every fault of it is found, each at its place."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any, get_args

from lvrn_eval.documents import FileKind, Finding, Node, shown
from lvrn_eval.errors import FrameworkError, suggestion
from lvrn_eval.framework.judging import Qualifier
from lvrn_eval.framework.periods import MONTHS, UNITS
from lvrn_eval.framework.published import Published, PublishedFigure, Selector
from lvrn_eval.framework.vocabulary import columns_of

if TYPE_CHECKING:
    from lvrn_eval.framework.measure import Measure
    from lvrn_eval.framework.model import Framework, Indicator

REGISTER = FileKind("register of published figures", FrameworkError)
VERSION = 1
TOP = ("schema_version", "report", "figures")
REQUIRED = ("id", "programme", "about", "value", "unit", "qualifier", "page")
OPTIONAL = ("leaves_open", "computed", "not_computed")
SELECTOR = ("indicator", "by", "group", "from")
TEXTS = ("id", "programme", "about", "unit", "qualifier", "leaves_open", "not_computed")

ID = re.compile(r"[a-z][a-z0-9_]*(\.[a-z0-9_]+)*")
DAY = re.compile(r"\d{4}-\d{2}-\d{2}")


def read_register(root: Node, framework: Framework) -> tuple[Published, list[Finding]]:
    """Return the content of a file as a register, and what is wrong with it; with any fault it is not whole."""
    reader = _Reader(root, framework)
    return reader.published(), reader.findings


class _Reader:
    """Turns the content of a file into a register, gathering what is wrong on the way."""

    def __init__(self, root: Node, framework: Framework) -> None:
        self.root = root
        self.findings: list[Finding] = []
        self.programmes = [programme.slug for programme in framework.programmes]
        self.indicators = {indicator.slug: indicator for indicator in framework.indicators}
        self.ids: set[str] = set()

    def published(self) -> Published:
        """Return the register as far as it can be read."""
        top = self.keyed(self.root, TOP, TOP)
        self.version(top.get("schema_version"))
        report = top.get("report")
        figures = [self.figure(node) for node in self.listed(top.get("figures"))]
        return Published(
            self.text(report, "report") if report else "", tuple(figure for figure in figures if figure is not None)
        )

    def refuse(self, node: Node, what: str, fix: str = "") -> None:
        self.findings.append(Finding(node, what, fix))

    def version(self, node: Node | None) -> None:
        # true is 1 in Python
        if node is not None and (type(node.value) is not int or node.value != VERSION):
            self.refuse(node, f"`schema_version` is {shown(node.value)}; this program reads version {VERSION}")

    def listed(self, node: Node | None) -> Iterable[Node]:
        if node is not None and not (isinstance(node.value, list) and node.items):
            self.refuse(node, "`figures` must be a list with at least one figure")
        return node.items if node is not None else ()

    def keyed(self, node: Node, required: Collection[str], allowed: Collection[str]) -> dict[str, Node]:
        """Return what stands under each key, with unknown and missing keys refused."""
        if not isinstance(node.value, dict):
            self.refuse(node, "this must be keys with values, each as `key: value`")
            return {}
        for key, place in node.keys.items():
            if key not in allowed:
                self.refuse(place, f"the key {shown(key)} is not known here", suggestion(key, allowed))
        for key in required:
            if key not in node.values:
                self.refuse(node, f"the key {key!r} is missing here")
        return {key: value for key, value in node.values.items() if key in allowed}

    def figure(self, node: Node) -> PublishedFigure | None:
        """Return one figure; None when it cannot be one."""
        before = len(self.findings)
        found = self.keyed(node, REQUIRED, (*REQUIRED, *OPTIONAL))
        texts = {key: self.text(found[key], key) for key in TEXTS if key in found}
        self.named(found, texts)
        self.one_of(found.get("programme"), "programme", self.programmes)
        self.one_of(found.get("qualifier"), "qualifier", get_args(Qualifier))
        self.numbers(found)
        if found and ("computed" in found) == ("not_computed" in found):
            self.refuse(node, "a figure has either `computed` or `not_computed`, the reason why no record gives it")
        computed = self.selector(found["computed"]) if "computed" in found else None
        if len(self.findings) > before:
            return None
        numbers: dict[str, Any] = {key: found[key].value for key in ("value", "page")}
        content: dict[str, Any] = {**texts, **numbers, "computed": computed}
        return PublishedFigure(**content)

    def text(self, node: Node, key: str) -> str:
        if isinstance(node.value, str) and node.value.strip():
            return node.value
        self.refuse(node, f"`{key}` must be text", "put it in quotes" if node.value is not None else "fill it in")
        return ""

    def named(self, found: dict[str, Node], texts: dict[str, str]) -> None:
        """Refuse an id that is no fixed name or is given twice."""
        name = texts.get("id", "")
        if name and not ID.fullmatch(name):
            self.refuse(found["id"], f"`id` is {shown(name)}", "use lower-case letters, digits, underscores and points")
        elif name in self.ids:
            self.refuse(found["id"], f"there is another figure {shown(name)}")
        self.ids |= {name} - {""}

    def numbers(self, found: dict[str, Node]) -> None:
        """Refuse a value or a page that is no number, and a rounded value that is not round."""
        value, page, qualifier = (found.get(key) for key in ("value", "page", "qualifier"))
        if value is not None and type(value.value) not in {int, float}:
            self.refuse(value, "`value` must be a number")
        elif value is not None and qualifier is not None and not _fits(value.value, qualifier.value):
            self.refuse(value, "`value` is not in whole thousands, so no figure can be rounded to it")
        if page is not None and (type(page.value) is not int or page.value < 1):
            self.refuse(page, "`page` must be a whole number from 1 on")

    def one_of(self, node: Node | None, key: str, known: Collection[str]) -> None:
        if node is not None and isinstance(node.value, str) and node.value not in known:
            self.refuse(node, f"`{key}` is {shown(node.value)}, which is not known", suggestion(node.value, known))

    def selector(self, node: Node) -> Selector | None:
        """Return what gives a figure; what no observation can match is refused."""
        before = len(self.findings)
        found = self.keyed(node, ("indicator",), SELECTOR)
        texts = {key: self.text(found[key], key) for key in SELECTOR if key in found}
        self.one_of(found.get("indicator"), "indicator", self.indicators)
        indicator = self.indicators.get(texts.get("indicator", ""))
        if indicator is None:
            return None
        if indicator.measure is None:
            self.refuse(found["indicator"], f"{indicator.slug} is not computed: {indicator.not_measured}")
            return None
        self.group(node, found, texts, indicator, indicator.measure)
        starts = self.day(found["from"], texts["from"], indicator, indicator.measure) if texts.get("from") else None
        if len(self.findings) > before:
            return None
        return Selector(indicator.slug, texts.get("by", "all"), texts.get("group", "all"), starts)

    def group(
        self, node: Node, found: dict[str, Node], texts: dict[str, str], indicator: Indicator, measure: Measure
    ) -> None:
        """Refuse a breakdown the indicator does not have, and a group that its column cannot have."""
        by, group = texts.get("by"), texts.get("group")
        if ("by" in found) != ("group" in found):
            self.refuse(node, "`by` and `group` go together")
        elif by is None:
            if not measure.has_overall:
                fix = f"give `by` ({', '.join(measure.by)}) and `group`"
                self.refuse(node, f"{indicator.slug} has no value over all groups", fix)
        elif by and by not in measure.by:
            fix = f"it is by {', '.join(measure.by)}" if measure.by else "it is not broken down at all"
            self.refuse(found["by"], f"{indicator.slug} is not broken down by {shown(by)}", fix)
        elif by and group and (codes := columns_of(measure.table)[by].codes) and group not in codes:
            self.refuse(found["group"], f"`{by}` is never {shown(group)}", suggestion(group, codes))

    def day(self, node: Node, text: str, indicator: Indicator, measure: Measure) -> date | None:
        """Return the first day of a period; any other day is refused."""
        try:
            day = date.fromisoformat(text) if DAY.fullmatch(text) else None
        except ValueError:
            day = None
        if day is None:
            self.refuse(node, "`from` must be a day, as 2023-01-01")
        elif measure.period == "all":
            self.refuse(node, f"{indicator.slug} is computed over all time and has no periods", "take `from` out")
        elif day != (first := start_of(day, measure.period)):
            what = f"no {measure.period} begins on {day}, and {indicator.slug} is computed by {measure.period}"
            self.refuse(node, what, f"the one that {day} lies in begins on {first}")
        return day


def _fits(value: Any, qualifier: Any) -> bool:
    return bool(qualifier != "rounded_to_thousand" or value % 1000 == 0)


def start_of(day: date, period: str) -> date:
    """Return the first day of the period that a day lies in.

    Examples
    --------
    >>> start_of(date(2024, 2, 29), "financial_year")
    datetime.date(2023, 4, 1)
    """
    unit, shift = UNITS[period]
    if unit == "day":
        return day
    if unit == "week":
        return day - timedelta(days=day.weekday())
    months = day.year * 12 + day.month - 1 - shift
    months -= months % MONTHS[unit]
    return date((months + shift) // 12, (months + shift) % 12 + 1, 1)
