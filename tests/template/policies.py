"""Whether IAM would allow a call: the statements of a role, conditions included, against a request.

The emulators do not give requests the condition keys of DynamoDB, and no maintained library evaluates a request:
docs/decisions/0037-a-handler-stays-in-its-type.md. This knows the elements that the template uses and refuses others.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any

from tests.template.expanded import as_list

type Statement = dict[str, Any]


def _like(value: str, pattern: str) -> bool:
    return fnmatchcase(value, pattern.replace("[", "[[]"))


_OPERATORS: dict[str, Callable[[str, str], bool]] = {
    "StringEquals": lambda value, pattern: value == pattern,
    "StringLike": _like,
    "Bool": lambda value, pattern: value.lower() == pattern.lower(),
}


@dataclass(frozen=True, slots=True)
class Request:
    """What IAM sees of a call: `context` has the values of each condition key that the request has."""

    action: str
    resource: str
    context: Mapping[str, tuple[str, ...]]


def allows(statements: Iterable[Statement], request: Request) -> bool:
    """Whether a statement allows the request and none denies it."""
    effects = {statement["Effect"] for statement in statements if _applies(statement, request)}
    return effects == {"Allow"}


def _applies(statement: Statement, request: Request) -> bool:
    if unknown := statement.keys() - {"Sid", "Effect", "Action", "Resource", "Condition"}:
        raise NotImplementedError(unknown)
    return (
        any(_like(request.action, action) for action in as_list(statement["Action"]))
        and any(_like(request.resource, resource) for resource in as_list(statement["Resource"]))
        and all(
            _holds(operator, request.context.get(key, ()), as_list(values))
            for operator, keys in statement.get("Condition", {}).items()
            for key, values in keys.items()
        )
    )


def _holds(operator: str, present: tuple[str, ...], allowed: list[str]) -> bool:
    """https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-single-vs-multi-valued-context-keys.html."""
    of_all = operator.startswith("ForAllValues:")
    name = operator.removeprefix("ForAllValues:").removesuffix("IfExists")
    matches = _OPERATORS[name]
    if not present:
        return of_all or operator.endswith("IfExists")
    if len(present) > 1 and not of_all:
        raise NotImplementedError(f"{operator} on several values")
    return all(any(matches(value, pattern) for pattern in allowed) for value in present)
