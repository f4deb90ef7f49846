"""Sample events: bodies as DirectScale sends them, and in the shapes in which API Gateway and SQS pass them on."""

import json
import random
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import cache
from hashlib import md5
from pathlib import Path
from typing import Any

from webhooks.dates import normalised
from webhooks.event import CUSTOM
from webhooks.events.vendor import CustomEvent
from webhooks.kinds import BASE_FIELDS, kinds
from webhooks_cli.operations.checkout import Checkout
from webhooks_cli.operations.errors import OperationFailed
from webhooks_cli.operations.event_types import NoModel, model_of, own_folder, required_model
from webhooks_cli.operations.numbers import dumps, loads

_PEOPLE = (
    ("Zoë", "Müller", "zoe.mueller"),
    ("Siobhán", "O'Neill", "siobhan.oneill"),
    ("James", "Carter", "james.carter"),
    ("Ana", "García López", "ana.garcia"),
    ("美玲", "陳", "meiling.chen"),
)
_NAMES = ("Alpine", "Birch", "Coral", "Delta")
_COUNTRIES = (("US", "USD"), ("CA", "CAD"), ("DE", "EUR"))

_TYPE_VALUES: dict[str, dict[str, object]] = {
    "OrderEvent": {"OrderStatus": "Pending Processing"},
    "CreateOrderEvent": {"OrderStatus": "Pending Payment"},
    "FinalizeOrderEvent": {"OrderStatus": "Paid"},
    "SubmitOrderPackageEvent": {
        "PackageStatus": "Submitted",
        "TrackingNumber": None,
        "Carrier": "",
        "ShippedDateUtc": None,
    },
    "UpdateOrderPackageStatusEvent": {"PackageStatus": "Shipped"},
}
"""Values in which a type differs from the other events of its round."""

_MOMENT = datetime(2021, 10, 12, 18, 7, 26, tzinfo=UTC)
_RECEIVED_AT = "2021-10-12T18:07:32.7990000Z"
_MESSAGE_ID = "cf435ab2-66e7-563f-87ef-f4fb6b4ea935"
_CLIENT_ID = "acme"
_VENDOR_TOKEN = "mcwod!j9xn2fylqo%2692kd09$jdi1l"  # noqa: S105 - of the vendor's documentation; local stacks accept it


def round_values(moment: datetime, rng: random.Random) -> dict[str, object]:
    """The values that the events of one round share: an associate, its order, an item.

    Ids have nine digits, so that they are unlikely to be a client's own.
    """
    return {**_associate_values(moment, rng), **_order_values(moment, rng)} | {"ItemId": _id(rng)}


def body(event_type: str, shared: Mapping[str, object], happened: datetime, rng: random.Random) -> dict[str, Any]:
    """The fields of one event in the vendor's order; `shared` are the values of its round.

    Those of a type whose model cannot be imported are the ones of its sample.json.
    """
    base = dict(zip(BASE_FIELDS, (date(happened, rng), "OrderEvents", event_type), strict=True))
    if sample := _stored_sample(event_type):
        return sample | {"EventDateUtc": base["EventDateUtc"]}
    model = model_of(event_type)
    known = {**shared, **_TYPE_VALUES.get(event_type, {})}
    if model is CustomEvent:
        return {
            "AssociateId": known["AssociateId"],
            "Rank": rng.choice(_NAMES),
            "Volume": rng.randrange(1000) / 4,
        } | base
    fields = kinds(model).items()
    return {name: known[name] if name in known else _value(kind, happened, rng) for name, kind in fields} | base


def date(moment: datetime, rng: random.Random) -> str:
    """A moment's second as .NET writes it: with a fraction of 0 to 7 digits, without trailing zeros."""
    digits = rng.randrange(8)
    fraction = f"{rng.randrange(10**digits):0{digits}}".rstrip("0") if digits else ""
    return f"{moment:%Y-%m-%dT%H:%M:%S}{'.' if fraction else ''}{fraction}Z"


def sample_body(event_type: str) -> str:
    """A body, always the same: the sample.json of a type of the client's own, if it has one."""
    folder = own_folder(event_type)
    if folder and (folder / "sample.json").exists():
        return dumps(_read_sample(folder))
    rng = random.Random(event_type)  # noqa: S311 - repeatable on purpose
    return json.dumps(body(event_type, round_values(_MOMENT, rng), _MOMENT, rng), ensure_ascii=False)


def sample_request(event_type: str) -> dict[str, Any]:
    """The event that API Gateway passes to ingest (HTTP API, payload format 2.0)."""
    text, route, address = sample_body(event_type), "POST /webhooks/{eventType+}", "203.0.113.10"
    path, domain = f"/webhooks/{event_type}", "a1b2c3d4e5.execute-api.us-east-1.amazonaws.com"
    headers = {
        "authorization": f"Bearer {_VENDOR_TOKEN}",
        "content-length": str(len(text.encode())),
        "content-type": "application/json; charset=UTF-8",
        "host": domain,
        "x-directscale-client-id": _CLIENT_ID,
        "x-directscale-message-id": _MESSAGE_ID,
        "x-forwarded-for": address,
    }
    http = {"method": "POST", "path": path, "protocol": "HTTP/1.1", "sourceIp": address, "userAgent": "curl/8.5.0"}
    return {
        "version": "2.0",
        "routeKey": route,
        "rawPath": path,
        "rawQueryString": "",
        "headers": headers,
        "requestContext": {"domainName": domain, "http": http, "requestId": "gA8WpyyOotNKvaE=", "routeKey": route},
        "pathParameters": {"eventType": event_type},
        "body": text,
        "isBase64Encoded": False,
    }


