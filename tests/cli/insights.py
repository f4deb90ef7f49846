"""Logs Insights in memory, with the part of its language that the commands use."""

import json
import re
from dataclasses import dataclass, field
from typing import Any

from botocore.exceptions import ClientError

_FIELDS = ("@timestamp", "@message", "@log", "@ptr")


@dataclass
class Insights:
    """A client of CloudWatch Logs. A query is running when first looked at, and then ends as `ends_as`.

    Without `allowed`, the operator may not query.
    """

    lines: list[dict[str, str]] = field(default_factory=list)
    queries: list[dict[str, Any]] = field(default_factory=list)
    ends_as: str = "Complete"
    allowed: bool = True
    _asked: set[str] = field(default_factory=set)

    def write(self, function: str, at: str, message: str | dict[str, Any]) -> None:
        """Have a function of the stack `webhooks` log a line; `at` is as 2026-11-24 12:00:00.000."""
        if isinstance(message, dict):
            stamp = at.replace(".", ",") + "+0000"
            message = json.dumps(
                {"level": "INFO", "timestamp": stamp} | message, separators=(",", ":"), ensure_ascii=False
            )
        row = (at, message, f"123456789012:/aws/lambda/webhooks-{function}", f"ptr-{len(self.lines)}")
        self.lines.append(dict(zip(_FIELDS, row, strict=True)))

    def start_query(self, **query: Any) -> dict[str, str]:
        if not self.allowed:
            raise ClientError({"Error": {"Code": "AccessDeniedException"}}, "StartQuery")
        self.queries.append(query)
        return {"queryId": str(len(self.queries) - 1)}

    def get_query_results(self, *, queryId: str) -> dict[str, Any]:  # noqa: N803 - AWS's name
        if queryId not in self._asked:
            self._asked.add(queryId)
            return {"status": "Running", "results": []}
        return {"status": self.ends_as, "results": self._found(self.queries[int(queryId)])}

    def _found(self, query: dict[str, Any]) -> list[list[dict[str, str]]]:
        stages = re.fullmatch(
            r"fields @timestamp, @message, @log((?: \| filter @message (?:not )?like /.*?(?<!\\)/)*)"
            r" \| sort @timestamp desc \| limit (\d+)",
            query["queryString"],
        )
        assert stages, query["queryString"]
        patterns = re.findall(r"(not )?like /(.*?)(?<!\\)/", stages[1])
        found = [
            line
            for line in self.lines
            if line["@log"].partition(":")[2] in query["logGroupNames"]
            and all(bool(re.search(pattern, line["@message"])) != bool(negated) for negated, pattern in patterns)
        ]
        latest = sorted(found, key=lambda line: line["@timestamp"], reverse=True)[: int(stages[2])]
        return [[{"field": name, "value": value} for name, value in line.items()] for line in latest]
