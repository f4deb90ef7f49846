"""The live development loop: which files were saved, what the functions report, and the last event once more.

The functions of a live `make up` append what happens to a file: `tools/local/live_stub.py`.
"""

import json
import random
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http import HTTPStatus
from pathlib import Path
from typing import Any

from webhooks.event import CUSTOM
from webhooks_cli.operations.checkout import Checkout
from webhooks_cli.operations.endpoint import Endpoint, NoAnswer
from webhooks_cli.operations.errors import OperationFailed
from webhooks_cli.operations.handler_state import State
from webhooks_cli.operations.inbox import Entry, Inbox, Selection
from webhooks_cli.operations.large_bodies import LargeBodies
from webhooks_cli.operations.records import plain
from webhooks_cli.operations.replays import Pace, Replay, new_name, queues_of, resend
from webhooks_cli.operations.samples import sample_body
from webhooks_cli.operations.sending import SendPlan
from webhooks_cli.operations.stack import Stack
from webhooks_cli.operations.stored_event import StoredEvent
from webhooks_cli.operations.tokens import TokenSecret

FAILED = frozenset((State.FAILING, State.DEAD_LETTER))

_NOT_COMPARED = frozenset(("pk", "sk", "version", "event_type"))


@dataclass
class Files:
    """The Python files of handlers and of the product's package, and the files that need `make redeploy`."""

    checkout: Checkout
    handlers: Collection[str]
    _times: dict[Path, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._times = dict(self._found())

    def changed(self) -> list[Path]:
        """What was saved, created or deleted since the last call."""
        found = dict(self._found())
        changed = {path for path in found.keys() | self._times.keys() if found.get(path) != self._times.get(path)}
        self._times = found
        return sorted(changed)

    def handlers_of(self, saved: Collection[Path]) -> list[str]:
        """The handlers that run other code after these were saved."""
        core = self.checkout.root / "layers" / "core"
        if any(path.is_relative_to(core) and path.suffix == ".py" for path in saved):
            return list(self.handlers)
        return [name for name in self.handlers if any(path in saved for path in self._code(name))]

    def need_redeploy(self, saved: Collection[Path]) -> list[Path]:
        """The saved files that take effect with `make redeploy`."""
        return [path for path in saved if path.suffix != ".py"]

    def _code(self, name: str) -> Collection[Path]:
        folder = self.checkout.handlers / name
        return {path for path in self._times if path.suffix == ".py" and path.is_relative_to(folder)}

    def _found(self) -> Iterator[tuple[Path, int]]:
        for path in self._paths():
            try:
                yield path, path.stat().st_mtime_ns
            except OSError:  # it is just replaced, or it is none of those that a project has
                continue

    def _paths(self) -> Iterator[Path]:
        root, handlers = self.checkout.root, self.checkout.handlers
        for folder in (root / "layers" / "core" / "webhooks", *(handlers / name for name in self.handlers)):
            yield from folder.rglob("*.py", recurse_symlinks=True)
        yield from (handlers / name / "requirements.txt" for name in self.handlers)
        yield from handlers.glob("*.yaml")
        yield from (root / name for name in ("template.yaml", "samconfig.toml"))
        yield root / "layers" / "dependencies" / "requirements.txt"


class Stream:
    """What the functions of a live stack report, from now on."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._at = path.stat().st_size if path.exists() else 0
        self._rest = b""

    def read(self) -> list[dict[str, Any]]:
        """The new reports."""
        if not self._path.exists():
            return []
        with self._path.open("rb") as stream:
            stream.seek(self._at)
            read = stream.read()
        self._at += len(read)
        *lines, self._rest = (self._rest + read).split(b"\n")
        return [json.loads(line) for line in lines]


def live_checkout() -> Checkout:
    """The checkout whose live stack runs. Raises `OperationFailed` if it runs what was built."""
    checkout = Checkout.required()
    try:
        live = json.loads((checkout.state / "stack.json").read_text()).get("live")
    except (OSError, ValueError):
        live = False
    if not live:
        raise OperationFailed("the functions run as they were built: stop `make up`, and start it without LIVE=0")
    return checkout


def last_event(inbox: Inbox, handler: str) -> StoredEvent | None:
    """The event of a handler that was received last."""
    found, _ = inbox.newest(Selection("0", event_type=handler), 1)
    return found[0] if found else None


def send_again(stack: Stack, inbox: Inbox, last: StoredEvent, handler: str, *, again: bool) -> None:
    """Send an event to one handler, as `webhooks replay` does. It runs unless it was handled, or `again` is given."""
    replay = Replay(
        name=new_name(again=again),
        queue=stack.queue_url(CUSTOM),
        handler=handler,
        entries=(Entry(last.received_at, last.event.key),),
        number=1,
    )
    resend(replay, inbox, queues_of(stack), LargeBodies.of(stack), Pace(0))


def send_sample(stack: Stack, handler: str) -> str:
    """Send the handler's sample.json to the endpoint, with a new message id; returns the id."""
    content = sample_body(handler)
    event_type = str(json.loads(content).get("EventType") or handler)
    token = next(iter(TokenSecret.of(stack).read().values()), "")
    plan = SendPlan(stack.url, token, "acme", (event_type,), 1, content=content.encode())
    (delivery,) = plan.deliveries(random.Random(), datetime.now(UTC))  # noqa: S311 - made-up data
    try:
        with Endpoint(stack.url) as endpoint:
            answer = endpoint.post(delivery)
    except NoAnswer as none:
        raise OperationFailed(f"the endpoint does not answer: {none}") from none
    if answer.status != HTTPStatus.OK:
        raise OperationFailed(f"the sample is answered {answer.status} {answer.outcome}")
    return delivery.message_id


def difference(before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[tuple[str, Any, Any]]:
    """The fields of a record that an event changed, as DynamoDB has them; None for one that is absent."""
    old, new = plain(before), plain(after)
    for name in sorted((old.keys() | new.keys()) - _NOT_COMPARED):
        if old.get(name) != new.get(name):
            yield name, old.get(name), new.get(name)
