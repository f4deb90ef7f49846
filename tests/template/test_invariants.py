"""What must stay true of template.yaml, whatever is added to it."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.template_loader import load_template
from webhooks.retries import SCHEDULE

ROOT = Path(__file__).parents[2]
TEMPLATE = load_template()
FOURTEEN_DAYS = 14 * 24 * 3600
TWELVE_HOURS = 12 * 3600


def event_types() -> list[str]:
    return [name.strip() for name in TEMPLATE["Parameters"]["EventTypes"]["Default"].split(",")]


def resources(kind: str) -> dict[str, dict[str, Any]]:
    """The properties of all resources of a kind, those of the loop included, by logical id."""
    _, _, looped = TEMPLATE["Resources"]["Fn::ForEach::Handlers"]
    plain = {name: body for name, body in TEMPLATE["Resources"].items() if not name.startswith("Fn::")}
    return {
        name: body.get("Properties", {}) for name, body in (plain | looped).items() if body["Type"] == f"AWS::{kind}"
    }


def statements() -> Iterator[tuple[str, dict[str, Any]]]:
    for role, properties in resources("IAM::Role").items():
        for policy in properties["Policies"]:
            for statement in policy["PolicyDocument"]["Statement"]:
                yield role, statement


def as_list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


NARROW = (
    ":${AWS::StackName}-events-*",  # the queues' names start alike; the list is only known when the loop is expanded
    "${Bucket.Arn}/bodies/*",
    "${Bucket.Arn}/rejected/*",
    "${InboxTable.Arn}/index/unpublished",
)
FUNCTIONS = resources("Serverless::Function")
HANDLER = FUNCTIONS["${EventType}Handler"]
QUEUE = resources("SQS::Queue")["${EventType}Queue"]


def test_the_template_names_each_event_type_once() -> None:
    text = (ROOT / "template.yaml").read_text().split("Parameters:")[1]
    for name in set(event_types()) - {"CustomEvent"}:
        assert len(re.findall(rf"\b{name}\b", text)) == 1, name


def test_every_event_type_has_its_folder_and_every_folder_its_type() -> None:
    folders = {path.parent.name for path in (ROOT / "functions" / "handlers").glob("*/app.py")}
    assert folders == set(event_types())


def test_custom_event_must_stay_in_the_list() -> None:
    (assertion,) = TEMPLATE["Rules"]["CustomEventStays"]["Assertions"]
    assert assertion["Assert"] == {"Fn::Contains": [{"Ref": "EventTypes"}, "CustomEvent"]}


@pytest.mark.parametrize("name", FUNCTIONS)
def test_a_function_has_a_role_and_a_log_of_its_own(name: str) -> None:
    function = FUNCTIONS[name]
    assert "Policies" not in function, "SAM's policy templates grant more than is needed"
    prefix = name.removesuffix("Function").removesuffix("Handler")
    (role,) = function["Role"]["Fn::GetAtt"][:1]
    assert (role["Fn::Sub"] if isinstance(role, dict) else role) == f"{prefix}Role"
    assert f"{prefix}LogGroup" in resources("Logs::LogGroup")
    assert function["LoggingConfig"]["LogGroup"]


@pytest.mark.parametrize("name", FUNCTIONS)
def test_a_function_runs_on_the_chosen_processor_with_both_layers(name: str) -> None:
    function = FUNCTIONS[name]
    assert function["Runtime"] == "python3.13"
    assert function["Architectures"] == [{"Ref": "Architecture"}]
    assert function["Layers"] == [{"Ref": "DependenciesLayer"}, {"Ref": "CoreLayer"}]


def test_the_dependencies_are_built_for_the_chosen_processor() -> None:
    layer = resources("Serverless::LayerVersion")["DependenciesLayer"]
    assert layer["ContentUri"] == {"Fn::Sub": "layers/dependencies/${Architecture}/"}
    for architecture in TEMPLATE["Parameters"]["Architecture"]["AllowedValues"]:
        assert (ROOT / "layers" / "dependencies" / architecture / "Makefile").exists()


@pytest.mark.parametrize(("role", "statement"), list(statements()))
def test_no_statement_has_a_wildcard_that_could_be_narrower(role: str, statement: dict[str, Any]) -> None:
    assert all("*" not in action for action in as_list(statement["Action"])), role
    for resource in as_list(statement["Resource"]):
        if "Fn::Sub" in resource:
            assert resource["Fn::Sub"].endswith(NARROW), role
        else:
            assert set(resource) == {"Fn::GetAtt"}, role


def test_a_message_is_hidden_for_six_times_the_handlers_time_out() -> None:
    assert QUEUE["VisibilityTimeout"] >= 6 * HANDLER["Timeout"]


def test_a_message_has_five_chances_and_is_then_kept_for_fourteen_days() -> None:
    assert QUEUE["RedrivePolicy"]["maxReceiveCount"] >= 5
    assert resources("SQS::Queue")["${EventType}DeadLetters"]["MessageRetentionPeriod"] == FOURTEEN_DAYS


def test_one_bad_message_does_not_fail_its_batch_and_a_burst_does_not_use_up_receives() -> None:
    source = HANDLER["Events"]["Queue"]["Properties"]
    assert source["FunctionResponseTypes"] == ["ReportBatchItemFailures"]
    assert source["ScalingConfig"]["MaximumConcurrency"] >= 2
    assert source["BatchSize"] > 1
    assert 0 < source["MaximumBatchingWindowInSeconds"] <= 5


def test_the_retry_schedule_ends_before_sqs_gives_up() -> None:
    """Room for receives that are no failures: of a handler that is killed, or has no time left."""
    assert QUEUE["RedrivePolicy"]["maxReceiveCount"] >= 2 * (len(SCHEDULE) + 1)
    assert sum(SCHEDULE) < QUEUE["MessageRetentionPeriod"]
    assert max(SCHEDULE) < TWELVE_HOURS


def test_the_bucket_is_private_encrypted_and_forgets_with_the_inbox() -> None:
    (bucket,) = resources("S3::Bucket").values()
    assert set(bucket["PublicAccessBlockConfiguration"].values()) == {True}
    assert bucket["BucketEncryption"]
    (rule,) = bucket["LifecycleConfiguration"]["Rules"]
    assert (rule["Status"], rule["ExpirationInDays"]) == ("Enabled", {"Ref": "RetentionDays"})


def test_the_bucket_is_reached_over_tls_alone() -> None:
    (policy,) = resources("S3::BucketPolicy").values()
    (statement,) = policy["PolicyDocument"]["Statement"]
    assert (statement["Effect"], statement["Principal"], statement["Action"]) == ("Deny", "*", "s3:*")
    assert statement["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}


def test_the_relay_runs_every_minute_one_at_a_time() -> None:
    relay = FUNCTIONS["RelayFunction"]
    assert relay["Events"]["EveryMinute"]["Properties"]["Schedule"] == "rate(1 minute)"
    assert relay["Timeout"] < 60
    assert relay["EventInvokeConfig"]["MaximumRetryAttempts"] == 0


def test_ingest_answers_before_the_api_gives_up() -> None:
    assert FUNCTIONS["IngestFunction"]["Timeout"] < 30


def test_the_inbox_is_on_demand_expires_and_has_both_indexes() -> None:
    inbox = resources("DynamoDB::Table")["InboxTable"]
    assert inbox["BillingMode"] == "PAY_PER_REQUEST"
    assert inbox["TimeToLiveSpecification"] == {"AttributeName": "expires_at", "Enabled": True}
    assert {index["IndexName"] for index in inbox["GlobalSecondaryIndexes"]} == {"unpublished", "by_type"}


@pytest.mark.parametrize("name", resources("Logs::LogGroup"))
def test_no_log_is_kept_for_ever(name: str) -> None:
    assert resources("Logs::LogGroup")[name]["RetentionInDays"] == {"Ref": "LogRetentionDays"}


def test_the_first_token_is_made_by_aws_of_printable_characters() -> None:
    made = resources("SecretsManager::Secret")["TokensSecret"]["GenerateSecretString"]
    assert made["ExcludePunctuation"] is True
    assert "IncludeSpace" not in made
    assert made["PasswordLength"] >= 32


def test_both_routes_lead_to_ingest_and_only_this_api_may_call_it() -> None:
    routes = resources("ApiGatewayV2::Route").values()
    assert {route["RouteKey"] for route in routes} == {"POST /webhooks", "POST /webhooks/{eventType}"}
    (permission,) = resources("Lambda::Permission").values()
    assert "${Api}/*/POST/webhooks" in permission["SourceArn"]["Fn::Sub"]


def test_everything_a_person_needs_is_an_output_with_a_description() -> None:
    outputs = TEMPLATE["Outputs"]
    assert {"Endpoint", "TokensSecret", "InboxTable", "RecordsTable", "QueuePrefix"} <= set(outputs)
    assert all(output["Description"] for output in outputs.values())
