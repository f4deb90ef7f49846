"""Each function has the permissions that it needs, and no others: removing any single one has an effect."""

from collections.abc import Callable

import pytest

from tests.e2e import probes
from tests.e2e.quiet_stack import TYPE, QuietStack
from tests.e2e.resources import roles_of_functions
from tests.e2e.roles import LOGS_OWN, QUEUES_OWN, Role
from tools.local.stack import LocalStack

HANDLER_ROLE = f"{TYPE}Role"
PROBES: dict[str, Callable[[QuietStack], probes.Effects]] = {
    "IngestRole": probes.ingest,
    "RelayRole": probes.relay,
    HANDLER_ROLE: probes.handler,
}


@pytest.mark.parametrize("name", PROBES)
def test_each_permission_is_needed(quieted: QuietStack, name: str) -> None:
    role, probe = Role(quieted.stack, name), PROBES[name]
    complete = probe(quieted)
    superfluous = []
    for permission in role.used_by_code():
        with role.without(permission):
            if probe(quieted) == complete:
                superfluous.append(str(permission))
    assert superfluous == []
    assert probe(quieted) == complete


@pytest.mark.parametrize("name", PROBES)
def test_lambdas_own_permissions_are_granted_once(stack: LocalStack, name: str) -> None:
    needed = LOGS_OWN | QUEUES_OWN if name == HANDLER_ROLE else LOGS_OWN
    granted = [permission.action for permission in Role(stack, name).permissions()]
    assert sorted(action for action in granted if action in needed) == sorted(needed)


def test_all_handlers_have_the_same_permissions(stack: LocalStack) -> None:
    """Each on its own queue: so one probe is enough."""
    probed = [str(permission) for permission in Role(stack, HANDLER_ROLE).permissions()]
    event_types = [role.removesuffix("Role") for role in roles_of_functions(stack) if role not in PROBES]
    assert event_types
    for event_type in event_types:
        granted = [str(permission) for permission in Role(stack, f"{event_type}Role").permissions()]
        assert granted == [permission.replace(TYPE, event_type) for permission in probed]


def test_functions_share_no_role_and_no_policy(stack: LocalStack) -> None:
    roles = roles_of_functions(stack)
    assert len(roles) == len(set(roles))
    assert [role for role in roles if Role(stack, role).managed_policies()] == []
