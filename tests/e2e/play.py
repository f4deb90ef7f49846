"""Plays the commands of pages in one bash session, in order, as a person would type them.

The session's own commands, `play make` and `play deliver`, are below.
"""

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from pathlib import Path

from botocore.exceptions import ClientError

from tools.local.client import wait_until
from tools.local.emulator import ROOT, Emulator
from tools.local.stack import STATE, connect
from tools.stages import ARCHITECTURE, stage
from webhooks_cli.operations.endpoint import Endpoint, Request

_FORKS = Path(__file__).with_name("forks.py")

PROJECT, EMULATOR, BUILT = "PLAY_PROJECT", "PLAY_EMULATOR", "PLAY_BUILT"
"""Environment variables of the session."""

TYPES = ["CreateOrderEvent", "CustomEvent"]

NOT_HERE: Mapping[str, str] = {
    "aws configure": "version 2 of the AWS CLI asks a person to sign in",
    "aws deploy": "the emulator has no CodeDeploy",
    "aws service-quotas": "the emulator has no Service Quotas",
    "make deploy STAGE=live": "the same with another stage: tests/e2e/test_deploy.py",
    "git": "the copy of the project is no repository",
}
"""Commands that cannot run on the local stack. Of the AWS CLI's, name and options are checked all the same."""

_PRELUDE = r"""
set -o pipefail
trap 'typed=$last last=$BASH_COMMAND' DEBUG # runs before the trap below too, where BASH_COMMAND is a function's
trap 'echo "$BLOCK: $typed" >>"$PLAY_FAILED"' ERR
run() { "$PLAY_PYTHON" -I -S "$PLAY_FORKS" run "$@"; }
aws() {
  case "$1" in
    configure) ;;
    deploy | service-quotas) run "$PLAY_FOLDER/aws" "$@" --generate-cli-skeleton input >/dev/null ;;
    *) run "$PLAY_FOLDER/aws" "$@" ;;
  esac
}
webhooks() { run "$PLAY_FOLDER/webhooks" "$@"; }
play() { PYTHONPATH="$PLAY_ROOT" "$PLAY_PYTHON" -P -m tests.e2e.play "$@"; }
make() { [ "$*" = "deploy" ] && play make; }
sleep() { command sleep 0.2; }
"""


@dataclass(frozen=True, slots=True)
class Block:
    """A block of commands under a heading of a page."""

    heading: str
    code: str


def blocks(page: str) -> list[Block]:
    """The blocks of a page, those in lists too."""
    found, heading = [], ""
    for match in re.finditer(r"^#+ ([^\n]+)$|^( *)```sh\n(.*?)^ *```$", page, re.MULTILINE | re.DOTALL):
        if match[1]:
            heading = match[1]
        else:
            found.append(Block(heading, re.sub(rf"^{match[2]}", "", match[3], flags=re.MULTILINE)))
    return found


def script(found: list[Block], typed: Mapping[str, str], between: Mapping[str, str]) -> str:
    """The session. `typed` replaces what the pages say, and `between` happens before a heading.

    Raises `KeyError` for what no block contains.
    """
    lines, left = [_PRELUDE], {*typed, *between}
    for block in found:
        code = block.code
        if block.heading in left & between.keys():
            left.discard(block.heading)
            lines.append(f"BLOCK=before\n{between[block.heading]}")
        for written, entered in typed.items():
            left -= {written} if written in code else set()
            code = code.replace(written, entered)
        for command in NOT_HERE:
            if not command.startswith("aws"):
                code = re.sub(rf"^{command}\b.*$", ":", code, flags=re.MULTILINE)
        lines.append(f'BLOCK={json.dumps(block.heading)}\necho "== $BLOCK"\n{code}')
    if left:
        raise KeyError(f"no block contains {left}")
    return "\n".join([*lines, "BLOCK=end", 'echo "== end"'])


