"""What is sent: types in turn, ids, headers and paths as DirectScale's."""

import random
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from tests.unit.examples import ROOT
from webhooks.dates import normalised
from webhooks_cli.fields import Setting, decoded
from webhooks_cli.send import STORY, Delivery, Wish, deliveries, types_of

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
WISH = Wish("http://stack.localhost:4566/webhooks", "a!%$^@b", "acme", STORY, len(STORY))
ONE = replace(WISH, types=("CreateOrderEvent",), count=1)


def planned(wish: Wish, seed: int = 1) -> list[Delivery]:
    return list(deliveries(wish, random.Random(seed), NOW))  # noqa: S311 - repeatable on purpose


def fields(delivery: Delivery) -> dict[str, Any]:
    return decoded(delivery.body)


def header(delivery: Delivery, name: str) -> str:
    return delivery.headers.get(f"X-Directscale-{name}", "")


def test_without_a_type_it_is_the_story_of_an_order() -> None:
    sent = planned(WISH)
    assert [delivery.event_type for delivery in sent] == list(STORY)
    assert [fields(delivery)["EventType"] for delivery in sent] == list(STORY)
    assert len({fields(delivery)["OrderNumber"] for delivery in sent[1:]}) == 1


def test_the_events_of_a_round_happen_one_after_the_other() -> None:
    dates = [normalised(fields(delivery)["EventDateUtc"]) or "" for delivery in planned(WISH)]
    assert dates == sorted(set(dates))
    assert dates[-1][:19] <= "2026-11-24T12:00:00"


def test_each_round_is_about_things_of_its_own() -> None:
    sent = planned(replace(WISH, count=14))
    assert [delivery.event_type for delivery in sent] == [*STORY, *STORY, *STORY[:2]]
    numbers = [fields(delivery).get("OrderNumber") for delivery in sent]
    assert len(set(numbers) - {None}) == 3
    assert numbers[1] == numbers[5] != numbers[7]


def test_at_a_rate_events_happen_when_they_are_due() -> None:
    sent = planned(replace(ONE, count=5, rate=0.1))
    assert [fields(delivery)["EventDateUtc"][11:19] for delivery in sent] == [
        "11:59:59",
        "12:00:09",
        "12:00:19",
        "12:00:29",
        "12:00:39",
    ]


def test_headers_are_those_that_the_vendor_documents() -> None:
    (sent,) = planned(replace(ONE, message_id="m-1"))
    assert (
        sent.headers.items()
        >= {
            "Content-Type": "application/json; charset=UTF-8",
            "Authorization": "Bearer a!%$^@b",
            "X-Directscale-Client-Id": "acme",
            "X-Directscale-Message-Id": "m-1",
        }.items()
    )


def test_a_user_is_told_sometimes() -> None:
    users = {header(delivery, "User") for delivery in planned(replace(ONE, count=50))}
    assert "" in users and len(users) > 1


def test_message_ids_are_new_each_time_even_of_one_seed() -> None:
    ids = [header(delivery, "Message-Id") for _ in range(2) for delivery in planned(replace(ONE, count=20))]
    assert len(set(ids)) == 40


def test_a_message_id_given_is_numbered_where_events_are_several() -> None:
    assert [sent.message_id for sent in planned(replace(ONE, message_id="m"))] == ["m"]
    assert [sent.message_id for sent in planned(replace(ONE, message_id="m", count=2))] == ["m-1", "m-2"]


def test_without_message_id_and_client_there_are_no_such_headers() -> None:
    for sent in planned(replace(ONE, message_id="", client="", count=2)):
        assert not header(sent, "Message-Id") and not header(sent, "Client-Id")


def test_a_seed_repeats_the_choices() -> None:
    assert [sent.body for sent in planned(WISH, 7)] == [sent.body for sent in planned(WISH, 7)]
    assert planned(WISH, 7)[0].body != planned(WISH, 8)[0].body


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
def test_the_path_tells_the_type_but_for_a_url_given_as_a_whole(
    url: str, exact: bool, event_type: str, path: str
) -> None:
    (sent,) = planned(replace(ONE, url=url, exact=exact, types=(event_type,)))
    assert sent.path == path


def test_a_body_ends_in_a_comma_as_in_the_vendors_samples_unless_told_not_to() -> None:
    assert planned(ONE)[0].body.endswith(b",\n}")
    assert not planned(replace(ONE, comma=False))[0].body.endswith(b",\n}")


def test_a_given_body_is_sent_to_the_byte() -> None:
    content = b'\xef\xbb\xbf{"a" : 1,\r\n}'
    assert [sent.body for sent in planned(replace(ONE, content=content, count=2))] == [content] * 2


def test_fields_are_set_in_a_given_body_and_in_a_made_up_one() -> None:
    settings = (Setting("OrderNumber", "7"),)
    (given,) = planned(replace(ONE, content=b'{"OrderNumber":1,"a":2}', settings=settings))
    assert fields(given) == {"OrderNumber": 7, "a": 2}
    assert {fields(sent)["OrderNumber"] for sent in planned(replace(ONE, settings=settings, count=3))} == {7}


@pytest.mark.parametrize(
    ("asked", "content", "types"),
    [
        ([], None, STORY),
        (["3", "DailyEvent"], None, ("UpdateAssociateEvent", "DailyEvent")),
        ([], b'{"EventType":"CreateOrderEvent",}', ("CreateOrderEvent",)),
        ([], b'{"EventType":3}', ("UpdateAssociateEvent",)),
        ([], b'{"EventType":null}', ("",)),
        ([], b"hello", ("",)),
        (["OrderEvent"], b'{"EventType":"CreateOrderEvent"}', ("OrderEvent",)),
    ],
)
def test_types_are_those_asked_for_or_the_bodys(
    asked: list[str], content: bytes | None, types: tuple[str, ...]
) -> None:
    assert types_of(asked, content) == types


def test_the_vendors_own_sample_can_be_sent() -> None:
    sample = (ROOT / "events" / "samples" / "FinalizeOrderEvent.txt").read_bytes()
    (sent,) = planned(replace(ONE, types=types_of([], sample), content=sample))
    assert (sent.path, sent.body) == ("/webhooks/FinalizeOrderEvent", sample)
