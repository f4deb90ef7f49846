"""What is sent as JSON, trailing commas included, becomes strict JSON that SQS takes, or is refused with a position."""

import json
import re
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
from webhooks.strict_json import MAX_DEPTH, strict_object

LONG = "9" * 5000
# Text that looks like what is repaired is the text most likely to be damaged.
TEXT = st.text() | st.text(alphabet='",]}[{: \\\n')
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | TEXT,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXT, inner, max_size=4),
    max_leaves=20,
)
OBJECTS = st.dictionaries(TEXT, JSON, max_size=4)
COMMAS = st.sampled_from(["", ",", " ,", ", ", "\r\n\t,\n"])


@pytest.mark.parametrize("event_type", sorted(path.stem for path in (ROOT / "events" / "samples").iterdir()))
def test_the_vendors_samples_are_accepted_as_published(event_type: str) -> None:
    with pytest.raises(json.JSONDecodeError):
        json.loads(sample(event_type))
    text, value = strict_object(sample(event_type).encode())
    assert json.loads(text)["EventType"] == value["EventType"] == event_type


@pytest.mark.parametrize(
    ("sent", "strict"),
    [
        ('{"a":[1,2,],}', '{"a":[1,2 ] }'),
        ('{"a":{"b":[{},],},}', '{"a":{"b":[{} ] } }'),
        ('{"a":[1 , ]\n,\r\n}', '{"a":[1   ]\n \r\n}'),
        ('{"a":[null,],"b":true,}', '{"a":[null ],"b":true }'),
        ('{"a":"\\",]",}', '{"a":"\\",]" }'),
        ('{"a":"\\\\",}', '{"a":"\\\\" }'),
        ('{",]":[",}",],}', '{",]":[",}" ] }'),
        ('{"a":1.50e+3,}', '{"a":1.50e+3 }'),
        ('\ufeff{"a":"\ufeff",}', ' {"a":"\ufeff" }'),
        *((f'{{"a":{number},}}', f'{{"a":{number} }}') for number in ("-0", "20.0", "1E400", LONG, f"0.{LONG}")),
        *((f'{{"a":{number}}}', f'{{"a":{number}}}') for number in ("-0", "20.0", "1E400", LONG, f"0.{LONG}")),
    ],
)
def test_a_trailing_comma_becomes_a_space(sent: str, strict: str) -> None:
    assert strict_object(sent.encode())[0] == strict


@pytest.mark.parametrize(
    ("sent", "position"),
    [
        ("{,}", 1),
        ("[,]", 1),
        ('{"a":[1,,]}', 8),
        ('{"a":1,,}', 7),
        ('{"a":,}', 5),
        ('{"a",}', 5),
        ('{"a":1},', 7),
        ('{"a":1,', 7),
        ('{"a":[1,],"b" 2}', 14),
        ('{"a":[1 ,\n],"b":{"c":1,},"d":x}', 29),
        ('{"a":"x,}', 5),
        ("{'a':1,}", 1),
        ('{"a":1,/**/}', 7),
        ('{"a":01,}', 6),
        ('{"a":[1,\u00a0],}', 8),
        ('{"a":"\n",}', 6),
        ('{"a":"\ufffe\uffff",,}', 10),
        ('\ufeff{"a":x}', 6),
        ("\ufeff\ufeff{}", 1),
        ("{\ufeff}", 1),
        ('{"a":1}{"b":2}', 7),
    ],
)
def test_other_errors_have_the_senders_position(sent: str, position: int) -> None:
    with pytest.raises(MalformedDelivery, match="the body is not JSON: ") as refused:
        strict_object(sent.encode())
    assert refused.value.position == position


@pytest.mark.parametrize(
    ("body", "reason", "position"),
    [
        (b" \r\n\t", "the body is empty", None),
        (b"\xef\xbb\xbf", "the body is empty", None),
        (b'{"a":"\xff"}', "the body is not UTF-8", 6),
        (b'{"a":"\xed\xa0\x80"}', "the body is not UTF-8", 6),
        (b"[1,2,]", "the body is not a JSON object", None),
        (b"null", "the body is not a JSON object", None),
        (b'{"a":NaN}', "the body is not JSON: NaN is not a value", None),
        (b'{"a":[-Infinity,]}', "the body is not JSON: -Infinity is not a value", None),
        (b"EventType=DailyEvent", "the body is not JSON: Expecting value", 0),
    ],
)
def test_what_is_not_a_json_object_is_refused(body: bytes, reason: str, position: int | None) -> None:
    with pytest.raises(MalformedDelivery) as refused:
        strict_object(body)
    assert (str(refused.value), refused.value.position) == (reason, position)


