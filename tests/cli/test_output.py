"""What is printed of texts that others wrote: nothing that cannot be seen, reorders, or commands a terminal."""

import json
import unicodedata

import pytest

from tests.cli.cli_env import ORDERS, CliEnv
from tests.cli.receiver import receiver
from tests.unit.examples import event
from webhooks.event import EventKey
from webhooks_cli import __main__
from webhooks_cli.operations.errors import OperationFailed
from webhooks_cli.output import json_text, printable

SIGNS = "\u202e\u2066\u200b\ufeff\u00ad\u2028\u2029\ue000\x7f\x9b\x1b\U000e0041\u3164"


def invisible(text: str) -> set[str]:
    categories = {"Cc", "Cf", "Co", "Cs", "Zl", "Zp"}
    return {char for char in text if char != "\n" and unicodedata.category(char) in categories} | {
        char for char in text if char in SIGNS
    }


@pytest.mark.parametrize("sign", [*SIGNS, "\ud800", "\x00", "\t", "\r", "\n"])
def test_an_invisible_sign_is_escaped(sign: str) -> None:
    assert printable(f"a{sign}b").isascii()
    assert not invisible(printable(f"a{sign}b"))
    text = json_text({f"n{sign}": sign})
    assert text.isascii()
    assert json.loads(text) == {f"n{sign}": sign}


def test_visible_text_stays_as_it_is() -> None:
    text = "Zoë 美玲 🎁 O'Neill שלום"
    assert (printable(text), json_text(text)) == (text, f'"{text}"')


@pytest.mark.parametrize(
    "arguments", ["events list --since 9999d", "events show m --reveal", "events show m --json --reveal"]
)
def test_events_cannot_hide_anything(cli_env: CliEnv, arguments: str) -> None:
    key = EventKey("m", "acme", f"Bonus{SIGNS}")
    cli_env.publish(event(json.dumps({f"N{SIGNS}": SIGNS}), key, queue=ORDERS, user=SIGNS))
    cli_env.fail(ValueError(SIGNS))
    result = cli_env.webhooks(*arguments.split())
    assert not invisible(result.output)
    assert r"\u202e" in result.output


def test_an_answer_cannot_hide_anything(cli_env: CliEnv) -> None:
    answer = json.dumps({"status": f"no{SIGNS}", "reason": SIGNS}).encode()
    with receiver(lambda _: (400, answer)) as server:
        done = cli_env.webhooks("send", "DailyEvent", "--url", server.url, "--token", "t")
        assert not invisible(done.output)


@pytest.mark.parametrize("error", [OperationFailed(f"reason: {SIGNS}")])
def test_an_error_cannot_hide_anything(error: Exception, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(**_: object) -> None:
        raise error

    monkeypatch.setattr(__main__, "app", fail)
    with pytest.raises(SystemExit) as ended:
        __main__.main()
    assert not invisible(str(ended.value.code))


def test_a_prompt_cannot_hide_anything(cli_env: CliEnv) -> None:
    secret = json.dumps({"first": "x" * 30, f"a{SIGNS}": 1})
    cli_env.stack.client("secretsmanager").put_secret_value(
        SecretId=cli_env.stack.outputs["TokensSecret"], SecretString=secret
    )
    asked = cli_env.webhooks("tokens", "retire", f"a{SIGNS}", typed="n\n")
    assert asked.exit_code == 1
    assert r"\u202e" in asked.output
    assert not invisible(asked.output)
