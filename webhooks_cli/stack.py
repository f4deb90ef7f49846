"""A deployed stack, found by its name on AWS or as the one that `make up` runs; the same code speaks to both."""

from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import boto3
from botocore.exceptions import ClientError

from tools.local.emulator import REGION
from tools.local.stack import NoStack, running
from webhooks_cli.errors import ToolFailed


@dataclass(frozen=True)
class Stack:
    """What its template's outputs tell, and clients of the services that it is made of.

    `local_url` is where a local stack's endpoint answers, which its outputs cannot know.
    """

    name: str
    session: boto3.Session
    endpoint_url: str | None = None
    local_url: str = ""
    _clients: dict[str, Any] = field(default_factory=dict)

    def client(self, service: str) -> Any:
        """The client of one AWS service."""
        if service not in self._clients:
            self._clients[service] = self.session.client(  # type: ignore[call-overload]
                service, endpoint_url=self.endpoint_url
            )
        return self._clients[service]

    @cached_property
    def outputs(self) -> dict[str, str]:
        """The template's outputs."""
        return {output["OutputKey"]: output["OutputValue"] for output in self._described["Outputs"]}

    @cached_property
    def event_types(self) -> tuple[str, ...]:
        """The types that have a queue and a handler of their own, as deployed."""
        parameters = {told["ParameterKey"]: told["ParameterValue"] for told in self._described["Parameters"]}
        return tuple(name.strip() for name in parameters["EventTypes"].split(","))

    @property
    def url(self) -> str:
        """The endpoint, without an event type."""
        return self.local_url or self.outputs["Endpoint"]

    def known(self, event_type: str) -> str:
        """An event type that is deployed. Raises `ToolFailed` for any other."""
        if event_type not in self.event_types:
            raise ToolFailed(
                f"{event_type} has no queue in {self.name}; those that have: {', '.join(self.event_types)}"
            )
        return event_type

    def queue_url(self, event_type: str) -> str:
        """The queue of an event type."""
        return self._url(self.outputs["QueuePrefix"] + event_type)

    def dead_letters_url(self, event_type: str) -> str:
        """The dead-letter queue of an event type."""
        return self._url(self.outputs["DeadLettersPrefix"] + event_type)

    def log_group(self, function: str) -> str:
        """The log group of a function by its short name: `ingest`, `relay` or an event type."""
        return f"/aws/lambda/{self.name}-{function}"

    def _url(self, name: str) -> str:
        return str(self.client("sqs").get_queue_url(QueueName=name)["QueueUrl"])

    @cached_property
    def _described(self) -> dict[str, Any]:
        try:
            (described,) = self.client("cloudformation").describe_stacks(StackName=self.name)["Stacks"]
        except ClientError as error:
            if error.response["Error"]["Code"] != "ValidationError":
                raise
            raise ToolFailed(
                f"there is no stack {self.name} in {self.session.region_name}: check --stack and --region"
            ) from error
        return dict(described)


@dataclass(frozen=True)
class Target:
    """Which stack was asked for: by name on AWS, or without a name the local one."""

    name: str
    profile: str
    region: str

    def find(self) -> Stack:
        """The stack. Raises `ToolFailed` where no local one runs, or nothing says in which region."""
        return self._on_aws() if self.name else _local()

    def _on_aws(self) -> Stack:
        session = boto3.Session(profile_name=self.profile or None, region_name=self.region or None)
        if not session.region_name:
            raise ToolFailed("no region: give --region, or set AWS_REGION")
        return Stack(self.name, session)


def _local() -> Stack:
    try:
        found = running()
    except NoStack as none:
        raise ToolFailed(f"{none}, or name one on AWS with --stack") from none
    session = boto3.Session(aws_access_key_id="test", aws_secret_access_key="test", region_name=REGION)  # noqa: S106 - any will do
    return Stack(found.name, session, found.emulator.url, found.url)
