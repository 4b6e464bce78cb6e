"""Reading ``sources.yaml``: every fault at once, each where it stands."""

from __future__ import annotations

import re
from collections.abc import Collection
from datetime import date
from pathlib import Path
from types import MappingProxyType
from typing import Any, TypeAlias, get_args

from lvrn_eval.documents import Document, FileKind, Finding, Node
from lvrn_eval.errors import RecordsError, suggestion
from lvrn_eval.records.sources import ColumnSource, DataStatus, Sources, TableSource
from lvrn_eval.records.staging import ISO_FORMATS, exchanged
from lvrn_eval.records.tables import TABLES, CanonicalTable, Column

SOURCES = FileKind("list of sources", RecordsError)
VERSION = 1
ISO_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
DATE_PARTS = ("%d", "%m", "%b", "%B", "%Y", "%H", "%I", "%M", "%S", "%p", "%a", "%A")
"""The parts of a date format that are read."""
TOP = ("version", "data", "extracted_on", "observed_from", "pseudonym_key", "sites", "programmes")
TABLE = ("files", "encoding", "delimiter", "sheet", "dates", "missing", "columns", "ignore")
DEFAULTS: dict[str, Any] = {
    "encoding": "utf-8",
    "delimiter": ",",
    "sheet": None,
    "dates": [],
    "missing": [""],
    "ignore": [],
}

Place: TypeAlias = tuple[str, ...]
"""The keys that lead to a value from the top."""


def load_sources(path: Path | str) -> Sources:
    """Read where every programme's records live.

    Parameters
    ----------
    path
        The file, usually ``sources.yaml`` in a project's folder.

    Raises
    ------
    RecordsError
        With every fault of the file, each with its line and column.
    """
    from lvrn_eval.documents.reading import read_document

    path = Path(path)
    document = read_document(path, SOURCES)
    checker = _Checker(document)
    sources = checker.sources(path)
    if faults := document.faults(checker.findings):
        raise SOURCES.refused(path, faults)
    return sources


