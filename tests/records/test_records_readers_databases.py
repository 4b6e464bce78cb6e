"""Tables and views of DuckDB files and of a PostgreSQL that the tests start themselves."""

import datetime as dt

import duckdb
import pytest
from engine_servers import postgres_server
from records_readers_examples import raw, raw_database, rows

from lvrn_eval.errors import RecordsError

D = dt.date
PEOPLE = [("QX-1", D(2008, 2, 14), "Gent", "x"), ("QX-2", None, "", 'y, "é"\nz')]
CREATE = 'create table {} ("Ref" varchar, "Born" date, "Gender" varchar, "Surname" varchar)'
VARIABLE = "LVRN_TEST_DATABASE"


def faults(call):
    with pytest.raises(RecordsError) as error:
        call()
    return [(fault.where, fault.what, fault.fix) for fault in error.value.faults]


# DuckDB


@pytest.fixture
def stored(tmp_path):
    path = tmp_path / "people.duckdb"
    with duckdb.connect(str(path)) as connection:
        connection.execute(CREATE.format("people"))
        connection.executemany("insert into people values (?, ?, ?, ?)", PEOPLE)
    return path


def add(path, *statements):
    with duckdb.connect(str(path)) as connection:
        for statement in statements:
            connection.execute(statement)


def test_the_only_table_of_a_duckdb_file(stored):
    read = raw(stored)
    assert rows(read) == [(1, "QX-1", D(2008, 2, 14), "Gent"), (2, "QX-2", None, "")]
    assert read.header == ("Ref", "Born", "Gender", "Surname")
    assert (read.read.found, read.read.encoding, read.read.rows) == (("table main.people (found)",), "duckdb", 2)


@pytest.mark.parametrize("name", ["seen", "main.seen", "old.people"])
def test_a_declared_table_or_view(stored, name):
    add(stored, 'create view seen as select * from people where "Ref" = \'QX-2\'', "create schema old",
        "create table old.people as select * from seen")  # fmt: skip
    read = raw(stored, sql_table=name)
    assert rows(read, "Ref") == [(1, "QX-2")]
    place = name if "." in name else f"main.{name}"
    assert read.read.found == (f"table {place} (declared)",)


def test_a_table_that_is_not_there_or_not_named(stored):
    add(stored, "create table other (a int)")
    assert faults(lambda: raw(stored)) == [
        ("people.duckdb", "the file has 2 tables", "name one with `sql_table:`; known: other, people")
    ]
    assert faults(lambda: raw(stored, sql_table="peple")) == [
        ("people.duckdb", "there is no table or view 'peple'", "did you mean 'people'?")
    ]
    add(stored, "drop table other", "drop table people")
    assert faults(lambda: raw(stored)) == [
        ("people.duckdb", "the file has no table", "name one with `sql_table:`; none is known here")
    ]


def test_a_table_without_rows(stored):
    add(stored, "delete from people")
    assert faults(lambda: raw(stored)) == [("people.duckdb", "the file has a header and no rows", "export it again")]


UNREADABLE = (
    "people.duckdb",
    "this is not a DuckDB file that can be read: it is damaged, in use, or of a newer version",
    "close it in other programs, or export the table as Parquet",
)


def test_a_view_can_reach_no_other_file(stored, tmp_path):
    secret = tmp_path / "secret.csv"
    secret.write_text("Ref,Born,Gender,Surname\nsecret,,,\n")
    add(stored, f"create view reaching as select * from read_csv('{secret}')")  # noqa: S608
    assert faults(lambda: raw(stored, sql_table="reaching")) == [UNREADABLE]


@pytest.mark.parametrize("keep", [1, 100, 4096, 0.5])
def test_a_duckdb_file_cut_off(stored, keep):
    content = stored.read_bytes()
    stored.write_bytes(content[: keep if keep >= 1 else int(len(content) * keep)])
    assert faults(lambda: raw(stored)) == [UNREADABLE]


def test_a_duckdb_file_is_not_changed(stored):
    before = stored.read_bytes()
    raw(stored)
    assert stored.read_bytes() == before
    assert [path.name for path in stored.parent.iterdir()] == ["people.duckdb"]


# PostgreSQL


@pytest.fixture(scope="module")
def address():
    with postgres_server() as address:
        yield address


@pytest.fixture
def connection(address, monkeypatch):
    """Return a connection to an empty database that the variable names."""
    import psycopg

    monkeypatch.setenv(VARIABLE, address)
    with psycopg.connect(address, autocommit=True) as connection:
        yield connection
        connection.execute("drop schema if exists old cascade")
        connection.execute("drop schema public cascade")
        connection.execute("create schema public")


@pytest.fixture
def people(connection):
    connection.execute(CREATE.format("people"))
    connection.cursor().executemany("insert into people values (%s, %s, %s, %s)", PEOPLE)
    return connection


def table(name="people", columns=None, **more):
    return raw_database(*([columns] if columns else []), database=VARIABLE, sql_table=name, **more)


