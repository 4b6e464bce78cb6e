"""Simultaneous bands, variances of the cumulative hazard, and curves that are and are not known."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy.linalg import eigh_tridiagonal
from scipy.optimize import brentq

from lvrn_eval.errors import AnalysisError
from lvrn_eval.survival.curves import kaplan_meier, nelson_aalen
from lvrn_eval.survival.kernels import band as kernels

R = Path(__file__).parents[1] / "reference" / "r" / "survival"


def lung():
    return pd.read_csv(R / "lung.csv").assign(status=lambda d: d["status"] - 1)


@pytest.mark.parametrize("row", range(5))
@pytest.mark.parametrize("level", [90, 95, 99])
def test_hall_wellner_values_are_those_of_the_published_tables(row, level):
    """Tables of Hall and Wellner as R km.ci prints them, to four decimals."""
    table = pd.read_csv(R / "ref_band_tables.csv").iloc[row]
    ours = kernels.constant_width(float(table["low"]), float(table["high"]), level / 100)
    assert ours == pytest.approx(table[f"hall_{level}"], abs=1e-4)


def test_over_everything_it_is_kolmogorovs_distribution():
    """P(sup |B| <= x) = 1 - 2 sum of (-1)^(k-1) exp(-2 k² x²)."""
    for wall in (0.8, 1.2, 1.6):
        number = np.arange(1, 50)
        exact = 1 - 2 * ((-1.0) ** (number - 1) * np.exp(-2 * number**2 * wall**2)).sum()
        assert kernels.inside_constant(wall, 0, 1) == pytest.approx(exact, abs=1e-12)


@pytest.mark.parametrize(("wall", "span"), [(2.5, 0.3), (3.0, 1.7), (1.5, 0.1), (4.0, 5.0)])
def test_equal_precision_against_finite_differences(wall, span):
    """The same diffusion on a grid of 4,000 cells, whose error is of the order of the cells' square."""
    cells = 4000
    x = np.linspace(-wall, wall, cells + 1)[1:-1]
    step = 2 * wall / cells
    diagonal, beside = 2 / step**2 + x**2 / 4 - 0.5, -np.ones(x.size - 1) / step**2
    rates, modes = eigh_tridiagonal(diagonal, beside, select="i", select_range=(0, 60))
    share = modes.T @ (np.exp(-(x**2) / 4) / (2 * np.pi) ** 0.25) * np.sqrt(step)
    exact = float((share**2 * np.exp(-rates * span)).sum())
    assert kernels.inside_scaled(wall, span) == pytest.approx(exact, abs=5e-7)


def test_bands_widen_with_what_they_must_hold():
    widths = [kernels.equal_precision(span, 0.95) for span in (1e-9, 0.1, 1, 3)]
    assert widths == sorted(widths)
    assert widths[0] == pytest.approx(1.96, abs=0.01)


@pytest.mark.parametrize(("band", "conf_type", "name"), [
    ("hall-wellner", "plain", "hall-wellner"),
    ("hall-wellner", "log-log", "loghall"),
    ("equal-precision", "plain", "epband"),
    ("equal-precision", "log-log", "logep"),
])  # fmt: skip
def test_bands_of_lung(band, conf_type, name):
    """R km.ci between days 100 and 600: it looks up rounded points, and approximate values of equal precision.

    So the critical value behind each of its limits is worked out here, found to be one and the same at all times, and
    near ours.
    """
    theirs = pd.read_csv(R / "ref_lung_bands.csv")
    result = kaplan_meier(lung(), "time", "status", conf_type=conf_type, band=band, band_between=(100, 600))
    ours = result.parts["band"].table
    ours = ours[ours["events"] > 0].merge(theirs, on="time")
    variance, n = (ours["std_error"] / ours["estimate"]) ** 2, 228
    width = np.sqrt(variance) if band == "equal-precision" else (1 + n * variance) / np.sqrt(n)

    def critical(limits):
        if conf_type == "plain":
            return (1 - limits / ours["estimate"]) / width
        return np.log(np.log(limits) / np.log(ours["estimate"])) * -np.log(ours["estimate"]) / width

    low, mine = critical(ours[f"lower_{name}"]), critical(ours["conf_low"])
    low, mine = low[ours[f"lower_{name}"] > 0], mine[ours["conf_low"] > 0]
    assert np.ptp(low) < 1e-10
    assert np.ptp(mine) < 1e-10
    assert mine.iloc[0] == pytest.approx(low.iloc[0], rel=0.01)