class _Checker:
    """Turns the document's data into ``Sources``, gathering what is wrong on the way."""

    def __init__(self, document: Document) -> None:
        self.document = document
        self.findings: list[Finding] = []

    def refuse(self, place: Place, what: str, fix: str = "", *, at_key: bool = False) -> None:
        self.findings.append(Finding(self.node(place, at_key=at_key), what, fix))

    def node(self, place: Place, *, at_key: bool) -> Node:
        """Return where a value or its key stands; what is missing is told at the key of what should hold it."""
        key = value = self.document.root
        for step in place:
            if step not in value.values:
                return key
            key, value = value.keys[step], value.values[step]
        return key if at_key else value

    def sources(self, path: Path) -> Sources:
        top = self.mapping((), self.document.root.value, required=TOP, allowed=TOP)
        if top.get("version") != VERSION and "version" in top:
            self.refuse(("version",), f"this program reads version {VERSION} of this file")
        if "data" in top and top["data"] not in get_args(DataStatus):
            known = get_args(DataStatus)
            self.refuse(("data",), f"`data` must be one of {', '.join(known)}", suggestion(str(top["data"]), known))
        extracted, observed = self.day(top, "extracted_on"), self.day(top, "observed_from")
        if extracted <= observed:
            self.refuse(("observed_from",), "`observed_from` must be before `extracted_on`")
        self.text(top, (), "pseudonym_key")
        sites = self.names(("sites",), top.get("sites"))
        programmes = {
            name: self.programme(name, tables, sites)
            for name, tables in self.plain_mapping(("programmes",), top.get("programmes")).items()
        }
        for key, given in (("sites", sites), ("programmes", programmes)):
            if key in top and not given:
                self.refuse((key,), f"`{key}` must name at least one", at_key=True)
        return Sources(
            path,
            top.get("data", "personal"),
            extracted,
            observed,
            str(top.get("pseudonym_key", "")),
            MappingProxyType(sites),
            MappingProxyType(programmes),
        )

    def programme(self, name: str, tables: Any, sites: dict[str, str]) -> tuple[TableSource, ...]:
        place: Place = ("programmes", name)
        found = self.mapping(place, tables, required=("people",), allowed=tuple(TABLES))
        # people first: the other tables are checked against them
        return tuple(self.table(name, table, found[table], sites) for table in TABLES if table in found)

    def table(self, programme: str, table: str, given: Any, sites: dict[str, str]) -> TableSource:
        place: Place = ("programmes", programme, table)
        fields = {**DEFAULTS, **self.mapping(place, given, required=("files", "columns"), allowed=TABLE)}
        self.encoding(place, fields["encoding"])
        delimiter = fields["delimiter"]
        if not isinstance(delimiter, str) or len(delimiter) != 1 or delimiter in '"\r\n':
            self.refuse((*place, "delimiter"), '`delimiter` is one character, such as "," or ";"')
        if "files" in fields and fields["files"] in ("", []):
            self.refuse((*place, "files"), "`files` must name at least one file")
        return TableSource(
            programme,
            table,
            self.texts((*place, "files"), fields.get("files", [])),
            self.columns((*place, "columns"), TABLES[table], fields.get("columns"), sites),
            self.texts((*place, "ignore"), fields["ignore"]),
            str(fields["encoding"]),
            str(fields["delimiter"]),
            None if fields["sheet"] is None else str(fields["sheet"]),
            self.date_formats((*place, "dates"), fields["dates"]),
            self.texts((*place, "missing"), fields["missing"]),
        )

    def columns(
        self,
        place: Place,
        canonical: CanonicalTable,
        given: Any,
        sites: dict[str, str],
    ) -> tuple[ColumnSource, ...]:
        required = tuple(column.name for column in canonical.columns if column.required)
        found = self.mapping(place, given, required=required, allowed=tuple(canonical.by_name))
        return tuple(
            self.column((*place, name), canonical.by_name[name], origin, sites) for name, origin in found.items()
        )

    def column(self, place: Place, column: Column, origin: Any, sites: dict[str, str]) -> ColumnSource:
        known = tuple(sites) if column.kind == "site" else column.codes
        if not isinstance(origin, dict):
            if not isinstance(origin, str):
                self.refuse(place, "name the file's column, or write {from: COLUMN, codes: {…}}")
            return ColumnSource(column.name, str(origin), {}, known)
        fields = self.mapping(place, origin, required=("from",), allowed=("from", "codes"))
        codes = self.plain_mapping((*place, "codes"), fields.get("codes", {}))
        self.codes((*place, "codes"), column, codes, known)
        return ColumnSource(column.name, str(fields.get("from", "")), MappingProxyType(codes), known)

    def codes(self, place: Place, column: Column, codes: dict[str, Any], known: tuple[str, ...]) -> None:
        folded: dict[str, str] = {}
        for code, meaning in codes.items():
            if column.kind == "boolean":
                if not isinstance(meaning, bool):
                    self.refuse((*place, code), f"{column.name} is true or false")
            elif column.kind not in {"code", "site"}:
                self.refuse((*place, code), f"{column.name} is not a column of codes; map it as it is", at_key=True)
            elif meaning not in known:
                self.refuse((*place, code), f"{column.name} has no code {meaning!r}", suggestion(str(meaning), known))
            other = folded.setdefault(code.strip().casefold(), code)
            if other != code and codes[other] != meaning:
                what = "this code differs from another only by case or blanks, and means something else"
                self.refuse((*place, code), what, at_key=True)

    def mapping(
        self, place: Place, given: Any, *, required: Collection[str], allowed: Collection[str]
    ) -> dict[str, Any]:
        """Return a mapping with its unknown keys refused and left out, and its missing ones refused."""
        found = self.plain_mapping(place, given)
        for key in [key for key in found if key not in allowed]:
            self.refuse((*place, key), f"the key {key!r} is not known here", suggestion(key, allowed), at_key=True)
        for key in required:
            if key not in found and (given is None or isinstance(given, dict)):
                self.refuse(place, f"the key {key!r} is missing here", at_key=True)
        return {key: value for key, value in found.items() if key in allowed}

    def plain_mapping(self, place: Place, given: Any) -> dict[str, Any]:
        if isinstance(given, dict):
            return given
        if given is not None:
            self.refuse(place, "this must be a mapping of `key: value` lines")
        return {}

    def names(self, place: Place, given: Any) -> dict[str, str]:
        found = self.plain_mapping(place, given)
        for key, value in found.items():
            if not isinstance(value, str) or not value:
                self.refuse((*place, key), f"the name of {key!r} must be a text")
        return {key: str(value) for key, value in found.items()}

    def texts(self, place: Place, given: Any) -> tuple[str, ...]:
        if isinstance(given, str):
            return (given,)
        if isinstance(given, list) and all(isinstance(item, str) for item in given):
            return tuple(given)
        self.refuse(place, "this must be a text, or a list of texts")
        return ()

    def text(self, top: dict[str, Any], place: Place, key: str) -> None:
        if key in top and (not isinstance(top[key], str) or not top[key]):
            self.refuse((*place, key), f"`{key}` must be a text")

    def day(self, top: dict[str, Any], key: str) -> date:
        value = top.get(key)
        if isinstance(value, str) and ISO_DAY.fullmatch(value):
            try:
                return date.fromisoformat(value)
            except ValueError:
                self.refuse((key,), f"there is no day {value}", "check the month and the day")
        elif key in top:
            self.refuse((key,), f"`{key}` must be a day, as 2024-03-31")
        return date.max if key == "extracted_on" else date.min

    def encoding(self, place: Place, given: Any) -> None:
        import codecs

        try:
            b"?".decode(codecs.lookup(str(given)).name)
        except UnicodeError:
            pass  # an encoding of text, of which one byte is no whole letter
        except (LookupError, ValueError):
            self.refuse((*place, "encoding"), f"there is no encoding {given!r}", "utf-8, cp1252 and utf-16 are common")

    def date_formats(self, place: Place, given: Any) -> tuple[str, ...]:
        formats = self.texts(place, given)
        for form in formats:
            parts = re.findall("%.?", form)
            strange = [part for part in parts if part not in (*DATE_PARTS, "%y")]
            if "%y" in parts:
                self.refuse(
                    place, "a two-digit year (%y) can mean two centuries", "export four-digit years, and use %Y"
                )
            elif strange:
                self.refuse(place, f"{form!r} has the unknown part {strange[0]!r}", f"known: {', '.join(DATE_PARTS)}")
            elif not {"%Y", "%d"} <= set(parts) or not {"%m", "%b", "%B"} & set(parts):
                self.refuse(place, f"{form!r} does not name a day, a month and a year", "such as %d/%m/%Y or %d-%b-%Y")
            elif exchanged(form) in ISO_FORMATS:
                self.refuse(place, f"{form!r} looks like an ISO date and means another day", "export ISO dates")
        return formats
