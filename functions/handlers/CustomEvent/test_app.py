import json

from webhooks.testing import run_handler


def test_the_event_is_recorded_as_it_came() -> None:
    (((pk, _), record),) = run_handler(__file__, Note="new").records.items()
    assert pk == "CUSTOM#acme.LoyaltyPointsAwarded"
    assert json.loads(record["Body"])["Note"] == "new"
