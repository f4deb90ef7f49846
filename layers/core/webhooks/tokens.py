"""Bearer tokens: which are accepted, and whether a delivery carries one.

DirectScale sends its Extension Secret as it was typed, `! % $ ^ @ &` and all: nothing here decodes or trims.
During a rotation the old and the new one are accepted side by side.
"""

import hmac
import math
from collections.abc import Callable, Mapping
from hashlib import sha256
from typing import Protocol

from webhooks.errors import BadToken, Unavailable

FRESH_FOR = 300.0
"""Seconds for which the accepted tokens are not read again."""

REFRESH_PAUSE = 30.0
"""Seconds between two extra reads caused by unknown tokens: an attacker must not spend the secret's quota."""

FAILURE_PAUSE = 5.0
"""Seconds for which a source that could not be read is not asked again; a refused sender is told to wait as long."""

SOURCE = "the list of accepted tokens"


class TokenSource(Protocol):
    """Where the accepted tokens are kept."""

    def read(self) -> Mapping[str, str]:
        """The accepted tokens by label. Raises `Unavailable`."""


class Tokens:
    """The accepted tokens, remembered for a while.

    `clock` gives seconds that only go forward, as `time.monotonic` does.
    """

    def __init__(self, source: TokenSource, clock: Callable[[], float]) -> None:
        self._source = source
        self._clock = clock
        self._digests: dict[str, bytes] = {}
        self._read_at = self._refreshed_at = self._failed_at = -math.inf

    def authorize(self, authorization: str) -> str:
        """The label of the token in an `Authorization` header. Raises `BadToken`, or `Unavailable` from the source.

        A token that is not known makes the source be read again, so that a new one works at once.
        """
        scheme, _, token = authorization.partition(" ")
        if scheme.lower() != "bearer" or not token:
            raise BadToken
        digest = _digest(token)
        now = self._clock()
        if now - self._read_at >= FRESH_FOR:
            self._read(now)
        label = self._label_of(digest)
        if label is None and self._read_at < now and now - self._refreshed_at >= REFRESH_PAUSE:
            self._read(now)
            self._refreshed_at = now
            label = self._label_of(digest)
        if label is None:
            raise BadToken
        return label

    def _read(self, now: float) -> None:
        if now - self._failed_at < FAILURE_PAUSE:
            raise Unavailable(SOURCE)
        try:
            tokens = self._source.read()
        except Unavailable:
            self._failed_at = now
            raise
        self._digests = {label: _digest(token) for label, token in tokens.items() if token}
        self._read_at = now

    def _label_of(self, digest: bytes) -> str | None:
        # Every accepted token is compared, whichever matches, so that the time taken tells nothing.
        matches = [label for label, accepted in self._digests.items() if hmac.compare_digest(digest, accepted)]
        return matches[0] if matches else None


def _digest(token: str) -> bytes:
    # Digests have one length and are bytes: compare_digest refuses text outside ASCII.
    return sha256(token.encode("utf-8", "surrogatepass")).digest()
