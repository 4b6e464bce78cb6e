"""Every kind of result through the wall: nothing few, nothing exact, and the same bytes on a second run."""

import re

import pandas as pd
import pytest
from release_examples import EXAMPLES, made, people, rows, strict

from lvrn_eval import survival
from lvrn_eval.errors import ReleaseError
from lvrn_eval.release import POLICIES, open_release, protect, write_release
from lvrn_eval.release.frames import tables_of, to_plain
from lvrn_eval.release.manifest import canonical_json
from lvrn_eval.release.models import REFERENCE
from lvrn_eval.release.suppress import KEYS
from lvrn_eval.release.words import WITHHELD
from lvrn_eval.report.figures.curve_lines import curve_lines
from lvrn_eval.report.numbers import MISSING

STRICT, OPEN = POLICIES["strict"], POLICIES["open"]
EVERY = pytest.mark.parametrize("name", list(EXAMPLES))


def pairs_of_tables(name):
    exact, shown = made(name), strict(name)
    kept = dict(tables_of(shown))
    return [(title, table, kept[title]) for title, table in tables_of(exact) if title in kept]


def is_rounded_curve(shown):
    return str(shown.method.get("rounding", "")).startswith("cumulative")


@EVERY
def test_it_keeps_its_form(name):
    exact, shown = made(name), strict(name)
    assert (shown.name, shown.title, shown.shape, shown.figure) == (exact.name, exact.title, exact.shape, exact.figure)
    assert shown.count_columns == exact.count_columns
    assert list(shown.parts) == list(exact.parts)
    for _, before, after in pairs_of_tables(name):
        assert list(after.table.columns) == list(before.table.columns)
        assert (after.shape, after.figure) == (before.shape, before.figure)
        assert list(after.suppressed.columns) == list(after.table.columns)
        assert len(after.suppressed) == len(after.table)


@EVERY
def test_no_count_that_is_shown_is_small_or_exact(name):
    for title, _, after in pairs_of_tables(name):
        shown = after.table[list(after.count_columns)].astype("Float64")
        whole = shown.melt()["value"].dropna()
        assert (whole % STRICT.base == 0).all(), title
        if is_rounded_curve(after) or "time" in after.table.columns:
            # a count at a time is the middle of a band, or a start at which nothing has happened
            assert ((whole == 0) | (whole >= STRICT.threshold / 2)).all(), title
        else:
            assert (whole >= STRICT.threshold).all(), title


@EVERY
def test_every_number_of_a_row_with_a_hidden_count_is_hidden(name):
    for title, _, after in pairs_of_tables(name):
        if after.shape != "estimates":
            continue
        counts = [column for column in after.count_columns if not column.endswith(REFERENCE)]
        gone = after.suppressed[counts].any(axis="columns")
        numbers = [c for c in after.table.select_dtypes("number").columns if c not in KEYS]
        assert after.table.loc[gone, numbers].isna().all(axis=None), title


@EVERY
def test_what_is_hidden_is_missing_and_marked(name):
    for title, before, after in pairs_of_tables(name):
        marks = after.suppressed
        assert after.table.to_numpy(dtype=object)[marks.to_numpy()].tolist() == [pd.NA] * int(
            marks.to_numpy().sum()
        ) or (after.table.mask(~marks).isna().all(axis=None)), title
        if (
            after.shape in {"estimates", "counts"}
            and not is_rounded_curve(after)
            and len(before.table) == len(after.table)
        ):
            gone = after.table.isna().to_numpy() & before.table.notna().to_numpy()
            assert (gone == (marks.to_numpy() & before.table.notna().to_numpy())).all(), title


@EVERY
def test_no_exact_sentence_or_statistic_passes(name):
    exact, shown = made(name), strict(name)
    revealing = {sentence.text for sentence in exact.text if sentence.counts}
    revealing |= {check.text for check in exact.checks if check.counts and check.text != check.instead}
    said = [*(str(sentence) for sentence in shown.text), *(check.text for check in shown.checks)]
    assert not revealing & set(said)
    if shown.shape != "curve":
        for check in shown.checks:
            assert check.statistic is None or check.statistic == float(f"{check.statistic:.3g}")


@EVERY
def test_under_the_open_policy_nothing_changes(name):
    for (_, before), (_, after) in zip(tables_of(made(name)), tables_of(protect(made(name), OPEN)), strict=True):
        pd.testing.assert_frame_equal(before.table, after.table)
        assert (before.text, before.checks, before.method) == (after.text, after.checks, after.method)
        assert not after.suppressed.to_numpy().any()


