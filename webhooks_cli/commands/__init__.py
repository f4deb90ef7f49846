"""The commands, a file for each group: importing this package adds them to the command line."""

from webhooks_cli.commands import (
    adopt,
    collisions,
    dead_letters,
    events,
    logs,
    pause,
    records,
    rejected,
    replay,
    send,
    status,
    subscriptions,
    tokens,
    types,
)

__all__ = [
    "adopt",
    "collisions",
    "dead_letters",
    "events",
    "logs",
    "pause",
    "records",
    "rejected",
    "replay",
    "send",
    "status",
    "subscriptions",
    "tokens",
    "types",
]
