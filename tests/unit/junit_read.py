#!/usr/bin/python3
"""Reads JUnit XML as Jenkins and GitLab do and prints what it understood as JSON.
usage: junit_read.py FILE

Beyond being well-formed a file has one suite whose counts are those of its cases, only elements
and attributes that these readers know, and at most one outcome per case.
"""
import json
import sys
import xml.etree.ElementTree as tree

ATTRIBUTES = {
    "testsuites": {"name", "tests", "failures", "errors", "skipped", "time"},
    "testsuite": {"name", "tests", "failures", "errors", "skipped", "time"},
    "properties": set(),
    "property": {"name", "value"},
    "testcase": {"classname", "name", "time"},
    "failure": {"message", "type"},
    "error": {"message", "type"},
    "skipped": {"message"},
}
CHILDREN = {
    "testsuites": {"testsuite"},
    "testsuite": {"properties", "testcase"},
    "properties": {"property"},
    "testcase": {"properties", "failure", "error", "skipped"},
}
OUTCOMES = ("failure", "error", "skipped")


def check(element):
    assert set(element.attrib) <= ATTRIBUTES[element.tag], element.attrib
    for child in element:
        assert child.tag in CHILDREN.get(element.tag, ()), child.tag
        check(child)


def properties(element):
    return {p.get("name"): p.get("value") for p in element.findall("properties/property")}


def read_case(case):
    outcomes = [child for child in case if child.tag in OUTCOMES]
    assert len(outcomes) <= 1 and case.get("name") and case.get("classname")
    assert float(case.get("time")) >= 0
    found = {"classname": case.get("classname"), "name": case.get("name"),
             "properties": properties(case), "outcome": "passed", "message": "", "text": ""}
    for outcome in outcomes:
        found.update(outcome=outcome.tag, message=outcome.get("message"),
                     text=outcome.text or "")
    return found


def read(path):
    root = tree.parse(path).getroot()
    assert root.tag == "testsuites"
    check(root)
    (suite,) = root
    assert root.attrib == suite.attrib
    cases = [read_case(case) for case in suite.findall("testcase")]
    counts = {"tests": len(cases)}
    for key, tag in (("failures", "failure"), ("errors", "error"), ("skipped", "skipped")):
        counts[key] = sum(case["outcome"] == tag for case in cases)
    for key, count in counts.items():
        assert int(suite.get(key)) == count, key
    return {"cases": cases, "properties": properties(suite), "time": float(suite.get("time")),
            **counts}


print(json.dumps(read(sys.argv[1])))
