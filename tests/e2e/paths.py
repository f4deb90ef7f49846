"""Every path of a stack, driven with deliveries and messages that are full of marks.

What tells of an event is not marked, for it is logged: its message id, client id and type.
"""

import json
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import replace
from datetime import timedelta
from functools import partial
from typing import Any

from tests.e2e.bench import TYPE, Bench
from tests.e2e.emitted import Emitted
from tests.e2e.roles import Permission, Role
from tests.e2e.workers import forget
from tests.unit.examples import batch
from tools.local.client import records, wait_until
from webhooks_cli.operations.endpoint import Request

MARK = "zoe-the-secret"

DECISIONS = {
    *("accepted", "duplicate", "unauthorized", "rejected", "too large", "unavailable"),
    *("not published", "not marked as published", "relayed", "another relay is at work"),
    *("handled", "handled before", "deferred", "failed", "dead letter", "dead letter not sent"),
}
"""All that the functions log."""

_HEADERS = ("X-Directscale-User", "X-Api-Key", "X-Forwarded-For", "User-Agent", "Referer", "Cookie", "Origin")
_PERSON = {
    "AssociateId": 987_001,
    "FirstName": f"{MARK}-first",
    "LastName": f"{MARK}-last",
    "EmailAddress": f"{MARK}@example.com",
    "WebAliases": [f"{MARK}-alias"],
    f"{MARK}-name": {"nested": [f"{MARK}-value"]},
}
_NOT_UNDERSTOOD = (
    "",
    MARK,
    f'["{MARK}"]',
    f'{{"a": "{MARK}"}}',
    f'{{"EventType": "{MARK}", "a": 1}}}}',
    rf'{{"EventType": "{MARK}\u0000"}}',
    f'{{"EventType": "{MARK * 20}"}}',
    f'{{"EventType": "CreateOrderEvent", "Note": {MARK}}}',
    f'{{"EventType": "CreateOrderEvent", "Note": "{MARK}\udcff"}}',
    f'{{"EventType": "CreateOrderEvent", "Note": {"[" * 100}"{MARK}"{"]" * 100}}}',
)


def drive(bench: Bench, emitted: Emitted) -> None:
    """All of them; every permission is missing once. What is accepted on the way stays and is handled later."""
    ingest, relay, handler = (Role(bench.stack, f"{name}Role") for name in ("Ingest", "Relay", TYPE))
    _deliver_all_sorts(bench, emitted)
    with _tokens(bench, json.dumps([MARK])), _beginning_anew(bench):
        _deliver_some(bench, emitted)
    for missing in ingest.used_by_code():
        remembered = missing.action == "secretsmanager:GetSecretValue"
        with ingest.without(missing), _beginning_anew(bench) if remembered else nullcontext():
            _deliver_some(bench, emitted)
    for missing in handler.used_by_code():
        _handle_all_sorts(bench, emitted, handler, missing)
    for missing in relay.used_by_code():
        _relay(bench, emitted, relay, missing)


def _deliver_all_sorts(bench: Bench, emitted: Emitted) -> None:
    """Accepted, sent again, sent again with another body; not understood, too large; unauthorized; by two handlers."""
    event = bench.event(_PERSON)
    for body in (event.body, event.body, f"{event.body} ", *_NOT_UNDERSTOOD, MARK * 400_000):
        emitted.post(_marked(bench.request(event, body)))
    for authorization in (f"Bearer {MARK}", f"Basic {MARK}", MARK, ""):
        emitted.post(_marked(bench.request(event), Authorization=authorization))
    for event_type in ("CreateAssociateEvent", "ReturnCreatedEvent"):
        request = bench.request(bench.event(), json.dumps({"EventType": event_type} | _PERSON))
        emitted.post(_marked(request, **{"Content-Type": "application/octet-stream"}))
    for pk in (f"ASSOCIATE#{_PERSON['AssociateId']}", "CUSTOM#ReturnCreatedEvent"):
        wait_until(partial(records, bench.stack, pk), bool, pk)


def _deliver_some(bench: Bench, emitted: Emitted) -> None:
    """One that is accepted, one with a large body, one that is not understood."""
    for event in (bench.event(_PERSON), bench.event({"Note": MARK * 20_000})):
        emitted.post(_marked(bench.request(event)))
    emitted.post(_marked(bench.request(bench.event(), MARK)))


def _handle_all_sorts(bench: Bench, emitted: Emitted, role: Role, missing: Permission) -> None:
    """Fitting, with the body aside, not fitting, not JSON, too large for a record, not ours; then all once more."""
    aside = bench.event(_PERSON)
    events = {
        "fits": bench.event(_PERSON),
        "aside": replace(aside, body="", body_reference=bench.bodies.store_body(aside.body)),
        "does not fit": bench.event({"OrderNumber": MARK, "OrderPaymentId": [MARK], "Amount": {MARK: MARK}}),
        "is not JSON": replace(bench.event(), body=f'{{"{MARK}'),
        "too large": bench.event({"Note": MARK * 40_000}),
        "not ours": bench.event(_PERSON),
    }
    handed = batch(*(replace(event, user=MARK) for event in events.values()))
    del handed["Records"][-1]["messageAttributes"]["ClientId"]
    for around in (role.without(missing), nullcontext()):
        with around:
            emitted.answers.append(repr(bench.invoke(TYPE, handed)))
        bench.delete(bench.dead_letters, bench.received(bench.dead_letters, events))


def _relay(bench: Bench, emitted: Emitted, role: Role, missing: Permission) -> None:
    """An event that was left unpublished; then once more, perhaps beside the lease of the first."""
    event = replace(bench.event(_PERSON, age=timedelta(minutes=10)), user=MARK)
    bench.inbox.claim(event, "bench")
    with role.without(missing):
        emitted.answers.append(repr(bench.invoke("relay", {})))
    emitted.answers.append(repr(bench.invoke("relay", {})))
    bench.end_lease()


def _marked(request: Request, **headers: str) -> Request:
    marked = {name: f"{MARK}-in-{name}" for name in _HEADERS}
    return replace(
        request, headers=marked | dict(request.headers) | headers, path=f"{request.path}?token={MARK}-in-query"
    )


@contextmanager
def _beginning_anew(bench: Bench) -> Iterator[None]:
    """Ingest remembers nothing of before the block, and nothing of the block after it."""
    forget(bench.stack, "ingest")
    try:
        yield
    finally:
        forget(bench.stack, "ingest")


@contextmanager
def _tokens(bench: Bench, text: str) -> Iterator[None]:
    """Another text in the secret for the length of the block."""
    secrets = bench.stack.emulator.client("secretsmanager")
    secret: dict[str, Any] = {"SecretId": bench.stack.outputs["TokensSecret"]}
    before = secrets.get_secret_value(**secret)["SecretString"]
    try:
        secrets.put_secret_value(**secret, SecretString=text)
        yield
    finally:
        secrets.put_secret_value(**secret, SecretString=before)
