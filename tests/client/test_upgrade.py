"""A client on the release before takes this one: no conflict, and nothing of the client's is changed."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.client.test_any_handlers import ALARM, CHEAP
from tests.release import BEFORE, require_release_before
from tools.local.emulator import ROOT

PERMISSION = """
CreateOrderEventErp:
  Type: AWS::IAM::Policy
  Properties:
    PolicyName: erp
    Roles: [{Ref: CreateOrderEventRole}]
    PolicyDocument:
      Version: "2012-10-17"
      Statement: [{Effect: Allow, Action: ses:SendEmail, Resource: "*"}]
"""


def run(folder: Path, *command: str, **environment: str) -> str:
    ran = subprocess.run(command, cwd=folder, env=os.environ | environment, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, f"{command}: {ran.stdout[-3000:]}{ran.stderr[-3000:]}"
    return ran.stdout.strip()


def git(folder: Path, *arguments: str, **environment: str) -> str:
    settings = ("-c", "user.name=client", "-c", "user.email=client@example.com", "-c", "commit.gpgsign=false")
    return run(folder, "git", *settings, *arguments, **environment)


def python(folder: Path, *arguments: str) -> str:
    path = f"{folder / 'layers' / 'core'}{os.pathsep}{folder}"
    return run(folder, sys.executable, "-P", "-m", *arguments, PYTHONPATH=path)


@pytest.fixture(scope="module")
def this_release(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A commit of the working tree as it is."""
    index = str(tmp_path_factory.mktemp("index") / "index")
    git(ROOT, "add", "--all", GIT_INDEX_FILE=index)
    tree = git(ROOT, "write-tree", GIT_INDEX_FILE=index)
    return git(ROOT, "commit-tree", tree, "-p", "HEAD", "-m", "this release")


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A clone of the release before, made the client's own."""
    require_release_before()
    folder = tmp_path_factory.mktemp("client") / "clone"
    git(ROOT, "clone", "--quiet", "--no-checkout", str(ROOT), str(folder))
    git(folder, "checkout", "--quiet", "-b", "ours", BEFORE)
    (folder / ".venv").symlink_to(ROOT / ".venv")
    python(folder, "webhooks_cli", "new", "LoyaltyPointsAwarded", "--field", "AssociateId:int")
    handlers = folder / "functions" / "handlers"
    edited = handlers / "CreateOrderEvent" / "app.py"
    edited.write_text(edited.read_text().replace("    save_record(event)", "    print(event.order_number)"))
    (handlers / "CreateOrderEvent" / "test_app.py").unlink()
    with (handlers / "resources.yaml").open("a") as file:
        file.write(PERMISSION + ALARM)
    with (handlers / "variables.yaml").open("a") as file:
        file.write("ERP_URL: https://erp.example.com\n")
    samconfig = folder / "samconfig.toml"
    samconfig.write_text(samconfig.read_text().replace('CanaryDeployments = "true"', 'AlarmEmail = "ops@example.com"'))
    git(folder, "add", "--all")
    git(folder, "commit", "--quiet", "--message", "our handlers")
    return folder


def test_the_merge_has_no_conflict_and_is_green(client: Path, this_release: str) -> None:
    before = git(client, "rev-parse", "HEAD:functions/handlers", "HEAD:samconfig.toml")
    git(client, "fetch", "--quiet", str(ROOT), this_release)
    git(client, "merge", "--quiet", "--no-edit", "FETCH_HEAD")
    assert git(client, "rev-parse", "HEAD:functions/handlers", "HEAD:samconfig.toml") == before
    python(client, "pytest", "-q", "-x", "-p", "no:cacheprovider", *CHEAP)
    python(client, "pytest", "-q", "-x", "-p", "no:cacheprovider", "--import-mode=importlib", "functions/handlers")
