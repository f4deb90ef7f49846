"""Warnings before a deployment: what the stage or its account lacks, and how to change it."""

from collections.abc import Iterator
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from tools.local.progress import console
from tools.stages import LOCAL, Stage

UNWATCHED = {LOCAL, "stage"}
"""The stages whose alarms need to wake nobody."""

PER_HANDLER = 10
"""`MaximumConcurrency` of each handler in the template."""

FOR_INGEST = 10
"""100 deliveries a second of a tenth of a second each."""

ENOUGH = 1000

_RAISE = (
    "aws service-quotas request-service-quota-increase --service-code lambda --quota-code L-B99A9384 "
    f"--desired-value {ENOUGH}"
)


def warn(session: Any, chosen: Stage) -> None:
    """Print the warnings about a stage in the account of a session."""
    for warning in warnings(session, chosen):
        console.print(f"[yellow]warning:[/] {warning}", soft_wrap=True)


def warnings(session: Any, chosen: Stage) -> Iterator[str]:
    """The warnings: each says what happens, and what to do."""
    if chosen.name not in UNWATCHED and not chosen.parameters["AlarmEmail"]:
        yield (
            "no alarm of this stage reaches anybody: set AlarmEmail in samconfig.toml "
            f"(parameter_overrides of {chosen.name})"
        )
    handlers = len(chosen.handlers)
    wanted = handlers * PER_HANDLER + FOR_INGEST
    try:
        limit = session.client("lambda").get_account_settings()["AccountLimit"]["ConcurrentExecutions"]
    except (BotoCoreError, ClientError) as error:
        yield f"the account's limit of concurrent executions cannot be read; {wanted} are needed: {error}"
        return
    if limit < wanted:
        yield (
            f"this account runs {limit} functions at once, and {handlers} handlers and ingest may need {wanted}: at "
            f"the limit, deliveries are refused. Raise it, which takes minutes to days:\n  {_RAISE}"
        )
