"""The deployed alarms and dashboard exist, and refer to deployed resources."""

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.template.expanded import Resources, expanded
from tools.local.stack import LocalStack

MONITORING = {"AWS::CloudWatch::Alarm", "AWS::CloudWatch::Dashboard", "AWS::SNS::Topic", "AWS::Logs::MetricFilter"}


@pytest.fixture(scope="module")
def declared(project: Path) -> Resources:
    """The resources of the project's template, without those of a canary, and with alarms for all handlers."""
    found = expanded("--project", str(project), "AlarmsPerType=false")
    off = {"HasCanary", "HasAlarmsPerType"}
    return {name: resource for name, resource in found.items() if resource.get("Condition") not in off}


@pytest.fixture(scope="module")
def alarms(stack: LocalStack) -> list[dict[str, Any]]:
    pages = stack.emulator.client("cloudwatch").get_paginator("describe_alarms").paginate(AlarmNamePrefix=stack.name)
    return [alarm for page in pages for alarm in page["MetricAlarms"]]


@pytest.fixture(scope="module")
def lookups(stack: LocalStack) -> Mapping[str, Callable[[str], object]]:
    """By dimension, a call that raises unless a resource of that name exists."""
    clients = {service: stack.emulator.client(service) for service in ("sqs", "lambda", "apigatewayv2", "dynamodb")}
    return {
        "QueueName": lambda name: clients["sqs"].get_queue_url(QueueName=name),
        "FunctionName": lambda name: clients["lambda"].get_function(FunctionName=name),
        "ApiId": lambda name: clients["apigatewayv2"].get_api(ApiId=name),
        "TableName": lambda name: clients["dynamodb"].describe_table(TableName=name),
    }


def test_all_monitoring_is_deployed(stack: LocalStack, declared: Resources) -> None:
    pages = stack.emulator.client("cloudformation").get_paginator("list_stack_resources").paginate(StackName=stack.name)
    deployed = {one["LogicalResourceId"] for page in pages for one in page["StackResourceSummaries"]}
    monitoring = {name for name, resource in declared.items() if resource["Type"] in MONITORING}
    assert monitoring
    assert monitoring <= deployed


def test_each_alarm_has_its_metric_and_the_topic(
    stack: LocalStack, declared: Resources, alarms: list[dict[str, Any]]
) -> None:
    wanted = [each["Properties"] for each in declared.values() if each["Type"] == "AWS::CloudWatch::Alarm"]
    assert {(alarm["AlarmName"], alarm["Namespace"], alarm["MetricName"]) for alarm in alarms} == {
        (alarm["AlarmName"], alarm["Namespace"], alarm["MetricName"]) for alarm in wanted
    }
    topic = stack.emulator.client("sns").get_topic_attributes(TopicArn=stack.outputs["AlarmTopic"])
    assert {action for alarm in alarms for action in alarm["AlarmActions"]} == {topic["Attributes"]["TopicArn"]}


def test_alarms_refer_to_deployed_resources(
    alarms: list[dict[str, Any]], lookups: Mapping[str, Callable[[str], object]]
) -> None:
    dimensions = {(each["Name"], each["Value"]) for alarm in alarms for each in alarm["Dimensions"]}
    assert {name for name, _ in dimensions} == {"FunctionName", "ApiId", "service"}
    for name, value in dimensions:
        if name in lookups:
            lookups[name](value)


def test_a_missing_resource_is_noticed(lookups: Mapping[str, Callable[[str], object]]) -> None:
    for look_up in lookups.values():
        with pytest.raises(ClientError):
            look_up("missing")


def test_the_dashboard_refers_to_deployed_resources(
    stack: LocalStack, lookups: Mapping[str, Callable[[str], object]]
) -> None:
    dashboard = stack.outputs["Dashboard"].rpartition("/")[2]
    text = stack.emulator.client("cloudwatch").get_dashboard(DashboardName=dashboard)["DashboardBody"]
    assert "${" not in text
    dimensions = {
        (metric[2], metric[3])
        for widget in json.loads(text)["widgets"]
        for metric in widget["properties"].get("metrics", [])
        if len(metric) > 3
    }
    assert {name for name, _ in dimensions} == {"ApiId", "FunctionName", "TableName", "service"}
    for name, value in dimensions:
        if name in lookups:
            lookups[name](value)


def test_the_api_invokes_the_newest_version(stack: LocalStack) -> None:
    functions, apis = stack.emulator.client("lambda"), stack.emulator.client("apigatewayv2")
    (api,) = (one for one in apis.get_apis()["Items"] if one["Name"] == stack.name)
    (integration,) = apis.get_integrations(ApiId=api["ApiId"])["Items"]
    ingest = f"{stack.name}-ingest"
    assert integration["IntegrationUri"].endswith(f":function:{ingest}:live")
    versions = functions.list_versions_by_function(FunctionName=ingest)["Versions"]
    newest = max((one["Version"] for one in versions if one["Version"] != "$LATEST"), key=int)
    assert functions.get_alias(FunctionName=ingest, Name="live")["FunctionVersion"] == newest
