"""What is shown of events, records and errors without `--reveal`."""

import json
from typing import Any

import pytest

from tests.unit.models import FULL, MODELS
from webhooks.events.base import PERSONAL
from webhooks_cli.operations.masking import masked, masked_error, read_body

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
def test_only_personal_fields_are_masked(event_type: str) -> None:
    shown = masked(FULL[event_type], event_type)
    assert shown.keys() == FULL[event_type].keys()
    assert {name for name in shown if shown[name] != FULL[event_type][name]} == _PERSONAL & shown.keys()


def test_every_personal_field_is_tested_here() -> None:
    fields = [field for model in MODELS.values() for field in model.model_fields.values()]
    assert {field.alias for field in fields if PERSONAL in field.metadata} == _PERSONAL


@pytest.mark.parametrize("event_type", ["CreateOrderEvent", "CustomEvent", "NeverHeardOf", "../../etc"])
def test_texts_of_unknown_fields_are_masked(event_type: str) -> None:
    """However deep they are; numbers are not."""
    fields = {"EventType": "T", "A": "zoe", "B": 1, "C": True, "D": None, "E": "", "F": {"G": ["zoe", 2, {"H": "z"}]}}
    assert masked(fields, event_type) == fields | {"A": "***", "F": {"G": ["***", 2, {"H": "***"}]}}


@pytest.mark.parametrize(
    ("name", "value", "shown"),
    [
        ("WebAliases", ["zoe", None], ["***", None]),
        ("FirstName", 41791234567, "***"),
        ("FirstName", {"First": 1, "Last": None}, {"First": "***", "Last": None}),
        ("AssociateId", {"Name": "zoe"}, {"Name": "***"}),
        ("AssociateId", "5", "5"),
    ],
)
def test_a_field_of_the_wrong_type_is_masked(name: str, value: Any, shown: Any) -> None:
    assert masked({name: value}, "UpdateAssociateEvent") == {name: shown}


def test_the_text_of_an_error_is_masked() -> None:
    assert masked_error("ValueError: no such customer: zoe@example.com") == "ValueError: ***"
    assert masked_error("DeadLetter: zoe: unknown") == "DeadLetter: ***"
    ours = "DeadLetter: does not fit its model: OrderNumber: Input should be a valid integer"
    assert masked_error(ours) == ours


def test_a_body_may_have_any_number() -> None:
    body = '{"A": 1, "B": 20.5, "C": 1e400, "D": ' + "9" * 5000 + "}"
    assert read_body(body) == {"A": 1, "B": 20.5, "C": "1e400", "D": "9" * 5000}


def test_schemas_do_not_mention_personal_data() -> None:
    assert "personal" not in json.dumps([model.model_json_schema() for model in MODELS.values()])
