"""When a token was last used, as ingest's log tells."""

from webhooks_cli.insights import field, search
from webhooks_cli.log_lines import OF_OURS, Line
from webhooks_cli.stack import Stack


def last_use(stack: Stack, label: str, since: str) -> str | None:
    """When the last delivery came that was authorized by the token of this label; None if none came since a moment.

    Insights has a line some seconds after it was written.
    """
    found = search(stack, ["ingest"], [OF_OURS, field("token_label", label)], since, limit=1)
    return Line.of(found[0]).at if found else None
