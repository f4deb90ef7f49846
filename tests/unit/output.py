"""What a function writes."""

import io
import json
import sys
from dataclasses import dataclass, field
from typing import Any

import pytest

from tests.contract.account import NAMESPACE


class CurrentStdout(io.TextIOBase):
    """Whatever stdout is when something is written: pytest changes it as it goes, the logger keeps its first."""

    def write(self, text: str) -> int:
        return sys.stdout.write(text)


@dataclass
class Output:
    """All that was written: by our log, by our metrics, by anybody else, to stdout and to stderr."""

    capsys: pytest.CaptureFixture[str]
    caplog: pytest.LogCaptureFixture
    _stdout: list[str] = field(default_factory=list)

    def lines(self) -> list[dict[str, Any]]:
        """The lines of our log."""
        return [line for line in self._parsed() if "_aws" not in line]

    def metrics(self, dimension: str) -> list[dict[str, Any]]:
        """The values of our metrics by name, of each line that CloudWatch makes metrics of under this dimension.

        The dimension is written as `name=value`; a metric that is told once in a line is told as one value.
        """
        found = []
        for line in self._parsed():
            for told in line.get("_aws", {}).get("CloudWatchMetrics", []):
                assert told["Namespace"] == NAMESPACE
                ((name,),) = told["Dimensions"]
                if f"{name}={line[name]}" == dimension:
                    found.append({metric["Name"]: _one_or_all(line[metric["Name"]]) for metric in told["Metrics"]})
        return found

    def everything(self) -> str:
        """All that was written since the last time as one text."""
        written = "".join([*self._stdout, *self.capsys.readouterr(), self.caplog.text])
        self._stdout.clear()
        self.caplog.clear()
        return written

    def _parsed(self) -> list[dict[str, Any]]:
        self._stdout += self.capsys.readouterr().out.splitlines(keepends=True)
        return [json.loads(line) for line in self._stdout]


def _one_or_all(values: list[float]) -> float | list[float]:
    return values[0] if len(values) == 1 else values
