"""`make deploy STAGE=live`: builds and validates the project, shows the changes, asks, and deploys."""

import os
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import boto3
from botocore.exceptions import BotoCoreError, ClientError

from tools.account import warn
from tools.errors import ToolFailed
from tools.imports import check_imports
from tools.limits import check_limits
from tools.local.emulator import ROOT, forget_aws
from tools.local.progress import console, step
from tools.local.sam import sam
from tools.retire import Deployment
from tools.stages import LOCAL, Stage, local_stage, stage
from webhooks_cli.operations.stack import Stack
from webhooks_cli.signals import stopping_cleanly

UNCOMMITTED = {LOCAL, "stage"}
"""The stages that may be deployed with uncommitted changes."""

_ENDPOINT = "AWS_ENDPOINT_URL"


def deploy(name: str, project: Path = ROOT) -> None:
    """Deploy a stage. Raises `ToolFailed` with what is missing or what failed."""
    chosen = _local(project) if name == LOCAL else stage(name, project)
    if name not in UNCOMMITTED:
        _refuse_uncommitted(chosen)
    session, account = signed_in(chosen)
    region = {"AWS_REGION": session.region_name, "AWS_DEFAULT_REGION": session.region_name}
    place = f"account {account}, {session.region_name}"
    if _ENDPOINT in os.environ:
        place += f", at {os.environ[_ENDPOINT]}"
    console.print(f"[bold]{chosen.stack}[/]: {place}", soft_wrap=True)
    with step("check: names, sizes and numbers against the limits of AWS"):
        check_limits(chosen, account, session.region_name)
    warn(session, chosen)
    deployment = Deployment.of(chosen, Stack(chosen.stack, session), environment=region, shown=True)
    with TemporaryDirectory(prefix="webhooks-build-") as folder:
        with step("build: sam build"):
            chosen.sam("build", "--build-dir", folder, environment=region)
            check_imports(project, Path(folder), chosen.parameters["Architecture"])
        if name != LOCAL:  # `make up` does not validate either
            with step("validate: sam validate --lint"):
                sam("validate", "--lint", "--config-env", name, environment=region, project=project)
        deployment.run(Path(folder))
    _report(session, chosen)


def signed_in(chosen: Stage) -> tuple[Any, str]:
    """A boto3 session for the stage, and the account's id. Raises `ToolFailed`.

    The stage's profile and region take precedence over the environment's.
    """
    try:
        region = chosen.settings.get("region") or os.environ.get("AWS_REGION")
        session = boto3.Session(profile_name=chosen.settings.get("profile"), region_name=region)
        if session.region_name is None:
            raise ToolFailed("no AWS region: export AWS_DEFAULT_REGION=eu-central-1, for example")
        return session, session.client("sts").get_caller_identity()["Account"]
    except (BotoCoreError, ClientError) as error:
        raise ToolFailed(f"not signed in to AWS: {error}\nNext: docs/deploy.md#sign-in-to-aws") from error


def _local(project: Path) -> Stage:
    if _ENDPOINT not in os.environ:
        raise ToolFailed(
            f"the stage {LOCAL} needs an emulator at {_ENDPOINT}; `make up`, `make demo` and the tests start one. "
            "For AWS: make deploy STAGE=stage"
        )
    url = os.environ[_ENDPOINT]
    forget_aws()
    os.environ[_ENDPOINT] = url
    return local_stage(project, url)


def _refuse_uncommitted(chosen: Stage) -> None:
    command = ["git", "status", "--porcelain"]
    seen = subprocess.run(command, cwd=chosen.project, capture_output=True, text=True, check=False)
    if seen.returncode or seen.stdout:
        raise ToolFailed(
            f"{chosen.name} is deployed from a commit, so that its code can be found and restored. "
            f"Commit first:\n{seen.stdout or seen.stderr}".rstrip()
        )


def _report(session: Any, chosen: Stage) -> None:
    (seen,) = session.client("cloudformation").describe_stacks(StackName=chosen.stack)["Stacks"]
    outputs = {output["OutputKey"]: output["OutputValue"] for output in seen.get("Outputs", [])}
    if "Endpoint" not in outputs:
        raise ToolFailed(f"nothing was deployed: {chosen.stack} is {seen['StackStatus']}")
    console.print(
        f"[bold]{chosen.stack}[/] is {seen['StackStatus']}\n"
        f"  endpoint   {outputs['Endpoint']}\n"
        f"  tokens     in the secret {chosen.stack}/tokens\n"
        "  next       docs/deploy.md#read-the-token",
        soft_wrap=True,
    )


def main() -> None:
    """Deploy the stage that the command line names."""
    with stopping_cleanly():
        deploy(" ".join(sys.argv[1:]))


if __name__ == "__main__":
    main()
