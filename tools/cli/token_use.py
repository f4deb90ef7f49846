"""When a token was last used, by what ingest logged of it."""

import re
import time
from datetime import UTC, datetime, timedelta
from typing import Any

from tools.cli.stack import Stack
from tools.errors import ToolFailed
from webhooks.dates import normalised

_PAUSE = 0.5
_UNDER_WAY = {"Scheduled", "Running", "Unknown"}


def last_use(stack: Stack, label: str, within: timedelta) -> str:
    """When ingest last took a delivery with the token of that label, in the form of `received_at`; empty if not so.

    CloudWatch bills by what it reads: all that ingest logged in that time. Raises `ToolFailed`.
    """
    logs, now = stack.client("logs"), datetime.now(UTC)
    line = f'"token_label":"{re.escape(label)}"'
    query = logs.start_query(
        logGroupName=stack.log_group("ingest"),
        startTime=int((now - within).timestamp()),
        endTime=int(now.timestamp()) + 1,
        queryString=f"fields @timestamp | filter @message like /{line}/ | sort @timestamp desc | limit 1",
    )
    found = _results(logs, query["queryId"])
    return next((normalised(cell["value"]) or "" for row in found for cell in row if cell["field"] == "@timestamp"), "")


def _results(logs: Any, query_id: str) -> list[list[dict[str, str]]]:
    while (told := logs.get_query_results(queryId=query_id))["status"] in _UNDER_WAY:
        time.sleep(_PAUSE)
    if told["status"] != "Complete":
        raise ToolFailed(f"CloudWatch Logs did not answer a query ({told['status']}): try again")
    results: list[list[dict[str, str]]] = told["results"]
    return results
