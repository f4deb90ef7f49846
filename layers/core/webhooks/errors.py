"""Why a delivery is refused: one root, each error with the HTTP answer that it stands for."""

from typing import ClassVar


class Refused(Exception):
    """A delivery that is not accepted. The text goes to the sender: it holds no secret and no body.

    `token_label` is that of the token it came with, empty where that was not accepted.
    """

    status: ClassVar[int]
    outcome: ClassVar[str]
    headers: ClassVar[dict[str, str]] = {}
    token_label = ""

    def body(self) -> dict[str, object]:
        """What the sender reads, as JSON."""
        return {"status": self.outcome, "reason": str(self)}


class BadToken(Refused):
    """No token, a malformed header or a token that is not accepted; the sender is not told which."""

    status = 401
    outcome = "unauthorized"
    headers: ClassVar[dict[str, str]] = {"WWW-Authenticate": "Bearer"}

    def __init__(self) -> None:
        super().__init__("a valid bearer token is required")


class NotUnderstood(Refused):
    """The body is no event: not JSON, not an object, no event type, or hostile.

    `position` is the character offset at which the JSON breaks, where there is one.
    """

    status = 400
    outcome = "rejected"

    def __init__(self, reason: str, position: int | None = None) -> None:
        super().__init__(reason)
        self.position = position

    def body(self) -> dict[str, object]:
        """The reason, with the position where there is one."""
        where = {} if self.position is None else {"position": self.position}
        return super().body() | where


class TooLarge(Refused):
    """The body is larger than `limit` bytes."""

    status = 413
    outcome = "too large"

    def __init__(self, limit: int) -> None:
        super().__init__(f"the body is larger than {limit} bytes")
        self.limit = limit

    def body(self) -> dict[str, object]:
        """The reason and the limit, in bytes."""
        return super().body() | {"limit": self.limit}


class Unavailable(Refused):
    """The event could not be made durable, or the tokens not read: the sender has to send again."""

    status = 503
    outcome = "unavailable"
    headers: ClassVar[dict[str, str]] = {"Retry-After": "5"}

    def __init__(self, what: str) -> None:
        super().__init__(f"{what} cannot be reached; send the event again")


class QueueUnavailable(Exception):
    """The queue did not take the event; it stays unpublished in the inbox."""
