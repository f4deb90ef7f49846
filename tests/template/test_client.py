"""What a client adds under functions/handlers is deployed, and an upgrade does not conflict with it."""

import subprocess
from pathlib import Path

import pytest

from tests.template.expanded import ROOT, Resources, with_clients

TYPES = ("LoyaltyPointsAwarded", "CustomEvent")
ADDED = {
    "types.yaml": "EventTypes: [LoyaltyPointsAwarded, CustomEvent]\n",
    "settings.yaml": ("Handlers:\n  LoyaltyPointsAwarded: {MemorySize: 1024, Timeout: 60, VisibilityTimeout: 360}\n"),
    "variables.yaml": "ERP_URL: https://erp.example.com\nERP_SECRET: {Ref: ErpSecret}\n",
    "resources.yaml": "ErpSecret: {Type: AWS::SecretsManager::Secret}\n",
}


@pytest.fixture(scope="module")
def resources(tmp_path_factory: pytest.TempPathFactory) -> Resources:
    project = tmp_path_factory.mktemp("clone")
    (project / "template.yaml").write_text((ROOT / "template.yaml").read_text())
    (project / "functions" / "handlers").mkdir(parents=True)
    for name, text in ADDED.items():
        (project / "functions" / "handlers" / name).write_text(text)
    return with_clients(project)


def test_each_listed_type_has_a_handler(resources: Resources) -> None:
    handlers = [name.removesuffix("Handler") for name in resources if name.endswith("Handler")]
    assert sorted(handlers) == sorted(TYPES)


def test_a_handler_has_its_own_settings(resources: Resources) -> None:
    handler = resources["LoyaltyPointsAwardedHandler"]["Properties"]
    queue = resources["LoyaltyPointsAwardedQueue"]["Properties"]
    assert (handler["MemorySize"], handler["Timeout"], queue["VisibilityTimeout"]) == (1024, 60, 360)


def test_handlers_have_the_clients_variables(resources: Resources) -> None:
    for name in TYPES:
        variables = resources[f"{name}Handler"]["Properties"]["Environment"]["Variables"]
        assert variables["ERP_URL"] == "https://erp.example.com"
        assert variables["ERP_SECRET"] == {"Ref": "ErpSecret"}


def test_the_clients_resources_are_deployed(resources: Resources) -> None:
    assert "ErpSecret" in resources


def test_two_branches_may_each_add_a_type(tmp_path: Path) -> None:
    """As .gitattributes says: `merge=union`."""

    def git(*arguments: str) -> None:
        settings = ("-c", "user.name=test", "-c", "user.email=test@example.com", "-c", "commit.gpgsign=false")
        subprocess.run(("git", *settings, *arguments), cwd=tmp_path, check=True, capture_output=True)  # noqa: S607

    types = tmp_path / "functions" / "handlers" / "types.yaml"
    git("init", "--initial-branch=ours")
    types.parent.mkdir(parents=True)
    (tmp_path / ".gitattributes").write_text((ROOT / ".gitattributes").read_text())
    types.write_text("EventTypes:\n  - DailyEvent\n  - CustomEvent\n")
    git("add", ".")
    git("commit", "-m", "base")
    git("switch", "-c", "theirs")
    for branch, added in (("theirs", "ReturnEvent"), ("ours", "LoyaltyPointsAwarded")):
        git("switch", branch)
        types.write_text(f"EventTypes:\n  - DailyEvent\n  - {added}\n  - CustomEvent\n")
        git("commit", "-am", added)
    git("merge", "theirs")
    merged = types.read_text().split("  - ")[1:]
    assert {name.strip() for name in merged} == {"DailyEvent", "LoyaltyPointsAwarded", "ReturnEvent", "CustomEvent"}
