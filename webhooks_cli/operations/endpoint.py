"""An endpoint as DirectScale sees it: deliveries go in, answers come out, and some deliveries are sent again."""

import json
import random
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from http import HTTPStatus
from typing import Any, Self
from urllib.parse import urlsplit

from urllib3 import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.exceptions import HTTPError

AT_ONCE = 4
"""Deliveries in progress at the same time."""

_TIMEOUT = 60.0
"""How long the vendor waits for an answer, in seconds."""


@dataclass(frozen=True, slots=True)
class Request:
    """The POST of a delivery: its headers, and its body byte for byte."""

    headers: Mapping[str, str]
    body: bytes
    path: str = "/webhooks"

    def with_token(self, token: str) -> Self:
        """The same delivery with another bearer token."""
        return replace(self, headers={**self.headers, "Authorization": f"Bearer {token}"})


@dataclass(frozen=True, slots=True)
class Answer:
    """An endpoint's answer. `headers` by lower-case name; `body` is empty if it was not a JSON object."""

    status: int
    headers: Mapping[str, str]
    body: Mapping[str, Any]

    @property
    def outcome(self) -> str:
        """The answer in a word or two, such as `accepted`."""
        if isinstance(status := self.body.get("status"), str):
            return status
        return HTTPStatus(self.status).phrase.lower() if self.status in HTTPStatus else ""


class NoAnswer(Exception):
    """The endpoint was not reached, or did not answer in time; the text says why."""


class Endpoint:
    """The server behind a URL, for several threads; connections stay open until the end of the block.

    Uses HTTPS, with the certificate checked, if the URL says so.
    """

    def __init__(self, url: str, at_once: int = 1) -> None:
        parts = urlsplit(url)
        kind = HTTPSConnectionPool if parts.scheme == "https" else HTTPConnectionPool
        self._pool = kind(parts.hostname or "", parts.port, maxsize=at_once, timeout=_TIMEOUT)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._pool.close()

    def post(self, request: Request) -> Answer:
        """Deliver once. Raises `NoAnswer`."""
        try:
            answer = self._pool.urlopen("POST", request.path, request.body, request.headers, retries=False)
        except HTTPError as error:
            raise NoAnswer(str(error)) from error
        lowered = {name.lower(): value for name, value in answer.headers.items()}
        return Answer(answer.status, lowered, _object(answer.data))


@dataclass(slots=True)
class Sent[R: Request]:
    """The result of a run: the last answer to each delivery by its turn, and outcomes and seconds of all answers.

    No answer counts as status 0. `elapsed` is the seconds of the whole run.
    """

    turns: dict[int, tuple[R, Answer]] = field(default_factory=dict)
    answers: Counter[tuple[int, str]] = field(default_factory=Counter)
    seconds: list[float] = field(default_factory=list)
    elapsed: float = 0.0

    @property
    def last(self) -> list[tuple[R, Answer]]:
        """The last answer to each delivery, in the order of sending."""
        return [self.turns[turn] for turn in sorted(self.turns)]

    @property
    def refused(self) -> list[tuple[R, Answer]]:
        """The deliveries that were not answered 200 in the end."""
        return [(request, answer) for request, answer in self.last if answer.status != HTTPStatus.OK]


class Sender[R: Request]:
    """Sends deliveries by `post`, which raises `NoAnswer`. `sent` is up to date at any moment.

    No answer, 429 and server errors are retried after `pause` seconds, up to `tries` attempts; other answers are final.
    `rate` is in deliveries per second, 0 for no limit. `progress` is called after each completed delivery.
    """

    def __init__(  # noqa: PLR0913 - settings of a run
        self,
        post: Callable[[R], Answer],
        *,
        at_once: int = AT_ONCE,
        rate: float = 0.0,
        tries: int = 5,
        pause: float = 1.0,
        progress: Callable[[], object] = lambda: None,
    ) -> None:
        self.sent = Sent[R]()
        self._post = post
        self._at_once = at_once
        self._rate = rate
        self._tries = tries
        self._pause = pause
        self._progress = progress
        self._lock = threading.Lock()
        self._ended = threading.Event()

    def run(self, deliveries: Iterable[R]) -> Sent[R]:
        """Send all. An interruption ends it once the deliveries in progress are answered."""
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
            if not (left and _may_succeed_later(answer.status)) or self._ended.wait(self._pause):
                break
        with self._lock:
            self.sent.turns[turn] = request, answer
        self._progress()

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


def with_duplicates[R: Request](requests: list[R], share: float, rng: random.Random) -> list[R]:
    """The deliveries, and a share of them again at the end."""
    return [*requests, *rng.sample(requests, round(len(requests) * share))]


def _may_succeed_later(status: int) -> bool:
    return status in (0, HTTPStatus.TOO_MANY_REQUESTS) or status >= HTTPStatus.INTERNAL_SERVER_ERROR


def _object(content: bytes) -> Mapping[str, Any]:
    try:
        value = json.loads(content)
    except ValueError:
        return {}
    return value if isinstance(value, dict) else {}
