"""`once`: a handler that has run for an event does not run for it again."""

from collections.abc import Callable
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from aws_lambda_powertools.utilities.idempotency import (
    DynamoDBPersistenceLayer,
    IdempotencyConfig,
    idempotent_function,
)
from aws_lambda_powertools.utilities.idempotency.exceptions import IdempotencyAlreadyInProgressError

from webhooks.retries import NotNow

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient


class Once:
    """Remembers in a table which events were handled; `name` tells one handler's from another's.

    While a run is under way its lock keeps others out, but no longer than the run's function may live: a handler
    that is killed is run again.
    """

    def __init__(self, client: "DynamoDBClient", table: str, retention: timedelta, name: str) -> None:
        self._config = IdempotencyConfig(
            expires_after_seconds=int(retention.total_seconds()),
            hash_function="sha256",
        )
        store = DynamoDBPersistenceLayer(table_name=table, boto3_client=client)

        def run(*, key: str, call: Callable[[], object]) -> None:  # noqa: ARG001 - the key is what is remembered
            call()

        self._run = idempotent_function(
            run, data_keyword_argument="key", persistence_store=store, config=self._config, key_prefix=name
        )

    def run(self, key: str, call: Callable[[], object], context: Any) -> bool:
        """Call, unless that was done for this key before; whether it was called. Raises what it raises, or `NotNow`."""
        self._config.register_lambda_context(context)
        called = []
        try:
            self._run(key=key, call=lambda: called.append(call()))
        except IdempotencyAlreadyInProgressError:
            seconds = context.get_remaining_time_in_millis() // 1000 + 1
            raise NotNow("another run of this event is under way", seconds) from None
        return bool(called)
