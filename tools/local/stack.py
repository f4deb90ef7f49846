"""The local stack: emulator, build, deploy, and the emulator's gaps closed."""

import json
import socket
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

from tools.errors import ToolFailed
from tools.local.emulator import ACCOUNT, REGION, ROOT, Emulator, emulator, forget_aws
from tools.local.guard import ENDPOINT_HOST
from tools.local.progress import console, step
from tools.stages import local_stage

NAME = ENDPOINT_HOST.removesuffix(".localhost")
"""The stack whose endpoint the guard serves under the emulator's address."""

STATE = ROOT / ".local" / "stack.json"
"""Where a running `make up` tells other commands of itself."""

SAMPLE_TOKEN = "mcwod!j9xn2fylqo%2692kd09$jdi1l"  # noqa: S105 - the one in the vendor's documentation


class NoStack(ToolFailed):
    """No `make up` is running."""

    def __init__(self) -> None:
        super().__init__("no local stack runs: start one in another terminal with `make up`")


@dataclass(frozen=True, slots=True)
class LocalStack:
    """A deployed stack. `outputs` are the template's; `token` is the one that the template made."""

    name: str
    emulator: Emulator
    outputs: dict[str, str]
    token: str

    @property
    def host(self) -> str:
        """The `Host` by which the emulator knows the stack's API among others."""
        return f"{self.name}.localhost"

    @property
    def url(self) -> str:
        """The endpoint of the stack `webhooks`. Requests to another stack state its `host`."""
        return f"{self.emulator.url}/webhooks"


@contextmanager
def local_stack(name: str = NAME) -> Iterator[LocalStack]:
    """Build and deploy the project's template for the length of the block; everything is stopped after it."""
    with step("build: sam build"):
        build()
    with ExitStack() as running:
        with step("start: the AWS emulator, on loopback, IAM enforced"):
            started = running.enter_context(emulator())
            running.callback(console.print, "stopping the emulator and its functions")
        with step("deploy: sam deploy"):
            deploy(started, name)
        with step("connect: the endpoint's address, the tokens"):
            stack = connect(started, name)
        yield stack


def build(project: Path = ROOT) -> None:
    """Build functions and layers for this machine's processor. Raises `SamFailed`."""
    forget_aws()
    local_stage(project).sam("build", environment={})


def deploy(target: Emulator, name: str, project: Path = ROOT, endpoint: str = "") -> None:
    """Deploy what was built as the stack `name`. Raises `SamFailed`.

    The functions find AWS at `endpoint`, or else straight at the emulator.
    """
    stage = local_stage(project, endpoint or target.url)
    stage.sam("deploy", "--stack-name", name, environment=target.environment())


def connect(target: Emulator, name: str) -> LocalStack:
    """Read what was deployed for the first time, and close what the emulator leaves open."""
    outputs = outputs_of(target, name)
    secrets = target.client("secretsmanager")
    tokens = json.loads(secrets.get_secret_value(SecretId=outputs["TokensSecret"])["SecretString"])
    # Not a gap: the files in events/ carry the token of the vendor's documentation, and are to be accepted here.
    secrets.put_secret_value(
        SecretId=outputs["TokensSecret"], SecretString=json.dumps(tokens | {"sample": SAMPLE_TOKEN})
    )
    stack = LocalStack(name, target, outputs, tokens["first"])
    _name_endpoint(stack)
    close_gaps(target, name, outputs)
    return stack


def outputs_of(target: Emulator, name: str) -> dict[str, str]:
    """The template's outputs, as deployed."""
    (described,) = target.client("cloudformation").describe_stacks(StackName=name)["Stacks"]
    return {output["OutputKey"]: output["OutputValue"] for output in described["Outputs"]}


