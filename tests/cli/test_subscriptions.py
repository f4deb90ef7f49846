"""`webhooks subscriptions`: what to enter for which event."""

from tests.cli.command import Command
from tests.cli.entrance import entrance
from tests.contract.account import account
from webhooks.event import SUBSCRIPTIONS
from webhooks_cli.subscriptions import subscriptions

ENDPOINT = "https://api.example/webhooks"


def test_the_deployed_types_are_listed_with_their_ids_and_urls() -> None:
    with account():
        webhooks = Command(entrance(ENDPOINT))
    assert webhooks.json("subscriptions") == [
        {"event_type": "CreateOrderEvent", "id": "CreateOrderEvent", "url": f"{ENDPOINT}/CreateOrderEvent"},
        {"event_type": "UpdateAssociateEvent", "id": "3", "url": f"{ENDPOINT}/UpdateAssociateEvent"},
        {"event_type": "DailyEvent", "id": "DailyEvent", "url": f"{ENDPOINT}/DailyEvent"},
        {"event_type": "CustomEvent", "id": None, "url": ENDPOINT},
    ]
    table = webhooks("subscriptions").stdout
    assert f"{ENDPOINT}/UpdateAssociateEvent" in table
    assert "its own name" in table


def test_the_ids_are_those_by_which_events_are_understood() -> None:
    listed = subscriptions([*SUBSCRIPTIONS.values(), "DailyEvent"], ENDPOINT)
    assert {each.id: each.event_type for each in listed} == SUBSCRIPTIONS | {"DailyEvent": "DailyEvent"}
