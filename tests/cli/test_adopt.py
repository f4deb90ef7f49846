"""`webhooks adopt`: a new stack takes over what a deleted one left."""

from dataclasses import dataclass, field, replace
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.cli.cli_env import ORDERS, TOKEN, CliEnv, order
from tests.contract.account import aws, create_table
from webhooks.aws import clients
from webhooks.aws.records import DynamoRecords
from webhooks.records import Record
from webhooks_cli.operations.tokens import TokenSecret, added

TABLES = {"old-inbox": "InboxTable", "old-once": "OnceTable", "old-records": "RecordsTable"}
OLD_TOKEN = "the-token-that-directscale-sends"  # noqa: S105 - of an account in memory


@dataclass
class Stacks:
    """CloudFormation, in which stacks of these names and statuses exist."""

    existing: dict[str, str] = field(default_factory=dict)

    def describe_stacks(self, StackName: str) -> dict[str, Any]:  # noqa: N803 - boto3's name
        if StackName not in self.existing:
            raise ClientError({"Error": {"Code": "ValidationError", "Message": "does not exist"}}, "DescribeStacks")
        return {"Stacks": [{"StackStatus": self.existing[StackName]}]}


@pytest.fixture
def stacks(cli_env: CliEnv) -> Stacks:
    """The stack `old` is deleted, and its data are empty."""
    for table, logical_id in TABLES.items():
        create_table(logical_id, table)
    aws("s3").create_bucket(Bucket="old-bucket")
    aws("secretsmanager").create_secret(Name="old/tokens", SecretString=f'{{"first": "{OLD_TOKEN}"}}')
    cli_env.stack._clients["cloudformation"] = found = Stacks()  # noqa: SLF001 - moto's needs more packages
    return found


def leave(cli_env: CliEnv) -> None:
    """Delete the stack: what its tables hold is left, what its queues hold is gone."""
    for old, table in TABLES.items():
        for item in clients.dynamodb().scan(TableName=table)["Items"]:
            clients.dynamodb().put_item(TableName=old, Item=item)
            keys = [
                key["AttributeName"] for key in clients.dynamodb().describe_table(TableName=table)["Table"]["KeySchema"]
            ]
            clients.dynamodb().delete_item(TableName=table, Key={name: item[name] for name in keys})
    cli_env.empty_queues()


def adopt(cli_env: CliEnv) -> dict[str, int]:
    """Adopt what it left; returns how much of each kind was copied, if any."""
    return {name: number for name, number in cli_env.webhooks.json("adopt", "old", "--yes").items() if number}


def states(cli_env: CliEnv) -> dict[str, str]:
    return {each["message_id"]: each["state"] for each in cli_env.webhooks.json("events", "list", "--since", "2h")}


@pytest.mark.usefixtures("stacks")
def test_only_unfinished_events_are_published_again(cli_env: CliEnv) -> None:
    cli_env.publish(order("handled"))
    cli_env.handle()
    cli_env.give_up("dead")
    cli_env.publish(order("failing"))
    cli_env.fail(ValueError())
    cli_env.store(order("waiting"))
    cli_env.accept(order("unpublished"))
    before = states(cli_env)
    leave(cli_env)
    assert adopt(cli_env) == {"tokens": 1, "events": 5, "runs": 3, "unfinished": 3, "dead": 1}
    assert before == {each: each for each in before} | {"dead": "dead-letter"}
    assert states(cli_env) == before | {"waiting": "unpublished"}
    unpublished = [item for item in cli_env.handlers.items() if "unpublished_shard" in item]
    assert {item["message_id"]["S"] for item in unpublished} == {"failing", "waiting", "unpublished"}


@pytest.mark.usefixtures("stacks")
def test_a_handled_event_is_not_handled_twice(cli_env: CliEnv) -> None:
    cli_env.publish(order("m-1"))
    cli_env.handle()
    leave(cli_env)
    adopt(cli_env)
    cli_env.handlers.publish(order("m-1"))
    assert cli_env.handle() == []


@pytest.mark.usefixtures("stacks")
def test_only_the_handler_that_waits_gets_it(cli_env: CliEnv) -> None:
    cli_env.publish(replace(order("m-1"), others=("UpdateAssociateEvent",)))
    cli_env.handle()
    leave(cli_env)
    assert adopt(cli_env)["unfinished"] == 1
    (item,) = cli_env.handlers.items()
    assert item["pending"] == {"SS": ["UpdateAssociateEvent"]}


