"""`sources.yaml`: what a good one says, and one broken one for every rule, each fault where it stands."""

import contextlib
import datetime as dt
import re
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from records_examples import SOURCES

from lvrn_eval.errors import RecordsError
from lvrn_eval.records import load_sources
from lvrn_eval.records.readers import Reading
from lvrn_eval.records.tables import DISTRICTS

ROOT = Path(__file__).parents[2]

SMALL = """\
version: 1
data: synthetic
extracted_on: 2024-03-31
observed_from: 2018-04-01
pseudonym_key: KEY
sites: {north: North End, south: South End}
programmes:
  champions:
    people:
      files: people.csv
      columns:
        person_id: Ref
        birth_month: Born
        sex: {from: Gender, codes: {M: male}}
        district: Area
    events:
      files: [a.csv, b/*.csv]
      columns:
        event_id: Number
        person_id: Ref
        "on": Day
        kind: Kind
        knife: {from: Knife, codes: {J: true}}
"""

RULE_LANGUAGE = (
    "use columns, values, comparisons, and/or/not, between, in, is null, + - * /, case, coalesce, least, greatest, and "
    "dates plus or minus an interval"
)
OF_CONTACTS = "known: contact_id, person_id, site, on, role, staff_id, attended, minutes, onward_referral"
PIECES = st.sampled_from(
    ["", " ", "\n", "\t", ":", ": ", "- ", "[", "]", "{", "}", "'", '"', "#", "&a", "*a", "!", "|", "?", "---", "\x00",
     "~", "true", "4.1", "<<: ", "é", ","],
)  # fmt: skip


def load(folder, text):
    path = folder / "sources.yaml"
    path.write_bytes(text.encode())
    return load_sources(path)


def refused(folder, text):
    with pytest.raises(RecordsError) as error:
        load(folder, text)
    return str(error.value)


def test_what_a_good_one_says(tmp_path):
    sources = load(tmp_path, SMALL)
    assert sources.folder == tmp_path
    assert (sources.data, sources.pseudonym_key) == ("synthetic", "KEY")
    assert (sources.extracted_on, sources.observed_from) == (dt.date(2024, 3, 31), dt.date(2018, 4, 1))
    assert dict(sources.sites["champions"]) == {"north": "North End", "south": "South End"}
    people, events = sources.programmes["champions"]
    assert (people.place, people.files, events.files) == ("champions.people", ("people.csv",), ("a.csv", "b/*.csv"))
    assert (people.reading, people.dates) == (Reading(), ())
    assert (people.missing, people.ignore) == (("",), ())
    assert [(c.name, c.origin, dict(c.codes)) for c in people.columns] == [
        ("person_id", "Ref", {}),
        ("birth_month", "Born", {}),
        ("sex", "Gender", {"M": "male"}),
        ("district", "Area", {}),
    ]
    assert people.columns[3].known == DISTRICTS
    assert dict(events.columns[4].codes) == {"J": True}


def test_people_come_first_whatever_their_place(tmp_path):
    head, _, rest = SMALL.partition("    people:\n")
    people, events = rest.split("    events:\n")
    text = f"{head}    events:\n{events}    people:\n{people}"
    assert [table.table for table in load(tmp_path, text).programmes["champions"]] == ["people", "events"]


def test_the_projects_own_template_is_good():
    sources = load_sources(ROOT / "sources.yaml")
    assert len(sources.sites["champions"]) == 9
    assert [table.table for table in sources.programmes["champions"]] == [
        "people", "referrals", "contacts", "events", "custody",
    ]  # fmt: skip


def test_nothing_in_it_can_be_changed(tmp_path):
    sources = load(tmp_path, SMALL)
    with pytest.raises(TypeError):
        sources.sites["west"] = "West"
    with pytest.raises(TypeError):
        sources.programmes["champions"][0].columns[2].codes["F"] = "female"


