"""What an inbox promises, on the fake and on DynamoDB's."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta

import pytest

from tests.contract.account import aws, create_table
from tests.fakes import FakeInbox
from tests.unit.examples import event
from webhooks.aws.inbox import DynamoInbox
from webhooks.aws.inbox_table import event_of
from webhooks.event import AcceptedEvent, EventKey
from webhooks.receive import Inbox, Outcome


@dataclass
class _Subject:
    inbox: Inbox
    unpublished: Callable[[], set[str]]
    body_of: Callable[[EventKey], str]


def _fake() -> _Subject:
    inbox = FakeInbox()
    return _Subject(inbox, lambda: set(map(str, inbox.unpublished)), lambda key: inbox.events[key].body)


def _dynamo() -> _Subject:
    client, table = aws("dynamodb"), create_table("InboxTable")

    def unpublished() -> set[str]:
        items = client.scan(TableName=table, IndexName="unpublished")["Items"]
        return {f"{item['message_id']['S']} {item['client_and_type']['S']}" for item in items}

    def body_of(key: EventKey) -> str:
        client_and_type = f"{key.client_id} {key.event_type}"
        item_key = {"message_id": {"S": key.message_id}, "client_and_type": {"S": client_and_type}}
        return event_of(client.get_item(TableName=table, Key=item_key)["Item"]).body

    return _Subject(DynamoInbox(client, table, timedelta(days=35)), unpublished, body_of)


@pytest.fixture(params=[_fake, _dynamo])
def subject(request: pytest.FixtureRequest) -> _Subject:
    made: _Subject = request.param()
    return made


def test_a_new_event_is_claimed_and_waits_to_be_published(subject: _Subject) -> None:
    assert subject.inbox.claim(event(), "me") is Outcome.ACCEPTED
    assert subject.unpublished() == {"m-1 acme CreateOrderEvent"}


def test_an_event_is_claimed_once(subject: _Subject) -> None:
    assert subject.inbox.claim(event(), "me") is Outcome.ACCEPTED
    assert subject.inbox.claim(event(), "another") is Outcome.DUPLICATE


def test_a_claim_whose_answer_was_lost_is_recognised_as_our_own(subject: _Subject) -> None:
    assert subject.inbox.claim(event(), "me") is Outcome.ACCEPTED
    assert subject.inbox.claim(event(), "me") is Outcome.ACCEPTED


@pytest.mark.parametrize(
    ("second", "claim"),
    [
        (event("first", received_at="2021-10-13T18:08:00.0000000Z", user="u-7"), Outcome.DUPLICATE),
        (event("second"), Outcome.COLLISION),
        (event("", body_reference="bodies/second"), Outcome.COLLISION),
    ],
)
def test_the_same_event_again_is_a_duplicate_and_with_another_body_a_collision_and_the_first_stays(
    subject: _Subject, second: AcceptedEvent, claim: Outcome
) -> None:
    subject.inbox.claim(event("first"), "me")
    assert subject.inbox.claim(second, "another") is claim
    assert subject.body_of(event().key) == "first"
    assert subject.unpublished() == {"m-1 acme CreateOrderEvent"}


@pytest.mark.parametrize(("digest", "claim"), [("a", Outcome.DUPLICATE), ("b", Outcome.COLLISION)])
def test_bodies_that_are_stored_aside_are_told_apart_by_their_references(
    subject: _Subject, digest: str, claim: Outcome
) -> None:
    subject.inbox.claim(event("", body_reference="bodies/a"), "me")
    assert subject.inbox.claim(event("", body_reference=f"bodies/{digest}"), "another") is claim


@pytest.mark.parametrize("part", ["message_id", "client_id", "event_type"])
def test_an_event_that_differs_in_one_part_of_the_key_is_another(subject: _Subject, part: str) -> None:
    subject.inbox.claim(event(), "me")
    assert subject.inbox.claim(event(key=replace(event().key, **{part: "other"})), "another") is Outcome.ACCEPTED
    assert len(subject.unpublished()) == 2


def test_message_ids_are_case_sensitive(subject: _Subject) -> None:
    subject.inbox.claim(event(key=EventKey("a", "acme", "T")), "me")
    assert subject.inbox.claim(event(key=EventKey("A", "acme", "T")), "another") is Outcome.ACCEPTED


def test_a_published_event_waits_no_longer_and_its_neighbour_still_does(subject: _Subject) -> None:
    neighbour = event(key=EventKey("m-2", "acme", "CreateOrderEvent"))
    for each in (event(), neighbour):
        subject.inbox.claim(each, "me")
    assert subject.inbox.mark_published(event())
    assert subject.unpublished() == {"m-2 acme CreateOrderEvent"}


def test_marking_twice_is_as_good_as_once(subject: _Subject) -> None:
    subject.inbox.claim(event(), "me")
    assert subject.inbox.mark_published(event())
    assert subject.inbox.mark_published(event())
    assert not subject.unpublished()


def test_a_published_event_is_still_a_duplicate_and_does_not_wait_again(subject: _Subject) -> None:
    subject.inbox.claim(event(), "me")
    subject.inbox.mark_published(event())
    assert subject.inbox.claim(event(), "another") is Outcome.DUPLICATE
    assert subject.inbox.claim(event(), "me") is Outcome.ACCEPTED
    assert not subject.unpublished()
