"""What a failure must look like: one error at the end, that says what failed, with which facts, and what to do."""

from __future__ import annotations

import re
from dataclasses import dataclass

_ERROR = re.compile(
    r"error: (?P<code>[a-z_]+): (?P<text>[^()\n;]+?)(?: \((?P<fields>.*?)\))?(?:; hint: (?P<hint>[^\n]+))?\n", re.DOTALL
)
_NOISE = re.compile(r"terminate called|what\(\)|assertion|segmentation|backtrace|\bat 0x|\.cc:\d+", re.IGNORECASE)


@dataclass
class Failure:
    code: str
    text: str
    fields: str
    hint: str


def the_error(log: str, lines_before_max: int = 4) -> Failure:
    """The error that ends a log. Before it stand a start, a wait, a collection or two: more is a stack of noise."""
    assert log.startswith("error: ") or "\nerror: " in log, f"no error in:\n{log}"
    begin = 0 if log.startswith("error: ") else log.index("\nerror: ") + 1
    found = _ERROR.fullmatch(log, begin)
    assert found, f"not one well-formed error at the end of:\n{log}"
    assert not _NOISE.search(log), log
    assert log[:begin].count("\n") <= lines_before_max, f"noise before the error:\n{log}"
    return Failure(found["code"], found["text"], found["fields"] or "", found["hint"] or "")
