#!/usr/bin/env python3
"""hdr_read.py FILE.hlog|FILE.hgrm - reads either with the standard library alone, from the
formats' description and not from our code, and prints one JSON object: for a log, per tag
its intervals, the count of all samples and their percentiles; for a table, its last line.
"""
import base64
import json
import math
import re
import struct
import sys
import zlib

QUANTILES = {"p50": 0.5, "p90": 0.9, "p99": 0.99, "p999": 0.999, "p9999": 0.9999}


def numbers(data):
    """ZigZag LEB128 of at most 9 bytes."""
    at = 0
    while at < len(data):
        value = shift = 0
        for i in range(9):
            byte = data[at]
            at += 1
            if i == 8:
                value |= byte << shift
                break
            value |= (byte & 0x7F) << shift
            shift += 7
            if byte < 0x80:
                break
        yield (value >> 1) ^ -(value & 1)


def decode(text):
    """{highest value of a cell: count} of a V2 histogram."""
    raw = base64.b64decode(text, validate=True)
    cookie, length = struct.unpack(">II", raw[:8])
    assert cookie == 0x1C849314 and length == len(raw) - 8
    block = zlib.decompress(raw[8:])
    cookie, length, offset, digits, lowest, highest, ratio = struct.unpack(
        ">IIIIqqd", block[:40])
    assert cookie == 0x1C849313 and length == len(block) - 40
    assert (offset, ratio) == (0, 1.0) and highest >= 2 * lowest
    unit = int(math.log2(lowest))
    half_bits = math.ceil(math.log2(2 * 10 ** digits)) - 1
    cells, index = {}, 0
    for number in numbers(block[40:]):
        if number <= 0:
            index += -number
            continue
        bucket = (index >> half_bits) - 1
        sub = (index & ((1 << half_bits) - 1)) + (1 << half_bits)
        if bucket < 0:
            sub -= 1 << half_bits
            bucket = 0
        low = sub << (bucket + unit)
        cells[low + (1 << (bucket + unit)) - 1] = number
        index += 1
    return cells


def percentiles(cells):
    total, found, seen = sum(cells.values()), {}, 0
    for value in sorted(cells):
        seen += cells[value]
        for name, quantile in QUANTILES.items():
            if name not in found and seen >= math.ceil(quantile * total - 1e-6):
                found[name] = value
    return found


def read_log(lines):
    assert lines[1] == "#[Histogram log format version 1.3]"
    assert all(len(line) <= 126 for line in lines if line.startswith("#"))
    legend = lines.index('"StartTimestamp","Interval_Length","Interval_Max",'
                         '"Interval_Compressed_Histogram"')
    base = next(float(line.split()[1]) for line in lines if "BaseTime" in line)
    tags = {}
    for line in lines[legend + 1:]:
        tag, start, length, most, text = line.split(",")
        assert tag.startswith("Tag=") and re.fullmatch(r"\d+\.\d{3}", start)
        cells = decode(text)
        one = tags.setdefault(tag[4:], {"intervals": [], "cells": {}})
        assert f"{max(cells, default=0) / 1e6:.3f}" == most
        one["intervals"].append(
            {"start": float(start), "length": float(length), "count": sum(cells.values())})
        for value, count in cells.items():
            one["cells"][value] = one["cells"].get(value, 0) + count
    for one in tags.values():
        cells = one.pop("cells")
        one.update(count=sum(cells.values()), max=max(cells, default=0), **percentiles(cells))
    return {"base": base, "tags": tags}


def read_table(lines):
    """By the plotter's rule: lines of exactly four words, and no comment."""
    steps = [line.split() for line in lines[2:] if line and line[0] != "#"]
    assert [len(step) for step in steps[:-1]] == [4] * (len(steps) - 1)
    assert len(steps[-1]) == 3 and "Percentile" in lines[0] and lines[1] == ""
    counts = [int(step[2]) for step in steps]
    assert counts == sorted(counts)
    foot = dict(re.findall(r"(\w[\w ]*?) *= *([\d.]+)", " ".join(lines[-3:])))
    at = {name: next(float(step[0]) for step in steps if float(step[1]) >= quantile)
          for name, quantile in QUANTILES.items()}
    return {"count": counts[-1], "max": float(steps[-1][0]), "mean": float(foot["Mean"]),
            "total": int(foot["Total count"]), **at}


with open(sys.argv[1], encoding="ascii") as file:
    content = file.read().splitlines()
print(json.dumps(read_log(content) if content[0].startswith("#") else read_table(content)))
