"""No token, header or body in anything that a stack emits, whatever fails."""

import pytest

from tests.e2e.emitted import Emitted, contains
from tests.e2e.paths import DECISIONS, MARK, drive
from tests.e2e.quiet_stack import quiet
from tools.local.stack import SAMPLE_TOKEN, LocalStack


@pytest.fixture(scope="module")
def emitted(stack: LocalStack) -> Emitted:
    emitted = Emitted(stack)
    with quiet(stack) as quieted:
        drive(quieted, emitted)
    return emitted


def test_every_path_was_taken(emitted: Emitted) -> None:
    """Otherwise the search below proves nothing."""
    assert {line["message"] for line in emitted.logged() if "message" in line} >= DECISIONS
    assert {answer[1:4] for answer in emitted.answers if answer.startswith("[")} == {"200", "400", "401", "413", "503"}


def test_no_mark_and_no_token_is_emitted(stack: LocalStack, emitted: Emitted) -> None:
    secrets = (MARK, stack.token, SAMPLE_TOKEN)
    leaks = [found for found in emitted.lines() if any(contains(found[1], secret) for secret in secrets)]
    assert leaks == []
