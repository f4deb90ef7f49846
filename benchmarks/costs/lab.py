"""The real functions on an account in memory, one invocation at a time, watched."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import cache
from itertools import count
from types import SimpleNamespace
from typing import Any

import boto3
import pytest
import time_machine

from benchmarks.bodies import SAMPLE
from benchmarks.costs.run import Run, printing
from benchmarks.costs.watch import Watch, table_of
from tests.contract.account import QUEUE_URL_PREFIX, account, aws, receive_once
from tests.faults.stack import ENVIRONMENT, TOKEN, TYPE, create_tables_and_queues
from tests.unit.examples import ROOT
from tests.unit.functions import load, load_path
from webhooks.aws import clients
from webhooks.aws.handler import handler
from webhooks.events.orders import CreateOrderPaymentEvent

HANDLER = f"{TYPE}Handler"
"""The logical id of the handler that is run; those of the other types are like it."""

_MOMENT = "2021-10-12T18:07:28Z"
"""Just after the sample's event."""
_TRACE = "Root=1-6165cee0-b12f3eb66f742ea42ad2a641;Parent=53995c3f42cd8ad8;Sampled=0"
"""As Lambda sets it; each line of the log bears its root."""
_QUEUE = QUEUE_URL_PREFIX + TYPE


class Lab:
    """One stack, from nothing, its clock standing still."""

    def __init__(self, watch: Watch, receiver: str) -> None:
        self._watch = watch
        self._ids = count(1)
        self._ingest = load_path(ROOT / receiver)
        self._relay, self._handler = (load(name) for name in ("relay", f"handlers/{TYPE}"))
        self._ingest.time = SimpleNamespace(monotonic=lambda: 0.0)  # by which the tokens grow old
        create_tables_and_queues()

    def deliver(self, body: str = SAMPLE["body"], message: int = 1, token: str = TOKEN, *, refused: str = "") -> Run:
        """One delivery; `message` tells one event from another, `refused` names an operation that fails."""
        headers = SAMPLE["headers"] | {
            "authorization": f"Bearer {token}",
            "x-directscale-message-id": f"00000000-0000-4000-8000-{message:012}",
        }
        self._watch.refused = {refused}
        return self._run(self._ingest.handle, "ingest", SAMPLE | {"headers": headers, "body": body})

    def handle(
        self, function: Callable[[CreateOrderPaymentEvent], object] | None = None, *, idempotent: bool = False
    ) -> Run:
        """Hand what waits to the shipped handler, or to another function as handler."""
        made = handler(CreateOrderPaymentEvent, idempotent=idempotent)
        return self.hand_over(made(function) if function else self._handler.handle)

    def hand_over(self, handle: Callable[[Any, Any], Any]) -> Run:
        """Hand what waits, ten messages at most, to any function of the queue."""
        with self._watch.noting() as received:
            records = receive_once(_QUEUE)
        run = self._run(handle, TYPE, {"Records": records})
        failed = {each["itemIdentifier"] for each in run.answer["batchItemFailures"]}
        with self._watch.noting() as deleted:
            _delete([record for record in records if record["messageId"] not in failed])
        return replace(run, polled=(*received, *deleted))

    def relay(self) -> Run:
        """One run of the relay."""
        return self._run(self._relay.handle, "relay", {})

    def stored_bytes(self, table: str) -> tuple[int, int]:
        """What storage is billed for: the bytes of a table, and those of its indexes."""
        found = [table_of(table).stored_bytes(item) for item in aws("dynamodb").scan(TableName=table)["Items"]]
        return sum(own for own, _ in found), sum(indexes for _, indexes in found)

    def bucket_bytes(self) -> int:
        """The bytes of all objects in the bucket."""
        found = aws("s3").list_objects_v2(Bucket=ENVIRONMENT["BUCKET"]).get("Contents", [])
        return sum(each["Size"] for each in found)

    def _run(self, handle: Callable[..., Any], service: str, event: dict[str, Any]) -> Run:
        context = SimpleNamespace(
            aws_request_id=f"00000000-0000-4000-8000-{next(self._ids):012}",
            function_name=service,
            get_remaining_time_in_millis=lambda: 30_000,
        )
        with self._watch.noting() as calls, printing(service) as printed:
            answer = handle(event, context)
        return Run(answer, tuple(calls), tuple(printed))


@contextmanager
def a_lab(receiver: str = "functions/ingest") -> Iterator[Lab]:
    """A lab of its own for the length of the block. `receiver` names the ingest function: ours, or a baseline's."""
    with (
        pytest.MonkeyPatch.context() as patch,
        account(),
        time_machine.travel(_MOMENT, tick=False),
    ):
        for name, value in {**ENVIRONMENT, "_X_AMZN_TRACE_ID": _TRACE}.items():
            patch.setenv(name, value)
        session, watch = _watched()
        patch.setattr(boto3, "DEFAULT_SESSION", session)
        yield Lab(watch, receiver)


@cache
def _watched() -> tuple[boto3.Session, Watch]:
    """Sessions are slow to make: one serves all labs, one after the other."""
    session, watch = boto3.Session(), Watch()
    watch.stand_around(session)
    return session, watch


def _delete(records: list[dict[str, Any]]) -> None:
    entries: Any = [{"Id": each["messageId"], "ReceiptHandle": each["receiptHandle"]} for each in records]
    if entries:
        clients.sqs().delete_message_batch(QueueUrl=_QUEUE, Entries=entries)
