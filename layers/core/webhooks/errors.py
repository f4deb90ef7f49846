"""Why a delivery is refused: one root, each error with its HTTP response and its metric."""

from typing import ClassVar

from webhooks.policy import RETRY_AFTER

_LONGEST_CODING = 40


class Refused(Exception):
    """A delivery that is not accepted. The text goes to the sender: never a secret, never the body.

    `outcome` is the response's `status` field, `metric` the CloudWatch metric that counts it.
    `token_label` is the label of the accepted token; empty if the token was not accepted.
    """

    status: ClassVar[int]
    outcome: ClassVar[str]
    metric: ClassVar[str]
    headers: ClassVar[dict[str, str]] = {}
    token_label = ""

    def body(self) -> dict[str, object]:
        """The response body."""
        return {"status": self.outcome, "reason": str(self)}


class BadToken(Refused):
    """No token, a malformed header or an unknown token. The sender does not learn which."""

    status = 401
    outcome = "unauthorized"
    metric = "Unauthorized"
    headers: ClassVar[dict[str, str]] = {"WWW-Authenticate": "Bearer"}

    def __init__(self) -> None:
        super().__init__("a valid bearer token is required")


class MalformedDelivery(Refused):
    """The body is not an event: not JSON, not an object, no event type, or nested too deeply.

    `position` is the character offset of a JSON error.
    """

    status = 400
    outcome = "rejected"
    metric = "Rejected"

    def __init__(self, reason: str, position: int | None = None) -> None:
        super().__init__(reason)
        self.position = position

    def body(self) -> dict[str, object]:
        """The reason, and the position if there is one."""
        return super().body() | ({} if self.position is None else {"position": self.position})


class TooLarge(Refused):
    """The body is larger than `limit` bytes."""

    status = 413
    outcome = "too large"
    metric = "TooLarge"

    def __init__(self, limit: int) -> None:
        super().__init__(f"the body is larger than {limit} bytes")
        self.limit = limit

    def body(self) -> dict[str, object]:
        """The reason and the limit, in bytes."""
        return super().body() | {"limit": self.limit}


class UnsupportedCoding(Refused):
    """The body is in a content coding other than gzip, deflate or none."""

    status = 415
    outcome = "unsupported coding"
    metric = "UnsupportedCoding"
    headers: ClassVar[dict[str, str]] = {"Accept-Encoding": "gzip, deflate"}

    def __init__(self, coding: str) -> None:
        super().__init__(f"the content coding {coding[:_LONGEST_CODING]!r} is not supported")


class Unavailable(Refused):
    """The event could not be stored, or the tokens not read: the sender must try again."""

    status = 503
    outcome = "unavailable"
    metric = "Unavailable"
    headers: ClassVar[dict[str, str]] = {"Retry-After": str(RETRY_AFTER)}

    def __init__(self, what: str) -> None:
        super().__init__(f"{what} cannot be reached; send the event again")
