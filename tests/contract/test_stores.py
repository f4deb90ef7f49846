"""The bucket of large bodies and rejected deliveries."""

from typing import Any

import boto3
import pytest

from tests.contract.account import ACCOUNT, aws, create_bucket
from webhooks.aws.store import S3Store
from webhooks.errors import Unavailable
from webhooks.large_body import MissingBody

BODY = ' { "Name":"Zo\\u00eb Zoë ☕ \U0001f600 \\ud800",\r\n"Amount":20.0 }\n'


@pytest.fixture
def store() -> S3Store:
    bucket = create_bucket()
    return S3Store(lambda: aws("s3"), bucket, ACCOUNT)


def test_a_body_comes_back_unchanged_under_its_digest(store: S3Store) -> None:
    first, second, again = (store.store_body(body) for body in (BODY, "{}", BODY))
    assert first == again != second
    assert (store.load_body(first), store.load_body(second)) == (BODY, "{}")
    with pytest.raises(MissingBody):
        store.load_body("bodies/nothing")


def test_objects_are_where_the_roles_allow_them(store: S3Store) -> None:
    reference = store.store_body(BODY)
    for name in ("request-1", "request-2"):
        store.store_rejected(f"2021-10-12/{name}", BODY)
    keys = [each["Key"] for each in aws("s3").list_objects_v2(Bucket="webhooks-bucket")["Contents"]]
    assert reference.startswith("bodies/")
    assert keys == [reference, "rejected/2021-10-12/request-1.json", "rejected/2021-10-12/request-2.json"]
    found = aws("s3").get_object(Bucket="webhooks-bucket", Key=keys[1])
    assert (found["Body"].read().decode(), found["ContentType"]) == (BODY, "application/json")


def test_a_failure_is_unavailable(broken: dict[str, Any]) -> None:
    client = boto3.client("s3", **broken)
    store = S3Store(lambda: client, "no-such-bucket", ACCOUNT)
    for call in (lambda: store.store_body(BODY), lambda: store.store_rejected("name", BODY)):
        with pytest.raises(Unavailable, match="the store of large and rejected bodies"):
            call()
