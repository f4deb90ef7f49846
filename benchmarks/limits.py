"""Computes the event rate at which each limit is reached, and writes it into docs/scale.md: `make limits`."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from math import ceil

from benchmarks import quotas
from benchmarks.capacity import Capacity
from benchmarks.markdown import table, valid_for
from benchmarks.quotas import Quota
from tools.local.emulator import ROOT
from tools.pages import with_generated
from webhooks.aws.inbox_table import SHARDS
from webhooks.policy import SCHEDULE
from webhooks.relay import CHUNK

PAGE = ROOT / "docs" / "scale.md"
WANTED = 10_000
"""Events a second for which the page says what they need."""

_FEW = 10


@dataclass(frozen=True, slots=True)
class Limit:
    """Reached at `rate` events a second of those that `of` names; `needed` is what `WANTED` of them require."""

    rate: float
    of: str
    what: str
    beyond: str
    needed: str


def main() -> None:
    """Update the page."""
    PAGE.write_text(with_generated(PAGE.read_text(), "limits", "\n".join(figures(Capacity.of_template()))))


def figures(capacity: Capacity) -> Iterator[str]:
    """The generated part of the page, by line."""
    found = limits(capacity)
    yield from (valid_for(), "")
    yield from (f"The first limit is reached at {_rate(found[0])} events a second: {found[0].what}.", "")
    yield from ("## In order", "", *_table(found), "")
    yield from ("## When something is wrong", "", *_table(limits_of_failures(capacity)), "")
    yield from ("## AWS's quotas", "", *_quotas())


def limits(capacity: Capacity) -> list[Limit]:
    """The limits of a stack without failures, the lowest first."""
    found = (*_template_limits(capacity), *_account_limits(capacity), *_table_limits(capacity), *_shards(capacity))
    return sorted(found, key=lambda limit: limit.rate)


def limits_of_failures(capacity: Capacity) -> list[Limit]:
    """The limits of the relay and of retries."""
    failing, in_flight = sum(SCHEDULE), quotas.IN_FLIGHT.value
    relayed = capacity.relay_share * CHUNK / capacity.relay
    return [
        Limit(
            rate=relayed,
            of="that ingest could not publish",
            what=f"one relay: {CHUNK} events in {_ms(capacity.relay)}, {capacity.relay_share:.0%} of the time",
            beyond=f"they are late: an hour at {capacity.rate_limit} a second takes "
            f"{60 * capacity.rate_limit / relayed:.0f} minutes; see `OldestUnpublishedAge`",
            needed="`MemorySize` of `RelayFunction`: most of its time is processor time",
        ),
        Limit(
            rate=in_flight / failing,
            of="of one type that fail, for longer than a day",
            what=f"SQS: {in_flight:,} in flight; an event that fails is in flight for {timedelta(seconds=failing)}",
            beyond="the queue delivers nothing until some are dead letters; other types are not affected",
            needed=f"`webhooks pause` if all events of a type fail: at {capacity.rate_limit} a second within "
            f"{in_flight / capacity.rate_limit / 60:.0f} minutes",
        ),
    ]


def _template_limits(capacity: Capacity) -> Iterator[Limit]:
    yield Limit(
        rate=capacity.rate_limit,
        of="all",
        what=f"`RateLimit` {capacity.rate_limit}, after a burst of `BurstLimit` {capacity.burst_limit}",
        beyond=_refused(429),
        needed=f"both parameters at {WANTED:,}",
    )
    yield Limit(
        rate=capacity.concurrency * capacity.batch / capacity.handler,
        of="of one type, handled",
        what=f"`MaximumConcurrency` {capacity.concurrency}, each {capacity.batch} events in {_ms(capacity.handler)}",
        beyond="all are accepted; they wait in their queue",
        needed=f"`MaximumConcurrency` {ceil(WANTED * capacity.handler / capacity.batch):,}, "
        f"of at most {quotas.MAX_CONCURRENCY.value:,}",
    )


def _account_limits(capacity: Capacity) -> Iterator[Limit]:
    concurrency, each = quotas.CONCURRENCY.value, min(quotas.PER_ENVIRONMENT.value, 1 / capacity.ingest)
    yield Limit(
        rate=quotas.API_RATE.value,
        of="all",
        what=f"API Gateway: {quotas.API_RATE.value:,} requests",
        beyond=_refused(429),
        needed="this quota, if the account has no other API",
    )
    yield Limit(
        rate=(concurrency - capacity.handlers) * each,
        of="all, while every handler is busy",
        what=f"Lambda: {concurrency:,} concurrent invocations, of which the {capacity.types} handlers use up to "
        f"{capacity.handlers}; an environment of ingest takes {each:.0f} "
        f"({_ms(capacity.ingest)} each, and {quotas.PER_ENVIRONMENT.value} at most)",
        beyond=_refused(503),
        needed=f"a quota of {ceil(WANTED / each) + capacity.handlers:,}, plus what additional handlers use",
    )
    yield Limit(
        rate=quotas.OBJECTS.value,
        of="with large bodies",
        what=f"S3: {quotas.OBJECTS.value:,} new objects",
        beyond=_refused(503),
        needed="a slow rise: the keys are digests, so that S3 can split the prefix",
    )


def _table_limits(capacity: Capacity) -> Iterator[Limit]:
    new, most = quotas.NEW_TABLE.value, max(capacity.inbox_units, *capacity.index_units.values())
    yield Limit(
        rate=new / most,
        of="all, while the inbox is new",
        what=f"DynamoDB: {new:,} units; an event takes {capacity.inbox_units} of the table, "
        + ", ".join(f"{number} of `{name}`" for name, number in capacity.index_units.items()),
        beyond=_refused(503),
        needed=f"a slow rise, or `WarmThroughput` of {WANTED * most:,} for `InboxTable` and its indexes",
    )
    yield Limit(
        rate=new / capacity.once_units,
        of="handled, while `OnceTable` is new",
        what=f"DynamoDB: {new:,} units; an event takes {capacity.once_units:.0f}",
        beyond="they fail, and are retried",
        needed=f"a slow rise, or `WarmThroughput` of {WANTED * capacity.once_units:,.0f} for `OnceTable`",
    )
    yield Limit(
        rate=quotas.TABLE.value / capacity.event_units,
        of="all",
        what=f"DynamoDB: {quotas.TABLE.value:,} units of one table; an event takes {capacity.event_units}, "
        "indexes included",
        beyond=_refused(503),
        needed=f"a quota of {WANTED * capacity.event_units:,}",
    )


def _shards(capacity: Capacity) -> Iterator[Limit]:
    key = quotas.PARTITION.value
    unpublished, by_type = capacity.index_units["unpublished"], capacity.index_units["by_type"]
    yield Limit(
        rate=SHARDS * key / unpublished,
        of="all",
        what=f"`unpublished`: {SHARDS} keys with {key:,} units each; an event takes {unpublished}",
        beyond=_refused(503),
        needed=f"`SHARDS` of at least {max(SHARDS, ceil(WANTED * unpublished / key))}",
    )
    yield Limit(
        rate=key / by_type,
        of="of one type",
        what=f"`by_type`: one key for each type, with {key:,} units; an event takes {by_type}",
        beyond=_refused(503),
        needed="several keys for each type, in `new_item` of `layers/core/webhooks/aws/inbox_table.py`",
    )


def _table(found: Iterable[Limit]) -> list[str]:
    heads = ["events a second", "which", "limit", "beyond it", f"for {WANTED:,} a second"]
    return table(heads, [[_rate(limit), limit.of, limit.what, limit.beyond, limit.needed] for limit in found])


def _quotas() -> list[str]:
    return table(
        ["quota", "of", "raised", "AWS's page"],
        [
            [
                f"{quota.value:,}{'' if quota.checked else ' †'}",
                quota.what,
                quota.raised,
                f"[{quota.page}]({quota.source})",
            ]
            for quota in vars(quotas).values()
            if isinstance(quota, Quota)
        ],
    )


def _refused(status: int) -> str:
    return f"{status}: lost, unless the sender resends"


def _rate(limit: Limit) -> str:
    return f"{limit.rate:,.0f}" if limit.rate >= _FEW else f"{limit.rate:.1f}"


def _ms(seconds: float) -> str:
    return f"{1000 * seconds:.0f} ms"


if __name__ == "__main__":
    main()
