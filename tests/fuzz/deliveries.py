"""Requests as API Gateway may pass them on, and as it never would."""

import base64
import gzip
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from hypothesis import strategies as st

from tests.fuzz import bodies
from tests.unit.endpoint import TOKEN

_UTF_8 = ["utf-8"] * 6 + ["utf-8-sig"]
_OTHERS = ["utf-16", "utf-16-le", "utf-32", "latin-1", "cp1252"]
ZERO = "00000000-0000-0000-0000-000000000000"
_CODINGS: dict[str, Callable[[bytes], bytes]] = {
    "gzip": gzip.compress,
    "x-gzip": gzip.compress,
    " GZip ": gzip.compress,
    "deflate": zlib.compress,
    "Deflate": lambda content: zlib.compress(content)[2:-4],
    "identity": lambda content: content,
    "gzip, gzip": gzip.compress,
    "br": lambda content: content,
}
_DAMAGE: dict[str, Callable[[bytes], bytes]] = {
    "cut": lambda content: content[:-3],
    "two streams": lambda content: content + gzip.compress(b" "),
    "not compressed": lambda _: b'{"EventType":"DailyEvent"}',
}
_AUTHORIZATIONS = st.sampled_from(
    [f"Bearer {TOKEN}"] * 30
    + [
        f"bearer {TOKEN}",
        f"BEARER {TOKEN}",
        f"Bearer  {TOKEN}",
        f"Bearer {TOKEN} ",
        f"Bearer {TOKEN},Bearer {TOKEN}",
        TOKEN,
        "",
        "Bearer é",
    ]
)
_VALUES = (
    st.uuids().map(str)
    | st.sampled_from(["1", "x" * 128, "x" * 129, "a b", "b ", "é", "%2B"])
    | st.sampled_from(["m-1,m-1", "m-1, m-1 ,m-1", "m-1,m-2", ",", "null,null"])
    | st.sampled_from(["null", "(NULL)", "None", "undefined", "N/A", '""', "0", "-", " ", "[object Object]", "<id>"])
    | st.sampled_from([ZERO, f"{{{ZERO}}}", ZERO.replace("-", ""), ZERO.replace("0", "F"), ZERO.replace("0", "f", 9)])
    | st.sampled_from(["sha256:", "id-sha256:", "collision:", "xsha256:"]).map(lambda prefix: prefix + "0" * 64)
    | bodies.ANY_TEXT
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


_PATHS = (
    st.sampled_from([None] * 4 + ["", "3", "DailyEvent"])
    | st.sampled_from(["orders/DailyEvent", "a/b/3", "/DailyEvent/", "DailyEvent/ ", "//", "77", "a//77"])
    | bodies.ANY_TEXT
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
    coding = ""
    if isinstance(content, bytes) and draw(st.sampled_from([False, True, False])):
        coding = draw(st.sampled_from(sorted(_CODINGS)))
        content = _CODINGS[coding](content)
        if draw(st.sampled_from([False] * 6 + [True] + [False] * 6)):
            value, content = None, _DAMAGE[draw(st.sampled_from(sorted(_DAMAGE)))](content)
    body, is_base64 = draw(_transported(content))
    path_type = draw(_PATHS)
    request = {
        "version": "2.0",
        "headers": draw(_headers(coding, body or "")),
        "pathParameters": None if path_type is None else {"eventType": path_type},
        "body": body,
        "isBase64Encoded": is_base64,
    }
    return Delivery({name: part for name, part in request.items() if part is not None}, value, kind)


def delivery(body: str, **headers: str) -> Delivery:
    """The delivery of a body, with an unremarkable rest."""
    headers = {"authorization": f"Bearer {TOKEN}"} | {name.replace("_", "-"): headers[name] for name in headers}
    return Delivery({"headers": headers, "body": body, "isBase64Encoded": False}, None, "example")


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
def _headers(draw: st.DrawFn, coding: str, body: str) -> dict[str, str]:
    named = draw(_OURS) | draw(_THEIRS)
    if coding:
        named["Content-Encoding"] = coding
    length = len(body.encode("utf-8", "surrogatepass"))
    if draw(st.booleans()):
        # API Gateway replaces bytes that are not UTF-8: what was sent is longer or shorter than what arrives.
        named["Content-Length"] = draw(
            st.sampled_from([str(length)] * 4 + [f"0{length}", str(length - 2), str(length + 1), "", "9" * 5000])
        )
    if draw(st.sampled_from([True] * 30 + [False])):
        named["Authorization"] = draw(_AUTHORIZATIONS)
    case = draw(st.sampled_from(["lower", "lower", "upper", "swapcase", "title"]))
    cased = {getattr(name, case)(): value for name, value in named.items()}
    # API Gateway names no header twice.
    return {
        name: value for name, value in cased.items() if name == {each.lower(): each for each in cased}[name.lower()]
    }
