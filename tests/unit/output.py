"""Everything that a function writes: log lines, metrics, and whatever else reaches stdout or stderr."""

import io
import json
import sys
from dataclasses import dataclass, field
from typing import Any

import pytest

from tests.contract.account import NAMESPACE


class CurrentStdout(io.TextIOBase):
    """The stdout of the moment: pytest replaces it between tests, while the logger keeps its first one."""

    def write(self, text: str) -> int:
        return sys.stdout.write(text)


@dataclass
class Output:
    """Captured output. `lines` and `metrics` may be called again; `everything` starts anew."""

    capsys: pytest.CaptureFixture[str]
    caplog: pytest.LogCaptureFixture
    _stdout: list[str] = field(default_factory=list)

    def lines(self) -> list[dict[str, Any]]:
        """The log lines."""
        return [line for line in self._parsed() if "_aws" not in line]

    def metrics(self, dimension: str) -> list[dict[str, Any]]:
        """For each line with metrics under a dimension, written `name=value`, or none: their values by name."""
        found = []
        for line in self._parsed():
            for group in line.get("_aws", {}).get("CloudWatchMetrics", []):
                assert group["Namespace"] == NAMESPACE
                (names,) = group["Dimensions"]
                if ",".join(f"{name}={line[name]}" for name in names) == dimension:
                    found.append({each["Name"]: _one_or_all(line[each["Name"]]) for each in group["Metrics"]})
        return found

    def everything(self) -> str:
        """The whole text written since the last call."""
        written = "".join([*self._stdout, *self.capsys.readouterr(), self.caplog.text])
        self._stdout.clear()
        self.caplog.clear()
        return written

    def _parsed(self) -> list[dict[str, Any]]:
        self._stdout += self.capsys.readouterr().out.splitlines(keepends=True)
        return [json.loads(line) for line in self._stdout]


def _one_or_all(values: list[float]) -> float | list[float]:
    return values[0] if len(values) == 1 else values
