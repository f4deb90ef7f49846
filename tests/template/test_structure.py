"""Event types, functions and layers: what must stay true, whatever is added."""

import re

import pytest

from tests.template.resources import ROOT, TEMPLATE, event_types, resources

FUNCTIONS = resources("Serverless::Function")


def test_the_template_names_each_event_type_once() -> None:
    text = (ROOT / "template.yaml").read_text().split("Parameters:")[1]
    for name in set(event_types()) - {"CustomEvent"}:
        assert len(re.findall(rf"\b{name}\b", text)) == 1, name


def test_every_event_type_has_its_folder_and_every_folder_its_type() -> None:
    folders = {path.parent.name for path in (ROOT / "functions" / "handlers").glob("*/app.py")}
    assert folders == set(event_types())


def test_custom_event_must_stay_in_the_list() -> None:
    (assertion,) = TEMPLATE["Rules"]["CustomEventStays"]["Assertions"]
    assert assertion["Assert"] == {"Fn::Contains": [{"Ref": "EventTypes"}, "CustomEvent"]}


@pytest.mark.parametrize("name", FUNCTIONS)
def test_a_function_has_a_role_and_a_log_of_its_own(name: str) -> None:
    function = FUNCTIONS[name]
    assert "Policies" not in function, "SAM's policy templates grant more than is needed"
    prefix = name.removesuffix("Function").removesuffix("Handler")
    (role,) = function["Role"]["Fn::GetAtt"][:1]
    assert (role["Fn::Sub"] if isinstance(role, dict) else role) == f"{prefix}Role"
    assert f"{prefix}LogGroup" in resources("Logs::LogGroup")
    assert function["LoggingConfig"]["LogGroup"]


@pytest.mark.parametrize("name", FUNCTIONS)
def test_a_function_runs_on_the_chosen_processor_with_both_layers(name: str) -> None:
    function = FUNCTIONS[name]
    assert function["Runtime"] == "python3.13"
    assert function["Architectures"] == [{"Ref": "Architecture"}]
    assert function["Layers"] == [{"Ref": "DependenciesLayer"}, {"Ref": "CoreLayer"}]


@pytest.mark.parametrize("name", FUNCTIONS)
def test_the_metrics_of_two_stacks_in_one_account_stay_apart(name: str) -> None:
    variables = FUNCTIONS[name]["Environment"]["Variables"]
    assert variables["POWERTOOLS_METRICS_NAMESPACE"] == {"Ref": "AWS::StackName"}


def test_the_dependencies_are_built_for_the_chosen_processor() -> None:
    layer = resources("Serverless::LayerVersion")["DependenciesLayer"]
    assert layer["ContentUri"] == {"Fn::Sub": "layers/dependencies/${Architecture}/"}
    for architecture in TEMPLATE["Parameters"]["Architecture"]["AllowedValues"]:
        assert (ROOT / "layers" / "dependencies" / architecture / "Makefile").exists()


def test_the_relay_runs_every_minute_one_at_a_time() -> None:
    relay = FUNCTIONS["RelayFunction"]
    assert relay["Events"]["EveryMinute"]["Properties"]["Schedule"] == "rate(1 minute)"
    assert relay["Timeout"] < 60
    assert relay["EventInvokeConfig"]["MaximumRetryAttempts"] == 0


def test_ingest_answers_before_the_api_gives_up() -> None:
    assert FUNCTIONS["IngestFunction"]["Timeout"] < 30


def test_everything_a_person_needs_is_an_output_with_a_description() -> None:
    outputs = TEMPLATE["Outputs"]
    assert {"Endpoint", "TokensSecret", "InboxTable", "RecordsTable", "QueuePrefix"} <= set(outputs)
    assert all(output["Description"] for output in outputs.values())
