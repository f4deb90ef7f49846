"""What cold start and warm calls are measured with: the events, the process, the tables."""

import json
from itertools import islice
from pathlib import Path
from typing import Any

import pytest

from benchmarks import cold_start, warm
from benchmarks.artefact import HANDLER, INGEST, TUTORIAL, Artefact, running
from benchmarks.quartiles import spread
from benchmarks.series import OURS, USUAL
from benchmarks.situations import ACCEPTED, BATCH, DUPLICATE, MESSAGES, OF, REFUSED, events, is_right
from benchmarks.stand_in import Account

FUNCTION = """
def handle(event, context):
    print("a line of the log")
    return {"got": event["n"] + 0 * context.get_remaining_time_in_millis()}
"""


@pytest.mark.parametrize(("situation", "different"), [(ACCEPTED, 5), (REFUSED, 5), (DUPLICATE, 1)])
def test_only_duplicates_are_one_event(situation: str, different: int) -> None:
    ids = {json.loads(event)["headers"]["x-directscale-message-id"] for event in islice(events(situation), 5)}
    assert len(ids) == different


def test_no_two_messages_of_two_batches_are_one() -> None:
    records = [record for batch in islice(events(BATCH), 2) for record in json.loads(batch)["Records"]]
    assert len({each["messageAttributes"]["MessageId"]["stringValue"] for each in records}) == 2 * MESSAGES


@pytest.mark.parametrize(
    ("situation", "right", "wrong"),
    [
        (ACCEPTED, {"statusCode": 200}, {"statusCode": 500}),
        (REFUSED, {"statusCode": 401}, {"statusCode": 200}),
        (BATCH, {"batchItemFailures": []}, {"batchItemFailures": [{"itemIdentifier": "1"}]}),
    ],
)
def test_what_is_answered_wrongly_is_not_measured(situation: str, right: Any, wrong: Any) -> None:
    assert is_right(situation, right)
    assert not is_right(situation, wrong)


def test_a_function_runs_in_a_process_of_its_own_and_what_it_prints_is_no_answer(tmp_path: Path) -> None:
    Path(tmp_path, "app.py").write_text(FUNCTION)
    with running(Artefact(INGEST, OURS, (tmp_path,), {"AWS_LAMBDA_FUNCTION_NAME": "it"})) as process:
        first = process.call('{"n": 1}')
        process.mark()
        second = process.call('{"n": 2}')
    assert [first.answer, second.answer] == [{"got": 1}, {"got": 2}]
    assert 0 < first.cpu_ms < first.cpu_ms_in_all < second.cpu_ms_in_all


def test_a_function_that_fails_is_not_measured(tmp_path: Path) -> None:
    Path(tmp_path, "app.py").write_text(FUNCTION)
    with (
        running(Artefact(INGEST, OURS, (tmp_path,), {"AWS_LAMBDA_FUNCTION_NAME": "it"})) as process,
        pytest.raises(AssertionError, match="the function failed"),
    ):
        process.call("{}")


def test_the_stand_in_remembers_that_a_run_is_done() -> None:
    account, key = Account(), {"id": {"S": "1"}}
    put = {"TableName": "webhooks-once", "Item": key | {"status": {"S": "INPROGRESS"}}}
    account.answer("PutItem", put)
    done = {
        "UpdateExpression": "SET #status = :status",
        "ExpressionAttributeNames": {"#status": "status"},
        "ExpressionAttributeValues": {":status": {"S": "COMPLETED"}},
    }
    account.answer("UpdateItem", {"TableName": "webhooks-once", "Key": key} | done)
    status, told = account.answer("PutItem", put)
    assert (status, told["Item"]["status"]) == (400, {"S": "COMPLETED"})


def test_a_spread_is_the_median_and_the_quartiles() -> None:
    assert spread([5, 1, 3, 2, 4]) == {"p25": 2, "p50": 3, "p75": 4}


@pytest.mark.parametrize("millions", [1234.5, None])
def test_cold_start_is_told_with_its_share_and_its_imports(millions: float | None) -> None:
    def one(milliseconds: float) -> dict[str, Any]:
        cpu = spread([milliseconds, milliseconds])
        return {"cpu_ms": cpu, "million_instructions": millions, "import_ms": {"botocore": milliseconds / 2}}

    told: dict[str, Any] = {part: {OURS: one(200), USUAL: one(800)} for part in (INGEST, HANDLER)}
    table = cold_start.table(told)
    counted = "not counted |  |" if millions is None else "1,234 | 1.00 |"
    assert f"| ingest | {OURS} | 200 (200 to 200) | 0.25 | {counted} 0.25 |" in table
    assert f"| handler | {USUAL} | 400 | 0 | 400 |" in table


@pytest.mark.parametrize(("module", "package"), [("os.path", "standard library"), ("webhooks.aws", "its own code")])
def test_an_import_counts_for_its_package(module: str, package: str) -> None:
    assert cold_start.package(module) == package
    assert cold_start.package("boto3.session") == "boto3"


def test_warm_calls_are_told_by_situation() -> None:
    one = {"cpu_ms": spread([1, 1]), "million_instructions": 12.34, "aws_calls": {"PutItem": 1.0, "SendMessage": 1.0}}
    none = one | {"million_instructions": None, "aws_calls": {}}
    told = {part: {TUTORIAL: dict.fromkeys(OF[part], one)} for part in (INGEST, HANDLER)}
    told[INGEST][TUTORIAL][REFUSED] = none
    table = warm.table(told)
    assert f"| {ACCEPTED} | {TUTORIAL} | 1.00 (1.00 to 1.00) | 12.3 | 2: 1 PutItem, 1 SendMessage |" in table
    assert f"| {REFUSED} | {TUTORIAL} | 1.00 (1.00 to 1.00) | not counted | 0 |" in table
