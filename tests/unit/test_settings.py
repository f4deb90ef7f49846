from collections.abc import Callable
from datetime import timedelta

import pytest

from webhooks.aws.settings import HandlerSettings, IngestSettings, MissingSettings, RelaySettings

VARIABLES = {
    "POWERTOOLS_SERVICE_NAME": "CreateOrderEvent",
    "INBOX_TABLE": "inbox",
    "RECORDS_TABLE": "records",
    "ONCE_TABLE": "once",
    "RETENTION_DAYS": "35",
    "TOKENS_SECRET": "tokens",
    "BUCKET": "bucket",
    "EVENT_TYPES": "CreateOrderEvent, CustomEvent",
    "QUEUE_URL_PREFIX": "https://sqs/1/webhooks-events-",
    "DEAD_LETTERS_URL_PREFIX": "https://sqs/1/webhooks-dead-letters-",
}
OF_INGEST = ["INBOX_TABLE", "RETENTION_DAYS", "TOKENS_SECRET", "BUCKET", "EVENT_TYPES", "QUEUE_URL_PREFIX"]
OF_RELAY = ["INBOX_TABLE", "EVENT_TYPES", "QUEUE_URL_PREFIX"]
OF_A_HANDLER = [name for name in VARIABLES if name not in {"TOKENS_SECRET", "EVENT_TYPES"}]
READ: list[tuple[Callable[[], object], list[str]]] = [
    (IngestSettings.from_environment, OF_INGEST),
    (RelaySettings.from_environment, OF_RELAY),
    (HandlerSettings.from_environment, OF_A_HANDLER),
]
QUEUE_URLS = {
    "CreateOrderEvent": "https://sqs/1/webhooks-events-CreateOrderEvent",
    "CustomEvent": "https://sqs/1/webhooks-events-CustomEvent",
}


@pytest.fixture(autouse=True)
def _environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in VARIABLES.items():
        monkeypatch.setenv(name, value)


def test_ingest_is_told_its_table_its_secret_its_bucket_and_a_queue_per_type() -> None:
    assert IngestSettings.from_environment() == IngestSettings(
        inbox_table="inbox",
        retention=timedelta(days=35),
        tokens_secret="tokens",  # noqa: S106 - its name
        bucket="bucket",
        queue_urls=QUEUE_URLS,
    )


def test_the_relay_is_told_its_table_and_a_queue_per_type() -> None:
    assert RelaySettings.from_environment() == RelaySettings("inbox", QUEUE_URLS)


def test_a_handler_is_told_its_type_its_tables_its_bucket_and_its_queues() -> None:
    assert HandlerSettings.from_environment() == HandlerSettings(
        name="CreateOrderEvent",
        records_table="records",
        inbox_table="inbox",
        once_table="once",
        retention=timedelta(days=35),
        bucket="bucket",
        queue_url=QUEUE_URLS["CreateOrderEvent"],
        dead_letters_url="https://sqs/1/webhooks-dead-letters-CreateOrderEvent",
    )


@pytest.mark.parametrize(("read", "names"), READ)
@pytest.mark.parametrize("blank", [True, False])
def test_all_that_is_missing_is_named_at_once(
    monkeypatch: pytest.MonkeyPatch, read: Callable[[], object], names: list[str], blank: bool
) -> None:
    for missing in (names[:1], names[1::2], names):
        for name in missing:
            monkeypatch.setenv(name, "") if blank else monkeypatch.delenv(name, raising=False)
        with pytest.raises(MissingSettings) as error:
            read()
        for name in missing:
            assert name in str(error.value)
    named = str(error.value).removeprefix("environment variables are missing: ").split(", ")
    assert sorted(named) == sorted(names)


@pytest.mark.parametrize("types", ["CreateOrderEvent", "CreateOrderEvent,MyCustomEvent"])
@pytest.mark.parametrize("read", [IngestSettings.from_environment, RelaySettings.from_environment])
def test_event_types_without_custom_event_are_refused(
    monkeypatch: pytest.MonkeyPatch, types: str, read: Callable[[], object]
) -> None:
    monkeypatch.setenv("EVENT_TYPES", types)
    with pytest.raises(MissingSettings, match="EVENT_TYPES must include CustomEvent"):
        read()
