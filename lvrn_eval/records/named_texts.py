"""Which text columns hold nothing but words that somebody has named: the others may hold anything."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING

from lvrn_eval.engine import build, literal, quoted
from lvrn_eval.records.tables import DISTRICTS

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from lvrn_eval.engine import Table
    from lvrn_eval.records.sources import TableSource


def vocabulary(sources: Iterable[TableSource], tables: Mapping[str, Table]) -> Mapping[str, frozenset[str]]:
    """Return for each table its text columns of which every block gives the ``codes:`` or the one ``value:``.

    An ``area`` without codes is among them where all areas are districts of Lancashire-14, which need none.
    """
    named: dict[str, set[str]] = {}
    typed: dict[str, set[str]] = {}
    for source in sources:
        for column in source.columns:
            if source.canonical.by_name[column.name].kind == "text":
                known = bool(column.codes) or column.value is not None
                (named if known else typed).setdefault(source.table, set()).add(column.name)
    if "area" in typed.get("area_counts", ()) and _all_districts(tables["area_counts"]):
        typed["area_counts"].discard("area")
        named.setdefault("area_counts", set()).add("area")
    return MappingProxyType({table: frozenset(columns - typed.get(table, set())) for table, columns in named.items()})


def _all_districts(counts: Table) -> bool:
    from sqlglot import select

    districts = quoted("area").isin(*(literal(district) for district in DISTRICTS))
    others = select(quoted("area")).from_("counts").where(districts.not_()).limit(1)
    return len(counts.engine.run(build("records/areas that are no districts", others), tables={"counts": counts})) == 0
