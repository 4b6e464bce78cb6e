"""The data-quality report: what it counts, and the same in a frame, a CSV, a page and a terminal."""

import csv
import io
from html.parser import HTMLParser

import pyreadstat
import pytest
from records_quality_examples import KEY, TABLES, TOP, report, write
from rich.console import Console

from lvrn_eval.cli import main
from lvrn_eval.errors import RecordsError
from lvrn_eval.project import init_project
from lvrn_eval.records import read_records
from lvrn_eval.records.quality import quality_report
from lvrn_eval.records.quality_rules import RULES
from lvrn_eval.report.page import check_page

PEOPLE = "Ref,Born,Sex,Area\nQX-8801,2008-02-14,male,burnley\nQX-8802,,manly,\nQX-8803,2028-01-01,manly,leeds\n"
CONTACTS = TABLES["contacts"][1].replace("2023-02-21", "2012-02-21")


@pytest.fixture(scope="module")
def found(tmp_path_factory):
    return report(tmp_path_factory.mktemp("found"), ["people", "contacts"], people=PEOPLE, contacts=CONTACTS)


def shown(found):
    console = Console(file=io.StringIO(), width=100, highlight=False)
    found.to_terminal(console)
    return console.file.getvalue()


def test_what_became_of_the_rows(found):
    people = found.table.query("table == 'people'").drop(columns="table").set_index("column")
    assert people.to_dict("index") == {
        "": {"rows": 3, "kept": 1, "missing": 0, "refused": 2},
        "person_id": {"rows": 3, "kept": 3, "missing": 0, "refused": 0},
        "birth_month": {"rows": 3, "kept": 1, "missing": 1, "refused": 1},
        "sex": {"rows": 3, "kept": 1, "missing": 0, "refused": 2},
        "district": {"rows": 3, "kept": 1, "missing": 1, "refused": 1},
    }


def test_a_row_with_two_faults_in_one_column_is_refused_once(tmp_path):
    text = TABLES["contacts"][1].replace("2023-02-21", "1850-02-21")
    found = report(tmp_path, ["people", "contacts"], contacts=text)
    assert [(fault.rule, fault.column) for fault in found.errors] == [("before_birth", "on"), ("impossible", "on")]
    (on,) = [column for column in found.columns if (column.table, column.column) == ("contacts", "on")]
    assert (on.rows, on.kept, on.refused) == (2, 1, 1)


def test_errors_and_warnings_are_told_apart(found):
    assert [(fault.rule, fault.column) for fault in found.errors] == [
        ("impossible", "birth_month"), ("unreadable", "sex"), ("unreadable", "district"),
    ]  # fmt: skip
    assert [(fault.rule, fault.column) for fault in found.warnings] == [("implausible_age", "on")]
    assert found.summary == "3 errors, 1 warning: these records cannot be used."
    frame = found.fault_table
    assert list(frame["severity"]) == ["error"] * 3 + ["warning"]
    assert frame.loc[1, ["rule", "rows", "first_rows"]].tolist() == ["unreadable", 2, "3, 4"]


def test_errors_are_raised_and_warnings_are_not(found, tmp_path):
    with pytest.raises(RecordsError) as error:
        found.raise_errors()
    assert error.value.faults == tuple(fault.fault for fault in found.errors)
    with pytest.raises(RecordsError) as error:
        found.raise_errors(told=True)
    assert str(error.value) == "the records of streets cannot be used: 3 faults"
    with_warnings = report(tmp_path, ["people", "contacts"], contacts=CONTACTS)
    with_warnings.raise_errors()
    assert with_warnings.summary == ("No errors, 1 warning: these records can be used; look at what the warnings name.")


def test_reading_the_records_refuses_the_errors_alone_and_keeps_the_warnings(tmp_path):
    path = write(tmp_path, ["people", "contacts"], people=PEOPLE, contacts=CONTACTS)
    with pytest.raises(RecordsError) as error:
        read_records(path, "streets", key=KEY)
    assert str(error.value).startswith("the records of streets cannot be used: 3 faults\n")
    records = read_records(write(tmp_path, ["people", "contacts"], contacts=CONTACTS), "streets", key=KEY)
    assert [(fault.severity, fault.rule) for fault in records.warnings] == [("warning", "implausible_age")]
    assert len(records.contacts) == 2


