"""Fields set by hand, and bodies as the vendor writes them."""

from pathlib import Path

import pytest
import time_machine
import typer

from tests.unit.examples import ROOT
from webhooks_cli.fields import Json, Setting, decoded, encoded, misfits, with_settings

SAMPLES = sorted((ROOT / "events" / "samples").glob("*.txt"))


@pytest.mark.parametrize(
    ("given", "value"),
    [
        ("OrderNumber=7", Json("7")),
        ("OrderNumber=abc", "abc"),
        ("OrderNumber=null", None),
        ("OrderStatus=Paid", "Paid"),
        ("OrderStatus=7", "7"),
        ("OrderStatus=", ""),
        ("OrderStatus=a=b", "a=b"),
        ("OrderStatus=null", None),
        ("OrderDateUtc=2021-10-12T18:07:26.8794398Z", "2021-10-12T18:07:26.8794398Z"),
        ("OrderDateUtc=2h", "2026-11-24T10:00:00.0000000Z"),
        ("OrderDateUtc=soon", "soon"),
        ("EventDateUtc=1d", "2026-11-23T12:00:00.0000000Z"),
        ("EventType=3", Json("3")),
        ("EventType=Other", "Other"),
        ("Unknown=text", "text"),
        ("Unknown=20.10", Json("20.10")),
        ('Unknown={"a": [1, null]}', Json('{"a": [1, null]}')),
        ("Unknown=NaN", "NaN"),
    ],
)
@time_machine.travel("2026-11-24T12:00:00Z", tick=False)
def test_a_value_is_what_the_model_has_there(given: str, value: object) -> None:
    assert Setting.read(given).value("CreateOrderEvent") == value


@pytest.mark.parametrize("given", ["", "OrderNumber", "=7"])
def test_what_is_no_setting_is_wrong_use(given: str) -> None:
    with pytest.raises(typer.BadParameter, match="Field=value"):
        Setting.read(given)


def test_a_set_field_takes_its_place_and_a_new_one_the_last() -> None:
    fields = with_settings(
        {"OrderNumber": 1, "OrderStatus": "Paid"},
        [Setting("OrderNumber", "2"), Setting("Note", "x")],
        "CreateOrderEvent",
    )
    assert list(fields.items()) == [("OrderNumber", Json("2")), ("OrderStatus", "Paid"), ("Note", "x")]


@pytest.mark.parametrize(
    ("given", "event_type", "doubt"),
    [
        ("OrderNumber=7", "CreateOrderEvent", ""),
        ("EventCategory=Other", "CreateOrderEvent", ""),
        ("OrderNumer=7", "CreateOrderEvent", "has no field OrderNumer (did you mean OrderNumber?)"),
        ("Xyz=7", "CreateOrderEvent", "has no field Xyz; sent all the same"),
        ("Xyz=7", "RankAdvanced", ""),
        ("Xyz=7", "CustomEvent", ""),
    ],
)
def test_a_name_that_the_model_does_not_know_is_doubted(given: str, event_type: str, doubt: str) -> None:
    told = Setting.read(given).doubt(event_type)
    assert doubt in told
    assert bool(told) == bool(doubt)


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda path: path.stem)
def test_a_body_is_laid_out_as_the_vendors_sample(sample: Path) -> None:
    published = sample.read_bytes().strip()
    written = encoded(decoded(published), comma=True)
    assert [line.strip() for line in written.splitlines()] == [line.strip() for line in published.splitlines()]
    assert encoded(decoded(published), comma=False) == written.replace(b",\n}", b"\n}")


def test_numbers_set_by_hand_are_written_to_the_letter() -> None:
    assert b'"Amount":20.10' in encoded({"Amount": Json("20.10")}, comma=False)


def test_text_is_written_in_utf_8() -> None:
    assert '"FirstName":"Zoë \\"Z\\""'.encode() in encoded({"FirstName": 'Zoë "Z"'}, comma=True)


def test_an_empty_body_has_no_comma() -> None:
    assert decoded(encoded({}, comma=True)) == {}


@pytest.mark.parametrize("content", [b"", b"hello", b"[1]", b"\xff"])
def test_fields_cannot_be_set_in_what_is_no_object(content: bytes) -> None:
    with pytest.raises(typer.BadParameter, match="fields cannot be set"):
        decoded(content)


@pytest.mark.parametrize(
    ("content", "problems"),
    [
        (b'{"OrderNumber":1,}', []),
        (b'{"OrderNumber":"abc"}', ["OrderNumber"]),
        (b'{"OrderDateUtc":"soon"}', ["OrderNumber", "OrderDateUtc"]),
        (b"hello", []),
    ],
)
def test_what_a_handler_would_give_up_is_told(content: bytes, problems: list[str]) -> None:
    told = misfits("CreateOrderEvent", content)
    assert [problem.split(":")[0] for problem in told] == problems
    assert "abc" not in str(told)
