"""No token, header or body in anything that a stack emits, whatever happens to it."""

import pytest

from tests.e2e.bench import at_rest
from tests.e2e.emitted import Emitted, holds
from tests.e2e.paths import DECISIONS, MARK, drive
from tools.local.stack import SAMPLE_TOKEN, LocalStack


@pytest.fixture(scope="module")
def emitted(stack: LocalStack) -> Emitted:
    emitted = Emitted(stack)
    with at_rest(stack) as bench:
        drive(bench, emitted)
    return emitted


def test_every_path_was_taken(emitted: Emitted) -> None:
    """Or a search that finds nothing would prove nothing."""
    assert {line["message"] for line in emitted.logged() if "message" in line} >= DECISIONS
    assert {answer[1:4] for answer in emitted.answers if answer.startswith("[")} == {"200", "400", "401", "413", "503"}


def test_no_mark_and_no_token_is_emitted(stack: LocalStack, emitted: Emitted) -> None:
    secrets = (MARK, stack.token, SAMPLE_TOKEN)
    leaks = [(place, line) for place, line in emitted.lines() if any(holds(line, secret) for secret in secrets)]
    assert leaks == []