# (old, new): the text is changed so; the faults as (line, column, what is marked, what, fix), each with its line shown
BROKEN = {
    "a top-level key misspelt": (
        "extracted_on:", "extracted:",
        [(1, 1, "v", "the key 'extracted_on' is missing here", ""),
         (3, 1, "extracted", "the key 'extracted' is not known here", "did you mean 'extracted_on'?")],
    ),
    "another version": ("version: 1", "version: 2", [(1, 10, "2", "this program reads version 1 of this file", "")]),
    "an unknown kind of data": (
        "data: synthetic", "data: sythetic",
        [(2, 7, "sythetic", "`data` must be one of personal, synthetic, reconstructed, public",
          "did you mean 'synthetic'?")],
    ),
    "a day in words": (
        "2024-03-31", "last March",
        [(3, 15, "last March", "`extracted_on` must be a day, as 2024-03-31", "")],
    ),
    "a day and a time": (
        "2024-03-31", "2024-03-31 10:00:00",
        [(3, 15, "2024-03-31 10:00:00", "`extracted_on` must be a day, as 2024-03-31", "")],
    ),
    "a day that does not exist": (
        "2024-03-31", "2024-02-30",
        [(3, 15, "2024-02-30", "there is no day 2024-02-30", "check the month and the day")],
    ),
    "observed before it was extracted": (
        "2018-04-01", "2024-03-31",
        [(4, 16, "2024-03-31", "`observed_from` must be before `extracted_on`", "")],
    ),
    "the name of the key is no text": ("pseudonym_key: KEY", "pseudonym_key: 5",
                                       [(5, 16, "5", "`pseudonym_key` must be a text", "")]),
    "the name of the key is empty": ("pseudonym_key: KEY", "pseudonym_key: ''",
                                     [(5, 16, "''", "`pseudonym_key` must be a text", "")]),
    "no sites": (" {north: North End, south: South End}", "", [(6, 1, "sites", "`sites` must name at least one", "")]),
    "sites in a list": (
        "{north: North End, south: South End}", "[north, south]",
        [(6, 8, "[", "this must be a mapping of `key: value` lines", ""),
         (6, 1, "sites", "`sites` must name at least one", "")],
    ),
    "a site without a name": (
        "north: North End", "north: ",
        [(6, 9, "north", "the name of 'north' must be a text", "")],
    ),
    "a site with a list for a name": (
        "north: North End", "north: [North]",
        [(6, 16, "[", "the name of 'north' must be a text", "")],
    ),
    "a table that there is not": (
        "    events:\n", "    evnts:\n",
        [(16, 5, "evnts", "the key 'evnts' is not known here", "did you mean 'events'?")],
    ),
    "no people": (
        "    people:\n", "    contacts:\n",
        [(8, 3, "champions", "`contacts` is about people, but the key 'people' is missing here",
          "map the people, so that every row can be checked against them"),
         *((11, 7, "columns", f"the key {key!r} is missing here", "")
           for key in ("contact_id", "site", "on", "role", "attended")),
         *((13 + place, 9, key, f"the key {key!r} is not known here", fix)
           for place, (key, fix) in enumerate({
               "birth_month": OF_CONTACTS,
               "sex": OF_CONTACTS,
               "district": OF_CONTACTS,
           }.items()))],
    ),
    "a table without files": (
        "      files: people.csv\n", "",
        [(9, 5, "people", "the key 'files' is missing here", "or say `database:` and `sql_table:`")],
    ),
    "no files": ("files: people.csv", "files: []", [(10, 14, "[", "`files` must name at least one file", "")]),
    "an empty name of a file": ("files: people.csv", "files: ''",
                                [(10, 14, "''", "`files` must name at least one file", "")]),
    "files that are no text": ("[a.csv, b/*.csv]", "[a.csv, 5]",
                               [(17, 14, "[", "this must be a text, or a list of texts", "")]),
    "a table's key misspelt": (
        "files: people.csv", "files: people.csv\n      delimter: ';'",
        [(11, 7, "delimter", "the key 'delimter' is not known here", "did you mean 'delimiter'?")],
    ),
    "files and a database": (
        "files: people.csv", "files: people.csv\n      database: DB_URL\n      sql_table: clients",
        [(11, 7, "database", "name `files:` or `database:`, not both", "")],
    ),
    "a database without a table": (
        "files: people.csv", "database: DB_URL",
        [(10, 7, "database", "`database` needs `sql_table:`, the table or view to read", "")],
    ),
    "a database's address": (
        "files: people.csv", "database: postgresql://me:secret@there/db\n      sql_table: clients",
        [(9, 5, "people",
          "`database` is the NAME of an environment variable that holds the URL, never the URL itself", "")],
    ),
    "a header row before the first": (
        "files: people.csv", "files: people.csv\n      header_row: 0",
        [(11, 19, "0", "`header_row` is the number of the row that names the columns, counted from 1", "")],
    ),
    "a header row that is no number": (
        "files: people.csv", "files: people.csv\n      header_row: true",
        [(11, 19, "true", "`header_row` is the number of the row that names the columns, counted from 1", "")],
    ),
    "labels that are neither": (
        "files: people.csv", "files: people.csv\n      labels: label",
        [(11, 15, "label", "`labels` must be one of values, labels", "did you mean 'labels'?")],
    ),
    "a list of no blocks": (
        "    events:\n      files: [a", "    contacts: []\n    events:\n      files: [a",
        [(16, 5, "contacts", "`contacts` must have at least one block", "")],
    ),
    "a value that is a list": (
        "sex: {from: Gender, codes: {M: male}}", "sex: {value: [male]}",
        [(14, 22, "[", "`value` is one text, number, day or yes/no", "")],
    ),
    "a value of an identifier": (
        "person_id: Ref", "person_id: {value: A1}",
        [(12, 9, "person_id", "person_id tells rows apart, so it cannot be one value", "")],
    ),
    "a value that is no code": (
        "sex: {from: Gender, codes: {M: male}}", "sex: {value: mal}",
        [(14, 22, "mal", "sex has no code 'mal'", "did you mean 'male'?")],
    ),
    "a value that is no day": (
        "birth_month: Born", "birth_month: {value: soon}",
        [(13, 30, "soon", "birth_month is a day, as 2024-03-31", "")],
    ),
    "a blank value": (
        "district: Area", "district: {value: ' '}",
        [(15, 27, "' '", "`value` is one text, number, day or yes/no", "")],
    ),
    "a value that is neither yes nor no": (
        "knife: {from: Knife, codes: {J: true}}", "knife: {value: perhaps}",
        [(23, 24, "perhaps", "knife is true or false", "")],
    ),
    "a rule about a column that is not mapped": (
        "sex: {from: Gender, codes: {M: male}}", "sex: {rule: ethnicity}",
        [(14, 21, "ethnicity", "there is no column or parameter 'ethnicity'", "known: birth_month, district")],
    ),
    "a rule that says yes or no of a code": (
        "sex: {from: Gender, codes: {M: male}}", "sex: {rule: district = 'burnley'}",
        [(14, 21, "district = 'burnley'", "this rule must say a value of sex, not yes or no", "")],
    ),
    "a rule that makes an identifier": (
        "person_id: Ref", "person_id: {rule: district}",
        [(12, 9, "person_id", "person_id is an identifier, which no rule can make", "")],
    ),
    "a rule that runs": (
        "sex: {from: Gender, codes: {M: male}}", "sex: {rule: getenv('HOME')}",
        [(14, 21, "getenv('HOME')", "the function getenv() is not allowed in a rule",
          RULE_LANGUAGE)],
    ),
    "two delimiters": (
        "files: people.csv", "files: people.csv\n      delimiter: ', '",
        [(11, 18, "', '", '`delimiter` is one character, such as "," or ";", or the word tab', "")],
    ),
    "a quotation mark as delimiter": (
        "files: people.csv", "files: people.csv\n      delimiter: '\"'",
        [(11, 18, '\'"\'', '`delimiter` is one character, such as "," or ";", or the word tab', "")],
    ),
    "a line end as delimiter": (
        "files: people.csv", 'files: people.csv\n      delimiter: "\\n"',
        [(11, 18, '"\\n"', '`delimiter` is one character, such as "," or ";", or the word tab', "")],
    ),
    "an encoding that there is not": (
        "files: people.csv", "files: people.csv\n      encoding: cp125",
        [(11, 17, "cp125", "there is no encoding 'cp125'", "utf-8, cp1252 and utf-16 are common")],
    ),
    "an encoding that is not of text": (
        "files: people.csv", "files: people.csv\n      encoding: rot13",
        [(11, 17, "rot13", "there is no encoding 'rot13'", "utf-8, cp1252 and utf-16 are common")],
    ),
    "a two-digit year": (
        "files: people.csv", 'files: people.csv\n      dates: "%d/%m/%y"',
        [(11, 14, '"%d/%m/%y"', "a two-digit year (%y) can mean two centuries", "export four-digit years, and use %Y")],
    ),
    "a date without a month": (
        "files: people.csv", 'files: people.csv\n      dates: "%d/%Y"',
        [(11, 14, '"%d/%Y"', "'%d/%Y' does not name a day, a month and a year", "such as %d/%m/%Y or %d-%b-%Y")],
    ),
    "a date in letters": (
        "files: people.csv", "files: people.csv\n      dates: dd/mm/yyyy",
        [(11, 14, "dd/mm/yyyy", "'dd/mm/yyyy' does not name a day, a month and a year",
          "such as %d/%m/%Y or %d-%b-%Y")],
    ),
    "a date with an unknown part": (
        "files: people.csv", 'files: people.csv\n      dates: "%e/%m/%Y"',
        [(11, 14, '"%e/%m/%Y"', "'%e/%m/%Y' has the unknown part '%e'",
          "known: %d, %m, %b, %B, %Y, %H, %I, %M, %S, %p, %a, %A")],
    ),
    "a date with a lone sign": (
        "files: people.csv", 'files: people.csv\n      dates: "%d/%m/%Y%"',
        [(11, 14, '"%d/%m/%Y%"', "'%d/%m/%Y%' has the unknown part '%'",
          "known: %d, %m, %b, %B, %Y, %H, %I, %M, %S, %p, %a, %A")],
    ),
    "an ISO date the other way round": (
        "files: people.csv", 'files: people.csv\n      dates: "%Y-%d-%m"',
        [(11, 14, '"%Y-%d-%m"', "'%Y-%d-%m' looks like an ISO date and means another day", "export ISO dates")],
    ),
    "a number that stands for missing": (
        "files: people.csv", "files: people.csv\n      missing: ['', 0]",
        [(11, 16, "[", "this must be a text, or a list of texts", "")],
    ),
    "no columns": (
        ("      columns:\n        person_id: Ref\n        birth_month: Born\n"
        "        sex: {from: Gender, codes: {M: male}}\n        district: Area\n"), "      columns:\n",
        [(11, 7, "columns", "the key 'person_id' is missing here", "")],
    ),
    "columns in a list": (
        ("      columns:\n        person_id: Ref\n        birth_month: Born\n"
        "        sex: {from: Gender, codes: {M: male}}\n        district: Area\n"), "      columns: [Ref]\n",
        [(11, 16, "[", "this must be a mapping of `key: value` lines", "")],
    ),
    "a required column left out": (
        "        kind: Kind\n", "",
        [(18, 7, "columns", "the key 'kind' is missing here", "")],
    ),
    "a column that there is not": (
        "        district: Area\n", "        distrct: Area\n",
        [(15, 9, "distrct", "the key 'distrct' is not known here", "did you mean 'district'?")],
    ),
    "a column mapped to a number": (
        "        district: Area\n", "        district: 4\n",
        [(15, 19, "4", "name the file's column, or write {from: COLUMN, codes: {…}}", "")],
    ),
    "a column without a from": (
        "{from: Gender, codes: {M: male}}", "{codes: {M: male}}",
        [(14, 9, "sex", "the key 'from' is missing here", "")],
    ),
    "a code that means nothing of ours": (
        "{M: male}", "{M: mail}",
        [(14, 40, "mail", "sex has no code 'mail'", "did you mean 'male'?")],
    ),
    "a code without a meaning": (
        "{M: male}", "{M: }",
        [(14, 37, "M", "sex has no code None", "known: female, male, other, not_recorded")],
    ),
    "codes in a list": (
        "codes: {M: male}", "codes: [M]",
        [(14, 36, "[", "this must be a mapping of `key: value` lines", "")],
    ),
    "two codes alike that differ in meaning": (
        "{M: male}", "{M: male, ' m': female}",
        [(14, 46, "' m'", "this code differs from another only by case or blanks, and means something else", "")],
    ),
    "a truth that is a word": (
        "{J: true}", "{J: 'yes'}",
        [(23, 41, "'yes'", "knife is true or false", "")],
    ),
    "codes for a column of dates": (
        "birth_month: Born", "birth_month: {from: Born, codes: {x: y}}",
        [(13, 43, "x", "birth_month is not a column of codes; map it as it is", "")],
    ),
    "a key twice": (
        "        district: Area\n", "        district: Area\n        district: Town\n",
        [(16, 9, "district", "the key 'district' stands here a second time; the first is on line 15",
          "keep one of them")],
    ),
}  # fmt: skip


