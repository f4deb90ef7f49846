import json
from collections.abc import Iterator
from contextlib import suppress
from itertools import repeat
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.examples import ROOT, sample
from webhooks.errors import MalformedDelivery
from webhooks.policy import BODY_LIMIT
from webhooks.strict_json import strict_object

SAMPLES = sorted(path.stem for path in (ROOT / "events" / "samples").iterdir())

# Text that looks like what is repaired is the text most likely to be damaged.
TEXT = st.text() | st.text(alphabet='",]}[{: \\\n')
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | TEXT,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXT, inner, max_size=4),
    max_leaves=20,
)
OBJECTS = st.dictionaries(TEXT, JSON, max_size=4)
COMMAS = st.sampled_from(["", ",", " ,", ", ", "\r\n\t,\n"])


@pytest.mark.parametrize("event_type", SAMPLES)
def test_the_vendors_samples_are_accepted_as_published(event_type: str) -> None:
    with pytest.raises(json.JSONDecodeError):
        json.loads(sample(event_type))
    text, value = strict_object(sample(event_type).encode())
    assert json.loads(text)["EventType"] == value["EventType"] == event_type


@pytest.mark.parametrize(
    ("sent", "strict"),
    [
        ('{"a":1,}', '{"a":1 }'),
        ('{"a":[1,2,],}', '{"a":[1,2 ] }'),
        ('{"a":{"b":[{},],},}', '{"a":{"b":[{} ] } }'),
        ('{"a":[[],[],],}', '{"a":[[],[] ] }'),
        ('{"a":[1 , ]\n,\r\n}', '{"a":[1   ]\n \r\n}'),
        ('{"a":[null,],"b":true,}', '{"a":[null ],"b":true }'),
        ('{"a":"x",}', '{"a":"x" }'),
        ('{"a":",}",}', '{"a":",}" }'),
        ('{"a":"\\",]",}', '{"a":"\\",]" }'),
        ('{"a":"\\\\",}', '{"a":"\\\\" }'),
        ('{",]":[",}",],}', '{",]":[",}" ] }'),
        ('{"a":1.50e+3,}', '{"a":1.50e+3 }'),
    ],
)
def test_a_trailing_comma_becomes_a_space_and_nothing_else_changes(sent: str, strict: str) -> None:
    assert strict_object(sent.encode())[0] == strict


@pytest.mark.parametrize(
    ("sent", "position"),
    [
        ("{,}", 1),
        ("[,]", 1),
        ('{"a":[,]}', 6),
        ('{"a":[1,,]}', 8),
        ('{"a":1,,}', 7),
        ('{"a":,}', 5),
        ('{"a",}', 5),
        ('{"a":1},', 7),
        ('{"a":1,', 7),
        ('{"a":[1,}', 8),
        ('{"a":[1,],"b" 2}', 14),
        ('{"a":[1 ,\n],"b":{"c":1,},"d":x}', 29),
        ('{"a":1 "b":2,}', 7),
        ('{"a":"x,}', 5),
        ("{'a':1,}", 1),
        ('{"a":1,/**/}', 7),
        ('{"a":01,}', 6),
        ('{"a":[1,\u00a0],}', 8),
        ('{"a":"\n",}', 6),
        ('{"a":"\ufffe\uffff",,}', 10),
        ('{"a":1,\ufffe}', 7),
    ],
)
def test_all_else_that_is_not_json_is_refused_at_the_senders_own_position(sent: str, position: int) -> None:
    with pytest.raises(MalformedDelivery, match="the body is not JSON: ") as refused:
        strict_object(sent.encode())
    assert refused.value.position == position


@given(OBJECTS, st.lists(COMMAS, max_size=20))
def test_any_value_survives_any_trailing_commas(value: dict[str, Any], commas: list[str]) -> None:
    text, _ = strict_object(_written(value, iter([*commas, *repeat(",", 100)])).encode())
    assert json.loads(text) == value


@given(OBJECTS, st.booleans(), st.sampled_from([None, 1, "\t"]))
def test_strict_json_stays_as_it_was_sent(value: dict[str, Any], ascii_only: bool, indent: str | int | None) -> None:
    sent = json.dumps(value, ensure_ascii=ascii_only, indent=indent).translate({0xFFFE: "", 0xFFFF: ""})
    assert strict_object(sent.encode())[0] == sent


@pytest.mark.timeout(60)
@pytest.mark.parametrize("repeated", ['"\\"', '\\"', '"', '",', "1,", ",", " ", "1 ", "\t,", ",]", '"\\', "{}", '"a":'])
@pytest.mark.parametrize("wrapped", ['{"a":%s,}', '{"a":1,%s', '{"a":"%s', '{"a":1%s,x'])
def test_hostile_repetition_is_answered(repeated: str, wrapped: str) -> None:
    hostile = wrapped % (repeated * (300_000 // len(repeated)))
    with suppress(MalformedDelivery):
        strict_object(hostile.encode())


@pytest.mark.timeout(60)
@pytest.mark.parametrize(("repeated", "wrapped"), [('"\\"', '{"a":1,%s'), ('"a":', '{"a":"%s'), (",]", '{"a":1,%s')])
def test_the_worst_of_it_is_answered_at_the_limit_too(repeated: str, wrapped: str) -> None:
    hostile = wrapped % (repeated * (BODY_LIMIT // len(repeated)))
    with suppress(MalformedDelivery):
        strict_object(hostile.encode())


def _written(value: object, commas: Iterator[str]) -> str:
    """As json.dumps writes it, with the next of `commas` before each bracket where a comma may trail."""
    match value:
        case dict() if value:
            members = ",".join(f"{json.dumps(name)}: {_written(inner, commas)}" for name, inner in value.items())
            return f"{{{members}{next(commas)}}}"
        case list() if value:
            return f"[{','.join(_written(inner, commas) for inner in value)}{next(commas)}]"
        case _:
            return json.dumps(value, ensure_ascii=False)
