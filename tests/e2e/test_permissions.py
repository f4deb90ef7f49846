"""Each function may do what it has to, and nothing else: every single permission is taken away and is missed."""

from collections.abc import Callable, Iterator

import pytest

from tests.e2e import probes
from tests.e2e.bench import TYPE, Bench, at_rest
from tests.e2e.resources import roles_of_functions
from tests.e2e.roles import LAMBDAS_OWN, Role
from tools.local.stack import LocalStack

HANDLER_ROLE = f"{TYPE}Role"
PROBES: dict[str, Callable[[Bench], probes.Outcome]] = {
    "IngestRole": probes.ingest,
    "RelayRole": probes.relay,
    HANDLER_ROLE: probes.handler,
}


@pytest.fixture(scope="module")
def bench(stack: LocalStack) -> Iterator[Bench]:
    with at_rest(stack) as bench:
        yield bench


@pytest.mark.parametrize("name", PROBES)
def test_each_permission_that_is_taken_away_is_missed(bench: Bench, name: str) -> None:
    """The probe tells another story without it, and the same as before with it."""
    role, probe = Role(bench.stack, name), PROBES[name]
    whole = probe(bench)
    superfluous = []
    for permission in role.used_by_code():
        with role.without(permission):
            outcome = probe(bench)
        if outcome == whole:
            superfluous.append(str(permission))
    assert superfluous == []
    assert probe(bench) == whole


@pytest.mark.parametrize("name", PROBES)
def test_what_lambda_itself_needs_is_granted_once(stack: LocalStack, name: str) -> None:
    needed = LAMBDAS_OWN if name == HANDLER_ROLE else {action for action in LAMBDAS_OWN if action.startswith("logs:")}
    granted = [permission.action for permission in Role(stack, name).permissions()]
    assert sorted(action for action in granted if action in LAMBDAS_OWN) == sorted(needed)


def test_all_handlers_may_do_the_same_with_what_is_theirs(stack: LocalStack) -> None:
    """So the one that is probed stands for all, and no function is left out."""
    probed = [str(permission) for permission in Role(stack, HANDLER_ROLE).permissions()]
    event_types = [role.removesuffix("Role") for role in roles_of_functions(stack) if role not in PROBES]
    assert event_types
    for event_type in event_types:
        granted = [str(permission) for permission in Role(stack, f"{event_type}Role").permissions()]
        assert granted == [permission.replace(TYPE, event_type) for permission in probed]


def test_no_function_shares_its_role_or_a_policy(stack: LocalStack) -> None:
    roles = roles_of_functions(stack)
    assert len(roles) == len(set(roles))
    assert [role for role in roles if Role(stack, role).managed_policies()] == []
