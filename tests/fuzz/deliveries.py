"""Requests as API Gateway may pass them on, and as it never would."""

import base64
from dataclasses import dataclass
from typing import Any

from hypothesis import strategies as st

from tests.fuzz import bodies
from tests.unit.endpoint import TOKEN

_UTF_8 = ["utf-8"] * 6 + ["utf-8-sig"]
_OTHERS = ["utf-16", "utf-16-le", "utf-32", "latin-1", "cp1252"]
_AUTHORIZATIONS = st.sampled_from(
    [f"Bearer {TOKEN}"] * 30
    + [
        f"bearer {TOKEN}",
        f"BEARER {TOKEN}",
        f"Bearer  {TOKEN}",
        f"Bearer {TOKEN},Bearer {TOKEN}",
        TOKEN,
        "",
        "Bearer é",
    ]
)
_VALUES = (
    st.uuids().map(str) | st.sampled_from(["1", "a,b", "x" * 128, "x" * 129, "a b", "b ", "é", "%2B"]) | bodies.ANY_TEXT
)
_OURS = st.fixed_dictionaries(
    {},
    optional=dict.fromkeys(("X-Directscale-Message-Id", "X-Directscale-Client-Id", "X-Directscale-User"), _VALUES),
)
_THEIRS = st.dictionaries(
    st.sampled_from(["Content-Type", "Cookie", "X-Forwarded-For", "Host"]) | bodies.ANY_TEXT,
    bodies.ANY_TEXT | st.just("x" * 10_000),
    max_size=3,
)


@dataclass(frozen=True)
class Delivery:
    """A request, the value of its event if it is known, and the kind of delivery."""

    request: dict[str, Any]
    value: object
    kind: str


@st.composite
def deliveries(draw: st.DrawFn) -> Delivery:
    """Any delivery; most can be accepted."""
    kind = draw(st.sampled_from(["written"] * 12 + ["mutated"] * 6 + ["junk", "nested", "bytes", "sized"] * 2))
    value: object = None
    text = ""
    if kind == "written":
        text, value = draw(bodies.written())
    elif kind != "bytes":
        text = draw(
            {"mutated": bodies.mutated(), "junk": bodies.JUNK, "nested": bodies.nested()}.get(kind, bodies.sized())
        )
    content = draw(st.binary()) if kind == "bytes" else draw(_encoded(text))
    if isinstance(content, bytes) and content.decode("utf-8-sig", "replace") != text:
        value = None  # the encoding lost something
    body, is_base64 = draw(_transported(content))
    path_type = draw(st.sampled_from([None] * 4 + ["", "3", "DailyEvent"]) | bodies.ANY_TEXT)
    request = {
        "version": "2.0",
        "headers": draw(_headers()),
        "pathParameters": None if path_type is None else {"eventType": path_type},
        "body": body,
        "isBase64Encoded": is_base64,
    }
    return Delivery({name: part for name, part in request.items() if part is not None}, value, kind)


def delivery(body: str) -> Delivery:
    """The delivery of a body, with an unremarkable rest."""
    return Delivery(
        {"headers": {"authorization": f"Bearer {TOKEN}"}, "body": body, "isBase64Encoded": False}, None, "example"
    )


@st.composite
def _encoded(draw: st.DrawFn, text: str) -> bytes | str:
    """The bytes of a text in some encoding, or the text itself."""
    encoding = draw(st.sampled_from([*_UTF_8 * 3, *_OTHERS]))
    if draw(st.booleans()):
        return text
    return text.encode(encoding, "surrogatepass" if encoding.startswith("utf") else "replace")


@st.composite
def _transported(draw: st.DrawFn, content: bytes | str) -> tuple[str | None, bool]:
    """The body and its base64 flag, which now and then is wrong, as the base64 is."""
    if isinstance(content, str):
        return draw(st.sampled_from([content] * 15 + [None])), draw(st.sampled_from([False] * 15 + [True]))
    encoded = base64.b64encode(content).decode()
    spoilt = [encoded[:-1], encoded + "=", "é" + encoded, f" {encoded}\n", encoded.replace("A", "!")]
    return draw(st.sampled_from([encoded] * 20 + spoilt)), draw(st.sampled_from([True] * 20 + [False]))


@st.composite
def _headers(draw: st.DrawFn) -> dict[str, str]:
    named = draw(_OURS) | draw(_THEIRS)
    if draw(st.sampled_from([True] * 30 + [False])):
        named["Authorization"] = draw(_AUTHORIZATIONS)
    case = draw(st.sampled_from(["lower", "lower", "upper", "swapcase", "title"]))
    cased = {getattr(name, case)(): value for name, value in named.items()}
    # API Gateway names no header twice.
    return {
        name: value for name, value in cased.items() if name == {each.lower(): each for each in cased}[name.lower()]
    }
