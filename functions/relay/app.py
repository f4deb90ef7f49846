"""Every minute: wires the relay to AWS, and lets no two of them run at once."""

import time
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

from webhooks.aws import clients
from webhooks.aws.log import logger
from webhooks.aws.metrics import seconds
from webhooks.aws.outbox import DynamoOutbox
from webhooks.aws.queues import SqsQueues
from webhooks.aws.settings import RelaySettings
from webhooks.dates import timestamp
from webhooks.relay import Run, relay

INGEST_LIVES = timedelta(seconds=35)
"""An event that was received longer ago is in nobody's hands: no ingest invocation lives so long."""

_MARGIN_MS = 5000


def handle(_event: dict[str, Any], context: Any) -> None:
    """Publish what is left unpublished, until it is done or time is up; the next minute's run goes on."""
    outbox, queues = _parts()
    left = context.get_remaining_time_in_millis() // 1000
    if not outbox.lease(context.aws_request_id, int(time.time()), left):
        logger.info("another relay is at work")
        return
    try:
        now = datetime.now(UTC)
        run = relay(outbox, queues, timestamp(now - INGEST_LIVES), lambda: _has_time(context))
        _report(run, now)
    finally:
        outbox.release(context.aws_request_id)


@cache
def _parts() -> tuple[DynamoOutbox, SqsQueues]:
    settings = RelaySettings.from_environment()
    return (
        DynamoOutbox(clients.dynamodb(), settings.inbox_table),
        SqsQueues(clients.sqs(), settings.queue_urls),
    )


def _has_time(context: Any) -> bool:
    return bool(context.get_remaining_time_in_millis() > _MARGIN_MS)


def _report(run: Run, now: datetime) -> None:
    age = (now - datetime.fromisoformat(run.oldest)).total_seconds() if run.oldest else 0
    seconds("OldestUnpublishedAge", age, service="relay")
    if run.oldest:
        logger.info("relayed", published=run.published, failed=run.failed, finished=run.finished, oldest=run.oldest)