def play(session: str, folder: Path, environment: Mapping[str, str]) -> tuple[list[str], str]:
    """Run a session; returns the commands that failed, with their headings, and the output."""
    failed, answers = folder / "failed", folder / "answers"
    failed.touch()
    answers.write_text("y\n" * 10_000)
    ours = {"PLAY_FAILED": str(failed), "PLAY_FOLDER": str(folder), "PLAY_FORKS": str(_FORKS)}
    with answers.open() as stdin, _commands(folder, environment):
        ran = subprocess.run(
            ["bash", "-c", session],  # noqa: S607 - the reader's
            cwd=environment[PROJECT],
            env=os.environ | environment | ours | {"PLAY_ROOT": str(ROOT), "PLAY_PYTHON": sys.executable},
            stdin=stdin,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
    ended = [] if ran.stdout.rstrip().endswith("== end") else ["the session did not reach its end"]
    return failed.read_text().splitlines() + ended, ran.stdout


@contextmanager
def _commands(folder: Path, environment: Mapping[str, str]) -> Iterator[None]:
    """Serve `aws` and the project's `webhooks` for the length of the block."""
    project, path = environment[PROJECT], os.environ | environment
    commands: dict[str, tuple[str | Path, str, dict[str, str]]] = {
        "aws": (ROOT / ".venv" / "sam" / "bin" / "python", "awscli.clidriver", {}),
        "webhooks": (sys.executable, "webhooks_cli.__main__", {"PYTHONPATH": f"{project}:{project}/layers/core"}),
    }
    servers = [
        subprocess.Popen([python, "-P", _FORKS, "serve", folder / name, module], env=path | more)
        for name, (python, module, more) in commands.items()
    ]
    try:
        wait_until(lambda: [name for name in commands if not (folder / name).exists()], lambda left: not left, "aws")
        yield
    finally:
        for server in servers:
            server.kill()
            server.wait()


def session_environment(project: Path, emulator: Emulator, built: Path) -> dict[str, str]:
    """The environment of a session in a copy of the project."""
    return emulator.environment() | {
        PROJECT: str(project),
        EMULATOR: json.dumps(asdict(emulator), default=str),
        BUILT: str(built),
        "COLUMNS": "160",
        "SAM_CLI_TELEMETRY": "0",
    }


def _emulator() -> Emulator:
    known = json.loads(os.environ[EMULATOR])
    return Emulator(**known | {"log": Path(known["log"])})


def _make() -> None:
    """Deploy the stage, built before and without the checks, and let the endpoint's address lead to its API."""
    target, project = _emulator(), Path(os.environ[PROJECT])
    chosen = stage("stage", project, {"Architecture": ARCHITECTURE, "EndpointUrl": target.url})
    state = project / STATE.relative_to(ROOT)
    if state.exists() and json.loads(state.read_text())["name"] == chosen.stack:
        return  # an update without a change
    chosen.deploy(Path(os.environ[BUILT]), "--no-confirm-changeset", environment=target.environment())
    stack = connect(target, chosen.stack)
    api_id = stack.outputs["Endpoint"].removeprefix("http://").partition(".")[0]
    gateway = target.client("apigatewayv2")
    with suppress(ClientError):
        gateway.delete_domain_name(DomainName="webhooks.localhost")
    gateway.create_domain_name(DomainName="webhooks.localhost")
    gateway.create_api_mapping(DomainName="webhooks.localhost", ApiId=api_id, Stage="$default")
    state.parent.mkdir(exist_ok=True)
    found = {"name": stack.name, "url": stack.url, "emulator": asdict(target)}
    state.write_text(json.dumps(found, default=str))


def _deliver(message_id: str, body: str) -> None:
    """Deliver to the stack that was deployed last, and print the answer."""
    target, project = _emulator(), Path(os.environ[PROJECT])
    name = json.loads((project / STATE.relative_to(ROOT)).read_text())["name"]
    secret = target.client("secretsmanager").get_secret_value(SecretId=f"{name}/tokens")["SecretString"]
    headers = {"X-Directscale-Client-Id": "acme", "X-Directscale-Message-Id": message_id}
    with Endpoint(f"{target.url}/webhooks") as endpoint:
        request = Request(headers, body.encode()).with_token(json.loads(secret)["first"])
        print(endpoint.post(request).body["status"])  # noqa: T201 - for the session


if __name__ == "__main__":
    command, *rest = sys.argv[1:]
    if command == "make":
        _make()
    else:
        _deliver(*rest)
