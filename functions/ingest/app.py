"""The endpoint: wires the receiver to AWS and answers over HTTP."""

import json
import time
from datetime import UTC, datetime
from functools import cache
from typing import Any

from webhooks.aws import clients
from webhooks.aws.inbox import DynamoInbox
from webhooks.aws.log import cause, ids, logger
from webhooks.aws.metrics import counted, tell
from webhooks.aws.queues import SqsQueues
from webhooks.aws.settings import IngestSettings
from webhooks.aws.store import S3Bodies, S3Rejected
from webhooks.aws.tokens import SecretTokens
from webhooks.dates import timestamp
from webhooks.delivery import Delivery
from webhooks.errors import Refused
from webhooks.event import stated_ids
from webhooks.receive import Receipt, Receiver
from webhooks.tokens import Tokens


def handle(request: dict[str, Any], context: Any) -> dict[str, Any]:
    """One delivery: the event of an API Gateway HTTP API (payload format 2.0) in, its response out."""
    delivery = Delivery.from_request(request)
    with logger.append_context_keys(request_id=delivery.request_id):  # the access log has it too
        try:
            receipt = _receiver().receive(
                delivery, received_at=timestamp(datetime.now(UTC)), claimant=context.aws_request_id
            )
        except Refused as refused:
            _report_refusal(refused, delivery)
            return _response(refused.status, refused.body(), refused.headers)
        _report(receipt)
    key = receipt.event.key
    return _response(200, {"status": receipt.status, "messageId": key.message_id, "eventType": key.event_type})


@cache
def _receiver() -> Receiver:
    settings = IngestSettings.from_environment()
    return Receiver(
        Tokens(SecretTokens(clients.secrets_manager(), settings.tokens_secret), time.monotonic),
        DynamoInbox(clients.dynamodb(), settings.inbox_table, settings.retention),
        SqsQueues(clients.sqs(), settings.queue_urls),
        S3Bodies(clients.s3, settings.bucket),
        S3Rejected(clients.s3, settings.bucket),
        types=frozenset(settings.queue_urls),
    )


def _report(receipt: Receipt) -> None:
    key, queue = receipt.event.key, receipt.event.queue
    told: dict[str, Any] = ids(key) | {"token_label": receipt.token_label}
    counts = [receipt.status.title()]
    # What is as usual is not worth its bytes.
    if queue != key.event_type:
        told["queue"] = queue
    if receipt.collided:
        told["collided"] = True
        counts.append("Collision")
    if receipt.status == "accepted" and not receipt.published:
        told["published"] = False
        counts.append("PublishDeferred")
    say = logger.warning if receipt.collided else logger.info
    say(receipt.status, **told)
    tell(counted(*counts, service="ingest"), counted("TokenUsed", token_label=receipt.token_label))


def _report_refusal(refused: Refused, delivery: Delivery) -> None:
    told: dict[str, Any] = {"status": refused.status, "reason": str(refused), "cause": cause(refused.__cause__)}
    counts = [counted(refused.outcome.title().replace(" ", ""), service="ingest")]
    if refused.token_label:  # what a stranger says of himself is not worth a line
        told |= stated_ids(delivery) | {"token_label": refused.token_label}
        counts.append(counted("TokenUsed", token_label=refused.token_label))
    logger.warning(refused.outcome, **told)
    tell(*counts)


def _response(status: int, body: dict[str, object], headers: dict[str, str] | None = None) -> dict[str, Any]:
    return {
        "statusCode": status,
        "headers": {"Content-Type": "application/json", **(headers or {})},
        "body": json.dumps(body),
    }
