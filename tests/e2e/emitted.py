"""Everything that a stack emits: its logs, the emulator's output, and the responses."""

import base64
import json
import time
from collections.abc import Iterator
from typing import Any

from tools.local.client import post
from tools.local.stack import LocalStack
from webhooks_cli.operations.endpoint import Request

_MOST_EVENTS = 10_000
"""The emulator returns at most that many log events of a group, without notice."""


class Emitted:
    """What is emitted from now on, as lines of text with their source."""

    def __init__(self, stack: LocalStack) -> None:
        self._stack = stack
        self._since = int(time.time() * 1000)
        self._printed_before = stack.emulator.log.stat().st_size
        self.answers: list[str] = []

    def post(self, request: Request) -> None:
        """Deliver, and add the response."""
        answer = post(self._stack, request)
        self.answers.append(json.dumps([answer.status, dict(answer.headers), answer.body]))

    def lines(self) -> Iterator[tuple[str, str]]:
        """Source and text of each line."""
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
        for source, line in self.lines():
            if source.startswith("/aws/lambda/") and line.startswith("{"):
                yield json.loads(line)

    def _printed(self) -> str:
        with self._stack.emulator.log.open("rb") as log:
            log.seek(self._printed_before)
            return log.read().decode(errors="replace")


def contains(line: str, secret: str) -> bool:
    """Whether a line contains a text: as it is, in any case, or in base64 at any offset."""
    encoded = (base64.b64encode(b" " * lead + secret.encode()).decode() for lead in range(3))
    # The first and last four characters of base64 depend on the text around.
    return secret.lower() in line.lower() or any(text[4:-4] in line for text in encoded)
