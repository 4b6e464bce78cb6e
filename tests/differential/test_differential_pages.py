"""The two how-to pages run as they stand, and give the answer that frames give."""

import re

import pandas as pd
import pytest
from differential_records import AS_OF, awkward, tables
from engine_servers import postgres_server, spark_session

import lvrn_eval as lv
from lvrn_eval.engine import DuckDBEngine


@pytest.fixture(scope="module")
def given():
    """Return records as a database keeps them: days are days."""
    here = DuckDBEngine()
    return {name: here.register(name, frame) for name, frame in tables(awkward()).items()}


def run(pytestconfig, page, **names):
    """Run the code of a page from top to bottom and return what it made."""
    text = (pytestconfig.rootpath / "docs/how-to" / page).read_text(encoding="utf-8")
    for code in re.findall(r"^```python\n(.*?)^```", text, re.MULTILINE | re.DOTALL):
        exec(compile(code, page, "exec"), names)  # noqa: S102 (the page's own code)
    return names


def by_hand():
    records = awkward()
    records = type(records)(**tables(records), observed_from=None, sites=())
    features = lv.engagement_features(records, as_of=AS_OF)
    cohort = lv.Cohort(features, name="Met in 2023").require("Met a mentor or coach", "mentor_contacts >= 1")
    choices = {"kinds": ["suspect"], "before": "183 days", "after": "183 days"}
    return {
        "attrition": cohort.attrition(),
        "answer": lv.pre_post(cohort, records.events, **choices),
        "with_custody": lv.pre_post(cohort, records.events, custody=records.custody, **choices),
    }


def test_records_in_postgresql(pytestconfig, monkeypatch, given, capsys):
    from lvrn_eval.engine.postgres import PostgresEngine

    with postgres_server() as address:
        import psycopg

        with psycopg.connect(address, autocommit=True) as database, PostgresEngine(database) as loading:
            database.execute("create schema champions")
            for name, table in given.items():
                made = loading.take(table)
                database.execute(f'create table champions.{name} as select * from "{made.name}"')  # noqa: S608
        monkeypatch.setenv("LVRN_DATABASE", address)
        made = run(pytestconfig, "records-in-postgresql.md", custody=awkward().custody)
    for name, expected in by_hand().items():
        pd.testing.assert_frame_equal(made[name].table, expected.table)
    assert "cohort/engagement_features 60\n" in capsys.readouterr().out


@pytest.mark.spark
def test_records_in_spark(pytestconfig, given):
    with spark_session() as session:
        for name, table in given.items():
            session.createDataFrame(table.to_arrow()).createOrReplaceGlobalTempView(name)
        made = run(pytestconfig, "use-spark.md")
    pd.testing.assert_frame_equal(made["attrition"].table, by_hand()["attrition"].table)
