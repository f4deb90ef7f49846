"""What the linters are told to ignore: little, and each with its reason."""

import re

from tests.template.resources import ROOT


def test_every_ignored_finding_of_checkov_has_its_reason() -> None:
    _, _, skipped = (ROOT / ".checkov.yaml").read_text().partition("skip-check:\n")
    entries = re.findall(r"((?:  #.+\n)+)((?:  - CKV_AWS_\d+\n)+)", skipped)
    assert "".join(reason + checks for reason, checks in entries) == skipped
    assert all(len(reason) > 60 for reason, _ in entries)


def test_cfn_lint_ignores_one_finding_at_one_resource() -> None:
    text = (ROOT / "template.yaml").read_text()
    assert re.findall(r"    # CertificateArn .+\n    Metadata: .*ignore_checks: \[(.+)\]", text) == ["W1030"]
    assert text.count("ignore_checks") == 1
    assert not (ROOT / ".cfnlintrc").exists()