@EVERY
def test_it_is_written_and_read_back_the_same_twice(name, tmp_path):
    paths = [
        write_release(tmp_path / run, "an_analysis", [made(name)], data="personal", policy="strict")
        for run in ("first", "second")
    ]
    first, second = ({file.name: file.read_bytes() for file in path.iterdir()} for path in paths)
    assert paths[0].name == paths[1].name
    assert first.keys() == second.keys()
    assert all(first[file] == second[file] for file in first if file != "manifest.json")
    shown = strict(name)
    back = open_release(paths[0]).result(shown.name)
    assert canonical_json(to_plain(back)) == canonical_json(to_plain(shown))
    assert (back.shape, back.figure, set(back.parts)) == (shown.shape, shown.figure, set(shown.parts))
    hidden = int(sum(part.suppressed.to_numpy().sum() for _, part in tables_of(shown)))
    cells = b"".join(text for file, text in first.items() if file.endswith(".csv"))
    assert cells.count(b"[c]") == hidden


@EVERY
def test_it_is_drawn_with_its_hidden_cells(name):
    shown = strict(name)
    if shown.figure is not None:
        import matplotlib.pyplot as plt

        figure = shown.plot()
        assert any(text.get_text() for axes in figure.axes for text in axes.texts) or any(figure.texts)
        plt.close(figure)


@EVERY
def test_the_method_holds_no_exact_number_of_people(name):
    method = strict(name).method
    for key in ("n_rows", "zero_weights"):
        assert method.get(key) is None or method[key] % STRICT.base == 0
    for key in ("log_likelihood", "null_log_likelihood"):
        assert method.get(key) is None or re.fullmatch(r"-?\d+\.\d", str(method[key]))


def test_means_of_recurrent_events_are_released_at_stated_times_only():
    shown = strict("mean_cumulative")
    assert shown.suppressed[["at_risk", "events", "censored", "estimate"]].all(axis=None)
    assert shown.check("curve_shown").text == (
        "The curve itself is not shown: one person can have several of its events, so joining events would hide "
        "nobody. The means at the stated times are shown."
    )
    assert shown.parts["at_times"].table["estimate"].notna().any()
    without = survival.mean_cumulative(rows(), "person", "start", "days", "event")
    with pytest.raises(ReleaseError) as refused:
        protect(without, STRICT)
    assert str(refused.value) == (
        "the curve 'mean_cumulative' counts events of which one person can have several, which this policy cannot "
        "round; give times= to release the estimates at stated times instead"
    )


def test_stated_times_with_few_events_between_them_are_not_both_shown():
    result = survival.mean_cumulative(rows(), "person", "start", "days", "event", times=[100, 101, 200])
    shown = protect(result, STRICT).parts["at_times"]
    assert shown.suppressed["estimate"].tolist() == [False, True, False]


def test_a_curve_with_late_entry_has_steps_of_many_events():
    exact, shown = made("kaplan_meier with late entry"), strict("kaplan_meier with late entry")
    steps = shown.table[(shown.table["time"] > 0)]
    assert (steps["events"] >= STRICT.threshold).all()
    assert shown.method["rounding"] == "steps joined until each holds 10 events"
    wyre = shown.table[shown.table["group"] == "wyre"]
    assert len(wyre) == 1
    assert wyre["estimate"].isna().all()
    # a step stands at a round time, or one that was asked for, and is where the exact curve is then, to three digits
    assert set(steps["time"] % 10) <= {0, *(time % 10 for time in exact.method["times"])}
    for row in steps.itertuples():
        whole = exact.table[(exact.table["group"] == row.group) & (exact.table["time"] <= row.time)]
        assert float(row.estimate) == pytest.approx(whole["estimate"].iloc[-1], rel=5e-3)
    # when stated shares had the event is the time of one of them
    assert shown.parts["quantiles"].suppressed["estimate"].all()
    # no time at which only the limits of the whole curve are shown
    limits = shown.parts["band"].table[["group", "time"]].merge(shown.table[["group", "time"]])
    assert len(limits) == len(shown.parts["band"].table)


def test_who_is_at_risk_between_joined_steps_is_not_made_up():
    """Rows of a joined curve leave out who left between them, so that no later row tells of an earlier time."""
    shown = strict("kaplan_meier with late entry")
    for line in curve_lines(shown)[:2]:
        steps = line.time[line.time > 0]
        assert len(steps) > 2
        assert MISSING not in line.at_risk_at([0.0, *steps])
        assert line.at_risk_at(steps + 1) == [MISSING] * len(steps)
    whole = curve_lines(strict("kaplan_meier"))[0]
    assert MISSING not in whole.at_risk_at([1.0, 50.0, 101.0])


def test_estimates_at_stated_times_are_read_off_the_joined_steps():
    shown = strict("kaplan_meier with late entry")
    for row in shown.parts["at_times"].table.dropna(subset=["estimate"]).itertuples():
        mine = shown.table[(shown.table["group"] == row.group) & (shown.table["time"] <= row.time)]
        assert row.estimate == mine["estimate"].iloc[-1]


