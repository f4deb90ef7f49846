"""What the template makes, made in moto for a world."""

import json

from tests.contract.account import QUEUE_URL_PREFIX, aws, create_queues, create_secret, create_table

TYPE = "CreateOrderPaymentEvent"
TOKEN = "a-token"  # noqa: S105 - of this world
HIDDEN_SECONDS = 180


def dead_letters_url() -> str:
    """Where given-up messages go."""
    return QUEUE_URL_PREFIX.replace("-events-", "-dead-letters-") + TYPE


def create_tables_and_queues() -> None:
    """What the template makes."""
    for table in ("InboxTable", "RecordsTable", "OnceTable"):
        create_table(table)
    create_queues(TYPE, "CustomEvent")
    aws("sqs").create_queue(QueueName=dead_letters_url().rpartition("/")[2])
    aws("sqs").set_queue_attributes(
        QueueUrl=QUEUE_URL_PREFIX + TYPE, Attributes={"VisibilityTimeout": str(HIDDEN_SECONDS)}
    )
    aws("s3").create_bucket(Bucket="bucket")
    create_secret(json.dumps({"first": TOKEN}))


ENVIRONMENT = {
    "POWERTOOLS_SERVICE_NAME": TYPE,
    "INBOX_TABLE": "InboxTable",
    "RECORDS_TABLE": "RecordsTable",
    "ONCE_TABLE": "OnceTable",
    "RETENTION_DAYS": "35",
    "BUCKET": "bucket",
    "TOKENS_SECRET": "webhooks/tokens",
    "EVENT_TYPES": f"{TYPE},CustomEvent",
    "QUEUE_URL_PREFIX": QUEUE_URL_PREFIX,
    "DEAD_LETTERS_URL_PREFIX": dead_letters_url().removesuffix(TYPE),
}
