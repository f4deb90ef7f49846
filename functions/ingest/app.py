"""The endpoint: connects the receiver to AWS and answers over HTTP."""

import json
import time
from datetime import UTC, datetime
from functools import cache
from typing import Any

from webhooks.aws import clients
from webhooks.aws.inbox import DynamoInbox
from webhooks.aws.log import error_code, ids, logger
from webhooks.aws.metrics import counters, emit, time_watched
from webhooks.aws.queues import SqsQueues
from webhooks.aws.settings import IngestSettings
from webhooks.aws.store import S3Store
from webhooks.aws.tokens import SecretTokens
from webhooks.dates import timestamp
from webhooks.delivery import Delivery
from webhooks.errors import Refused, Unavailable
from webhooks.event import stated_ids
from webhooks.policy import PUBLISH_MARGIN
from webhooks.receive import Outcome, Receipt, Receiver
from webhooks.tokens import TokenVerifier

_METRICS = {
    Outcome.ACCEPTED: ("Accepted",),
    Outcome.DUPLICATE: ("Duplicate",),
    Outcome.COLLISION: ("Duplicate", "Collision"),
}

clients.make_early(clients.dynamodb, clients.sqs, clients.secrets_manager)


def handle(request: dict[str, Any], context: Any) -> dict[str, Any]:
    """Answer one delivery: an API Gateway HTTP API event (payload format 2.0) in, its response out."""
    delivery = Delivery.from_request(request)
    with logger.append_context_keys(request_id=delivery.request_id), time_watched(context):  # the access log has it too
        try:
            receipt = _receiver().receive(
                delivery,
                received_at=timestamp(datetime.now(UTC)),
                claimant=context.aws_request_id,
                has_time=lambda: context.get_remaining_time_in_millis() > PUBLISH_MARGIN * 1000,
            )
        except Refused as refused:
            _report_refusal(refused, delivery, context)
            return _response(refused.status, refused.body(), refused.headers)
        _report(receipt)
    key = receipt.event.key
    return _response(200, {"status": receipt.status, "messageId": key.message_id, "eventType": key.event_type})


@cache
def _receiver() -> Receiver:
    settings = IngestSettings.from_environment()
    return Receiver(
        TokenVerifier(
            SecretTokens(clients.secrets_manager(), settings.tokens_secret), lambda: (time.time(), time.monotonic())
        ),
        DynamoInbox(clients.dynamodb(), settings.inbox_table, settings.retention),
        SqsQueues(clients.sqs(), settings.queue_urls),
        S3Store(clients.s3, settings.bucket, settings.bucket_owner),
        settings.routing,
    )


def _report(receipt: Receipt) -> None:
    key, queue = receipt.event.key, receipt.event.queue
    fields: dict[str, Any] = ids(key) | {"token_label": receipt.token_label}
    names = list(_METRICS[receipt.outcome])
    collided = receipt.outcome is Outcome.COLLISION
    # Logs are billed by the byte: only what is unusual is added.
    if queue != key.event_type:
        fields["queue"] = queue
    if collided:
        fields["collided"] = True
    if receipt.outcome is Outcome.ACCEPTED and not receipt.published:
        fields["published"] = False
        names.append("PublishDeferred")
    (logger.warning if collided else logger.info)(receipt.status, **fields)
    emit(counters(*names, service="ingest"), counters("TokenUsed", token_label=receipt.token_label))


def _report_refusal(refused: Refused, delivery: Delivery, context: Any) -> None:
    fields: dict[str, Any] = {"status": refused.status, "reason": str(refused), "cause": error_code(refused.__cause__)}
    metrics = [counters(refused.metric, service="ingest")]
    if isinstance(refused, Unavailable):  # a canary watches the new version's
        metrics.append(counters(refused.metric, version=context.function_version))
    if refused.token_label:  # an unknown client's headers are not worth logging
        fields |= stated_ids(delivery) | {"token_label": refused.token_label}
        metrics.append(counters("TokenUsed", token_label=refused.token_label))
    logger.warning(refused.outcome, **fields)
    emit(*metrics)


def _response(status: int, body: dict[str, object], headers: dict[str, str] | None = None) -> dict[str, Any]:
    return {
        "statusCode": status,
        "headers": {"Content-Type": "application/json", **(headers or {})},
        "body": json.dumps(body),
    }
