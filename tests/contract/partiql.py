"""BatchExecuteStatement for moto, which ignores every condition but `=` and reports no failed one.

As DynamoDB: a statement that is not true of an item fails alone, and so does a second one for the same item. The
statements are those of the relay; `tests/e2e/test_safety.py` runs the same ones on the emulator.
"""

import re
from itertools import count
from typing import Any

from moto.core.exceptions import ServiceException
from moto.dynamodb.exceptions import DynamodbException
from moto.dynamodb.models import DynamoDBBackend

_UPDATE = re.compile(r'UPDATE "([\w.-]+)" (.+) WHERE (\w+) = \? AND (\w+) = \? AND (\w+) IS NOT MISSING')
_MOST = 25


def batch_execute_statement(backend: DynamoDBBackend, statements: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Run each statement as a conditional update."""
    assert 1 <= len(statements) <= _MOST
    keys: list[object] = []
    return [_answer(backend, each, keys) for each in statements]


def _answer(backend: DynamoDBBackend, statement: dict[str, Any], keys: list[object]) -> dict[str, Any]:
    found = _UPDATE.fullmatch(statement["Statement"])
    assert found, statement["Statement"]
    table, change, *names, required = found.groups()
    *values, first, second = statement["Parameters"]
    key = dict(zip(names, (first, second), strict=True))
    if key in keys:
        return {"TableName": table, "Error": {"Code": "DuplicateItem", "Message": "item"}}
    keys.append(key)
    try:
        backend.update_item(
            table,
            key,
            update_expression=_expression(change),
            expression_attribute_names={},
            expression_attribute_values={f":{number}": value for number, value in enumerate(values)},
            condition_expression=f"attribute_exists({required})",
        )
    except (DynamodbException, ServiceException) as error:
        code = str(getattr(error, "error_type", "") or getattr(error, "code", "")).rpartition("#")[2]
        return {"TableName": table, "Error": {"Code": code.removesuffix("Exception"), "Message": "failed"}}
    return {"TableName": table}


def _expression(change: str) -> str:
    """PartiQL's clauses as an update expression: `REMOVE a REMOVE b` is `REMOVE a, b`, and each `?` has a name."""
    numbers = count()
    named = re.sub(r"\?", lambda _: f":{next(numbers)}", change)
    return " ".join(
        f"{word} {', '.join(parts)}"
        for word in ("SET", "REMOVE")
        if (parts := re.findall(rf"\b{word} (.+?)(?= SET | REMOVE |$)", named))
    )
