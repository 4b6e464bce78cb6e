"""`sources.yaml`: what a good one says, and one broken one for every rule, each fault where it stands."""

import datetime as dt
from pathlib import Path

import pytest
from records_examples import SOURCES

from lvrn_eval.errors import RecordsError
from lvrn_eval.records import load_sources
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


def load(folder, text):
    path = folder / "sources.yaml"
    path.write_text(text, encoding="utf-8")
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
    assert dict(sources.sites) == {"north": "North End", "south": "South End"}
    people, events = sources.programmes["champions"]
    assert (people.place, people.files, events.files) == ("champions.people", ("people.csv",), ("a.csv", "b/*.csv"))
    assert (people.encoding, people.delimiter, people.sheet, people.dates) == ("utf-8", ",", None, ())
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
    assert len(sources.sites) == 9
    assert [table.table for table in sources.programmes["champions"]] == [
        "people", "referrals", "contacts", "events", "custody",
    ]  # fmt: skip


def test_nothing_in_it_can_be_changed(tmp_path):
    sources = load(tmp_path, SMALL)
    with pytest.raises(TypeError):
        sources.sites["west"] = "West"
    with pytest.raises(TypeError):
        sources.programmes["champions"][0].columns[2].codes["F"] = "female"


# (old, new): the text is changed so; the faults as (line, column, what, fix), each with its line shown
BROKEN = {
    "a top-level key misspelt": (
        "extracted_on:", "extracted:",
        [(1, 1, "the key 'extracted_on' is missing here", ""),
         (3, 1, "the key 'extracted' is not known here", "did you mean 'extracted_on'?")],
    ),
    "another version": ("version: 1", "version: 2", [(1, 10, "this program reads version 1 of this file", "")]),
    "an unknown kind of data": (
        "data: synthetic", "data: sythetic",
        [(2, 7, "`data` must be one of personal, synthetic, reconstructed, public", "did you mean 'synthetic'?")],
    ),
    "a day in words": (
        "2024-03-31", "last March",
        [(3, 15, "`extracted_on` must be a day, as 2024-03-31", "")],
    ),
    "a day and a time": (
        "2024-03-31", "2024-03-31 10:00:00",
        [(3, 15, "this value cannot be read as a number, a day, true or false",
          "put it in quotation marks if it is text")],
    ),
    "a day that does not exist": (
        "2024-03-31", "2024-02-30",
        [(3, 15, "this value cannot be read as a number, a day, true or false",
          "put it in quotation marks if it is text")],
    ),
    "observed before it was extracted": (
        "2018-04-01", "2024-03-31",
        [(4, 16, "`observed_from` must be before `extracted_on`", "")],
    ),
    "the name of the key is no text": ("pseudonym_key: KEY", "pseudonym_key: 5",
                                       [(5, 16, "`pseudonym_key` must be a text", "")]),
    "the name of the key is empty": ("pseudonym_key: KEY", "pseudonym_key: ''",
                                     [(5, 16, "`pseudonym_key` must be a text", "")]),
    "no sites": ("{north: North End, south: South End}", "", [(6, 1, "`sites` must name at least one", "")]),
    "sites in a list": (
        "{north: North End, south: South End}", "[north, south]",
        [(6, 8, "this must be a mapping of `key: value` lines", ""), (6, 1, "`sites` must name at least one", "")],
    ),
    "a site without a name": (
        "north: North End", "north: ",
        [(6, 15, "the name of 'north' must be a text", "")],
    ),
    "a site with a list for a name": (
        "north: North End", "north: [North]",
        [(6, 16, "the name of 'north' must be a text", "")],
    ),
    "a table that there is not": (
        "    events:\n", "    evnts:\n",
        [(16, 5, "the key 'evnts' is not known here", "did you mean 'events'?")],
    ),
    "no people": (
        "    people:\n", "    contacts:\n",
        [(8, 3, "the key 'people' is missing here", ""),
         *((11, 7, f"the key {key!r} is missing here", "")
           for key in ("contact_id", "site", "on", "role", "attended")),
         *((13 + place, 9, f"the key {key!r} is not known here", fix)
           for place, (key, fix) in enumerate({
               "birth_month": "known: contact_id, person_id, site, on, role, staff_id, attended, minutes",
               "sex": "known: contact_id, person_id, site, on, role, staff_id, attended, minutes",
               "district": "known: contact_id, person_id, site, on, role, staff_id, attended, minutes",
           }.items()))],
    ),
    "a table without files": (
        "      files: people.csv\n", "",
        [(9, 5, "the key 'files' is missing here", "")],
    ),
    "no files": ("files: people.csv", "files: []", [(10, 14, "`files` must name at least one file", "")]),
    "an empty name of a file": ("files: people.csv", "files: ''",
                                [(10, 14, "`files` must name at least one file", "")]),
    "files that are no text": ("[a.csv, b/*.csv]", "[a.csv, 5]",
                               [(17, 14, "this must be a text, or a list of texts", "")]),
    "a table's key misspelt": (
        "files: people.csv", "files: people.csv\n      delimter: ';'",
        [(11, 7, "the key 'delimter' is not known here", "did you mean 'delimiter'?")],
    ),
    "two delimiters": (
        "files: people.csv", "files: people.csv\n      delimiter: ', '",
        [(11, 18, '`delimiter` is one character, such as "," or ";"', "")],
    ),
    "a quotation mark as delimiter": (
        "files: people.csv", "files: people.csv\n      delimiter: '\"'",
        [(11, 18, '`delimiter` is one character, such as "," or ";"', "")],
    ),
    "a line end as delimiter": (
        "files: people.csv", 'files: people.csv\n      delimiter: "\\n"',
        [(11, 18, '`delimiter` is one character, such as "," or ";"', "")],
    ),
    "an encoding that there is not": (
        "files: people.csv", "files: people.csv\n      encoding: cp125",
        [(11, 17, "there is no encoding 'cp125'", "utf-8, cp1252 and utf-16 are common")],
    ),
    "an encoding that is not of text": (
        "files: people.csv", "files: people.csv\n      encoding: rot13",
        [(11, 17, "there is no encoding 'rot13'", "utf-8, cp1252 and utf-16 are common")],
    ),
    "a two-digit year": (
        "files: people.csv", 'files: people.csv\n      dates: "%d/%m/%y"',
        [(11, 14, "a two-digit year (%y) can mean two centuries", "export four-digit years, and use %Y")],
    ),
    "a date without a month": (
        "files: people.csv", 'files: people.csv\n      dates: "%d/%Y"',
        [(11, 14, "'%d/%Y' does not name a day, a month and a year", "such as %d/%m/%Y or %d-%b-%Y")],
    ),
    "a date in letters": (
        "files: people.csv", "files: people.csv\n      dates: dd/mm/yyyy",
        [(11, 14, "'dd/mm/yyyy' does not name a day, a month and a year", "such as %d/%m/%Y or %d-%b-%Y")],
    ),
    "a date with an unknown part": (
        "files: people.csv", 'files: people.csv\n      dates: "%e/%m/%Y"',
        [(11, 14, "'%e/%m/%Y' has the unknown part '%e'", "known: %d, %m, %b, %B, %Y, %H, %I, %M, %S, %p, %a, %A")],
    ),
    "a date with a lone sign": (
        "files: people.csv", 'files: people.csv\n      dates: "%d/%m/%Y%"',
        [(11, 14, "'%d/%m/%Y%' has the unknown part '%'", "known: %d, %m, %b, %B, %Y, %H, %I, %M, %S, %p, %a, %A")],
    ),
    "an ISO date the other way round": (
        "files: people.csv", 'files: people.csv\n      dates: "%Y-%d-%m"',
        [(11, 14, "'%Y-%d-%m' looks like an ISO date and means another day", "export ISO dates")],
    ),
    "a number that stands for missing": (
        "files: people.csv", "files: people.csv\n      missing: ['', 0]",
        [(11, 16, "this must be a text, or a list of texts", "")],
    ),
    "no columns": (
        ("      columns:\n        person_id: Ref\n        birth_month: Born\n"
        "        sex: {from: Gender, codes: {M: male}}\n        district: Area\n"), "      columns:\n",
        [(11, 7, "the key 'person_id' is missing here", "")],
    ),
    "columns in a list": (
        ("      columns:\n        person_id: Ref\n        birth_month: Born\n"
        "        sex: {from: Gender, codes: {M: male}}\n        district: Area\n"), "      columns: [Ref]\n",
        [(11, 16, "this must be a mapping of `key: value` lines", "")],
    ),
    "a required column left out": (
        "        kind: Kind\n", "",
        [(18, 7, "the key 'kind' is missing here", "")],
    ),
    "a column that there is not": (
        "        district: Area\n", "        distrct: Area\n",
        [(15, 9, "the key 'distrct' is not known here", "did you mean 'district'?")],
    ),
    "a column mapped to a number": (
        "        district: Area\n", "        district: 4\n",
        [(15, 19, "name the file's column, or write {from: COLUMN, codes: {…}}", "")],
    ),
    "a column without a from": (
        "{from: Gender, codes: {M: male}}", "{codes: {M: male}}",
        [(14, 9, "the key 'from' is missing here", "")],
    ),
    "a code that means nothing of ours": (
        "{M: male}", "{M: mail}",
        [(14, 40, "sex has no code 'mail'", "did you mean 'male'?")],
    ),
    "a code without a meaning": (
        "{M: male}", "{M: }",
        [(14, 39, "sex has no code None", "known: female, male, other, not_recorded")],
    ),
    "codes in a list": (
        "codes: {M: male}", "codes: [M]",
        [(14, 36, "this must be a mapping of `key: value` lines", "")],
    ),
    "two codes alike that differ in meaning": (
        "{M: male}", "{M: male, ' m': female}",
        [(14, 46, "this code differs from another only by case or blanks, and means something else", "")],
    ),
    "a truth that is a word": (
        "{J: true}", "{J: 'yes'}",
        [(23, 41, "knife is true or false", "")],
    ),
    "codes for a column of dates": (
        "birth_month: Born", "birth_month: {from: Born, codes: {x: y}}",
        [(13, 43, "birth_month is not a column of codes; map it as it is", "")],
    ),
    "a key twice": (
        "        district: Area\n", "        district: Area\n        district: Town\n",
        [(16, 9, "the key 'district' stands here a second time", "keep one of them")],
    ),
}  # fmt: skip