# ---- What ministack 1.5.33 does otherwise than AWS, and what is done about it: all of it stands here.
#
# 1. An API answers under <id>.execute-api.localhost, with an id that changes with each deployment: below.
# 2. It expands SAM templates only if SAM's translator can be imported: guard.py sees to that.
# 3. A number that comes from a parameter reaches Lambda's event source as text, and its poller stops: the template
#    states MaximumConcurrency as a number.
# 4. Its password generator knows ExcludeCharacters only: so the template excludes punctuation twice.
# 5. `!Ref` of a secret gives its name, not its ARN: the template uses `!GetAtt TokensSecret.Id`, the ARN in both.
# 6. It answers over plain HTTP, on loopback, which the template's TLS-only policies of the bucket and of the queues
#    refuse, and rightly: they are taken away, below.
# 7. It asks for a permission `sqs:SendMessageBatch`, which AWS does not have: there `sqs:SendMessage` covers it. The
#    relay is given it, below.
# 8. An unhandled error of ingest is answered 502 with its text; AWS answers 500 without. Nothing is done about it.
# 9. It writes no access log, throttles nothing, and reads no metrics from the log, so that hardly an alarm goes off.
# 10. It has no CodeDeploy; and a parameter makes a new version of ingest only because the template spells it out
#    (PARAMETERS).


def close_gaps(target: Emulator, name: str, outputs: dict[str, str]) -> None:
    """Close what each deployment opens again."""
    _allow_plain_http(target, outputs)
    _let_relay_send_batches(target, name, outputs)


def _name_endpoint(stack: LocalStack) -> None:
    """Serve the API under the stack's host name too, which the guard fills in for /webhooks, as a custom domain."""
    gateway = stack.emulator.client("apigatewayv2")
    api_id = stack.outputs["Endpoint"].removeprefix("http://").partition(".")[0]
    gateway.create_domain_name(DomainName=stack.host)
    gateway.create_api_mapping(DomainName=stack.host, ApiId=api_id, Stage="$default")


def _allow_plain_http(target: Emulator, outputs: dict[str, str]) -> None:
    target.client("s3").delete_bucket_policy(Bucket=outputs["Bucket"])
    sqs = target.client("sqs")
    # Over plain HTTP that is refused too, so this request says that it came over TLS, as a proxy would.
    sqs.meta.events.register(
        "before-sign.sqs", lambda request, **_: request.headers.add_header("X-Forwarded-Proto", "https")
    )
    for prefix in ("QueuePrefix", "DeadLettersPrefix"):
        for queue in sqs.list_queues(QueueNamePrefix=outputs[prefix])["QueueUrls"]:
            sqs.set_queue_attributes(QueueUrl=queue, Attributes={"Policy": ""})


def _let_relay_send_batches(target: Emulator, name: str, outputs: dict[str, str]) -> None:
    found = target.client("cloudformation").describe_stack_resource(StackName=name, LogicalResourceId="RelayRole")
    queues = f"arn:aws:sqs:{REGION}:{ACCOUNT}:{outputs['QueuePrefix']}*"
    statement = {"Effect": "Allow", "Action": "sqs:SendMessageBatch", "Resource": queues}
    target.client("iam").put_role_policy(
        RoleName=found["StackResourceDetail"]["PhysicalResourceId"],
        PolicyName="emulator",
        PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [statement]}),
    )


@contextmanager
def remembered_while(stack: LocalStack, state: Path = STATE) -> Iterator[None]:
    """Let other commands find the stack, through a file, for the length of the block."""
    state.parent.mkdir(exist_ok=True)
    found = {"name": stack.name, "url": stack.url, "emulator": asdict(stack.emulator)}
    # It holds the administrator's key.
    state.touch(mode=0o600)
    state.write_text(json.dumps(found, default=str))
    try:
        yield
    finally:
        state.unlink(missing_ok=True)


@dataclass(frozen=True, slots=True)
class Running:
    """What a running `make up` tells other commands of its stack."""

    name: str
    url: str
    emulator: Emulator


def running() -> Running:
    """The stack that `make up` keeps running. Raises `NoStack`."""
    try:
        found = json.loads(STATE.read_text())
        emulator = Emulator(**found["emulator"] | {"log": Path(found["emulator"]["log"])})
        # A stack that was killed leaves its state file behind.
        socket.create_connection(("127.0.0.1", emulator.port), timeout=1).close()
    except OSError as error:
        raise NoStack from error
    forget_aws()
    return Running(found["name"], found["url"], emulator)
