"""What is counted in the template."""

from typing import Any

import pytest

from benchmarks.costs.changes import with_types
from benchmarks.costs.deployed import Unpriced, deployed, holds
from benchmarks.costs.stack import Stack


def alarm(**properties: Any) -> dict[str, Any]:
    return {"Type": "AWS::CloudWatch::Alarm", "Properties": properties}


def stage(form: Any) -> dict[str, Any]:
    return {"Type": "AWS::ApiGatewayV2::Stage", "Properties": {"AccessLogSettings": {"Format": form}}}


def test_each_event_type_has_a_queue_that_is_polled() -> None:
    stack = Stack.of_template()
    assert stack.polled_queues == stack.event_types == len(stack.memory) - 2
    assert (stack.secrets, stack.relay_minutes) == (1, 1)


def test_fewer_event_types_are_fewer_of_what_each_has() -> None:
    stack = Stack.of_template()
    few, none = with_types(stack, 3), with_types(stack, 0)
    assert (few.event_types, few.polled_queues, none.polled_queues) == (3, 3, 0)
    of_each = (stack.alarm_metrics - few.alarm_metrics) / (stack.event_types - few.event_types)
    assert few.alarm_metrics - none.alarm_metrics == 3 * of_each


def test_an_alarm_counts_by_the_metrics_that_it_watches() -> None:
    math = [{"Expression": "a / b"}, {"MetricStat": {}}, {"MetricStat": {}}]
    found = {"One": alarm(MetricName="Errors"), "Two": alarm(Metrics=math)}
    assert Stack.of(found).alarm_metrics == 1 + 2


def test_a_metric_that_is_made_of_a_log_is_counted() -> None:
    told = {"MetricTransformations": [{"MetricName": "Throttled"}]}
    assert Stack.of({"Filter": {"Type": "AWS::Logs::MetricFilter", "Properties": told}}).filtered == {"Throttled"}


def test_a_table_tells_whether_it_can_be_recovered_and_whose_key_it_is_under() -> None:
    told = {
        "PointInTimeRecoverySpecification": {"PointInTimeRecoveryEnabled": True},
        "SSESpecification": {"SSEEnabled": "false"},
    }
    stack = Stack.of({"InboxTable": {"Type": "AWS::DynamoDB::Table", "Properties": told}})
    assert stack.recoverable == {"InboxTable"}
    assert not stack.kms


@pytest.mark.parametrize(
    ("form", "size"),
    [
        ("$context.status $context.requestId", 3 + 1 + 16),
        ("$context.unheardOf", 16),
        ({"Fn::ToJsonString": {"status": "$context.status"}}, len('{"status":"200"}')),
    ],
)
def test_a_line_of_the_access_log_is_as_long_as_its_variables(form: Any, size: int) -> None:
    assert Stack.of({"ApiStage": stage(form)}).access_log_bytes == size


@pytest.mark.parametrize(
    ("resource", "told"),
    [
        ({"Type": "AWS::EC2::NatGateway"}, "AWS::EC2::NatGateway"),
        ({"Type": "AWS::Serverless::Function", "Properties": {"MemorySize": 512, "Tracing": "Active"}}, "Tracing"),
        ({"Type": "AWS::SQS::Queue", "Properties": {"KmsMasterKeyId": "mine"}}, "KmsMasterKeyId"),
    ],
)
def test_what_has_no_stated_price_is_refused(resource: dict[str, Any], told: str) -> None:
    with pytest.raises(Unpriced, match=told):
        Stack.of({"New": resource})


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        ({"Fn::Equals": [{"Ref": "Architecture"}, "arm64"]}, True),
        ({"Fn::Equals": [{"Ref": "RetentionDays"}, 34]}, False),
        ({"Fn::Not": [{"Condition": "Yes"}]}, False),
        ({"Fn::And": [{"Condition": "Yes"}, {"Fn::Not": [{"Condition": "Yes"}]}]}, False),
        ({"Fn::Or": [{"Condition": "Yes"}, {"Fn::Not": [{"Condition": "Yes"}]}]}, True),
    ],
)
def test_a_condition_holds_by_the_defaults_of_the_parameters(condition: dict[str, Any], *, expected: bool) -> None:
    assert holds(condition, {"Yes": {"Fn::Equals": ["a", "a"]}}) is expected


def test_what_is_deployed_has_no_condition_that_fails() -> None:
    assert {"IngestFunction", "CustomEventQueue", "InboxTable"} <= deployed().keys()


def function(**logging: str) -> dict[str, Any]:
    told = {"MemorySize": 512, "LoggingConfig": logging}
    return {"IngestFunction": {"Type": "AWS::Serverless::Function", "Properties": told}}


@pytest.mark.parametrize(
    ("logging", "quiet"),
    [({}, set()), ({"LogFormat": "JSON", "SystemLogLevel": "WARN"}, {"IngestFunction"})],
)
def test_a_function_tells_whether_lambda_itself_writes_to_its_log(logging: dict[str, str], quiet: set[str]) -> None:
    assert Stack.of(function(**logging)).quiet == quiet


def test_lines_that_lambda_writes_as_json_are_refused_as_nobody_has_weighed_them() -> None:
    with pytest.raises(Unpriced):
        Stack.of(function(LogFormat="JSON"))
