"""The inbox in DynamoDB, as ingest uses it."""

from collections.abc import Collection
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from botocore.exceptions import BotoCoreError, ClientError

from webhooks.aws.inbox_table import (
    IS_NEW,
    IS_UNPUBLISHED,
    MARK_PUBLISHED,
    SET_PENDING,
    claimed_by,
    has_body_of,
    new_item,
    table_key,
)
from webhooks.aws.log import error_code, ids, logger
from webhooks.errors import Unavailable
from webhooks.event import AcceptedEvent
from webhooks.receive import Outcome

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient


class DynamoInbox:
    """Implements `webhooks.receive.Inbox`."""

    def __init__(self, client: "DynamoDBClient", table: str, retention: timedelta) -> None:
        self._client = client
        self._table = table
        self._retention = retention

    def claim(self, event: AcceptedEvent, claimant: str, token_label: str = "") -> Outcome:
        """Put the item unless its key exists. Raises `Unavailable`.

        The SDK repeats a put whose answer was lost and then finds its own item, which `claimed_by` identifies.
        """
        try:
            self._client.put_item(
                TableName=self._table,
                Item=new_item(event, claimant, token_label, self._retention),
                ConditionExpression=IS_NEW,
                ReturnValuesOnConditionCheckFailure="ALL_OLD",
            )
        except self._client.exceptions.ConditionalCheckFailedException as failed:
            present: Any = failed.response.get("Item", {})
            if present.get("claimed_by") == {"S": claimed_by(claimant)}:
                return Outcome.ACCEPTED
            return Outcome.DUPLICATE if has_body_of(present, event) else Outcome.COLLISION
        except (BotoCoreError, ClientError) as error:
            raise Unavailable("the inbox") from error
        return Outcome.ACCEPTED

    def mark_published(self, event: AcceptedEvent, pending: Collection[str] = ()) -> bool:
        """Remove the item from the index of unpublished events, if it is there; False if that failed.

        With `pending` handlers, which the event has not reached, the item stays there and names them. What they were
        before is the relay's to remove (`DynamoOutbox.mark`): nobody else marks such an item.
        """
        changed: dict[str, Any] = {"UpdateExpression": MARK_PUBLISHED}
        if pending:
            names = {":pending": {"SS": sorted(pending)}}
            changed = {"UpdateExpression": SET_PENDING, "ExpressionAttributeValues": names}
        key = table_key(event.key)
        try:
            self._client.update_item(TableName=self._table, Key=key, ConditionExpression=IS_UNPUBLISHED, **changed)
        except self._client.exceptions.ConditionalCheckFailedException:
            return True
        except (BotoCoreError, ClientError) as error:
            logger.warning("not marked as published", **ids(event.key), cause=error_code(error))
            return False
        return not pending
