"""Verify bearer tokens.

DirectScale sends its Extension Secret exactly as typed, `! % $ ^ @ &` included: never decode or trim it.
During a rotation the old and the new token are both accepted.
"""

import hmac
import math
import re
from collections.abc import Callable, Mapping
from hashlib import sha256
from typing import Protocol

from webhooks.dates import parse_date
from webhooks.errors import BadToken, Unavailable
from webhooks.policy import RETRY_AFTER, SHORTEST_TOKEN, TOKENS_FRESH_FOR, TOKENS_REFRESH_PAUSE

SOURCE = "the list of accepted tokens"

type Moment = tuple[float, float]
"""Seconds of the wall clock and of the monotonic clock."""

_LABEL = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}", re.ASCII)
_TOKEN = re.compile(rf"[!-~]{{{SHORTEST_TOKEN},512}}")
_EMAIL = re.compile(r"[^@]+@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+")
_NEVER: Moment = (-math.inf, -math.inf)


class TokenSource(Protocol):
    """Reads the accepted tokens."""

    def read(self) -> Mapping[str, object]:
        """The entries of the secret by label. Raises `Unavailable`."""


def is_label(label: str) -> bool:
    """Whether a token may have this label: 1 to 64 letters, digits, dots, dashes and underscores."""
    return _LABEL.fullmatch(label) is not None


def is_token(value: object) -> bool:
    """Whether a value may be a token: 20 to 512 visible ASCII characters; no date and no e-mail address.

    The secret may hold notes beside the tokens, such as when one was rotated and by whom.
    """
    return (
        isinstance(value, str)
        and _TOKEN.fullmatch(value) is not None
        and not _is_date(value)
        and _EMAIL.fullmatch(value) is None
    )


class TokenVerifier:
    """Checks tokens against a cached copy of the accepted ones.

    `clock` returns the wall clock and the monotonic clock. The latter is reported to stand still while Lambda freezes
    the process, and the former may be set: the copy is fresh only if both say so.
    """

    def __init__(self, source: TokenSource, clock: Callable[[], Moment]) -> None:
        self._source = source
        self._clock = clock
        self._digests: dict[str, bytes] = {}
        self._read_at = self._refreshed_at = self._failed_at = _NEVER

    def authorize(self, authorization: str) -> str:
        """The label of the token in an `Authorization` header. Raises `BadToken`, or `Unavailable` from the source.

        An unknown token triggers another read of the source, so that a new token works at once.
        """
        scheme, _, token = authorization.partition(" ")
        digest = _digest(token.lstrip(" "))
        if scheme.lower() != "bearer" or not token.strip(" "):
            raise BadToken
        now = self._clock()
        if _age(self._read_at, now) >= TOKENS_FRESH_FOR:
            self._read(now)
        label = self._label_of(digest)
        if label is None and self._read_at != now and _age(self._refreshed_at, now) >= TOKENS_REFRESH_PAUSE:
            self._read(now)
            self._refreshed_at = now
            label = self._label_of(digest)
        if label is None:
            raise BadToken
        return label

    def _read(self, now: Moment) -> None:
        if _age(self._failed_at, now) < RETRY_AFTER:
            raise Unavailable(SOURCE)
        try:
            entries = self._source.read()
        except Unavailable:
            self._failed_at = now
            raise
        tokens = {label: str(value) for label, value in entries.items() if is_label(label) and is_token(value)}
        self._digests = {label: _digest(token) for label, token in tokens.items()}
        self._read_at = now

    def _label_of(self, digest: bytes) -> str | None:
        # Compare with every accepted token, so that the time taken reveals nothing.
        matches = [label for label, accepted in self._digests.items() if hmac.compare_digest(digest, accepted)]
        return matches[0] if matches else None


def _is_date(value: str) -> bool:
    """Whether it is a date in any form, also one that means "not set"."""
    try:
        parse_date(value)
    except ValueError:
        return False
    return True


def _age(since: Moment, now: Moment) -> float:
    """Seconds since a moment, by whichever clock moved more; infinite if one was set back."""
    elapsed = [later - earlier for earlier, later in zip(since, now, strict=True)]
    return max(elapsed) if min(elapsed) >= 0 else math.inf


def _digest(token: str) -> bytes:
    # Digests are bytes of one length; compare_digest refuses text outside ASCII.
    return sha256(token.encode("utf-8", "surrogatepass")).digest()
