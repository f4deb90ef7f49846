"""`webhooks.testing`: what a client's unit test sees of a handler."""

import re
import subprocess
import sys
from pathlib import Path

import pytest
import time_machine

from tools.local.emulator import ROOT
from webhooks.aws import clients
from webhooks.events.base import Event, Id, Money, OpenEnum, TextId, Texts, UtcDatetime
from webhooks.events.vendor import CreateOrderEvent, CustomEvent
from webhooks.policy import SCHEDULE
from webhooks.testing import Result, account, event_of, run_handler
from webhooks_cli.operations.event_types import vendor_models

HANDLER = """
from webhooks.handlers import CreateOrderEvent, DeadLetter, RetryLater, handler, save_record
import os, time

@handler(CreateOrderEvent)
def handle(event):
    if event.order_status == "fail":
        raise ValueError(event.order_status)
    if event.order_status == "later":
        time.sleep(20)
        raise RetryLater(120)
    if event.order_status == "never":
        raise DeadLetter("no such customer")
    save_record(event, url=os.environ.get("ERP_URL"))
"""


@pytest.fixture
def test_file(tmp_path: Path) -> str:
    folder = tmp_path / "CreateOrderEvent"
    folder.mkdir()
    (folder / "app.py").write_text(HANDLER)
    (folder / "sample.json").write_text('{"OrderNumber": 7, "EventType": "CreateOrderEvent"}')
    return str(folder / "test_app.py")


def test_a_saved_record_is_seen(test_file: str) -> None:
    result = run_handler(test_file, variables={"ERP_URL": "http://erp"}, OrderStatus="Paid")
    record = result.records["ORDER#7", "ORDER"]
    assert (record["OrderStatus"], record["url"]) == ("Paid", "http://erp")
    assert (result.retry_after, result.dead_letter) == (None, None)


@pytest.mark.parametrize(("status", "seconds"), [("fail", SCHEDULE[0]), ("later", 120)])
def test_a_retry_is_seen_with_its_delay(test_file: str, status: str, seconds: int) -> None:
    assert run_handler(test_file, OrderStatus=status) == Result({}, retry_after=seconds, dead_letter=None)


