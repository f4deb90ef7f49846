"""The deployed role of a function: its permissions, and the role without one of them."""

import json
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from tests.e2e.resources import physical_id
from tools.local.stack import LocalStack

LOGS_OWN = {"logs:CreateLogStream", "logs:PutLogEvents"}
QUEUES_OWN = {"sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes"}
"""What Lambda itself does with a function's role: write the log and read the queue. The emulator does not check it, so
the probes cannot either. AWS's managed policy grants the same, and the creation of log groups:
https://docs.aws.amazon.com/aws-managed-policy/latest/reference/AWSLambdaSQSQueueExecutionRole.html
"""

S3S_OWN = "s3:ListBucket"
"""What S3 looks for before it says that a key does not exist; the emulator always says so."""

_EMULATOR_ONLY = {
    "sqs:SendMessageBatch": "sqs:SendMessage",
    "dynamodb:BatchExecuteStatement": "dynamodb:PartiQLUpdate",
}
"""Actions that only the emulator checks (tools/local/stack.py), and the ones that cover them in AWS."""


@dataclass(frozen=True, slots=True)
class Permission:
    """One action on one resource. `statement` grants only that; `number` is its statement's position in the policy."""

    policy: str
    number: int
    statement: dict[str, Any]

    @property
    def action(self) -> str:
        """Such as `sqs:SendMessage`."""
        return str(self.statement["Action"])

    def __str__(self) -> str:
        return f"{self.action} on {self.statement['Resource']}"


class Role:
    """A role of the stack, by its logical id."""

    def __init__(self, stack: LocalStack, logical_id: str) -> None:
        self._iam = stack.emulator.client("iam")
        self.name = physical_id(stack, logical_id)

    def managed_policies(self) -> list[str]:
        """The policies that it can share with other roles."""
        attached = self._iam.list_attached_role_policies(RoleName=self.name)
        return [policy["PolicyName"] for policy in attached["AttachedPolicies"]]

    def permissions(self) -> list[Permission]:
        """What its inline policies grant, without what only the emulator checks."""
        granted = [each for each in _granted(self._policies()) if each.statement["Effect"] == "Allow"]
        return [each for each in granted if each.action not in _EMULATOR_ONLY]

    def used_by_code(self) -> list[Permission]:
        """The permissions of the function's own code."""
        granted = self.permissions()
        has_queue = any(each.action == "sqs:ReceiveMessage" for each in granted)
        of_others = LOGS_OWN | {S3S_OWN} | (QUEUES_OWN if has_queue else set())
        return [each for each in granted if each.action not in of_others]

    def granted(self, action: str, on: str = "") -> Permission:
        """The only permission for an action, on a resource whose name ends with `on`."""
        (found,) = (
            each for each in self.permissions() if each.action == action and each.statement["Resource"].endswith(on)
        )
        return found

    @contextmanager
    def without(self, permission: Permission) -> Iterator[None]:
        """Remove a permission for the length of the block, with what only the emulator checks for it."""
        policies = self._policies()
        remaining = defaultdict(list)
        for granted in _granted(policies):
            if granted != permission and _EMULATOR_ONLY.get(granted.action) != permission.action:
                remaining[granted.policy].append(granted.statement)
        try:
            for name, policy in policies.items():
                self._put(name, policy | {"Statement": remaining[name]})
            yield
        finally:
            for name, policy in policies.items():
                self._put(name, policy)

    def _policies(self) -> dict[str, dict[str, Any]]:
        names = self._iam.list_role_policies(RoleName=self.name)["PolicyNames"]
        return {
            name: self._iam.get_role_policy(RoleName=self.name, PolicyName=name)["PolicyDocument"] for name in names
        }

    def _put(self, name: str, policy: dict[str, Any]) -> None:
        if policy["Statement"]:
            self._iam.put_role_policy(RoleName=self.name, PolicyName=name, PolicyDocument=json.dumps(policy))
        else:
            self._iam.delete_role_policy(RoleName=self.name, PolicyName=name)


def _granted(policies: dict[str, dict[str, Any]]) -> list[Permission]:
    return [
        Permission(name, number, statement | {"Action": action, "Resource": resource})
        for name, policy in policies.items()
        for number, statement in enumerate(policy["Statement"])
        for action in _all(statement["Action"])
        for resource in _all(statement["Resource"])
    ]


def _all(one_or_more: str | list[str]) -> list[str]:
    return [one_or_more] if isinstance(one_or_more, str) else one_or_more
