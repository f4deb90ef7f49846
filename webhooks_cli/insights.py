"""CloudWatch Logs Insights: finds lines in the logs of several functions at once.

Each query costs by the bytes of log in its span of time: half a US cent per GB.
"""

import json
import re
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import batched
from typing import Any

from webhooks_cli.errors import ToolFailed
from webhooks_cli.stack import Stack

MOST_LINES = 10_000
"""Insights returns no more of one query."""

_MOST_GROUPS = 50
_PAUSE = 0.3


@dataclass(frozen=True, slots=True)
class Found:
    """One line. `id` is Insights' own; `at` is when it was written, in the form 2026-11-24 12:00:00.000 (UTC)."""

    id: str
    at: str
    function: str
    text: str


def field(name: str, value: str) -> str:
    """A pattern for lines of our log that have a field of this name with exactly this text."""
    return f"{_escaped(json.dumps(name))}:\\s*{_escaped(json.dumps(value))}"


def search(stack: Stack, functions: Sequence[str], patterns: Sequence[str], since: str, limit: int) -> list[Found]:
    """The last lines since a moment that fit every pattern, in no order; functions by their short names.

    Raises `ToolFailed` where Insights gives up.
    """
    filters = "".join(f" | filter @message like /{pattern}/" for pattern in patterns)
    query = f"fields @timestamp, @message, @log{filters} | sort @timestamp desc | limit {limit}"
    logs = stack.client("logs")
    running = [
        logs.start_query(
            logGroupNames=[stack.log_group(function) for function in some],
            startTime=int(datetime.fromisoformat(since).timestamp()),
            endTime=int(datetime.now(UTC).timestamp()) + 1,
            queryString=query,
        )["queryId"]
        for some in batched(functions, _MOST_GROUPS, strict=False)
    ]
    return [found for query_id in running for found in _results(logs, query_id, stack.log_group(""))]


def _results(logs: Any, query_id: str, prefix: str) -> Iterator[Found]:
    while (answer := logs.get_query_results(queryId=query_id))["status"] in {"Scheduled", "Running", "Unknown"}:
        time.sleep(_PAUSE)
    if answer["status"] != "Complete":
        raise ToolFailed(f"Logs Insights ended the query as {answer['status']}: a shorter span of time may help")
    for row in answer["results"]:
        told = {cell["field"]: cell["value"] for cell in row}
        yield Found(told["@ptr"], told["@timestamp"], told["@log"].partition(prefix)[2], told["@message"])


def _escaped(text: str) -> str:
    return re.escape(text).replace("/", r"\/")