def test_files_that_cannot_be_read_are_told_beside_the_rows_of_the_others(tmp_path):
    sources = "".join(TABLES[name][0] for name in ("people", "outputs", "training"))
    sources = sources.replace("outputs.csv", "[outputs.csv, more.csv, gone.csv]")
    (tmp_path / "more.csv").write_text("No,Day,What,Number\nUV-9,2023-06-09,knives,3\n", encoding="utf-8")
    broken = TABLES["outputs"][1].replace("58", "many")
    found = report(tmp_path, ["people", "outputs", "training"], sources, outputs=broken, people=b"", training=b"\0\0")
    assert [fault.where for fault in found.errors] == [
        "people.csv",
        "training.csv",
        "streets.outputs",
        "streets.outputs (more.csv)",
        "streets.outputs (more.csv)",
        "streets.outputs.value (outputs.csv)",
    ]
    outputs = {column.column: column for column in found.columns if column.table == "outputs"}
    # the row of the file that does not fit is read, and refused
    assert (outputs[""].rows, outputs[""].kept, outputs[""].refused) == (3, 1, 2)
    assert (outputs["value"].rows, outputs["value"].kept, outputs["value"].refused) == (3, 1, 2)
    assert {(column.rows, column.refused) for column in found.columns if column.table == "people"} == {(0, 0)}


def test_where_people_are_not_read_wholly_nobody_is_a_stranger(tmp_path):
    sources = "".join(TABLES[name][0] for name in ("people", "custody")).replace("people.csv", "people*.csv")
    (tmp_path / "people_b.csv").write_bytes(b"")
    found = report(tmp_path, ["people", "custody"], sources, custody=TABLES["custody"][1].replace("QX-8802", "QX-9"))
    assert [fault.rule for fault in found.faults] == ["file"]


def test_values_that_a_file_declares_as_missing_are_counted(tmp_path):
    import pandas as pd

    frame = pd.DataFrame({"Day": ["2023-04-03"] * 3, "Came": [4.0, 5.0, 6.0], "Useful": [5.0, 9.0, 9.0]})
    pyreadstat.write_sav(frame, tmp_path / "t.sav", missing_ranges={"Useful": [9]})
    sources = (
        "    training:\n      files: t.sav\n"
        '      columns: {"on": Day, course: {value: x}, attended: Came, feedback_1: Useful}\n'
    )
    found = quality_report(write(tmp_path, [], sources), "streets", key=KEY)
    (fault,) = found.faults
    assert (fault.severity, fault.rule, fault.rows, fault.first_rows) == ("warning", "user_missing", 2, ())
    assert str(fault.fault) == (
        "streets.training.feedback_1 (t.sav): 2 values that the file declares as missing; read as missing\n"
        "    → if one of them means something, let it be a value of Useful in the file"
    )
    (column,) = [column for column in found.columns if column.column == "feedback_1"]
    assert (column.rows, column.kept, column.missing) == (3, 1, 2)


def test_the_csv_holds_all_of_it(found, tmp_path):
    with found.to_csv(tmp_path / "quality.csv").open(encoding="utf-8", newline="") as file:
        lines = list(csv.DictReader(file))
    counts = {(line["table"], line["column"], line["rule"]): line["rows"] for line in lines}
    assert counts["people", "", "read"] == "3"
    assert counts["people", "sex", "kept"] == "1"
    assert counts["people", "birth_month", "missing"] == "1"
    told = [line for line in lines if line["severity"]]
    assert [(line["rule"], line["rows"], line["first_rows"]) for line in told] == [
        ("impossible", "1", "4"), ("unreadable", "2", "3 4"), ("unreadable", "1", "4"), ("implausible_age", "1", "2"),
    ]  # fmt: skip
    assert told[3]["where"] == "streets.contacts.on (contacts.csv)"


class Page(HTMLParser):
    """Collect what a reader of the page needs: its language, headings, captions and the heads of rows and columns."""

    def __init__(self):
        super().__init__()
        self.tags, self.text, self.attributes = [], [], []

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.attributes.append((tag, dict(attrs)))

    def handle_data(self, data):
        self.text.append(data)


def parsed(found, folder):
    text = found.to_html(folder / "quality.html").read_text(encoding="utf-8")
    check_page(text, "quality.html", scripts=False)
    page = Page()
    page.feed(text)
    return page


