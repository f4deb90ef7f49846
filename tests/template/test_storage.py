"""Tables, bucket, secret and logs: protected, retained, and expired in time."""

import pytest

from tests.template.expanded import MOST_TYPES, expanded, of_kind, with_other_parameters

TABLES = of_kind("DynamoDB::Table")
DATA = {
    name: body
    for name, body in expanded().items()
    if body["Type"] in {"AWS::DynamoDB::Table", "AWS::S3::Bucket", "AWS::SecretsManager::Secret"}
}


@pytest.mark.parametrize("name", DATA)
def test_data_outlives_the_stack(name: str) -> None:
    """A bucket or secret of a stack that could not be created goes; a protected table cannot be deleted."""
    assert DATA[name]["UpdateReplacePolicy"] == "Retain"
    assert DATA[name]["DeletionPolicy"] == ("Retain" if name in TABLES else "RetainExceptOnCreate")


@pytest.mark.parametrize("name", TABLES)
def test_a_table_is_protected_and_restorable(name: str) -> None:
    assert TABLES[name]["DeletionProtectionEnabled"] is True
    assert TABLES[name]["PointInTimeRecoverySpecification"] == {"PointInTimeRecoveryEnabled": True}


@pytest.mark.parametrize("name", ["InboxTable", "OnceTable"])
def test_events_expire(name: str) -> None:
    assert TABLES[name]["TimeToLiveSpecification"]["Enabled"] is True


def test_a_new_inbox_is_newer_than_its_marker() -> None:
    """Otherwise every stack would look upgraded from version 1.0."""
    assert expanded()["InboxTable"]["DependsOn"] == "OneKeyPerType"


def test_the_bucket_is_private_and_encrypted() -> None:
    (bucket,) = of_kind("S3::Bucket").values()
    assert set(bucket["PublicAccessBlockConfiguration"].values()) == {True}
    assert len(bucket["PublicAccessBlockConfiguration"]) == 4
    assert bucket["BucketEncryption"]["ServerSideEncryptionConfiguration"]


def test_the_bucket_expires_with_the_inbox() -> None:
    bucket = with_other_parameters()["Bucket"]["Properties"]
    (rule,) = bucket["LifecycleConfiguration"]["Rules"]
    assert (rule["Status"], int(rule["ExpirationInDays"])) == ("Enabled", 40)


def test_the_bucket_requires_tls() -> None:
    (policy,) = of_kind("S3::BucketPolicy").values()
    (statement,) = policy["PolicyDocument"]["Statement"]
    assert (statement["Effect"], statement["Principal"], statement["Action"]) == ("Deny", "*", "s3:*")
    assert statement["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}


def test_the_first_token_is_long_and_printable() -> None:
    generated = of_kind("SecretsManager::Secret")["TokensSecret"]["GenerateSecretString"]
    assert generated["PasswordLength"] >= 32
    assert generated["ExcludePunctuation"] is True
    assert not generated.get("IncludeSpace")


def test_every_log_expires() -> None:
    resources = with_other_parameters().values()
    groups = [body["Properties"] for body in resources if body["Type"] == "AWS::Logs::LogGroup"]
    assert len(groups) > MOST_TYPES
    assert {str(group["RetentionInDays"]) for group in groups} == {"7"}
