"""From what was counted and measured to the bill."""

from collections.abc import Iterator
from dataclasses import dataclass

from benchmarks.costs.assumptions import DAYS, HOURS, SECONDS, Assumptions
from benchmarks.costs.invocations import Invocations
from benchmarks.costs.lab import HANDLER
from benchmarks.costs.lines import Bill, Line, of_calls
from benchmarks.costs.measured import Aside, Events
from benchmarks.costs.prices import (
    ALARM,
    API_REQUEST,
    COMPOSITE_ALARM,
    DASHBOARD,
    DATA_OUT,
    GB,
    KEY,
    KEY_CALL,
    METRIC,
    RECOVERABLE,
    S3_STORED,
    SECRET,
    SECRET_CALL,
    SQS_REQUEST,
    STORED,
)
from benchmarks.costs.run import Metrics, Run
from benchmarks.costs.stack import Stack
from webhooks.policy import TOKENS_FRESH_FOR

INGEST, RELAY = "IngestFunction", "RelayFunction"
_API_UNIT = 512 * 1024
_KEY_SECONDS = 300
"""For which DynamoDB remembers a table's key, for each caller."""


@dataclass(frozen=True, slots=True)
class Model:
    """A stack, what its functions are seen to do beside handling events, and what is assumed."""

    stack: Stack
    aside: Aside
    assume: Assumptions

    def bill(self, events: Events) -> Bill:
        """The bill for events like these."""
        fixed = (*self._resources(), *self._metrics(), *self._tokens(), *self._relay(), *self._keys(events))
        return Bill(tuple(line for line in fixed if line.quantity), tuple(self.event(events)))

    def event(self, events: Events) -> Iterator[Line]:
        """What one event costs, from its delivery to what is kept of it."""
        yield from self.delivery(events.ingest, events.body_bytes)
        yield self._invocations.cold("ingest", INGEST)
        yield Line("ingest", self.assume.cold_share, SECRET_CALL, "the tokens, at each cold start")
        yield from self.handling(events.handler, 1 / events.batch)
        yield self._invocations.cold("handler", HANDLER, 1 / events.batch)
        yield from self._storage(events)

    def delivery(self, run: Run, body_bytes: int) -> Iterator[Line]:
        """What one delivery costs up to its answer."""
        yield from self.request(run.answer["body"], body_bytes)
        yield from self._invocations.run("ingest", INGEST, run)

    def request(self, answered: str, body_bytes: int) -> Iterator[Line]:
        """What the API costs."""
        answer = len(answered) + self.assume.header_bytes
        yield Line("API", -(-body_bytes // _API_UNIT), API_REQUEST, "request")
        yield Line("API", answer / GB, DATA_OUT, f"answer of {answer} bytes")
        if self.stack.access_log_bytes:
            yield from self._invocations.log("API", self.stack.access_log_bytes, "of access log")

    def handling(self, run: Run, share: float = 1) -> Iterator[Line]:
        """What it costs to hand a batch to a handler, or a share of that."""
        yield from of_calls("queue", run.polled, share)
        yield from self._invocations.run("handler", HANDLER, run, share)

    @property
    def _invocations(self) -> Invocations:
        return Invocations(self.stack, self.assume)

    def _storage(self, events: Events) -> Iterator[Line]:
        days = self.stack.retention_days
        for table, (own, indexes) in events.stored.items():
            months, span = days / DAYS, f"for {days} days"
            if table == "RecordsTable":
                months, span = self.assume.record_months, f"for {self.assume.record_months} months"
            parts = f"{own} bytes" + (f" and {indexes} in indexes" if indexes else "")
            yield Line("storage", (own + indexes) * months / GB, STORED, f"{table}: {parts}, {span}")
            if table in self.stack.recoverable:
                yield Line("storage", own * months / GB, RECOVERABLE, f"{table}: {own} bytes, {span}")
        if events.stored_aside:
            yield Line("storage", events.stored_aside * days / DAYS / GB, S3_STORED, f"body, for {days} days")

    def _resources(self) -> Iterator[Line]:
        queues, pollers, seconds = self.stack.polled_queues, self.assume.pollers, self.assume.poll_seconds
        how = f"{queues} queues, {pollers} pollers at each, one request in {seconds} s"
        yield Line("queues", queues * pollers * SECONDS / seconds, SQS_REQUEST, how)
        yield Line("alarms", self.stack.alarm_metrics, ALARM, "in the template")
        yield Line("alarms", self.stack.composite_alarms, COMPOSITE_ALARM, "in the template")
        yield Line("dashboard", self.stack.dashboards, DASHBOARD, "in the template")
        yield Line("encryption", self.stack.keys, KEY, "in the template")

    def _metrics(self) -> Iterator[Line]:
        steady, hours = self.aside.steady, self.assume.rare_hours
        rare = self.aside.rare | {("", name) for name in self.stack.filtered}
        number = sum(self.stack.event_types if dimension == "event_type" else 1 for dimension, _ in rare)
        yield Line("metrics", len(steady), METRIC, f"all the time: {_names(steady)}")
        yield Line("metrics", number * hours, METRIC, f"{number} in {hours:.0%} of the hours: {_names(rare)}")

    def _tokens(self) -> Iterator[Line]:
        environments = self.assume.environments
        how = f"{environments} warm environments, each every {TOKENS_FRESH_FOR:.0f} s"
        yield Line("tokens", self.stack.secrets, SECRET, "in the template")
        yield Line("tokens", environments * SECONDS / TOKENS_FRESH_FOR, SECRET_CALL, how)

    def _relay(self) -> Iterator[Line]:
        return self._invocations.run("relay", RELAY, self.aside.relay, HOURS * 60 / self.stack.relay_minutes)

    def _keys(self, events: Events) -> Iterator[Line]:
        of_one = [len({call.on for call in run.calls} & self.stack.kms) for run in (events.ingest, self.aside.relay)]
        of_each_type = len({call.on for call in events.handler.calls} & self.stack.kms)
        pairs = sum(of_one) + of_each_type * self.stack.event_types
        how = f"at most, one in {_KEY_SECONDS} s for each of {pairs} pairs of function and table"
        yield Line("encryption", pairs * SECONDS / _KEY_SECONDS, KEY_CALL, how)


def _names(metrics: Metrics) -> str:
    return ", ".join(sorted(name for _, name in metrics))
