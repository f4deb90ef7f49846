"""`webhooks tokens` on the deployed stack: from a new token to its end."""

import json
import uuid

from tests.e2e.cli.webhooks import Webhooks
from tools.local.client import wait_until
from tools.local.stack import LocalStack


def test_a_token_is_added_used_and_retired(stack: LocalStack, webhooks: Webhooks) -> None:
    label = f"cli-{uuid.uuid4()}"
    before = webhooks.json("tokens", "list")
    renew_ingest(stack)
    token = webhooks("tokens", "add", label).out.strip()
    try:
        assert webhooks("tokens", "add", label).code == 1
        sent = webhooks("send", "DailyEvent", "--token", token)
        assert (sent.code, token in sent.out + sent.err) == (0, False)
        wait_until(lambda: used(webhooks, label), bool, "the use of the token in the list")

        asked = webhooks("tokens", "retire", label, typed="n\n")
        assert (asked.code, "used" in asked.err and "ago!" in asked.err) == (1, True)
        assert webhooks("tokens", "retire", label, "--dry-run").code == 0
        assert used(webhooks, label)
    finally:
        retired = webhooks("tokens", "retire", label, "--yes")
    assert retired.code == 0

    renew_ingest(stack)
    refused = webhooks("send", "DailyEvent", "--token", token)
    assert (refused.code, "401 unauthorized" in refused.out) == (1, True)
    assert [each["label"] for each in webhooks.json("tokens", "list")] == [each["label"] for each in before]


def test_no_list_shows_a_token(stack: LocalStack, webhooks: Webhooks) -> None:
    secret = stack.emulator.client("secretsmanager").get_secret_value(SecretId=stack.outputs["TokensSecret"])
    listed = webhooks("tokens", "list")
    assert "first" in listed.out
    assert not [token for token in json.loads(secret["SecretString"]).values() if token in listed.out + listed.err]


def used(webhooks: Webhooks, label: str) -> str | None:
    """When the list says that a token was used."""
    last_used: dict[str, str | None] = {each["label"]: each["last_used"] for each in webhooks.json("tokens", "list")}
    return last_used[label]


def renew_ingest(stack: LocalStack) -> None:
    """Let ingest start anew: the process remembers no tokens, and has tried none in vain."""
    functions, name = stack.emulator.client("lambda"), f"{stack.name}-ingest"
    memory = functions.get_function_configuration(FunctionName=name)["MemorySize"]
    functions.update_function_configuration(FunctionName=name, MemorySize=memory)
