"""Structured logs: one line per decision, ids only."""

from typing import Any

from aws_lambda_powertools import Logger
from botocore.exceptions import ClientError

from webhooks.event import EventKey

logger = Logger(utc=True, use_rfc3339=True, location=None, xray_trace_id=None)
"""Named by POWERTOOLS_SERVICE_NAME. Never pass it a header, a token or a body.

CloudWatch bills by the byte, so the code location and the unused trace id are left out.
"""


def ids(key: EventKey) -> dict[str, Any]:
    """The fields of every line about an event. The correlation id is the same from delivery to handler."""
    return {
        "message_id": key.message_id,
        "event_type": key.event_type,
        "client_id": key.client_id,
        "correlation_id": str(key),
    }


def error_code(error: BaseException | None) -> str | None:
    """AWS's error code, or the error's type; never its text."""
    if isinstance(error, ClientError):
        return error.response["Error"].get("Code")
    return type(error).__name__ if error else None
