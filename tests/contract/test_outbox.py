"""What the unpublished part of an inbox promises, on the fake and on DynamoDB's."""

from dataclasses import dataclass
from datetime import timedelta

import pytest

from tests.contract.account import aws, create_table
from tests.fakes import FakeInbox, FakeOutbox
from tests.unit.examples import event
from webhooks.aws.inbox import DynamoInbox
from webhooks.aws.outbox import DynamoOutbox
from webhooks.event import AcceptedEvent, EventKey
from webhooks.receive import Inbox

NEVER = "9999"


@dataclass
class _Subject:
    inbox: Inbox
    outbox: FakeOutbox | DynamoOutbox

    def listed(self, before: str = NEVER) -> list[tuple[str, EventKey]]:
        return list(self.outbox.unpublished(before))


def _fake() -> _Subject:
    inbox = FakeInbox()
    return _Subject(inbox, FakeOutbox(inbox))


def _dynamo() -> _Subject:
    client, table = aws("dynamodb"), create_table("InboxTable")
    return _Subject(DynamoInbox(client, table, timedelta(days=35)), DynamoOutbox(client, table))


@pytest.fixture(params=[_fake, _dynamo])
def subject(request: pytest.FixtureRequest) -> _Subject:
    made: _Subject = request.param()
    return made


def _event(number: int) -> AcceptedEvent:
    key = EventKey(f"m-{number}", "acme", "A client's own event")
    body_or_not = {"body": "", "body_reference": "bodies/1"} if number % 7 == 0 else {}
    return event(key=key, queue="CustomEvent", received_at=f"2021-10-12T18:08:{number:02}.0000000Z", **body_or_not)


def _claim(subject: _Subject, *numbers: int) -> None:
    for number in numbers:
        subject.inbox.claim(_event(number), "me")


def test_an_empty_inbox_has_nothing_unpublished(subject: _Subject) -> None:
    assert subject.listed() == []


def test_events_are_listed_in_order_of_arrival_whatever_their_shard(subject: _Subject) -> None:
    _claim(subject, *range(59, 19, -1), *range(20))
    assert subject.listed() == [(_event(number).received_at, _event(number).key) for number in range(60)]


def test_only_what_is_unpublished_is_listed(subject: _Subject) -> None:
    _claim(subject, 1, 2, 3)
    assert subject.outbox.mark_published(_event(2))
    assert [key.message_id for _, key in subject.listed()] == ["m-1", "m-3"]


def test_only_what_was_received_before_a_time_is_listed(subject: _Subject) -> None:
    _claim(subject, 1, 2, 3)
    assert [key.message_id for _, key in subject.listed(_event(2).received_at)] == ["m-1"]


def test_events_are_loaded_whole_and_in_order_of_arrival(subject: _Subject) -> None:
    _claim(subject, *range(50))
    keys = [_event(number).key for number in range(49, -1, -1)]
    assert subject.outbox.load(keys) == [_event(number) for number in range(50)]


def test_what_was_published_since_it_was_listed_or_is_gone_is_not_loaded(subject: _Subject) -> None:
    _claim(subject, 1, 2, 3)
    subject.inbox.mark_published(_event(1))
    assert subject.outbox.load([_event(number).key for number in range(1, 5)]) == [_event(2), _event(3)]


def test_an_event_is_marked_once_and_for_all(subject: _Subject) -> None:
    _claim(subject, 1)
    assert subject.outbox.mark_published(_event(1))
    assert subject.outbox.mark_published(_event(1))
    assert subject.listed() == []


def test_the_lease_has_one_holder(subject: _Subject) -> None:
    assert subject.outbox.lease("one", now=1000, seconds=50)
    assert not subject.outbox.lease("another", now=1000, seconds=50)


def test_the_lease_of_a_holder_that_died_ends_by_itself(subject: _Subject) -> None:
    subject.outbox.lease("one", now=1000, seconds=50)
    assert not subject.outbox.lease("another", now=1049, seconds=50)
    assert subject.outbox.lease("another", now=1050, seconds=50)


def test_a_lease_that_is_given_back_is_free(subject: _Subject) -> None:
    subject.outbox.lease("one", now=1000, seconds=50)
    subject.outbox.release("one")
    assert subject.outbox.lease("another", now=1000, seconds=50)


def test_the_holder_may_lease_again_as_when_the_answer_was_lost(subject: _Subject) -> None:
    subject.outbox.lease("one", now=1000, seconds=50)
    assert subject.outbox.lease("one", now=1001, seconds=50)
    assert not subject.outbox.lease("another", now=1050, seconds=50)


def test_no_one_gives_back_the_lease_of_another(subject: _Subject) -> None:
    subject.outbox.release("nobody")
    subject.outbox.lease("one", now=1000, seconds=50)
    subject.outbox.release("another")
    assert not subject.outbox.lease("another", now=1000, seconds=50)


def test_the_lease_is_no_event(subject: _Subject) -> None:
    subject.outbox.lease("one", now=1000, seconds=50)
    assert subject.listed() == []
