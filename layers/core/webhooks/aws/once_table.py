"""The table of `once`: finished runs, and what went wrong with an event in one handler.

Both are in the handler's own name, so that no other may write them. An event that goes well has the run alone.
"""

import json
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import TYPE_CHECKING, Final, TypedDict

from webhooks.aws.inbox_table import table_key
from webhooks.dates import normalised
from webhooks.event import AcceptedEvent, EventKey

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.type_defs import AttributeValueTypeDef

    type Values = dict[str, AttributeValueTypeDef]


class UpdateArguments(TypedDict):
    """Arguments of an update."""

    UpdateExpression: str
    ExpressionAttributeValues: "Values"


TROUBLE_INDEX: Final = "trouble"
"""Sparse index of the events that fail or are dead, by `trouble` and `received_at`."""

FAILING: Final = "failing"
DEAD: Final = "dead"
"""Values of `trouble`."""

ADD_FAILURE: Final = "SET errors = list_append(if_not_exists(errors, :none), :failure), {event} ADD failures :one"
ADD_DEATH: Final = "SET {event} ADD deaths :one"
GIVE_UP: Final = "SET given_up_at = :now, {event} REMOVE deaths"
REDRIVE: Final = "SET redriven_at = :now, {event} REMOVE trouble"
DISCARD: Final = "SET discarded_at = :now, {event} REMOVE trouble"
END_TROUBLE: Final = "REMOVE trouble"
IN_TROUBLE: Final = "trouble = :key AND received_at BETWEEN :since AND :until"


def run_id(key: str) -> str:
    """The part of an item's id that identifies a run, as Powertools computes it from a key."""
    return sha256(json.dumps(key).encode()).hexdigest()


def trouble_id(handler: str, key: EventKey) -> str:
    """The id of the item with what went wrong."""
    return f"{handler}#failures#{run_id(str(key))}"


def with_event(
    expression: str, event: AcceptedEvent, retention: timedelta, values: "Values", trouble: str = ""
) -> "UpdateArguments":
    """An update that also stores which event it is, its `trouble`, and when the item expires: with the event's own.

    `trouble` is a hint, for the index of that name: the finished run decides.
    """
    key, received_at = event.key, event.received_at
    received = normalised(received_at)
    expires_at = (datetime.fromisoformat(received) if received else datetime.now(UTC)) + retention
    stored: Values = {
        **table_key(key),
        "received_at": {"S": received_at},
        "expiration": {"N": str(int(expires_at.timestamp()))},
        **({"trouble": {"S": trouble}} if trouble else {}),
    }
    return {
        "UpdateExpression": expression.format(event=", ".join(f"{name} = :{name}" for name in stored)),
        "ExpressionAttributeValues": {f":{name}": value for name, value in stored.items()} | values,
    }
