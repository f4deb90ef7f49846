"""A deployed stack, found by its name on AWS or as the one that `make up` runs. The same code works on both."""

import json
import os
import socket
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cached_property
from threading import RLock
from typing import Any

import boto3
import botocore.session
from botocore.exceptions import ClientError

from webhooks.dates import timestamp
from webhooks.routing import Routing, listed
from webhooks_cli.operations.checkout import Checkout
from webhooks_cli.operations.errors import InvalidInput, OperationFailed
from webhooks_cli.operations.event_types import check_spelling

_LOCAL_REGION = "us-east-1"
"""Access key and secret of the local stack: it accepts no other for its administrator."""

_DEPLOYMENT = timedelta(hours=1)
"""No deployment takes longer."""

_NOT_UPGRADED = "9999"
"""Later than any event."""


@dataclass(frozen=True)
class Stack:
    """The outputs of a stack's template, and clients of the services that it uses; safe to use from several threads.

    `local_url` is the endpoint of a local stack, which its outputs do not contain.
    """

    name: str
    session: boto3.Session
    endpoint_url: str | None = None
    local_url: str = ""
    _clients: dict[str, Any] = field(default_factory=dict)
    _base: list[str] = field(default_factory=list)
    _lock: RLock = field(default_factory=RLock)

    def client(self, service: str) -> Any:
        """The client of an AWS service."""
        with self._lock:  # a session makes clients for one thread at a time
            if service not in self._clients:
                self._clients[service] = self.session.client(  # type: ignore[call-overload]
                    service, endpoint_url=self.endpoint_url
                )
            return self._clients[service]

    @cached_property
    def outputs(self) -> dict[str, str]:
        """The outputs of the template."""
        return {output["OutputKey"]: output["OutputValue"] for output in self._described["Outputs"]}

    @cached_property
    def bucket(self) -> dict[str, str]:
        """The arguments of every call to the bucket: S3 denies the call if the bucket is another account's."""
        account = self._described["StackId"].split(":")[4]
        return {"Bucket": self.outputs["Bucket"], "ExpectedBucketOwner": account}

    @cached_property
    def event_types(self) -> tuple[str, ...]:
        """The handlers, as deployed: most bear the name of the type that they take."""
        return listed(self._parameters["EventTypes"])

    @cached_property
    def routing(self) -> Routing:
        """Which handlers take an event, as deployed."""
        stated = (self._parameters.get(name, "") for name in ("EventTypes", "Takes", "Retired"))
        return Routing.parse(*stated)

    @cached_property
    def retention(self) -> timedelta:
        """How long the inbox stores an event."""
        return timedelta(days=int(self._parameters["RetentionDays"]))

    @cached_property
    def sharded_until(self) -> str:
        """Until when events were listed as by version 1.0, under several keys for each type; empty if none were.

        The resource that this looks at has no other use: it was created by the upgrade, or with the stack, and then
        before the inbox (`DependsOn`).
        """
        marker = self._one_key_per_type()
        if not marker or marker["ResourceStatus"].startswith("DELETE"):  # by an upgrade that was rolled back
            return _NOT_UPGRADED
        upgraded: datetime = marker["LastUpdatedTimestamp"]
        # The time of a restored inbox is that of its restoration, so the stack's own time counts too.
        if upgraded - self._described["CreationTime"] < _DEPLOYMENT and upgraded <= self._inbox_created():
            return ""
        return timestamp(upgraded + _DEPLOYMENT)

    def _one_key_per_type(self) -> dict[str, Any] | None:
        try:
            answer = self.client("cloudformation").describe_stack_resource(
                StackName=self.name, LogicalResourceId="OneKeyPerType"
            )
        except ClientError as error:
            if error.response["Error"]["Code"] != "ValidationError":
                raise
            return None
        return dict(answer["StackResourceDetail"])

    def _inbox_created(self) -> datetime:
        """When the inbox was created, at the latest: the time may be rounded down to the second."""
        answer = self.client("dynamodb").describe_table(TableName=self.outputs["InboxTable"])
        created: datetime = answer["Table"]["CreationDateTime"]
        return created + timedelta(seconds=1)

    @property
    def lists_trouble(self) -> bool:
        """Whether its handlers list events in trouble in an index: they do since version 1.1."""
        return self.sharded_until != _NOT_UPGRADED

    @cached_property
    def _parameters(self) -> dict[str, str]:
        return {each["ParameterKey"]: each["ParameterValue"] for each in self._described["Parameters"]}

    @property
    def url(self) -> str:
        """The endpoint, without an event type."""
        return self.local_url or self.outputs["Endpoint"]

    def deployed(self, event_type: str) -> str:
        """The event type. Raises `InvalidInput` if it has no queue."""
        if event_type not in self.event_types:
            check_spelling(event_type, self.event_types)
            raise InvalidInput(f"{event_type} has no queue in {self.name}; these have: {', '.join(self.event_types)}")
        return event_type

    def queue_url(self, event_type: str) -> str:
        """The queue of an event type."""
        return self._url(self.outputs["QueuePrefix"] + event_type)

    def dead_letters_url(self, event_type: str) -> str:
        """The dead-letter queue of an event type."""
        return self._url(self.outputs["DeadLettersPrefix"] + event_type)

    def queue_attributes(self, url: str, *names: str) -> dict[str, str]:
        """Attributes of a queue. SQS's counts of messages are approximate for up to a minute after a change."""
        return dict(self.client("sqs").get_queue_attributes(QueueUrl=url, AttributeNames=names)["Attributes"])

    def log_group(self, function: str) -> str:
        """The log group of a function by its short name: `ingest`, `relay` or an event type."""
        return f"/aws/lambda/{self.name}-{function}"

    def _url(self, name: str) -> str:
        return f"{self._queues_base(name)}/{name}"

    def _queues_base(self, name: str) -> str:
        """What the URLs of all queues of the account and Region begin with: asked once, of one of them."""
        with self._lock:
            if not self._base:
                url = str(self.client("sqs").get_queue_url(QueueName=name)["QueueUrl"])
                self._base.append(url.rpartition("/")[0])
            return self._base[0]

    @cached_property
    def _described(self) -> dict[str, Any]:
        if not (answer := describe_stack(self.client("cloudformation"), self.name)):
            raise OperationFailed(
                f"there is no stack {self.name} in {self.session.region_name}: check --stack and --region"
            )
        return dict(answer["Stacks"][0])


