"""The local stack: build, emulator, deployment, and workarounds for the emulator."""

import json
import socket
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from tools.errors import ToolFailed
from tools.imports import check_imports
from tools.local.emulator import ACCOUNT, REGION, ROOT, Emulator, emulator, forget_aws
from tools.local.guard import ENDPOINT_HOST
from tools.local.live import give_time, make_live
from tools.local.progress import console, step
from tools.stages import SAM_BUILD, local_stage

NAME = ENDPOINT_HOST.removesuffix(".localhost")
"""The stack whose endpoint the guard serves at the emulator's address."""

STATE = ROOT / ".local" / "stack.json"
"""The file in which other commands find a running `make up`."""

SAMPLE_TOKEN = "mcwod!j9xn2fylqo%2692kd09$jdi1l"  # noqa: S105 - from the vendor's documentation


class NoStack(ToolFailed):
    """No `make up` is running."""

    def __init__(self) -> None:
        super().__init__("no local stack is running: start one in another terminal with `make up`")


@dataclass(frozen=True, slots=True)
class LocalStack:
    """A deployed stack. `outputs` are the template's; `token` is the one that the template created."""

    name: str
    emulator: Emulator
    outputs: dict[str, str]
    token: str

    @property
    def host(self) -> str:
        """The `Host` header for the stack's API."""
        return f"{self.name}.localhost"

    @property
    def url(self) -> str:
        """The endpoint. Requests to another stack than `webhooks` need its `host`."""
        return f"{self.emulator.url}/webhooks"


@contextmanager
def local_stack(name: str = NAME, project: Path = ROOT, *, live: bool = False) -> Iterator[LocalStack]:
    """Build and deploy a project's template for the length of the block; then stop everything.

    With `live`, its functions run from the working tree.
    """
    with ExitStack() as running:
        # A temporary folder, because several stacks of one checkout may be built at once.
        with TemporaryDirectory(prefix="webhooks-build-") as folder:
            with step("build: sam build"):
                build(project, into=Path(folder), live=live)
            with step("start: the AWS emulator, on loopback, IAM enforced"):
                started = running.enter_context(emulator())
                running.callback(console.print, "stopping the emulator and its functions")
            with step("deploy: sam deploy"):
                deploy(started, name, project, built=Path(folder))
        with step("connect: the endpoint's address, the tokens"):
            stack = connect(started, name)
            if live:
                give_time(started, name, stack.outputs)
        yield stack


def build(project: Path = ROOT, into: Path | None = None, *, live: bool = False) -> None:
    """Build functions and layers for this machine's processor, by default where the SAM CLI looks for them.

    With `live`, functions are replaced by a stub after they were checked.
    Raises `SamFailed`, or `ToolFailed` for a handler that cannot be imported.
    """
    forget_aws()
    folder = into or project / SAM_BUILD
    local_stage(project).sam("build", "--build-dir", str(folder), environment={})
    check_imports(project, folder)
    if live:
        make_live(project, folder)


def deploy(target: Emulator, name: str, project: Path = ROOT, *, built: Path | None = None, endpoint: str = "") -> None:
    """Deploy what was built as the stack `name`. Raises `SamFailed`.

    The functions find AWS at `endpoint`, by default at the emulator.
    """
    stage = local_stage(project, endpoint or target.url)
    stage.deploy(built or project / SAM_BUILD, "--stack-name", name, environment=target.environment())


def connect(target: Emulator, name: str) -> LocalStack:
    """Prepare a stack after its first deployment."""
    outputs = outputs_of(target, name)
    secrets = target.client("secretsmanager")
    tokens = json.loads(secrets.get_secret_value(SecretId=outputs["TokensSecret"])["SecretString"])
    # The files in events/ have the token of the vendor's documentation.
    secrets.put_secret_value(
        SecretId=outputs["TokensSecret"], SecretString=json.dumps(tokens | {"sample": SAMPLE_TOKEN})
    )
    stack = LocalStack(name, target, outputs, tokens["first"])
    _name_endpoint(stack)
    apply_workarounds(target, name, outputs)
    return stack


def outputs_of(target: Emulator, name: str) -> dict[str, str]:
    """The outputs of a deployed stack."""
    (described,) = target.client("cloudformation").describe_stacks(StackName=name)["Stacks"]
    return {output["OutputKey"]: output["OutputValue"] for output in described["Outputs"]}


