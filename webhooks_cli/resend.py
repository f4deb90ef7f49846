"""Sending the events of a replay."""

import time
from collections.abc import Callable, Sequence
from itertools import batched

from webhooks.aws.queues import SqsQueues
from webhooks.event import AcceptedEvent
from webhooks.relay import by_queue
from webhooks_cli.errors import ToolFailed
from webhooks_cli.inbox import Inbox
from webhooks_cli.replay import Replay
from webhooks_cli.signals import uninterrupted

_BATCH = 10
"""Events that are sent between two notes of how far the replay is: all that a kill can make go twice."""

_PAUSES = (1, 2, 4)
"""Seconds before what a queue did not take is sent once more."""


class Pace:
    """So many a second, evenly; 0 is as fast as it goes."""

    def __init__(self, rate: int) -> None:
        self.rate = rate
        self._next = time.monotonic()

    def wait(self, number: int) -> None:
        """Wait for the turn of the next `number`."""
        if not self.rate:
            return
        now = time.monotonic()
        time.sleep(max(0, self._next - now))
        self._next = max(self._next, now) + number / self.rate


def resend(replay: Replay, inbox: Inbox, queues: SqsQueues, pace: Pace, progress: Callable[[], None]) -> None:
    """Send what is ahead of the replay and keep after each batch how far it is; `progress` is called then.

    Whatever their number, no more than a chunk of events is held. Those that are not published yet are left to the
    relay. Ctrl-C waits until a batch is through.

    Raises `ToolFailed` where a queue does not take an event: the replay can go on from there.
    """
    size = min(_BATCH, pace.rate or _BATCH)
    for batch in batched(replay.left(inbox), size, strict=False):
        published = [kept.event for kept in batch if kept.published]
        pace.wait(len(published))
        with uninterrupted():
            for events in by_queue(published):
                _send(queues, events, replay)
            replay.advance(batch, len(published))
            replay.save()
        progress()


def how_to_go_on(replay: Replay) -> str:
    """What to do once it was stopped."""
    return f"go on with `webhooks replay --resume {replay.name}`"


def _send(queues: SqsQueues, events: Sequence[AcceptedEvent], replay: Replay) -> None:
    for pause in (*_PAUSES, None):
        taken = {event.key for event in queues.publish_all(events, replay=replay.name)}
        events = [event for event in events if event.key not in taken]
        if not events:
            return
        if pause:
            time.sleep(pause)
    raise ToolFailed(f"the queue of {events[0].queue} does not take events: once it does, {how_to_go_on(replay)}")
