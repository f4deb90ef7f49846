"""The calls to AWS that the functions make, recorded with what they print, and what IAM sees of a call."""

import io
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, redirect_stdout
from dataclasses import dataclass, field
from functools import cache
from types import SimpleNamespace
from typing import Any

import pytest

from tests.contract.account import DEAD_LETTERS_URL_PREFIX, QUEUE_URL_PREFIX, account, aws, create_queues
from tests.faults.fault import Fault
from tests.faults.simulation import simulation
from tests.faults.stack import TYPE
from tests.template.expanded import as_list, expanded, of_kind
from tests.template.policies import Request
from tests.unit.endpoint import ORDER, deploy
from tests.unit.examples import CONTEXT, order
from tests.unit.handler_env import saves, setup
from webhooks.aws import clients
from webhooks.aws.metrics import seconds, time_watched
from webhooks.aws.once_table import run_id
from webhooks.handlers import CreateOrderEvent
from webhooks.policy import BODY_LIMIT, INLINE_LIMIT, SCHEDULE

ACCOUNT = "us-east-1:000000000000"
_PAYMENT = '{"EventType":"CreateOrderPaymentEvent","OrderNumber":1,"OrderPaymentId":2}'
_LARGE = f'{{"EventDateUtc":"2021-10-12T18:07:28Z","Note":"{"x" * INLINE_LIMIT}",{_PAYMENT[1:]}'
_ACTIONS = {"SendMessageBatch": "SendMessage", "DeleteMessageBatch": "DeleteMessage"}
_EXPRESSIONS = (
    *("KeyConditionExpression", "ConditionExpression", "UpdateExpression"),
    *("ProjectionExpression", "FilterExpression"),
)
_BEFORE_EXPRESSIONS = ("AttributeUpdates", "Expected", "AttributesToGet", "KeyConditions", "QueryFilter")
_WORDS = {"SET", "REMOVE", "ADD", "DELETE", "AND", "OR", "NOT", "BETWEEN", "IN"}
_PARTIQL = _WORDS | {"WHERE", "IS", "MISSING"}
_NAME = re.compile(r"(?<![:#\w.])#?[A-Za-z_]\w*\b(?!\s*\()")


@dataclass(frozen=True, slots=True)
class Call:
    """One call. A table bears its logical id, as in moto's account."""

    service: str
    operation: str
    params: Mapping[str, Any]

    def requests(self) -> Iterator[Request]:
        """What IAM sees of it, in each reading of what AWS documents.

        ReturnValuesOnConditionCheckFailure is documented neither as part of a condition key nor as none, so it is read
        as `dynamodb:ReturnValues`, too.
        """
        action = f"{self.service}:{_ACTIONS.get(self.operation, self.operation)}"
        if self.operation == "BatchExecuteStatement":
            yield from map(_of_statement, self.params["Statements"])
            return
        if self.service != "dynamodb":
            yield Request(action, self._resource(), {})
            return
        for name in ("ReturnValues", "ReturnValuesOnConditionCheckFailure"):
            returned = (str(self.params[name]),) if name in self.params else ()
            yield Request(action, self._resource(), self._keys() | {"dynamodb:ReturnValues": returned})

    def _keys(self) -> dict[str, tuple[str, ...]]:
        """https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/specifying-conditions.html."""
        table = self._table()
        parts = self.params["RequestItems"][table] if "RequestItems" in self.params else self.params
        keyed = [part for part in (parts.get("Key"), parts.get("Item"), *parts.get("Keys", ())) if part]
        partition = of_kind("DynamoDB::Table")[table]["KeySchema"][0]["AttributeName"]
        return {
            "dynamodb:LeadingKeys": tuple(part[partition]["S"] for part in keyed),
            "dynamodb:Attributes": tuple(sorted(_attributes(parts))),
        }

    def _table(self) -> str:
        return str(self.params.get("TableName") or next(iter(self.params["RequestItems"])))

    def _resource(self) -> str:
        params = self.params
        match self.service:
            case "dynamodb":
                return arn(self._table()) + (f"/index/{params['IndexName']}" if "IndexName" in params else "")
            case "sqs":
                return f"arn:aws:sqs:{ACCOUNT}:{params['QueueUrl'].rpartition('/')[2]}"
            case "s3":
                return f"{arn('Bucket')}/{params['Key']}"
            case "secretsmanager":
                return arn("TokensSecret")
            case "cloudwatch":
                return "*"
        raise NotImplementedError(self.service)