def test_the_page_stands_alone_and_can_be_read_aloud(found, tmp_path):
    page = parsed(found, tmp_path)
    assert ("html", {"lang": "en-GB"}) in page.attributes
    assert page.tags.count("h1") == 1
    assert page.tags.count("caption") == page.tags.count("table") == 4
    assert all(attributes.get("scope") in {"col", "row"} for tag, attributes in page.attributes if tag == "th")
    assert not {"script", "link", "img", "iframe"} & set(page.tags)
    text = " ".join(page.text)
    assert "3 errors, 1 warning: these records cannot be used." in text
    assert "streets.people.sex (people.csv)" in text
    assert "2 rows with a code that is not mapped (rows 3, 4)" in text


def test_a_page_without_faults_says_so(tmp_path):
    page = parsed(report(tmp_path, ["outputs"]), tmp_path)
    assert [text for text in page.text if text == "None."] == ["None."] * 2


HOSTILE = "=cmd <script>alert(1) [red]'\"& \u202e.csv"


def test_a_hostile_name_of_a_file_is_only_a_name(tmp_path):
    (tmp_path / HOSTILE).write_text(TABLES["outputs"][1].replace("58", "many"), encoding="utf-8")
    sources = TABLES["outputs"][0].replace("outputs.csv", '"=*.csv"')
    (tmp_path / "sources.yaml").write_text(TOP + sources, encoding="utf-8")
    found = quality_report(tmp_path / "sources.yaml", "streets", key=KEY)
    name = HOSTILE.replace("\u202e", "\ufffd")
    page = parsed(found, tmp_path)
    assert "script" not in page.tags
    assert any(name in text for text in page.text)
    assert name in shown(found)
    with found.to_csv(tmp_path / "quality.csv").open(encoding="utf-8", newline="") as file:
        (line,) = [line for line in csv.DictReader(file) if line["severity"]]
    assert line["file"] == f"'{name}"


def test_what_the_terminal_shows(found):
    text = shown(found)
    assert "           3 rows of people  people.csv (utf-8)\n" in text
    assert "              delimiter ',' (found)\n" in text
    assert "Errors: 3\n" in text
    assert (
        "  streets.people.sex (people.csv): 2 rows with a code that is not mapped (rows 3, 4)\n"
        "      → add the code to `codes:` of streets.people.sex, or correct the rows\n"
    ) in text
    assert "Warnings: 1\n" in text
    assert text.endswith("3 errors, 1 warning: these records cannot be used.\n")


def test_no_cell_of_any_row_is_in_any_form_of_it(found, tmp_path):
    forms = [
        shown(found),
        found.to_csv(tmp_path / "q.csv").read_text(encoding="utf-8"),
        found.to_html(tmp_path / "q.html").read_text(encoding="utf-8"),
        repr(found),
    ]
    for cell in ("QX-8801", "2008-02-14", "manly", "leeds", "burnley", "2028-01", "CV-661", "2012-02-21"):
        assert not [form for form in forms if cell in form]


def test_every_rule_is_in_the_reference(pytestconfig):
    page = (pytestconfig.rootpath / "docs/reference/data-quality.md").read_text(encoding="utf-8")
    rows = [
        [cell.strip() for cell in line.strip("|").split("|")]
        for line in page.splitlines()
        if line.startswith("| `") and line.count("|") > 3
    ]
    told = {rule.strip("`"): (severity, about) for rule, severity, about, *_ in rows}
    for name, rule in RULES.items():
        assert told[name] == (rule.severity, rule.about)
    assert set(told) - set(RULES) == {"file", "gap", "same_person", "user_missing"}


@pytest.fixture
def project(tmp_path, monkeypatch):
    folder = init_project(tmp_path / "p").folder
    monkeypatch.setenv("KEY", KEY.decode())

    def checked(*arguments, **files):
        write(folder, ["people", "contacts"], **files)
        return main(["check", "streets", "--project", str(folder), *map(str, arguments)])

    return checked


def test_the_command_ends_well_where_there_are_only_warnings(project, tmp_path, capsys):
    files = [tmp_path / "q.csv", tmp_path / "q.html"]
    assert project("--csv", files[0], "--html", files[1], contacts=CONTACTS) == 0
    captured = capsys.readouterr()
    assert captured.out.endswith("No errors, 1 warning: these records can be used; look at what the warnings name.\n")
    assert all(file.stat().st_size > 0 for file in files)


def test_the_command_ends_with_the_code_of_its_error_after_all_is_told(project, tmp_path, capsys):
    assert project("--html", tmp_path / "q.html", people=PEOPLE) == RecordsError.exit_code
    captured = capsys.readouterr()
    assert "Errors: 3\n" in captured.out
    assert captured.err.endswith("lvrn-eval: the records of streets cannot be used: 3 faults\n")
    assert (tmp_path / "q.html").exists()
