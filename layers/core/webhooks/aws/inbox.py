"""The inbox in DynamoDB: dedupe record, outbox and event store in one item."""

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any
from zlib import crc32

from botocore.exceptions import BotoCoreError, ClientError

from webhooks.errors import Unavailable
from webhooks.event import Event, EventKey

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_dynamodb.type_defs import AttributeValueTypeDef

SHARDS = 16
"""Keys among which each index spreads its entries: one key takes 1,000 writes a second, and no more."""


class DynamoInbox:
    """Inbox over a table with the keys `message_id` and `client_and_type`."""

    def __init__(self, client: "DynamoDBClient", table: str, retention: timedelta) -> None:
        self._client = client
        self._table = table
        self._retention = retention

    def claim(self, event: Event, claimant: str) -> bool:
        """Put the item unless its key is taken. Raises `Unavailable`.

        The SDK repeats a put whose answer was lost, and then finds its own item: `claimed_by` tells it from another's.
        """
        try:
            self._client.put_item(
                TableName=self._table,
                Item=self._item(event, claimant),
                ConditionExpression="attribute_not_exists(message_id)",
                ReturnValuesOnConditionCheckFailure="ALL_OLD",
            )
        except self._client.exceptions.ConditionalCheckFailedException as lost:
            present: Any = lost.response.get("Item", {})
            return bool(present.get("claimed_by") == {"S": claimant})
        except (BotoCoreError, ClientError) as error:
            raise Unavailable("the inbox") from error
        return True

    def mark_published(self, event: Event) -> bool:
        """Take the item out of the index of unpublished events; False if that failed."""
        try:
            self._client.update_item(
                TableName=self._table,
                Key=_key(event.key),
                UpdateExpression="SET #state = :published REMOVE unpublished_shard",
                ExpressionAttributeNames={"#state": "state"},
                ExpressionAttributeValues={":published": {"S": "published"}},
            )
        except (BotoCoreError, ClientError):
            return False
        return True

    def _item(self, event: Event, claimant: str) -> dict[str, "AttributeValueTypeDef"]:
        expires_at = datetime.fromisoformat(event.received_at) + self._retention
        shard = crc32(str(event.key).encode()) % SHARDS
        told = {
            "client_id": event.key.client_id,
            "event_type": event.key.event_type,
            "user": event.user,
            "event_date": event.event_date,
            "received_at": event.received_at,
            "queue": event.queue,
            "body": event.body,
            "state": "accepted",
            "claimed_by": claimant,
            "unpublished_shard": str(shard),
            "type_shard": f"{event.key.event_type}#{shard}",
        }
        return {
            **_key(event.key),
            **{name: {"S": value} for name, value in told.items() if value},
            "expires_at": {"N": str(int(expires_at.timestamp()))},
        }


def _key(key: EventKey) -> dict[str, "AttributeValueTypeDef"]:
    return {
        "message_id": {"S": key.message_id},
        "client_and_type": {"S": f"{key.client_id} {key.event_type}"},
    }
