"""When a token was last used, by what ingest logged of it."""

from datetime import UTC, datetime, timedelta

from tools.cli.insights import field, search
from tools.cli.log_lines import OF_OURS, Line
from tools.cli.stack import Stack
from webhooks.dates import normalised, timestamp


def last_use(stack: Stack, label: str, within: timedelta) -> str:
    """When ingest last took a delivery with the token of that label, in the form of `received_at`; empty if not so.

    CloudWatch bills by what it reads: all that ingest logged in that time. Raises `ToolFailed`.
    """
    since = timestamp(datetime.now(UTC) - within)
    found = search(stack, ["ingest"], [OF_OURS, field("token_label", label)], since, limit=1)
    return (normalised(Line.of(found[0]).at) or "") if found else ""
