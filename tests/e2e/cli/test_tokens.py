"""`webhooks tokens` on the deployed stack: from its creation to its end."""

import json
import uuid

from tests.e2e.cli.webhooks import Webhooks
from tests.e2e.workers import forget
from tools.local.client import wait_until
from tools.local.stack import LocalStack
from webhooks_cli.operations.tokens import fingerprint


def test_a_token_is_added_used_and_retired(stack: LocalStack, webhooks: Webhooks) -> None:
    label = f"cli-{uuid.uuid4()}"
    before = accepted(stack)
    forget(stack, "ingest")
    token = webhooks("tokens", "add", label).out.strip()
    try:
        assert accepted(stack) == {**before, label: token}
        sent = webhooks("send", "DailyEvent", "--token", token)
        assert (sent.code, token in sent.out + sent.err) == (0, False)
        found = wait_until(lambda: listed(webhooks, label), lambda each: bool(each["last_used"]), "the token's use")
        assert found["fingerprint"] == fingerprint(token)

        asked = webhooks("tokens", "retire", label, typed="n\n")
        assert (asked.code, "ago!" in asked.err) == (1, True)
        assert webhooks("tokens", "retire", label, "--yes", "--dry-run").code == 0
        assert accepted(stack) == {**before, label: token}
    finally:
        retired = webhooks("tokens", "retire", label, "--yes")
    assert (retired.code, accepted(stack)) == (0, before)

    forget(stack, "ingest")
    refused = webhooks("send", "DailyEvent", "--token", token)
    assert (refused.code, "401 unauthorized" in refused.out) == (1, True)


def listed(webhooks: Webhooks, label: str) -> dict[str, str]:
    """The row of a token in the list, which shows no token."""
    rows = {each["label"]: each for each in webhooks.json("tokens", "list")}
    assert {name for each in rows.values() for name in each} == {"label", "fingerprint", "last_used", "ignored"}
    return dict(rows[label])


def accepted(stack: LocalStack) -> dict[str, str]:
    """The tokens, as the secret holds them."""
    secret = stack.emulator.client("secretsmanager").get_secret_value(SecretId=stack.outputs["TokensSecret"])
    return dict(json.loads(secret["SecretString"]))
