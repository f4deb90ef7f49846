"""Handlers whose function could not start. Nothing but their log says so: the events stay on the queue untried."""

from collections.abc import Collection

from botocore.exceptions import BotoCoreError, ClientError

from webhooks_cli.operations.errors import OperationFailed
from webhooks_cli.operations.handler_state import HandlerState, State
from webhooks_cli.operations.log_line import LogLine
from webhooks_cli.operations.logs import search
from webhooks_cli.operations.stack import Stack
from webhooks_cli.operations.stored_event import StoredEvent

_FAILED = (
    r"^\[ERROR\] (?:"
    r"Runtime\.(?:ImportModuleError|UserCodeSyntaxError|HandlerNotFound|MalformedHandlerName)\b"
    r"|[^\r\n]*\sTraceback [\s\S]* in import_module\b"  # an import that raised anything else
    r"|Worker init failed: "  # as the emulator says it
    r")"
)
"""Pattern of the lines that Lambda logs when it cannot import a function."""

_MOST_LINES = 1000


def failed_starts(stack: Stack, events: Collection[StoredEvent]) -> dict[str, str]:
    """When functions failed to start for the last time, by the handlers in which one of the events waits.

    One query of Logs Insights, or none if no event waits. Empty if the logs cannot be read.
    """
    waiting = [(each, event) for event in events for each in event.handlers if each.state is State.WAITING]
    if not waiting:
        return {}
    names = list(dict.fromkeys(each.name for each, _ in waiting))
    try:
        found = search(stack, names, [_FAILED], min(waits_since(*each) for each in waiting), _MOST_LINES)
    except (BotoCoreError, ClientError, OperationFailed):
        return {}
    lines = sorted(map(LogLine.parse, found), key=lambda line: line.at)
    return {line.function: line.at for line in lines}


def waits_since(handler: HandlerState, event: StoredEvent) -> str:
    """Since when an event waits in a handler, if it does."""
    return max(event.received_at, handler.trouble.redriven_at)
