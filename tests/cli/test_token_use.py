"""When a token was last used, as CloudWatch Logs tells it."""

from datetime import timedelta
from typing import Any

import boto3
import pytest
import time_machine

from tools.cli import token_use
from tools.cli.stack import Stack
from tools.cli.token_use import last_use
from tools.errors import ToolFailed


class _Logs:
    """Answers with each of the given statuses in turn, and then with rows."""

    def __init__(self, *statuses: str, rows: list[list[dict[str, str]]]) -> None:
        self.asked: dict[str, Any] = {}
        self._statuses = list(statuses)
        self._rows = rows

    def start_query(self, **asked: Any) -> dict[str, str]:
        self.asked = asked
        return {"queryId": "q-1"}

    def get_query_results(self, queryId: str) -> dict[str, Any]:  # noqa: N803 - boto3's
        assert queryId == "q-1"
        return {"status": self._statuses.pop(0), "results": self._rows}


ROWS = [[{"field": "@timestamp", "value": "2026-11-24 11:59:30.123"}, {"field": "@ptr", "value": "x"}]]


def ask(logs: _Logs, label: str = "2026.12") -> str:
    stack = Stack("stage", boto3.Session(region_name="us-east-1"), _clients={"logs": logs})
    with time_machine.travel("2026-11-24T12:00:00Z", tick=False):
        return last_use(stack, label, timedelta(days=1))


@pytest.fixture(autouse=True)
def _no_pause(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(token_use, "_PAUSE", 0.0)


def test_the_newest_line_of_ingest_with_its_label_tells() -> None:
    logs = _Logs("Scheduled", "Running", "Complete", rows=ROWS)
    assert ask(logs) == "2026-11-24T11:59:30.1230000Z"
    assert logs.asked["logGroupName"] == "/aws/lambda/stage-ingest"
    assert logs.asked["endTime"] - logs.asked["startTime"] == 86401
    assert logs.asked["queryString"] == (
        'fields @timestamp | filter @message like /"token_label":"2026\\.12"/ | sort @timestamp desc | limit 1'
    )


def test_no_line_is_no_use() -> None:
    assert ask(_Logs("Complete", rows=[])) == ""


def test_a_query_that_fails_is_no_answer() -> None:
    with pytest.raises(ToolFailed, match=r"\(Timeout\): try again"):
        ask(_Logs("Timeout", rows=ROWS))
