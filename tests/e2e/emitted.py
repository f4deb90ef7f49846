"""All that a stack emits from a moment on: its logs, what the emulator prints, and what callers are answered."""

import base64
import json
import time
from collections.abc import Iterator
from typing import Any

from tools.local.client import post
from tools.local.stack import LocalStack
from webhooks_cli.operations.endpoint import Request

_MOST_EVENTS = 10_000
"""The emulator returns no more log events of a group than that, and does not say so."""


class Emitted:
    """What is emitted, as lines of text by where they were found."""

    def __init__(self, stack: LocalStack) -> None:
        self._stack = stack
        self._since = int(time.time() * 1000)
        self._printed_before = stack.emulator.log.stat().st_size
        self.answers: list[str] = []

    def post(self, request: Request) -> None:
        """Deliver, and keep what is answered."""
        answer = post(self._stack, request)
        self.answers.append(json.dumps([answer.status, dict(answer.headers), answer.body]))

    def lines(self) -> Iterator[tuple[str, str]]:
        """Each line and where it was found."""
        yield from (("answer", answer) for answer in self.answers)
        yield from (("emulator", line) for line in self._printed().splitlines())
        logs = self._stack.emulator.client("logs")
        for page in logs.get_paginator("describe_log_groups").paginate():
            for group in page["logGroups"]:
                name = group["logGroupName"]
                found = logs.filter_log_events(logGroupName=name, startTime=self._since)["events"]
                assert len(found) < _MOST_EVENTS
                yield from ((name, event["message"]) for event in found)

    def logged(self) -> Iterator[dict[str, Any]]:
        """The structured lines of the functions' logs."""
        for place, line in self.lines():
            if place.startswith("/aws/lambda/") and line.startswith("{"):
                yield json.loads(line)

    def _printed(self) -> str:
        with self._stack.emulator.log.open("rb") as log:
            log.seek(self._printed_before)
            return log.read().decode(errors="replace")


def holds(line: str, secret: str) -> bool:
    """Whether a line holds a text: as it is, in any case, or in base64, wherever it may stand in what was encoded."""
    encoded = (base64.b64encode(b" " * lead + secret.encode()).decode() for lead in range(3))
    # The first and last four characters of base64 depend on what stands beside.
    return secret.lower() in line.lower() or any(text[4:-4] in line for text in encoded)
