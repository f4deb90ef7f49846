"""Every duration and limit that the product promises, in one place.

docs/reliability.md refers to these names. tests/template/test_policy.py checks the template against them, and
tests/unit/test_policy.py what the pages promise.
Durations are in seconds unless the name says otherwise.
"""

from typing import Final

# ---- A delivery

BODY_LIMIT: Final = 4_500_000
"""Largest decoded body, in bytes: what still fits, in base64, into the 6 MB that Lambda accepts."""

TRANSIT_LIMIT: Final = 6_000_000
"""Largest body, in bytes, as text in the JSON that API Gateway passes to Lambda: quotes and backslashes grow."""

INLINE_LIMIT: Final = 32 * 1024
"""Largest body, in bytes, that travels with its event. Larger ones go to S3, which is cheaper: docs/decisions."""

RETRY_AFTER: Final = 5
"""`Retry-After` of a 503, and how long a token source that failed is left alone."""

SHORTEST_TOKEN: Final = 20
"""Characters of a token: shorter values beside the tokens in the secret are notes."""

TOKENS_FRESH_FOR: Final = 300.0
"""How long the accepted tokens are cached."""

TOKENS_REFRESH_PAUSE: Final = 30.0
"""Shortest time between two extra reads caused by unknown tokens, so that nobody can spend the secret's quota."""

# ---- Calls to AWS

CONNECT_TIMEOUT: Final = 1.0
READ_TIMEOUT: Final = 1.25
ATTEMPTS: Final = 2
"""The second attempt covers a connection that died while the function was frozen."""

SEND_BATCH: Final = 10
"""The most messages that SQS takes at once. With bodies inline, ten of the largest are a third of its 1 MiB."""

# ---- Functions

INGEST_TIMEOUT: Final = 29
"""Below the 30 s after which API Gateway gives up."""

RELAY_TIMEOUT: Final = 50
RELAY_MARGIN: Final = 5
"""The relay reads and sends nothing more with less time left: it marks what was sent."""

RELAY_CALLS: Final = 10
"""Calls of the relay at once: as many as a client of botocore keeps connections."""

PUBLISH_MARGIN: Final = 12
"""Ingest sends to one more queue only with this left: one such call and the mark, however slow AWS is."""

LOOK_EVERY: Final = 270
"""Seconds between two looks of the relay at all queues: every fifth run, so that no alarm's period is without one."""

SLOW: Final = 0.8
"""An invocation is slow if it takes more than this share of its timeout."""

INGEST_OWNS_FOR: Final = 35
"""No ingest invocation lives longer, so the relay may publish events that are older."""

HANDLER_TIMEOUT: Final = 30
HANDLER_MARGIN: Final = 5
"""A handler starts a message only if the longest run seen and this still fit: else it would be killed halfway."""

BOOKKEEPING_DELAY: Final = 30
"""Delay of a message whose run cannot begin because DynamoDB cannot be reached."""

BOOKKEEPING_MARGIN: Final = 5
"""A finished run is recorded again only with this left: more than such a call takes (`ATTEMPTS` and timeouts)."""

MOST_DEATHS: Final = 3
"""After so many deaths of its handler's process an event is a dead letter."""

# ---- Retries

SCHEDULE: Final = (5, 300, 1800, 7200, 18_000, 36_000, 36_000)
"""Delay after each failure; the failure after the last one makes a dead letter.

Soon at first, then over more than a day: the spacing that the best webhook senders use.
"""

LONGEST_DELAY: Final = 43_000
"""SQS hides a message for at most 12 hours after its receipt."""

VISIBILITY_TIMEOUT: Final = 6 * HANDLER_TIMEOUT
"""AWS asks for at least six times the handler's timeout."""

MAX_RECEIVES: Final = 1000
"""After this many receives SQS itself moves a message to the dead-letter queue: the most that it allows.

The handler gives up itself, with a reason; a receive for which there was no time must not add up to a dead letter.
"""

QUEUE_RETENTION: Final = 14 * 24 * 3600
"""The longest that SQS keeps a message: for event queues and dead-letter queues."""
