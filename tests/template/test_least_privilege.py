"""Roles against recorded calls: each call is allowed, nothing more is, and a function that is taken over gains little.

AWS evaluates the conditions of DynamoDB; in the emulators they always hold.
"""

import json
from collections.abc import Iterator
from functools import cache
from typing import Any

import pytest

from tests.faults.stack import TYPE
from tests.template.calls import ACCOUNT, Call, arn, arns, recorded
from tests.template.expanded import as_list, of_kind
from tests.template.policies import Request, Statement, allows

ROLES = {"ingest": "IngestRole", "relay": "RelayRole", "handler": "CustomEventRole"}
"""The roles of all handlers are alike; this one exists with any list of types."""
OF_SERVICES = {"logs:CreateLogStream", "logs:PutLogEvents", "sqs:ReceiveMessage", "sqs:GetQueueAttributes"}
OF_SERVICES |= {"s3:ListBucket"}
"""What Lambda does under a function's role, and what S3 looks for before it says that a key does not exist."""


def calls() -> dict[str, list[Call]]:
    """The recorded calls of each function."""
    return recorded().made


@cache
def statements(role: str) -> list[Statement]:
    """The statements of a role, with the ARNs of their resources."""
    (policy,) = of_kind("IAM::Role")[role]["Policies"]
    return [one | {"Resource": arns(one)} for one in policy["PolicyDocument"]["Statement"]]


@cache
def of_function(function: str) -> list[Statement]:
    """The statements of its role, for the event type of the recorded calls."""
    found = statements(ROLES[function])
    if function == "handler":
        found = json.loads(json.dumps(found).replace("CustomEvent", TYPE))
    return found


def _granted(function: str) -> Iterator[Statement]:
    """Each allowed action on each resource alone, without what the services themselves do."""
    for statement in of_function(function):
        if statement["Effect"] == "Deny":
            continue
        for action in set(as_list(statement["Action"])) - OF_SERVICES:
            for resource in statement["Resource"]:
                yield statement | {"Action": action, "Resource": resource}


@pytest.mark.parametrize("function", ROLES)
def test_each_call_is_allowed(function: str) -> None:
    denied = [
        request
        for call in calls()[function]
        for request in call.requests()
        if not allows(of_function(function), request)
    ]
    assert calls()[function]
    assert denied == []


@pytest.mark.parametrize("function", ROLES)
def test_each_permission_is_needed(function: str) -> None:
    requests = [request for call in calls()[function] for request in call.requests()]
    unused = [one for one in _granted(function) if not any(allows([one], request) for request in requests)]
    assert unused == []


@pytest.mark.parametrize("function", ROLES)
def test_each_attribute_is_needed(function: str) -> None:
    requests = [request for call in calls()[function] for request in call.requests()]
    for one in _granted(function):
        listed = one.get("Condition", {}).get("ForAllValues:StringEquals", {}).get("dynamodb:Attributes", [])
        matching = [request.context["dynamodb:Attributes"] for request in requests if listed and allows([one], request)]
        assert set(listed) == {name for names in matching for name in names}, one["Action"]


@pytest.mark.parametrize("function", ["ingest", "handler"])
def test_the_bucket_must_be_the_accounts_own(function: str) -> None:
    of_s3 = [call for call in calls()[function] if call.service == "s3"]
    assert of_s3
    assert {call.params.get("ExpectedBucketOwner") for call in of_s3} == {"123456789012"}


# ---- attacks

OTHERS = {"message_id": {"S": "m-7"}, "client_and_type": {"S": "acme FinalizeOrderEvent"}}
"""The key of another type's event."""
RUN = {"id": {"S": "FinalizeOrderEvent#ea3dd757"}}
FAILURES = {"id": {"S": "FinalizeOrderEvent#failures#ea3dd757"}}
LEASE = {"id": {"S": "relay#lease"}}
LATER = {":later": {"N": "2107907200"}}
PUBLISH = {":shard": {"S": "1"}, ":queue": {"S": "FinalizeOrderEvent#1"}, ":body": {"S": '{"OrderNumber":1}'}}
FORGED = "SET unpublished_shard = :shard, type_shard = :queue, received_at = :shard, body = :body"
REPLACED_BODY = {"Key": OTHERS, "UpdateExpression": "SET body = :body", "ExpressionAttributeValues": PUBLISH}


def attack(operation: str, table: str, /, **params: Any) -> Call:
    """A call of DynamoDB."""
    return Call("dynamodb", operation, {"TableName": table, **params})


def update(change: str, *values: dict[str, Any], where: str = "", returning: str = "") -> Call:
    """A call of DynamoDB in PartiQL."""
    statement = f'UPDATE "InboxTable" {change} WHERE message_id = ? AND client_and_type = ?{where}{returning}'
    parameters = [*values, *OTHERS.values()]
    return Call(
        "dynamodb", "BatchExecuteStatement", {"Statements": [{"Statement": statement, "Parameters": parameters}]}
    )


