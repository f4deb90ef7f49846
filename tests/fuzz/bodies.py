"""Bodies as a sender may write them, and as nobody should."""

import json
from random import Random

from hypothesis import strategies as st

from tests.fuzz.reader import Number, Pairs
from tests.fuzz.writer import Writer
from tests.unit.models import FULL, MODELS
from webhooks.policy import BODY_LIMIT, INLINE_LIMIT

_ODD_SIGNS = st.sampled_from('\ufffe\uffff\ufffd\ufeff\ud800\udfff\U0001fffe\x00\x1f\x7f\x85\u2028"\\/,}]')


def _joined(text: str) -> str:
    """With adjacent surrogate halves joined, as JSON does."""
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "surrogatepass")


ANY_TEXT = (st.text(st.characters(exclude_categories=[])) | st.text(_ODD_SIGNS, max_size=5)).map(_joined)
"""Lone surrogates, control characters, U+FFFE and all."""

_FIELDS = sorted({name for fields in FULL.values() for name in fields})
_CAMEL = [f"{name[0].lower()}{name[1:]}" for name in _FIELDS]
""".NET's default."""

_NAMES = st.sampled_from(_FIELDS + _CAMEL) | ANY_TEXT
_ODD_NUMBERS = [
    "-0",
    "0.0",
    "1E400",
    "-1E-400",
    "0E99999999",
    "1E99999999",
    "1e-99999999999999999999",
    "9" * 400,
    "9" * 5000,
]
_ANY_NUMBERS = st.from_regex(r"-?(0|[1-9][0-9]{0,39})(\.[0-9]{1,20})?([eE][-+]?[0-9]{1,8})?", fullmatch=True)
_NUMBERS = (st.integers(-(10**6), 10**6).map(str) | _ANY_NUMBERS | st.sampled_from(_ODD_NUMBERS)).map(Number)
DATES: dict[object, str] = {
    "2021-10-12T18:07:26.8794398Z": "2021-10-12T18:07:26.8794398Z",
    "2021-10-12T18:07:26.12345678": "2021-10-12T18:07:26.1234567Z",
    "2021-10-12T18:07Z": "2021-10-12T18:07:00.0000000Z",
    "2021-10-12": "2021-10-12T00:00:00.0000000Z",
    " 2021-10-12 18:07:26,5 ": "2021-10-12T18:07:26.5000000Z",
    "2021-10-12T18:07:26+14:00": "2021-10-12T04:07:26.0000000Z",
    "2021-10-12T18:07:26-05": "2021-10-12T23:07:26.0000000Z",
    "/Date(1634062046879)/": "2021-10-12T18:07:26.8790000Z",
    "/Date(1634062046879+0200)/": "2021-10-12T18:07:26.8790000Z",
    "1634062046": "2021-10-12T18:07:26.0000000Z",
    Number("1634062046"): "2021-10-12T18:07:26.0000000Z",
    Number("1634062046879"): "2021-10-12T18:07:26.8790000Z",
    Number("1634062046.5"): "2021-10-12T18:07:26.5000000Z",
    **dict.fromkeys(["", "0", "null", "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59.9999999", None], ""),
    **dict.fromkeys(["0000-00-00", "1601-01-01T00:00:00", "/Date(253402300799999)/"], ""),
    **dict.fromkeys(["soon", "2021-13-01", "9000-01-01", "12", Number("12"), True, Pairs()], ""),
}
"""Dates in every form, and what each means; empty if that is no date, or one after the receipt."""

_DATES = st.sampled_from(list(DATES))
_SCALARS = st.none() | st.booleans() | _NUMBERS | ANY_TEXT | _DATES
_VALUES = st.recursive(
    _SCALARS,
    lambda inner: st.lists(inner, max_size=4) | st.lists(st.tuples(_NAMES, inner), max_size=4).map(Pairs),
    max_leaves=8,
)
_TYPES: st.SearchStrategy[object] = (
    st.sampled_from(sorted(MODELS))
    | st.sampled_from(["0", "2", " 3 ", "7", "AcmeBonusPaid", "A client's own ☕", "x" * 128, "x" * 129, "", " "])
    | st.sampled_from([Number("3"), Number("3.0"), Number("-5"), Number("12"), None, True, Pairs(), []])
    | ANY_TEXT
)


