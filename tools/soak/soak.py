"""The soak: sends events to a stack that it disturbs, and checks the result."""

import json
import random
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from decimal import Decimal
from http import HTTPStatus
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import psutil
from boto3.dynamodb.types import TypeDeserializer
from rich.progress import Progress

from tools.local.client import wait_until
from tools.local.emulator import emulator
from tools.local.progress import console, step
from tools.local.stack import NAME, LocalStack, build, connect, deploy
from tools.reference import reference_project
from tools.soak.disturbance import Disturbance, disturbing
from tools.soak.plan import FURTHER, Planned, plan
from webhooks_cli.operations.checkout import Checkout
from webhooks_cli.operations.endpoint import AT_ONCE, Endpoint, Request, Sender, Sent, with_duplicates

DUPLICATES = 0.1
_TRIES = 60
_PAUSE = 0.5
_DONE_WITHIN = 240.0
# The template has six times the handler's timeout, three minutes, in which a killed handler's messages wait.
_VISIBILITY_TIMEOUT = 35
# Every environment of a function is a process with a cold start: too many would occupy two cores.
_CONCURRENCY = 2
_BETWEEN_KILLS = 2.0, 6.0
_FURTHER_APP = """from webhooks.handlers import CustomEvent, handler, save_record


@handler(CustomEvent)
def handle(event: CustomEvent) -> None:
    save_record(event, "{name}", str(event.accepted.key))
"""
_deserialized = TypeDeserializer().deserialize


@dataclass(frozen=True, slots=True)
class Findings:
    """The results of a soak; `wrong` describes each error."""

    events: int
    sent: Sent[Request]
    kills: int
    disturbance: Disturbance
    again: int
    wrong: list[str]

    def summary(self) -> str:
        """A few lines for a person."""
        answers = ", ".join(
            f"{status or ''} {outcome}: {times}" for (status, outcome), times in sorted(self.sent.answers.items())
        )
        return (
            f"{self.events} events, {self.sent.answers.total()} deliveries ({answers})\n"
            f"{self.kills} processes killed, "
            f"{self.disturbance.disturbed} of {self.disturbance.calls} AWS calls disturbed\n"
            f"{len(_accepted(self.sent))} accepted, {len(self.disturbance.completions)} runs of "
            f"{len(_runs(self.disturbance))} handlers, {self.again} started again after a kill, {len(self.wrong)} wrong"
        )


def soak(events: int, seed: int) -> Findings:
    """Run a soak on its own stack."""
    disturbance = Disturbance(seed)
    with ExitStack() as running:
        with step("build and deploy, the functions' AWS calls through the disturbance"):
            folder = running.enter_context(TemporaryDirectory(prefix="webhooks-soak-"))
            project = _project(Path(folder, "project"))
            build(project)
            target = running.enter_context(emulator())
            deploy(target, NAME, project, endpoint=running.enter_context(disturbing(disturbance, target.port)))
            stack = connect(target, NAME)
        _slow_down(stack)
        planned = plan(events)
        rng = random.Random(seed)  # noqa: S311 - repeatable on purpose
        deliveries = with_duplicates([event.request(stack.token) for event in planned], DUPLICATES, rng)
        rng.shuffle(deliveries)
        with _killing(target.pid, seed) as kills:
            sent = _send(stack, deliveries)
        with step("wait for relay and retries"):
            wait_until(lambda: _unfinished(stack), lambda left: not left, "everything handled", _DONE_WITHIN)
        wrong = [*_wrong_records(stack, planned), *_wrong_runs(planned, sent, disturbance, len(kills))]
        again = sum(len(runs) > 1 for runs in disturbance.effects.values())
        return Findings(events, sent, len(kills), disturbance, again, wrong)


def _project(to: Path) -> Path:
    """A copy of the project with further handlers, each with its own record of every event."""
    project = reference_project(to)
    for name, taken in FURTHER.items():
        Checkout(project).add_type(name, {"app.py": _FURTHER_APP.format(name=name)}, taken)
    return project


def _send(stack: LocalStack, deliveries: list[Request]) -> Sent[Request]:
    with Progress(console=console, transient=True) as progress, Endpoint(stack.url, AT_ONCE) as endpoint:
        bar = progress.add_task("send", total=len(deliveries))
        sender = Sender(endpoint.post, tries=_TRIES, pause=_PAUSE, progress=lambda: progress.advance(bar))
        with step(f"send: {len(deliveries)} deliveries"):
            return sender.run(deliveries)


def _accepted(sent: Sent[Request]) -> set[str]:
    return {
        request.headers["X-Directscale-Message-Id"] for request, answer in sent.last if answer.status == HTTPStatus.OK
    }