# ---- How ministack 1.5.33 differs from AWS, and the workarounds
#
# 1. An API answers at <id>.execute-api.localhost, and the id changes with each deployment: below.
# 2. It expands SAM templates only if SAM's translator can be imported: guard.py.
# 3. A number from a parameter reaches Lambda's event source as text, and its poller stops: the value of
#    MaximumConcurrency is a literal number in the template.
# 4. Its password generator supports ExcludeCharacters only: the template excludes punctuation twice.
# 5. `!Ref` of a secret is its name, not its ARN: the template uses `!GetAtt TokensSecret.Id`, the ARN in both.
# 6. It uses plain HTTP, on loopback, which the template's TLS-only policies of bucket and queues deny: they are removed
#    below.
# 7. It checks permissions that AWS does not have: `sqs:SendMessageBatch`, which `sqs:SendMessage` covers there, and
#    `dynamodb:BatchExecuteStatement`, on no resource, which `dynamodb:PartiQLUpdate` covers. The relay gets them below.
# 8. It answers an unhandled error of ingest with 502 and the error's text; AWS answers 500 without text.
# 9. It writes no access log, throttles nothing, and reads no metrics from logs, so most alarms never go off.
# 10. Its logs lack why a function cannot be imported, and its Logs Insights ignores `not like`: guard.py.
# 11. It has no CodeDeploy; and a parameter leads to a new version of ingest only through Revision (tools/stages.py).
# 12. An update renews the time of every resource, so a stack looks upgraded from version 1.0 after `make redeploy`:
#    its lists take more calls.


def apply_workarounds(target: Emulator, name: str, outputs: dict[str, str]) -> None:
    """Apply the workarounds that each deployment undoes."""
    _allow_plain_http(target, outputs)
    _let_relay_send_batches(target, name, outputs)


def _name_endpoint(stack: LocalStack) -> None:
    """Serve the API at the stack's host name too, as a custom domain; the guard adds the name to /webhooks."""
    gateway = stack.emulator.client("apigatewayv2")
    api_id = stack.outputs["Endpoint"].removeprefix("http://").partition(".")[0]
    gateway.create_domain_name(DomainName=stack.host)
    gateway.create_api_mapping(DomainName=stack.host, ApiId=api_id, Stage="$default")


def _allow_plain_http(target: Emulator, outputs: dict[str, str]) -> None:
    target.client("s3").delete_bucket_policy(Bucket=outputs["Bucket"])
    sqs = target.client("sqs")
    # This call would be denied too, so it claims TLS, as behind a proxy.
    sqs.meta.events.register(
        "before-sign.sqs", lambda request, **_: request.headers.add_header("X-Forwarded-Proto", "https")
    )
    for prefix in ("QueuePrefix", "DeadLettersPrefix"):
        for queue in sqs.list_queues(QueueNamePrefix=outputs[prefix])["QueueUrls"]:
            sqs.set_queue_attributes(QueueUrl=queue, Attributes={"Policy": ""})


def _let_relay_send_batches(target: Emulator, name: str, outputs: dict[str, str]) -> None:
    found = target.client("cloudformation").describe_stack_resource(StackName=name, LogicalResourceId="RelayRole")
    queues = f"arn:aws:sqs:{REGION}:{ACCOUNT}:{outputs['QueuePrefix']}*"
    granted = {"sqs:SendMessageBatch": queues, "dynamodb:BatchExecuteStatement": "*"}
    statements = [{"Effect": "Allow", "Action": action, "Resource": on} for action, on in granted.items()]
    target.client("iam").put_role_policy(
        RoleName=found["StackResourceDetail"]["PhysicalResourceId"],
        PolicyName="emulator",
        PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": statements}),
    )


@contextmanager
def remembered_while(stack: LocalStack, project: Path = ROOT, *, live: bool = False) -> Iterator[None]:
    """Let the other commands of a checkout find the stack for the length of the block."""
    state = project / STATE.relative_to(ROOT)
    state.parent.mkdir(exist_ok=True)
    found = {"name": stack.name, "url": stack.url, "emulator": asdict(stack.emulator), "live": live}
    # It contains the administrator's key.
    state.touch(mode=0o600)
    state.write_text(json.dumps(found, default=str))
    try:
        yield
    finally:
        state.unlink(missing_ok=True)


@dataclass(frozen=True, slots=True)
class Running:
    """The stack of a running `make up`."""

    name: str
    url: str
    emulator: Emulator
    live: bool


def running() -> Running:
    """The stack that `make up` keeps running. Raises `NoStack`."""
    try:
        found = json.loads(STATE.read_text())
        emulator = Emulator(**found["emulator"] | {"log": Path(found["emulator"]["log"])})
        # A killed stack leaves its file behind.
        socket.create_connection(("127.0.0.1", emulator.port), timeout=1).close()
    except OSError as error:
        raise NoStack from error
    forget_aws()
    return Running(found["name"], found["url"], emulator, bool(found.get("live")))
