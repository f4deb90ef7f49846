"""Structured logs: one line per decision, ids only."""

from aws_lambda_powertools import Logger
from botocore.exceptions import ClientError

logger = Logger(utc=True)
"""Named by POWERTOOLS_SERVICE_NAME. Never given a header, a token or a body."""


def cause(error: BaseException | None) -> str | None:
    """What AWS said, or what stood in the way of asking: a code or the error's type, never its text."""
    if isinstance(error, ClientError):
        return error.response["Error"].get("Code")
    return type(error).__name__ if error else None
