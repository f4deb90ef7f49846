"""The event of a delivery: its ids, its type, its queue, its date."""

import json
from contextlib import suppress
from dataclasses import replace
from hashlib import sha256
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.examples import RECEIVED_AT, delivery, event
from webhooks.delivery import Delivery
from webhooks.errors import MalformedDelivery, TooLarge
from webhooks.event import SUBSCRIPTIONS, AcceptedEvent, EventKey, collision_id, parse_event
from webhooks.events import vendor
from webhooks.routing import Routing

ROUTING = Routing.parse("CustomEvent,DailyEvent,UpdateAssociateEvent")
NO_TYPES: list[object] = [None, "", "  ", True, 3.0, [], {}]
BODY = '{"EventType":"DailyEvent","EventDateUtc":"2021-10-12T18:07:26.5Z",}'


def _parse(body: str = BODY, path_type: str | None = None, **headers: str) -> AcceptedEvent:
    return parse_event(delivery(body, path_type, **headers), ROUTING, RECEIVED_AT)


def _type_and_queue(fields: dict[str, Any], path_type: str | None = None) -> tuple[str, str]:
    event = _parse(json.dumps(fields), path_type)
    return event.key.event_type, event.queue


def _digest(text: str, prefix: str = "sha256:") -> str:
    return f"{prefix}{sha256(text.encode('utf-8', 'surrogatepass')).hexdigest()}"


def test_an_event_has_everything_that_was_delivered() -> None:
    headers = {"Message-Id": "AbC", "CLIENT-ID": "acme", "user": "u-7"}
    assert _parse(**{f"X-DirectScale-{name}": value for name, value in headers.items()}) == AcceptedEvent(
        key=EventKey("AbC", "acme", "DailyEvent"),
        user="u-7",
        event_date="2021-10-12T18:07:26.5000000Z",
        received_at=RECEIVED_AT,
        body='{"EventType":"DailyEvent","EventDateUtc":"2021-10-12T18:07:26.5Z" }',
    )


def test_without_id_the_bodys_digest_identifies_it() -> None:
    assert _parse().key == EventKey(_digest(BODY), "-", "DailyEvent")
    assert _parse().user == ""


@pytest.mark.parametrize(
    ("value", "fits"),
    [
        *((value, True) for value in ("1", "8c1d9a3e-0f1b-4b52", "a/b?c=d&e#f%20{$}!~", "x" * 128)),
        *((value, False) for value in ("x" * 129, "a b", "a\tb", "é", "a\x00", "\ud800", "id-sha256:1", "collision:1")),
    ],
)
def test_a_misfitting_id_becomes_its_digest(value: str, fits: bool) -> None:
    event = _parse(**dict.fromkeys(("X_Directscale_Message_Id", "X_Directscale_Client_Id"), value))
    assert (event.key.message_id, event.key.client_id) == (value if fits else _digest(value, "id-sha256:"),) * 2


def test_too_long_a_user_becomes_its_digest() -> None:
    assert _parse(X_Directscale_User="x" * 257).user == _digest("x" * 257, "id-sha256:")
    assert _parse(X_Directscale_User=" a\tb\ud800 ").user == "a b"


@pytest.mark.parametrize("date", ["null", '""', '"soon"', "5", "{}", '"2031-10-12"', "[]"])
def test_what_is_not_a_date_is_empty(date: str) -> None:
    assert _parse(f'{{"EventType":"DailyEvent","EventDateUtc":{date}}}').event_date == ""


@pytest.mark.parametrize(
    ("stated", "path_type"),
    [
        *(("UpdateAssociateEvent", path) for path in (None, "DailyEvent", "0")),
        *((stated, path) for stated in ("3", " 3 ", 3) for path in (None, "3", "UpdateAssociateEvent")),
        (" UpdateAssociateEvent\t", None),
    ],
)
def test_the_body_states_its_type(stated: object, path_type: str | None) -> None:
    assert _type_and_queue({"EventType": stated}, path_type) == ("UpdateAssociateEvent", "UpdateAssociateEvent")


