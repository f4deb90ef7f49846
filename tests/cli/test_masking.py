"""What is shown of events, records and errors without --reveal."""

import json
from typing import Any

import pytest

from tests.cli.deployed import Deployed
from tests.unit.examples import event
from tests.unit.models import FULL
from tools.schemas import models
from webhooks.events.base import PERSONAL
from webhooks_cli.inbox import Inbox
from webhooks_cli.masking import masked, masked_error, masked_user, read_body

_PERSONAL = {
    "Username",
    "FirstName",
    "LastName",
    "CompanyName",
    "EmailAddress",
    "WebAliases",
    "BackOfficeId",
    "ExternalReferenceId",
    "TrackingNumber",
}


@pytest.mark.parametrize("event_type", FULL)
def test_of_each_documented_event_only_what_tells_of_a_person_is_masked(event_type: str) -> None:
    shown = masked(FULL[event_type], event_type)
    assert shown.keys() == FULL[event_type].keys()
    assert {name for name in shown if shown[name] != FULL[event_type][name]} == _PERSONAL & shown.keys()


def test_a_list_of_personal_texts_is_masked_text_by_text() -> None:
    assert masked({"WebAliases": ["zoe", None]}, "UpdateAssociateEvent") == {"WebAliases": ["***", None]}


@pytest.mark.parametrize("event_type", ["CreateOrderEvent", "CustomEvent", "NeverHeardOf"])
def test_of_unknown_fields_texts_are_masked_however_deep_and_numbers_are_not(event_type: str) -> None:
    fields = {"EventType": "T", "A": "zoe", "B": 1, "C": True, "D": None, "E": "", "F": {"G": ["zoe", 2, {"H": "z"}]}}
    assert masked(fields, event_type) == fields | {"A": "***", "F": {"G": ["***", 2, {"H": "***"}]}}


@pytest.mark.parametrize(
    ("name", "value", "shown"),
    [
        ("FirstName", 41791234567, "***"),
        ("FirstName", {"First": 1, "Last": None}, {"First": "***", "Last": None}),
        ("AssociateId", {"Name": "zoe"}, {"Name": "***"}),
        ("AssociateId", ["zoe", 1], ["***", 1]),
        ("AssociateId", "5", "5"),
    ],
)
def test_a_field_that_is_not_what_it_should_be_is_not_trusted(name: str, value: Any, shown: Any) -> None:
    assert masked({name: value}, "UpdateAssociateEvent") == {name: shown}


def test_every_personal_field_of_the_models_is_in_the_documented_bodies() -> None:
    """Or this suite would not see whether it is masked."""
    marked = {
        field.alias
        for model in models().values()
        for field in model.model_fields.values()
        if PERSONAL in field.metadata
    }
    assert marked == _PERSONAL


def test_the_marks_are_for_people_and_change_no_schema() -> None:
    assert "personal" not in json.dumps([model.model_json_schema() for model in models().values()])


@pytest.mark.parametrize(
    ("error", "shown"),
    [
        ("ValueError: no such customer: zoe@example.com", "ValueError: ***"),
        ("DeadLetter: zoe: unknown", "DeadLetter: ***"),
        ("ValueError", "ValueError"),
    ],
)
def test_of_an_error_the_kind_is_shown_and_the_words_are_masked(error: str, shown: str) -> None:
    assert masked_error(error) == shown


def test_what_the_product_says_of_a_body_that_does_not_fit_is_shown_for_it_repeats_no_value(deployed: Deployed) -> None:
    deployed.publish(event('{"OrderNumber":"zoe"}'))
    deployed.handle()
    (kept,) = Inbox.of(deployed.stack).find("m-1")
    (noted,) = kept.errors
    assert "OrderNumber: Input should be a valid integer" in noted.error
    assert "zoe" not in noted.error
    assert masked_error(noted.error) == noted.error


def test_a_user_is_masked_and_no_user_is_told() -> None:
    assert (masked_user("u-7"), masked_user("")) == ("***", "")


def test_a_body_is_read_whatever_its_numbers() -> None:
    body = '{"A": 1, "B": 20.5, "C": 1e400, "D": ' + "9" * 5000 + "}"
    assert read_body(body) == {"A": 1, "B": 20.5, "C": "1e400", "D": "9" * 5000}
