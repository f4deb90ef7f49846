"""Every path of a stack, with marks in everything that is sent.

Message id, client id and type have none, because they are logged.
"""

import json
from contextlib import nullcontext
from dataclasses import replace
from datetime import timedelta
from functools import partial

from tests.e2e.emitted import Emitted
from tests.e2e.quiet_stack import TYPE, QuietStack
from tests.e2e.roles import Permission, Role
from tests.e2e.workers import forget
from tests.unit.examples import batch
from tools.local.client import records, wait_until
from webhooks_cli.operations.endpoint import Request

MARK = "zoe-the-secret"

DECISIONS = {
    *("accepted", "duplicate", "unauthorized", "rejected", "too large", "unavailable"),
    *("not published", "not marked as published", "relayed", "another relay is at work"),
    *("handled", "handled before", "deferred", "failed", "dead letter", "failure not handled"),
}
"""Every message that the functions log."""

# Without Origin, which the guard of the emulator refuses.
_HEADERS = ("X-Directscale-User", "X-Api-Key", "X-Forwarded-For", "User-Agent", "Referer", "Cookie")
_PERSON = {
    "AssociateId": 987_001,
    "FirstName": f"{MARK}-first",
    "LastName": f"{MARK}-last",
    "EmailAddress": f"{MARK}@example.com",
    "WebAliases": [f"{MARK}-alias"],
    f"{MARK}-name": {"nested": [f"{MARK}-value"]},
}
_MALFORMED = (
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


def drive(quiet: QuietStack, emitted: Emitted) -> None:
    """Take every path, and those of each missing permission. Accepted events may be handled later."""
    ingest, relay, handler = (Role(quiet.stack, f"{name}Role") for name in ("Ingest", "Relay", TYPE))
    _deliver_everything(quiet, emitted)
    _deliver_with_broken_tokens(quiet, emitted)
    for missing in ingest.used_by_code():
        if missing.action == "secretsmanager:GetSecretValue":
            forget(quiet.stack, "ingest")  # it has the tokens in memory
        with ingest.without(missing):
            _deliver(quiet, emitted)
        if missing.action == "secretsmanager:GetSecretValue":
            forget(quiet.stack, "ingest")  # it tries to read them again only after some time
    for missing in handler.used_by_code():
        _handle(quiet, emitted, handler, missing)
    for missing in relay.used_by_code():
        _relay(quiet, emitted, relay, missing)


def _deliver_everything(quiet: QuietStack, emitted: Emitted) -> None:
    """New, duplicate, collision, malformed, too large; unauthorized; handled by two handlers."""
    event = quiet.event(_PERSON)
    for body in (event.body, event.body, f"{event.body} ", *_MALFORMED, MARK * 400_000):
        emitted.post(_marked(quiet.request(event, body)))
    for authorization in (f"Bearer {MARK}", f"Basic {MARK}", MARK, ""):
        emitted.post(_marked(quiet.request(event), Authorization=authorization))
    for event_type in ("CreateAssociateEvent", "ReturnCreatedEvent"):
        request = quiet.request(quiet.event(), json.dumps({"EventType": event_type} | _PERSON))
        emitted.post(_marked(request, **{"Content-Type": "application/octet-stream"}))
    for pk in (f"ASSOCIATE#{_PERSON['AssociateId']}", "CUSTOM#ReturnCreatedEvent"):
        wait_until(partial(records, quiet.stack, pk), bool, pk)


def _deliver(quiet: QuietStack, emitted: Emitted) -> None:
    """A valid delivery, one with a large body, one that is malformed."""
    for event in (quiet.event(_PERSON), quiet.event({"Note": MARK * 20_000})):
        emitted.post(_marked(quiet.request(event)))
    emitted.post(_marked(quiet.request(quiet.event(), MARK)))


def _deliver_with_broken_tokens(quiet: QuietStack, emitted: Emitted) -> None:
    secrets, secret = quiet.stack.emulator.client("secretsmanager"), {"SecretId": quiet.stack.outputs["TokensSecret"]}
    before = secrets.get_secret_value(**secret)["SecretString"]
    forget(quiet.stack, "ingest")
    try:
        secrets.put_secret_value(**secret, SecretString=json.dumps([MARK]))
        _deliver(quiet, emitted)
    finally:
        secrets.put_secret_value(**secret, SecretString=before)
        forget(quiet.stack, "ingest")


def _handle(quiet: QuietStack, emitted: Emitted, role: Role, missing: Permission) -> None:
    """A batch of all kinds of messages, without a permission and then with it."""
    offloaded = quiet.event(_PERSON)
    events = {
        "valid": quiet.event(_PERSON),
        "offloaded": replace(offloaded, body="", body_reference=quiet.bodies.store_body(offloaded.body)),
        "does not fit": quiet.event({"OrderNumber": MARK, "OrderPaymentId": [MARK], "Amount": {MARK: MARK}}),
        "not JSON": replace(quiet.event(), body=f'{{"{MARK}'),
        "too large": quiet.event({"Note": MARK * 40_000}),
        "not from ingest": quiet.event(_PERSON),
    }
    messages = batch(*(replace(event, user=MARK) for event in events.values()))
    del messages["Records"][-1]["messageAttributes"]["ClientId"]
    for permissions in (role.without(missing), nullcontext()):
        with permissions:
            emitted.answers.append(repr(quiet.invoke(TYPE, messages)))
        quiet.delete_messages(quiet.dead_letters, quiet.received(quiet.dead_letters, events).values())


def _relay(quiet: QuietStack, emitted: Emitted, role: Role, missing: Permission) -> None:
    """Unpublished events, without a permission and then with it, perhaps while the first run has the lease."""
    for permissions in (role.without(missing), nullcontext()):
        event = replace(quiet.event(_PERSON, age=timedelta(minutes=10)), user=MARK)
        quiet.inbox.claim(event, "quiet")
        with permissions:
            emitted.answers.append(repr(quiet.invoke("relay", {})))
    quiet.end_lease()


def _marked(request: Request, **headers: str) -> Request:
    marked = {name: f"{MARK}-in-{name}" for name in _HEADERS}
    return replace(
        request, headers=marked | dict(request.headers) | headers, path=f"{request.path}?token={MARK}-in-query"
    )
