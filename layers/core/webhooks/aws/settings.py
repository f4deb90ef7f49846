"""Configuration from environment variables."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Self

from webhooks.event import CUSTOM
from webhooks.routing import Routing


class MissingSettings(Exception):
    """Environment variables that are missing or wrong, all named at once."""


@dataclass(frozen=True, slots=True)
class IngestSettings:
    """The settings of ingest; `queue_urls` are by handler."""

    inbox_table: str
    retention: timedelta
    tokens_secret: str
    bucket: str
    bucket_owner: str
    routing: Routing
    queue_urls: Mapping[str, str]

    @classmethod
    def from_environment(cls) -> Self:
        """Raises `MissingSettings`."""
        table, days, secret, bucket, owner, types, prefix = _read(
            "INBOX_TABLE",
            "RETENTION_DAYS",
            "TOKENS_SECRET",
            "BUCKET",
            "BUCKET_OWNER",
            "EVENT_TYPES",
            "QUEUE_URL_PREFIX",
        )
        routing = _routing(types)
        return cls(table, timedelta(days=int(days)), secret, bucket, owner, routing, _queue_urls(routing, prefix))


@dataclass(frozen=True, slots=True)
class RelaySettings:
    """The settings of the relay; the URLs of queues are by handler."""

    inbox_table: str
    once_table: str
    routing: Routing
    queue_urls: Mapping[str, str]
    dead_letters_urls: Mapping[str, str]

    @classmethod
    def from_environment(cls) -> Self:
        """Raises `MissingSettings`."""
        inbox, once, types, queues, dead_letters = _read(
            "INBOX_TABLE", "ONCE_TABLE", "EVENT_TYPES", "QUEUE_URL_PREFIX", "DEAD_LETTERS_URL_PREFIX"
        )
        routing = _routing(types)
        return cls(inbox, once, routing, _queue_urls(routing, queues), _queue_urls(routing, dead_letters))


@dataclass(frozen=True, slots=True)
class HandlerSettings:
    """The settings of a handler; `name` separates its runs from another handler's."""

    name: str
    records_table: str
    once_table: str
    retention: timedelta
    bucket: str
    bucket_owner: str
    queue_url: str
    dead_letters_url: str
    metrics_by_type: bool

    @classmethod
    def from_environment(cls) -> Self:
        """Raises `MissingSettings`."""
        name, records, once, days, bucket, owner, queues, dead_letters = _read(
            "POWERTOOLS_SERVICE_NAME",
            "RECORDS_TABLE",
            "ONCE_TABLE",
            "RETENTION_DAYS",
            "BUCKET",
            "BUCKET_OWNER",
            "QUEUE_URL_PREFIX",
            "DEAD_LETTERS_URL_PREFIX",
        )
        by_type = os.environ.get("ALARMS_PER_TYPE") == "true"
        retention = timedelta(days=int(days))
        return cls(name, records, once, retention, bucket, owner, queues + name, dead_letters + name, by_type)


def _routing(names: str) -> Routing:
    routing = Routing.parse(names, os.environ.get("TAKES", ""), os.environ.get("RETIRED", ""))
    if CUSTOM not in routing.names:
        raise MissingSettings(f"EVENT_TYPES must include {CUSTOM}, which takes every type without its own handler")
    return routing


def _queue_urls(routing: Routing, prefix: str) -> dict[str, str]:
    return {name: prefix + name for name in routing.deployed}


def _read(*names: str) -> list[str]:
    missing = [name for name in names if not os.environ.get(name)]
    if missing:
        raise MissingSettings(f"environment variables are missing: {', '.join(missing)}")
    return [os.environ[name] for name in names]