def sample_batch(event_type: str) -> dict[str, Any]:
    """The batch that Lambda passes to the handler of the same event."""
    text = sample_body(event_type)
    attributes = {
        "MessageId": _MESSAGE_ID,
        "ClientId": _CLIENT_ID,
        "EventType": _type_of(event_type, text),
        "EventDate": normalised(json.loads(text).get("EventDateUtc")) or _RECEIVED_AT,
        "ReceivedAt": _RECEIVED_AT,
    }
    record = {
        "messageId": "3c7b122d-014a-5741-8f15-ad08c6b80f4a",
        "receiptHandle": "AQEB/BV9CqwKWot8s9KWtVxYeKDt2Q==",
        "body": text,
        "attributes": {"ApproximateReceiveCount": "1", "SentTimestamp": "1634062052813"},
        "messageAttributes": {
            name: {"stringValue": value, "stringListValues": [], "binaryListValues": [], "dataType": "String"}
            for name, value in attributes.items()
        },
        "md5OfBody": md5(text.encode(), usedforsecurity=False).hexdigest(),
        "eventSource": "aws:sqs",
        "eventSourceARN": f"arn:aws:sqs:us-east-1:123456789012:webhooks-events-{_queue(event_type)}",
        "awsRegion": "us-east-1",
    }
    return {"Records": [record]}


def _type_of(name: str, body: str) -> str:
    """The type of an event; of a further handler's sample, the one that it states."""
    checkout = Checkout.find()
    is_further = checkout is not None and checkout.takes(name)
    return str(json.loads(body).get("EventType") or name) if is_further else name


def _queue(event_type: str) -> str:
    checkout = Checkout.find()
    return event_type if not checkout or event_type in checkout.event_types() else CUSTOM


@cache
def _stored_sample(event_type: str) -> dict[str, Any]:
    """The fields in sample.json of a type whose model cannot be imported; empty for any other type."""
    folder = own_folder(event_type)
    if not folder or not (folder / "sample.json").exists():
        return {}
    try:
        required_model(event_type)
    except NoModel:
        pass
    else:
        return {}
    return _read_sample(folder)


def _read_sample(folder: Path) -> dict[str, Any]:
    try:
        return dict(loads((folder / "sample.json").read_text()))
    except (TypeError, ValueError) as error:
        raise OperationFailed(f"{folder / 'sample.json'} is not a JSON object: {error}") from error


def _associate_values(moment: datetime, rng: random.Random) -> dict[str, object]:
    first, last, username = rng.choice(_PEOPLE)
    associate = _id(rng)
    return {
        "AssociateId": associate,
        "CustomerId": associate,
        "DistributorId": str(associate),
        "DistributorType": "Associate",
        "DistributorStatus": "Active",
        "DistributorCountry": rng.choice(_COUNTRIES)[0],
        "SponsorId": str(_id(rng)),
        "EnrollmentDateUtc": date(moment, rng),
        "Username": username,
        "FirstName": first,
        "LastName": last,
        "CompanyName": rng.choice(("", None, f"{last} Ltd")),
        "EmailAddress": f"{username}@example.com",
        "AssociateStatus": 1,
        "AssociateType": rng.randrange(1, 4),
        "WebAliases": [username, username.partition(".")[0]],
        "BackOfficeId": f"B{_id(rng)}",
        "ExternalReferenceId": rng.choice((None, f"X-{associate}")),
        "SubscriptionId": _id(rng),
        "SubscriptionName": rng.choice(_NAMES),
        "ExpirationDateUtc": f"{moment + timedelta(days=365):%Y-%m-%d}T00:00:00Z",
        "IsVoid": False,
    }


def _order_values(moment: datetime, rng: random.Random) -> dict[str, object]:
    country, currency = rng.choice(_COUNTRIES)
    order, amount = _id(rng), rng.randrange(500, 50_000) / 100
    return {
        "OrderNumber": order,
        "OrderId": str(order),
        "OrderDateUtc": date(moment, rng),
        "OrderType": rng.choice(("Standard", "Autoship", "Enrollment", 1)),
        "OrderTotal": amount,
        "OrderCountry": country,
        "OrderCurrency": currency,
        "OrderPaymentId": _id(rng),
        "PaymentStatus": "Paid",
        "PaymentType": "Charge",
        "Amount": amount,
        "CurrencyCode": currency,
        "PackageId": _id(rng),
        "WarehouseId": rng.randrange(1, 4),
        "ShipMethodId": rng.randrange(1, 10),
        "TrackingNumber": f"1Z{_id(rng)}",
        "Carrier": rng.choice(("UPS", "FedEx", "DHL")),
        "ShipByDateUtc": f"{moment + timedelta(days=1):%Y-%m-%dT%H:%M:%SZ}",
        "Sku": f"{rng.choice(_NAMES).upper()}_{rng.randrange(100, 1000)}",
    }


def _id(rng: random.Random) -> int:
    return rng.randrange(100_000_000, 1_000_000_000)


def _value(kind: type, happened: datetime, rng: random.Random) -> object:
    if kind is datetime:
        return date(happened, rng)
    if kind is Decimal:
        return rng.randrange(100, 10_000) / 100
    if kind is bool:
        return rng.random() < 1 / 2
    if kind is int:
        return rng.randrange(1, 1000)
    return kind() if kind in (list, dict) else rng.choice(_NAMES)
