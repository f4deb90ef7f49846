"""Alarms: they watch metrics and resources that exist, and reach the topic."""

import json
import re
from itertools import accumulate
from typing import Any

import pytest

from tests.template.expanded import STACK, alarms, expanded, of_kind
from tests.template.metrics import exists, watched
from tests.template.resources import TEMPLATE
from webhooks import policy

ALARMS = alarms()
FUNCTIONS = {function["FunctionName"] for function in of_kind("Lambda::Function").values()}


def dimension(alarm: dict[str, Any]) -> tuple[str | None, Any]:
    """The name and value of an alarm's only dimension, if it has one."""
    dimensions = {each["Name"]: each["Value"] for each in alarm.get("Dimensions", [])}
    return next(iter(dimensions.items()), (None, None))


@pytest.mark.parametrize("name", ALARMS)
def test_an_alarm_watches_an_existing_metric(name: str) -> None:
    assert [one for one in watched(ALARMS[name]) if not exists(*one)] == []


@pytest.mark.parametrize(
    "broken",
    [
        {"MetricName": "ApproximateAgeOfTheOldestMessage"},
        {"MetricName": "5xx"},
        {"Namespace": "AWS/Sqs"},
        {"Namespace": STACK, "MetricName": "Accepted"},
        {"Dimensions": [{"Name": "Queue", "Value": "a"}]},
        {"Dimensions": []},
        {"Namespace": STACK, "MetricName": "Accepted", "Dimensions": [{"Name": "service", "Value": "relay"}]},
        {"Metrics": [{"MetricStat": {"Metric": {"Namespace": "AWS/SQS", "MetricName": "Errors"}}}]},
    ],
    ids=str,
)
def test_a_missing_metric_is_found(broken: dict[str, Any]) -> None:
    right = ALARMS["waiting-CustomEvent"]
    assert exists(*next(watched(right)))
    assert not exists(*next(watched(right | broken)))


def test_an_alarm_evaluates_as_long_as_cloudwatch_may() -> None:
    """https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricAlarm.html."""
    longest = {"silence": int(TEMPLATE["Parameters"]["SilenceHours"]["MaxValue"])}
    for name, alarm in ALARMS.items():
        period, periods = int(alarm["Period"]), longest.get(name, int(alarm["EvaluationPeriods"]))
        assert period * periods <= (86400 if period < 3600 else 604800), name


def test_a_metric_filter_reads_a_logged_field() -> None:
    (stage,) = of_kind("ApiGatewayV2::Stage").values()
    logged = json.loads(stage["AccessLogSettings"]["Format"])
    for metric_filter in of_kind("Logs::MetricFilter").values():
        if metric_filter["LogGroupName"] != {"Ref": "AccessLogGroup"}:
            continue
        assert set(re.findall(r"\$\.(\w+)", metric_filter["FilterPattern"])) <= logged.keys()


@pytest.mark.parametrize("name", ALARMS)
def test_an_alarm_watches_an_existing_resource(name: str) -> None:
    match dimension(ALARMS[name]):
        case _, {"Ref": resource} | {"Fn::GetAtt": [resource, _]}:
            assert resource in expanded()
        case "FunctionName", function:
            assert function in FUNCTIONS
        case "event_type", event_type:
            assert f"{STACK}-{event_type}" in FUNCTIONS


@pytest.mark.parametrize("name", ALARMS)
def test_an_alarm_notifies_the_topic(name: str) -> None:
    assert {"Ref": "AlarmTopic"} in ALARMS[name]["AlarmActions"]


def test_cloudwatch_may_publish_to_the_topic() -> None:
    """It may not use the key that AWS manages for SNS."""
    assert all(topic.get("KmsMasterKeyId") != "alias/aws/sns" for topic in of_kind("SNS::Topic").values())


@pytest.mark.parametrize("name", ["silence", "unpublished"])
def test_missing_data_is_an_alarm(name: str) -> None:
    """No event, or no relay, must not look like a quiet day."""
    assert ALARMS[name]["TreatMissingData"] == "breaching"


def test_a_retried_event_is_not_counted_as_waiting() -> None:
    """SQS leaves a message out of the age once it was received more than three times."""
    fourth, fifth = sum(policy.SCHEDULE[:3]), sum(policy.SCHEDULE[:4])
    assert fourth < ALARMS["waiting-CustomEvent"]["Threshold"] < fifth


