"""The inbox in DynamoDB, as ingest uses it."""

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from botocore.exceptions import BotoCoreError, ClientError

from webhooks.aws.inbox_item import claimed_by, has_body_of, new_item, table_key
from webhooks.aws.log import cause, ids, logger
from webhooks.errors import Unavailable
from webhooks.event import Event
from webhooks.receive import Claim

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient


class DynamoInbox:
    """Inbox over a table with the keys `message_id` and `client_and_type`."""

    def __init__(self, client: "DynamoDBClient", table: str, retention: timedelta) -> None:
        self._client = client
        self._table = table
        self._retention = retention

    def claim(self, event: Event, claimant: str, token_label: str = "") -> Claim:
        """Put the item unless its key is taken. Raises `Unavailable`.

        The SDK repeats a put whose answer was lost, and then finds its own item: `claimed_by` tells it from another's.
        """
        item = new_item(event, claimant, token_label, self._retention)
        try:
            self._client.put_item(
                TableName=self._table,
                Item=item,
                ConditionExpression="attribute_not_exists(message_id)",
                ReturnValuesOnConditionCheckFailure="ALL_OLD",
            )
        except self._client.exceptions.ConditionalCheckFailedException as lost:
            present: Any = lost.response.get("Item", {})
            if present.get("claimed_by") == {"S": claimed_by(claimant)}:
                return Claim.OURS
            return Claim.DUPLICATE if has_body_of(present, event) else Claim.COLLISION
        except (BotoCoreError, ClientError) as error:
            raise Unavailable("the inbox") from error
        return Claim.OURS

    def mark_published(self, event: Event) -> bool:
        """Take the item out of the index of unpublished events; False if that failed."""
        return mark_published(self._client, self._table, event)


def mark_published(client: "DynamoDBClient", table: str, event: Event) -> bool:
    """Take an item out of the index of unpublished events; False if that failed. One that is out already is fine."""
    try:
        client.update_item(
            TableName=table,
            Key=table_key(event.key),
            UpdateExpression="REMOVE unpublished_shard",
            ConditionExpression="attribute_exists(unpublished_shard)",
        )
    except client.exceptions.ConditionalCheckFailedException:
        return True
    except (BotoCoreError, ClientError) as error:
        logger.warning("not marked as published", **ids(event.key), cause=cause(error))
        return False
    return True
