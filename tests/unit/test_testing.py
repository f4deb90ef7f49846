"""`webhooks.testing`: what a client's unit test sees of a handler."""

from pathlib import Path

import pytest

from webhooks.policy import SCHEDULE
from webhooks.testing import Result, run_handler

HANDLER = """
from webhooks.handlers import CreateOrderEvent, DeadLetter, RetryLater, handler, save_record
import os

@handler(CreateOrderEvent)
def handle(event):
    if event.order_status == "fail":
        raise ValueError(event.order_status)
    if event.order_status == "later":
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


def test_a_dead_letter_is_seen_with_its_reason(test_file: str) -> None:
    assert run_handler(test_file, OrderStatus="never") == Result({}, retry_after=None, dead_letter="no such customer")


def test_a_body_that_does_not_fit_is_a_dead_letter(test_file: str) -> None:
    assert "OrderNumber" in str(run_handler(test_file, OrderNumber="x").dead_letter)


def test_another_sample_is_run(test_file: str) -> None:
    Path(test_file).with_name("other.json").write_text('{"OrderNumber": 8, "EventType": "CreateOrderEvent"}')
    assert ("ORDER#8", "ORDER") in run_handler(test_file, sample="other.json").records


def test_a_handler_of_several_types_reads_its_samples_type(tmp_path: Path) -> None:
    folder = tmp_path / "OrderMailing"
    folder.mkdir()
    (folder / "app.py").write_text(SEVERAL)
    (folder / "sample.json").write_text('{"OrderNumber": 7, "EventType": "FinalizeOrderEvent"}')
    assert run_handler(str(folder / "test_app.py")).dead_letter == "FinalizeOrderEvent"


SEVERAL = """
from webhooks.handlers import CreateOrderEvent, DeadLetter, FinalizeOrderEvent, handler

@handler(CreateOrderEvent, FinalizeOrderEvent)
def handle(event):
    raise DeadLetter(type(event).__name__)
"""
