"""Records in DynamoDB. An older event never overwrites a newer one, in any order of arrival."""

from functools import cache
from typing import TYPE_CHECKING, Any

from boto3.dynamodb.types import TypeSerializer
from botocore.exceptions import ClientError

from webhooks.aws import metrics
from webhooks.aws.attributes import storable
from webhooks.aws.clients import dynamodb
from webhooks.aws.log import error_code, ids, logger
from webhooks.aws.settings import HandlerSettings
from webhooks.events.base import Event
from webhooks.records import Record
from webhooks.retries import DeadLetter

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

_serialized = TypeSerializer().serialize
_saved: list[tuple[str, str]] = []


class DynamoRecords:
    """Records in a table with the keys `pk` and `sk`."""

    def __init__(self, client: "DynamoDBClient", table: str) -> None:
        self._client = client
        self._table = table

    def save(self, record: Record) -> bool:
        """Put the record unless the table holds a newer version; False in that case."""
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
        except ClientError as error:
            if error_code(error) == "ValidationException":  # too large a key or item, whatever is retried
                raise DeadLetter("DynamoDB does not accept the record: its key or content is too large") from error
            raise
        return True


def save_record(event: Event, pk: str = "", sk: str = "", **more: Any) -> bool:
    """Save the event's state as the record `pk`, `sk`; `more` adds fields. False if the table holds a newer state.

    The vendor's events name their own record, so `save_record(event)` is enough for them.
    Safe to repeat: the same event leaves the same record.
    """
    record = Record.from_event(event, pk, sk, **more)
    _saved.append((record.pk, record.sk))
    saved = _records().save(record)
    if not saved:
        logger.info("a newer state is recorded", **ids(event.accepted.key))
        metrics.count("RecordNotSaved", service="handlers")
    return saved


def take_saved() -> list[tuple[str, str]]:
    """The keys of the records saved since the last call: what `events show` lists for this run."""
    taken, _saved[:] = list(_saved), []
    return taken


@cache
def _records() -> DynamoRecords:
    return DynamoRecords(dynamodb(), HandlerSettings.from_environment().records_table)
