"""Reading ``sources.yaml``: every fault at once, each where it stands."""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import replace
from datetime import date
from pathlib import Path
from types import MappingProxyType
from typing import Any, TypeAlias, get_args

from lvrn_eval.documents import Document, FileKind, Finding, Node
from lvrn_eval.engine import Rule, parse_rule
from lvrn_eval.errors import RecordsError, RuleError, suggestion
from lvrn_eval.records.cells import ISO_FORMATS, exchanged
from lvrn_eval.records.constants import wrong_constant
from lvrn_eval.records.readers.options import Reading
from lvrn_eval.records.sources import ColumnSource, DataStatus, Sources, TableSource
from lvrn_eval.records.tables import TABLES, CanonicalTable, Column

SOURCES = FileKind("list of sources", RecordsError)
VERSION = 1
ISO_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
DATE_PARTS = ("%d", "%m", "%b", "%B", "%Y", "%H", "%I", "%M", "%S", "%p", "%a", "%A")
"""The parts of a date format that are read."""
TOP = ("version", "data", "extracted_on", "observed_from", "pseudonym_key", "sites", "programmes")
READING = ("encoding", "delimiter", "sheet", "header_row", "labels", "database", "sql_table")
TABLE = ("files", *READING, "dates", "missing", "columns", "ignore")
DEFAULTS: dict[str, Any] = {"files": [], "dates": [], "missing": [""], "ignore": []}
FIND_OUT = "detect"
"""What `encoding` and `delimiter` say when the file is to tell: the same as saying nothing."""

LABELS = ("values", "labels")
VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")

Place: TypeAlias = tuple[Any, ...]
"""The keys, and places in lists, that lead to a value from the top."""


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


def _known(column: Column, sites: dict[str, str]) -> tuple[str, ...]:
    return tuple(sites) if column.kind == "site" else column.codes


