"""The records in DynamoDB. An older event never overwrites a newer one, in any order of arrival."""

from functools import cache
from typing import TYPE_CHECKING, Any

from boto3.dynamodb.types import TypeSerializer

from webhooks.aws.attributes import storable
from webhooks.aws.clients import dynamodb
from webhooks.aws.settings import HandlerSettings
from webhooks.events.base import Event
from webhooks.record import Record

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

_serialized = TypeSerializer().serialize


class DynamoRecords:
    """Records over a table with the keys `pk` and `sk`."""

    def __init__(self, client: "DynamoDBClient", table: str) -> None:
        self._client = client
        self._table = table

    def keep(self, record: Record) -> bool:
        """Put the record unless one of a later version is kept; False if so."""
        ours = {"pk": record.pk, "sk": record.sk, "version": record.version, "event_type": record.event_type}
        try:
            self._client.put_item(
                TableName=self._table,
                Item={name: _serialized(storable(value)) for name, value in (record.fields | ours).items() if name},
                ConditionExpression="attribute_not_exists(pk) OR version <= :version",
                ExpressionAttributeValues={":version": {"S": record.version}},
            )
        except self._client.exceptions.ConditionalCheckFailedException:
            return False
        return True


def keep(event: Event, pk: str, sk: str, **more: Any) -> bool:
    """Keep what the event tells as the record `pk`, `sk`; `more` adds fields. False if a newer state is kept already.

    Safe to repeat: the same event leaves the same record.
    """
    return _records().keep(Record.from_event(event, pk, sk, **more))


@cache
def _records() -> DynamoRecords:
    return DynamoRecords(dynamodb(), HandlerSettings.from_environment().records_table)
