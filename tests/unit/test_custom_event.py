import json
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tests.unit.examples import message
from tests.unit.test_trailing_commas import JSON
from webhooks.event import EventKey
from webhooks.events.custom import CustomEvent
from webhooks.strict_json import strict_object

KEY = EventKey("m-1", "acme", "AcmeBonusPaid")
NAMES = st.sampled_from(["EventType", "EventDateUtc", "EventCategory", "event_type", "Body", "model_extra"]) | st.text()
DATES = st.datetimes().map(lambda moment: f"{moment.isoformat()}{['Z', '+05:00', '-05:00', ''][moment.day % 4]}")


@given(st.dictionaries(NAMES, JSON | DATES))
@example({"EventDateUtc": "0001-01-01T00:00:00+05:00"})
@example({"EventDateUtc": "9999-12-31T23:59:59-05:00"})
@example({"EventDateUtc": 10**400, "EventType": 10**400})
def test_any_object_is_an_event_and_is_recorded_as_it_came(value: dict[str, Any]) -> None:
    body, _ = strict_object(json.dumps(value).encode())
    assert CustomEvent.from_accepted(message(body, KEY)).fields() == {"Body": body}


@pytest.mark.parametrize(
    "body", ['{"EventDateUtc":1e999}', f'{{"EventType":{"9" * 5000},"EventDateUtc":{"9" * 5000}}}']
)
def test_numbers_that_python_cannot_hold_are_no_trouble(body: str) -> None:
    assert CustomEvent.from_accepted(message(body, KEY)).event_date_utc is None


def test_base_fields_that_are_what_they_should_be_are_read() -> None:
    read = CustomEvent.from_accepted(
        message('{"EventType":"AcmeBonusPaid","EventDateUtc":"2021-10-12T18:07:26Z"}', KEY)
    )
    assert (read.event_type, str(read.event_date_utc)) == ("AcmeBonusPaid", "2021-10-12 18:07:26+00:00")


@pytest.mark.parametrize("odd", [{}, [], True, "soon"])
def test_a_base_field_that_is_not_what_it_should_be_reads_as_none(odd: object) -> None:
    read = CustomEvent.from_accepted(message(json.dumps({"EventDateUtc": odd}), KEY))
    assert read.event_date_utc is None


def test_the_rest_is_at_hand() -> None:
    read = CustomEvent.from_accepted(message('{"EventType":"AcmeBonusPaid","Bonus":{"Amount":20.0}}', KEY))
    assert read.model_extra == {"Bonus": {"Amount": 20}}