@pytest.mark.parametrize("fields", [{}, *({"EventType": value} for value in NO_TYPES)])
@pytest.mark.parametrize(("path_type", "name"), [("DailyEvent", "DailyEvent"), (" 3", "UpdateAssociateEvent")])
def test_the_path_states_the_type_otherwise(fields: dict[str, Any], path_type: str, name: str) -> None:
    assert _type_and_queue(fields, path_type) == (name, name)


@pytest.mark.parametrize("number", ["77", 77, 0])
def test_a_number_yields_to_the_path(number: object) -> None:
    assert _type_and_queue({"EventType": number}, "DailyEvent") == ("DailyEvent", "DailyEvent")
    assert _type_and_queue({"EventType": number}, "3") == ("UpdateAssociateEvent", "UpdateAssociateEvent")


def test_an_unknown_number_is_a_custom_event() -> None:
    assert _type_and_queue({"EventType": 77}) == ("77", "CustomEvent")


def test_a_numeric_subscription_is_a_vendors_type() -> None:
    assert set(SUBSCRIPTIONS.values()) <= set(vars(vendor))


@pytest.mark.parametrize(("number", "name"), SUBSCRIPTIONS.items())
def test_subscription_ids_are_names_of_types(number: str, name: str) -> None:
    assert _type_and_queue({"EventType": number})[0] == name == _type_and_queue({}, number)[0]


@pytest.mark.parametrize("name", ["AcmeBonusPaid", "dailyevent", "-3", "Événement ☕", "..", "n" * 128])
def test_a_type_without_queue_goes_to_custom_event(name: str) -> None:
    assert _type_and_queue({"EventType": name}) == _type_and_queue({}, name) == (name, "CustomEvent")


@pytest.mark.parametrize("path_type", [None, "", " "])
@pytest.mark.parametrize("fields", [{}, {"EventType": None}, {"EventType": " "}, {"eventtype": "DailyEvent"}])
def test_an_event_must_have_a_type(fields: dict[str, Any], path_type: str | None) -> None:
    with pytest.raises(MalformedDelivery, match="no event type"):
        _type_and_queue(fields, path_type)


@pytest.mark.parametrize("name", ["n" * 129, "9" * 5000, "a\nb", "a\x00b", "a\ud800", "a\ufffe", "a\u200bb"])
def test_a_type_must_be_printable_and_short(name: str) -> None:
    with pytest.raises(MalformedDelivery, match="not a name of 1 to 128 printable characters"):
        _type_and_queue({"EventType": name})


# Few characters, so that texts collide where they can.
PARTS = st.tuples(st.text("a -", max_size=3), st.text("a -", max_size=3), st.text("a -", max_size=3).filter(str.strip))


@given(PARTS, PARTS)
def test_only_equal_keys_share_a_text(one: tuple[str, ...], other: tuple[str, ...]) -> None:
    keys = [
        _parse("{}", name, X_Directscale_Message_Id=message, X_Directscale_Client_Id=client).key
        for message, client, name in (one, other)
    ]
    assert (str(keys[0]) == str(keys[1])) == (keys[0] == keys[1])


@given(st.builds(Delivery, st.just({}), st.text(), st.booleans(), st.text()))
def test_any_delivery_is_parsed_or_refused(delivered: Delivery) -> None:
    for body in (delivered.body, "{}"):
        with suppress(MalformedDelivery, TooLarge):
            parse_event(replace(delivered, body=body), ROUTING, RECEIVED_AT)


def test_a_collision_keeps_its_id_across_releases() -> None:
    """It is stored under it: a resend after an upgrade is no further collision."""
    collided = event(key=EventKey("m-1", "acme", "CreateOrderEvent"))
    assert collision_id(collided) == "collision:62395a42a6014ee307b7dfe1bc356f95864e948f29ca3de5562da270fcdd6e42"
