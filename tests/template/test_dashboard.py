"""The dashboard: it draws metrics and resources that exist."""

import json
import re
from collections.abc import Iterator
from itertools import batched
from typing import Any

import pytest

from tests.template.expanded import expanded, of_kind
from tests.template.metrics import Watched, exists

(DASHBOARD,) = of_kind("CloudWatch::Dashboard").values()
WIDGETS: list[dict[str, Any]] = json.loads(DASHBOARD["DashboardBody"])["widgets"]
METRICS: list[Any] = [metric for widget in WIDGETS for metric in widget["properties"].get("metrics", [])]
SEARCH = re.compile(r"""SEARCH\('\{"?([\w/-]+)"?,"?(\w+)"?\} MetricName="(\w+)"(?: (\w+)=([\w-]+))?', '(\w+)'\)""")


def searches() -> Iterator[re.Match[str]]:
    for metric in METRICS:
        if isinstance(metric[0], dict):
            found = SEARCH.fullmatch(metric[0]["expression"])
            assert found, metric
            yield found


def series() -> Iterator[Watched]:
    """What is drawn."""
    for found in searches():
        yield found[1], found[3], {found[2]: None}
    for metric in METRICS:
        match metric:
            case [str(namespace), str(name), *dimensions]:
                names_and_values = [part for part in dimensions if isinstance(part, str)]
                yield namespace, name, dict(batched(names_and_values, 2, strict=True))


@pytest.mark.parametrize("one", list(series()), ids=str)
def test_a_drawn_metric_exists(one: Watched) -> None:
    assert exists(*one)


def test_a_drawn_resource_exists() -> None:
    named = re.findall(r"\$\{(\w+)\}", DASHBOARD["DashboardBody"])
    assert set(named) <= set(expanded())


def test_a_search_finds_resources_of_the_stack() -> None:
    names = {
        "QueueName": [queue["QueueName"] for queue in of_kind("SQS::Queue").values()],
        "FunctionName": [function["FunctionName"] for function in of_kind("Lambda::Function").values()],
    }
    for found in searches():
        if found[4]:
            assert any(name.startswith(found[5]) for name in names[found[4]]), found[0]
