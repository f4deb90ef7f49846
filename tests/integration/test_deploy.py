"""`make deploy`: what it refuses before it has changed anything, and with which words."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest
from moto import mock_aws

from tools.deploy import deploy, signed_in
from tools.errors import ToolFailed
from tools.local.emulator import ROOT
from tools.reference import reference_project
from tools.stages import stage


@pytest.fixture(autouse=True)
def _nobody(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A person who is not signed in to AWS."""
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


def make_deploy(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    command = ["make", *arguments, "deploy"]
    return subprocess.run(command, cwd=ROOT, env=os.environ | environment, capture_output=True, text=True, check=False)


@pytest.mark.parametrize("name", ["prod", "default", "version", ""])
def test_an_unknown_stage_is_told_which_there_are(name: str) -> None:
    with pytest.raises(ToolFailed, match="It has: stage, live, local"):
        deploy(name)


def test_on_the_command_line_it_is_one_message() -> None:
    ran = make_deploy("STAGE=prod")
    assert ran.returncode != 0
    assert ran.stderr.splitlines()[0] == "samconfig.toml has no stage 'prod'. It has: stage, live, local"
    assert "Traceback" not in ran.stdout + ran.stderr


def test_a_stage_is_named_on_the_command_line_or_is_the_harmless_one() -> None:
    """Not by a variable that someone exported an hour ago."""
    assert "tools.deploy 'stage'" in make_deploy("--dry-run", STAGE="live").stdout
    assert "tools.deploy 'live'" in make_deploy("--dry-run", "STAGE=live").stdout


def test_without_a_region_it_says_how_to_name_one() -> None:
    with pytest.raises(ToolFailed, match="export AWS_DEFAULT_REGION="):
        deploy("stage")


@pytest.mark.parametrize("profile", [None, "nobody"])
def test_without_credentials_it_says_where_to_read_on(profile: str | None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-central-1")
    if profile:
        monkeypatch.setenv("AWS_PROFILE", profile)
    with pytest.raises(ToolFailed, match=r"not signed in to AWS: .+\nNext: docs/deploy.md#sign-in-to-aws"):
        deploy("stage")


def test_the_local_stage_goes_nowhere_but_to_an_emulator() -> None:
    with pytest.raises(ToolFailed, match=r"AWS_ENDPOINT_URL.+make up"):
        deploy("local")


def test_live_is_deployed_from_a_commit(project: Path) -> None:
    with pytest.raises(ToolFailed, match="no AWS region"):
        deploy("live", project)
    (project / "new.py").touch()
    with pytest.raises(ToolFailed, match=r"live is deployed from a commit(.|\n)+new\.py"):
        deploy("live", project)
    with pytest.raises(ToolFailed, match="no AWS region"):
        deploy("stage", project)


def test_live_is_not_deployed_from_a_folder_without_git(project: Path) -> None:
    shutil.rmtree(project / ".git")
    with pytest.raises(ToolFailed, match=r"Commit first:\n.*not a git repository"):
        deploy("live", project)


def test_what_a_stage_says_of_its_place_goes_before_the_environment(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_REGION", "us-west-2")
    settings = project / "samconfig.toml"
    tied = 'stack_name = "webhooks-live"\nregion = "eu-north-1"\nprofile = "live"'
    settings.write_text(settings.read_text().replace('stack_name = "webhooks-live"', tied))
    Path(os.environ["AWS_CONFIG_FILE"]).write_text("[profile live]\naws_access_key_id = a\naws_secret_access_key = b\n")
    with mock_aws():
        session, account = signed_in(stage("live", project))
        assert (session.region_name, session.profile_name) == ("eu-north-1", "live")
        assert account == "123456789012"
        assert signed_in(stage("stage", project))[0].region_name == "us-west-2"


def test_a_parameter_that_the_template_does_not_have_is_no_setting(project: Path) -> None:
    """SAM would say nothing, and the alarm's e-mail would go nowhere."""
    settings = project / "samconfig.toml"
    header = "[stage.global.parameters.parameter_overrides]\n"
    settings.write_text(settings.read_text().replace(header, f'{header}RetentoinDays = "7"\n'))
    with pytest.raises(ToolFailed, match=r"template\.yaml has no parameter RetentoinDays"):
        deploy("stage", project)


def test_parameters_are_a_table(project: Path) -> None:
    """Not the text that `sam deploy --guided` writes, which would be split at its spaces."""
    settings = project / "samconfig.toml"
    header = '[stage.global.parameters.parameter_overrides]\n"$include" = "file://functions/handlers/types.yaml"\n'
    assert header in settings.read_text()
    settings.write_text(settings.read_text().replace(header, 'parameter_overrides = "RetentionDays=7"\n'))
    with pytest.raises(ToolFailed, match="parameter_overrides must be a table"):
        deploy("stage", project)
