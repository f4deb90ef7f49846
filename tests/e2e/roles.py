"""The role of a function as it is deployed: all that it may do, and the role without a part of that."""

import json
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from tests.e2e.resources import physical_id
from tools.local.stack import LocalStack

LAMBDAS_OWN = {
    "logs:CreateLogStream",
    "logs:PutLogEvents",
    "sqs:ReceiveMessage",
    "sqs:DeleteMessage",
    "sqs:GetQueueAttributes",
}
"""What Lambda itself does under a function's role, to write its log and to read its queue. The emulator does it
without asking, so nothing misses it here; this is what AWS grants for the purpose, less the creation of log groups:
https://docs.aws.amazon.com/aws-managed-policy/latest/reference/AWSLambdaSQSQueueExecutionRole.html
"""

_ASKED_BESIDE = {"sqs:SendMessageBatch": "sqs:SendMessage"}
"""What the emulator asks for and AWS does not have, and the permission that it stands for: tools/local/stack.py."""


@dataclass(frozen=True, slots=True)
class Permission:
    """One action on one resource. `statement` grants it alone; `number` is that of the statement in its policy."""

    policy: str
    number: int
    statement: dict[str, Any]

    @property
    def action(self) -> str:
        """As `sqs:SendMessage`."""
        return str(self.statement["Action"])

    def __str__(self) -> str:
        return f"{self.action} on {self.statement['Resource']}"


class Role:
    """A role of the stack, by its logical id."""

    def __init__(self, stack: LocalStack, logical_id: str) -> None:
        self._iam = stack.emulator.client("iam")
        self.name = physical_id(stack, logical_id)

    def managed_policies(self) -> list[str]:
        """The policies that it shares with others."""
        attached = self._iam.list_attached_role_policies(RoleName=self.name)
        return [policy["PolicyName"] for policy in attached["AttachedPolicies"]]

    def permissions(self) -> list[Permission]:
        """All that its own policies grant, but for what the emulator asks beside."""
        return [granted for granted in _granted(self._policies()) if granted.action not in _ASKED_BESIDE]

    def used_by_code(self) -> list[Permission]:
        """Those of them that the function's own code needs."""
        return [granted for granted in self.permissions() if granted.action not in LAMBDAS_OWN]

    def granted(self, action: str, on: str = "") -> Permission:
        """The one permission for an action, on resources whose name ends so."""
        (found,) = (
            each for each in self.permissions() if each.action == action and each.statement["Resource"].endswith(on)
        )
        return found

    @contextmanager
    def without(self, permission: Permission) -> Iterator[None]:
        """Take a permission away for the length of the block, and what the emulator asks beside it."""
        policies = self._policies()
        kept = defaultdict(list)
        for granted in _granted(policies):
            if granted != permission and _ASKED_BESIDE.get(granted.action) != permission.action:
                kept[granted.policy].append(granted.statement)
        try:
            for name, policy in policies.items():
                self._put(name, policy | {"Statement": kept[name]})
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