@given(OBJECTS, st.lists(COMMAS, max_size=20))
def test_any_value_survives_any_trailing_commas(value: dict[str, Any], commas: list[str]) -> None:
    text, _ = strict_object(_written(value, iter([*commas, *repeat(",", 100)])).encode())
    assert json.loads(text) == value


def _written(value: object, commas: Iterator[str]) -> str:
    """As json.dumps writes it, with the next of `commas` before each closing bracket."""
    match value:
        case dict() if value:
            members = ",".join(f"{json.dumps(name)}: {_written(inner, commas)}" for name, inner in value.items())
            return f"{{{members}{next(commas)}}}"
        case list() if value:
            return f"[{','.join(_written(inner, commas) for inner in value)}{next(commas)}]"
        case _:
            return json.dumps(value, ensure_ascii=False)


@given(OBJECTS, st.booleans(), st.sampled_from([None, 1, "\t"]))
def test_strict_json_is_unchanged(value: dict[str, Any], ascii_only: bool, indent: str | int | None) -> None:
    sent = json.dumps(value, ensure_ascii=ascii_only, indent=indent).translate({0xFFFE: "", 0xFFFF: ""})
    assert strict_object(sent.encode())[0] == sent


@given(st.binary() | st.text().map(str.encode))
def test_any_bytes_are_accepted_or_refused(body: bytes) -> None:
    with suppress(MalformedDelivery):
        strict_object(body)


@given(st.text() | st.text("\ufffd\ufffe\uffff\x7f\x85\U0001fffe"))
def test_any_text_passes_sqs_with_its_value(text: str) -> None:
    strict, _ = strict_object(json.dumps({"a": text}, ensure_ascii=False).encode())
    assert json.loads(strict) == {"a": text}
    assert re.fullmatch("[\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]*", strict)


@pytest.mark.parametrize("digits", ["3", "-3", LONG])
def test_an_integer_is_text_in_the_object(digits: str) -> None:
    assert strict_object(f'{{"a":{digits}}}'.encode())[1] == {"a": digits}


@pytest.mark.parametrize("trailing", ["", ","])
@pytest.mark.parametrize("kinds", ["[", "{", "[{"])
def test_nesting_is_limited(kinds: str, trailing: str) -> None:
    def nested(levels: int) -> bytes:
        value: object = ""
        for level in range(levels - 1):
            value = [value] if kinds[level % len(kinds)] == "[" else {"a": value}
        return re.sub("[]}]", rf"{trailing}\g<0>", json.dumps({"a": value})).encode()

    strict_object(nested(MAX_DEPTH))
    with pytest.raises(MalformedDelivery, match=f"nested more than {MAX_DEPTH} levels deep"):
        strict_object(nested(MAX_DEPTH + 1))


def test_siblings_and_text_are_not_nesting() -> None:
    strict_object(json.dumps({"a": [[{}]] * 1000, "b": {str(number): [] for number in range(1000)}}).encode())
    strict_object(json.dumps({"a": "[{" * 1000}).encode())


@pytest.mark.parametrize(("opening", "closing"), [("[", "]"), ('{"a":', "}"), ('[{"a":', "},]"), ("[", "")])
def test_hostile_nesting_is_refused(opening: str, closing: str) -> None:
    with pytest.raises(MalformedDelivery, match="levels deep"):
        strict_object(f'{{"a":{opening * 100_000}1{closing * 100_000}}}'.encode())


@pytest.mark.timeout(60)
@pytest.mark.parametrize("repeated", ['"\\"', '\\"', '"', '",', "1,", ",", " ", "1 ", "\t,", ",]", '"\\', "{}", '"a":'])
@pytest.mark.parametrize("wrapped", ['{"a":%s,}', '{"a":1,%s', '{"a":"%s', '{"a":1%s,x'])
def test_hostile_repetition_takes_no_time(repeated: str, wrapped: str) -> None:
    with suppress(MalformedDelivery):
        strict_object((wrapped % (repeated * (300_000 // len(repeated)))).encode())


@pytest.mark.timeout(60)
def test_the_largest_hostile_repetition_takes_no_time() -> None:
    with suppress(MalformedDelivery):
        strict_object(('{"a":1,%s' % ('"\\"' * (BODY_LIMIT // 3))).encode())
