"""People under two ids: what is told, what is not, and what cannot be looked for."""

import pytest
from records_quality_examples import TABLES, report

from lvrn_eval.records import duplicates

CONTACTS = "No,Ref,Club,Day,Who,Came,Mins\n"
LOOK = "look at both rows; if they are one person, give all of the person's rows one id. They are not merged"


def people(*rows):
    return "Ref,Born,Sex,Area\n" + "".join(f"{row}\n" for row in rows)


SAME = people("A,2008-02-14,male,burnley", "B,2009-03-15,female,preston", "C,2008-02-14,male,burnley")


def contacts(*rows):
    return CONTACTS + "".join(f"{n},{row},mentor,yes,\n" for n, row in enumerate(rows))


def told(folder, people=SAME, contacts=None, tables=("people", "contacts"), **files):
    given = {"people": people, **files, **({"contacts": contacts} if contacts else {})}
    found = report(folder, list(tables), **given)
    assert not found.errors
    return found


ONE_DAY = contacts("A,north,2023-02-21", "C,north,2023-02-21", "B,north,2023-02-21")


def test_two_ids_that_agree_and_share_a_day_are_told_with_their_rows(tmp_path):
    (fault,) = told(tmp_path, contacts=ONE_DAY).faults
    assert (fault.severity, fault.rule, fault.rows, fault.first_rows) == ("warning", "same_person", 1, (2, 4))
    assert str(fault.fault) == (
        f"streets.people.person_id (people.csv): 1 pair of ids that may be one person's (rows 2 and 4)\n    → {LOOK}"
    )


@pytest.mark.parametrize(
    ("kind", "rows", "met"),
    [
        ("another day of birth", ["A,2008-02-14,male,burnley", "C,2008-02-15,male,burnley"], None),
        ("another sex", ["A,2008-02-14,male,burnley", "C,2008-02-14,female,burnley"], None),
        ("another district", ["A,2008-02-14,male,burnley", "C,2008-02-14,male,preston"], None),
        ("no date of birth", ["A,,male,burnley", "C,,male,burnley"], None),
        ("no sex", ["A,2008-02-14,,burnley", "C,2008-02-14,,burnley"], None),
        ("a sex not recorded", ["A,2008-02-14,not_recorded,burnley", "C,2008-02-14,not_recorded,burnley"], None),
        ("another site", ["A,2008-02-14,male,burnley", "C,2008-02-14,male,burnley"], "C,south,2023-02-21"),
        ("another day", ["A,2008-02-14,male,burnley", "C,2008-02-14,male,burnley"], "C,north,2023-02-22"),
    ],
)
def test_people_who_differ_or_never_meet_are_not_told(tmp_path, kind, rows, met):
    met_on = contacts("A,north,2023-02-21", met or "C,north,2023-02-21")
    assert told(tmp_path, people(*rows), met_on).faults == (), kind


def test_a_district_that_nobody_wrote_down_agrees_with_itself(tmp_path):
    rows = people("A,2008-02-14,male,", "C,2008-02-14,male,")
    assert [fault.rows for fault in told(tmp_path, rows, ONE_DAY.replace("2,B", "2,A")).faults] == [1]


@pytest.mark.parametrize(
    ("table", "content"),
    [
        ("events", "No,Ref,Day,Sort,Knife\n1,A,2022-11-27,suspect,\n2,C,2022-11-27,suspect,\n"),
        ("custody", "Ref,In,Out\nA,2022-12-24,2022-12-26\nC,2022-12-24,\n"),
        ("referrals", "No,Ref,Club,Made,By\n1,A,north,2023-01-17,police\n2,C,north,2023-01-17,health\n"),
        (
            "scores",
            "Ref,Form,By,Day,When,Age,Total,Q1,Q2\n" + "".join(f"{i},sdq,self,2023-03-01,pre,,,,\n" for i in "AC"),
        ),
    ],
)
def test_every_table_with_days_is_looked_at(tmp_path, table, content):
    tables = ["people", table]
    sources = "".join(TABLES[name][0] for name in tables)
    if table == "scores":
        sources = sources.replace("informant: By", "informant: By, site: Club")
        content = content.replace("By,", "By,Club,").replace("self,", "self,north,")
    found = report(tmp_path, tables, sources, people=SAME, **{table: content})
    assert [(fault.rule, fault.first_rows) for fault in found.faults] == [("same_person", (2, 4))]


