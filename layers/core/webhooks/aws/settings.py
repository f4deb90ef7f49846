"""What the template tells a function, read in one place."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Self

from webhooks.event import CUSTOM


class MissingSettings(Exception):
    """Environment variables that are absent or wrong, all of them named at once."""


@dataclass(frozen=True, slots=True)
class IngestSettings:
    """What ingest needs to know; `queue_urls` are by event type."""

    inbox_table: str
    retention: timedelta
    tokens_secret: str
    queue_urls: Mapping[str, str]

    @classmethod
    def from_environment(cls) -> Self:
        """Raises `MissingSettings`."""
        table, days, secret, types, prefix = _read(
            "INBOX_TABLE", "RETENTION_DAYS", "TOKENS_SECRET", "EVENT_TYPES", "QUEUE_URL_PREFIX"
        )
        names = types.split(",")
        if CUSTOM not in names:
            raise MissingSettings(f"EVENT_TYPES must name {CUSTOM}: every type without a queue of its own goes there")
        return cls(table, timedelta(days=int(days)), secret, {name: prefix + name for name in names})


@dataclass(frozen=True, slots=True)
class HandlerSettings:
    """What a handler needs to know."""

    records_table: str

    @classmethod
    def from_environment(cls) -> Self:
        """Raises `MissingSettings`."""
        (table,) = _read("RECORDS_TABLE")
        return cls(table)


def _read(*names: str) -> list[str]:
    missing = [name for name in names if not os.environ.get(name)]
    if missing:
        raise MissingSettings(f"environment variables are missing: {', '.join(missing)}")
    return [os.environ[name] for name in names]
