#!/usr/bin/python3
"""Reads what `iomodels show --format F` has written as the tools of others read it, and prints
what it understood as JSON. usage: show_read.py F FILE [FILE2]. Exit 77: the reader is missing.

gbench         by the rules of Google Benchmark's compare.py; by itself (Debian package
               libbenchmark-tools) too where that is installed, with stand-ins for the two
               functions of scipy that it imports
github-action  by the schema of github-action-benchmark's src/extract.ts
openmetrics    by python3-prometheus-client
"""
import json
import os
import re
import sys
import types

GBENCH = "/usr/share/benchmark"


def refuse_constant(name):
    raise ValueError(name + " is no JSON")


def load(path):
    with open(path, encoding="utf-8") as file:
        return json.load(file, parse_constant=refuse_constant)


def compare_py():
    """The module gbench.report, or None."""
    if not os.path.exists(GBENCH + "/gbench/report.py"):
        return None
    stats = types.ModuleType("scipy.stats")
    stats.mannwhitneyu = lambda a, b, alternative: types.SimpleNamespace(pvalue=0.5)

    class Means(list):
        def any(self):
            return any(self)

    def gmean(rows):
        means = Means()
        for column in zip(*rows):
            product = 1.0
            for value in column:
                product *= value
            means.append(product ** (1 / len(column)))
        return means

    stats.gmean = gmean
    scipy, numpy = types.ModuleType("scipy"), types.ModuleType("numpy")
    scipy.stats, numpy.array = stats, Means
    sys.modules.update({"scipy": scipy, "scipy.stats": stats, "numpy": numpy})
    sys.path.insert(0, GBENCH)
    from gbench import report
    return report


def gbench(path, other=None):
    data = load(path)
    assert data["context"]["json_schema_version"] == 1
    assert all(isinstance(v, (str, int, bool, list)) for v in data["context"].values())
    for entry in data["benchmarks"]:
        assert isinstance(entry["name"], str) and entry["name"]
        assert entry["run_type"] in ("iteration", "aggregate")
        assert entry["time_unit"] in ("ns", "us", "ms", "s")
        for key in ("real_time", "cpu_time"):
            assert isinstance(entry[key], (int, float)), key
        for key in ("iterations", "repetitions", "family_index", "threads"):
            assert isinstance(entry[key], int), key
        if entry["run_type"] == "iteration":
            assert 0 <= entry["repetition_index"] < entry["repetitions"]
            assert entry["name"] == entry["run_name"]
        else:
            assert entry["name"] == entry["run_name"] + "_" + entry["aggregate_name"]
    found = {"benchmarks": data["benchmarks"], "context": data["context"]}
    report = compare_py()
    if report:
        found["compared"] = report.get_difference_report(
            data, load(other) if other else data, utest=True)
    return found


def github_action(path):
    entries = load(path)
    assert isinstance(entries, list) and entries
    for entry in entries:
        assert set(entry) <= {"name", "value", "unit", "range", "extra"}
        assert isinstance(entry["name"], str) and isinstance(entry["unit"], str)
        assert isinstance(entry["value"], (int, float))
        if "range" in entry:
            assert re.match(r"^(\+-|\u00b1)\s*[0-9.e+-]+$", entry["range"])
    assert len({entry["name"] for entry in entries}) == len(entries)
    return entries


def openmetrics(path):
    try:
        from prometheus_client.openmetrics import parser
    except ImportError:
        sys.exit(77)
    with open(path, encoding="utf-8", newline="") as file:
        families = list(parser.text_fd_to_metric_families(file))
    return [{"name": family.name, "type": family.type, "unit": family.unit,
             "samples": [[s.name, s.labels, s.value] for s in family.samples]}
            for family in families]


READERS = {"gbench": gbench, "github-action": github_action, "openmetrics": openmetrics}
print(json.dumps(READERS[sys.argv[1]](*sys.argv[2:])))
