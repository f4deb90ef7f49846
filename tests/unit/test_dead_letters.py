"""What is given up, and what its dead letter tells."""

import time_machine

from tests.unit.examples import CONTEXT, event
from tests.unit.failing import ATTRIBUTES, BROKEN, raises
from tests.unit.workplace import HIDDEN_SECONDS, Workplace
from webhooks.aws import clients
from webhooks.retries import DeadLetter


def test_a_handler_may_give_up_at_once_and_say_why(workplace: Workplace) -> None:
    workplace.accept(event())
    assert workplace.work(raises(DeadLetter("no such order"))) == 1
    assert workplace.left() == 0
    assert workplace.dead_letters() == [
        ('{"OrderNumber":1}', ATTRIBUTES | {"Reason": "no such order", "Failures": "1"})
    ]


def test_a_body_that_does_not_fit_its_model_is_given_up_at_once_with_its_problems_and_without_what_was_sent(
    workplace: Workplace,
) -> None:
    body = '{"OrderNumber":"zoe-the-secret","CustomerId":[1]}'
    workplace.accept(event(body))
    workplace.work(BROKEN)
    reason = (
        "does not fit its model: OrderNumber: Input should be a valid integer, unable to parse string as an integer; "
        "CustomerId: Input should be a valid integer"
    )
    assert workplace.dead_letters() == [(body, ATTRIBUTES | {"Reason": reason, "Failures": "1"})]
    (item,) = workplace.items()
    assert item["errors"]["L"][-1]["M"]["error"] == {"S": f"DeadLetter: {reason}"}
    assert workplace.left() == 0


def test_what_is_none_of_ours_is_given_up_at_once_as_it_is(workplace: Workplace) -> None:
    workplace.put("anything", Color="red")
    workplace.work(BROKEN)
    reason = "not a message of ingest or relay: it lacks ClientId, EventType, MessageId, ReceivedAt"
    assert workplace.dead_letters() == [("anything", {"Color": "red", "Reason": reason, "Failures": "1"})]
    assert workplace.left() == 0
    assert workplace.items() == []


def test_a_dead_letter_never_has_more_attributes_than_sqs_takes(workplace: Workplace) -> None:
    workplace.put("anything", **{f"Name{number}": "x" for number in range(10)})
    workplace.work(BROKEN)
    ((_, attributes),) = workplace.dead_letters()
    assert len(attributes) == 10
    assert attributes.keys() >= {"Reason", "Failures"}


def test_a_dead_letter_that_is_sent_again_and_fails_again_tells_the_last_reason(workplace: Workplace) -> None:
    workplace.put('{"OrderNumber":1}', **ATTRIBUTES, User="u-7", EventDate="2021", Reason="old", Failures="8")
    workplace.work(raises(DeadLetter("new")))
    ((_, attributes),) = workplace.dead_letters()
    told = {"User": "u-7", "EventDate": "2021", "Reason": "new", "Failures": "1"}
    assert attributes == ATTRIBUTES | told


def test_a_dead_letter_with_a_body_that_is_stored_aside_keeps_the_reference(workplace: Workplace) -> None:
    workplace.publish(event("", body_reference="bodies/gone", user="u-7", event_date="2021"), replay="r-1")
    clients.s3().put_object(Bucket=workplace.bucket, Key="bodies/gone", Body=b"{}")
    workplace.work(BROKEN)
    ((body, attributes),) = workplace.dead_letters()
    assert (body, attributes["BodyReference"], len(attributes)) == ("{}", "bodies/gone", 10)


def test_where_the_dead_letter_cannot_be_sent_the_message_stays(
    workplace: Workplace, clock: time_machine.Traveller
) -> None:
    workplace.accept(event("{}"), event())
    clients.sqs().delete_queue(QueueUrl=workplace.dead_letters_url)
    told = workplace.batch()
    answer = BROKEN({"Records": told["Records"][:1]}, CONTEXT)
    assert answer == {"batchItemFailures": [{"itemIdentifier": told["Records"][0]["messageId"]}]}
    clock.shift(HIDDEN_SECONDS + 1)
    assert [record["body"] for record in workplace.batch()["Records"]][:1] == ["{}"]
