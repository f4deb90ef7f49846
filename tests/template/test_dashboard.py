"""The dashboard: a row per stage, of metrics that there are, and all of ours."""

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest

from tests.template.expanded import STACK, expanded, of_kind
from tests.template.metrics import OURS, exists
from tests.template.resources import TEMPLATE

(DASHBOARD,) = of_kind("CloudWatch::Dashboard").values()
WIDGETS: list[dict[str, Any]] = json.loads(DASHBOARD["DashboardBody"])["widgets"]
SEARCH = re.compile(r"""SEARCH\('\{(.+),(.+)\} MetricName="(\w+)"(?: (\w+)=([\w-]+))?', '(\w+)'\)""")


METRICS: list[Any] = [metric for widget in WIDGETS for metric in widget["properties"].get("metrics", [])]


def searches() -> Iterator[re.Match[str]]:
    for metric in METRICS:
        if isinstance(metric[0], dict):
            found = SEARCH.fullmatch(metric[0]["expression"])
            assert found, metric
            yield found


def series() -> Iterator[tuple[str, str, str | None, str | None]]:
    """What is drawn: namespace, metric, dimension and, if it is not searched for, the dimension's value."""
    for found in searches():
        yield found[1].strip('"'), found[3], found[2].strip('"'), None
    for metric in METRICS:
        match metric:
            case [str(namespace), name, dimension, value, *_]:
                yield namespace, name, dimension, value
            case [str(namespace), name]:
                yield namespace, name, None, None


def test_a_row_for_each_stage_from_the_api_to_the_dead_letters() -> None:
    headings = [widget["properties"]["markdown"] for widget in WIDGETS if widget["type"] == "text"]
    stages = ["API", "Ingest", "inbox and the relay", "queues", "handlers", "Dead letters"]
    assert len(headings) == len(stages)
    assert all(stage in heading for stage, heading in zip(stages, headings, strict=True))


def test_the_widgets_fill_their_rows_and_do_not_overlap() -> None:
    taken = [
        (x, y)
        for widget in WIDGETS
        for x in range(widget["x"], widget["x"] + widget["width"])
        for y in range(widget["y"], widget["y"] + widget["height"])
    ]
    assert len(taken) == len(set(taken))
    assert max(x for x, _ in taken) == 23
    assert [widget["y"] for widget in WIDGETS] == sorted(widget["y"] for widget in WIDGETS)


@pytest.mark.parametrize("widget", WIDGETS, ids=lambda widget: f"{widget['x']}-{widget['y']}")
def test_a_widget_says_no_more_than_cloudwatch_understands(widget: dict[str, Any]) -> None:
    assert set(widget) == {"type", "x", "y", "width", "height", "properties"}
    known = {"markdown"} if widget["type"] == "text" else {"region", "title", "stat", "period", "metrics"}
    assert set(widget["properties"]) == known


@pytest.mark.parametrize("one", sorted(set(series()), key=str), ids=lambda one: "-".join(filter(None, one)))
def test_what_is_drawn_exists(one: tuple[str, str, str | None, str | None]) -> None:
    namespace, name, dimension, value = one
    if dimension is None:
        (counted,) = of_kind("Logs::MetricFilter").values()
        (metric,) = counted["MetricTransformations"]
        assert (namespace, name) == (metric["MetricNamespace"], metric["MetricName"])
        return
    assert exists(namespace, name, dimension, value)
    if value and namespace != STACK:
        assert value.strip("${}") in expanded()


def test_every_search_finds_a_resource_of_the_stack() -> None:
    names = {
        "QueueName": [queue["QueueName"] for queue in of_kind("SQS::Queue").values()],
        "FunctionName": [function["FunctionName"] for function in of_kind("Lambda::Function").values()],
    }
    for found in searches():
        if found[4]:
            assert any(name.startswith(found[5]) for name in names[found[4]]), found[0]


def test_all_that_is_measured_is_drawn() -> None:
    drawn = {name for namespace, name, *_ in series() if namespace == STACK}
    assert drawn >= {name for values in OURS.values() for names in values.values() for name in names}


def test_its_address_is_an_output() -> None:
    assert TEMPLATE["Outputs"]["Dashboard"]["Value"]["Fn::Sub"].endswith("#dashboards/dashboard/${Dashboard}")