def told(folder, text, faults):
    lines = text.splitlines()
    count = f"{len(faults)} fault{'s' * (len(faults) > 1)}"
    made = [f"the list of sources in {folder / 'sources.yaml'} cannot be used: {count}"]
    for line, column, marked, what, fix in sorted(faults, key=lambda fault: fault[:2]):
        assert lines[line - 1][column - 1 :].startswith(marked)
        made += [f"  sources.yaml:{line}:{column}: {what}", f"      {lines[line - 1]}"]
        made += [f"      {' ' * (column - 1)}{'^' * len(marked)}"]
        made += [f"      → {fix}"] * bool(fix)
    return "\n".join(made)


@pytest.mark.parametrize("name", BROKEN)
def test_a_rule_of_the_file_is_kept(tmp_path, name):
    old, new, faults = BROKEN[name]
    assert SMALL.count(old) >= 1
    text = SMALL.replace(old, new, 1)
    assert refused(tmp_path, text) == told(tmp_path, text, faults)


def test_all_faults_of_a_file_at_once_in_the_order_of_its_lines(tmp_path):
    text = (
        SMALL.replace("version: 1", "version: 3")
        .replace("        kind: Kind\n", "")
        .replace("{M: male}", "{M: mail}")
        .replace("files: people.csv", "files: people.csv\n      encoding: none")
    )
    assert refused(tmp_path, text) == told(
        tmp_path,
        text,
        [
            (1, 10, "3", "this program reads version 1 of this file", ""),
            (11, 17, "none", "there is no encoding 'none'", "utf-8, cp1252 and utf-16 are common"),
            (15, 40, "mail", "sex has no code 'mail'", "did you mean 'male'?"),
            (19, 7, "columns", "the key 'kind' is missing here", ""),
        ],
    )