def _of_statement(each: Mapping[str, Any]) -> Request:
    """What IAM sees of an update in PartiQL: `dynamodb:Attributes` may or may not cover its WHERE, so all are read."""
    found = re.fullmatch(r'UPDATE "(\w+)" (.+?)(?: RETURNING (.+) \*)?', each["Statement"])
    assert found, each["Statement"]
    table, rest, returned = found.groups()
    keys = {
        "dynamodb:LeadingKeys": (each["Parameters"][rest.partition(" WHERE ")[0].count("?")]["S"],),
        "dynamodb:Attributes": tuple(sorted({word for word in _NAME.findall(rest) if word not in _PARTIQL})),
        "dynamodb:ReturnValues": (returned.replace(" ", "_"),) if returned else (),
    }
    return Request("dynamodb:PartiQLUpdate", arn(table), keys)


def arn(logical_id: str) -> str:
    """The ARN of a resource of the template."""
    resource = expanded()[logical_id]
    named = resource["Properties"]
    match resource["Type"]:
        case "AWS::DynamoDB::Table":
            return f"arn:aws:dynamodb:{ACCOUNT}:table/{named['TableName']}"
        case "AWS::SQS::Queue":
            return f"arn:aws:sqs:{ACCOUNT}:{named['QueueName']}"
        case "AWS::S3::Bucket":
            return f"arn:aws:s3:::{named['BucketName']}"
        case "AWS::SecretsManager::Secret":
            return f"arn:aws:secretsmanager:{ACCOUNT}:secret:{named['Name']}-123456"
        case "AWS::Logs::LogGroup":
            return f"arn:aws:logs:{ACCOUNT}:log-group:{named['LogGroupName']}:*"
    raise NotImplementedError(resource["Type"])


def arns(statement: Mapping[str, Any]) -> list[str]:
    """The resources of a statement, with the ARNs of the template's."""
    found = []
    for resource in as_list(statement["Resource"]):
        if isinstance(resource, dict):
            found.append(arn(resource["Fn::GetAtt"][0]))
        else:
            found.append(re.sub(r"\$\{(\w+)\.Arn\}", lambda match: arn(match[1]), resource))
    return found


@dataclass(slots=True)
class Recording(Fault):
    """A fault that never happens, and keeps the calls of each function and what all of them print."""

    made: dict[str, list[Call]] = field(default_factory=dict)
    printed: io.StringIO = field(default_factory=io.StringIO)

    def before_call(self, model: Any, params: dict[str, Any], **rest: Any) -> None:
        """A call begins."""
        if self._function:
            self.made.setdefault(self._function, []).append(Call(model.service_model.service_name, model.name, params))
        Fault.before_call(self, model, params, **rest)


@cache
def recorded() -> Recording:
    """The calls of `ingest`, `relay` and `handler`, in all that can become of an event; `poller` is Lambda itself."""
    recording = Recording()
    with redirect_stdout(recording.printed):
        _run(recording)
    return recording


def _run(recording: Recording) -> None:
    with simulation(recording) as stack:  # new, twice, another one with the same id, no event, too large
        for body in (_PAYMENT, _PAYMENT, _PAYMENT.replace("2", "3"), "{", " " * (BODY_LIMIT + 1)):
            stack.deliver(body)
        stack.run_until_quiet()
    with simulation(recording) as stack:
        stack.deliver(_LARGE)
        stack.run_until_quiet()
    with simulation(recording) as stack:  # left to the relay
        recording.refused = {"SendMessage"}
        stack.deliver(_PAYMENT)
        recording.refused = set()
        stack.run_until_quiet()
    with simulation(recording) as stack:  # fails until it is a dead letter
        stack.failures_to_come = len(SCHEDULE) + 1
        stack.deliver(_PAYMENT)
        for seconds in (0, *SCHEDULE):
            stack.advance(seconds)
            stack.run_until_quiet(1)
    _publish_in_part(recording)
    _publish_to_a_successor(recording)
    _deliver_all_that_a_sender_may_state(recording)
    _die(recording)
    _wait_and_be_slow(recording)
    _refuse()


