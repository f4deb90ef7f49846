"""Which stack a command works on, and with which credentials: options, variables, samconfig.toml."""

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import boto3
import botocore.exceptions as botocore_errors
import pytest
from botocore.exceptions import ClientError
from typer.testing import CliRunner, Result

from tests.unit.examples import ROOT
from webhooks import __version__
from webhooks_cli.app import app
from webhooks_cli.operations.aws_errors import aws_failure
from webhooks_cli.operations.checkout import Checkout
from webhooks_cli.operations.stack import Stack, Target

CONFIG = """
version = 0.1
[default.global.parameters]
stack_name = "webhooks-dev"
[live.global.parameters]
stack_name = "webhooks-live"
region = "eu-north-1"
profile = "of-live"
[stage.global.parameters]
stack_name = "webhooks-stage"
[stage.deploy.parameters]
region = "eu-west-3"
"""


@pytest.fixture
def config(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A checkout with `CONFIG`, profiles of the AWS CLI, and nothing set in the shell."""
    (tmp_path / "functions" / "handlers").mkdir(parents=True)
    (tmp_path / "template.yaml").touch()
    (tmp_path / "samconfig.toml").write_text(CONFIG)
    (tmp_path / "config").write_text(
        "[profile of-live]\nregion = us-west-1\n[profile prod]\nregion = us-west-2\n[default]\nregion = us-east-2\n"
    )
    monkeypatch.setattr(Checkout, "find", lambda: Checkout(tmp_path))
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "config"))
    for name in ("AWS_REGION", "AWS_DEFAULT_REGION", "AWS_PROFILE", "AWS_DEFAULT_PROFILE", "WEBHOOKS_STACK"):
        monkeypatch.delenv(name, raising=False)


def region_of(*target: str) -> tuple[str | None, str]:
    session = Target(*target).find().session
    return session.region_name, session.profile_name


@pytest.mark.usefixtures("config")
def test_a_stage_has_its_profile_and_region() -> None:
    assert region_of("webhooks-live", "", "") == ("eu-north-1", "of-live")
    assert region_of("webhooks-stage", "", "") == ("eu-west-3", "default")
    assert region_of("another", "", "") == ("us-east-2", "default")
    assert region_of("webhooks-live", "prod", "") == ("eu-north-1", "prod")
    assert region_of("webhooks-live", "", "sa-east-1") == ("sa-east-1", "of-live")


@pytest.mark.usefixtures("config")
def test_the_region_is_the_aws_clis(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_DEFAULT_REGION", "ca-west-1")
    assert region_of("another", "prod", "")[0] == "ca-west-1"
    monkeypatch.setenv("AWS_REGION", "ca-central-1")
    assert region_of("another", "", "")[0] == "ca-central-1"
    assert region_of("another", "", "sa-east-1")[0] == "sa-east-1"
    assert region_of("webhooks-live", "", "")[0] == "eu-north-1"


@pytest.mark.usefixtures("config")
def test_a_broken_samconfig_is_ignored_with_a_word(tmp_path: Path) -> None:
    (tmp_path / "samconfig.toml").write_text("[live")
    assert region_of("webhooks-live", "", "") == ("us-east-2", "default")
    assert Target("webhooks-live", "", "").warning()


def run(*arguments: str, monkeypatch: pytest.MonkeyPatch, **variables: str) -> tuple[Target | None, Result]:
    """A command, and the target it has chosen."""
    chosen: list[Target] = []

    def find(target: Target) -> Stack:
        chosen.append(target)
        raise SystemExit(7)

    monkeypatch.setattr(Target, "find", find)
    result = CliRunner().invoke(app, arguments, env=variables)
    return (chosen[0] if chosen else None), result


@pytest.mark.usefixtures("config")
@pytest.mark.parametrize(
    "arguments",
    [
        "--stack live --profile prod --region eu-west-1 events list",
        "events --stack live --profile prod list --region eu-west-1",
        "events list --stack live --profile prod --region=eu-west-1",
        "--stack other --region r events list --stack live --profile prod --region eu-west-1",
    ],
)
def test_the_stacks_option_may_come_anywhere(arguments: str, monkeypatch: pytest.MonkeyPatch) -> None:
    assert run(*arguments.split(), monkeypatch=monkeypatch)[0] == Target("live", "prod", "eu-west-1")


@pytest.mark.usefixtures("config")
def test_the_stack_may_be_a_variable(monkeypatch: pytest.MonkeyPatch) -> None:
    found = [
        run(*arguments.split(), monkeypatch=monkeypatch, WEBHOOKS_STACK="of-variable")[0]
        for arguments in ("status", "status --stack live", "--stack live status", "--profile prod status")
    ]
    assert [target.name for target in found if target] == ["of-variable", "live", "live", "of-variable"]


@pytest.mark.parametrize("option", ["--profile", "--region"])
@pytest.mark.parametrize("before", [True, False])
def test_a_profile_alone_means_no_local_stack(option: str, *, before: bool) -> None:
    arguments = [option, "prod", "status"] if before else ["status", option, "prod"]
    result = CliRunner().invoke(app, arguments)
    assert (result.exit_code, "--stack" in result.output) == (2, True)


@pytest.mark.parametrize("option", ["--stack", "--profile", "--region"])
@pytest.mark.parametrize(
    "command",
    [
        "new Points",
        "retire Points --yes",
        "schema DailyEvent",
        "sample DailyEvent",
        "send --url http://localhost --token t",
    ],
)
def test_an_unused_stack_is_wrong_usage(option: str, command: str) -> None:
    for arguments in ([option, "live", *command.split()], [*command.split(), option, "live"]):
        result = CliRunner().invoke(app, arguments)
        assert (result.exit_code, "stack" in result.output) == (2, True), arguments


def test_a_variable_may_name_the_stack() -> None:
    """Also for those that use none."""
    result = CliRunner().invoke(app, ["schema", "DailyEvent"], env={"WEBHOOKS_STACK": "live"})
    assert result.exit_code == 0, result.output
    assert "--stack" not in CliRunner().invoke(app, ["schema", "-h"]).output


def test_help_and_version_are_short() -> None:
    for arguments in (["-h"], ["events", "-h"], ["events", "list", "-h"]):
        result = CliRunner().invoke(app, arguments)
        assert (result.exit_code, "Usage" in result.output) == (0, True)
    assert "--stack" in CliRunner().invoke(app, ["events", "list", "-h"]).output
    result = CliRunner().invoke(app, ["--version"])
    assert (result.exit_code, __version__ in result.output, str(ROOT) in result.output) == (0, True, True)


@pytest.mark.parametrize(
    ("error", "step"),
    [
        (botocore_errors.NoCredentialsError(), "aws sso login"),
        (botocore_errors.ProfileNotFound(profile="prod"), "aws configure list-profiles"),
        (botocore_errors.UnauthorizedSSOTokenError(), "aws sso login --profile prod"),
        (botocore_errors.SSOTokenLoadError(error_msg="x"), "aws sso login --profile prod"),
        (botocore_errors.TokenRetrievalError(provider="sso", error_msg="x"), "aws sso login --profile prod"),
        (botocore_errors.PartialCredentialsError(provider="env", cred_var="x"), "AWS_SECRET_ACCESS_KEY"),
        (botocore_errors.NoRegionError(), "--region"),
        (botocore_errors.EndpointConnectionError(endpoint_url="x"), "cannot be reached"),
        *(
            (ClientError({"Error": {"Code": code, "Message": "m"}}, "DescribeStacks"), "aws sso login --profile prod")
            for code in ("ExpiredToken", "ExpiredTokenException", "RequestExpired", "InvalidClientTokenId")
        ),
        (ClientError({"Error": {"Code": "AccessDenied", "Message": "m"}}, "DescribeStacks"), "AWS refused"),
    ],
    ids=lambda each: each if isinstance(each, str) else type(each).__name__,
)
def test_missing_credentials_say_what_to_do(error: Any, step: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_PROFILE", "prod")
    assert step in str(aws_failure(error))


@pytest.mark.usefixtures("config")
def test_an_unknown_profile_is_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(boto3, "DEFAULT_SESSION", None)
    result = CliRunner().invoke(app, ["status", "--stack", "live", "--profile", "none-such"])
    assert "aws configure list-profiles" in str(result.exception)


@pytest.mark.usefixtures("config")
def test_the_failure_names_the_profile_used(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise botocore_errors.NoCredentialsError

    monkeypatch.setattr(Stack, "client", refuse)
    for arguments in ("--stack webhooks-live", "--stack another --profile of-live"):
        result = CliRunner().invoke(app, ["status", *arguments.split()])
        assert "aws sso login --profile of-live" in str(result.exception)


def test_nothing_is_imported_from_the_current_folder(tmp_path: Path) -> None:
    """And the command knows the checkout that it belongs to."""
    for name in ("json", "boto3", "typer", "webhooks", "webhooks_cli"):
        (tmp_path / f"{name}.py").write_text("raise SystemExit('imported from the current folder')\n")
    for command in ([ROOT / ".venv" / "bin" / "webhooks"], [sys.executable, "-m", "webhooks_cli"]):
        done = subprocess.run(
            [*command, "--version"],
            cwd=tmp_path,
            capture_output=True,
            text=True,
            check=False,
            env={**os.environ, "PYTHONPATH": ""} | ({"PYTHONSAFEPATH": "1"} if len(command) > 1 else {}),
        )
        assert (done.returncode, done.stderr) == (0, ""), command
        assert str(ROOT) in done.stdout


def test_a_foreign_checkout_is_not_imported_from(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A command that belongs to a checkout works on that one, wherever it is run."""
    folder = tmp_path / "functions" / "handlers" / "BonusEvent"
    folder.mkdir(parents=True)
    (tmp_path / "template.yaml").touch()
    (folder / "app.py").write_text("raise SystemExit(9)\n")
    monkeypatch.chdir(tmp_path)
    assert Checkout.find() == Checkout(ROOT)


@pytest.mark.parametrize("broken", ["{", "[]", '{"name": 1}', '{"emulator": {}}', '"x"'])
def test_a_broken_local_state_is_no_local_stack(broken: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / ".local").mkdir()
    (tmp_path / ".local" / "stack.json").write_text(broken)
    monkeypatch.setattr(Checkout, "find", lambda: Checkout(tmp_path))
    assert "make up" in str(CliRunner().invoke(app, ["status"]).exception)