def test_a_table_of_postgresql(people):
    read = table()
    assert rows(read) == [(1, "QX-1", "2008-02-14", "Gent"), (2, "QX-2", None, None)]
    assert read.header == ("Ref", "Born", "Gender", "Surname")
    assert (read.read.file, read.read.rows, read.read.encoding) == (f"{VARIABLE}:people", 2, "postgresql")
    assert read.read.found == ("table public.people (declared)", "rows as the server gives them")


def test_rows_are_in_the_order_of_the_primary_key(connection):
    connection.execute('create table people ("Born" date, "Ref" text, "Gender" text, primary key ("Ref", "Gender"))')
    connection.execute("insert into people values (null, 'b', 'y'), (null, 'a', 'z'), (null, 'a', 'x')")
    read = table(ignore=())
    assert rows(read, "Ref", "Gender") == [(1, "a", "x"), (2, "a", "z"), (3, "b", "y")]
    assert read.read.found[1] == "rows in the order of Ref, Gender"


@pytest.mark.parametrize("name", ["seen", "public.seen", "old.people", 'old.Odd "name"'])
def test_views_and_tables_of_other_schemas(people, name):
    people.execute("create view seen as select * from people where \"Ref\" = 'QX-2'")
    people.execute("create schema old")
    people.execute("create table old.people as select * from seen")
    people.execute('create table old."Odd ""name""" as select * from seen')
    assert rows(table(name), "Ref") == [(1, "QX-2")]


HOSTILE = ['"', '""', ",", "\\", "\\N", "\\.", "NULL", "a\r\nb", "\n", "é €", "'; drop table people; --", "x" * 100_000]


def test_every_text_survives(connection):
    connection.execute('create table people ("Ref" text)')
    connection.cursor().executemany("insert into people values (%s)", [(text,) for text in HOSTILE])
    assert [text for _, text in rows(table(columns={"person_id": "Ref"}, ignore=()))] == HOSTILE


def test_values_of_every_kind_are_text(connection):
    connection.execute("set datestyle to 'SQL, DMY'")
    connection.execute(
        'create table people as select 12345678901::bigint as "Ref", timestamp \'2008-02-14 10:30:15\' as "Born", '
        'true as "Gender", 1.50::numeric as "Surname", date \'2008-02-14\' as day'
    )
    read = table(columns={"person_id": "Ref", "birth_month": "Born", "sex": "Gender", "district": "day"}, ignore=())
    assert rows(read) == [(1, "12345678901", "2008-02-14 10:30:15", "t", "2008-02-14")]


def test_the_digest_is_of_the_rows_in_any_order(people):
    first = table().read.sha256
    people.execute('create table turned as select * from people order by "Ref" desc')
    assert table("turned").read.sha256 == first
    people.execute("update people set \"Gender\" = 'Lady' where \"Ref\" = 'QX-1'")
    assert table().read.sha256 != first
    people.execute("create table twice as select * from turned union all select * from turned")
    assert table("twice").read.sha256 != first


def test_nothing_is_written_to_the_database(people):
    people.execute("create function gone() returns text language sql as 'delete from people returning \"Ref\"'")
    people.execute('create view deleting as select gone() as "Ref"')
    assert faults(lambda: table("deleting", {"person_id": "Ref"}, ignore=()))[0][1:] == (
        "the table cannot be read to its end",
        "check with the database's own program that a select of all its rows works",
    )
    assert people.execute("select count(*) from people").fetchone() == (2,)


def test_a_table_of_postgresql_that_is_not_there(people):
    assert faults(lambda: table("peple")) == [
        (f"{VARIABLE}:peple", "there is no table or view 'peple' that may be read", "did you mean 'people'?")
    ]


def test_a_table_of_postgresql_without_rows(people):
    people.execute("truncate people")
    assert faults(table) == [
        (f"{VARIABLE}:people", "the table has no rows", "check that it is filled, and who may read it")
    ]


def test_a_variable_that_is_not_set(monkeypatch):
    monkeypatch.delenv(VARIABLE, raising=False)
    assert faults(table) == [
        (
            f"{VARIABLE}:people",
            f"the environment variable {VARIABLE} is not set",
            "set it to postgresql://… outside the project",
        )
    ]


@pytest.mark.parametrize("url", ["postgresql://ann:s3cret@/none?host=/nowhere", "no url s3cret", "host='s3cret"])
def test_a_server_that_cannot_be_reached_and_a_password_that_is_not_shown(monkeypatch, url):
    monkeypatch.setenv(VARIABLE, url)
    found = faults(table)
    assert found == [
        (
            f"{VARIABLE}:people",
            f"the database that {VARIABLE} names cannot be reached",
            "check that it runs, who may enter, and what the variable says",
        )
    ]


def test_without_the_driver_it_is_named(monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "psycopg", None)
    assert faults(table) == [
        (
            f"{VARIABLE}:people",
            "PostgreSQL is read with psycopg, which is not installed",
            "pip install 'lvrn-eval[postgres]'",
        )
    ]
