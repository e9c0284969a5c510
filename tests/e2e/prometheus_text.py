"""A strict reader of Prometheus' text format, version 0.0.4, written from its specification."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

_NAME = r"[a-zA-Z_:][a-zA-Z0-9_:]*"
_LABEL = r'[a-zA-Z_][a-zA-Z0-9_]*="(?:[^"\\\n]|\\["\\n])*"'
_SAMPLE = re.compile(rf"({_NAME})(?:\{{({_LABEL}(?:,{_LABEL})*)?\}})? ([^ ]+)")
_COMMENT = re.compile(rf"# (HELP|TYPE) ({_NAME}) (.+)")


@dataclass
class Family:
    kind: str
    samples: dict[tuple[str, str], float] = field(default_factory=dict)  # (name, labels) -> value


def parse(text: str) -> dict[str, Family]:
    """Families by name; fails on what a scraper would refuse, and on what it would silently take wrong."""
    assert text.endswith("\n"), "the last line is not ended"
    families: dict[str, Family] = {}
    helped: set[str] = set()
    current = ""
    for line in text[:-1].split("\n"):
        comment = _COMMENT.fullmatch(line)
        if comment:
            what, name, rest = comment.groups()
            if what == "HELP":
                assert name not in helped, f"help twice: {name}"
                helped.add(name)
            else:
                assert name in helped, f"no help before the type: {name}"
                assert name not in families, f"type twice, or its samples are apart: {name}"
                assert rest in ("counter", "gauge", "histogram"), line
                families[name] = Family(rest)
                current = name
            continue
        sample = _SAMPLE.fullmatch(line)
        assert sample, f"not a sample: {line!r}"
        name, labels, value = sample.groups()
        family = families[current]
        allowed = {current} if family.kind != "histogram" else {current + end for end in ("_bucket", "_sum", "_count")}
        assert name in allowed, f"{name} stands below {current}"
        key = (name, labels or "")
        assert key not in family.samples, f"sample twice: {key}"
        family.samples[key] = float(value)
        if family.kind == "counter":
            assert current.endswith("_total") and float(value) >= 0, line
    for name, family in families.items():
        assert family.samples, f"a family without samples: {name}"
        if family.kind == "histogram":
            _check_histogram(name, family)
    return families


def _check_histogram(name: str, family: Family) -> None:
    buckets: dict[str, list[tuple[float, float]]] = {}
    for (sample, labels), value in family.samples.items():
        if sample == name + "_bucket":
            *others, bound = labels.split(",")
            buckets.setdefault(",".join(others), []).append((float(bound.removeprefix('le="').removesuffix('"')), value))
    assert buckets, name
    for labels, steps in buckets.items():
        assert steps == sorted(steps), f"{name}: bounds or counts go back"
        assert steps[-1] == (float("inf"), family.samples[(name + "_count", labels)]), name
        assert (name + "_sum", labels) in family.samples, name


def value(families: dict[str, Family], name: str, *labels: str) -> float | None:
    """The sample that has all of `labels` (`state="running"`), or nothing."""
    for (_, have), number in families[name].samples.items() if name in families else ():
        if all(label in have.split(",") for label in labels):
            return number
    return None