def test_a_list_at_the_top_is_one_fault(tmp_path):
    assert refused(tmp_path, "- version: 1\n") == told(
        tmp_path,
        "- version: 1\n",
        [(1, 1, "-", "this must be a mapping of `key: value` lines", "")],
    )


def test_faults_of_reading_and_of_meaning_are_told_together(tmp_path):
    text = (
        SMALL.replace("version: 1", "version: !!int 3")
        .replace("        district: Area\n", "        district: Area\n        district: Town\n")
        .replace("{M: male}", "{M: mail}")
    )
    assert refused(tmp_path, text) == told(
        tmp_path,
        text,
        [
            # that it is no number is not a second fault
            (1, 10, "!!int 3", "the tag `!!int` is not read here",
             "take it out; only text, numbers and lists are read"),
            (14, 40, "mail", "sex has no code 'mail'", "did you mean 'male'?"),
            (16, 9, "district", "the key 'district' stands here a second time; the first is on line 15",
             "keep one of them"),
        ],
    )  # fmt: skip


def test_what_is_no_yaml_is_told_where_reading_stopped(tmp_path):
    text = SMALL.replace("data: synthetic", "data synthetic")
    assert refused(tmp_path, text) == told(
        tmp_path,
        text,
        [(2, 1, "d", "this line has no colon after its key",
          "write `key: value`, with a space after the colon; text that runs on is indented under its key")],
    )  # fmt: skip