def describe_stack(cloudformation: Any, name: str) -> dict[str, Any] | None:
    """CloudFormation's answer about a stack; None if there is no such stack."""
    try:
        return dict(cloudformation.describe_stacks(StackName=name))
    except ClientError as error:
        if error.response["Error"]["Code"] != "ValidationError":
            raise
        return None


@dataclass(frozen=True)
class Target:
    """The stack that was asked for: by name on AWS, or without a name the local one.

    Profile and region, if not given, are those of the stage in samconfig.toml that deploys the stack, or else chosen
    as by the AWS CLI.
    """

    name: str
    profile: str
    region: str

    def find(self) -> Stack:
        """The stack. Raises `OperationFailed` if no local stack runs or no region is set."""
        if self.name:
            return self._on_aws()
        if self.profile or self.region:
            raise InvalidInput("--profile and --region are for a stack on AWS: name it with --stack, or WEBHOOKS_STACK")
        return _local()

    def warning(self) -> str:
        """Why the stage's profile and region are not used; empty if they are, or there are none."""
        try:
            _stage(self.name)
        except OperationFailed as failure:
            return f"{failure}; its profile and region are not used"
        return ""

    @property
    def profile_used(self) -> str:
        """The profile of the option or the stage; empty for the shell's."""
        return self.profile or self._settings().get("profile", "")

    def _settings(self) -> dict[str, str]:
        try:
            return _stage(self.name)
        except OperationFailed:
            return {}

    def _on_aws(self) -> Stack:
        # The SDK for Python does not know AWS_REGION; the AWS CLI and all other SDKs prefer it.
        region = self.region or self._settings().get("region") or os.environ.get("AWS_REGION")
        session = boto3.Session(profile_name=self.profile_used or None, region_name=region or None)
        if not session.region_name:
            raise OperationFailed("no region: give --region, or set AWS_REGION")
        return Stack(self.name, session)


def _local() -> Stack:
    checkout = Checkout.find()
    if not checkout:
        raise OperationFailed("there is no checkout of the project here: name a stack on AWS with --stack")
    try:
        running = json.loads((checkout.state / "stack.json").read_text())
        emulator, name, url = running["emulator"], running["name"], running["url"]
        port, access_key = emulator["port"], emulator["access_key"]
        # A stack that was killed leaves its file behind.
        socket.create_connection(("127.0.0.1", port), timeout=1).close()
    except (OSError, ValueError, KeyError, TypeError, OverflowError) as error:
        raise OperationFailed(
            "no local stack is running: start one in another terminal with `make up`, or name one on AWS with --stack"
        ) from error
    return Stack(name, _local_session(access_key), f"http://127.0.0.1:{port}", url)


def _stage(stack_name: str) -> dict[str, str]:
    """Profile and region of a stack's stage in samconfig.toml. Raises `OperationFailed` if that cannot be read."""
    checkout = Checkout.find()
    return checkout.stage(stack_name) if checkout and stack_name else {}


def _local_session(access_key: str) -> boto3.Session:
    """A session without any AWS setting of the shell: a profile, an endpoint or a retry mode must not apply here."""
    core = botocore.session.Session()
    for name, (_, _, default, convert) in dict(core.session_var_map).items():
        core.session_var_map[name] = (None, None, default, convert)
    for name in ("config_file", "credentials_file"):
        core.session_var_map[name] = (None, None, os.devnull, None)
    return boto3.Session(
        botocore_session=core,
        aws_access_key_id=access_key,
        aws_secret_access_key="test",  # noqa: S106 - any will do
        region_name=_LOCAL_REGION,
    )
