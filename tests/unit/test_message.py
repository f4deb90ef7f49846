from dataclasses import replace
from typing import Any

import pytest

from tests.unit.examples import ORDER_KEY, batch, event, message
from webhooks.event import EventKey
from webhooks.message import MalformedMessage, event_from_record, message_attributes, message_text

TOLD: list[dict[str, Any]] = [
    {},
    {"body": "", "body_reference": "bodies/1"},
    {"user": "u-7"},
    {"event_date": "2021-10-12T18:07:26.8794398Z"},
    {"body": '{"a":"☕"}'},
    {"replay": "r-1"},
]


@pytest.mark.parametrize("told", TOLD)
def test_a_message_comes_back_from_the_queue_as_it_was_sent(told: dict[str, Any]) -> None:
    sent = replace(message(key=ORDER_KEY), **told)
    (record,) = batch(sent)["Records"]
    assert event_from_record(record) == sent


def test_the_attributes_are_what_the_headers_told() -> None:
    assert message_attributes(message(user="u-7", event_date="2021-10-12T18:07:26.8794398Z")) == {
        "MessageId": "m-1",
        "ClientId": "acme",
        "EventType": "CreateOrderEvent",
        "User": "u-7",
        "EventDate": "2021-10-12T18:07:26.8794398Z",
        "ReceivedAt": event().received_at,
    }


def test_no_attribute_is_empty_for_sqs_takes_none() -> None:
    assert not {"User", "EventDate"} & message_attributes(message(user="", event_date="")).keys()


def test_the_type_is_the_one_that_was_sent_not_the_queue_that_takes_it() -> None:
    told = event(key=EventKey("m-1", "acme", "AcmeBonusPaid"), queue="CustomEvent")
    assert message_attributes(told)["EventType"] == "AcmeBonusPaid"


@pytest.mark.parametrize("missing", ["MessageId", "ClientId", "EventType", "ReceivedAt"])
def test_a_record_that_is_none_of_ours_is_refused(missing: str) -> None:
    (record,) = batch(message())["Records"]
    del record["messageAttributes"][missing]
    with pytest.raises(MalformedMessage, match=f"it lacks {missing}$"):
        event_from_record(record)


def test_all_that_is_missing_is_named_and_what_is_no_text_is_missing_too() -> None:
    (record,) = batch(message())["Records"]
    record["messageAttributes"] = {"MessageId": {"binaryValue": "bQ==", "dataType": "Binary"}}
    with pytest.raises(MalformedMessage, match=r"it lacks ClientId, EventType, MessageId, ReceivedAt$"):
        event_from_record(record)


def test_of_a_body_that_is_stored_aside_the_reference_travels_and_the_text_is_no_body() -> None:
    told = message("", body_reference="bodies/1")
    (record,) = batch(told)["Records"]
    assert (message_text(told), record["body"]) == ("{}", "{}")
    assert event_from_record(record) == told
    assert event_from_record(record).body == ""


def test_an_event_brings_no_more_attributes_than_leave_room_for_what_a_dead_letter_says_of_it() -> None:
    full = message("", user="u-7", event_date="2021-10-12T18:07:26.8794398Z", body_reference="bodies/1")
    assert len(message_attributes(full)) <= 10 - len({"Reason", "Failures"})


@pytest.mark.parametrize(
    ("replay", "run_key"),
    [
        ("", "m-1 acme CreateOrderEvent"),
        ("r-1", "m-1 acme CreateOrderEvent"),
        ("r-1 again", "m-1 acme CreateOrderEvent r-1 again"),
    ],
)
def test_only_a_replay_that_is_to_take_effect_again_is_a_run_of_its_own(replay: str, run_key: str) -> None:
    assert event(replay=replay).run_key == run_key


def test_with_all_that_it_may_tell_a_dead_letter_has_the_ten_attributes_that_sqs_takes() -> None:
    told = event(user="u-7", event_date="2021-10-12T18:07:26.8794398Z", body_reference="bodies/1", replay="r-1")
    assert len(message_attributes(told)) + len(("Reason", "Failures")) == 10