@pytest.mark.usefixtures("stacks")
def test_nothing_of_the_new_stack_is_overwritten(cli_env: CliEnv) -> None:
    save(cli_env, "ORDER#1", "2")
    save(cli_env, "ORDER#2", "1")
    save(cli_env, "ORDER#3", "1")
    cli_env.store(order("m-1", body='{"old": true}'))
    leave(cli_env)
    save(cli_env, "ORDER#1", "1")
    save(cli_env, "ORDER#2", "2")
    cli_env.store(resent := order("m-1"))
    assert adopt(cli_env) == {"tokens": 1, "records": 2}
    assert [(each["pk"], each["version"]) for each in cli_env.handlers.records()] == [
        ("ORDER#1", "2"),
        ("ORDER#2", "2"),
        ("ORDER#3", "1"),
    ]
    (item,) = cli_env.handlers.items()
    assert item["body"]["S"] == resent.body


@pytest.mark.usefixtures("stacks")
def test_a_second_time_nothing_is_copied(cli_env: CliEnv) -> None:
    cli_env.give_up("dead")
    save(cli_env, "ORDER#1", "1")
    aws("s3").put_object(Bucket="old-bucket", Key="bodies/1", Body=b"{}")
    leave(cli_env)
    assert adopt(cli_env)
    assert adopt(cli_env) == {}


@pytest.mark.usefixtures("stacks")
def test_an_interrupted_run_begins_anew(cli_env: CliEnv) -> None:
    """A lock that was copied would count as a death of the process."""
    run = {"id": {"S": f"{ORDERS}#1"}, "status": {"S": "INPROGRESS"}, "in_progress_expiration": {"N": "1"}}
    for item in (run, {"id": {"S": "relay#lease"}, "expiration": {"N": "9999999999"}}):
        aws("dynamodb").put_item(TableName="old-once", Item=item)
    assert adopt(cli_env) == {"tokens": 1}


@pytest.mark.usefixtures("stacks")
def test_bodies_and_tokens_come_along(cli_env: CliEnv) -> None:
    aws("s3").put_object(Bucket="old-bucket", Key="bodies/1", Body=b"large")
    assert adopt(cli_env) == {"tokens": 1, "documents": 1}
    copied = aws("s3").get_object(Bucket=cli_env.handlers.bucket, Key="bodies/1")
    assert copied["Body"].read() == b"large"
    secret = TokenSecret.of(cli_env.stack)
    assert secret.read() == {"first": TOKEN, "first-of-old": OLD_TOKEN}


@pytest.mark.usefixtures("stacks")
def test_a_token_that_is_known_stays_alone(cli_env: CliEnv) -> None:
    TokenSecret.of(cli_env.stack).change(added("extension", OLD_TOKEN))
    assert adopt(cli_env) == {}


def test_a_stack_that_exists_is_refused(cli_env: CliEnv, stacks: Stacks) -> None:
    stacks.existing["old"] = "ROLLBACK_COMPLETE"
    assert "old is ROLLBACK_COMPLETE" in cli_env.webhooks.failure("adopt", "old", "--yes")
    assert cli_env.webhooks("adopt", "webhooks", "--yes").exit_code == 2


@pytest.mark.usefixtures("stacks")
def test_missing_data_are_named_before_copying(cli_env: CliEnv) -> None:
    cli_env.store(order("m-1"))
    leave(cli_env)
    aws("dynamodb").delete_table(TableName="old-once")
    aws("s3").delete_bucket(Bucket="old-bucket")
    assert "missing: old-once, old-bucket" in cli_env.webhooks.failure("adopt", "old", "--yes")
    assert cli_env.handlers.items() == []


@pytest.mark.usefixtures("stacks")
def test_a_dry_run_copies_nothing(cli_env: CliEnv) -> None:
    cli_env.store(order("m-1"))
    leave(cli_env)
    assert "about 1 items" in cli_env.webhooks("adopt", "old", "--dry-run").stderr
    assert cli_env.handlers.items() == []


def save(cli_env: CliEnv, pk: str, version: str) -> None:
    record = Record(pk=pk, sk="ORDER", version=version, event_type=ORDERS, fields={})
    DynamoRecords(clients.dynamodb(), cli_env.stack.outputs["RecordsTable"]).save(record)
