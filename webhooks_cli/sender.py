"""Sends as DirectScale does: some at once, at a steady rate if told so, and again where sending again may help."""

import random
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from http import HTTPStatus

from webhooks_cli.endpoint import Answer, NoAnswer, Request

AT_ONCE = 4
"""Deliveries that are under way at one moment."""


@dataclass(slots=True)
class Sent[R: Request]:
    """The last answer to each delivery by its turn; of all answers, resends' too, what was said and the seconds taken.

    No answer counts as the status 0. `elapsed` is the seconds of the whole run.
    """

    turns: dict[int, tuple[R, Answer]] = field(default_factory=dict)
    answers: Counter[tuple[int, str]] = field(default_factory=Counter)
    seconds: list[float] = field(default_factory=list)
    elapsed: float = 0.0

    @property
    def last(self) -> list[tuple[R, Answer]]:
        """The last answer to each, in the order of sending."""
        return [self.turns[turn] for turn in sorted(self.turns)]

    @property
    def refused(self) -> list[tuple[R, Answer]]:
        """Those that were not answered 200 in the end."""
        return [(request, answer) for request, answer in self.last if answer.status != HTTPStatus.OK]


class Sender[R: Request]:
    """Sends deliveries by `post`, which raises `NoAnswer`. What `sent` holds is right at every moment.

    What gets no answer, 429 or a server's error is sent again after `pause` seconds, up to `tries` times in all; any
    other answer would only be given again. `rate` is in deliveries per second, 0 for as fast as it goes.
    `tell` is called after each delivery that is done with.
    """

    def __init__(  # noqa: PLR0913 - each is one setting of a run
        self,
        post: Callable[[R], Answer],
        *,
        at_once: int = AT_ONCE,
        rate: float = 0.0,
        tries: int = 5,
        pause: float = 1.0,
        tell: Callable[[], object] = lambda: None,
    ) -> None:
        self.sent = Sent[R]()
        self._post = post
        self._at_once = at_once
        self._rate = rate
        self._tries = tries
        self._pause = pause
        self._tell = tell
        self._lock = threading.Lock()
        self._ended = threading.Event()

    def run(self, deliveries: Iterable[R]) -> Sent[R]:
        """Send all. Ctrl-C ends it when those under way are answered."""
        turns = enumerate(deliveries)
        begun = time.monotonic()
        with ThreadPoolExecutor(self._at_once) as pool:
            workers = [pool.submit(self._work, turns, begun) for _ in range(self._at_once)]
            try:
                for worker in workers:
                    worker.result()
            finally:
                self._ended.set()
                self.sent.elapsed = time.monotonic() - begun
        return self.sent

    def _work(self, turns: Iterator[tuple[int, R]], begun: float) -> None:
        while not self._ended.is_set():
            with self._lock:
                turn = next(turns, None)
            if turn is None:
                return
            early = begun + turn[0] / self._rate - time.monotonic() if self._rate else 0.0
            if early > 0 and self._ended.wait(early):
                return
            self._deliver(*turn)

    def _deliver(self, turn: int, request: R) -> None:
        for left in reversed(range(self._tries)):
            answer = self._answer(request)
            if not (left and _may_change(answer.status)) or self._ended.wait(self._pause):
                break
        with self._lock:
            self.sent.turns[turn] = request, answer
        self._tell()

    def _answer(self, request: R) -> Answer:
        begun = time.perf_counter()
        try:
            answer = self._post(request)
        except NoAnswer as reason:
            answer = Answer(0, {}, {"status": "no answer", "reason": str(reason)})
        taken = time.perf_counter() - begun
        with self._lock:
            self.sent.answers[answer.status, answer.outcome] += 1
            if answer.status:
                self.sent.seconds.append(taken)
        return answer


def with_duplicates[R: Request](requests: list[R], share: float, dice: random.Random) -> list[R]:
    """The deliveries, and a share of them once more at the end."""
    return [*requests, *dice.sample(requests, round(len(requests) * share))]


def _may_change(status: int) -> bool:
    return status in (0, HTTPStatus.TOO_MANY_REQUESTS) or status >= HTTPStatus.INTERNAL_SERVER_ERROR