@contextmanager
def _killing(emulator_pid: int, seed: int) -> Iterator[list[int]]:
    """Kill a function's process every few seconds; the list has their process ids."""
    kills: list[int] = []
    ended = threading.Event()

    def kill() -> None:
        rng = random.Random(seed)  # noqa: S311 - repeatable on purpose
        while not ended.wait(rng.uniform(*_BETWEEN_KILLS)):
            workers = [one for one in psutil.Process(emulator_pid).children(recursive=True) if _is_function(one)]
            if workers:
                victim = rng.choice(workers)
                victim.kill()
                kills.append(victim.pid)

    killer = threading.Thread(target=kill, daemon=True)
    killer.start()
    try:
        yield kills
    finally:
        ended.set()
        killer.join()


def _is_function(process: psutil.Process) -> bool:
    try:
        return any("_worker" in part for part in process.cmdline())
    except psutil.Error:
        return False


def _slow_down(stack: LocalStack) -> None:
    sqs, functions = stack.emulator.client("sqs"), stack.emulator.client("lambda")
    for url in sqs.list_queues(QueueNamePrefix=stack.outputs["QueuePrefix"])["QueueUrls"]:
        sqs.set_queue_attributes(QueueUrl=url, Attributes={"VisibilityTimeout": str(_VISIBILITY_TIMEOUT)})
    for source in functions.list_event_source_mappings()["EventSourceMappings"]:
        scaling = {"MaximumConcurrency": _CONCURRENCY}
        functions.update_event_source_mapping(UUID=source["UUID"], ScalingConfig=scaling)


def _unfinished(stack: LocalStack) -> dict[str, int]:
    """The numbers of messages by queue, dead letters included, and of unpublished events."""
    sqs = stack.emulator.client("sqs")
    # The inbox first: what the relay publishes in between is then counted on its queue.
    left = {"unpublished": sum("unpublished_shard" in item for item in _items(stack, "InboxTable"))}
    for prefix in (stack.outputs["QueuePrefix"], stack.outputs["DeadLettersPrefix"]):
        for url in sqs.list_queues(QueueNamePrefix=prefix)["QueueUrls"]:
            attributes = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]
            left[url.rpartition("/")[2]] = sum(
                int(attributes[name]) for name in attributes if name.startswith("ApproximateNumberOfMessages")
            )
    return {name: count for name, count in left.items() if count}


def _items(stack: LocalStack, output: str) -> Iterator[dict[str, Any]]:
    pages = stack.emulator.client("dynamodb").get_paginator("scan").paginate(TableName=stack.outputs[output])
    for page in pages:
        for item in page["Items"]:
            yield {name: _deserialized(value) for name, value in item.items()}


def _wrong_records(stack: LocalStack, planned: list[Planned]) -> Iterator[str]:
    saved = {(item["pk"], item["sk"]): item for item in _items(stack, "RecordsTable")}
    for key, event in _expected(planned).items():
        record = saved.get(key)
        if record is None:
            yield f"{key} has no record"
            continue
        for name, value in event.fields.items():
            seen = record.get(name)
            right = str(seen)[:19] == str(value)[:19] if name.endswith("DateUtc") else seen == _stored(value)
            if not right:
                yield f"{key} {name} is {seen}, not {value}"
    for key, event in _expected_of_further(planned).items():
        body = saved.get(key, {}).get("Body", "null")
        if json.loads(body) != event.fields:
            yield f"{key} is {body}, not {event.fields}"


def _expected(planned: list[Planned]) -> dict[tuple[str, str], Planned]:
    """The newest event of each record."""
    parts = {"CreateOrderPaymentEvent": "PAYMENT#1", "SubmitOrderPackageEvent": "PACKAGE#1"}
    return {(f"ORDER#{event.fields['OrderNumber']}", parts.get(event.event_type, "ORDER")): event for event in planned}


def _expected_of_further(planned: list[Planned]) -> dict[tuple[str, str], Planned]:
    """The event of each further handler's record."""
    return {(name, str(event.key)): event for event in planned for name in event.further}


def _stored(value: object) -> object:
    return Decimal(str(value)) if isinstance(value, float) else value


def _wrong_runs(planned: list[Planned], sent: Sent[Request], seen: Disturbance, kills: int) -> Iterator[str]:
    accepted = _accepted(sent)
    missing = {event.message_id for event in planned} - accepted
    if missing:
        yield f"{len(missing)} events never got 200"
    runs = _runs(seen)
    taken = [event for event in planned if event.message_id in accepted]
    due = Counter(name for event in taken for name in (event.event_type, *event.further))
    for name in due | runs:
        if runs[name] != due[name]:
            yield f"{name} takes {due[name]} of the accepted events, and handled {runs[name]}"
    doubled = [run for run, completions in seen.completions.items() if len(completions) != 1]
    if doubled:
        yield f"{len(doubled)} events were handled more than once"
    again = [key for key, runs in seen.effects.items() if len(runs) > 1]
    if len(again) > kills:
        yield f"{len(again)} events were started again, but only {kills} processes were killed"


def _runs(seen: Disturbance) -> Counter[str]:
    """How many events each handler has handled."""
    return Counter(handler for handler, _ in seen.completions)
