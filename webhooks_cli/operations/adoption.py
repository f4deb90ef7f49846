"""What a deleted stack left, copied into a new one: nothing that the new stack has is overwritten.

Everything may be repeated: what was copied before is left as it is. The events come last, because the relay publishes
the unfinished ones at once, and their handlers then need the runs.
"""

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import Any

from botocore.exceptions import ClientError

from webhooks.aws.inbox_table import IS_NEW, SHARDS, queue_of
from webhooks.aws.outbox import LEASE_ID
from webhooks.tokens import is_label
from webhooks_cli.operations.errors import InvalidInput, OperationFailed
from webhooks_cli.operations.handler_state import Item, State
from webhooks_cli.operations.stack import Stack, describe_stack
from webhooks_cli.operations.stored_event import Readers, Runs, StoredEvent
from webhooks_cli.operations.tokens import TokenSecret, accepted

_AT_ONCE = 10
_FINISHED = {State.HANDLED, State.DEAD_LETTER, State.DISCARDED}
"""Of an event in a handler: there is nothing to send."""

_IS_NEWER = "attribute_not_exists(pk) OR version < :version"


@dataclass(frozen=True, slots=True)
class Remains:
    """What a deleted stack left: its data are named after it."""

    name: str
    inbox: str
    once: str
    records: str
    bucket: str
    secret: str

    @property
    def tables(self) -> tuple[str, str, str]:
        """The tables."""
        return self.inbox, self.once, self.records


@dataclass(frozen=True, slots=True)
class Adopted:
    """How much was copied. Of the events, the relay publishes the `unfinished` ones; `dead` are dead letters."""

    tokens: int = 0
    records: int = 0
    runs: int = 0
    documents: int = 0
    events: int = 0
    unfinished: int = 0
    dead: int = 0


def remains_of(name: str, stack: Stack) -> Remains:
    """What the deleted stack of that name left in the account and Region of `stack`.

    Raises `OperationFailed` if it still exists, or if any of it is missing.
    """
    if name == stack.name:
        raise InvalidInput(f"{name} is the stack that adopts: name the deleted one")
    if status := _status(name, stack):
        raise OperationFailed(f"{name} is {status}: only what a deleted stack left can be adopted; delete it first")
    bucket = name + stack.outputs["Bucket"].removeprefix(stack.name)
    remains = Remains(name, f"{name}-inbox", f"{name}-once", f"{name}-records", bucket, f"{name}/tokens")
    if missing := list(_missing(remains, stack)):
        raise OperationFailed(f"{name} has not left all of its data; missing: {', '.join(missing)}")
    return remains


def number_of_items(remains: Remains, stack: Stack) -> int:
    """How many items the tables have, as of some hours ago: DynamoDB counts them every six hours."""
    tables = (stack.client("dynamodb").describe_table(TableName=table)["Table"] for table in remains.tables)
    return sum(int(table["ItemCount"]) for table in tables)


def adopt(remains: Remains, stack: Stack, progress: Callable[[int], object] = lambda _: None) -> Adopted:
    """Copy what a deleted stack left into a stack; `progress` is called with the number of items of each page."""
    copier = _Copier(remains, stack, progress)
    adopted = Adopted(tokens=copier.tokens(), documents=copier.documents(), records=copier.records())
    return copier.events(replace(adopted, runs=copier.runs()))


