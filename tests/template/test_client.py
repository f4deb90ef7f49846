"""What a client adds under functions/handlers is deployed, and an upgrade does not conflict with it."""

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
