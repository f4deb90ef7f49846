"""What an invocation of a function is charged for."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from benchmarks.costs.assumptions import DAYS, Assumptions
from benchmarks.costs.calls import Call
from benchmarks.costs.lines import Line, of_calls
from benchmarks.costs.prices import GB, GB_SECOND, INVOCATION, LOGGED, LOGS_KEPT
from benchmarks.costs.run import Run
from benchmarks.costs.stack import Stack

_ID = "00000000-0000-4000-8000-000000000000"
PLATFORM = (
    f"START RequestId: {_ID} Version: $LATEST\n"
    f"END RequestId: {_ID}\n"
    f"REPORT RequestId: {_ID}\tDuration: 12.34 ms\tBilled Duration: 13 ms\tMemory Size: 512 MB\t"
    "Max Memory Used: 100 MB\t\n"
)
"""What Lambda itself writes to the log at each invocation, unless it is told not to."""

_WHOLE_CPU = 1769
"""MB of memory at which Lambda gives one whole processor."""


@dataclass(frozen=True, slots=True)
class Invocations:
    """Of the functions of a stack, each by its logical id."""

    stack: Stack
    assume: Assumptions

    def run(self, where: str, function: str, run: Run, times: float = 1) -> Iterator[Line]:
        """One that does what was seen, so many times."""
        milliseconds = self.milliseconds(function, run.calls)
        yield Line(where, times, INVOCATION, "invocation")
        yield self._computing(where, function, milliseconds, times, f"{len(run.calls)} AWS calls,")
        yield from of_calls(where, run.calls, times)
        platform = "" if function in self.stack.quiet else PLATFORM
        size, lines = run.printed_bytes + len(platform), platform.count("\n")
        how = f"in {len(run.printed) + lines} lines" + (f", {lines} of them Lambda's own" if lines else "")
        yield from self.log(where, size, how, times)

    def cold(self, where: str, function: str, times: float = 1) -> Line:
        """The cold starts among so many."""
        share = self.assume.cold_share
        return self._computing(where, function, self.assume.cold_ms, times * share, f"cold starts, {share:.0%},")

    def log(self, where: str, size: int, how: str, times: float = 1) -> Iterator[Line]:
        """So many bytes in the log. They are kept compressed, and counted here as if they were not."""
        days = self.stack.log_retention_days
        yield Line(where, times * size / GB, LOGGED, f"{size} bytes {how}")
        yield Line(where, times * size / GB * days / DAYS, LOGS_KEPT, f"for {days} days, not compressed")

    def milliseconds(self, function: str, calls: Sequence[Call]) -> float:
        """How long a function runs that makes these AWS calls, one after the other."""
        slower = max(1, _WHOLE_CPU / self.stack.memory[function])
        waited = sum(self.assume.s3_wait_ms if call.is_of_s3 else self.assume.wait_ms for call in calls)
        return waited + (len(calls) + 1) * self.assume.cpu_ms * slower

    def _computing(self, where: str, function: str, milliseconds: float, times: float, how: str) -> Line:
        memory = self.stack.memory[function]
        quantity = times * milliseconds / 1000 * memory / 1024
        price = GB_SECOND[self.stack.architecture]
        return Line(where, quantity, price, f"{how} {milliseconds:.0f} ms at {memory} MB")
