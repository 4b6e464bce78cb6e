"""The benchmark of the mapping, with few people: both ways run, and they agree on every value."""

import argparse
import importlib

import pytest


@pytest.fixture
def bench(pytestconfig, monkeypatch):
    """Return the modules of the benchmarks, which are scripts and no package."""
    monkeypatch.syspath_prepend(pytestconfig.rootpath / "bench")
    return importlib.import_module("bench_map"), importlib.import_module("harness")


def test_the_bench_runs_and_the_answers_agree(bench, tmp_path):
    bench_map, harness = bench
    (benchmark,) = bench_map.BENCHMARKS
    data = benchmark.prepare(argparse.Namespace(people=400), tmp_path)
    runs = {name: [harness.work_here("bench_map", "map", name, data)] for name in benchmark.contenders}
    assert harness.disagreements(runs, benchmark.tolerance) == []
    answer = runs["lvrn_eval"][0].answer
    assert {key.partition("/")[0] for key in answer} == set(bench_map.INDICATORS)
    assert list(runs["plain pandas"][0].stages) == ["imports", "check", "map"]
    assert "plain pandas" in harness.report(benchmark, runs)


def test_it_is_one_of_the_benchmarks(pytestconfig):
    script = (pytestconfig.rootpath / "bench" / "run.py").read_text(encoding="utf-8")
    assert '"bench_map"' in script