def test_nairs_approximation_is_why_tables_of_equal_precision_differ():
    """R km.ci's table at 95% from 0.14 to 0.18 holds 2.4047: Nair's tail formula, not the exact 2.3536."""
    odds = 0.18 * 0.86 / (0.14 * 0.82)

    def tail(value):
        density = np.exp(-(value**2) / 2) / np.sqrt(2 * np.pi)
        return density * (4 / value + (value - 1 / value) * np.log(odds)) - 0.05

    assert brentq(tail, 1.5, 5) == pytest.approx(2.4047, abs=5e-5)
    assert kernels.equal_precision(np.log(odds) / 2, 0.95) == pytest.approx(2.3536, abs=5e-5)


@pytest.mark.parametrize("band", ["equal-precision", "hall-wellner"])
@pytest.mark.parametrize("conf_type", ["log-log", "log", "plain", "logit", "arcsine"])
def test_a_band_holds_the_interval_of_every_time(band, conf_type):
    result = kaplan_meier(lung(), "time", "status", "sex", conf_type=conf_type, band=band)
    both = result.parts["band"].table.merge(result.table, on=["group", "time"], suffixes=("", "_pointwise"))
    assert set(both["group"]) == {"1", "2"}
    middle = both[both["estimate"].between(0.3, 0.8)]
    assert len(middle) > 50
    assert (middle["conf_low"] < middle["conf_low_pointwise"]).all()
    assert (middle["conf_high"] > middle["conf_high_pointwise"]).all()
    assert list(result.parts["band"].table) == list(result.table)
    assert result.parts["band"].shape == "curve"


def test_a_band_covers_what_is_asked_and_known():
    result = kaplan_meier(lung(), "time", "status", band="hall-wellner", band_between=(0, 10_000))
    table = result.parts["band"].table
    known = kaplan_meier(lung(), "time", "status").table
    assert table["time"].min() == known[known["events"] > 0]["time"].min()
    assert table["time"].max() == known["time"].max()
    assert result.method["band_between"] == [0, 10_000]


def test_bands_of_one_event_and_of_none():
    one = pd.DataFrame({"days": [1, 2, 3], "event": [1, 0, 0], "site": "x"})
    frame = pd.concat([one, one.assign(event=0, site="y")])
    for band in ("equal-precision", "hall-wellner"):
        result = kaplan_meier(frame, "days", "event", "site", band=band)
        table = result.parts["band"].table
        assert list(zip(table["group"], table["time"], strict=True)) == [("x", 1)]
        pointwise = result.table.query("group == 'x' and time == 1")
        np.testing.assert_allclose(table[["conf_low", "conf_high"]], pointwise[["conf_low", "conf_high"]], rtol=1e-9)


def test_without_a_band_the_part_keeps_its_shape():
    plain, asked = (kaplan_meier(lung(), "time", "status", band=band).parts["band"] for band in (None, "hall-wellner"))
    assert len(plain.table) == 0
    assert plain.figure is None
    assert asked.figure == "survival_curve"
    assert dict(plain.table.dtypes) == dict(asked.table.dtypes)


@pytest.mark.parametrize(
    ("named", "text"),
    [
        ({"band": "nair"}, "kaplan_meier: band 'nair' is not known; known: equal-precision, hall-wellner"),
        ({"band": "hallwellner"}, "kaplan_meier: band 'hallwellner' is not known; did you mean 'hall-wellner'?"),
        *(
            (
                {"band": band, "band_between": between},
                "kaplan_meier: band_between takes two times in order, such as (30, 365), and needs band=",
            )
            for band, between in [
                (None, (1, 2)),
                ("hall-wellner", (2, 1)),
                ("hall-wellner", (1,)),
                ("hall-wellner", "ab"),
                ("hall-wellner", 3),
            ]
        ),
    ],
)
def test_choices_of_bands(named, text):
    with pytest.raises(AnalysisError) as refused:
        kaplan_meier(lung(), "time", "status", **named)
    assert str(refused.value) == text


def test_variances_of_the_cumulative_hazard():
    """Two of four, then one of two: 2/16 + 1/4 = 0.375, and 2 * 2 / 64 + 1 * 1 / 8 = 0.1875."""
    frame = pd.DataFrame({"days": [1, 1, 2, 3], "event": [1, 1, 1, 0]})
    for variance, total in {"aalen": 0.375, "greenwood": 0.1875}.items():
        result = nelson_aalen(frame, "days", "event", variance=variance)
        assert result.table["std_error"].iloc[-1] == pytest.approx(np.sqrt(total))
        assert result.method["variance"] == variance
    with pytest.raises(AnalysisError) as refused:
        nelson_aalen(frame, "days", "event", variance="poisson")
    assert str(refused.value) == "nelson_aalen: variance 'poisson' is not known; known: aalen, greenwood"


def test_a_hazard_is_not_known_beyond_what_was_observed():
    """Also when nobody had the event, or everybody did."""
    for event in (0, 1):
        frame = pd.DataFrame({"days": [1, 2], "event": event})
        assert nelson_aalen(frame, "days", "event", times=[5]).parts["at_times"].table["estimate"].isna().all()
