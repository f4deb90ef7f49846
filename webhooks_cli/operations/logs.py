"""The functions' logs, searched with CloudWatch Logs Insights.

A query costs by the bytes of log in its span of time: half a US cent per GB.
"""

import json
import re
import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import batched
from typing import Any, Self

from webhooks.dates import timestamp
from webhooks.event import CUSTOM
from webhooks_cli.operations.errors import OperationFailed
from webhooks_cli.operations.stack import Stack

MOST_LINES = 10_000
"""Insights returns no more for one query."""

LOGGED = '"level":'
"""Pattern of the lines that our functions log, as opposed to those that CloudWatch makes metrics of."""

_CRASHED = r"Task timed out|\[ERROR\]"
"""Pattern of the lines that Lambda logs for a function that could not."""

_MOST_GROUPS = 50
_POLL_SECONDS = 0.3
_FOLLOW_SECONDS = 2.0
_DELAY = timedelta(minutes=1)
"""How long it may take until Insights finds a line."""

_LEFT_OUT = {
    *("level", "location", "timestamp", "service", "message"),
    *("message_id", "client_id", "event_type", "correlation_id"),
    *("stack", "sqs_message_id", "xray_trace_id"),
}
"""Fields that are long, or shown elsewhere in a line."""


@dataclass(frozen=True, slots=True)
class Found:
    """A line that Insights found. `id` is Insights' own; `at` is when it arrived: 2026-11-24 12:00:00.000 (UTC)."""

    id: str
    at: str
    function: str
    text: str


@dataclass(frozen=True, slots=True)
class LogLine:
    """A line: when, by which function, and what it says; `fields` is empty if it is not JSON of ours."""

    at: str
    function: str
    message: str
    fields: dict[str, Any]

    @classmethod
    def parse(cls, found: Found) -> Self:
        """From what Insights found. The time is the line's own, if it has one."""
        try:
            fields = json.loads(found.text)
        except ValueError:
            fields = None
        if not isinstance(fields, dict) or "message" not in fields:
            return cls(_moment(found.at), found.function, found.text.strip(), {})
        return cls(_moment(fields.get("timestamp", found.at)), found.function, str(fields["message"]), fields)

    @property
    def level(self) -> str:
        """INFO, WARNING or ERROR."""
        return str(self.fields.get("level", "ERROR"))

    def text(self) -> str:
        """The line for people, without long and repeated fields."""
        rest = " ".join(f"{name}={_value(value)}" for name, value in self.fields.items() if name not in _LEFT_OUT)
        parts = (self.at, self.function, self.message, self.fields.get("correlation_id", ""), rest)
        return "  ".join(part for part in parts if part)

    def data(self) -> dict[str, Any]:
        """The line for scripts."""
        return {"at": self.at, "function": self.function, "message": self.message} | self.fields


@dataclass(frozen=True, slots=True)
class LogQuery:
    """Selects lines since a moment, of one event and of one type, and at most the last `limit`."""

    since: str
    message_id: str = ""
    event_type: str = ""
    limit: int = 1000

    def lines(self, stack: Stack, *, follow: bool = False) -> Iterator[LogLine]:
        """The lines in order of time; of one moment, ingest's first. With `follow`, without an end."""
        functions = ["ingest", "relay", *self._handlers(stack)]
        found = search(stack, functions, self._patterns(), self.since, self.limit)
        yield from _in_order(found, functions)[-self.limit :]
        while follow:
            time.sleep(_FOLLOW_SECONDS)
            seen = {each.id for each in found}
            found = search(stack, functions, self._patterns(), timestamp(datetime.now(UTC) - _DELAY), MOST_LINES)
            yield from _in_order((each for each in found if each.id not in seen), functions)

    def _patterns(self) -> list[str]:
        patterns = [LOGGED] if self.message_id or self.event_type else [f"{LOGGED}|{_CRASHED}"]
        patterns += [field_pattern("message_id", self.message_id)] if self.message_id else []
        return patterns + ([field_pattern("event_type", self.event_type)] if self.event_type else [])

    def _handlers(self, stack: Stack) -> Sequence[str]:
        if not self.event_type:
            return stack.event_types
        return [self.event_type if self.event_type in stack.event_types else CUSTOM]


def field_pattern(name: str, value: str) -> str:
    """The pattern of our lines with a field of this name and exactly this text."""
    # Powertools leaves what is outside ASCII as it is.
    text = json.dumps(value.encode("utf-8", "replace").decode(), ensure_ascii=False)
    return f"{_escaped(json.dumps(name))}:\\s*{_escaped(text)}"


def search(stack: Stack, functions: Sequence[str], patterns: Sequence[str], since: str, limit: int) -> list[Found]:
    """The last lines since a moment that match every pattern, in no order; functions by their short names.

    Raises `OperationFailed` if Insights gives up.
    """
    filters = "".join(f" | filter @message like /{pattern}/" for pattern in patterns)
    logs = stack.client("logs")
    running = [
        logs.start_query(
            logGroupNames=[stack.log_group(function) for function in some],
            startTime=int(datetime.fromisoformat(since).timestamp()),
            endTime=int(datetime.now(UTC).timestamp()) + 1,
            queryString=f"fields @timestamp, @message, @log{filters} | sort @timestamp desc | limit {limit}",
        )["queryId"]
        for some in batched(functions, _MOST_GROUPS, strict=False)
    ]
    return [found for query_id in running for found in _results(logs, query_id, stack.log_group(""))]


def _results(logs: Any, query_id: str, prefix: str) -> Iterator[Found]:
    while (answer := logs.get_query_results(queryId=query_id))["status"] in {"Scheduled", "Running", "Unknown"}:
        time.sleep(_POLL_SECONDS)
    if answer["status"] != "Complete":
        raise OperationFailed(f"Logs Insights ended the query as {answer['status']}: a shorter span of time may help")
    for cells in answer["results"]:
        row = {cell["field"]: cell["value"] for cell in cells}
        yield Found(row["@ptr"], row["@timestamp"], row["@log"].partition(prefix)[2], row["@message"])


def _in_order(found: Iterable[Found], functions: Sequence[str]) -> list[LogLine]:
    return sorted(map(LogLine.parse, found), key=lambda line: (line.at, functions.index(line.function)))


def _escaped(text: str) -> str:
    return re.escape(text).replace("/", r"\/")


def _moment(stamp: str) -> str:
    """As 2026-11-24T12:00:00.000Z, from `2026-11-24 12:00:00,000+0000` or `2026-11-24 12:00:00.000`."""
    return stamp[:23].replace(" ", "T").replace(",", ".") + "Z"


def _value(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
