"""Reading one file as it is: every cell as text, with its file and row, and nothing dropped.

A row number is what a person sees in a spreadsheet: the header of a CSV or workbook is row 1, or where it stands. A
Parquet, statistical or database file has no header, so its first row is row 1.
"""

from lvrn_eval.records.readers.databases import read_database
from lvrn_eval.records.readers.files import read_file
from lvrn_eval.records.readers.options import Reading
from lvrn_eval.records.readers.shapes import RESERVED, SHOWN_ROWS, FileRead, RawFile, row_list

__all__ = ["RESERVED", "SHOWN_ROWS", "FileRead", "RawFile", "Reading", "read_database", "read_file", "row_list"]
