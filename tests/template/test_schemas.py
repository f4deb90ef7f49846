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
    done = check(project)
    assert done.returncode == 1, done.stderr
    return done.stdout


def check(project: Path) -> subprocess.CompletedProcess[str]:
    command = (".venv/sam/bin/python", "-m", "tools.schemas", "--project", str(project), "ap-southeast-2")
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)


@pytest.mark.thorough  # it tests a check of `make lint`, which `make check` runs too
@pytest.mark.parametrize("break_", BREAKS)
def test_a_break_is_found(break_: str, printed: str) -> None:
    assert BREAKS[break_][2] in printed


OWN = """
AssociateMails:
  Type: AWS::IAM::Policy
  Properties:
    PolicyName: mails
    Roles: [{Ref: UpdateAssociateEventRole}]
    PolicyDocument:
      Version: "2012-10-17"
      Statement: [{Effect: Allow, Action: "ses:SendEmail", Resource: "arn:aws:ses:us-east-1:000000000000:identity/*"}]
"""


@pytest.mark.thorough
def test_a_clients_resources_cause_no_finding(project: Path, tmp_path: Path) -> None:
    """They refer to handlers that the checked variants do not have."""
    handlers = tmp_path / "functions" / "handlers"
    shutil.copytree(project / "functions" / "handlers", handlers)
    shutil.copy(ROOT / "template.yaml", tmp_path)
    (handlers / "resources.yaml").write_text(OWN)
    (handlers / "variables.yaml").write_text("MAILS: {Ref: AssociateMails}\n")
    done = check(tmp_path)
    assert (done.returncode, done.stdout) == (0, "")
