from contextlib import suppress
from dataclasses import replace
from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.examples import RECEIVED_AT, delivery, sample
from webhooks.delivery import Delivery
from webhooks.errors import MalformedDelivery, TooLarge
from webhooks.event import AcceptedEvent, EventKey, parse_event

BODY = '{"EventType":"DailyEvent","EventDateUtc":"2021-10-12T18:07:26.5Z",}'
BODY_DIGEST = f"sha256:{sha256(BODY.encode()).hexdigest()}"


def _understood(body: str = BODY, **headers: str) -> AcceptedEvent:
    return parse_event(delivery(body, **headers), {"DailyEvent"}, RECEIVED_AT)


def test_the_event_holds_all_that_the_delivery_tells() -> None:
    headers = {"Message_Id": "m-1", "Client_Id": "acme", "User": "u-7"}
    assert _understood(**{f"X_Directscale_{name}": value for name, value in headers.items()}) == AcceptedEvent(
        key=EventKey("m-1", "acme", "DailyEvent"),
        queue="DailyEvent",
        user="u-7",
        event_date="2021-10-12T18:07:26.5000000Z",
        received_at=RECEIVED_AT,
        body='{"EventType":"DailyEvent","EventDateUtc":"2021-10-12T18:07:26.5Z" }',
    )


def test_the_vendors_own_curl_carries_no_identifiers_and_is_an_event_all_the_same() -> None:
    body = sample("CreateOrderPaymentEvent")
    understood = _understood(body)
    assert understood.key == EventKey(f"sha256:{sha256(body.encode()).hexdigest()}", "-", "CreateOrderPaymentEvent")
    assert (understood.user, understood.event_date) == ("", "2021-10-12T18:07:26.8794398Z")


def test_without_a_message_id_the_digest_of_the_bytes_stands_in() -> None:
    assert _understood().key.message_id == BODY_DIGEST
    assert _understood(f"{BODY} ").key.message_id != BODY_DIGEST


@pytest.mark.parametrize("header", ["x-directscale-message-id", "X-DIRECTSCALE-MESSAGE-ID", "X-DirectScale-Message-Id"])
def test_identifiers_are_found_in_any_case_and_are_case_sensitive(header: str) -> None:
    assert _understood(**{header: "AbC"}).key.message_id == "AbC"


@pytest.mark.parametrize("identifier", ["1", "8c1d9a3e-0f1b-4b52", "a/b?c=d&e#f%20{$}!~", "x" * 128])
def test_an_identifier_that_can_stand_in_a_key_is_kept(identifier: str) -> None:
    understood = _understood(
        X_Directscale_Message_Id=identifier, X_Directscale_Client_Id=identifier, X_Directscale_User=identifier
    )
    assert (understood.key.message_id, understood.key.client_id, understood.user) == (identifier,) * 3


@pytest.mark.parametrize("identifier", ["x" * 129, "a b", " ", "a\tb", "é", "a\x00", "\ud800"])
def test_any_other_identifier_becomes_its_digest(identifier: str) -> None:
    digest = f"sha256:{sha256(identifier.encode('utf-8', 'surrogatepass')).hexdigest()}"
    understood = _understood(
        X_Directscale_Message_Id=identifier, X_Directscale_Client_Id=identifier, X_Directscale_User=identifier
    )
    assert (understood.key.message_id, understood.key.client_id, understood.user) == (digest,) * 3


@pytest.mark.parametrize("date", ["null", '""', '"soon"', "5", "{}", '"2021-10-12"', "[]"])
def test_a_date_that_is_none_is_empty(date: str) -> None:
    assert _understood(f'{{"EventType":"DailyEvent","EventDateUtc":{date}}}').event_date == ""


# Few characters, so that texts collide where they can.
PARTS = st.tuples(st.text("a -", max_size=3), st.text("a -", max_size=3), st.text("a -", max_size=3).filter(str.strip))


@given(PARTS, PARTS)
def test_two_keys_are_one_text_only_if_they_are_the_same(one: tuple[str, ...], other: tuple[str, ...]) -> None:
    keys = [
        parse_event(delivery("{}", name, X_Directscale_Message_Id=message, X_Directscale_Client_Id=client), (), "").key
        for message, client, name in (one, other)
    ]
    assert (str(keys[0]) == str(keys[1])) == (keys[0] == keys[1])


@given(st.builds(Delivery, st.just({}), st.text(), st.booleans(), st.text()))
def test_nothing_that_is_sent_makes_it_raise_anything_but_a_refusal(delivered: Delivery) -> None:
    for body in (delivered.body, "{}"):
        with suppress(MalformedDelivery, TooLarge):
            parse_event(replace(delivered, body=body), (), RECEIVED_AT)
