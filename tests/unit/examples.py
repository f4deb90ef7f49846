"""Sample requests, deliveries, events and batches; only what a test is about needs to be given."""

from pathlib import Path
from typing import Any

from webhooks.delivery import Delivery
from webhooks.event import AcceptedEvent, EventKey
from webhooks.message import message_attributes, message_text

ROOT = Path(__file__).parents[2]
ORDER_KEY = EventKey("m-1", "acme", "CreateOrderEvent")
RECEIVED_AT = "2021-10-12T18:08:00.0000000Z"


class Context:
    """The parts of the Lambda context that the functions read: `left` milliseconds until the time-out."""

    def __init__(self, left: float = 30_000) -> None:
        self.left = left
        self.aws_request_id = "00000000-0000-4000-8000-000000000001"

    def get_remaining_time_in_millis(self) -> float:
        return self.left


CONTEXT = Context()


def sample(event_type: str) -> str:
    """The vendor's sample as published, trailing comma and all."""
    return (ROOT / "events" / "samples" / f"{event_type}.txt").read_text()


def request(
    body: str | None = '{"EventType":"CreateOrderEvent"}',
    path_type: str | None = None,
    **headers: str,
) -> dict[str, Any]:
    """An HTTP API event, payload format 2.0; `x_a="b"` becomes the header `x-a`. Without a body, no such key."""
    path = "/webhooks" if path_type is None else f"/webhooks/{path_type}"
    parts = {
        "version": "2.0",
        "routeKey": "POST /webhooks" if path_type is None else "POST /webhooks/{eventType+}",
        "rawPath": path,
        "rawQueryString": "",
        "headers": {"content-type": "application/json"} | {name.replace("_", "-"): headers[name] for name in headers},
        "requestContext": {
            "requestId": "edge-1",
            "stage": "$default",
            "http": {"method": "POST", "path": path, "protocol": "HTTP/1.1"},
        },
        "pathParameters": None if path_type is None else {"eventType": path_type},
        "body": body,
        "isBase64Encoded": False,
    }
    return {name: value for name, value in parts.items() if value is not None}


def delivery(body: str = '{"EventType":"CreateOrderEvent"}', path_type: str | None = None, **headers: str) -> Delivery:
    """The same request as a delivery."""
    return Delivery.from_request(request(body, path_type, **headers))


def event(body: str = '{"OrderNumber":1}', key: EventKey = ORDER_KEY, **changes: str) -> AcceptedEvent:
    """An accepted event."""
    fields: dict[str, Any] = {
        "queue": key.event_type,
        "user": "",
        "event_date": "",
        "received_at": RECEIVED_AT,
    } | changes
    return AcceptedEvent(key, body=body, **fields)


def order(number: int, body: str = "", **changes: str) -> AcceptedEvent:
    """A `CreateOrderEvent` with the message id `m-<number>`; the sort order of the receipt is that of the numbers."""
    key = EventKey(f"m-{number}", "acme", "CreateOrderEvent")
    received_at = f"2021-10-12T18:08:00.{number:07}Z"
    return event(body or f'{{"OrderNumber":{number}}}', key, **{"received_at": received_at} | changes)


def batch(*events: AcceptedEvent) -> dict[str, Any]:
    """The batch that Lambda passes to a handler. The SQS ids are "sqs-0", "sqs-1" and so on."""
    return {"Records": [_record(f"sqs-{number}", each) for number, each in enumerate(events)]}


def _record(sqs_id: str, sent: AcceptedEvent) -> dict[str, Any]:
    return {
        "messageId": sqs_id,
        "receiptHandle": "handle",
        "body": message_text(sent),
        "attributes": {"ApproximateReceiveCount": "1"},
        "messageAttributes": {
            name: {"stringValue": value, "stringListValues": [], "binaryListValues": [], "dataType": "String"}
            for name, value in message_attributes(sent).items()
        },
        "eventSource": "aws:sqs",
        "eventSourceARN": f"arn:aws:sqs:us-east-1:123456789012:webhooks-events-{sent.key.event_type}",
        "awsRegion": "us-east-1",
    }
