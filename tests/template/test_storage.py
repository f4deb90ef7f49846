"""Tables, bucket, secret and logs: kept safe, kept long enough, and no longer."""

import pytest

from tests.template.resources import bodies, resources

TABLES = resources("DynamoDB::Table")
KEPT = bodies("DynamoDB::Table") | bodies("S3::Bucket") | bodies("SecretsManager::Secret")


@pytest.mark.parametrize("name", KEPT)
def test_what_holds_data_outlives_the_stack(name: str) -> None:
    assert KEPT[name]["UpdateReplacePolicy"] == "Retain"
    # Of a stack that could not be created the bucket and the secret go. A protected table could not be deleted.
    expected = "Retain" if name in TABLES else "RetainExceptOnCreate"
    assert KEPT[name]["DeletionPolicy"] == expected


@pytest.mark.parametrize("name", TABLES)
def test_a_table_is_protected_encrypted_and_can_be_restored(name: str) -> None:
    assert TABLES[name]["DeletionProtectionEnabled"] is True
    assert "SSESpecification" not in TABLES[name], "DynamoDB encrypts all; a key of KMS is paid for by the call"
    assert TABLES[name]["PointInTimeRecoverySpecification"] == {"PointInTimeRecoveryEnabled": True}


def test_the_inbox_is_on_demand_expires_and_has_both_indexes() -> None:
    inbox = TABLES["InboxTable"]
    assert inbox["BillingMode"] == "PAY_PER_REQUEST"
    assert inbox["TimeToLiveSpecification"] == {"AttributeName": "expires_at", "Enabled": True}
    assert {index["IndexName"] for index in inbox["GlobalSecondaryIndexes"]} == {"unpublished", "by_type"}


def test_the_bucket_is_private_encrypted_and_forgets_with_the_inbox() -> None:
    (bucket,) = resources("S3::Bucket").values()
    assert set(bucket["PublicAccessBlockConfiguration"].values()) == {True}
    (encryption,) = bucket["BucketEncryption"]["ServerSideEncryptionConfiguration"]
    assert encryption["ServerSideEncryptionByDefault"]["SSEAlgorithm"] == "AES256"
    (rule,) = bucket["LifecycleConfiguration"]["Rules"]
    assert (rule["Status"], rule["ExpirationInDays"]) == ("Enabled", {"Ref": "RetentionDays"})


def test_the_bucket_is_reached_over_tls_alone() -> None:
    (policy,) = resources("S3::BucketPolicy").values()
    (statement,) = policy["PolicyDocument"]["Statement"]
    assert (statement["Effect"], statement["Principal"], statement["Action"]) == ("Deny", "*", "s3:*")
    assert statement["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}


def test_the_first_token_is_made_by_aws_of_printable_characters() -> None:
    made = resources("SecretsManager::Secret")["TokensSecret"]["GenerateSecretString"]
    assert made["ExcludePunctuation"] is True
    assert "IncludeSpace" not in made
    assert made["PasswordLength"] >= 32


@pytest.mark.parametrize("name", resources("Logs::LogGroup"))
def test_no_log_is_kept_for_ever(name: str) -> None:
    assert resources("Logs::LogGroup")[name]["RetentionInDays"] == {"Ref": "LogRetentionDays"}
