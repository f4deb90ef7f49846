"""The product's tests pass with any content of `functions/handlers/`: here each is run in a changed copy."""

import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tools.local.emulator import ROOT
from tools.reference import copy_of_project

CHEAP = ("tests/template", "tests/unit/test_borders.py", "tests/unit/test_testing.py", "tests/cli/test_types.py")
"""The suites that look at the project's files rather than at the functions' code."""

ERP_CALL = """
import httpx
from webhooks.handlers import {name}, handler

@handler({name})
def handle(event: {name}) -> None:
    print(event)
    httpx.post("https://erp.example.com", headers={{"Idempotency-Key": event.idempotency_key}}).raise_for_status()
"""
OWN = """
from webhooks.handlers import Event, handler

class {name}(Event):
    thing: str | None = None

@handler({name}, idempotent=True)
def handle(event: {name}) -> None:
    return None
"""
FURTHER = """
from webhooks.handlers import CreateOrderEvent, CustomEvent, handler

@handler(CreateOrderEvent, CustomEvent)
def handle(event: CreateOrderEvent | CustomEvent) -> None:
    print(event)
"""
ALARM = """
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
"""


def no_ops(handlers: Path) -> None:
    for app in handlers.glob("*/app.py"):
        app.write_text("def handle(batch, context):\n    return {'batchItemFailures': []}\n")


def erp_calls(handlers: Path) -> None:
    for app in handlers.glob("*/app.py"):
        app.write_text(ERP_CALL.format(name=app.parent.name))
        (app.parent / "requirements.txt").write_text("httpx==0.28.1\n")
        (app.parent / "test_app.py").unlink(missing_ok=True)


def other_types(handlers: Path) -> None:
    """Five types are taken away and two are added, one by hand."""
    listed = handlers / "types.yaml"
    removed = sorted(folder.name for folder in handlers.iterdir() if folder.is_dir() and folder.name != "CustomEvent")[
        :5
    ]
    for name in removed:
        shutil.rmtree(handlers / name)
        listed.write_text(listed.read_text().replace(f"  - {name}\n", ""))
    for name in ("LoyaltyPointsAwarded", "ReturnRequested"):
        (handlers / name).mkdir()
        (handlers / name / "app.py").write_text(OWN.format(name=name))
        listed.write_text(listed.read_text().rstrip("\n") + f"\n  - {name}\n")


def further_handlers(handlers: Path) -> None:
    """One that takes two types, and one that takes all."""
    listed = handlers / "types.yaml"
    stated = "Takes:\n  - OrderMailing=CreateOrderEvent\n  - OrderMailing=ReturnRequested\n  - Archive=*\n"
    text = listed.read_text().rstrip("\n") + "\n"
    for name in ("OrderMailing", "Archive"):
        (handlers / name).mkdir()
        (handlers / name / "app.py").write_text(FURTHER)
        text += f"  - {name}\n"
    listed.write_text(text + stated)


def own_settings(handlers: Path) -> None:
    """Memory, variables, an alarm and stages of the client's own."""
    (handlers / "settings.yaml").write_text(
        "Handlers:\n  CustomEvent: {MemorySize: 1769, Timeout: 120, VisibilityTimeout: 720}\n"
    )
    with (handlers / "variables.yaml").open("a") as file:
        file.write("ERP_URL: https://erp.example.com\n")
    with (handlers / "resources.yaml").open("a") as file:
        file.write(ALARM)
    samconfig = handlers.parents[1] / "samconfig.toml"
    samconfig.write_text(samconfig.read_text().replace("[live.", "[production."))


def no_ops_of_other_types(handlers: Path) -> None:
    no_ops(handlers)
    other_types(handlers)


def erp_calls_of_further_handlers(handlers: Path) -> None:
    erp_calls(handlers)
    own_settings(handlers)
    further_handlers(handlers)


@pytest.mark.parametrize("change", [no_ops_of_other_types, erp_calls_of_further_handlers], ids=lambda one: one.__name__)
def test_the_products_tests_pass(change: Callable[[Path], None], tmp_path: Path) -> None:
    project = copy_of_project(tmp_path / "project", "locks")
    change(project / "functions" / "handlers")
    ran = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-x", "-p", "no:cacheprovider", *CHEAP],
        cwd=project,
        env={
            "PATH": f"{ROOT / '.venv' / 'bin'}:/usr/bin:/bin",
            "PYTHONPATH": f"{project / 'layers' / 'core'}:{project}",
        },
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 0, ran.stdout[-4000:] + ran.stderr[-2000:]