OF_A_HANDLER = {
    "holds the lease": attack(
        "UpdateItem",
        "OnceTable",
        Key=LEASE,
        UpdateExpression="SET expiration = :later",
        ExpressionAttributeValues=LATER,
    ),
    "puts the lease": attack("PutItem", "OnceTable", Item=LEASE | {"expiration": LATER[":later"]}),
    "deletes the lease": attack("DeleteItem", "OnceTable", Key=LEASE),
    "marks another handler's run as done": attack("PutItem", "OnceTable", Item=RUN | {"status": {"S": "COMPLETED"}}),
    "forgets another handler's run": attack("DeleteItem", "OnceTable", Key=RUN),
    "reads another handler's run": Call(
        "dynamodb", "BatchGetItem", {"RequestItems": {"OnceTable": {"Keys": [{"id": {"S": f"{TYPE}#1"}}, RUN]}}}
    ),
    "forges another handler's failures": attack(
        "UpdateItem",
        "OnceTable",
        Key=FAILURES,
        UpdateExpression="ADD failures :later",
        ExpressionAttributeValues=LATER,
    ),
    "reads another handler's failures": Call(
        "dynamodb", "BatchGetItem", {"RequestItems": {"OnceTable": {"Keys": [{"id": {"S": f"{TYPE}#1"}}, FAILURES]}}}
    ),
    "hides another handler's dead letter": attack(
        "UpdateItem", "OnceTable", Key=FAILURES, UpdateExpression="REMOVE trouble"
    ),
    "reads a record": attack(
        "PutItem", "RecordsTable", Item={"pk": {"S": "ORDER#1"}, "sk": {"S": "ORDER"}}, ReturnValues="ALL_OLD"
    ),
}
OF_INGEST = {
    "replaces a body": attack("UpdateItem", "InboxTable", **REPLACED_BODY),
    "sends an event to other handlers": attack(
        "UpdateItem",
        "InboxTable",
        Key=OTHERS,
        UpdateExpression="SET handlers = :queue",
        ExpressionAttributeValues=PUBLISH,
    ),
    "reads an event": attack(
        "UpdateItem",
        "InboxTable",
        Key=OTHERS,
        UpdateExpression="REMOVE unpublished_shard",
        ReturnValues="ALL_OLD",
    ),
    "guesses a body by conditions": attack(
        "UpdateItem",
        "InboxTable",
        Key=OTHERS,
        UpdateExpression="REMOVE unpublished_shard",
        ConditionExpression="begins_with(body, :body)",
        ExpressionAttributeValues=PUBLISH,
    ),
}
OF_THE_RELAY = {
    "replaces a body": update("SET body = ?", {"S": "{}"}),
    "forges an event": update("SET pending = ? SET type_shard = ?", {"SS": ["1"]}, {"S": "FinalizeOrderEvent"}),
    "lets an event expire": update("SET expires_at = ?", LATER[":later"]),
    "reads an event": update("REMOVE unpublished_shard", returning=" RETURNING ALL OLD *"),
    "guesses a body by conditions": update("REMOVE unpublished_shard", where=" AND begins_with(body, '{')"),
    "marks a run as done": OF_A_HANDLER["marks another handler's run as done"],
    "forgets a run": OF_A_HANDLER["forgets another handler's run"],
}
ATTACKS = [
    pytest.param(role, call, id=f"{role}: {name}")
    for role, attacks in (("CustomEventRole", OF_A_HANDLER), ("IngestRole", OF_INGEST), ("RelayRole", OF_THE_RELAY))
    for name, call in attacks.items()
]


@pytest.mark.parametrize(("role", "call"), ATTACKS)
def test_a_function_that_is_taken_over_may_not(role: str, call: Call) -> None:
    """Without the conditions it could."""
    request = next(call.requests())
    without = [{name: one[name] for name in one.keys() - {"Condition"}} for one in statements(role)]
    assert allows(without, request)
    assert not allows(statements(role), request)


@pytest.mark.parametrize("role", ["IngestRole", "RelayRole"])
@pytest.mark.parametrize(
    "queue", ["events-x-events-DailyEvent", "events-events-DailyEvent", "events-dead-letters-A", "dead-letters-A"]
)
def test_no_other_stacks_queue_is_sent_to(role: str, queue: str) -> None:
    """Those of stacks named `webhooks-events-x` and `webhooks-events`, and dead letters."""
    request = Request("sqs:SendMessage", f"arn:aws:sqs:{ACCOUNT}:webhooks-{queue}", {})
    assert not allows(statements(role), request)


@pytest.mark.parametrize(
    ("action", "table"),
    [
        *((f"{action}Item", "InboxTable") for action in ("Put", "Update", "Delete", "Get", "BatchGet", "BatchWrite")),
        *((action, "InboxTable") for action in ("Query", "Scan")),
        *((action, "RecordsTable") for action in ("UpdateItem", "DeleteItem", "GetItem", "Query", "Scan")),
        *((action, "OnceTable") for action in ("GetItem", "Query", "Scan")),
        *(("PartiQLUpdate", table) for table in ("InboxTable", "OnceTable")),
    ],
)
def test_a_handler_has_no_permission_for(action: str, table: str) -> None:
    granted = [one for one in statements("CustomEventRole") if f"dynamodb:{action}" in as_list(one["Action"])]
    assert not [one for one in granted if arn(table) in one["Resource"]]


@pytest.mark.parametrize("queue", ["webhooks-events-FinalizeOrderEvent", "webhooks-dead-letters-FinalizeOrderEvent"])
def test_a_handler_writes_only_its_dead_letters(queue: str) -> None:
    granted = [one for one in statements("CustomEventRole") if "sqs:SendMessage" in as_list(one["Action"])]
    assert f"arn:aws:sqs:{ACCOUNT}:{queue}" not in [resource for one in granted for resource in one["Resource"]]