def test_four_failures_raise_the_failing_alarm() -> None:
    """Wherever in a period the first attempt falls."""
    alarm = ALARMS["failing-CustomEvent"]
    assert (alarm["EvaluationPeriods"], alarm["Threshold"]) == (2, 1)
    for first in range(alarm["Period"]):
        periods = {when // alarm["Period"] for when in accumulate(policy.SCHEDULE[:3], initial=first)}
        assert any(period + 1 in periods for period in periods), first


@pytest.mark.parametrize("function", sorted(FUNCTIONS))
def test_a_function_that_cannot_start_raises_an_alarm(function: str) -> None:
    """The messages of a handler are received for two days before SQS gives up, and do not count as waiting."""
    watched = [dimension(alarm)[1] for alarm in ALARMS.values() if alarm["MetricName"] == "Errors"]
    names = [
        expanded()[each["Ref"]]["Properties"]["FunctionName"] if isinstance(each, dict) else each for each in watched
    ]
    assert function in names


LOGGED_OF_A_DEATH = [
    # https://docs.aws.amazon.com/lambda/latest/dg/troubleshooting-invocation.html and python-exceptions.html
    "2026-11-24T12:00:00.000Z 6f5e Task timed out after 30.03 seconds",
    "RequestId: 6f5e Error: Runtime exited with error: signal: killed",
    "[ERROR] Runtime.ImportModuleError: Unable to import module 'app': No module named 'missing'",
    "REPORT RequestId: 6f5e\tDuration: 3.1 ms\tStatus: error\tError Type: Runtime.ExitError",
    "INIT_REPORT Init Duration: 12.34 ms\tPhase: init\tStatus: timeout",
]
LOGGED_OTHERWISE = [
    "REPORT RequestId: 6f5e\tDuration: 3.1 ms\tBilled Duration: 4 ms\tMemory Size: 512 MB\tMax Memory Used: 90 MB",
    "[ERROR]\t2026-11-24T12:00:00.000Z\t6f5e\tthe ERP answered 500",
]


@pytest.mark.parametrize("line", LOGGED_OF_A_DEATH)
def test_what_lambda_logs_of_a_death_is_counted(line: str) -> None:
    assert [found for found in _died_filters() if any(term in line for term in found)] == _died_filters()
    assert ALARMS["errors"]["MetricName"] == "Died"


@pytest.mark.parametrize("line", LOGGED_OTHERWISE)
def test_what_else_is_logged_is_no_death(line: str) -> None:
    assert [found for found in _died_filters() if any(term in line for term in found)] == []


def _died_filters() -> list[list[str]]:
    """The terms of each handler's filter, any of which counts. They are case-sensitive and quoted."""
    filters = [one for name, one in of_kind("Logs::MetricFilter").items() if name.endswith("Died")]
    assert len(filters) == len(FUNCTIONS - {f"{STACK}-ingest", f"{STACK}-relay"})
    terms = [re.findall(r'\?"([^"]+)"', one["FilterPattern"]) for one in filters]
    assert all(terms)
    return terms


KINDS = ("dead-letters", "waiting", "failing", "errors", "throttled")


@pytest.mark.parametrize("kind", KINDS)
def test_a_handlers_own_alarm_replaces_that_of_all(kind: str) -> None:
    conditions = {
        alarm["Properties"]["AlarmName"].removeprefix(f"{STACK}-"): alarm["Condition"]
        for alarm in expanded().values()
        if alarm["Type"] == "AWS::CloudWatch::Alarm" and "Condition" in alarm
    }
    assert conditions[kind] == "HasAlarmsForAll"
    assert conditions[f"{kind}-CustomEvent"] == "HasAlarmsPerType"
    assert TEMPLATE["Conditions"]["HasAlarmsForAll"] == {"Fn::Not": [{"Condition": "HasAlarmsPerType"}]}


@pytest.mark.parametrize("kind", [*KINDS, "slow"])
def test_an_alarm_of_all_names_a_command(kind: str) -> None:
    assert f"webhooks --stack {STACK} " in ALARMS[kind]["AlarmDescription"]


@pytest.mark.parametrize("kind", ["waiting", "failing"])
def test_a_shared_alarm_has_one_types_threshold(kind: str) -> None:
    assert ALARMS[kind]["Threshold"] == ALARMS[f"{kind}-CustomEvent"]["Threshold"]


def test_each_period_has_a_look_of_the_relay() -> None:
    """Even if one run of the relay fails."""
    assert {ALARMS[kind]["Period"] for kind in ("dead-letters", "waiting")} == {900}
    assert 2 * (policy.LOOK_EVERY + 60) < 900


def test_each_failed_start_counts() -> None:
    """Its messages return in each period of the alarm."""
    for name in ("errors", "errors-CustomEvent"):
        assert ALARMS[name]["Period"] >= policy.VISIBILITY_TIMEOUT
