"""Forty and more kinds of broken rows, in every canonical table: the whole of what is said, and nothing else said."""

import re

import pytest
from records_quality_examples import TABLES, file_of, report

ROWS = "correct the rows"
FILL = "fill them in, or map streets.{0} from another column"
CODE = "add the code to `codes:` of streets.{0}, or correct the rows"
DATE = "correct the rows, or add the format to `dates:` of streets.{0}"
LATE = "correct the rows, or `extracted_on:` when the extract is newer than it says"
BORN = "correct this date, or the date of birth"
LOOK = "check the date of birth, and this date"
COPIES = "delete the copies, if they are copies"
ONE_ID = "keep one row for each id; two files may hold the same rows"
ADD = "add the people to streets.people, or export both on the same day"

EMPTY = "without a value, which is required"
UNMAPPED = "with a code that is not mapped"
NO_DAY = "with a date that cannot be read as an ISO date, or a day that does not exist"
NOT_WHOLE = "with something that is not a whole number"
NO_NUMBER = "with something that is not a number"
AFTER = "with a date after the extract or before 1900"
TWICE = "with an id that another row has too"
BEFORE = "dated before the person was born"
ALIKE = "that say the same as another row in every mapped column"
BACKWARDS = "with an end before the start"

E, W = "error", "warning"

