"""`webhooks send`: bodies that fit their models, headers and paths as DirectScale's, and a count of the answers."""

import json
import random
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import time_machine
from typer.testing import Result

from tests.cli.cli_env import TOKEN, stack_with
from tests.cli.command import Command
from tests.cli.receiver import Receiver, receiver
from tests.contract.account import account
from tests.unit.examples import ROOT, event
from tests.unit.models import FULL, MODELS
from webhooks.dates import normalised
from webhooks.event import EventKey
from webhooks.strict_json import strict_object
from webhooks_cli.operations.endpoint import Sender
from webhooks_cli.operations.numbers import Literal
from webhooks_cli.operations.samples import body, date, round_values
from webhooks_cli.operations.sending import STORY, Delivery, SendPlan, Setting, decoded, encoded, types_of
from webhooks_cli.operations.tokens import TokenSecret, added, retired

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
PLAN = SendPlan("http://stack.localhost:4566/webhooks", "a!%$^@b", "acme", STORY, len(STORY))
ONE = replace(PLAN, types=("CreateOrderEvent",), count=1)
SAMPLES = sorted((ROOT / "events" / "samples").glob("*.txt"))


@pytest.fixture
def server() -> Iterator[Receiver]:
    """The stack's endpoint."""
    with receiver() as listening:
        yield listening


@pytest.fixture
def webhooks(server: Receiver) -> Iterator[Command]:
    """Its commands."""
    with account():
        yield Command(stack_with(server.url))


def rng(seed: int = 1) -> random.Random:
    return random.Random(seed)  # noqa: S311 - repeatable on purpose


def planned(plan: SendPlan, seed: int = 1) -> list[Delivery]:
    return list(plan.deliveries(rng(seed), NOW))


def fields(delivery: Any) -> dict[str, Any]:
    return json.loads(strict_object(delivery.body)[0])  # type: ignore[no-any-return]


def without_stack(url: str, *arguments: str) -> Result:
    """Send to a URL; any use of a stack fails."""
    return Command(None)("send", "DailyEvent", "--url", url, *arguments)  # type: ignore[arg-type]


@pytest.mark.parametrize("event_type", [*MODELS, "NeverHeardOf"])
def test_a_body_fits_its_model(event_type: str) -> None:
    """And sets every documented field, and no other."""
    model = MODELS.get(event_type, MODELS["CustomEvent"])
    for seed in range(20):
        made = body(event_type, round_values(NOW, rng(seed)), NOW, rng(seed))
        text, _ = strict_object(encoded(made, comma=True))
        read = model.from_accepted(event(text, EventKey("m", "acme", event_type)))
        assert made.keys() >= FULL.get(event_type, FULL["CustomEvent"]).keys()
        assert event_type in ("CustomEvent", "NeverHeardOf") or not read.model_extra


def test_the_events_of_a_round_belong_together() -> None:
    made = {each.event_type: fields(each) for each in planned(replace(PLAN, types=(*STORY, "OrderEvent"), count=7))}
    assert len({each.get("OrderNumber", int(each.get("OrderId", 0))) for each in list(made.values())[1:]}) == 1
    assert made["CreateOrderEvent"]["CustomerId"] == made["CreateAssociateEvent"]["AssociateId"]
    packed, shipped = made["SubmitOrderPackageEvent"], made["UpdateOrderPackageStatusEvent"]
    assert (packed["PackageId"], packed["TrackingNumber"]) == (shipped["PackageId"], None)
    dates = [normalised(each["EventDateUtc"]) or "" for each in made.values()]
    assert dates == sorted(set(dates))


def test_rounds_differ_and_a_seed_repeats_them() -> None:
    sent = planned(replace(PLAN, count=14))
    numbers = [fields(each).get("OrderNumber") for each in sent]
    assert (len(set(numbers) - {None}), numbers[1] == numbers[5]) == (3, True)
    assert [each.body for each in planned(PLAN, 7)] == [each.body for each in planned(PLAN, 7)]
    assert planned(PLAN, 7)[0].body != planned(PLAN, 8)[0].body
    assert len({each.message_id for _ in range(2) for each in planned(PLAN)}) == 12, "ids are new every time"


