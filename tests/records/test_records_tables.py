"""The canonical tables, and that the sources' template names nothing else."""

import pytest

from lvrn_eval.records import TABLES
from lvrn_eval.records.staging import ACCUSED, BEFORE_BIRTH, YOUNGEST
from lvrn_eval.records.tables import LINEAGE


def test_the_tables_and_their_columns():
    assert {name: tuple(column.name for column in table.columns) for name, table in TABLES.items()} == {
        "people": ("person_id", "birth_month", "sex", "ethnicity", "district", "put_forward"),
        "referrals": ("referral_id", "person_id", "site", "referred_on", "source"),
        "contacts": (
            "contact_id", "person_id", "site", "on", "role", "staff_id", "attended", "minutes", "onward_referral",
        ),
        "events": ("event_id", "person_id", "on", "kind", "offence", "knife"),
        "custody": ("person_id", "starts_on", "ends_on"),
        "scores": (
            "person_id", "site", "instrument", "version", "informant", "on", "occasion", "age", "score",
            *(f"item_{number}" for number in range(1, 41)),
        ),
        "training": (
            "training_id", "attendee_id", "on", "course", "setting", "sector", "organisation", "attended", "completed",
            *(f"feedback_{number}" for number in range(1, 6)),
        ),
        "patrols": ("patrol_id", "operation", "hotspot", "starts_at", "ends_at", "officers"),
        "area_counts": ("area", "period_start", "period", "measure", "category", "count", "population"),
        "organisations": ("organisation", "kind", "standard", "status", "on"),
        "outputs": ("output_id", "on", "measure", "value", "unit", "place"),
        "quotes": ("quote_id", "on", "speaker_role", "mechanism", "consent", "text"),
    }  # fmt: skip


@pytest.mark.parametrize("name", TABLES)
def test_a_table_is_described_and_consistent(name):
    table = TABLES[name]
    assert (table.name, next(iter(TABLES))) == (name, "people")
    assert all(column.about for column in table.columns)
    assert not {column.name for column in table.columns} & set(LINEAGE)
    assert table.key is None or table.by_name[table.key].kind in {"id", "key"}
    assert "person_id" not in table.by_name or table.by_name["person_id"].required
    for column in table.columns:
        assert (column.kind == "code") == bool(column.codes)
        assert (column.minimum is None) == (column.maximum is None)
    if name != "people" and "person_id" in table.by_name:
        assert table.by_name[BEFORE_BIRTH[name]].kind == "date"
        assert 0 < YOUNGEST[name] < 18
    if name in ACCUSED:
        assert set(ACCUSED[name]) < set(table.by_name["kind"].codes)
