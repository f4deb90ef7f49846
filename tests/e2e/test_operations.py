"""What watches over the deployed stack: every alarm and the dashboard are there, and look at what is there."""

import json
from collections.abc import Callable, Mapping
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.template.expanded import expanded
from tools.local.stack import LocalStack

WATCHING = {"AWS::CloudWatch::Alarm", "AWS::CloudWatch::Dashboard", "AWS::SNS::Topic", "AWS::Logs::MetricFilter"}


@pytest.fixture(scope="module")
def alarms(stack: LocalStack) -> list[dict[str, Any]]:
    pages = stack.emulator.client("cloudwatch").get_paginator("describe_alarms").paginate(AlarmNamePrefix=stack.name)
    return [alarm for page in pages for alarm in page["MetricAlarms"]]


@pytest.fixture(scope="module")
def there(stack: LocalStack) -> Mapping[str, Callable[[str], object]]:
    """By dimension, what answers if there is a resource of that name, and raises if not."""
    clients = {service: stack.emulator.client(service) for service in ("sqs", "lambda", "apigatewayv2", "dynamodb")}
    return {
        "QueueName": lambda name: clients["sqs"].get_queue_url(QueueName=name),
        "FunctionName": lambda name: clients["lambda"].get_function(FunctionName=name),
        "ApiId": lambda name: clients["apigatewayv2"].get_api(ApiId=name),
        "TableName": lambda name: clients["dynamodb"].describe_table(TableName=name),
    }


def test_all_that_watches_in_the_template_was_deployed(stack: LocalStack) -> None:
    pages = stack.emulator.client("cloudformation").get_paginator("list_stack_resources").paginate(StackName=stack.name)
    deployed = {one["LogicalResourceId"] for page in pages for one in page["StackResourceSummaries"]}
    wanted = {name for name, resource in expanded().items() if resource["Type"] in WATCHING}
    assert len(wanted) > 80
    assert wanted <= deployed


def test_every_alarm_is_there_with_its_name_and_its_metric(stack: LocalStack, alarms: list[dict[str, Any]]) -> None:
    wanted = [one["Properties"] for one in expanded().values() if one["Type"] == "AWS::CloudWatch::Alarm"]
    assert {(alarm["AlarmName"], alarm["Namespace"], alarm["MetricName"]) for alarm in alarms} == {
        (alarm["AlarmName"], alarm["Namespace"], alarm["MetricName"]) for alarm in wanted
    }
    topic = stack.emulator.client("sns").get_topic_attributes(TopicArn=stack.outputs["AlarmTopic"])
    assert {action for alarm in alarms for action in alarm["AlarmActions"]} == {topic["Attributes"]["TopicArn"]}


def test_what_the_alarms_watch_is_there(
    alarms: list[dict[str, Any]], there: Mapping[str, Callable[[str], object]]
) -> None:
    watched = {(one["Name"], one["Value"]) for alarm in alarms for one in alarm["Dimensions"]}
    assert {name for name, _ in watched} == {"QueueName", "FunctionName", "ApiId", "service", "event_type"}
    for name, value in watched:
        if name in there:
            there[name](value)


def test_a_name_that_is_not_there_is_noticed(there: Mapping[str, Callable[[str], object]]) -> None:
    for look in there.values():
        with pytest.raises(ClientError):
            look("nothing-of-that-name")


def test_the_dashboard_draws_what_is_there(stack: LocalStack, there: Mapping[str, Callable[[str], object]]) -> None:
    name = stack.outputs["Dashboard"].rpartition("/")[2]
    text = stack.emulator.client("cloudwatch").get_dashboard(DashboardName=name)["DashboardBody"]
    assert "${" not in text
    drawn = {
        (metric[2], metric[3])
        for widget in json.loads(text)["widgets"]
        for metric in widget["properties"].get("metrics", [])
        if len(metric) > 3
    }
    assert {name for name, _ in drawn} == {"ApiId", "FunctionName", "TableName", "service"}
    for dimension, value in drawn:
        if dimension in there:
            there[dimension](value)


def test_the_api_calls_the_newest_version_through_the_alias(stack: LocalStack) -> None:
    functions, apis = stack.emulator.client("lambda"), stack.emulator.client("apigatewayv2")
    (api,) = (one for one in apis.get_apis()["Items"] if one["Name"] == stack.name)
    (integration,) = apis.get_integrations(ApiId=api["ApiId"])["Items"]
    ingest = f"{stack.name}-ingest"
    assert integration["IntegrationUri"].endswith(f":function:{ingest}:live")
    versions = functions.list_versions_by_function(FunctionName=ingest)["Versions"]
    newest = max((one["Version"] for one in versions if one["Version"] != "$LATEST"), key=int)
    assert functions.get_alias(FunctionName=ingest, Name="live")["FunctionVersion"] == newest
