"""A receiver of FastAPI and SQLite: the durable one on a single machine, one transaction for each event.

Whatever takes the events out of the outbox, and on to where they are handled, would run beside it: it is not here, and
so not counted.
"""

import json
import os
import sqlite3
from threading import Lock
from typing import Annotated, Any

import boto3
from fastapi import Body, FastAPI, Header, HTTPException

_secret = boto3.client("secretsmanager").get_secret_value(SecretId=os.environ["TOKENS_SECRET"])["SecretString"]
_tokens = frozenset(json.loads(_secret).values())
# One connection for all threads: SQLite has one writer anyway, and a thread waits for a lock better than for a file's.
_outbox = sqlite3.connect(os.environ["OUTBOX_FILE"], check_same_thread=False)
_outbox.executescript("""
    PRAGMA journal_mode = WAL;
    PRAGMA synchronous = FULL;
    CREATE TABLE IF NOT EXISTS outbox (message_id TEXT PRIMARY KEY, event_type TEXT, body TEXT) WITHOUT ROWID;
""")
_one_writer = Lock()

app = FastAPI()


@app.post("/webhooks")  # type: ignore[untyped-decorator]  # FastAPI is not installed where mypy runs
def receive(
    event: Annotated[dict[str, Any], Body()],
    authorization: Annotated[str, Header()],
    x_directscale_message_id: Annotated[str, Header()],
) -> dict[str, str]:
    """200 for an event that is new or was seen before, 401 for a wrong token, 500 for whatever fails."""
    if authorization.removeprefix("Bearer ") not in _tokens:
        raise HTTPException(401)
    row = (x_directscale_message_id, event["EventType"], json.dumps(event))
    with _one_writer, _outbox:
        new = _outbox.execute("INSERT INTO outbox VALUES (?, ?, ?) ON CONFLICT DO NOTHING", row).rowcount
    return {"status": "accepted" if new else "duplicate"}
