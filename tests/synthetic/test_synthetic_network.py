"""The exports of the whole network: messy, the same every time, and mapped to the last column."""

from __future__ import annotations

import csv
import gzip
import io
import zipfile
from pathlib import Path

import network_world
import numpy as np
import pandas as pd
import pytest
from network_world import KEY

from lvrn_eval.errors import RecordsError
from lvrn_eval.framework.mapping import map_outcomes
from lvrn_eval.project import init_project
from lvrn_eval.records.quality import quality_report
from lvrn_eval.records.synthetic import Assumptions, population, write_lancashire
from lvrn_eval.records.synthetic.network import made, write_network
from lvrn_eval.records.synthetic.review import PER_TRUST, WANTED, classes, put_forward

PROGRAMMES = [
    "champions", "ed_navigators", "trauma_informed_education", "trauma_informed_workforce", "prisoners_and_families",
    "grip", "data_sharing", "community_projects", "youth_engagement", "communications", "serious_violence_duty",
    "needs_assessment", "network",
]  # fmt: skip


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    return network_world.network(tmp_path_factory)


def written(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_every_programme_is_read_without_a_fault(world):
    assert list(world.records) == PROGRAMMES == [each.slug for each in world.project.framework.programmes]
    for programme, records in world.records.items():
        read = {file.file for file in records.lineage}
        there = {path.relative_to(world.project.folder).as_posix() for path in (world.data / programme).iterdir()}
        assert read == there, programme
        assert all(file.rows for file in records.lineage), programme


def test_navigators_work_in_every_month_up_to_the_extract(world):
    report = quality_report(world.project.sources, "ed_navigators", key=KEY)
    assert report.errors == ()
    assert {warning.rule for warning in report.warnings} == {"user_missing", "same_person"}


def test_the_bytes_are_the_same_every_time(world, tmp_path):
    write_lancashire(tmp_path)
    again, before = written(tmp_path), written(world.data)
    assert sorted(again) == sorted(before)
    assert [name for name in before if again[name] != before[name]] == []


def test_programmes_send_what_programmes_send(world):
    endings = {path.name.partition(".")[2] for path in world.data.rglob("*") if path.is_file()}
    assert endings == {"csv", "csv.gz", "tsv", "xlsx", "ods", "sav", "dta", "xpt", "parquet"}
    encodings = {file.encoding for records in world.records.values() for file in records.lineage}
    assert {"utf-8", "cp1252", "utf-16"} <= {encoding.lower() for encoding in encodings}


def test_nothing_says_when_or_where_it_was_made(world):
    for name, content in written(world.data).items():
        for part in unpacked(name, content):
            assert b"/" + b"tmp/" not in part, name
            assert b"openpyxl" not in part, name


def unpacked(name: str, content: bytes) -> list[bytes]:
    """Return the bytes of a file, and of what is compressed in it."""
    if name.endswith((".xlsx", ".ods")):
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            return [archive.read(part) for part in archive.namelist()]
    return [gzip.decompress(content)] if name.endswith(".gz") else [content]


def test_what_would_do_harm_is_sent_and_never_read(world):
    sent = (world.data / "ed_navigators" / "contacts.tsv").read_text(encoding="utf-16")
    notes = {row["Free text"] for row in csv.DictReader(io.StringIO(sent), delimiter="\t")}
    assert set(made.HOSTILE) <= notes
    for programme, records in world.records.items():
        for name, table in records.tables.items():
            texts = table.to_pandas().select_dtypes(["object", "string", "category"])
            for text in made.HOSTILE:
                assert not texts.astype(str).eq(text).any(axis=None), (programme, name)


def test_children_and_adults_are_split_by_their_age_on_the_day(world):
    rows = world.observations.once()
    of_year = (rows["level"] == "all") & (rows["period_start"] == pd.Timestamp("2023-01-01"))
    values = rows[of_year].set_index("indicator")["value"]
    assert values["network_young_people_supported"] == 2814
    assert values["ed_navigators_adults_supported"] == 759


@pytest.mark.parametrize("seed", [1, 31])
def test_the_network_figure_adds_up_whatever_the_seed(tmp_path, seed):
    project = init_project(tmp_path / "p")
    write_lancashire(project.folder / "data", seed=seed)
    records = project.all_records(["champions", "ed_navigators"], key=KEY)
    wanted = {"network_young_people_supported": 2814, "ed_navigators_adults_supported": 759,
              "champions_review_people": 18}  # fmt: skip
    found = map_outcomes(records, project.framework, indicators=list(wanted), by=[]).once()
    newest = found[found["period_start"].isna() | (found["period_start"] == pd.Timestamp("2023-01-01"))]
    assert dict(zip(newest["indicator"], newest["value"], strict=True)) == wanted


@pytest.fixture(scope="module")
def frames():
    return {name: table.to_pandas(date_as_object=False) for name, table in population().items()}


def test_whom_the_trusts_put_forward_gives_the_published_counts(frames):
    extract_on = Assumptions().extract_on
    people = classes(frames, extract_on)
    chosen = put_forward(frames, extract_on)
    reviewed = people.loc[sorted(chosen)]
    counts = reviewed["class"].value_counts().to_dict()
    assert counts == dict(WANTED) == {"none_recorded": 5, "desisted": 8, "reduced": 4, "increased": 1}
    assert (len(chosen), counts.get("unchanged", 0)) == (18, 0)
    assert reviewed["site"].value_counts().max() <= PER_TRUST
    # the review is a choice: many more qualify, and some of them have as many events after as before
    assert len(people) > 5 * len(chosen)
    assert (people["class"] == "unchanged").any()


def test_only_who_qualifies_is_put_forward(frames, champions_rules):
    plain = {
        name: frame.astype(dict.fromkeys(frame.select_dtypes("category").columns, object))
        for name, frame in frames.items()
    }
    rules = champions_rules(plain)
    # the rules of the report look at contacts with a mentor or coach; the review, at every contact
    both = rules[["engaged", "prior"]].all(axis="columns")
    assert both.reindex(sorted(put_forward(frames, Assumptions().extract_on))).all()


def test_a_small_population_cannot_fill_the_review():
    small = {name: table.to_pandas(date_as_object=False) for name, table in population(40).items()}
    assert len(put_forward(small, Assumptions().extract_on)) < 18


def test_a_total_is_split_without_loss():
    parts = made.split(np.random.default_rng(1), 100, 7, least=5)
    assert (parts.sum(), parts.size, parts.min() >= 5) == (100, 7, True)


def test_area_statistics_agree_with_what_the_report_says_of_them(world):
    rows = world.observations.once()
    rows = rows[(rows["programme"] == "needs_assessment") & (rows["level"] == "area")]
    values = rows.pivot_table(index="area", columns="indicator", values="value", observed=True)
    england, districts = values.loc["england"], values.drop(index="england")
    assert len(districts) == 14
    for higher in ("high_anxiety", "children_in_care", "domestic_abuse_households"):
        assert (districts[f"needs_{higher}"] > england[f"needs_{higher}"]).all()
    for lower in ("good_level_of_development", "attainment_8"):
        assert (districts[f"needs_{lower}"] < england[f"needs_{lower}"]).all()
    for worse in ("fixed_term_exclusions", "neet"):
        assert districts.loc["blackpool", f"needs_{worse}"] > england[f"needs_{worse}"]
    highest = districts["needs_serious_violence_by_district"].nlargest(3).index
    assert set(highest) == {"blackpool", "preston", "blackburn_with_darwen"}


def test_the_young_are_among_all_ages(world):
    table = world.records["network"].tables["area_counts"].to_pandas()
    wide = table.dropna(subset="category").pivot_table(
        index=["measure", "period_start"], columns="category", values="count", observed=True
    )
    assert (wide["all_ages"] >= wide["under_25"]).all()


@pytest.mark.parametrize("supported", [-1, 2515])
def test_a_network_that_cannot_add_up_is_refused(tmp_path, supported):
    with pytest.raises(RecordsError) as refused:
        write_network(tmp_path, seed=1, champions_supported=supported)
    assert str(refused.value) == (
        f"Champions supported {supported:,} young people; for the published 2,814 of the whole network it must be 0 to "
        "2,514"
    )
    assert not list(tmp_path.iterdir())
