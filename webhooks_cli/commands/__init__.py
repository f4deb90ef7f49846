"""The commands, a file for each subject: importing this makes them known to the command line."""

from webhooks_cli.commands import (
    dead_letters,
    events,
    logs,
    new,
    pause,
    records,
    redrive,
    replay,
    send,
    status,
    subscriptions,
    tokens,
)

__all__ = [
    "dead_letters",
    "events",
    "logs",
    "new",
    "pause",
    "records",
    "redrive",
    "replay",
    "send",
    "status",
    "subscriptions",
    "tokens",
]
