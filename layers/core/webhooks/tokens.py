"""Verify bearer tokens.

DirectScale sends its Extension Secret exactly as typed, `! % $ ^ @ &` included: never decode or trim it.
During a rotation the old and the new token are both accepted.
"""

import hmac
import math
from collections.abc import Callable, Mapping
from hashlib import sha256
from typing import Protocol

from webhooks.errors import BadToken, Unavailable
from webhooks.policy import RETRY_AFTER, TOKENS_FRESH_FOR, TOKENS_REFRESH_PAUSE

SOURCE = "the list of accepted tokens"


class TokenSource(Protocol):
    """Reads the accepted tokens."""

    def read(self) -> Mapping[str, str]:
        """The accepted tokens by label. Raises `Unavailable`."""


class TokenVerifier:
    """Checks tokens against a cached copy of the accepted ones.

    `clock` returns seconds that never go backwards, such as `time.monotonic`.
    """

    def __init__(self, source: TokenSource, clock: Callable[[], float]) -> None:
        self._source = source
        self._clock = clock
        self._digests: dict[str, bytes] = {}
        self._read_at = self._refreshed_at = self._failed_at = -math.inf

    def authorize(self, authorization: str) -> str:
        """The label of the token in an `Authorization` header. Raises `BadToken`, or `Unavailable` from the source.

        An unknown token triggers another read of the source, so that a new token works at once.
        """
        scheme, _, token = authorization.partition(" ")
        if scheme.lower() != "bearer" or not token:
            raise BadToken
        digest = _digest(token)
        now = self._clock()
        if now - self._read_at >= TOKENS_FRESH_FOR:
            self._read(now)
        label = self._label_of(digest)
        if label is None and self._read_at < now and now - self._refreshed_at >= TOKENS_REFRESH_PAUSE:
            self._read(now)
            self._refreshed_at = now
            label = self._label_of(digest)
        if label is None:
            raise BadToken
        return label

    def _read(self, now: float) -> None:
        if now - self._failed_at < RETRY_AFTER:
            raise Unavailable(SOURCE)
        try:
            tokens = self._source.read()
        except Unavailable:
            self._failed_at = now
            raise
        self._digests = {label: _digest(token) for label, token in tokens.items() if token}
        self._read_at = now

    def _label_of(self, digest: bytes) -> str | None:
        # Compare with every accepted token, so that the time taken reveals nothing.
        matches = [label for label, accepted in self._digests.items() if hmac.compare_digest(digest, accepted)]
        return matches[0] if matches else None


def _digest(token: str) -> bytes:
    # Digests are bytes of one length; compare_digest refuses text outside ASCII.
    return sha256(token.encode("utf-8", "surrogatepass")).digest()
