"""Each failure of a handler, played on the deployed stack, meets the condition of its alarm.

The emulator extracts no metrics from logs, so `Metrics` does: those that the functions print, and those of the deployed
metric filters. What it does not measure or log stands in for AWS where it is used. A failure that lasts has the same
values in each of an alarm's periods; tests/template/test_alarms.py checks the periods.
"""

import io
import operator
import re
import time
import zipfile
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.e2e.emitted import Emitted
from tests.e2e.quiet_stack import TYPE, QuietStack
from tests.e2e.roles import Role
from tests.e2e.workers import forget
from tests.unit.examples import batch
from tools.local.client import wait_until
from tools.local.stack import LocalStack

SLOW_RUN, TIMEOUT = 9, 10
"""Seconds."""

_COMPARE: Mapping[str, Callable[[float, float], bool]] = {
    "GreaterThanOrEqualToThreshold": operator.ge,
    "GreaterThanThreshold": operator.gt,
    "LessThanThreshold": operator.lt,
}

type Values = dict[tuple[str, str, frozenset[tuple[str, str]]], list[float]]
"""By namespace, metric, and dimensions."""


def a_dead_letter(quieted: QuietStack) -> None:
    _invoke(quieted, {"OrderNumber": "none"})
    _look(quieted)


def an_event_that_waits(quieted: QuietStack) -> None:
    """Its queue has no consumer. The emulator does not measure ages: this one is put there."""
    quieted.queues.publish(quieted.event())
    age: Any = {
        "MetricName": "ApproximateAgeOfOldestMessage",
        "Dimensions": [{"Name": "QueueName", "Value": quieted.queue.rpartition("/")[2]}],
        "Timestamp": datetime.now(UTC) - timedelta(minutes=2),
        "Value": timedelta(minutes=46).total_seconds(),
    }
    quieted.stack.emulator.client("cloudwatch").put_metric_data(Namespace="AWS/SQS", MetricData=[age])
    _look(quieted)


def a_handler_that_fails(quieted: QuietStack) -> None:
    role = Role(quieted.stack, f"{TYPE}Role")
    with role.without(role.granted("dynamodb:PutItem", on="-records")):
        _invoke(quieted)


def a_handler_that_cannot_start(quieted: QuietStack) -> None:
    """The emulator does not log what Lambda logs then: it is put into the handler's log."""
    with _changed(quieted, before="import missing"):
        assert _invoke(quieted) != "returned"
    line = {
        "timestamp": int(time.time() * 1000),
        "message": "[ERROR] Runtime.ImportModuleError: Unable to import module 'app': No module named 'missing'",
    }
    group: Any = {"logGroupName": f"/aws/lambda/{quieted.stack.name}-{TYPE}", "logStreamName": "by the test"}
    logs = quieted.stack.emulator.client("logs")
    logs.create_log_stream(**group)
    logs.put_log_events(**group, logEvents=[line])


def a_throttled_handler(quieted: QuietStack) -> None:
    functions, function = quieted.stack.emulator.client("lambda"), f"{quieted.stack.name}-{TYPE}"
    functions.put_function_concurrency(FunctionName=function, ReservedConcurrentExecutions=0)
    try:
        with pytest.raises(ClientError, match="TooManyRequestsException"):
            _invoke(quieted)
    finally:
        functions.delete_function_concurrency(FunctionName=function)


def a_slow_handler(quieted: QuietStack) -> None:
    with _changed(quieted, after=f"import time\ndef save_record(event):\n    time.sleep({SLOW_RUN})\n"):
        wait_until(lambda: _invoke(quieted), lambda returned: returned == "returned", "a run within its timeout")


FAILURES: Mapping[str, Callable[[QuietStack], None]] = {
    "dead-letters": a_dead_letter,
    "waiting": an_event_that_waits,
    "failing": a_handler_that_fails,
    "errors": a_handler_that_cannot_start,
    "throttled": a_throttled_handler,
    "slow": a_slow_handler,
}


@pytest.mark.parametrize("alarm", FAILURES)
def test_a_failure_meets_its_alarms_condition(quieted: QuietStack, alarm: str) -> None:
    emitted, since = Emitted(quieted.stack), datetime.now(UTC)
    FAILURES[alarm](quieted)
    assert alarm in _alarms_of(quieted.stack, emitted, since)


def test_success_meets_no_handlers_condition(quieted: QuietStack) -> None:
    for queue in (quieted.queue, quieted.dead_letters):
        quieted.stack.emulator.client("sqs").purge_queue(QueueUrl=queue)
    emitted, since = Emitted(quieted.stack), datetime.now(UTC)
    assert _invoke(quieted) == "returned"
    _look(quieted)
    assert _alarms_of(quieted.stack, emitted, since) & (FAILURES.keys() | {"relay-errors", "unpublished"}) == set()