@pytest.mark.parametrize("day", ["20240331", "'20240331'", "2024-W13-7", "2024-3-31", "31/03/2024", "", "[2024-03-31]"])
def test_a_day_is_written_one_way(tmp_path, day):
    told_of = refused(tmp_path, SMALL.replace("2024-03-31", day))
    assert "`extracted_on` must be a day, as 2024-03-31" in told_of
    assert "1 fault" in told_of


def test_a_day_in_quotes_is_the_same_day(tmp_path):
    assert load(tmp_path, SMALL.replace("2024-03-31", "'2024-03-31'")) == load(tmp_path, SMALL)


def test_no_file(tmp_path):
    with pytest.raises(RecordsError) as error:
        load_sources(tmp_path / "source.yaml")
    assert str(error.value) == (
        f"the list of sources in {tmp_path / 'source.yaml'} cannot be used: 1 fault\n"
        "  source.yaml: there is no such file\n"
        "      → check the folder and the name of the file"
    )


@given(start=st.integers(0, len(SMALL)), length=st.integers(0, 40), piece=st.lists(PIECES, max_size=4))
@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_damage_is_either_harmless_or_told(tmp_path, start, length, piece):
    text = SMALL[:start] + "".join(piece) + SMALL[start + length :]
    with contextlib.suppress(RecordsError):
        load(tmp_path, text)
        return
    with pytest.raises(RecordsError) as error:
        load(tmp_path, text)
    assert error.value.faults
    assert all(re.fullmatch(r"sources\.yaml:\d+:\d+", fault.where) and fault.what for fault in error.value.faults)


def test_the_examples_of_these_tests_are_good(tmp_path):
    load(tmp_path, SMALL)
    load(tmp_path, SOURCES)
