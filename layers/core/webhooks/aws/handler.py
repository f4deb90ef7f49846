"""What turns a function of one event into a Lambda handler of an SQS queue."""

import traceback
from collections.abc import Callable
from functools import wraps
from typing import Any

from aws_lambda_powertools.utilities.batch import BatchProcessor, EventType, process_partial_response
from aws_lambda_powertools.utilities.batch.types import PartialItemFailureResponse
from pydantic import ValidationError

from webhooks.aws.log import logger
from webhooks.events.base import Event
from webhooks.message import Message

type LambdaHandler = Callable[[dict[str, Any], Any], PartialItemFailureResponse]


def handler[E: Event](model: type[E]) -> Callable[[Callable[[E], object]], LambdaHandler]:
    """Make a function of one event the Lambda handler of that event type's queue.

    The function is called once for each message, with the event in it. It raises to fail: that message alone is
    delivered again. Returns what Lambda expects: the ids of the messages that failed.
    """

    def decorate(handle: Callable[[E], object]) -> LambdaHandler:
        def handle_record(record: dict[str, Any]) -> None:
            with logger.append_context_keys(**_ids(record)):
                try:
                    handle(model.from_message(Message.from_record(record)))
                except Exception as error:
                    logger.error("failed", **_told(error))
                    raise
                logger.info("handled")

        @wraps(handle)
        def lambda_handler(batch: dict[str, Any], context: Any) -> PartialItemFailureResponse:
            processor = BatchProcessor(EventType.SQS, raise_on_entire_batch_failure=False)
            return process_partial_response(batch, handle_record, processor, context)

        return lambda_handler

    return decorate


def _ids(record: dict[str, Any]) -> dict[str, str]:
    """What names the message in the log: if it is none of ours, only SQS's own id."""
    ids = {"sqs_message_id": record["messageId"]}
    try:
        key = Message.from_record(record).key
    except KeyError:
        return ids
    return ids | {"message_id": key.message_id, "event_type": key.event_type, "client_id": key.client_id}


def _told(error: Exception) -> dict[str, Any]:
    """What may be logged of an error: not its text, which may hold what was sent."""
    if isinstance(error, ValidationError):
        problems = error.errors(include_url=False, include_context=False, include_input=False)
        return {
            "error": "ValidationError",
            "problems": [f"{_path(found['loc'])}: {found['msg']}" for found in problems],
        }
    return {"error": type(error).__name__, "stack": traceback.format_tb(error.__traceback__)}


def _path(location: tuple[int | str, ...]) -> str:
    return ".".join(str(step) for step in location)