def test_dates_have_the_vendors_fractions() -> None:
    """0 to 7 digits, without trailing zeros; and a second later is later."""
    generator = rng(5)
    dates = [date(NOW + timedelta(seconds=number), generator) for number in range(300)]
    assert {len(fraction[1:]) for each in dates for fraction in re.findall(r"\.\d+|$", each)[:1]} >= {0, 1, 3, 6, 7}
    assert not [each for each in dates if re.search(r"(\.|\.\d*0)Z$", each)]
    sortable = [normalised(each) or "" for each in dates]
    assert sortable == sorted(sortable)


def test_headers_are_the_vendors() -> None:
    (sent,) = planned(replace(ONE, message_id="m-1"))
    expected = {
        "Content-Type": "application/json; charset=UTF-8",
        "Authorization": "Bearer a!%$^@b",
        "X-Directscale-Client-Id": "acme",
        "X-Directscale-Message-Id": "m-1",
    }
    assert sent.headers.items() >= expected.items()
    assert [each.message_id for each in planned(replace(ONE, message_id="m", count=2))] == ["m-1", "m-2"]
    (bare,) = planned(replace(ONE, message_id="", client=""))
    assert not bare.headers.keys() & {"X-Directscale-Client-Id", "X-Directscale-Message-Id"}
    users = {each.headers.get("X-Directscale-User") for each in planned(replace(ONE, count=50))}
    assert None in users
    assert len(users) > 1


@pytest.mark.parametrize(
    ("url", "exact", "event_type", "path"),
    [
        ("http://h/webhooks", False, "CreateOrderEvent", "/webhooks/CreateOrderEvent"),
        ("http://h/webhooks", False, "Our Event/1", "/webhooks"),
        ("http://h/webhooks", False, "", "/webhooks"),
        ("https://h/some/where?key=1", True, "CreateOrderEvent", "/some/where?key=1"),
        ("https://h", True, "CreateOrderEvent", "/"),
    ],
)
def test_the_path_names_the_type(url: str, exact: bool, event_type: str, path: str) -> None:
    (sent,) = planned(replace(ONE, url=url, exact=exact, types=(event_type,)))
    assert sent.path == path


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda path: path.stem)
def test_a_body_is_laid_out_as_the_vendors(sample: Path) -> None:
    published = sample.read_bytes().strip()
    written = encoded(decoded(published), comma=True)
    assert [line.strip() for line in written.splitlines()] == [line.strip() for line in published.splitlines()]
    assert encoded(decoded(published), comma=False) == written.replace(b",\n}", b"\n}")


@pytest.mark.parametrize(
    ("given", "value"),
    [
        ("OrderNumber=7", Literal("7")),
        ("OrderNumber=abc", "abc"),
        ("OrderNumber=null", None),
        ("OrderStatus=7", "7"),
        ("OrderStatus=a=b", "a=b"),
        ("OrderDateUtc=2021-10-12T18:07:26.8794398Z", "2021-10-12T18:07:26.8794398Z"),
        ("OrderDateUtc=2h", "2026-11-24T10:00:00.0000000Z"),
        ("OrderDateUtc=soon", "soon"),
        ("EventType=3", Literal("3")),
        ("Unknown=20.10", Literal("20.10")),
        ("Unknown=NaN", "NaN"),
    ],
)
@time_machine.travel("2026-11-24T12:00:00Z", tick=False)
def test_a_setting_has_the_type_of_its_field(given: str, value: object) -> None:
    assert Setting.parse(given).value("CreateOrderEvent") == value


@pytest.mark.parametrize(
    ("requested", "content", "types"),
    [
        ([], None, STORY),
        (["3", "DailyEvent"], None, ("UpdateAssociateEvent", "DailyEvent")),
        ([], b'{"EventType":"CreateOrderEvent",}', ("CreateOrderEvent",)),
        ([], b'{"EventType":3}', ("UpdateAssociateEvent",)),
        ([], b"hello", ("",)),
        (["OrderEvent"], b'{"EventType":"CreateOrderEvent"}', ("OrderEvent",)),
    ],
)
def test_types_are_requested_or_the_bodys(requested: list[str], content: bytes | None, types: tuple[str, ...]) -> None:
    assert types_of(requested, content) == types


