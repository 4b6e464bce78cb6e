"""The real anti-social behaviour incidents of Lancashire, 2022: every row is counted, with or without an area.

The file is not part of the project (police.uk open data, Open Government Licence v3). One row is one incident, so each
counts one. In such files an incident may have no LSOA, though all of these have one: a rule gives it an area of its
own, since a row without an area is refused.
"""

from collections import Counter

import pytest

from lvrn_eval.records import read_records
from lvrn_eval.records.quality import quality_report

KEY = b"a key of sixteen or more bytes"
MONTHLY = [4415, 4087, 5028, 5236, 5174, 4913, 5187, 5672, 4662, 4538, 4034, 3488]
SOURCES = """\
version: 1
data: public
extracted_on: 2022-12-31
observed_from: 2022-01-01
pseudonym_key: KEY
sites: {{lancashire: Lancashire}}
programmes:
  places:
    area_counts:
      files: {file}
      columns:
        area: {{rule: "coalesce(category, 'no_lsoa')"}}
        category: lsoa_code
        period_start: month
        period: {{value: month}}
        measure: {{value: asb}}
        count: {{value: 1}}
      ignore: [longitude, latitude, location]
"""


@pytest.fixture(scope="module")
def sources(pytestconfig, tmp_path_factory):
    file = pytestconfig.rootpath.parent / "shared/data/lancashire_asb_2022/lancashire_asb.tsv.gz"
    if not file.exists():
        pytest.skip("the incidents of 2022 are not beside the project")
    path = tmp_path_factory.mktemp("asb") / "sources.yaml"
    path.write_text(SOURCES.format(file=file), encoding="utf-8")
    return path


def test_the_twelve_monthly_totals(sources):
    counts = read_records(sources, "places", key=KEY).tables["area_counts"].to_arrow()
    months = Counter()
    for day, count in zip(counts.column("period_start").to_pylist(), counts.column("count").to_pylist(), strict=True):
        months[day.month] += count
    assert [months[month] for month in range(1, 13)] == MONTHLY


def test_every_row_is_kept(sources):
    report = quality_report(sources, "places", key=KEY)
    assert report.faults == ()
    assert {(column.rows, column.kept) for column in report.columns} == {(56_434, 56_434)}


FEW = """\
month\tlongitude\tlatitude\tlocation\tlsoa_code
2022-01-01\t-2.5\t53.7\tOn or near a close\tE01012607
2022-01-01\t\t\tNo Location\t
2022-02-01\t\t\tNo Location\t
"""


def few(folder, rule):
    (folder / "few.tsv").write_text(FEW, encoding="utf-8")
    text = SOURCES.format(file="few.tsv")
    if not rule:
        text = text.replace("""{rule: "coalesce(category, 'no_lsoa')"}""", "lsoa_code")
        text = text.replace("        category: lsoa_code\n", "")
    (folder / "sources.yaml").write_text(text, encoding="utf-8")
    return folder / "sources.yaml"


def test_an_incident_without_an_area_gets_one_of_its_own(tmp_path):
    path = few(tmp_path, rule=True)
    areas = read_records(path, "places", key=KEY).tables["area_counts"].to_arrow().column("area").to_pylist()
    assert Counter(areas) == {"E01012607": 1, "no_lsoa": 2}
    of_column = {column.column: column for column in quality_report(path, "places", key=KEY).columns}
    assert (of_column["area"].kept, of_column["area"].missing) == (3, 0)
    assert (of_column["category"].kept, of_column["category"].missing) == (1, 2)


def test_without_the_rule_it_is_refused_and_told(tmp_path):
    (fault,) = quality_report(few(tmp_path, rule=False), "places", key=KEY).errors
    assert (fault.column, fault.rule, fault.rows, fault.first_rows) == ("area", "missing", 2, (3, 4))
