"""`make lint` finds what CloudFormation would refuse: one broken template with a break of each kind."""

import shutil
import subprocess
from pathlib import Path

import pytest

from tests.template.expanded import ROOT

BREAKS = {
    "a mistyped property": ("MaximumConcurrency: 10", "MaximumConcurency: 10", "'MaximumConcurency' was unexpected"),
    "a mistyped value": ("Status: Enabled,", "Status: Enable,", "'Enable' is not one of"),
    "a wrong type": ("PasswordLength: 48", "PasswordLength: long", "'long' is not of type 'integer'"),
    "a missing property": ("IntegrationType: AWS_PROXY", "Description: a", "'IntegrationType' is a required property"),
    "a property that can only be read": ("SqsManagedSseEnabled: true", "Arn: a", "properties/Arn: is read-only"),
    "a pattern that does not match": ("-access\n", "-access!\n", "access!' does not match"),
    "an unknown attribute": ("!GetAtt AccessLogGroup.Arn", "!GetAtt AccessLogGroup.Arm", "'Arm' is not one of"),
    "an unknown action": ("sqs:ChangeMessageVisibility", "sqs:ChangeVisibility", "'changevisibility' is not one of"),
    "an action on another service's resource": (":sqs:${AWS::Region}", ":sns:${AWS::Region}", "requires a resource of"),
}


@pytest.fixture(scope="module")
def printed(tmp_path_factory: pytest.TempPathFactory) -> str:
    """What the check prints of a template with all breaks."""
    project = tmp_path_factory.mktemp("project")
    text = (ROOT / "template.yaml").read_text()
    for right, wrong, _ in BREAKS.values():
        assert right in text
        text = text.replace(right, wrong)
    (project / "template.yaml").write_text(text)
    shutil.copytree(ROOT / "functions" / "handlers", project / "functions" / "handlers")
    return check(project)


def check(project: Path) -> str:
    command = (".venv/sam/bin/python", "-m", "tools.schemas", "--project", str(project), "ap-southeast-2")
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 1, done.stderr
    return done.stdout


@pytest.mark.thorough  # it tests a check of `make lint`, which `make check` runs too
@pytest.mark.parametrize("break_", BREAKS)
def test_a_break_is_found(break_: str, printed: str) -> None:
    assert BREAKS[break_][2] in printed
