"""At how many events a second each limit is met, and what more takes."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from math import ceil

from benchmarks.limits import quotas
from benchmarks.limits.capacity import Capacity
from webhooks.policy import SCHEDULE
from webhooks.relay import CHUNK

WANTED = 10_000
"""Events a second, for which it is told what they take."""


@dataclass(frozen=True, slots=True)
class Limit:
    """Met at `rate` events a second, those that `of` tells; `needed` is what `WANTED` of them take."""

    rate: float
    of: str
    what: str
    then: str
    needed: str


def in_order(capacity: Capacity) -> list[Limit]:
    """The limits of a stack in which all goes well, the lowest first."""
    found = (*_of_the_template(capacity), *_of_the_account(capacity), *_of_the_inbox(capacity))
    return sorted(found, key=lambda limit: limit.rate)


def in_trouble(capacity: Capacity) -> list[Limit]:
    """The limits of what goes wrong."""
    failing, in_flight = sum(SCHEDULE), quotas.IN_FLIGHT.value
    relayed = capacity.relay_share * CHUNK / capacity.relay
    return [
        Limit(
            rate=relayed,
            of="that ingest could not publish",
            what=f"one relay: {CHUNK} events in {_ms(capacity.relay)}, {capacity.relay_share:.0%} of the time",
            then=f"they come late: what an hour brings at {capacity.rate_limit} a second takes "
            f"{capacity.rate_limit / relayed:.1f} hours; `OldestUnpublishedAge` tells",
            needed="`MemorySize` of `RelayFunction`: half of its time is the processor's",
        ),
        Limit(
            rate=in_flight / failing,
            of="of one type that fail, for longer than a day",
            what=f"SQS: {in_flight:,} in flight, and each that fails is so for {timedelta(seconds=failing)}",
            then="the queue hands out no more until some are given up; the other types go on",
            needed=f"`webhooks pause` where all of a type fail: at {capacity.rate_limit} a second within "
            f"{in_flight / capacity.rate_limit / 60:.0f} minutes",
        ),
    ]


def _of_the_template(capacity: Capacity) -> Iterator[Limit]:
    yield Limit(
        rate=capacity.rate_limit,
        of="all",
        what=f"`RateLimit` {capacity.rate_limit}, after a burst of `BurstLimit` {capacity.burst_limit}",
        then=_refused(429),
        needed=f"both parameters at {WANTED:,}",
    )
    yield Limit(
        rate=capacity.at_once * capacity.batch / capacity.handler,
        of="of one type, handled",
        what=f"`MaximumConcurrency` {capacity.at_once}, each {capacity.batch} events in {_ms(capacity.handler)}",
        then="all are accepted; they wait in their queue",
        needed=f"`MaximumConcurrency` {ceil(WANTED * capacity.handler / capacity.batch):,}, "
        f"of at most {quotas.MOST_AT_ONCE.value:,}",
    )


def _of_the_account(capacity: Capacity) -> Iterator[Limit]:
    concurrency = quotas.CONCURRENCY.value
    yield Limit(
        rate=quotas.API_RATE.value,
        of="all",
        what=f"API Gateway: {quotas.API_RATE.value:,} requests",
        then=_refused(429),
        needed="that quota alone, if the account has no other API",
    )
    of_each = min(quotas.PER_ENVIRONMENT.value, 1 / capacity.ingest)
    yield Limit(
        rate=(concurrency - capacity.all_handlers) * of_each,
        of="all, while every handler is at work",
        what=f"Lambda: {concurrency:,} at the same time, of which the {capacity.types} handlers take up to "
        f"{capacity.all_handlers}; each environment of ingest takes {of_each:.0f} "
        f"({_ms(capacity.ingest)} for one, and {quotas.PER_ENVIRONMENT.value} at most)",
        then=_refused(503),
        needed=f"a quota of {ceil(WANTED / of_each) + capacity.all_handlers:,} and what more handlers take",
    )
    yield Limit(
        rate=quotas.OBJECTS.value,
        of="with bodies that are stored aside",
        what=f"S3: {quotas.OBJECTS.value:,} new objects",
        then=_refused(503),
        needed="a slow rise: their names are digests, so that S3 can split them",
    )


def _of_the_inbox(capacity: Capacity) -> Iterator[Limit]:
    new, one_key, together = quotas.NEW_TABLE.value, quotas.PARTITION.value, capacity.event_units
    most = max(capacity.inbox_units, *capacity.index_units.values())
    yield Limit(
        rate=new / most,
        of="all, while the inbox is new",
        what=f"DynamoDB: {new:,} units; an event takes {capacity.inbox_units} of the table, "
        + ", ".join(f"{number} of `{name}`" for name, number in capacity.index_units.items()),
        then=_refused(503),
        needed=f"a slow rise, or `WarmThroughput` of {WANTED * most:,} for `InboxTable` and its indexes",
    )
    yield Limit(
        rate=new / capacity.once_units,
        of="handled, while `OnceTable` is new",
        what=f"DynamoDB: {new:,} units; an event takes {capacity.once_units:.0f}",
        then="they fail, and are tried again",
        needed=f"a slow rise, or `WarmThroughput` of {WANTED * capacity.once_units:,.0f} for `OnceTable`",
    )
    for name, number in capacity.index_units.items():
        yield Limit(
            rate=capacity.shards * one_key / number,
            of="of one type" if name == "by_type" else "all",
            what=f"`{name}`: {capacity.shards} keys with {one_key:,} units each; an event takes {number}",
            then=_refused(503),
            needed=f"`SHARDS` of at least {max(capacity.shards, ceil(WANTED * number / one_key))}",
        )
    yield Limit(
        rate=quotas.TABLE.value / together,
        of="all",
        what=f"DynamoDB: {quotas.TABLE.value:,} units of one table; an event takes {together}, with the indexes",
        then=_refused(503),
        needed=f"a quota of {WANTED * together:,}",
    )


def _refused(status: int) -> str:
    return f"{status}: lost, unless the sender sends it again"


def _ms(seconds: float) -> str:
    return f"{1000 * seconds:.0f} ms"
