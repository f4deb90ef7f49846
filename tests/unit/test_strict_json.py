import json
import re
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from webhooks.errors import MalformedDelivery
from webhooks.strict_json import strict_object

LONG = "9" * 5000


@pytest.mark.parametrize(
    ("body", "reason", "position"),
    [
        (b"", "the body is empty", None),
        (b" \r\n\t", "the body is empty", None),
        (b"\xef\xbb\xbf", "the body is empty", None),
        (b'{"a":"\xff"}', "the body is not UTF-8", 6),
        ('{"a":1}'.encode("utf-16"), "the body is not UTF-8", 0),
        (b'{"a":"\xed\xa0\x80"}', "the body is not UTF-8", 6),
        (b"[1,2,]", "the body is not a JSON object", None),
        (b'"text"', "the body is not a JSON object", None),
        (b"1", "the body is not a JSON object", None),
        (b"null", "the body is not a JSON object", None),
        (b'{"a":NaN}', "the body is not JSON: NaN is not a value", None),
        (b'{"a":Infinity,}', "the body is not JSON: Infinity is not a value", None),
        (b'{"a":[-Infinity]}', "the body is not JSON: -Infinity is not a value", None),
        (b"EventType=DailyEvent", "the body is not JSON: Expecting value", 0),
        (b'{"a":1}{"b":2}', "the body is not JSON: Extra data", 7),
    ],
)
def test_what_is_no_json_object_is_refused_with_the_reason(body: bytes, reason: str, position: int | None) -> None:
    with pytest.raises(MalformedDelivery) as refused:
        strict_object(body)
    assert (str(refused.value), refused.value.position) == (reason, position)


@given(st.binary() | st.text().map(str.encode))
def test_nothing_makes_it_raise_anything_else(body: bytes) -> None:
    with suppress(MalformedDelivery):
        strict_object(body)


def test_a_byte_order_mark_becomes_a_space_so_that_positions_stay_the_senders_own() -> None:
    assert strict_object(b'\xef\xbb\xbf{"a":"b",}') == (' {"a":"b" }', {"a": "b"})
    for body in ('{"a":x}', "{,}", '{"a":1,,}'):
        positions = []
        for mark in ("\ufeff", " "):
            with pytest.raises(MalformedDelivery) as refused:
                strict_object((mark + body).encode())
            positions.append(refused.value.position)
        assert positions[0] == positions[1]


def test_only_one_byte_order_mark_is_allowed_and_only_at_the_start() -> None:
    for body in ("\ufeff\ufeff{}", " \ufeff{}", "{\ufeff}", "{}\ufeff"):
        with pytest.raises(MalformedDelivery):
            strict_object(body.encode())
    assert strict_object(b'{"a":"\xef\xbb\xbf"}')[1] == {"a": "\ufeff"}


@pytest.mark.parametrize("number", ["3", "-0", "20.0", "0.10", "1E400", "1e-400", LONG, f"-{LONG}", f"0.{LONG}"])
@pytest.mark.parametrize("trailing", ["", ","])
def test_numbers_are_kept_to_the_letter(number: str, trailing: str) -> None:
    text, _ = strict_object(f'{{"a":{number}{trailing}}}'.encode())
    assert text == f'{{"a":{number}{" " if trailing else ""}}}'


@pytest.mark.parametrize("digits", ["3", "-3", LONG])
def test_an_integer_is_text_in_the_object(digits: str) -> None:
    assert strict_object(f'{{"a":{digits}}}'.encode())[1] == {"a": digits}


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        ("\ufffe\uffff", "\\ufffe\\uffff"),
        ("\\ufffe", "\\ufffe"),
        ("\\ud800", "\\ud800"),
        ("\\ud83d\\ude00", "\\ud83d\\ude00"),
        ("\\u0000\\u001f", "\\u0000\\u001f"),
        ("\x7f\x85\ufdd0\U0001fffe\U0010ffff", "\x7f\x85\ufdd0\U0001fffe\U0010ffff"),
        ("Zoë ☕ \\/ \\t", "Zoë ☕ \\/ \\t"),
    ],
)
def test_only_the_characters_that_sqs_refuses_are_escaped(sent: str, kept: str) -> None:
    text, value = strict_object(f'{{"a":"{sent}"}}'.encode())
    assert text == f'{{"a":"{kept}"}}'
    assert json.loads(text) == value


@given(st.text())
def test_any_text_passes_sqs_with_its_value(text: str) -> None:
    strict, _ = strict_object(json.dumps({"a": text}, ensure_ascii=False).encode())
    assert json.loads(strict) == {"a": text}
    assert all(
        character in "\t\n\r" or " " <= character <= "\ufffd" or character >= "\U00010000" for character in strict
    )


@pytest.mark.parametrize("trailing", ["", ","])
@pytest.mark.parametrize("kinds", ["[", "{", "[{"])
def test_64_levels_of_nesting_are_accepted_and_65_refused(kinds: str, trailing: str) -> None:
    def nested(levels: int) -> bytes:
        value: object = ""
        for level in range(levels - 1):
            value = [value] if kinds[level % len(kinds)] == "[" else {"a": value}
        return re.sub("[]}]", rf"{trailing}\g<0>", json.dumps({"a": value})).encode()

    strict_object(nested(64))
    with pytest.raises(MalformedDelivery, match="nested more than 64 levels deep"):
        strict_object(nested(65))


def test_many_neighbours_are_no_depth() -> None:
    strict_object(json.dumps({"a": [[{}]] * 1000, "b": {str(number): [] for number in range(1000)}}).encode())


def test_brackets_in_a_string_are_no_depth() -> None:
    strict_object(json.dumps({"a": "[{" * 1000}).encode())


@pytest.mark.parametrize(
    ("opening", "closing"), [("[", "]"), ('{"a":', "}"), ("[1,", ",]"), ('[{"a":', "},]"), ("[", ""), ('{"a":', "")]
)
def test_hostile_nesting_is_refused(opening: str, closing: str) -> None:
    with pytest.raises(MalformedDelivery, match="nested more than 64 levels deep"):
        strict_object(f'{{"a":{opening * 100_000}1{closing * 100_000}}}'.encode())
