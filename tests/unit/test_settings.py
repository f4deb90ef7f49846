from datetime import timedelta

import pytest

from webhooks.aws.settings import HandlerSettings, IngestSettings, MissingSettings

INGEST = {
    "INBOX_TABLE": "inbox",
    "RETENTION_DAYS": "35",
    "TOKENS_SECRET": "tokens",
    "EVENT_TYPES": "CreateOrderEvent,CustomEvent",
    "QUEUE_URL_PREFIX": "https://sqs/1/webhooks-events-",
}


@pytest.fixture(autouse=True)
def _environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in (INGEST | {"RECORDS_TABLE": "records"}).items():
        monkeypatch.setenv(name, value)


def test_ingest_is_told_its_table_its_secret_and_a_queue_per_type() -> None:
    assert IngestSettings.from_environment() == IngestSettings(
        inbox_table="inbox",
        retention=timedelta(days=35),
        tokens_secret="tokens",  # noqa: S106 - its name
        queue_urls={
            "CreateOrderEvent": "https://sqs/1/webhooks-events-CreateOrderEvent",
            "CustomEvent": "https://sqs/1/webhooks-events-CustomEvent",
        },
    )


def test_a_handler_is_told_its_table() -> None:
    assert HandlerSettings.from_environment() == HandlerSettings("records")


@pytest.mark.parametrize("missing", [["INBOX_TABLE"], ["RETENTION_DAYS", "EVENT_TYPES"], list(INGEST)])
@pytest.mark.parametrize("blank", [True, False])
def test_all_that_is_missing_is_named_at_once(monkeypatch: pytest.MonkeyPatch, missing: list[str], blank: bool) -> None:
    for name in missing:
        monkeypatch.setenv(name, "") if blank else monkeypatch.delenv(name)
    with pytest.raises(MissingSettings) as error:
        IngestSettings.from_environment()
    assert str(error.value) == f"environment variables are missing: {', '.join(missing)}"


def test_a_handler_without_its_table_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("RECORDS_TABLE")
    with pytest.raises(MissingSettings, match="RECORDS_TABLE"):
        HandlerSettings.from_environment()


@pytest.mark.parametrize("types", ["CreateOrderEvent", "CreateOrderEvent,MyCustomEvent"])
def test_event_types_without_custom_event_are_refused(monkeypatch: pytest.MonkeyPatch, types: str) -> None:
    monkeypatch.setenv("EVENT_TYPES", types)
    with pytest.raises(MissingSettings, match="EVENT_TYPES must name CustomEvent"):
        IngestSettings.from_environment()
