"""The resources of the template, in moto, and the functions' environment."""

import json

from tests.contract.account import (
    ACCOUNT,
    DEAD_LETTERS_URL_PREFIX,
    QUEUE_URL_PREFIX,
    aws,
    create_dead_letters,
    create_queues,
    create_secret,
    create_table,
)
from webhooks.policy import VISIBILITY_TIMEOUT

TYPE = "CreateOrderPaymentEvent"
MAILING = "OrderMailing"
"""A further handler, which takes the events of `TYPE` in some scenes."""
TOKEN = "a-token-of-this-test"  # noqa: S105 - exists in memory only


def create_tables_and_queues() -> None:
    """Create the resources."""
    for table in ("InboxTable", "RecordsTable", "OnceTable"):
        create_table(table)
    create_queues(TYPE, MAILING, "CustomEvent")
    timeout = {"VisibilityTimeout": str(VISIBILITY_TIMEOUT)}
    for name in (TYPE, MAILING):
        create_dead_letters(name)
        aws("sqs").set_queue_attributes(QueueUrl=QUEUE_URL_PREFIX + name, Attributes=timeout)
    aws("s3").create_bucket(Bucket="bucket")
    create_secret(json.dumps({"first": TOKEN}))


ENVIRONMENT = {
    "POWERTOOLS_SERVICE_NAME": TYPE,
    "INBOX_TABLE": "InboxTable",
    "RECORDS_TABLE": "RecordsTable",
    "ONCE_TABLE": "OnceTable",
    "RETENTION_DAYS": "35",
    "BUCKET": "bucket",
    "BUCKET_OWNER": ACCOUNT,
    "TOKENS_SECRET": "webhooks/tokens",
    "EVENT_TYPES": f"{TYPE},{MAILING},CustomEvent",
    "QUEUE_URL_PREFIX": QUEUE_URL_PREFIX,
    "DEAD_LETTERS_URL_PREFIX": DEAD_LETTERS_URL_PREFIX,
}
