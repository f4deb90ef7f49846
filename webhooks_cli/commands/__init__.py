"""The commands, a file for each group: importing this package adds them to the command line."""

from webhooks_cli.commands import (
    dead_letters,
    events,
    logs,
    pause,
    records,
    replay,
    send,
    status,
    subscriptions,
    tokens,
    types,
)

__all__ = [
    "dead_letters",
    "events",
    "logs",
    "pause",
    "records",
    "replay",
    "send",
    "status",
    "subscriptions",
    "tokens",
    "types",
]
