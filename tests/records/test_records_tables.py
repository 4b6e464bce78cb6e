"""The canonical tables, and that the sources' template names nothing else."""

import pytest

from lvrn_eval.records import TABLES
from lvrn_eval.records.staging import BEFORE_BIRTH
from lvrn_eval.records.tables import LINEAGE


def test_the_tables_and_their_columns():
    assert {name: tuple(column.name for column in table.columns) for name, table in TABLES.items()} == {
        "people": ("person_id", "birth_month", "sex", "ethnicity", "district"),
        "referrals": ("referral_id", "person_id", "site", "referred_on", "source"),
        "contacts": ("contact_id", "person_id", "site", "on", "role", "staff_id", "attended", "minutes"),
        "events": ("event_id", "person_id", "on", "kind", "offence", "knife"),
        "custody": ("person_id", "starts_on", "ends_on"),
    }


@pytest.mark.parametrize("name", TABLES)
def test_a_table_is_described_and_consistent(name):
    table = TABLES[name]
    assert (table.name, next(iter(TABLES))) == (name, "people")
    assert all(column.about for column in table.columns)
    assert not {column.name for column in table.columns} & set(LINEAGE)
    assert table.key is None or table.by_name[table.key].required
    assert table.by_name["person_id"].required
    for column in table.columns:
        assert (column.kind == "code") == bool(column.codes)
        assert (column.minimum is None) == (column.maximum is None)
    if name != "people":
        assert table.by_name[BEFORE_BIRTH[name]].kind == "date"
