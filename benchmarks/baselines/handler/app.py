"""A handler as the documentation of Powertools suggests: a batch, a model, `@idempotent_function` around the work."""

import os
from datetime import datetime
from typing import Any

import boto3
from aws_lambda_powertools.utilities.batch import BatchProcessor, EventType, process_partial_response
from aws_lambda_powertools.utilities.idempotency import (
    DynamoDBPersistenceLayer,
    IdempotencyConfig,
    idempotent_function,
)
from aws_lambda_powertools.utilities.parser.models import SqsRecordModel
from boto3.dynamodb.types import TypeSerializer
from pydantic import BaseModel, ConfigDict, Json
from pydantic.alias_generators import to_pascal

_DYNAMODB = boto3.client("dynamodb")
_CONFIG = IdempotencyConfig(event_key_jmespath="messageAttributes.MessageId.stringValue")
_STORE = DynamoDBPersistenceLayer(table_name=os.environ["ONCE_TABLE"], boto3_client=_DYNAMODB)


class Order(BaseModel):
    """An order is created."""

    model_config = ConfigDict(alias_generator=to_pascal)

    order_number: int
    customer_id: int
    order_date_utc: datetime
    order_status: str
    order_type: str
    event_date_utc: datetime
    event_category: str
    event_type: str


class OrderRecord(SqsRecordModel):
    """Its message."""

    body: Json[Order]


_processor = BatchProcessor(event_type=EventType.SQS, model=OrderRecord)


def handle(batch: dict[str, Any], context: Any) -> Any:
    """Save the order of each message once; a failure affects its own message only."""
    _CONFIG.register_lambda_context(context)
    return process_partial_response(batch, _handle_record, _processor, context)


def _handle_record(record: OrderRecord) -> None:
    save(record=record)


@idempotent_function(  # type: ignore[untyped-decorator]
    data_keyword_argument="record", config=_CONFIG, persistence_store=_STORE
)
def save(record: OrderRecord) -> None:
    """Put the order's record unless the table holds a newer one."""
    fields = record.body.model_dump(mode="json", by_alias=True)
    ours = {"pk": f"ORDER#{record.body.order_number}", "sk": "ORDER", "version": fields["EventDateUtc"]}
    serialize = TypeSerializer().serialize
    try:
        _DYNAMODB.put_item(
            TableName=os.environ["RECORDS_TABLE"],
            Item={name: serialize(value) for name, value in (fields | ours).items()},
            ConditionExpression="attribute_not_exists(pk) OR version <= :version",
            ExpressionAttributeValues={":version": serialize(ours["version"])},
        )
    except _DYNAMODB.exceptions.ConditionalCheckFailedException:
        return