def test_a_slow_run_is_not_a_longer_delay(test_file: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with time_machine.travel("2026-11-24T12:00:00Z", tick=False) as clock:
        monkeypatch.setattr("time.sleep", clock.shift)
        assert run_handler(test_file, OrderStatus="later").retry_after == 120


def test_a_dead_letter_is_seen_with_its_reason(test_file: str) -> None:
    assert run_handler(test_file, OrderStatus="never") == Result({}, retry_after=None, dead_letter="no such customer")


def test_a_misfitting_body_is_a_dead_letter(test_file: str) -> None:
    assert "OrderNumber" in str(run_handler(test_file, OrderNumber="x").dead_letter)


def test_the_error_is_in_the_result(test_file: str) -> None:
    error = run_handler(test_file, OrderStatus="fail").error
    assert isinstance(error, ValueError)
    assert str(error) == "fail"
    assert run_handler(test_file).error is None


def test_a_missing_record_says_why(test_file: str) -> None:
    records = run_handler(test_file, OrderStatus="fail").records
    with pytest.raises(KeyError, match="the handler failed") as missing:
        records["ORDER#7", "ORDER"]
    assert isinstance(missing.value.__cause__, ValueError)
    with pytest.raises(KeyError, match=r"saved \[\('ORDER#7', 'ORDER'\)\]"):
        run_handler(test_file).records["ORDER#8", "ORDER"]


def test_an_event_of_the_model_needs_no_sample(test_file: str) -> None:
    Path(test_file).with_name("sample.json").unlink()
    result = run_handler(test_file, event_of(CreateOrderEvent, OrderNumber=9), OrderStatus="Paid")
    record = result.records["ORDER#9", "ORDER"]
    assert (record["OrderStatus"], record["OrderType"], record["EventType"]) == (
        "Paid",
        "OrderType",
        "CreateOrderEvent",
    )


@pytest.mark.parametrize("model", vendor_models().values(), ids=str)
def test_every_model_has_an_event(model: type[Event]) -> None:
    event = event_of(model)
    assert event.accepted.key.event_type == event.event_type == model.__name__
    assert event.record_key()


def test_an_event_has_every_kind_of_field() -> None:
    event = event_of(_Own, Note="new")
    assert event.model_dump(include={"id", "amount", "status", "tags", "at"}) == {
        "id": 1, "amount": 1, "status": "Status", "tags": [], "at": event.event_date_utc,
    }  # fmt: skip
    assert (event.text, event.note, event.occurred_at) == ("Text", "new", "2026-01-01T00:00:00.0000000Z")
    assert event_of(CustomEvent, EventType="Own", Points=3).accepted.key.event_type == "Own"


class _Own(Event):
    id: Id
    text: TextId
    amount: Money | None = None
    status: OpenEnum | None = None
    tags: Texts | None = None
    at: UtcDatetime | None = None
    note: str | None = None


def test_an_account_is_shared_by_several_runs(test_file: str) -> None:
    with account(ERP_URL="http://erp") as aws:
        aws.client("s3").create_bucket(Bucket="erp")
        first = run_handler(test_file, OrderNumber=1)
        second = run_handler(test_file, OrderNumber=2)
        assert [bucket["Name"] for bucket in aws.client("s3").list_buckets()["Buckets"]] == ["erp"]
    assert list(first.records) == [("ORDER#1", "ORDER")]
    assert second.records["ORDER#1", "ORDER"]["url"] == "http://erp"
    assert len(second.records) == 2
    assert len(run_handler(test_file).records) == 1


def test_an_account_shares_no_client(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-west-1")
    clients.dynamodb()
    with account() as aws:
        assert sorted(aws.client("dynamodb").list_tables()["TableNames"]) == ["OnceTable", "RecordsTable"]
    assert clients.dynamodb().meta.region_name == "eu-west-1"


def test_another_sample_is_run(test_file: str) -> None:
    Path(test_file).with_name("other.json").write_text('{"OrderNumber": 8, "EventType": "CreateOrderEvent"}')
    assert ("ORDER#8", "ORDER") in run_handler(test_file, sample="other.json").records


def test_the_samples_type_chooses_the_model(tmp_path: Path) -> None:
    folder = tmp_path / "OrderMailing"
    folder.mkdir()
    (folder / "app.py").write_text(SEVERAL)
    (folder / "sample.json").write_text('{"OrderNumber": 7, "EventType": "FinalizeOrderEvent"}')
    assert run_handler(str(folder / "test_app.py")).dead_letter == "FinalizeOrderEvent"


def test_modules_beside_the_handler_are_its_own(tmp_path: Path) -> None:
    for folder, number in (("CreateOrderEvent", 1), ("OrderMailing", 2)):
        (tmp_path / folder / "shared").mkdir(parents=True)
        (tmp_path / folder / "app.py").write_text(OWN_MODULES)
        (tmp_path / folder / "shared" / "numbers.py").write_text(f"NUMBER = {number}")
        (tmp_path / folder / "late.py").write_text(f"NUMBER = {number}")
        (tmp_path / folder / "sample.json").write_text('{"OrderNumber": 7, "EventType": "CreateOrderEvent"}')
        result = run_handler(str(tmp_path / folder / "test_app.py"))
        assert result.error is None
        record = result.records["ORDER#7", "ORDER"]
        assert (record["number"], record["late"]) == (number, number)


def test_the_example_of_the_page_passes(tmp_path: Path) -> None:
    page = (ROOT / "docs" / "handlers.md").read_text().partition("## Test it")[2]
    (tmp_path / "app.py").write_text(EXAMPLE)
    (tmp_path / "sample.json").write_text('{"OrderNumber": 1, "EventType": "CreateOrderEvent"}')
    (tmp_path / "test_app.py").write_text(re.findall(r"```python\n(.*?)```", page, re.DOTALL)[0])
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", str(tmp_path / "test_app.py")]
    played = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert "3 passed" in played.stdout


OWN_MODULES = """
from __future__ import annotations
from dataclasses import dataclass
from shared import numbers
from webhooks.handlers import CreateOrderEvent, handler, save_record

@dataclass
class Numbers:
    number: int

@handler(CreateOrderEvent)
def handle(event: CreateOrderEvent) -> None:
    import late
    save_record(event, number=Numbers(numbers.NUMBER).number, late=late.NUMBER)
"""

EXAMPLE = """
import os, boto3
from webhooks.handlers import CreateOrderEvent, RetryLater, handler, save_record

@handler(CreateOrderEvent)
def handle(event):
    if event.order_status == "Review":
        raise RetryLater(600)
    number = None
    if table := os.environ.get("ERP_ORDERS_TABLE"):
        orders = boto3.resource("dynamodb").Table(table)
        number = orders.get_item(Key={"order_number": event.order_number})["Item"]["erp_number"]
    save_record(event, erp_number=number)
"""

SEVERAL = """
from webhooks.handlers import CreateOrderEvent, DeadLetter, FinalizeOrderEvent, handler

@handler(CreateOrderEvent, FinalizeOrderEvent)
def handle(event):
    raise DeadLetter(type(event).__name__)
"""