def test_the_story_goes_to_the_stack(webhooks: Command, server: Receiver) -> None:
    """With a token that it accepts."""
    sent = webhooks.json("send")
    assert {request.path for request in server.requests} == {f"/hooks/{event_type}" for event_type in STORY}
    assert {request.headers["Authorization"] for request in server.requests} == {f"Bearer {TOKEN}"}
    assert [event["event_type"] for event in sent["events"]] == list(STORY)
    ids = {request.headers["X-Directscale-Message-Id"] for request in server.requests}
    assert {event["message_id"] for event in sent["events"]} == ids
    assert sent["answers"] == [{"status": 200, "outcome": "accepted", "count": 6}]
    assert sent["milliseconds"].keys() == {"p50", "p95", "p99"}


def test_the_token_is_chosen(webhooks: Command, server: Receiver, monkeypatch: pytest.MonkeyPatch) -> None:
    secret = TokenSecret.of(webhooks.stack)
    secret.change(added("second", "another-token-of-the-account"))
    secret.change(retired("first"))
    printed = webhooks("send", "DailyEvent").output
    webhooks("send", "DailyEvent", "--token", "a!%$^@b")
    monkeypatch.setenv("WEBHOOKS_TOKEN", "from-outside")
    printed += webhooks("send", "DailyEvent").output
    sent = [request.headers["Authorization"] for request in server.requests]
    assert sent == ["Bearer another-token-of-the-account", "Bearer a!%$^@b", "Bearer from-outside"]
    assert "another-token" not in printed
    assert "from-outside" not in printed


def test_without_a_token_the_next_step_is_named(webhooks: Command, server: Receiver) -> None:
    client = webhooks.stack.client("secretsmanager")
    client.put_secret_value(SecretId=webhooks.stack.outputs["TokensSecret"], SecretString="{}")
    assert "webhooks tokens add" in webhooks.failure("send")
    assert server.requests == []


def test_a_url_needs_a_token_and_no_stack(server: Receiver) -> None:
    assert without_stack(f"{server.url}?a=1").exit_code == 2
    assert without_stack(f"{server.url}?a=1", "--token", "t").exit_code == 0
    assert [request.path for request in server.requests] == ["/hooks?a=1"]


def test_duplicates_and_shuffling(webhooks: Command, server: Receiver) -> None:
    def ids(*arguments: str) -> list[str]:
        sent = webhooks.json("send", "CreateOrderEvent", "--message-id", "m", *arguments)
        return [event["message_id"] for event in sent["events"]]

    ordered = ids("--count", "8", "--duplicates", "25")
    assert (ordered[:8], len(set(ordered)), len(ordered)) == ([f"m-{number}" for number in range(1, 9)], 8, 10)
    bodies = {(request.headers["X-Directscale-Message-Id"], request.body) for request in server.requests}
    assert len(bodies) == 8, "a duplicate is the same byte for byte"
    shuffled = ids("--count", "20", "--duplicates", "25", "--shuffle", "--seed", "1")
    assert (len(shuffled), len(set(shuffled))) == (25, 20)
    assert len(set(shuffled[:20])) < 20, "duplicates are in between"
    assert ids("--count", "20", "--duplicates", "25", "--shuffle", "--seed", "1") == shuffled


def test_the_printed_seed_repeats_a_run(webhooks: Command, server: Receiver) -> None:
    seed = webhooks("send", "CreateOrderEvent").stderr.split("seed ")[1].split()[0]
    webhooks("send", "CreateOrderEvent", "--seed", seed)
    first, second = map(fields, server.requests)
    assert first["OrderNumber"] == second["OrderNumber"]


def test_a_given_body_is_sent_byte_for_byte(webhooks: Command, server: Receiver, tmp_path: Path) -> None:
    file = tmp_path / "body.txt"
    file.write_bytes(b'\xef\xbb\xbf{"EventType" : "DailyEvent",\r\n}')
    webhooks("send", "--body", str(file))
    webhooks("send", "--body", "-", typed='{"b":2}')
    webhooks("send", "--body", str(file), "--set", "a=1", "--strict")
    assert [request.body for request in server.requests[:2]] == [file.read_bytes(), b'{"b":2}']
    assert server.requests[0].path == "/hooks/DailyEvent"
    assert json.loads(server.requests[2].body) == {"EventType": "DailyEvent", "a": 1}


