"""A receiver with FastAPI and SQLite: durable on a single machine, one transaction per event.

The process that would take events from the outbox to their handlers is not included, and not measured.
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
# One connection for all threads: SQLite has one writer anyway, and this lock is cheaper to wait for than the file's.
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
    """200 for a new event or a duplicate, 401 for a wrong token, 500 for any error."""
    if authorization.removeprefix("Bearer ") not in _tokens:
        raise HTTPException(401)
    row = (x_directscale_message_id, event["EventType"], json.dumps(event))
    with _one_writer, _outbox:
        new = _outbox.execute("INSERT INTO outbox VALUES (?, ?, ?) ON CONFLICT DO NOTHING", row).rowcount
    return {"status": "accepted" if new else "duplicate"}
