"""Bodies that are made up: they fit their models, tell every field, and belong together within a round."""

import random
import re
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from tests.unit.examples import message
from tests.unit.models import FULL, MODELS
from webhooks.dates import normalised
from webhooks.event import EventKey
from webhooks.events.base import Event, Money, UtcDatetime
from webhooks.strict_json import strict_object
from webhooks_cli import bodies
from webhooks_cli.bodies import body, common, date
from webhooks_cli.fields import encoded
from webhooks_cli.send import STORY

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
NEVER_MET = "RankAdvanced"


def made(event_type: str, seed: int) -> dict[str, Any]:
    dice = _dice(seed)
    return body(event_type, common(NOW, dice), NOW, dice)


def _dice(seed: int) -> random.Random:
    return random.Random(seed)  # noqa: S311 - repeatable on purpose


@pytest.mark.parametrize("event_type", [*MODELS, NEVER_MET])
def test_a_body_fits_its_model_and_tells_every_documented_field(event_type: str) -> None:
    model = MODELS.get(event_type, MODELS["CustomEvent"])
    for seed in range(50):
        fields = made(event_type, seed)
        text, _ = strict_object(encoded(fields, comma=True))
        event = model.from_accepted(message(text, EventKey("m", "acme", event_type)))
        assert event.event_type == event_type
        assert fields.keys() >= FULL.get(event_type, FULL["CustomEvent"]).keys()
        assert event_type in ("CustomEvent", NEVER_MET) or not event.model_extra


def test_the_events_of_a_round_tell_of_one_order_and_its_associate() -> None:
    dice = _dice(1)
    shared = common(NOW, dice)
    told = {event_type: body(event_type, shared, NOW, dice) for event_type in (*STORY, "OrderEvent", "EnrollmentEvent")}
    orders = {fields["OrderNumber"] for fields in told.values() if "OrderNumber" in fields}
    assert len(orders) == 1
    (associate,) = {fields["AssociateId"] for fields in told.values() if "AssociateId" in fields}
    assert told["CreateOrderEvent"]["CustomerId"] == associate
    assert told["EnrollmentEvent"]["DistributorId"] == told["OrderEvent"]["DistributorId"] == str(associate)
    assert {told["OrderEvent"]["OrderId"]} == {str(number) for number in orders}
    assert told["OrderEvent"]["OrderTotal"] == told["CreateOrderPaymentEvent"]["Amount"]
    packed, shipped = told["SubmitOrderPackageEvent"], told["UpdateOrderPackageStatusEvent"]
    assert packed["PackageId"] == shipped["PackageId"]
    assert (packed["TrackingNumber"], packed["ShippedDateUtc"]) == (None, None)
    assert shipped["TrackingNumber"] and shipped["ShippedDateUtc"]


def test_another_round_tells_of_other_things() -> None:
    dice = _dice(2)
    assert common(NOW, dice)["OrderNumber"] != common(NOW, dice)["OrderNumber"]


def test_the_same_dice_make_the_same_body() -> None:
    assert made("UpdateAssociateEvent", 3) == made("UpdateAssociateEvent", 3) != made("UpdateAssociateEvent", 4)


def test_dates_have_as_many_fraction_digits_as_the_vendor_sends() -> None:
    """0 to 7, none of them a zero at the end; and the second is the one asked for, so that a second later is later."""
    dice = _dice(5)
    dates = [date(NOW + timedelta(seconds=number), dice) for number in range(500)]
    assert {len(fraction[1:]) for told in dates for fraction in re.findall(r"\.\d+|$", told)[:1]} >= {0, 1, 3, 6, 7}
    assert not [told for told in dates if re.search(r"(\.|\.\d*0)Z$", told)]
    sortable = [normalised(told) or "" for told in dates]
    assert sortable == sorted(sortable)


class _Return(Event):
    number: int
    amount: Money
    at: UtcDatetime
    paid: bool
    reason: str
    items: list[str | None]
    parts: dict[str, int] | None = None
    either: int | str | None = None
    total: Money | None = None


def test_a_type_of_ones_own_is_made_up_by_what_its_fields_are(monkeypatch: pytest.MonkeyPatch) -> None:
    assert bodies.kinds(_Return) == {
        "Number": int,
        "Amount": Decimal,
        "At": datetime,
        "Paid": bool,
        "Reason": str,
        "Items": list,
        "Parts": dict,
        "Either": str,
        "Total": Decimal,
    }
    monkeypatch.setattr(bodies, "model_of", lambda _: _Return)
    for seed in range(10):
        text, _ = strict_object(encoded(made("Return", seed), comma=False))
        assert not _Return.from_accepted(message(text)).model_extra
