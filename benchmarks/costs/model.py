"""The cost of a stack: what it deploys, what its functions do, and what is assumed."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from benchmarks.costs.bill import Bill, Line, call_lines
from benchmarks.costs.calls import Call
from benchmarks.costs.observed import Events, Other
from benchmarks.costs.prices import (
    ALARM,
    API_REQUEST,
    DASHBOARD,
    DATA_OUT,
    GB,
    GB_SECOND,
    INVOCATION,
    LOGGED,
    LOGS_STORED,
    METRIC,
    RECOVERABLE,
    S3_STORED,
    SECRET,
    SECRET_CALL,
    SQS_REQUEST,
    STORED,
)
from benchmarks.costs.recorder import Metrics, Run
from benchmarks.costs.simulation import HANDLER
from benchmarks.costs.stack import Stack
from webhooks.policy import LOOK_EVERY, TOKENS_FRESH_FOR

INGEST, RELAY = "IngestFunction", "RelayFunction"

HOURS = 730
"""Hours of a month, as AWS counts them."""
SECONDS = HOURS * 3600
DAYS = HOURS / 24

API_UNIT = 512 * 1024
_ONE_CPU = 1769
"""MB of memory at which Lambda provides one full processor."""
_ID = "00000000-0000-4000-8000-000000000000"
_PLATFORM_LOG = (
    f"START RequestId: {_ID} Version: $LATEST\n"
    f"END RequestId: {_ID}\n"
    f"REPORT RequestId: {_ID}\tDuration: 12.34 ms\tBilled Duration: 13 ms\tMemory Size: 512 MB\t"
    "Max Memory Used: 100 MB\t\n"
)


@dataclass(frozen=True, slots=True)
class Assumptions:
    """What cannot be counted; docs/costs.md has the reasons, and the effect of other values."""

    wait_ms: float = 8
    """Wait for the answer to an AWS call, except S3."""
    s3_wait_ms: float = 50
    """Wait for an answer of S3."""
    cpu_ms: float = 2
    """On a full processor, for each AWS call, and once for the function itself."""
    cold_share: float = 0.02
    """Invocations that begin with a cold start."""
    cold_ms: float = 700
    """Billed duration of a cold start."""
    environments: int = 2
    """Warm environments of ingest, each of which reads the tokens every few minutes."""
    pollers: int = 5
    """Pollers that Lambda keeps at each queue, even an empty one."""
    poll_seconds: int = 20
    """Duration of one poll."""
    rare_hours: float = 0.05
    """Share of the hours in which a rare metric is emitted."""
    record_months: int = 12
    """Age of the stack: records do not expire, and each event leaves a new one."""
    header_bytes: int = 300
    """Headers of an answer."""


@dataclass(frozen=True, slots=True)
class Model:
    """Computes bills."""

    stack: Stack
    other: Other
    assume: Assumptions

    def bill(self, events: Events) -> Bill:
        """A month of such events."""
        fixed = (*self._resources(), *self._metrics(), *self._tokens(), *self._relay())
        return Bill(tuple(line for line in fixed if line.quantity), tuple(self.event(events)))

    def event(self, events: Events) -> Iterator[Line]:
        """The cost of one event, from delivery to storage."""
        yield from self.delivery(events.ingest, events.body_bytes)
        yield self.cold_starts("ingest", INGEST)
        yield Line("ingest", self.assume.cold_share, SECRET_CALL, "the tokens, at each cold start")
        yield from self.handling(events.handler, 1 / events.batch)
        yield self.cold_starts("handler", HANDLER, 1 / events.batch)
        yield from self._storage(events)

    def delivery(self, run: Run, body_bytes: int) -> Iterator[Line]:
        """The cost of one delivery up to its answer."""
        yield from self.request(run.answer["body"], body_bytes)
        yield from self.invocation("ingest", INGEST, run)

    def request(self, answer: str, body_bytes: int) -> Iterator[Line]:
        """The cost of the API."""
        length = len(answer) + self.assume.header_bytes
        yield Line("API", -(-body_bytes // API_UNIT), API_REQUEST, "request")
        yield Line("API", length / GB, DATA_OUT, f"answer of {length} bytes")
        yield from self._log("API", self.stack.access_log_bytes, "of access log")

    def handling(self, run: Run, share: float = 1) -> Iterator[Line]:
        """The cost of handling a batch, or a share of it."""
        yield from call_lines("queue", run.polled, share)
        yield from self.invocation("handler", HANDLER, run, share)

    def invocation(self, where: str, function: str, run: Run, times: float = 1) -> Iterator[Line]:
        """The cost of an invocation."""
        yield Line(where, times, INVOCATION, "invocation")
        yield self._duration(where, function, self.milliseconds(function, run.calls), times, _calls(run))
        yield from call_lines(where, run.calls, times)
        platform = _PLATFORM_LOG if self.stack.platform_logs else ""
        lines = platform.count("\n")
        how = f"in {len(run.log) + lines} lines" + (f", {lines} of them Lambda's own" if lines else "")
        yield from self._log(where, run.log_bytes + len(platform), how, times)

    def cold_starts(self, where: str, function: str, times: float = 1) -> Line:
        """The cost of the cold starts of a number of invocations."""
        share = self.assume.cold_share
        return self._duration(where, function, self.assume.cold_ms, times * share, f"cold starts, {share:.0%},")

    def milliseconds(self, function: str, calls: Sequence[Call]) -> float:
        """The duration of an invocation that makes these calls one after the other."""
        slower = max(1, _ONE_CPU / self.stack.memory[function])
        waited = sum(self.assume.s3_wait_ms if call.is_s3 else self.assume.wait_ms for call in calls)
        return waited + (len(calls) + 1) * self.assume.cpu_ms * slower

    def _duration(self, where: str, function: str, milliseconds: float, times: float, how: str) -> Line:
        memory = self.stack.memory[function]
        quantity = times * milliseconds / 1000 * memory / 1024
        return Line(where, quantity, GB_SECOND[self.stack.architecture], f"{how} {milliseconds:.0f} ms at {memory} MB")

    def _log(self, where: str, size: int, how: str, times: float = 1) -> Iterator[Line]:
        """AWS stores logs compressed; here they are counted uncompressed."""
        days = self.stack.log_retention_days
        yield Line(where, times * size / GB, LOGGED, f"{size} bytes {how}")
        yield Line(where, times * size / GB * days / DAYS, LOGS_STORED, f"for {days} days, not compressed")

    def _storage(self, events: Events) -> Iterator[Line]:
        days = self.stack.retention_days
        for table, (own, indexes) in events.stored.items():
            months, span = days / DAYS, f"for {days} days"
            if table == "RecordsTable":
                months, span = self.assume.record_months, f"for {self.assume.record_months} months"
            size = f"{own} bytes" + (f" and {indexes} in indexes" if indexes else "")
            yield Line("storage", (own + indexes) * months / GB, STORED, f"{table}: {size}, {span}")
            if table in self.stack.recoverable:
                yield Line("storage", own * months / GB, RECOVERABLE, f"{table}: {own} bytes, {span}")
        if events.in_bucket:
            yield Line("storage", events.in_bucket * days / DAYS / GB, S3_STORED, f"body, for {days} days")

    def _resources(self) -> Iterator[Line]:
        queues, pollers, seconds = self.stack.polled_queues, self.assume.pollers, self.assume.poll_seconds
        how = f"{queues} queues, {pollers} pollers each, one request per {seconds} s"
        yield Line("queues", queues * pollers * SECONDS / seconds, SQS_REQUEST, how)
        yield Line("alarms", self.stack.alarm_metrics, ALARM, "in the template")
        yield Line("dashboard", self.stack.dashboards, DASHBOARD, "in the template")

    def _metrics(self) -> Iterator[Line]:
        steady, hours = self.other.steady, self.assume.rare_hours
        rare = self.other.rare | {("", name) for name in self.stack.filtered}
        number = sum(self.stack.event_types if dimension == "event_type" else 1 for dimension, _ in rare)
        yield Line("metrics", len(steady), METRIC, f"in every hour: {_names(steady)}")
        yield Line("metrics", number * hours, METRIC, f"{number} in {hours:.0%} of the hours: {_names(rare)}")

    def _tokens(self) -> Iterator[Line]:
        environments = self.assume.environments
        how = f"{environments} warm environments, each every {TOKENS_FRESH_FOR:.0f} s"
        yield Line("tokens", self.stack.secrets, SECRET, "in the template")
        yield Line("tokens", environments * SECONDS / TOKENS_FRESH_FOR, SECRET_CALL, how)

    def _relay(self) -> Iterator[Line]:
        runs = HOURS * 60 / self.stack.relay_minutes
        looks = runs / -(-LOOK_EVERY // (60 * self.stack.relay_minutes))
        yield from self.invocation("relay", RELAY, self.other.relay, runs)
        queues = 2 * self.stack.polled_queues
        seconds = queues * (self.assume.wait_ms + self.assume.cpu_ms * _ONE_CPU / self.stack.memory[RELAY]) / 1000
        how = f"{queues} queues seen every {round(HOURS * 60 / looks)} minutes"
        yield Line("relay", looks * queues, SQS_REQUEST, how)
        memory = self.stack.memory[RELAY] / 1024
        yield Line("relay", looks * seconds * memory, GB_SECOND[self.stack.architecture], how)


def _calls(run: Run) -> str:
    return f"{len(run.calls)} AWS calls,"


def _names(metrics: Metrics) -> str:
    return ", ".join(sorted(name for _, name in metrics))
