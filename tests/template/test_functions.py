"""Functions and layers: what the parameters promise about them."""

import pytest

from tests.template.expanded import ROOT, STACK, expanded, of_kind, with_other_parameters

FUNCTIONS = of_kind("Lambda::Function")
PROCESSORS = {"arm64": expanded(), "x86_64": with_other_parameters()}


@pytest.mark.parametrize("processor", PROCESSORS)
def test_everything_is_built_for_one_processor(processor: str) -> None:
    resources = PROCESSORS[processor]
    functions = [body["Properties"] for body in resources.values() if body["Type"] == "AWS::Lambda::Function"]
    assert {tuple(function["Architectures"]) for function in functions} == {(processor,)}
    layers = [body["Properties"] for body in resources.values() if body["Type"] == "AWS::Lambda::LayerVersion"]
    folders = [layer["Content"]["S3Key"].rstrip("/") for layer in layers if "CompatibleArchitectures" in layer]
    assert folders == [f"layers/dependencies/{processor}"]
    assert (ROOT / folders[0] / "Makefile").exists()


@pytest.mark.parametrize("name", FUNCTIONS)
def test_stacks_in_one_account_share_no_metric(name: str) -> None:
    assert FUNCTIONS[name]["Environment"]["Variables"]["POWERTOOLS_METRICS_NAMESPACE"] == STACK


def test_a_failed_relay_run_is_not_retried() -> None:
    """The next minute's run is the retry."""
    (settings,) = of_kind("Lambda::EventInvokeConfig").values()
    assert settings["MaximumRetryAttempts"] == 0
