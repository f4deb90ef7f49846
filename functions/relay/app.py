"""Every minute: connects the relay to AWS, one run at a time."""

import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from functools import cache, partial
from itertools import chain
from typing import Any

from webhooks.aws import clients
from webhooks.aws.log import logger
from webhooks.aws.metrics import seconds
from webhooks.aws.outbox import DynamoLease, DynamoOutbox
from webhooks.aws.queue_watch import QueueWatch
from webhooks.aws.queues import SqsQueues
from webhooks.aws.settings import RelaySettings
from webhooks.dates import timestamp
from webhooks.policy import INGEST_OWNS_FOR, RELAY_CALLS, RELAY_MARGIN
from webhooks.relay import Run, relay

_AGE = "OldestUnpublishedAge"

clients.make_early(clients.dynamodb, clients.sqs)


def handle(_event: dict[str, Any], context: Any) -> None:
    """Publish unpublished events until none is left or time is up; the next minute's run goes on.

    Every five minutes, see what waits in the queues. If that fails, events are published nevertheless.
    """
    settings, lease, watch = _parts()
    now = datetime.now(UTC)
    before = timestamp(now - timedelta(seconds=INGEST_OWNS_FOR))
    # A run that finds nothing, as nearly all do, has one connection and writes no lease.
    with ThreadPoolExecutor(RELAY_CALLS) as threads:
        outbox = DynamoOutbox(clients.dynamodb(), settings.inbox_table, threads.map)
        queues = SqsQueues(clients.sqs(), settings.queue_urls)
        found = outbox.unpublished(before)
        first = next(found, None)
        if first is None:
            seconds(_AGE, 0, service="relay")
        elif lease.take(context.aws_request_id, int(time.time()), context.get_remaining_time_in_millis() // 1000):
            oldest, _ = first
            try:
                has_time = partial(_has_time, context)
                run = relay(chain([first], found), outbox, queues, settings.routing, has_time, together=threads.map)
            finally:
                lease.release(context.aws_request_id)
            _report(run, oldest, now)
        else:
            logger.info("another relay is at work")
    watch.look()


@cache
def _parts() -> tuple[RelaySettings, DynamoLease, QueueWatch]:
    settings = RelaySettings.from_environment()
    queues, dead_letters = settings.queue_urls.values(), settings.dead_letters_urls.values()
    watch = QueueWatch(clients.sqs(), clients.cloudwatch, queues, dead_letters)
    return settings, DynamoLease(clients.dynamodb(), settings.once_table), watch


def _has_time(context: Any) -> bool:
    return bool(context.get_remaining_time_in_millis() > RELAY_MARGIN * 1000)


def _report(run: Run, oldest: str, now: datetime) -> None:
    seconds(_AGE, (now - datetime.fromisoformat(oldest)).total_seconds(), service="relay")
    logger.info("relayed", published=run.published, failed=run.failed, finished=run.finished, oldest=oldest)