# kind: table, what is replaced in its file, by what; severity, rule, column, rows, what, fix
BROKEN = {
    # people
    "a sex nobody mapped": ("people", ",male", ",manly", E, "unreadable", "sex", [2], UNMAPPED, CODE),
    "a district outside the fourteen": ("people", "burnley", "leeds", E, "unreadable", "district", [2], UNMAPPED, CODE),
    "a birth in the future": ("people", "2008-02-14", "2028-02-14", E, "impossible", "birth_month", [2], AFTER, LATE),
    "a birth on no day": ("people", "2008-02-14", "2008-02-30", E, "unreadable", "birth_month", [2], NO_DAY, DATE),
    "a person listed twice": ("people", "QX-8802", "QX-8801", E, "duplicate", "person_id", [2, 3], TWICE, ONE_ID),
    # referrals
    "a referral twice": ("referrals", "RZ-772", "RZ-771", E, "duplicate", "referral_id", [2, 3], TWICE, ONE_ID),
    "a referral without its number": ("referrals", "RZ-771", "", E, "missing", "referral_id", [2], EMPTY, FILL),
    "a referral from nobody known": ("referrals", "police", "plod", E, "unreadable", "source", [2], UNMAPPED, CODE),
    "a referral of a stranger": (
        "referrals",
        "QX-8801",
        "QX-8899",
        E,
        "orphan",
        "person_id",
        [2],
        "for a person who is not in streets.people",
        ADD,
    ),
    "a referral before birth": (
        "referrals",
        "2023-01-17",
        "2007-01-17",
        E,
        "before_birth",
        "referred_on",
        [2],
        BEFORE,
        BORN,
    ),
    "a referral of an infant": (
        "referrals",
        "2023-01-17",
        "2010-01-17",
        W,
        "implausible_age",
        "referred_on",
        [2],
        "dated when the person was under 5, or over 110",
        LOOK,
    ),
    # contacts
    "a contact at no site": ("contacts", ",north", ",", E, "missing", "site", [2], EMPTY, FILL),
    "a role nobody has": ("contacts", "mentor", "menton", E, "unreadable", "role", [2], UNMAPPED, CODE),
    "neither attended nor missed": ("contacts", "yes", "maybe", E, "unreadable", "attended", [2], UNMAPPED, CODE),
    "a contact of a stranger": (
        "contacts",
        "QX-8801",
        "QX-8899",
        E,
        "orphan",
        "person_id",
        [2],
        "for a person who is not in streets.people",
        ADD,
    ),
    "minutes with a unit": ("contacts", "945", "945 min", E, "unreadable", "minutes", [2], NOT_WHOLE, ROWS),
    "minutes with a comma": ("contacts", "945", '"9,450"', E, "unreadable", "minutes", [2], NOT_WHOLE, ROWS),
    "more minutes than a day": (
        "contacts",
        "945",
        "9450",
        E,
        "range",
        "minutes",
        [2],
        "with a value outside 0 to 1440",
        ROWS,
    ),
    "a contact with an infant": (
        "contacts",
        "2023-02-21",
        "2012-02-21",
        W,
        "implausible_age",
        "on",
        [2],
        "dated when the person was under 5, or over 110",
        LOOK,
    ),
    # events
    "an event of no kind": ("events", "suspect", "", E, "missing", "kind", [2], EMPTY, FILL),
    "an event tomorrow": ("events", "2022-11-27", "2024-04-01", E, "impossible", "on", [2], AFTER, LATE),
    "a day with a slash": ("events", "2022-11-27", "27/11/2022", E, "unreadable", "on", [2], NO_DAY, DATE),
    "a knife that may be": ("events", "suspect,yes", "suspect,?", E, "unreadable", "knife", [2], UNMAPPED, CODE),
    "accused as a child": (
        "events",
        "2022-11-27",
        "2017-11-27",
        W,
        "implausible_age",
        "on",
        [2],
        "dated when the person was under 10 and accused, or over 110",
        LOOK,
    ),
    # custody
    "released before received": (
        "custody",
        "2022-12-26",
        "2022-12-23",
        E,
        "order",
        "ends_on",
        [2],
        BACKWARDS,
        "correct one of the two dates",
    ),
    "a spell without a start": ("custody", "2022-12-24", "", E, "missing", "starts_on", [2], EMPTY, FILL),
    "a spell of a child": (
        "custody",
        "2022-12-24",
        "2015-12-24",
        W,
        "implausible_age",
        "starts_on",
        [2],
        "dated when the person was under 10, or over 110",
        LOOK,
    ),
    "one spell twice": (
        "custody",
        "QX-8802,2023-12-25,",
        "QX-8801,2022-12-24,2022-12-26",
        W,
        "duplicate_rows",
        "",
        [2, 3],
        ALIKE,
        COPIES,
    ),
    # scores
    "an answer off the scale": (
        "scores",
        ",0,2",
        ",0,22",
        E,
        "range",
        "item_2",
        [2],
        "with a value outside 0 to 10",
        ROWS,
    ),
    "half an answer": ("scores", ",0,2", ",0.5,2", E, "unreadable", "item_1", [2], NOT_WHOLE, ROWS),
    "a total in words": ("scores", "11.5", "low", E, "unreadable", "score", [2], NO_NUMBER, ROWS),
    "a total without end": ("scores", "11.5", "inf", E, "unreadable", "score", [2], NO_NUMBER, ROWS),
    "a total that is no number": ("scores", "11.5", "NaN", E, "unreadable", "score", [2], NO_NUMBER, ROWS),
    "an age of nobody": ("scores", "pre,15", "pre,151", E, "range", "age", [2], "with a value outside 0 to 120", ROWS),
    "an occasion in between": ("scores", "pre", "mid", E, "unreadable", "occasion", [2], UNMAPPED, CODE),
    "no questionnaire": ("scores", "sdq", "", E, "missing", "instrument", [2], EMPTY, FILL),
    "a questionnaire twice": (
        "scores",
        "QX-8802,sdq,parent,2023-03-02,post,13,,1,",
        "QX-8801,sdq,self,2023-03-01,pre,15,11.5,0,2",
        W,
        "duplicate_rows",
        "",
        [2, 3],
        ALIKE,
        COPIES,
    ),
    # training
    "more completed than came": (
        "training",
        "14,12",
        "12,14",
        E,
        "part",
        "completed",
        [2],
        "with more people who completed than who attended",
        "correct one of the two numbers",
    ),
    "fewer than nobody": (
        "training",
        "14,12",
        "-14,",
        E,
        "range",
        "attended",
        [2],
        "with a value outside 0 to 10000",
        ROWS,
    ),
    "six stars of five": (
        "training",
        "12,5",
        "12,6",
        E,
        "range",
        "feedback_1",
        [2],
        "with a value outside 1 to 5",
        ROWS,
    ),
    "a sector nobody knows": ("training", "police", "plod", E, "unreadable", "sector", [2], UNMAPPED, CODE),
    "one session twice": (
        "training",
        "2023-04-04,awareness,health,27,27,",
        "2023-04-03,awareness,police,14,12,5",
        W,
        "duplicate_rows",
        "",
        [2, 3],
        ALIKE,
        f"{COPIES}; a mapped training_id would tell the rows apart",
    ),
    # patrols
    "a patrol that ends before it starts": (
        "patrols",
        "2023-05-06 02:15",
        "2023-05-05 02:15",
        E,
        "order",
        "ends_at",
        [2],
        BACKWARDS,
        "correct one of the two dates",
    ),
    "a patrol of nobody": (
        "patrols",
        "02:15,2",
        "02:15,0",
        E,
        "range",
        "officers",
        [2],
        "with a value outside 1 to 500",
        ROWS,
    ),
    "a patrol at twenty-five o'clock": ("patrols", "18:00", "25:00", E, "unreadable", "starts_at", [2], NO_DAY, DATE),
    "a patrol nowhere": ("patrols", "Talbot", "", E, "missing", "hotspot", [2], EMPTY, FILL),
    "a patrol twice": ("patrols", "PT-442", "PT-441", E, "duplicate", "patrol_id", [2, 3], TWICE, ONE_ID),
    # area_counts
    "a count in words": ("areas", "37", "dozens", E, "unreadable", "count", [2], NO_NUMBER, ROWS),
    "a count that was suppressed": ("areas", "37", "*", E, "unreadable", "count", [2], NO_NUMBER, ROWS),
    "no count": ("areas", "37", "", E, "missing", "count", [2], EMPTY, FILL),
    "more than there are": (
        "areas",
        "37",
        "5822",
        W,
        "over_population",
        "count",
        [2],
        "with a count that is greater than the population it is among",
        "correct one of the two; a rate, a rank or a score has no `population:`",
    ),
    "one month twice": (
        "areas",
        "2023-02-01,29.5",
        "2023-01-01,37",
        W,
        "duplicate_rows",
        "",
        [2, 3],
        ALIKE,
        COPIES,
    ),
    # organisations
    "a stage nobody mapped": (
        "organisations",
        "working_towards",
        "nearly",
        E,
        "unreadable",
        "status",
        [2],
        UNMAPPED,
        CODE,
    ),
    "a school without a name": ("organisations", "Eldmere", "", E, "missing", "organisation", [2], EMPTY, FILL),
    "one status twice": (
        "organisations",
        "accredited,2023-09-01",
        "working_towards,2022-09-01",
        W,
        "duplicate_rows",
        "",
        [2, 3],
        ALIKE,
        COPIES,
    ),
    # outputs
    "an output twice": ("outputs", "UV-332", "UV-331", E, "duplicate", "output_id", [2, 3], TWICE, ONE_ID),
    "an output of an unknown amount": ("outputs", "58", "many", E, "unreadable", "value", [2], NO_NUMBER, ROWS),
    "an output before anyone counted": ("outputs", "2023-06-06", "1823-06-06", E, "impossible", "on", [2], AFTER, LATE),
    # quotes
    "a quotation of nobody": ("quotes", "young_person", "", E, "missing", "speaker_role", [2], EMPTY, FILL),
    "a quotation nobody agreed to or not": ("quotes", "trust,yes", "trust,", E, "missing", "consent", [2], EMPTY, FILL),
    "a quotation without words": ("quotes", "He listened", " ", E, "missing", "text", [2], EMPTY, FILL),
}