def test_possible_mistakes_are_named_and_sent(webhooks: Command, server: Receiver) -> None:
    done = webhooks("send", "CreateOrderEvent", "RankAdvanced", "--set", "OrderNumer=1", "--set", "OrderNumber=abc")
    assert "RankAdvanced has no queue of its own in webhooks: it goes to CustomEvent" in done.stderr
    assert "did you mean OrderNumber?" in done.stderr
    assert "CreateOrderEvent: OrderNumber: Value error, not a whole number" in done.stderr
    assert [(each["OrderNumer"], each["OrderNumber"]) for each in map(fields, server.requests)] == [(1, "abc")] * 2
    assert "no queue" not in webhooks("send", "CreateOrderEvent").stderr


@pytest.mark.parametrize("url", ["http://example.com/webhooks", "http://127.0.0.1.example.com/x", "http://10.0.0.1/x"])
def test_a_token_is_not_sent_in_the_clear(url: str) -> None:
    refused = without_stack(url, "--token", TOKEN)
    assert (refused.exit_code, "https" in refused.output, TOKEN in refused.output) == (2, True, False)


def test_a_token_may_come_from_stdin(server: Receiver) -> None:
    command = Command(None)  # type: ignore[arg-type]
    done = command("send", "DailyEvent", "--url", server.url, "--token", "-", typed=f"{TOKEN}\n")
    assert (done.exit_code, server.requests[0].headers["Authorization"]) == (0, f"Bearer {TOKEN}")
    assert TOKEN not in done.output
    for wrong in (["--token", "-"], ["--token", "-", "--body", "-"]):
        assert command("send", "DailyEvent", "--url", server.url, *wrong, typed="").exit_code == 2


@pytest.mark.parametrize(
    "arguments",
    [
        ["--set", "x"],
        ["--set", "=7"],
        ["--token", "a\nb"],
        ["--message-id", " m"],
        ["--client", "é"],
        ["--url", "example.com", "--token", "t"],
        ["--url", "http:///x", "--token", "t"],
        ["--body", "/nowhere/at/all"],
        ["--body", "-", "--set", "a=1"],
        ["--duplicates", "101"],
    ],
)
def test_wrong_usage_sends_nothing(webhooks: Command, server: Receiver, arguments: list[str]) -> None:
    assert webhooks("send", "DailyEvent", *arguments, typed="hello").exit_code == 2
    assert server.requests == []


def test_refused_deliveries_are_counted() -> None:
    def answers(number: int) -> tuple[int, bytes]:
        return (401, b'{"status":"unauthorized","reason":"a [valid] token"}') if number % 2 else (200, b"{}")

    with receiver(answers) as server:
        done = without_stack(server.url, "--token", "t", "--count", "4")
    assert str(done.exception) == "2 of 4 not answered 200: a [valid] token"
    assert "401 unauthorized" in done.stdout


def test_no_answer_says_why(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("webhooks_cli.commands.send.Sender", partial(Sender, pause=0.0))
    with receiver() as server:
        pass
    done = without_stack(server.url, "--token", "t")
    assert "refused" in str(done.exception)
    assert "times" in done.stdout, "every attempt is counted"


def test_many_answers_are_only_counted(server: Receiver) -> None:
    few = without_stack(server.url, "--token", "t", "--message-id", "mine", "--count", "20").stdout
    many = without_stack(server.url, "--token", "t", "--message-id", "mine", "--count", "21").stdout
    assert ("mine-20" in few, "mine" in many, "times" in many) == (True, False, True)


def test_ctrl_c_says_how_many_were_sent(server: Receiver, monkeypatch: pytest.MonkeyPatch) -> None:
    calls = iter(range(1, 4))

    def advance(*_: object) -> None:
        if next(calls) == 3:
            raise KeyboardInterrupt

    monkeypatch.setattr("webhooks_cli.commands.send.AT_ONCE", 1)
    monkeypatch.setattr("rich.progress.Progress.advance", advance)
    done = without_stack(server.url, "--token", "t", "--count", "10")
    assert (done.exit_code, len(server.requests)) == (130, 3)
    assert "interrupted: 3 of 10 were sent; --count 7 sends as many more" in done.stderr
