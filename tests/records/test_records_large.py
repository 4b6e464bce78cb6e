"""A file of many blocks and threads: nothing is lost, and a row number is what a person sees."""

import csv

import pytest
from records_examples import KEY, only, read, write

from lvrn_eval.errors import RecordsError
from lvrn_eval.records import read_records

PEOPLE = 200_000
HEADER = "Ref,Born,Gender,Area,Surname\n"


@pytest.fixture(scope="module")
def lines():
    # notes of uneven length, some over two lines, so that no block ends where another does
    notes = ["", "x" * 40, '"two\nlines"', '"a ""quoted"" word"', "é" * 7]
    return [f"QX-{number},{1 + number % 28:02}/03/2008,Gent,,{notes[number % 5]}" for number in range(PEOPLE)]


def test_every_row_arrives_with_its_number(tmp_path, lines):
    content = HEADER + "\n".join(lines) + "\n"
    assert len(content) > 6_000_000
    records = read(tmp_path, {"people.csv": content}, only("people"))
    (read_file,) = records.lineage
    assert read_file.rows == len(records.people) == PEOPLE
    numbers = records.people.to_arrow().column("source_row").to_pylist()
    assert sorted(numbers) == list(range(2, PEOPLE + 2))


def test_a_fault_is_told_at_its_row(tmp_path, lines):
    wrong = (3, 77_777, 131_072, PEOPLE - 1)
    changed = list(lines)
    for place in wrong:
        changed[place] = changed[place].replace("Gent", "Gentry")
    content = HEADER + "\n".join(changed) + "\n"
    with (tmp_path / "people.csv").open("w", encoding="utf-8", newline="") as file:
        file.write(content)
    path = write(tmp_path, {"people.csv": content}, only("people"))
    with path.with_name("people.csv").open(encoding="utf-8", newline="") as file:
        seen = [number for number, row in enumerate(csv.reader(file), start=1) if row[2] == "Gentry"]
    assert seen == [place + 2 for place in wrong]
    with pytest.raises(RecordsError, match=rf"4 rows with a code that is not mapped \(rows {str(seen)[1:-1]}\)"):
        read_records(path, "champions", key=KEY)
