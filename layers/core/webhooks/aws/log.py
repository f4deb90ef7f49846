"""Structured logs: one line per decision, ids only."""

from typing import Any

from aws_lambda_powertools import Logger
from botocore.exceptions import ClientError

from webhooks.event import EventKey

logger = Logger(utc=True, use_rfc3339=True, location=None, xray_trace_id=None)
"""Named by POWERTOOLS_SERVICE_NAME. Never given a header, a token or a body. Logs cost by the byte, so it says neither
where in the code a line comes from, which the message tells, nor the id of a trace that nobody makes.
"""


def ids(key: EventKey) -> dict[str, Any]:
    """What every line about an event tells of it; the correlation id is the same from delivery to handler."""
    return {
        "message_id": key.message_id,
        "event_type": key.event_type,
        "client_id": key.client_id,
        "correlation_id": str(key),
    }


def cause(error: BaseException | None) -> str | None:
    """What AWS said, or what stood in the way of asking: a code or the error's type, never its text."""
    if isinstance(error, ClientError):
        return error.response["Error"].get("Code")
    return type(error).__name__ if error else None
