"""The districts as people write them: every one is known, nothing else is, and the staging step reads them alike."""

import pytest
from records_examples import KEY, rows
from sqlglot import exp, select

from lvrn_eval.engine import DuckDBEngine, build, literal, quoted
from lvrn_eval.errors import RecordsError
from lvrn_eval.records import read_records
from lvrn_eval.records.districts import NAMES, as_district, district_slug, spellings
from lvrn_eval.records.tables import DISTRICTS

WRITTEN = {
    "Blackburn with Darwen": "blackburn_with_darwen",
    "BLACKBURN WITH DARWEN": "blackburn_with_darwen",
    "Blackburn-with-Darwen Borough Council": "blackburn_with_darwen",
    "Blackburn & Darwen": "blackburn_with_darwen",
    "Blackburn&Darwen": "blackburn_with_darwen",
    "Blackburn and Darwen": "blackburn_with_darwen",
    "Blackburn w/ Darwen": "blackburn_with_darwen",
    "BwD": "blackburn_with_darwen",
    "blackburn_with_darwen": "blackburn_with_darwen",
    "Blackpool": "blackpool",
    "B'pool": "blackpool",
    "B’pool": "blackpool",
    "Blackpool Council": "blackpool",
    "Blackpool Unitary Authority": "blackpool",
    "Borough of Burnley": "burnley",
    "Burnley Borough Council": "burnley",
    "Chorley": "chorley",
    "Fylde Council": "fylde",
    "Hyndburn": "hyndburn",
    "Hyndburn (Accrington)": "hyndburn",
    "City of Lancaster": "lancaster",
    "Lancaster City Council": "lancaster",
    "  pendle  ": "pendle",
    "Preston (district)": "preston",
    "Ribble-Valley": "ribble_valley",
    "Ribble  Valley\u00a0Borough": "ribble_valley",
    "Rossendale Borough": "rossendale",
    "S Ribble": "south_ribble",
    "S. Ribble": "south_ribble",
    "SOUTH RIBBLE BOROUGH COUNCIL": "south_ribble",
    "West Lancs": "west_lancashire",
    "West Lancs.": "west_lancashire",
    "W. Lancashire": "west_lancashire",
    "Wyre": "wyre",
}
NOT_ONE = [
    "", " ", "Blackburn", "Darwen", "Accrington", "Morecambe", "Lancaster & Morecambe", "Lancashire", "Lancashire-14",
    "East Lancashire", "Ribble", "Wyre Forest", "Fylde Coast", "Pendle Hill", "Preston North End", "Burnley, Pendle",
    "Burnley and Pendle", "Preston CC", "Burnly", "Blackpool South", "West Lancashire and South Ribble", "not_recorded",
    "outside_lancashire", "Council", "City of", "Rossendale Valley", "trust_a", "E07000117",
]  # fmt: skip


@pytest.mark.parametrize(("text", "slug"), WRITTEN.items())
def test_a_name_as_people_write_it(text: str, slug: str) -> None:
    assert district_slug(text) == slug


@pytest.mark.parametrize("text", NOT_ONE)
def test_nothing_is_guessed(text: str) -> None:
    assert district_slug(text) is None


def test_the_fourteen_are_those_of_the_tables() -> None:
    assert len(NAMES) == 14
    assert set(NAMES) == set(DISTRICTS) - {"outside_lancashire", "not_recorded"}
    assert {district_slug(slug) for slug in NAMES} == set(NAMES)


def test_no_spelling_means_two_districts_and_each_is_found() -> None:
    every = [name for names in NAMES.values() for name in names]
    assert len(every) == len(set(every))
    assert {spelling: district_slug(spelling) for spelling in spellings()} == dict(spellings())