def test_an_event_of_another_kind_is_no_evidence(tmp_path):
    events = "No,Ref,Day,Sort,Knife\n1,A,2022-11-27,suspect,\n2,C,2022-11-27,victim,\n"
    assert told(tmp_path, tables=("people", "events"), events=events).faults == ()


def test_three_ids_of_one_person_are_three_pairs_and_days_shared_twice_count_once(tmp_path):
    rows = people(*(f"{name},2008-02-14,male,burnley" for name in "ABC"))
    days = contacts(*(f"{name},north,2023-02-{day}" for name in "ABC" for day in (21, 22)))
    (fault,) = told(tmp_path, rows, days).faults
    assert fault.what == "3 pairs of ids that may be one person's (rows 2 and 3, 2 and 4, 3 and 4)"


def test_the_first_ten_pairs_of_many_are_listed(tmp_path):
    rows = people(*(f"{number},2008-02-14,male,burnley" for number in range(6)))
    days = contacts(*(f"{number},north,2023-02-21" for number in range(6)))
    (fault,) = told(tmp_path, rows, days).faults
    assert (fault.rows, len(fault.first_rows)) == (15, 20)
    assert fault.what.endswith("3 and 7, 4 and 5, and 5 more pairs)")


def test_pairs_in_two_files_name_both(tmp_path):
    sources = "".join(TABLES[name][0] for name in ("people", "contacts")).replace("people.csv", "people*.csv")
    (tmp_path / "people_b.csv").write_text(people("C,2008-02-14,male,burnley"))
    first = people("A,2008-02-14,male,burnley", "B,2009-03-15,female,preston")
    (fault,) = report(tmp_path, ["people", "contacts"], sources, people=first, contacts=ONE_DAY).faults
    assert str(fault.fault) == (
        "streets.people.person_id (people.csv and people_b.csv): 1 pair of ids that may be one person's (rows 2 and 2)"
        f"\n    → {LOOK}"
    )


WITHOUT_SEX = TABLES["people"][0].replace(", sex: Sex", "") + "      ignore: [Sex]\n"


@pytest.mark.parametrize(
    ("tables", "sources", "files", "why"),
    [
        (
            ["people", "contacts"],
            WITHOUT_SEX + TABLES["contacts"][0],
            {},
            "that needs birth_month and sex of the people",
        ),
        (["people"], None, {}, "that needs something recorded on days"),
        (["people", "contacts"], None, {"people": b""}, "the people are not read, or not wholly"),
    ],
)
def test_what_cannot_be_looked_for_is_said(tmp_path, tables, sources, files, why):
    assert report(tmp_path, tables, sources, **files).notes == (f"people with two ids were not looked for: {why}",)


def test_nothing_is_said_of_a_programme_without_people(tmp_path):
    assert report(tmp_path, ["outputs"]).notes == ()


def test_where_many_agree_that_tells_nobody_apart(tmp_path, monkeypatch):
    monkeypatch.setattr(duplicates, "MOST_ALIKE", 1)
    found = told(tmp_path, contacts=ONE_DAY)
    assert found.faults == ()
    (note,) = found.notes
    assert note == (
        "people with two ids were not looked for: 2 people have the date of birth, sex, ethnicity and district of "
        "another, so these do not tell who is who"
    )


def test_a_date_of_birth_that_stands_for_none_makes_no_pairs(tmp_path):
    placeholders = [f"{number},1900-01-01,male,burnley" for number in range(21)]
    rows = people("A,2008-02-14,male,burnley", "C,2008-02-14,male,burnley", *placeholders)
    days = contacts(*(f"{name},north,2005-02-21" for name in [*range(21)]), "A,north,2023-02-21", "C,north,2023-02-21")
    found = told(tmp_path, rows, days)
    assert [(fault.rule, fault.first_rows) for fault in found.faults] == [("same_person", (2, 3))]
    (note,) = found.notes
    assert note == (
        "people with two ids were not looked for: 21 people agree with more than 19 others; does a date of birth stand "
        "for none?"
    )


def test_the_day_of_birth_is_not_kept(tmp_path):
    from records_quality_examples import KEY, write

    from lvrn_eval.records import read_records

    records = read_records(write(tmp_path, ["people", "contacts"], people=SAME, contacts=ONE_DAY), "streets", key=KEY)
    assert {day.day for day in records.people.to_arrow().column("birth_month").to_pylist()} == {1}
    assert not [name for name in records.people.columns if ":" in name]
    assert [fault.rule for fault in records.warnings] == ["same_person"]