class _Checker:
    """Turns the document's data into ``Sources``, gathering what is wrong on the way."""

    def __init__(self, document: Document) -> None:
        self.document = document
        self.findings: list[Finding] = []

    def refuse(self, place: Place, what: str, fix: str = "", *, at_key: bool = False) -> None:
        """Note a fault at the value, or the key, that a place leads to."""
        self.findings.append(Finding(self.node(place, at_key=at_key), what, fix))

    def node(self, place: Place, *, at_key: bool) -> Node:
        """Return where a value or its key stands; what is missing is told at the key of what should hold it."""
        key = value = self.document.root
        for step in place:
            if isinstance(step, int):
                key = value = value.items[step]
            elif step in value.values:
                key, value = value.keys[step], value.values[step]
            else:
                return key
        return key if at_key else value

    def sources(self, path: Path) -> Sources:
        """Return everything the document says, with faults gathered on the way."""
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
        given = self.plain_mapping(("programmes",), top.get("programmes"))
        own_sites = {name: self.own_sites(name, tables, sites) for name, tables in given.items()}
        programmes = {name: self.programme(name, tables, own_sites[name]) for name, tables in given.items()}
        for key, named in (("sites", sites), ("programmes", programmes)):
            if key in top and not named:
                self.refuse((key,), f"`{key}` must name at least one", at_key=True)
        return Sources(
            path,
            top.get("data", "personal"),
            extracted,
            observed,
            str(top.get("pseudonym_key", "")),
            MappingProxyType({name: MappingProxyType(names) for name, names in own_sites.items()}),
            MappingProxyType(programmes),
        )

    def own_sites(self, programme: str, tables: Any, sites: dict[str, str]) -> dict[str, str]:
        """Return the sites of one programme: its own, or those of the top of the file."""
        if isinstance(tables, dict) and "sites" in tables:
            return self.names(("programmes", programme, "sites"), tables["sites"])
        return sites

    def programme(self, name: str, tables: Any, sites: dict[str, str]) -> tuple[TableSource, ...]:
        """Return the sources of one programme, people first: the other tables are checked against them."""
        place: Place = ("programmes", name)
        found = self.mapping(place, tables, required=(), allowed=("sites", *TABLES))
        found.pop("sites", None)
        of_people = [table for table in found if "person_id" in TABLES[table].by_name]
        if of_people and "people" not in found:
            what = f"`{of_people[0]}` is about people, but the key 'people' is missing here"
            self.refuse(place, what, "map the people, so that every row can be checked against them", at_key=True)
        return tuple(
            source for table in TABLES if table in found for source in self.blocks(name, table, found[table], sites)
        )

    def blocks(self, programme: str, table: str, given: Any, sites: dict[str, str]) -> list[TableSource]:
        """Return the blocks of one table: one, or a list where its files are not laid out alike."""
        place: Place = ("programmes", programme, table)
        if not isinstance(given, list):
            return [self.table(place, given, sites)]
        if not given:
            self.refuse(place, f"`{table}` must have at least one block", at_key=True)
        return [
            replace(self.table((*place, number), block, sites), block=number + 1) for number, block in enumerate(given)
        ]

    def table(self, place: Place, given: Any, sites: dict[str, str]) -> TableSource:
        """Return one block of a table."""
        _, programme, table = place[:3]
        fields = {**DEFAULTS, **self.mapping(place, given, required=("columns",), allowed=TABLE)}
        self.files(place, fields, given)
        return TableSource(
            str(programme),
            str(table),
            self.texts((*place, "files"), fields["files"]),
            self.columns((*place, "columns"), TABLES[str(table)], fields.get("columns"), sites),
            self.texts((*place, "ignore"), fields["ignore"]),
            self.reading(place, fields),
            self.date_formats((*place, "dates"), fields["dates"]),
            self.texts((*place, "missing"), fields["missing"]),
        )

    def files(self, place: Place, fields: dict[str, Any], given: Any) -> None:
        """Refuse a table that is nowhere, or in two places."""
        if not isinstance(given, dict):
            return
        if "files" in given and fields["files"] in ("", []):
            self.refuse((*place, "files"), "`files` must name at least one file")
        elif "files" not in given and "database" not in given:
            fix = "or say `database:` and `sql_table:`"
            self.refuse(place, "the key 'files' is missing here", fix, at_key=True)
        elif "files" in given and "database" in given:
            self.refuse((*place, "database"), "name `files:` or `database:`, not both", at_key=True)
        if "database" in given and "sql_table" not in given:
            self.refuse((*place, "database"), "`database` needs `sql_table:`, the table or view to read", at_key=True)

    def reading(self, place: Place, fields: dict[str, Any]) -> Reading:
        """Return how the files are to be read; what is not said is found out."""
        given = {key: fields[key] for key in READING if fields.get(key) is not None}
        found = {key for key in ("encoding", "delimiter") if given.get(key) == FIND_OUT}
        given = {key: value for key, value in given.items() if key not in found}
        if given.get("delimiter") == "tab":
            given["delimiter"] = "\t"
        if "encoding" in given:
            self.encoding(place, given["encoding"])
        self.delimiter(place, given.get("delimiter", ","))
        row = given.get("header_row", 1)
        if not isinstance(row, int) or isinstance(row, bool) or row < 1:
            what = "`header_row` is the number of the row that names the columns, counted from 1"
            self.refuse((*place, "header_row"), what)
        if (labels := given.get("labels", "values")) not in LABELS:
            what = f"`labels` must be one of {', '.join(LABELS)}"
            self.refuse((*place, "labels"), what, suggestion(str(labels), LABELS))
        if "database" in given and not VARIABLE.fullmatch(str(given["database"])):
            # the mark is at the table: the line of a URL would be shown with its password
            what = "`database` is the NAME of an environment variable that holds the URL, never the URL itself"
            self.refuse(place, what, at_key=True)
        texts = {
            key: str(given[key]) for key in ("encoding", "delimiter", "sheet", "database", "sql_table") if key in given
        }
        return Reading(**texts, header_row=given.get("header_row"), labels=labels)

    def delimiter(self, place: Place, given: Any) -> None:
        """Refuse what cannot stand between cells."""
        if not isinstance(given, str) or len(given) != 1 or given in '"\r\n':
            self.refuse((*place, "delimiter"), '`delimiter` is one character, such as "," or ";", or the word tab')

    def columns(
        self,
        place: Place,
        canonical: CanonicalTable,
        given: Any,
        sites: dict[str, str],
    ) -> tuple[ColumnSource, ...]:
        """Return where each mapped column comes from."""
        required = tuple(column.name for column in canonical.columns if column.required)
        found = self.mapping(place, given, required=required, allowed=tuple(canonical.by_name))
        ruled = {name for name, origin in found.items() if isinstance(origin, dict) and "rule" in origin}
        # a rule is about what rows hold; identifiers are replaced, and rules do not build on one another
        usable = [name for name in found if name not in ruled and canonical.by_name[name].kind not in {"id", "key"}]
        return tuple(
            self.derived((*place, name), canonical, usable, origin, sites)
            if name in ruled
            else self.column((*place, name), canonical.by_name[name], origin, sites)
            for name, origin in found.items()
        )

    def column(self, place: Place, column: Column, origin: Any, sites: dict[str, str]) -> ColumnSource:
        """Return where a column comes from: a column of the file, or one value for every row."""
        known = _known(column, sites)
        if not isinstance(origin, dict):
            if not isinstance(origin, str):
                self.refuse(place, "name the file's column, or write {from: COLUMN, codes: {…}}")
            return ColumnSource(column.name, str(origin), {}, known)
        if "value" in origin:
            return self.constant(place, column, origin, known)
        fields = self.mapping(place, origin, required=("from",), allowed=("from", "codes"))
        codes = self.plain_mapping((*place, "codes"), fields.get("codes", {}))
        self.codes((*place, "codes"), column, codes, known)
        return ColumnSource(column.name, str(fields.get("from", "")), MappingProxyType(codes), known)

    def constant(self, place: Place, column: Column, origin: dict[str, Any], known: tuple[str, ...]) -> ColumnSource:
        """Return a column that has the same value in every row."""
        fields = self.mapping(place, origin, required=("value",), allowed=("value",))
        value = fields["value"]
        shown = str(value).lower() if isinstance(value, bool) else str(value)
        if isinstance(value, dict | list) or not shown.strip() or value is None:
            self.refuse((*place, "value"), "`value` is one text, number, day or yes/no")
        elif column.kind in {"id", "key"}:
            self.refuse(place, f"{column.name} tells rows apart, so it cannot be one value", at_key=True)
        elif known and shown not in known:
            self.refuse((*place, "value"), f"{column.name} has no code {shown!r}", suggestion(shown, known))
        elif wrong := wrong_constant(column, shown):
            self.refuse((*place, "value"), wrong)
        return ColumnSource(column.name, "", {}, known, value=shown)

    def derived(
        self, place: Place, canonical: CanonicalTable, usable: list[str], origin: dict[str, Any], sites: dict[str, str]
    ) -> ColumnSource:
        """Return a column that follows from others by a rule."""
        column = canonical.by_name[place[-1]]
        fields = self.mapping(place, origin, required=("rule",), allowed=("rule",))
        rule: Rule | None = None
        try:
            rule = parse_rule(str(fields["rule"]), usable)
        except RuleError as error:
            for what, fix in [(fault.what, fault.fix) for fault in error.faults] or [(str(error), "")]:
                self.refuse((*place, "rule"), what, fix)
        booleans = {name for name in usable if canonical.by_name[name].kind == "boolean"}
        if column.kind in {"id", "key"}:
            self.refuse(place, f"{column.name} is an identifier, which no rule can make", at_key=True)
        elif rule is not None and rule.is_condition(booleans) != (column.kind == "boolean"):
            says = "yes or no" if column.kind == "boolean" else f"a value of {column.name}, not yes or no"
            self.refuse((*place, "rule"), f"this rule must say {says}")
        return ColumnSource(column.name, "", {}, _known(column, sites), rule=rule)

    def codes(self, place: Place, column: Column, codes: dict[str, Any], known: tuple[str, ...]) -> None:
        """Refuse codes that mean nothing known, and two that differ only by case and mean different things."""
        folded: dict[str, str] = {}
        for code, meaning in codes.items():
            if column.kind == "boolean":
                if not isinstance(meaning, bool):
                    self.refuse((*place, code), f"{column.name} is true or false")
            elif column.kind == "text":
                if not isinstance(meaning, str) or not meaning:
                    self.refuse((*place, code), f"{column.name} is a text; write what this code stands for")
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
        """Return a mapping as it is; nothing where there is none."""
        if isinstance(given, dict):
            return given
        if given is not None:
            self.refuse(place, "this must be a mapping of `key: value` lines")
        return {}

    def names(self, place: Place, given: Any) -> dict[str, str]:
        """Return a mapping of slugs to names for readers."""
        found = self.plain_mapping(place, given)
        for key, value in found.items():
            if not isinstance(value, str) or not value:
                self.refuse((*place, key), f"the name of {key!r} must be a text")
        return {key: str(value) for key, value in found.items()}

    def texts(self, place: Place, given: Any) -> tuple[str, ...]:
        """Return one text or several, as several."""
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
        """Return a day written the international way; one that keeps the others comparable where it is refused."""
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
        """Refuse what is not the name of an encoding of text."""
        import codecs

        try:
            b"?".decode(codecs.lookup(str(given)).name)
        except UnicodeError:
            pass  # an encoding of text, of which one byte is no whole letter
        except (LookupError, ValueError):
            self.refuse((*place, "encoding"), f"there is no encoding {given!r}", "utf-8, cp1252 and utf-16 are common")

    def date_formats(self, place: Place, given: Any) -> tuple[str, ...]:
        """Return the formats, with those refused that name no whole day or could be mistaken for another."""
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
