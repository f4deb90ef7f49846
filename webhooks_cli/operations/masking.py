"""What may be shown of events and records without `--reveal`: no personal data."""

import builtins
import re
from collections.abc import Iterator, Mapping
from functools import cache
from itertools import count
from typing import Any, get_args

from pydantic_core import PydanticKnownError
from pydantic_core.core_schema import ErrorType

from webhooks.events.base import PERSONAL, Event
from webhooks.kinds import BASE_FIELDS, kinds
from webhooks_cli.operations.event_types import model_of
from webhooks_cli.operations.numbers import read_body

MASK = "***"

DOES_NOT_FIT = "does not fit its model: "
"""Begins the product's own reason for an unreadable body."""

_BETWEEN = "; "

_OUR_REASONS = re.compile(
    r"its handler died without a word, \d+ times"
    r"|DynamoDB does not accept the record: its key or content is too large"
    r"|not a message of ingest or relay: it lacks (?:ClientId|EventType|MessageId|ReceivedAt|, )+"
)
"""The product's own reasons, which quote nothing."""

_OUR_PROBLEMS = re.compile(
    r"Value error, not (?:a whole number|an amount|a date|an id of 1 to \d+ printable characters)"
    r"|Input should be (?:greater|less) than (?:or equal to )?-?\d+"
    r"|Input should be a valid (?:integer|number|boolean|datetime)[a-z ,]*"
    r"|(?:List|Tuple|Set|Dictionary) should have at (?:least|most) \d+ items? after validation, not [a-z\d ]+"
    r"|(?:String|Data) should have at (?:least|most) \d+ (?:character|byte)s?"
    r"|Decimal input should have no more than \d+ (?:digit|decimal place)s?(?: in total| before the decimal point)?"
    r"|Input should be a valid dictionary or instance of \w+"
)
"""Problems of a body that name a limit or a kind of the model's, as pydantic and the product's own fields say it."""

_MORE = re.compile(r"and \d+ more")
_JSONS_WORDS = re.compile(r": (?:Expecting|Invalid|Unterminated|Extra|Illegal) [A-Za-z ']*")
_A_CLASS = re.compile(r"[A-Z]\w*(?:Error|Exception|Exited|Letter|Later)", re.ASCII)
_PLAIN_VALUE = re.compile(r"[-+\d.:/ TZeE]{1,40}|true|false|null", re.ASCII | re.IGNORECASE)
"""What a field for numbers, dates or truth values may show of a text."""


def masked(fields: Mapping[str, Any], event_type: str, own: tuple[str, ...] = ()) -> dict[str, Any]:
    """The fields of an event, or of a record saved from it, with `***` for what may be personal data.

    Fields that the type's model declares are shown unless it marks them as personal, and so are `own` ones. Of all
    others, nested ones too, neither names, which become `***1`, nor texts nor numbers are shown.
    """
    declared, number = _declared(model_of(event_type)), count(1)
    shown: dict[str, Any] = {}
    for name, value in fields.items():
        if name in own:
            shown[name] = value
        elif name in declared:
            shown[name] = declared[name].shown(value)
        else:
            shown[f"{MASK}{next(number)}"] = _hidden(value)
    return shown


def masked_body(text: str, event_type: str, *, reveal: bool) -> Any:
    """A body as it may be shown: as fields if it is a JSON object, otherwise as text, or `***` without `reveal`."""
    try:
        body: Any = read_body(text)
    except (ValueError, RecursionError):
        body = text
    if reveal:
        return body
    return masked(body, event_type) if isinstance(body, dict) else MASK


def masked_error(text: str, event_type: str) -> str:
    """An error as the inbox stores it, its class first: the text may quote the event, so only our own is shown."""
    kind, colon, words = text.partition(": ")
    return f"{kind}: {_our_words(words, event_type) or MASK}" if colon else kind


def masked_reason(text: str, event_type: str) -> str:
    """The reason of a dead letter: our own words, or the class of an error. A handler's own words may be anything."""
    if ours := _our_words(text, event_type):
        return ours
    kind, colon, words = text.partition(": ")
    if not (_A_CLASS.fullmatch(kind) or hasattr(builtins, kind)):
        return MASK
    return f"{kind}: {_our_words(words, event_type) or MASK}" if colon else kind


def masked_user(user: str) -> str:
    """The user that a delivery names; empty if it names none."""
    return user and MASK


class _Declared:
    """A field that a model declares: whether it is personal, and what kind of value it has."""

    def __init__(self, *, personal: bool, kind: type) -> None:
        self._personal = personal
        self._kind = kind

    def shown(self, value: Any) -> Any:
        if self._personal or isinstance(value, dict):
            return _hidden(value)
        if isinstance(value, list):
            return value if self._kind is list and all(_is_plain(each) for each in value) else _hidden(value)
        if isinstance(value, str) and self._kind is not str and value and not _PLAIN_VALUE.fullmatch(value):
            return MASK
        return value


@cache
def _declared(model: type[Event]) -> dict[str, _Declared]:
    """The declared fields by the names under which a sender may send them."""
    of_kind = {**kinds(model), **dict.fromkeys(BASE_FIELDS, str), "EventDateUtc": int}
    found: dict[str, _Declared] = {}
    for field in model.model_fields.values():
        name = str(field.alias)
        declared = _Declared(personal=PERSONAL in field.metadata, kind=of_kind.get(name, str))
        found |= {name: declared, name[0].lower() + name[1:]: declared}
    return found


def _is_plain(value: object) -> bool:
    return value is None or isinstance(value, str | bool)


def _hidden(value: Any) -> Any:
    if isinstance(value, dict):
        return {f"{MASK}{number}": _hidden(inner) for number, inner in enumerate(value.values(), 1)}
    if isinstance(value, list):
        return [_hidden(inner) for inner in value]
    return value if value in ("", None) or isinstance(value, bool) else MASK


def _our_words(text: str, event_type: str) -> str:
    """What the product itself wrote, with `***` for the rest; empty if nothing is."""
    if _OUR_REASONS.fullmatch(text):
        return text
    if not text.startswith(DOES_NOT_FIT):
        return ""
    return DOES_NOT_FIT + _BETWEEN.join(_problems(text.removeprefix(DOES_NOT_FIT), event_type))


def _problems(text: str, event_type: str) -> Iterator[str]:
    declared = _declared(model_of(event_type))
    for problem in text.split(_BETWEEN):
        if _MORE.fullmatch(problem):
            yield problem
        elif problem.startswith("not JSON"):
            words = problem.removeprefix("not JSON")
            yield problem if _JSONS_WORDS.fullmatch(words) else "not JSON"
        else:
            where, _, message = problem.partition(": ")
            first, *steps = where.split(".")
            message = message if message in _pydantics() or _OUR_PROBLEMS.fullmatch(message) else MASK
            place = (
                ".".join([first, *(step if step.isdecimal() else MASK for step in steps)])
                if first in declared
                else MASK
            )
            yield MASK if place == message == MASK else f"{place}: {message}"


@cache
def _pydantics() -> frozenset[str]:
    """Pydantic's own messages, as far as they have no variable part."""
    messages = set()
    for kind in get_args(ErrorType):
        try:
            messages.add(PydanticKnownError(kind).message())
        except TypeError:  # it has one
            continue
    return frozenset(messages)
