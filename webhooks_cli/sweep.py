"""Looking through a queue of dead letters. SQS cannot be read without taking: what is looked at is hidden meanwhile."""

import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from itertools import batched
from types import TracebackType
from typing import Any, Self

from botocore.exceptions import BotoCoreError, ClientError

from webhooks_cli.letters import Letter
from webhooks_cli.signals import uninterrupted

HIDDEN_SECONDS = 10
"""For how long a letter is hidden at first, and so stays hidden if the command is killed."""

_BATCH = 10
_WAIT_SECONDS = 1
"""SQS asks all of its servers only if it may wait: only then does an empty answer mean an empty queue."""
_SECONDS_BETWEEN_CHECKS = 2
_SECONDS_LEFT = 5


class Sweep:
    """One look through the dead letters of a type: each comes once.

    At its end, however it comes about, those that were not deleted can be received again at once. One that is kept for
    long is hidden anew in time, each time for as long as the look has lasted: not even many letters take many calls.
    """

    def __init__(self, sqs: Any, event_type: str, url: str) -> None:
        self._sqs = sqs
        self._event_type = event_type
        self._url = url
        self._hidden: dict[str, tuple[str, float]] = {}  # SQS's id: the receipt, and until when
        self._began = self._checked = time.monotonic()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        # Without success here they come out of hiding by themselves.
        with uninterrupted(), suppress(BotoCoreError, ClientError):
            self._hide(list(self._hidden), 0)

    def __len__(self) -> int:
        """How many letters are hidden by this look."""
        return len(self._hidden)

    def __iter__(self) -> Iterator[list[Letter]]:
        """All letters that can be received, ten at most at a time."""
        while received := self._receive():
            new = [message for message in received if message["MessageId"] not in self._hidden]
            until = time.monotonic() + HIDDEN_SECONDS
            self._hidden |= {message["MessageId"]: (message["ReceiptHandle"], until) for message in received}
            if new:
                yield [Letter.of(self._event_type, message) for message in new]
            self._keep_hidden()

    def delete(self, letters: Sequence[Letter]) -> list[Letter]:
        """Delete letters of this look, ten at most, for good; returns those for which that succeeded."""
        answer = self._sqs.delete_message_batch(
            QueueUrl=self._url,
            Entries=[
                {"Id": str(number), "ReceiptHandle": self._hidden[letter.id][0]}
                for number, letter in enumerate(letters)
            ],
        )
        deleted = [letters[int(entry["Id"])] for entry in answer.get("Successful", [])]
        for letter in deleted:
            del self._hidden[letter.id]
        return deleted

    def _receive(self) -> list[dict[str, Any]]:
        answer = self._sqs.receive_message(
            QueueUrl=self._url,
            MaxNumberOfMessages=_BATCH,
            VisibilityTimeout=HIDDEN_SECONDS,
            WaitTimeSeconds=_WAIT_SECONDS,
            MessageAttributeNames=["All"],
            MessageSystemAttributeNames=["All"],
        )
        return list(answer.get("Messages", []))

    def _keep_hidden(self) -> None:
        now = time.monotonic()
        if now - self._checked < _SECONDS_BETWEEN_CHECKS:
            return
        self._checked = now
        soon = [message_id for message_id, (_, until) in self._hidden.items() if until - now < _SECONDS_LEFT]
        self._hide(soon, max(HIDDEN_SECONDS, int(now - self._began)))

    def _hide(self, ids: Iterable[str], seconds: int) -> None:
        for some in batched(ids, _BATCH, strict=False):
            entries = [
                {"Id": str(number), "ReceiptHandle": self._hidden[message_id][0], "VisibilityTimeout": seconds}
                for number, message_id in enumerate(some)
            ]
            self._sqs.change_message_visibility_batch(QueueUrl=self._url, Entries=entries)
            until = time.monotonic() + seconds
            self._hidden |= {message_id: (self._hidden[message_id][0], until) for message_id in some}