def test_the_step_reads_what_the_function_reads() -> None:
    engine = DuckDBEngine()
    texts = [*WRITTEN, *NOT_ONE, *spellings(), *(spelling.title() for spelling in spellings())]
    cells = " union all ".join(f"select {literal(text).sql('duckdb')} as cell" for text in texts)
    made = as_district(quoted("cell"), exp.null()).as_("slug")
    engine.query(f"create table cells as {cells}")
    found = engine.run(build("tests/districts", select("cell", made).from_("c")), tables={"c": engine.table("cells")})
    assert found.to_arrow().to_pylist() == [{"cell": text, "slug": district_slug(text)} for text in texts]


TOP = """\
version: 1
data: synthetic
extracted_on: 2024-03-31
observed_from: 2018-04-01
pseudonym_key: KEY
sites: {north: North End}
programmes:
  streets:
"""
AREAS = """\
    area_counts:
      files: asb.csv
      columns:
        area: Where
        period_start: Month
        period: {value: month}
        measure: {value: asb}
        count: Number
"""
PEOPLE = """\
    people:
      files: people.csv
      columns: {person_id: Ref, district: Home}
"""


def read(folder, tables, **files):
    return read_all(folder, tables, **files).tables


def read_all(folder, tables, **files):
    for name, text in files.items():
        (folder / f"{name}.csv").write_text(text, encoding="utf-8")
    (folder / "sources.yaml").write_text(TOP + tables, encoding="utf-8")
    return read_records(folder / "sources.yaml", "streets", key=KEY)


@pytest.mark.parametrize(
    ("areas", "mapped", "named"),
    [
        (["B'pool", "West Lancs"], "Where", True),
        (["B'pool", "Ward 7"], "Where", False),
        (["Ward 7"], "{from: Where, codes: {Ward 7: ward_7}}", True),
    ],
)
def test_areas_are_named_by_codes_or_as_districts(tmp_path, areas, mapped, named) -> None:
    asb = "Where,Month,Number\n" + "".join(f"{area},2023-01-01,12\n" for area in areas)
    tables = AREAS.replace("area: Where", f"area: {mapped}")
    found = read_all(tmp_path, tables, asb=asb).vocabulary
    assert ("area" in found["area_counts"]) == named
    assert "measure" in found["area_counts"]


def test_areas_that_are_no_district_stay_as_they_are_written(tmp_path) -> None:
    areas = ["B'pool", "Blackburn", "West Lancs", "Ward 7"]
    asb = "Where,Month,Number\n" + "".join(f"{area},2023-01-01,12\n" for area in areas)
    found = read(tmp_path, AREAS, asb=asb)["area_counts"]
    assert [row["area"] for row in rows(found)] == ["blackpool", "Blackburn", "west_lancashire", "Ward 7"]


def test_what_codes_say_is_not_gone_behind(tmp_path) -> None:
    coded = AREAS.replace("area: Where", "area: {from: Where, codes: {Wyre: our_wyre}}")
    found = read(tmp_path, coded, asb="Where,Month,Number\nWyre,2023-01-01,12\n")["area_counts"]
    assert [row["area"] for row in rows(found)] == ["our_wyre"]


def test_home_districts_as_people_write_them(tmp_path) -> None:
    homes = ["Preston City Council", "preston", "OUTSIDE_LANCASHIRE", "S. Ribble", ""]
    people = "Ref,Home\n" + "".join(f"p{number},{home}\n" for number, home in enumerate(homes))
    found = read(tmp_path, PEOPLE, people=people)["people"]
    assert [row["district"] for row in rows(found)] == [
        "preston", "preston", "outside_lancashire", "south_ribble", None,
    ]  # fmt: skip


def test_a_town_is_an_unknown_code(tmp_path) -> None:
    with pytest.raises(RecordsError) as refused:
        read(tmp_path, PEOPLE, people="Ref,Home\np1,Blackburn\np2,Wyre\n")
    assert str(refused.value) == (
        "the records of streets cannot be used: 1 fault\n"
        "  streets.people.district (people.csv): 1 row with a code that is not mapped (row 2)\n"
        "      → add the code to `codes:` of streets.people.district, or correct the rows"
    )