def told(text, faults):
    lines = text.splitlines()
    made = [f"sources.yaml cannot be used: {len(faults)} fault{'s' * (len(faults) > 1)}"]
    for line, column, what, fix in sorted(faults, key=lambda fault: fault[:2]):
        made += [f"  sources.yaml:{line}:{column}: {what}", f"      {lines[line - 1]}", f"      {' ' * (column - 1)}^"]
        made += [f"      → {fix}"] * bool(fix)
    return "\n".join(made)


@pytest.mark.parametrize("name", BROKEN)
def test_a_rule_of_the_file_is_kept(tmp_path, name):
    old, new, faults = BROKEN[name]
    assert SMALL.count(old) >= 1
    text = SMALL.replace(old, new, 1)
    assert refused(tmp_path, text) == told(text, faults)


def test_all_faults_of_a_file_at_once_in_the_order_of_its_lines(tmp_path):
    text = (
        SMALL.replace("version: 1", "version: 3")
        .replace("        kind: Kind\n", "")
        .replace("{M: male}", "{M: mail}")
        .replace("files: people.csv", "files: people.csv\n      encoding: none")
    )
    assert refused(tmp_path, text) == told(
        text,
        [
            (1, 10, "this program reads version 1 of this file", ""),
            (11, 17, "there is no encoding 'none'", "utf-8, cp1252 and utf-16 are common"),
            (15, 40, "sex has no code 'mail'", "did you mean 'male'?"),
            (19, 7, "the key 'kind' is missing here", ""),
        ],
    )


def test_a_list_at_the_top_is_one_fault(tmp_path):
    assert refused(tmp_path, "- version: 1\n") == told(
        "- version: 1\n",
        [(1, 1, "this must be a mapping of `key: value` lines", "")],
    )


def test_no_file(tmp_path):
    with pytest.raises(RecordsError) as error:
        load_sources(tmp_path / "sources.yaml")
    assert str(error.value) == (
        "sources.yaml cannot be used: 1 fault\n  sources.yaml: there is no such file that can be read"
    )


def test_the_examples_of_these_tests_are_good(tmp_path):
    load(tmp_path, SMALL)
    load(tmp_path, SOURCES)