def quoted_in(message, content):
    """Return the cells of a file's rows that a message holds as words of their own."""
    cells = {cell for cell in re.split('[,\n"]', content.partition("\n")[2]) if len(cell) > 2}
    return [cell for cell in cells if re.search(rf"(?<![\w.]){re.escape(cell)}(?![\w.])", message)]


def table_of(name):
    return {"areas": "area_counts"}.get(name, name)


@pytest.mark.parametrize("kind", BROKEN)
def test_one_fault_is_told_whole_and_alone(tmp_path, kind):
    name, old, new, severity, rule, column, rows, what, fix = BROKEN[kind]
    table = table_of(name)
    content = TABLES[table][1]
    assert old in content, "the example does not hold what is replaced"
    found = report(tmp_path, list(dict.fromkeys(["people", table])), **{table: content.replace(old, new, 1)})
    (fault,) = found.faults
    place = f"streets.{table}{f'.{column}' if column else ''}"
    named = table if fix == DATE else f"{table}.{column}"
    listed = f"row{'s' * (len(rows) > 1)} {', '.join(map(str, rows))}"
    assert str(fault.fault) == (
        f"{place} ({file_of(table)}): {len(rows)} row{'s' * (len(rows) > 1)} {what} ({listed})\n"
        f"    → {fix.format(named)}"
    )
    assert (fault.severity, fault.rule, fault.column, fault.first_rows) == (severity, rule, column, tuple(rows))
    (counted,) = [column for column in found.columns if (column.table, column.column) == (table, "")]
    assert (counted.rows, counted.refused) == (2, len(rows) if severity == "error" else 0)
    assert not quoted_in(str(fault.fault), content.replace(old, new, 1))


def test_the_example_is_without_fault(tmp_path):
    found = report(tmp_path, list(TABLES))
    assert found.faults == ()
    assert found.summary == "No faults: every row fits the canonical tables."
    assert set(found.table["table"]) == set(TABLES)


def test_there_are_enough_kinds():
    assert len(BROKEN) >= 40
