"""What `make deploy` refuses before any change, and its messages."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest
from moto import mock_aws

from tools.deploy import deploy, signed_in
from tools.errors import ToolFailed
from tools.reference import reference_project
from tools.stages import stage


@pytest.fixture(autouse=True)
def _signed_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Remove all AWS credentials."""
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "config"))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "credentials"))
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A committed copy of the project."""
    folder = reference_project(tmp_path / "project", ["CustomEvent"])
    git(folder, "init", "--quiet")
    git(folder, "add", ".")
    git(folder, "-c", "user.name=test", "-c", "user.email=test", "commit", "--quiet", "--message", "all")
    return folder


def git(folder: Path, *arguments: str) -> None:
    subprocess.run(["git", *arguments], cwd=folder, check=True)  # noqa: S607 - the project's own git


def make_deploy(project: Path, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    command = ["make", *arguments, "deploy"]
    variables = os.environ | environment
    return subprocess.run(command, cwd=project, env=variables, capture_output=True, text=True, check=False)


@pytest.mark.parametrize("name", ["prod", "default", "version", ""])
def test_the_message_for_an_unknown_stage_lists_them(project: Path, name: str) -> None:
    with pytest.raises(ToolFailed, match="It has: stage, live, local"):
        deploy(name, project)


def test_the_command_prints_no_traceback(project: Path) -> None:
    ran = make_deploy(project, "STAGE=prod")
    assert ran.returncode != 0
    assert ran.stderr.splitlines()[0] == "samconfig.toml has no stage 'prod'. It has: stage, live, local"
    assert "Traceback" not in ran.stdout + ran.stderr


def test_the_environment_does_not_choose_the_stage(project: Path) -> None:
    """A variable that was exported an hour ago."""
    assert "tools.deploy 'stage'" in make_deploy(project, "--dry-run", STAGE="live").stdout
    assert "tools.deploy 'live'" in make_deploy(project, "--dry-run", "STAGE=live").stdout


def test_a_missing_region_is_reported(project: Path) -> None:
    with pytest.raises(ToolFailed, match="export AWS_DEFAULT_REGION="):
        deploy("stage", project)


@pytest.mark.parametrize("profile", [None, "nobody"])
def test_missing_credentials_are_reported(project: Path, profile: str | None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-central-1")
    if profile:
        monkeypatch.setenv("AWS_PROFILE", profile)
    with pytest.raises(ToolFailed, match=r"not signed in to AWS: .+\nNext: docs/deploy.md#sign-in-to-aws"):
        deploy("stage", project)


def test_the_local_stage_needs_an_emulator(project: Path) -> None:
    with pytest.raises(ToolFailed, match=r"AWS_ENDPOINT_URL.+make up"):
        deploy("local", project)


def test_live_needs_a_commit(project: Path) -> None:
    with pytest.raises(ToolFailed, match="no AWS region"):
        deploy("live", project)
    (project / "new.py").touch()
    with pytest.raises(ToolFailed, match=r"live is deployed from a commit(.|\n)+new\.py"):
        deploy("live", project)
    with pytest.raises(ToolFailed, match="no AWS region"):
        deploy("stage", project)


def test_live_needs_git(project: Path) -> None:
    shutil.rmtree(project / ".git")
    with pytest.raises(ToolFailed, match=r"Commit first:\n.*not a git repository"):
        deploy("live", project)


def test_region_and_profile_of_a_stage_take_precedence(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_REGION", "us-west-2")
    settings = project / "samconfig.toml"
    own = 'stack_name = "webhooks-live"\nregion = "eu-north-1"\nprofile = "live"'
    settings.write_text(settings.read_text().replace('stack_name = "webhooks-live"', own))
    Path(os.environ["AWS_CONFIG_FILE"]).write_text("[profile live]\naws_access_key_id = a\naws_secret_access_key = b\n")
    with mock_aws():
        session, account = signed_in(stage("live", project))
        assert (session.region_name, session.profile_name) == ("eu-north-1", "live")
        assert account == "123456789012"
        assert signed_in(stage("stage", project))[0].region_name == "us-west-2"


def test_an_unknown_parameter_is_refused(project: Path) -> None:
    """SAM would ignore it silently."""
    settings = project / "samconfig.toml"
    header = "[stage.global.parameters.parameter_overrides]\n"
    settings.write_text(settings.read_text().replace(header, f'{header}RetentoinDays = "7"\n'))
    with pytest.raises(ToolFailed, match=r"template\.yaml has no parameter RetentoinDays"):
        deploy("stage", project)


def test_parameters_must_be_a_table(project: Path) -> None:
    """`sam deploy --guided` writes text, which would be split at its spaces."""
    settings = project / "samconfig.toml"
    header = '[stage.global.parameters.parameter_overrides]\n"$include" = "file://functions/handlers/types.yaml"\n'
    assert header in settings.read_text()
    settings.write_text(settings.read_text().replace(header, 'parameter_overrides = "RetentionDays=7"\n'))
    with pytest.raises(ToolFailed, match="parameter_overrides must be a table"):
        deploy("stage", project)