@dataclass(frozen=True, slots=True)
class _Copier:
    remains: Remains
    stack: Stack
    progress: Callable[[int], object]

    def tokens(self) -> int:
        """Those that the new stack does not accept yet. To a label that is taken, the deleted stack's name is added."""
        secret = TokenSecret.of(self.stack)
        old = accepted(replace(secret, secret_id=self.remains.secret).entries())
        known = secret.entries()
        missing = {label: token for label, token in old.items() if token not in known.values()}
        if missing:
            secret.change(lambda tokens: {**tokens, **_labelled(missing, tokens, self.remains.name)})
        return len(missing)

    def documents(self) -> int:
        """Large bodies, rejected deliveries and collisions."""
        s3, bucket = self.stack.client("s3"), self.stack.bucket
        old = {**bucket, "Bucket": self.remains.bucket}

        def copy(key: str) -> bool:
            if _has_object(s3, bucket, key):
                return False
            source = {"Bucket": self.remains.bucket, "Key": key}
            s3.copy_object(
                **bucket, Key=key, CopySource=source, ExpectedSourceBucketOwner=bucket["ExpectedBucketOwner"]
            )
            return True

        pages = s3.get_paginator("list_objects_v2").paginate(**old)
        with ThreadPoolExecutor(_AT_ONCE) as pool:
            return sum(sum(pool.map(copy, [each["Key"] for each in page.get("Contents", ())])) for page in pages)

    def records(self) -> int:
        """Each record unless the new stack has it in the same or a newer state."""

        def condition(item: Item) -> dict[str, Any]:
            if "version" not in item:  # not saved by `save_record`
                return {"ConditionExpression": "attribute_not_exists(pk)"}
            return {"ConditionExpression": _IS_NEWER, "ExpressionAttributeValues": {":version": item["version"]}}

        table = self.stack.outputs["RecordsTable"]
        return sum(sum(self._put(table, page, condition)) for page in self._pages(self.remains.records))

    def runs(self) -> int:
        """Finished runs and failures. A run that was interrupted begins anew."""
        table, now, copied = self.stack.outputs["OnceTable"], time.time(), 0
        for page in self._pages(self.remains.once):
            useful = [item for item in page if _is_useful(item, now)]
            copied += sum(self._put(table, useful, lambda _: {"ConditionExpression": "attribute_not_exists(id)"}))
        return copied

    def events(self, adopted: Adopted) -> Adopted:
        """The events; those that a handler has not finished are unpublished, so the relay sends them to it."""
        readers = Readers(self.stack.event_types)
        runs = Runs(self.stack.client("dynamodb"), self.stack.outputs["OnceTable"])
        now = time.time()
        for page in self._pages(self.remains.inbox):
            items = [item for item in page if "received_at" in item and int(item["expires_at"]["N"]) > now]
            found = runs.of(items, readers)
            stored = [StoredEvent.from_item(item, readers, found) for item in items]
            new = [_new_item(item, each, at) for at, (item, each) in enumerate(zip(items, stored, strict=True))]
            put = self._put(self.stack.outputs["InboxTable"], new, lambda _: {"ConditionExpression": IS_NEW})
            copied = [each for each, was_put in zip(stored, put, strict=True) if was_put]
            adopted = replace(
                adopted,
                events=adopted.events + len(copied),
                unfinished=adopted.unfinished + sum(bool(_unfinished(each)) for each in copied),
                dead=adopted.dead + sum(State.DEAD_LETTER in each.states for each in copied),
            )
        return adopted

    def _pages(self, table: str) -> Iterator[Sequence[Item]]:
        pages = self.stack.client("dynamodb").get_paginator("scan").paginate(TableName=table, ConsistentRead=True)
        for page in pages:
            yield page["Items"]
            self.progress(len(page["Items"]))

    def _put(self, table: str, items: Sequence[Item], condition: Callable[[Item], dict[str, Any]]) -> list[bool]:
        """Put items on a condition; whether each was put."""
        client = self.stack.client("dynamodb")

        def put(item: Item) -> bool:
            try:
                client.put_item(TableName=table, Item=item, **condition(item))
            except client.exceptions.ConditionalCheckFailedException:
                return False
            return True

        with ThreadPoolExecutor(_AT_ONCE) as pool:
            return list(pool.map(put, items))


def _status(name: str, stack: Stack) -> str:
    """The status of a stack; empty if there is none."""
    answer = describe_stack(stack.client("cloudformation"), name)
    return str(answer["Stacks"][0]["StackStatus"]) if answer else ""


def _missing(remains: Remains, stack: Stack) -> Iterator[str]:
    dynamodb, s3 = stack.client("dynamodb"), stack.client("s3")
    secrets = stack.client("secretsmanager")
    looks: list[tuple[str, Callable[[], object]]] = [
        *((table, lambda table=table: dynamodb.describe_table(TableName=table)) for table in remains.tables),
        (remains.bucket, lambda: s3.head_bucket(**stack.bucket | {"Bucket": remains.bucket})),
        (remains.secret, lambda: secrets.describe_secret(SecretId=remains.secret)),
    ]
    for name, look in looks:
        try:
            look()
        except ClientError as error:
            if error.response["Error"]["Code"] not in {"ResourceNotFoundException", "NoSuchBucket", "404"}:
                raise
            yield name


def _has_object(s3: Any, bucket: Mapping[str, str], key: str) -> bool:
    try:
        s3.head_object(**bucket, Key=key)
    except ClientError as error:
        if error.response["Error"]["Code"] not in {"NoSuchKey", "NotFound", "404"}:
            raise
        return False
    return True


def _labelled(missing: Mapping[str, str], taken: Mapping[str, Any], name: str) -> dict[str, str]:
    labelled = {(f"{label}-of-{name}" if label in taken else label): token for label, token in missing.items()}
    if wrong := [label for label in labelled if label in taken or not is_label(label)]:
        raise OperationFailed(f"the label {wrong[0]} cannot be used: retire it first, or use a shorter one")
    return labelled


def _is_useful(item: Item, now: float) -> bool:
    """Whether an item of the table of `once` is of any use: not the lease, no run in progress, not expired."""
    if item["id"]["S"] == LEASE_ID or item.get("status") == {"S": "INPROGRESS"}:
        return False
    return "expiration" not in item or int(item["expiration"]["N"]) > now


def _unfinished(stored: StoredEvent) -> list[str]:
    return sorted(each.name for each in stored.handlers if each.state not in _FINISHED)


def _new_item(item: Item, stored: StoredEvent, at: int) -> Item:
    """The item of an event in the new inbox. Version 1.0 listed types under several keys; that is not repeated."""
    new = {name: value for name, value in item.items() if name not in {"unpublished_shard", "pending"}}
    new["type_shard"] = {"S": queue_of(item)}
    if names := _unfinished(stored):
        new["unpublished_shard"] = {"S": str(at % SHARDS)}
        if len(names) < len(stored.handlers):
            new["pending"] = {"SS": names}
    return new
