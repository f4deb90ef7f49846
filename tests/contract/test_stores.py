"""What stores of large bodies and of rejected deliveries promise, on the fakes and on S3's."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError

from tests.contract.account import aws, create_bucket
from tests.fakes import FakeStore
from webhooks.aws.store import S3Store
from webhooks.errors import Unavailable
from webhooks.receive import Store

BODY = ' { "Name":"Zo\\u00eb Zoë ☕ \U0001f600 \\ud800",\r\n"Amount":20.0 }\n'


@dataclass
class _Subject:
    store: Store
    documents: Callable[[], list[str]]
    shut: Callable[[], None]


def _fake() -> _Subject:
    store = FakeStore()

    def shut() -> None:
        store.writable = False

    return _Subject(store, lambda: list(store.rejected.values()), shut)


def _s3() -> _Subject:
    bucket, client = create_bucket(), aws("s3")

    def texts() -> list[str]:
        found = client.list_objects_v2(Bucket=bucket, Prefix="rejected/").get("Contents", [])
        return [client.get_object(Bucket=bucket, Key=each["Key"])["Body"].read().decode() for each in found]

    return _Subject(
        S3Store(lambda: client, bucket),
        texts,
        lambda: client.delete_bucket(Bucket=bucket) and None,
    )


@pytest.fixture(params=[_fake, _s3])
def subject(request: pytest.FixtureRequest) -> _Subject:
    made: _Subject = request.param()
    return made


@pytest.mark.parametrize("body", [BODY, "{}", "é" * 2_250_000])
def test_a_body_comes_back_to_the_letter(subject: _Subject, body: str) -> None:
    reference = subject.store.store_body(body)
    assert subject.store.load_body(reference) == body


def test_each_body_has_a_reference_of_its_own_and_the_same_one_again(subject: _Subject) -> None:
    first, second, again = (subject.store.store_body(body) for body in ("{}", "[]", "{}"))
    assert first == again != second
    assert (subject.store.load_body(first), subject.store.load_body(second)) == ("{}", "[]")


def test_a_reference_without_a_body_is_an_error(subject: _Subject) -> None:
    with pytest.raises((KeyError, ClientError)):
        subject.store.load_body("bodies/nothing")


def test_rejected_deliveries_are_kept_side_by_side(subject: _Subject) -> None:
    subject.store.store_rejected("2021-10-12/request-1", BODY)
    subject.store.store_rejected("2021-10-12/request-2", "{}")
    assert sorted(subject.documents()) == sorted([BODY, "{}"])


def test_where_nothing_can_be_kept_it_is_unavailable(subject: _Subject) -> None:
    subject.shut()
    with pytest.raises(Unavailable, match="the store of large and rejected bodies"):
        subject.store.store_body(BODY)
    with pytest.raises(Unavailable, match="the store of large and rejected bodies"):
        subject.store.store_rejected("name", BODY)


def test_any_failure_of_s3_is_unavailable(broken: dict[str, Any]) -> None:
    client = boto3.client("s3", **broken)
    with pytest.raises(Unavailable):
        S3Store(lambda: client, "no-such-bucket").store_body(BODY)
    with pytest.raises(Unavailable):
        S3Store(lambda: client, "no-such-bucket").store_rejected("name", BODY)


def test_objects_stand_where_the_template_lets_functions_write_and_read() -> None:
    bucket, client = create_bucket(), aws("s3")
    reference = S3Store(lambda: client, bucket).store_body(BODY)
    S3Store(lambda: client, bucket).store_rejected("2021-10-12/request-1", "{}")
    keys = {each["Key"] for each in client.list_objects_v2(Bucket=bucket)["Contents"]}
    assert keys == {reference, "rejected/2021-10-12/request-1.json"}
    assert reference.startswith("bodies/")
    assert client.head_object(Bucket=bucket, Key=reference)["ContentType"] == "application/json"
