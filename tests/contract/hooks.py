"""Partial failures of AWS, simulated in a client."""

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError


def requests(client: Any, operation: str) -> list[dict[str, Any]]:
    """The parameters of every later call of an operation; the list grows as calls are made."""
    made: list[dict[str, Any]] = []

    def note(params: dict[str, Any], **_: Any) -> None:
        made.append(params)

    _register(client, "provide-client-params", operation, note)
    return made


def refuse_entries(client: Any, message_id: str) -> None:
    """Let SQS answer 200 to a batch and report the entries of an event as failed."""
    refused: list[str] = []

    def withhold(params: dict[str, Any], **_: Any) -> None:
        refused[:] = [entry["Id"] for entry in params["Entries"] if _message_id(entry) == message_id]
        params["Entries"] = [entry for entry in params["Entries"] if entry["Id"] not in refused]

    def answer(parsed: dict[str, Any], **_: Any) -> None:
        parsed["Failed"] = [{"Id": number, "SenderFault": False, "Code": "InternalError"} for number in refused]

    _register(client, "provide-client-params", "SendMessageBatch", withhold)
    _register(client, "after-call", "SendMessageBatch", answer)


def refuse_marks(client: Any, message_id: str, code: str) -> list[None]:
    """Let DynamoDB answer 200 to a batch and an error to the statement for an event; returns one entry for each."""
    refused: list[int] = []
    made: list[None] = []

    def withhold(params: dict[str, Any], **_: Any) -> None:
        statements = params["Statements"]
        refused[:] = [number for number, each in enumerate(statements) if {"S": message_id} in each["Parameters"]]
        made.extend(None for _ in refused)
        for number in refused:
            statements[number]["Parameters"][-2] = {"S": "no such event"}

    def answer(parsed: dict[str, Any], **_: Any) -> None:
        for number in refused:
            parsed["Responses"][number] = {"Error": {"Code": code, "Message": "refused"}}

    _register(client, "provide-client-params", "BatchExecuteStatement", withhold)
    _register(client, "after-call", "BatchExecuteStatement", answer)
    return made


def refuse_trouble(client: Any) -> None:
    """Let DynamoDB refuse what a handler notes of its failures."""

    def refuse(params: dict[str, Any], **_: Any) -> None:
        if "#failures#" in str(params["Key"]):
            params["TableName"] = "NoSuchTable"

    _register(client, "before-parameter-build", "UpdateItem", refuse)


def answer_in_parts(client: Any, table: str, size: int) -> None:
    """Let DynamoDB return at most `size` of the requested items at once."""
    left: dict[str, Any] = {}

    def cut(params: dict[str, Any], **_: Any) -> None:
        wanted = params["RequestItems"][table]
        left["Keys"] = wanted["Keys"][size:]
        params["RequestItems"] = {table: wanted | {"Keys": wanted["Keys"][:size]}}

    def answer(parsed: dict[str, Any], **_: Any) -> None:
        parsed["UnprocessedKeys"] = {table: {"Keys": left["Keys"], "ConsistentRead": True}} if left["Keys"] else {}

    _register(client, "provide-client-params", "BatchGetItem", cut)
    _register(client, "after-call", "BatchGetItem", answer)


def fail(patch: pytest.MonkeyPatch, client: Any, method: str, times: int = 1000, only: str = "") -> None:
    """Let the first calls whose request contains a text raise `ThrottlingException`."""
    call, left = getattr(client, method), iter(range(times))

    def failing(**request: Any) -> Any:
        if only in json.dumps(request, default=str) and next(left, None) is not None:
            raise ClientError({"Error": {"Code": "ThrottlingException"}}, method)
        return call(**request)

    patch.setattr(client, method, failing)


def _message_id(entry: dict[str, Any]) -> str:
    return str(entry["MessageAttributes"]["MessageId"]["StringValue"])


def _register(client: Any, event: str, operation: str, hook: Any) -> None:
    client.meta.events.register(f"{event}.{client.meta.service_model.service_name}.{operation}", hook)
