import json
from typing import Any

import pytest

from tests.unit.examples import RECEIVED_AT, delivery
from webhooks.errors import MalformedDelivery
from webhooks.event import SUBSCRIPTIONS, parse_event

NO_NAMES: list[object] = [None, "", "  ", True, 3.0, [], {}]
QUEUES = {"CustomEvent", "CreateOrderEvent", "UpdateAssociateEvent", "DailyEvent"}


def _type_and_queue(fields: dict[str, Any], path_type: str | None = None) -> tuple[str, str]:
    understood = parse_event(delivery(json.dumps(fields), path_type), QUEUES, RECEIVED_AT)
    return understood.key.event_type, understood.queue


@pytest.mark.parametrize("stated", ["UpdateAssociateEvent", " UpdateAssociateEvent\t", "3", " 3 ", 3])
@pytest.mark.parametrize("path_type", [None, "DailyEvent", "0"])
def test_the_body_tells_the_type_by_name_or_by_subscription_id(stated: object, path_type: str | None) -> None:
    assert _type_and_queue({"EventType": stated}, path_type) == ("UpdateAssociateEvent", "UpdateAssociateEvent")


@pytest.mark.parametrize(("number", "name"), SUBSCRIPTIONS.items())
def test_every_subscription_id_is_known_as_text_as_number_and_in_the_path(number: str, name: str) -> None:
    assert _type_and_queue({"EventType": number})[0] == name
    assert _type_and_queue({"EventType": int(number)})[0] == name
    assert _type_and_queue({}, number)[0] == name


@pytest.mark.parametrize("fields", [{}, *({"EventType": no_name} for no_name in NO_NAMES)])
@pytest.mark.parametrize(("path_type", "name"), [("DailyEvent", "DailyEvent"), ("3", "UpdateAssociateEvent")])
def test_else_the_path_tells(fields: dict[str, Any], path_type: str, name: str) -> None:
    assert _type_and_queue(fields, path_type) == (name, name)


@pytest.mark.parametrize("number", ["77", 77])
def test_an_unknown_number_is_what_the_path_says_and_else_a_name(number: object) -> None:
    assert _type_and_queue({"EventType": number}, "DailyEvent") == ("DailyEvent", "DailyEvent")
    assert _type_and_queue({"EventType": number}, "3") == ("UpdateAssociateEvent", "UpdateAssociateEvent")
    assert _type_and_queue({"EventType": number}) == ("77", "CustomEvent")


@pytest.mark.parametrize(
    "name",
    [
        "AcmeBonusPaid",
        "createorderevent",
        "CreateAssociateEvent",
        "-3",
        "A type of ours",
        "Événement ☕",
        "../x",
        "n" * 128,
    ],
)
def test_a_type_without_a_queue_of_its_own_goes_to_custom_event(name: str) -> None:
    assert _type_and_queue({"EventType": name}) == (name, "CustomEvent")
    assert _type_and_queue({}, name) == (name, "CustomEvent")


@pytest.mark.parametrize("path_type", [None, "", " "])
@pytest.mark.parametrize("fields", [{}, {"EventType": None}, {"EventType": " "}, {"eventtype": "DailyEvent"}])
def test_no_type_anywhere_is_not_understood(fields: dict[str, Any], path_type: str | None) -> None:
    with pytest.raises(MalformedDelivery, match="no event type"):
        _type_and_queue(fields, path_type)


@pytest.mark.parametrize("name", ["n" * 129, "9" * 5000, "a\nb", "a\x00b", "a\ud800", "a\ufffe", "a\u200bb"])
def test_what_could_be_no_name_is_not_understood(name: str) -> None:
    with pytest.raises(MalformedDelivery, match="not a name of 1 to 128 printable characters"):
        _type_and_queue({"EventType": name})
