"""What is shown of events, records and errors without `--reveal`."""

import json
from typing import Any

import pytest
from pydantic import ValidationError

from tests.unit.models import FULL, MODELS
from webhooks.events.base import PERSONAL
from webhooks_cli.operations.masking import masked, masked_error, masked_reason
from webhooks_cli.operations.numbers import read_body
from webhooks_cli.output import json_text

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
def test_undeclared_fields_are_masked(event_type: str) -> None:
    """Names and values, numbers too, however deep they are: a phone or card number may be any of them."""
    fields = {"EventType": "T", "zoe": "zoe", "B": 41791234567, "C": True, "D": None, "F": {"G": [2.5, {"H": "z"}]}}
    assert masked(fields, event_type) == {
        "EventType": "T",
        "***1": "***",
        "***2": "***",
        "***3": True,
        "***4": None,
        "***5": {"***1": ["***", {"***1": "***"}]},
    }


@pytest.mark.parametrize(
    ("name", "value", "shown"),
    [
        ("WebAliases", ["zoe", None], ["***", None]),
        ("FirstName", 41791234567, "***"),
        ("firstName", "zoe", "***"),
        ("FirstName", {"zoe": 1, "Last": None}, {"***1": "***", "***2": None}),
        ("AssociateId", {"Name": "zoe"}, {"***1": "***"}),
        ("AssociateId", "5", "5"),
        ("associateId", 5, 5),
        ("AssociateId", "zoe@example.com", "***"),
        ("EventDateUtc", "2021-10-12T18:07:26.8794398Z", "2021-10-12T18:07:26.8794398Z"),
        ("EventDateUtc", "zoe@example.com", "***"),
    ],
)
def test_a_misfitting_value_is_masked(name: str, value: Any, shown: Any) -> None:
    assert masked({name: value}, "UpdateAssociateEvent") == {name: shown}


@pytest.mark.parametrize(
    ("error", "shown"),
    [
        ("ValueError: no such customer: zoe@example.com", "ValueError: ***"),
        ("DeadLetter: zoe: unknown", "DeadLetter: ***"),
        ("ValueError", "ValueError"),
        *(
            (f"DeadLetter: {reason}", f"DeadLetter: {reason}")
            for reason in (
                "does not fit its model: OrderNumber: Field required; WebAliases.0: Input should be a valid string",
                "does not fit its model: OrderNumber: Value error, not a whole number; and 3 more",
                "does not fit its model: OrderNumber: Input should be less than 9223372036854775808",
                "does not fit its model: OrderNumber: Input should be a valid boolean, unable to interpret input",
                "does not fit its model: not JSON: Expecting value",
                "its handler died without a word, 3 times",
                "DynamoDB does not accept the record: its key or content is too large",
                "not a message of ingest or relay: it lacks ClientId, MessageId",
            )
        ),
        (
            "DeadLetter: does not fit its model: zoe.smith: Field required; OrderNumber: Value error, zoe is unknown",
            "DeadLetter: does not fit its model: ***: Field required; OrderNumber: ***",
        ),
        (
            "DeadLetter: does not fit its model: WebAliases.zoe: Input should be a valid string; zoe",
            "DeadLetter: does not fit its model: WebAliases.***: Input should be a valid string; ***",
        ),
        ("DeadLetter: does not fit its model: not JSON: zoe", "DeadLetter: does not fit its model: not JSON"),
        ("DeadLetter: its handler died without a word, said zoe", "DeadLetter: ***"),
        ("DeadLetter: DynamoDB does not accept the record: zoe", "DeadLetter: ***"),
        ("DeadLetter: not a message of ingest or relay: it lacks zoe", "DeadLetter: ***"),
    ],
)
def test_only_the_products_own_words_are_shown(error: str, shown: str) -> None:
    event_type = "UpdateAssociateEvent" if "WebAliases" in error else "CreateOrderEvent"
    error, shown = (
        text.replace("OrderNumber", "AssociateId") if event_type != "CreateOrderEvent" else text
        for text in (error, shown)
    )
    assert masked_error(error, event_type) == shown


@pytest.mark.parametrize(
    ("reason", "shown"),
    [
        ("no such order", "***"),
        ("Zoe: unknown", "***"),
        ("zoe@example.com", "***"),
        ("KeyError: 'Zoe'", "KeyError: ***"),
        ("ClientError: An error occurred", "ClientError: ***"),
        ("TimeoutError", "TimeoutError"),
        ("its handler died without a word, 3 times", "its handler died without a word, 3 times"),
        ("does not fit its model: zoe: Field required", "does not fit its model: ***: Field required"),
    ],
)
def test_a_handlers_own_reason_is_masked(reason: str, shown: str) -> None:
    assert masked_reason(reason, "CreateOrderEvent") == shown


@pytest.mark.parametrize("event_type", FULL)
def test_what_models_say_of_misfits_is_shown(event_type: str) -> None:
    """The messages of the product's own models, for every field and every kind of wrong value."""
    model = MODELS[event_type]
    wrongs: tuple[Any, ...] = ("zoe", True, [], {}, 10**400, -1.5, ["a", 1], "9" * 400)
    for wrong in wrongs:
        try:
            model.model_validate(dict.fromkeys(FULL[event_type], wrong))
        except ValidationError as error:
            found = error.errors(include_url=False, include_context=False, include_input=False)
            for problem in found:
                named = f"does not fit its model: {problem['loc'][0]}: {problem['msg']}"
                assert "***" not in masked_reason(named, event_type), named


@pytest.mark.parametrize(
    "number",
    ["1", "20.5", "20.10", "1e400", "12345678901234567.89", "1E99999999", "-0.0", "9" * 5000, "0.1e-7", "100", "1E+2"],
)
def test_a_number_is_shown_to_the_digit(number: str) -> None:
    assert json_text(read_body(f'{{"A": {number}}}')) == f'{{\n  "A": {number}\n}}'


def test_schemas_do_not_mention_personal_data() -> None:
    assert "personal" not in json.dumps([model.model_json_schema() for model in MODELS.values()])
