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
from typing import Any

from webhooks.dates import timestamp
from webhooks.event import CUSTOM
from webhooks_cli.operations.errors import OperationFailed
from webhooks_cli.operations.log_line import Found, LogLine
from webhooks_cli.operations.stack import Stack

MOST_LINES = 10_000
"""Insights returns no more for one query."""

LOGGED = '"level":'
"""Pattern of the lines that our functions log, as opposed to those that CloudWatch makes metrics of."""

_NOISE = r'^(?:START|END|REPORT) RequestId: |^(?:INIT|RESTORE)_(?:START|REPORT)\b|^EXTENSION\b|^\{"_aws":'
"""Pattern of the lines that Lambda logs of every run, and of those that CloudWatch makes metrics of."""

_MOST_GROUPS = 50
_POLL_SECONDS = 0.3
_FOLLOW_SECONDS = 2.0
_DELAY = timedelta(minutes=1)
"""How long it may take until Insights finds a line."""


@dataclass(frozen=True, slots=True)
class LogQuery:
    """Selects lines since a moment, of one event and of one type or handler, and at most the last `limit`."""

    since: str
    message_id: str = ""
    event_type: str = ""
    limit: int = 1000

    def lines(self, stack: Stack, *, follow: bool = False) -> Iterator[LogLine]:
        """The lines in order of time; of one moment, ingest's first. With `follow`, without an end."""
        functions = ["ingest", "relay", *stack.event_types]
        found = self._search(stack, self.since, self.limit)
        yield from _in_order(found, functions)[-self.limit :]
        while follow:
            time.sleep(_FOLLOW_SECONDS)
            seen = {each.id for each in found}
            found = self._search(stack, timestamp(datetime.now(UTC) - _DELAY), MOST_LINES)
            yield from _in_order((each for each in found if each.id not in seen), functions)

    def _search(self, stack: Stack, since: str, limit: int) -> list[Found]:
        by_id = [field_pattern("message_id", self.message_id)] if self.message_id else []
        own = [self.event_type] if self.event_type in stack.event_types else []
        if not self.event_type:
            return search(stack, ["ingest", "relay", *stack.event_types], by_id, since, limit)
        # A line that a handler prints does not name the type.
        by_type = [*by_id, field_pattern("event_type", self.event_type)]
        others = stack.routing.others(self.event_type)
        found = search(stack, ["ingest", "relay", *([] if own else [CUSTOM]), *others], by_type, since, limit)
        return found + (search(stack, own, by_id, since, limit) if own else [])


def field_pattern(name: str, value: str) -> str:
    """The pattern of our lines with a field of this name and exactly this text."""
    # Powertools leaves what is outside ASCII as it is.
    text = json.dumps(value.encode("utf-8", "replace").decode(), ensure_ascii=False)
    return f"{_escaped(json.dumps(name))}:\\s*{_escaped(text)}"


def search(stack: Stack, functions: Sequence[str], patterns: Sequence[str], since: str, limit: int) -> list[Found]:
    """The last lines since a moment that match every pattern, in no order; functions by their short names.

    Raises `OperationFailed` if Insights gives up.
    """
    filters = f" | filter @message not like /{_NOISE}/"
    filters += "".join(f" | filter @message like /{pattern}/" for pattern in patterns)
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
