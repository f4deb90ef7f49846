"""What a function writes."""

import io
import json
import sys
from dataclasses import dataclass
from typing import Any

import pytest


class CurrentStdout(io.TextIOBase):
    """Whatever stdout is when something is written: pytest changes it as it goes, the logger keeps its first."""

    def write(self, text: str) -> int:
        return sys.stdout.write(text)


@dataclass
class Output:
    """All that was written since the last look: by our log, by anybody else's, to stdout and to stderr."""

    capsys: pytest.CaptureFixture[str]
    caplog: pytest.LogCaptureFixture

    def lines(self) -> list[dict[str, Any]]:
        """The lines of our log."""
        return [json.loads(line) for line in self.capsys.readouterr().out.splitlines()]

    def everything(self) -> str:
        """All of it as one text."""
        written = "".join([*self.capsys.readouterr(), self.caplog.text])
        self.caplog.clear()
        return written
