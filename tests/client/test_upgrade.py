"""A client with any handlers upgrades: no conflict, nothing of the client's changed, and the product's tests pass."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.release import BEFORE, has_release_before, require_clone
from tools.local.emulator import ROOT

_NOT_OF_A_COPY = ("--deselect", "tests/cli/test_target.py::test_nothing_is_imported_from_the_current_folder")
"""It starts the command of `.venv`, which the clone shares."""

SUITES = (
    ("tests/template/test_functions.py", "tests/template/test_limits.py", "tests/unit/test_borders.py"),
    pytest.param((*_NOT_OF_A_COPY, "tests/template", "tests/unit", "tests/cli"), marks=pytest.mark.thorough),
)
"""What looks at the project's files rather than at the functions' code; and all that needs no deployed stack."""

NO_OP = "def handle(batch, context):\n    return {'batchItemFailures': []}\n"
ERP_CALL = """
import httpx
from shared.erp import URL
from webhooks.handlers import {name}, handler

@handler({name})
def handle(event: {name}) -> None:
    print(event)
    httpx.post(URL, headers={{"Idempotency-Key": event.idempotency_key}}).raise_for_status()
"""
OWN = """
from webhooks.handlers import Event, handler

class ReturnRequested(Event):
    thing: str | None = None

@handler(ReturnRequested, idempotent=True)
def handle(event: ReturnRequested) -> None:
    return None
"""
FURTHER = """
from webhooks.handlers import CreateOrderEvent, CustomEvent, handler

@handler(CreateOrderEvent, CustomEvent)
def handle(event: CreateOrderEvent | CustomEvent) -> None:
    print(event)
"""
TAKES = """  - OrderMailing
  - Archive
Takes:
  - OrderMailing=CreateOrderEvent
  - OrderMailing=ReturnRequested
  - Archive=*
"""
OWN_SETTINGS = {
    "settings.yaml": "  CreateOrderEvent: {MemorySize: 1769, Timeout: 120, VisibilityTimeout: 720}\n",
    "variables.yaml": "ERP_URL: https://erp.example.com\n",
    "resources.yaml": """
OwnAlarm:
  Type: AWS::CloudWatch::Alarm
  Properties:
    Namespace: AWS/SQS
    MetricName: ApproximateNumberOfMessagesVisible
    Dimensions: [{Name: QueueName, Value: {Fn::GetAtt: [CustomEventQueue, QueueName]}}]
    Statistic: Maximum
    Period: 300
    EvaluationPeriods: 3
    ComparisonOperator: GreaterThanThreshold
    Threshold: 100
CreateOrderEventErp:
  Type: AWS::IAM::Policy
  Properties:
    PolicyName: erp
    Roles: [{Ref: CreateOrderEventRole}]
    PolicyDocument:
      Version: "2012-10-17"
      Statement: [{Effect: Allow, Action: ses:SendEmail, Resource: "*"}]
""",
}


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
    """A commit of the working tree, in which what may be a client's is as in the release before."""
    require_clone()
    index = str(tmp_path_factory.mktemp("index") / "index")
    git(ROOT, "add", "--all", GIT_INDEX_FILE=index)
    if has_release_before():
        git(ROOT, "reset", "--quiet", BEFORE, "--", "functions/handlers", "samconfig.toml", GIT_INDEX_FILE=index)
    tree = git(ROOT, "write-tree", GIT_INDEX_FILE=index)
    return git(ROOT, "commit-tree", tree, "-p", "HEAD", "-m", "this release")


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory, this_release: str) -> Path:
    """A clone of the release before, if the history reaches it, made the client's own."""
    folder = tmp_path_factory.mktemp("client") / "clone"
    git(ROOT, "clone", "--quiet", "--no-checkout", str(ROOT), str(folder))
    git(folder, "fetch", "--quiet", str(ROOT), this_release)
    git(folder, "checkout", "--quiet", "-b", "ours", BEFORE if has_release_before() else this_release)
    (folder / ".venv").symlink_to(ROOT / ".venv")
    python(folder, "webhooks_cli", "new", "LoyaltyPointsAwarded", "--field", "AssociateId:int")
    handlers = folder / "functions" / "handlers"
    _replace_handlers(handlers)
    for file, text in OWN_SETTINGS.items():
        with (handlers / file).open("a") as opened:
            opened.write(text)
    samconfig = folder / "samconfig.toml"
    own = samconfig.read_text().replace('CanaryDeployments = "true"', 'AlarmEmail = "ops@example.com"')
    own = own.replace('"webhooks-stage"\n', '"hooks-acceptance"\nregion = "eu-central-1"\n', 1)
    samconfig.write_text(own.replace("[live.", "[production.").replace("[stage.", "[acceptance."))
    git(folder, "add", "--all")
    git(folder, "commit", "--quiet", "--message", "our handlers")
    return folder


def _replace_handlers(handlers: Path) -> None:
    """Five types are taken away, one is added by hand, and the others' handlers do nothing or call an ERP in turn."""
    listed = handlers / "types.yaml"
    vendors = sorted(app.parent for app in handlers.glob("*Event/app.py"))
    stay = [folder for folder in vendors if folder.name in {"CreateOrderEvent", "CustomEvent"}]
    for folder in [folder for folder in vendors if folder not in stay][:5]:
        shutil.rmtree(folder)
        listed.write_text(listed.read_text().replace(f"  - {folder.name}\n", ""))
    (handlers / "shared").mkdir()
    (handlers / "shared" / "erp.py").write_text('URL = "https://erp.example.com"\n')
    for number, folder in enumerate(folder for folder in vendors if folder.exists()):
        (folder / "app.py").write_text(NO_OP if number % 2 else ERP_CALL.format(name=folder.name))
        (folder / "requirements.txt").write_text("httpx==0.28.1\n")
        (folder / "shared").symlink_to("../shared")
        (folder / "test_app.py").unlink(missing_ok=True)
    _add(handlers, "ReturnRequested", OWN, "  - ReturnRequested\n")


def _add(handlers: Path, name: str, app: str, listed: str = "") -> None:
    (handlers / name).mkdir()
    (handlers / name / "app.py").write_text(app)
    types = handlers / "types.yaml"
    types.write_text(types.read_text().rstrip("\n") + f"\n{listed}")


@pytest.fixture(scope="module")
def merged(client: Path, this_release: str) -> Path:
    """The clone with this release and two more handlers: without a conflict, or a change of what is the client's."""
    before = git(client, "rev-parse", "HEAD:functions/handlers", "HEAD:samconfig.toml")
    git(client, "merge", "--quiet", "--no-edit", this_release)
    assert git(client, "rev-parse", "HEAD:functions/handlers", "HEAD:samconfig.toml") == before
    handlers = client / "functions" / "handlers"
    _add(handlers, "OrderMailing", FURTHER)
    _add(handlers, "Archive", FURTHER, TAKES)
    return client


def test_the_clients_tests_pass(merged: Path) -> None:
    python(merged, "pytest", "-q", "-x", "-p", "no:cacheprovider", "functions/handlers")


@pytest.mark.parametrize("suites", SUITES)
def test_the_products_tests_pass(merged: Path, suites: tuple[str, ...]) -> None:
    python(merged, "pytest", "-q", "-x", "-p", "no:cacheprovider", "-m", "not thorough", *suites)
