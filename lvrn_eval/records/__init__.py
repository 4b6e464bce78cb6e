"""What programmes record: the canonical tables, and how files become them."""

from lvrn_eval.records.load_sources import load_sources
from lvrn_eval.records.read import Records, read_records
from lvrn_eval.records.readers import FileRead
from lvrn_eval.records.sources import DataStatus, Sources
from lvrn_eval.records.tables import TABLES, CanonicalTable, Column

__all__ = [
    "TABLES",
    "CanonicalTable",
    "Column",
    "DataStatus",
    "FileRead",
    "Records",
    "Sources",
    "load_sources",
    "read_records",
]
