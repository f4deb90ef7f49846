"""What the bill rests on and cannot be counted from the template or the code."""

from dataclasses import dataclass

HOURS = 730
"""Hours of a month, as AWS counts them."""
SECONDS = HOURS * 3600
DAYS = HOURS / 24


@dataclass(frozen=True, slots=True)
class Assumptions:
    """Each with its reason in docs/costs.md, and with what another value would do to the bill."""

    wait_ms: float = 8
    """That a function waits for the answer to one AWS call, of any service but S3."""
    s3_wait_ms: float = 50
    """That it waits for the answer of S3."""
    cpu_ms: float = 2
    """Of a whole processor, for each AWS call, and once for the function itself."""
    cold_share: float = 0.02
    """Of the invocations, that begin with a cold start."""
    cold_ms: float = 700
    """That a cold start takes and is billed for."""
    environments: int = 2
    """Of ingest that are kept warm, each of which reads the tokens every few minutes."""
    pollers: int = 5
    """Of Lambda that wait at each queue, whether anything comes or not."""
    poll_seconds: int = 20
    """That one of them waits."""
    rare_hours: float = 0.05
    """Of the hours in which a metric moves that not every event moves."""
    record_months: int = 12
    """For which records have been kept, each event having left one of its own; they do not expire."""
    header_bytes: int = 300
    """Of an answer's headers."""