def test_the_relays_silence_meets_a_condition(quieted: QuietStack) -> None:
    """Without its runs nothing is known of the queues, nor of unpublished events."""
    assert "unpublished" in _alarms_of(quieted.stack, Emitted(quieted.stack), datetime.now(UTC))


def _invoke(quieted: QuietStack, fields: Mapping[str, object] | None = None) -> str:
    """Run the handler on one event; returns its error, or "returned"."""
    returned, _ = quieted.invoke(TYPE, batch(quieted.event(fields)))
    return returned


def _look(quieted: QuietStack) -> None:
    """Let the relay look at the queues."""
    forget(quieted.stack, "relay")
    assert quieted.invoke("relay", {})[0] == "returned"


@contextmanager
def _changed(quieted: QuietStack, before: str = "", after: str = "") -> Iterator[None]:
    """Deploy the handler with other code and `TIMEOUT` for the length of the block."""
    functions, function = quieted.stack.emulator.client("lambda"), f"{quieted.stack.name}-{TYPE}"
    timeout = functions.get_function_configuration(FunctionName=function)["Timeout"]
    code = f"from webhooks.handlers import {TYPE}, handler, save_record\n"
    handle = f"@handler({TYPE})\ndef handle(event: {TYPE}) -> None:\n    save_record(event)\n"
    try:
        functions.update_function_configuration(FunctionName=function, Timeout=TIMEOUT)
        functions.update_function_code(FunctionName=function, ZipFile=_zip(f"{before}\n{code}\n{after}\n{handle}"))
        yield
    finally:
        functions.update_function_code(FunctionName=function, ZipFile=_zip(f"{code}\n{handle}"))
        functions.update_function_configuration(FunctionName=function, Timeout=timeout)


def _zip(app: str) -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        archive.writestr("app.py", app)
    return content.getvalue()


def _alarms_of(stack: LocalStack, emitted: Emitted, since: datetime) -> set[str]:
    """The deployed alarms whose conditions are met, without the stack's name."""
    values = _values(stack, emitted, since)
    pages = stack.emulator.client("cloudwatch").get_paginator("describe_alarms").paginate(AlarmNamePrefix=stack.name)
    alarms = [alarm for page in pages for alarm in page["MetricAlarms"] if "MetricName" in alarm]
    return {alarm["AlarmName"].removeprefix(f"{stack.name}-") for alarm in alarms if _is_met(alarm, values)}


def _is_met(alarm: Mapping[str, Any], values: Values) -> bool:
    dimensions = frozenset((each["Name"], each["Value"]) for each in alarm.get("Dimensions", []))
    found = values.get((alarm["Namespace"], alarm["MetricName"], dimensions), [])
    if not found:
        return bool(alarm["TreatMissingData"] == "breaching")
    value = sum(found) if alarm["Statistic"] == "Sum" else max(found)
    return _COMPARE[alarm["ComparisonOperator"]](value, alarm["Threshold"])


def _values(stack: LocalStack, emitted: Emitted, since: datetime) -> Values:
    values: Values = defaultdict(list)
    for line in emitted.logged():
        for each in line.get("_aws", {}).get("CloudWatchMetrics", []):
            for names in each["Dimensions"]:
                dimensions = frozenset((name, line[name]) for name in names)
                for metric in each["Metrics"]:
                    found = line[metric["Name"]]
                    values[each["Namespace"], metric["Name"], dimensions] += (
                        found if isinstance(found, list) else [found]
                    )
    for namespace, metric in _filtered(stack, list(emitted.lines())):
        values[namespace, metric, frozenset()].append(1)
    values["AWS/Lambda", "Throttles", frozenset()] = [_throttles(stack, since)]
    return values


def _filtered(stack: LocalStack, lines: list[tuple[str, str]]) -> Iterator[tuple[str, str]]:
    """The metric of each line that a deployed filter of terms counts."""
    for each in stack.emulator.client("logs").describe_metric_filters()["metricFilters"]:
        terms = re.findall(r'\?"([^"]+)"', each["filterPattern"])
        (metric,) = each["metricTransformations"]
        for source, line in lines:
            if source == each["logGroupName"] and any(term in line for term in terms):
                yield metric["metricNamespace"], metric["metricName"]


def _throttles(stack: LocalStack, since: datetime) -> float:
    """Of all functions. The emulator knows them by function only."""
    functions = stack.emulator.client("lambda").get_paginator("list_functions").paginate()
    found = 0.0
    for function in (one["FunctionName"] for page in functions for one in page["Functions"]):
        answer = stack.emulator.client("cloudwatch").get_metric_statistics(
            Namespace="AWS/Lambda",
            MetricName="Throttles",
            Dimensions=[{"Name": "FunctionName", "Value": function}],
            StartTime=since,
            EndTime=datetime.now(UTC) + timedelta(minutes=1),
            Period=60,
            Statistics=["Sum"],
        )
        found += sum(point["Sum"] for point in answer["Datapoints"])
    return found
