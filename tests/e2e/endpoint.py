"""What a run serves over HTTP."""

from __future__ import annotations

import re
import urllib.error
import urllib.request

import prometheus_text
from inlet_process import InletProcess
from mongod import await_condition

#: The run takes a free port and tells it.
LISTEN = ["--metrics-listen", "127.0.0.1:0"]


class Endpoint:
    def __init__(self, inlet: InletProcess):
        found = await_condition(
            lambda: re.search(r"http://127\.0\.0\.1:\d+", inlet.output()), lambda: f"the endpoint's address in:\n{inlet.output()}"
        )
        self.url = found[0]

    def get(self, path: str) -> tuple[int, str]:
        try:
            with urllib.request.urlopen(self.url + path, timeout=10) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as refused:
            return refused.code, refused.read().decode()

    def metrics(self) -> dict[str, prometheus_text.Family]:
        status, text = self.get("/metrics")
        assert status == 200
        return prometheus_text.parse(text)

    def metric(self, name: str, *labels: str) -> float | None:
        return prometheus_text.value(self.metrics(), name, *labels)
