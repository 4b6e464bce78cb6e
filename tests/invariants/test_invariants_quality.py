"""Nothing is lost between a file and its report: every row read is kept, missing or refused, and each is told once."""

import csv
import datetime as dt
import io
import tempfile
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from lvrn_eval.records.quality import quality_report

KEY = b"a key of sixteen or more bytes"
SOURCES = """\
version: 1
data: synthetic
extracted_on: 2024-03-31
observed_from: 2018-04-01
pseudonym_key: KEY
sites: {north: North End}
programmes:
  streets:
    training:
      files: part_*.csv
      columns: {"on": Day, course: Course, sector: Sector, attended: Came, completed: Done}
"""
LAST = dt.date(2024, 3, 31)
COLUMNS = {"on": "Day", "course": "Course", "sector": "Sector", "attended": "Came", "completed": "Done"}

rows = st.fixed_dictionaries(
    {
        "Day": st.sampled_from(["2023-01-31", "2023-02-29", "2025-01-01", "1850-05-05", "", " ", "soon"]),
        "Course": st.sampled_from(["awareness", "", '"quoted", and two\nlines', "leadership"]),
        "Sector": st.sampled_from(["police", " Police ", "plod", ""]),
        "Came": st.sampled_from(["0", "7", "12", "-1", "10001", "7.5", "many", ""]),
        "Done": st.sampled_from(["0", "7", "12", "10001", "x", ""]),
    }
)


def day(text):
    try:
        return dt.date.fromisoformat(text)
    except ValueError:
        return None


def whole(text):
    return int(text) if text.lstrip("-").isdigit() else None


def expected(row):
    """Return what becomes of each cell of a row, by the rules as the data-quality page states them."""
    cells = {name: row[origin].strip() for name, origin in COLUMNS.items()}
    became = {name: "kept" if cell else "missing" for name, cell in cells.items()}
    for name in ("on", "course", "attended"):
        if not cells[name]:
            became[name] = "refused"
    on = day(cells["on"])
    if cells["on"] and (on is None or not dt.date(1900, 1, 1) <= on <= LAST):
        became["on"] = "refused"
    if cells["sector"] and cells["sector"].lower() != "police":
        became["sector"] = "refused"
    for name in ("attended", "completed"):
        number = whole(cells[name])
        if cells[name] and (number is None or not 0 <= number <= 10_000):
            became[name] = "refused"
    came, done = whole(cells["attended"]), whole(cells["completed"])
    if came is not None and done is not None and done > came:
        became["completed"] = "refused"
    return became


@settings(max_examples=25, deadline=None)
@given(files=st.lists(st.lists(rows, min_size=1, max_size=12), min_size=1, max_size=3), cut=st.booleans())
def test_every_row_read_is_kept_missing_or_refused(files, cut):
    with tempfile.TemporaryDirectory() as folder:
        for number, given_rows in enumerate(files):
            written = io.StringIO()
            writer = csv.DictWriter(written, list(COLUMNS.values()), lineterminator="\n")
            writer.writeheader()
            writer.writerows(given_rows)
            # a row without any value is no row, and what cannot be read at all is told with its file
            text = written.getvalue()
            Path(folder, f"part_{number}.csv").write_text(text, encoding="utf-8", newline="")
        if cut:
            Path(folder, "part_9.csv").write_text("Day,Course,Sector,Came,Left\n,x,,3,4\n,x,,5,6\n", encoding="utf-8")
        Path(folder, "sources.yaml").write_text(SOURCES, encoding="utf-8")
        report = quality_report(Path(folder, "sources.yaml"), "streets", key=KEY)
    refused_file = 2 if cut else 0
    read = [row for given_rows in files for row in given_rows if any(row.values())]
    if len(report.files) < len(files) + cut:  # a file all of whose rows are blank has no rows
        return
    found = {column.column: column for column in report.columns}
    became = [expected(row) for row in read]
    for name in COLUMNS:
        column = found[name]
        told = [cells[name] for cells in became]
        assert column.rows == column.kept + column.missing + column.refused == len(read) + refused_file
        assert (column.kept, column.missing) == (told.count("kept"), told.count("missing"))
        assert column.refused == told.count("refused") + refused_file
    whole_rows = found[""]
    wrong = sum("refused" in cells.values() for cells in became)
    assert (whole_rows.rows, whole_rows.refused) == (len(read) + refused_file, wrong + refused_file)
    assert whole_rows.kept == len(read) - wrong
    assert bool(report.errors) == bool(wrong or cut)
    for fault in report.faults:
        if fault.rule != "file":
            assert len(fault.first_rows) == min(fault.rows, 20)
            assert list(fault.first_rows) == sorted(set(fault.first_rows))