def test_competing_events_are_rounded_by_themselves():
    shown = strict("cumulative_incidence").table.dropna(subset=["events"])
    for name in ("events", "competing", "censored"):
        total = shown.groupby("group")[name].cumsum()
        # 1 to 10 become 5, 11 to 20 become 15, and so on
        assert set((total[total > 0] - 5) % 10) <= {0}
    leaving = shown[["events", "competing", "censored"]].sum(axis="columns")
    first = shown.groupby("group")["at_risk"].first()
    assert (leaving.groupby(shown["group"]).sum() == first).all()


def test_a_risk_table_keeps_its_causes_apart_and_adds_up():
    shown = strict("risk_table of causes").table.dropna(subset=["events"])
    assert (shown[["events_1", "events_2", "events_3"]].sum(axis="columns") == shown["events"]).all()


def test_a_weighted_curve_counts_the_people_behind_its_rows():
    weighted = strict("kaplan_meier, weighted").table
    frame = people()
    repeated = frame.loc[frame.index.repeat(frame["weight"])]
    plain = survival.kaplan_meier(repeated, time="days", event="event", conf_type="plain")
    pd.testing.assert_frame_equal(weighted, protect(plain, STRICT).table)


def test_the_band_and_its_scale_are_made_again():
    exact, shown = made("kaplan_meier"), strict("kaplan_meier")
    assert shown.method["band"] == exact.method["band"] == "hall-wellner"
    assert len(shown.parts["band"].table) > 0


def test_a_curve_of_few_people_says_nothing_of_them():
    few = survival.kaplan_meier(people().head(5), time="days", event="event")
    shown = protect(few, STRICT)
    assert [str(sentence) for sentence in shown.text] == [WITHHELD, "Groups with too few people are not shown."]
    assert {check.text for check in shown.checks} == {WITHHELD}
    assert {check.passed for check in shown.checks} == {None}
    assert shown.parts == {}


def test_a_predicted_curve_shows_no_single_event():
    shown = strict("predicted_survival").table
    assert (shown.loc[shown["time"] > 0, "events"] >= STRICT.threshold).all()


def test_observed_and_expected_events_tell_rounded_counts_only():
    shown = strict("logrank").parts["groups"].table.dropna(subset=["n_events"])
    total = (shown["expected"] + shown["excess"]).astype(float)
    assert total.to_numpy() == pytest.approx(shown["n_events"].astype(float).to_numpy())


def test_rates_follow_from_rounded_events():
    shown = strict("pre_post").parts["exposure"].table
    rate = shown["events"] / (shown["days_at_risk"] / 365.25)
    assert shown["rate"].astype(float).to_numpy() == pytest.approx(rate.astype(float).to_numpy())


def test_the_effect_a_design_could_show_is_worked_out_from_rounded_events():
    row = strict("detectable_hazard_ratio").table.iloc[0]
    again = survival.detectable_hazard_ratio(int(row["n_events"]), float(row["allocation"])).table.iloc[0]
    assert row["ratio_low"] == pytest.approx(again["ratio_low"])
    assert row["allocation"] == round(row["allocation"], 2)


def test_a_published_figure_of_few_people_is_neither_confirmed_nor_denied():
    """Whether an exact figure of 7 holds would tell that 7 it is."""
    shown = strict("headlines")
    row = shown.table.iloc[0]
    assert row["published"] == 7
    assert row[["computed", "difference", "holds", "n_people"]].isna().all()
    assert row["reason"] == "it rests on too few people to show"
    assert shown.table.loc[1, ["computed", "difference", "n_people"]].tolist() == [85, 1, 85]
    assert [str(sentence) for sentence in shown.text] == [
        "1 of 2 published figures could be computed from records; 1 more is hidden as too small to show.",
        "0 of those computed hold.",
    ]
    assert [check.text for check in shown.checks] == [
        "Do not hold: many.",
        "1 of 2 published figures could be computed from records; 1 more is hidden as too small to show.",
    ]


def test_the_mean_time_of_events_does_not_tell_how_many_there_are():
    time = strict("effects_over_time").table["time"].astype(float)
    assert [float(f"{value:.3g}") for value in time] == time.to_list()


def test_an_effect_over_time_of_a_small_category_is_hidden():
    shown = strict("effects_over_time").table
    small = shown["label"] == "site: wyre"
    assert shown.loc[small, ["n", "estimate", "fitted", "conf_low"]].isna().all(axis=None)
    assert shown.loc[~small, "fitted"].notna().all()


def test_likelihoods_keep_their_differences():
    shown = strict("parametric").parts["comparison"].table
    exact = made("parametric").parts["comparison"].table
    assert shown["aic"].astype(float).to_numpy() == pytest.approx(exact["aic"].to_numpy(), abs=0.05)