@st.composite
def objects(draw: st.DrawFn) -> Pairs:
    """An event with some of the vendor's fields, as documented or not, in any order."""
    fields = draw(st.lists(st.tuples(_NAMES, _VALUES), max_size=5))
    documented = FULL[draw(st.sampled_from(sorted(FULL)))]
    names = draw(st.just(sorted(documented)) | st.lists(st.sampled_from(sorted(documented)), max_size=8))
    fields += [(name, _as_read(documented[name])) for name in names]
    if draw(st.booleans()):
        fields.append((draw(st.sampled_from(sorted(documented))), draw(_SCALARS)))
    if draw(st.sampled_from([True, True, True, False])):
        fields.append((draw(st.sampled_from(["EventType"] * 3 + ["eventType"])), draw(_TYPES)))
    if draw(st.booleans()):
        fields.append((draw(st.sampled_from(["EventDateUtc", "eventDateUtc"])), draw(_DATES)))
    return Pairs(draw(st.permutations(fields)))


@st.composite
def written(draw: st.DrawFn) -> tuple[str, Pairs]:
    """An event as text, with random white space, escapes and trailing commas; and the event."""
    event = draw(objects())
    rng = Random(draw(st.integers(0, 2**32)))  # noqa: S311 - drawing each white space would take longer than all else
    return Writer(rng).text(event), event


@st.composite
def mutated(draw: st.DrawFn) -> str:
    """An event as text, damaged in a few places."""
    text, _ = draw(written())
    for _ in range(draw(st.integers(1, 2))):
        start = draw(st.integers(0, len(text)))
        end = min(len(text), start + draw(st.integers(0, 5)))
        text = text[:start] + draw(_DAMAGE | st.just(text[start:end] * 2)) + text[end:]
    return text


_DAMAGE = st.sampled_from(
    [*'{}[],:"\\ \n0-.eE', ",,", ", }", "NaN", "-Infinity", "tru", "'", "\u00a0", "\ufeff", "\\u12", "\x00", "//"]
)

JUNK = (
    ANY_TEXT
    | st.text('{}[],:"\\ 0tue\n')
    | st.sampled_from(
        [
            "",
            " \n",
            "null",
            "[]",
            "{}",
            "{,}",
            "{}{}",
            '{"EventType":NaN}',
            '{"EventType":"X",}',
            "EventType=DailyEvent&a=1",
        ]
    )
)


@st.composite
def nested(draw: st.DrawFn) -> str:
    """A deeply nested event; closed or not."""
    depth = draw(st.sampled_from([1, 60, 62, 63, 63, 64, 64, 65, 66, 1000, 200_000]))
    opening, closing = draw(st.sampled_from([("[", "]"), ('{"a":', "}"), ("[1,", ",]"), ("[[],", "]")]))
    end = draw(st.sampled_from([closing * depth] * 3 + [closing * depth + ",", ""]))
    return f'{{"EventType":"Deep","a":{opening * depth}{draw(st.sampled_from(["1", "1", '"x"', ""]))}{end}}}'


@st.composite
def sized(draw: st.DrawFn) -> str:
    """An event of about the size at which bodies move to S3 or are refused."""
    size = draw(st.sampled_from([INLINE_LIMIT, 204_800, BODY_LIMIT])) + draw(st.integers(-2, 2))
    filler = draw(st.sampled_from(["x", "é", "☕", "\U0001f600", "\ufffe", "\\u0001", ",", '\\"']))
    start = '{"EventType":"CreateOrderEvent","OrderNumber":1,"Note":"'
    end = draw(st.sampled_from(['"}', '",}', '",,}']))
    room = size - len(start) - len(end)
    filling = filler * (room // len(filler.encode()))
    return start + filling + "x" * (room - len(filling.encode())) + end


def _as_read(value: object) -> object:
    """A documented value as the reader returns it."""
    if isinstance(value, list):
        return [_as_read(inner) for inner in value]
    return value if isinstance(value, bool | str) else Number(json.dumps(value))