def _deliver_all_that_a_sender_may_state(recording: Recording) -> None:
    with account(), pytest.MonkeyPatch.context() as patch:
        endpoint = deploy(patch)
        with _listening(recording), recording.running("ingest"):
            stated = {"X-Directscale-User": "u-7", "X-Directscale-Client-Id": "acme"}
            endpoint.post(f'{{"EventDateUtc":"2021-10-12T18:07:28Z",{ORDER[1:]}', **stated)


def _wait_and_be_slow(recording: Recording) -> None:
    """What the relay sees of queues, and what an invocation says of its time; with metrics of each type."""
    with simulation(recording) as stack, pytest.MonkeyPatch.context() as patch:
        patch.setenv("ALARMS_PER_TYPE", "true")
        for prefix in (QUEUE_URL_PREFIX, DEAD_LETTERS_URL_PREFIX):
            aws("sqs").send_message(QueueUrl=f"{prefix}{TYPE}", MessageBody="a")
        stack.relay()
        stack.failures_to_come = 1
        stack.deliver(_PAYMENT)
        stack.run_until_quiet(1)
        seconds("OldestWaitingAge", 1, service="relay")  # from CloudWatch, which is empty here
        left = iter((100, 10))
        with time_watched(SimpleNamespace(get_remaining_time_in_millis=lambda: next(left))):
            pass


def _refuse() -> None:
    """For what is printed only: a call that fails needs no permission that one that succeeds does not."""
    with account(), pytest.MonkeyPatch.context() as patch:
        endpoint = deploy(patch)
        endpoint.post(Authorization="Bearer no")
        endpoint.post(Content_Encoding="br")
        endpoint.stop("dynamodb")
        endpoint.post()


def _publish_in_part(recording: Recording) -> None:
    """An event of two handlers, the second of which has no queue until the relay runs."""
    with simulation(recording, takes=f"CustomEvent={TYPE}") as stack:
        url = f"{QUEUE_URL_PREFIX}CustomEvent"
        aws("sqs").delete_queue(QueueUrl=url)
        stack.deliver(_PAYMENT)
        stack.advance(61)
        create_queues("CustomEvent")
        stack.relay()


def _publish_to_a_successor(recording: Recording) -> None:
    """An event that was left to the relay, and whose handler is gone."""
    with simulation(recording) as stack:
        recording.refused = {"SendMessage"}
        stack.deliver(_PAYMENT)
        recording.refused = set()
        ((key, sort),) = ((item["message_id"], item["client_and_type"]) for item in stack.items("InboxTable"))
        aws("dynamodb").update_item(
            TableName="InboxTable",
            Key={"message_id": key, "client_and_type": sort},
            UpdateExpression="SET type_shard = :gone",
            ExpressionAttributeValues={":gone": {"S": "RetiredEvent"}},
        )
        stack.advance(61)
        stack.relay()


def _die(recording: Recording) -> None:
    """A batch of three, the first of which killed the handler's process before."""
    with account(), pytest.MonkeyPatch.context() as patch:
        env = setup(patch, TYPE)
        env.accept(*(order(number) for number in range(3)))
        lock = {
            "id": {"S": f"{TYPE}#{run_id(str(order(0).key))}"},
            "status": {"S": "INPROGRESS"},
            "in_progress_expiration": {"N": "1"},
        }
        aws("dynamodb").put_item(TableName="OnceTable", Item=lock)
        batch = env.batch()
        for record in batch["Records"]:
            record["attributes"]["ApproximateReceiveCount"] = "2"
        with _listening(recording), recording.running("handler"):
            saves(CreateOrderEvent)(batch, CONTEXT)


@contextmanager
def _listening(recording: Recording) -> Iterator[None]:
    """Record the calls of the clients that the functions use."""
    for client in (clients.dynamodb(), clients.sqs(), clients.s3(), clients.secrets_manager()):
        client.meta.events.register_first("before-parameter-build", recording.before_call)
    yield


def _attributes(parts: Mapping[str, Any]) -> set[str]:
    """The top-level attributes that a request names: in keys, items, expressions, and what preceded expressions."""
    named: set[str] = set()
    for part in (parts.get("Key"), parts.get("Item"), *parts.get("Keys", ()), *map(parts.get, _BEFORE_EXPRESSIONS)):
        named |= set(part or ())
    aliases = parts.get("ExpressionAttributeNames", {})
    for expression in (parts.get(each, "") for each in _EXPRESSIONS):
        words = {word for word in _NAME.findall(expression) if word.upper() not in _WORDS}
        named |= {aliases.get(word, word) for word in words}
    return named
