"""What `webhooks new` takes for an event type and its fields, and what it makes of them."""

import pytest
import typer

from webhooks_cli.new_type import KINDS, NewField, NewType


def _told(*fields: str, name: str = "PointsAwarded") -> NewType:
    return NewType.parse(name, fields)


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("pointsAwarded", "a capital first"),
        ("points_awarded", "a capital first"),
        ("Points.Awarded", "letters and digits"),
        ("PointsAwarded\n", "letters and digits"),
        ("Pünkte", "letters and digits"),
        ("", "2 to 40"),
        ("P", "2 to 40"),
        ("P" * 41, "2 to 40"),
        ("Class", "something else"),
        ("True", "something else"),
        ("Exception", "something else"),
        ("Event", "something else"),
        ("Money", "something else"),
        ("PointsHandler", "something else"),
    ],
)
def test_a_name_that_cannot_name_a_class_and_a_queue_is_refused_and_told_where_its_events_go(
    name: str, why: str
) -> None:
    with pytest.raises(typer.BadParameter, match=f"(?s){why}.*CustomEvent"):
        _told(name=name)


@pytest.mark.parametrize(
    ("field", "why"),
    [
        ("Points", "not a field like"),
        (":int", "not a field like"),
        ("1st:int", "not a field like"),
        ("Points-Awarded:int", "not a field like"),
        ("Points:float", "are str, int, decimal"),
        ("Points:", "are str, int, decimal"),
        ("Points:date-list", "are str, int, decimal"),
        ("EventType:str", "every event has it"),
        ("eventDateUtc:date", "every event has it"),
        ("Class:str", "model_extra"),
        ("Message:str", "model_extra"),
        ("Fields:str-list", "model_extra"),
        ("Json:str", "model_extra"),
        ("ModelDumpPath:str", "model_extra"),
        ("Str:str", "model_extra"),
        ("List:str", "model_extra"),
    ],
)
def test_a_field_that_a_model_cannot_have_is_refused(field: str, why: str) -> None:
    with pytest.raises(typer.BadParameter, match=why):
        _told("Other:int", field)


@pytest.mark.parametrize("again", ["PointId:str", "pointId:int", "point_id:int"])
def test_a_field_is_there_once(again: str) -> None:
    with pytest.raises(typer.BadParameter, match="two fields point_id"):
        _told("PointId:int", again)


@pytest.mark.parametrize(
    ("field", "line"),
    [
        ("WebAlias:str", "web_alias: str | None = None"),
        ("Points:decimal", "points: Money | None = None"),
        ("AwardedAtUtc:date", "awarded_at_utc: UtcDatetime | None = None"),
        ("IsVoid:bool", "is_void: bool | None = None"),
        ("Reasons:str-list", "reasons: list[str | None] | None = None"),
        ("SKU:str", 'sku: str | None = Field(default=None, alias="SKU")'),
        ("webAlias:str", 'web_alias: str | None = Field(default=None, alias="webAlias")'),
        ("web_alias:str", 'web_alias: str | None = Field(default=None, alias="web_alias")'),
    ],
)
def test_a_field_is_optional_and_has_a_python_name(field: str, line: str) -> None:
    assert _told(field).lines == f"    {line}"


@pytest.mark.parametrize(
    ("fields", "required"),
    [
        (["Points:decimal", "OrderNumber:int", "CustomerId:int"], "    order_number: int"),
        (["CustomerID:int", "BackOfficeId:str"], "    back_office_id: str"),
        (["SKUId:int"], '    sku_id: int = Field(alias="SKUId")'),
        (["OrderId:decimal", "OrderIds:int", "ItemId:int-list"], None),
        ([], None),
    ],
)
def test_the_first_id_is_required_and_nothing_else_is(fields: list[str], required: str | None) -> None:
    lines = _told(*fields).lines.splitlines()
    assert [line for line in lines if "None" not in line] == ([required] if required else [])


def test_a_record_is_kept_under_the_id_or_else_under_the_type() -> None:
    told = _told("Points:decimal", "OrderId:str", name="ReturnCreatedEvent")
    assert (told.pk, told.kept_as) == ('f"RETURN_CREATED#{event.order_id}"', "RETURN_CREATED#1")
    told = _told(name="DayClosed")
    assert (told.pk, told.kept_as) == ('"DAY_CLOSED"', "DAY_CLOSED")


@pytest.mark.parametrize(
    ("name", "words", "module"),
    [
        ("LoyaltyPointsAwarded", "Loyalty points awarded", "loyalty_points_awarded"),
        ("ReturnCreatedEvent", "Return created", "return_created_event"),
    ],
)
def test_a_name_is_also_words_and_a_module(name: str, words: str, module: str) -> None:
    told = _told(name=name)
    assert (told.words, told.module) == (words, module)


def test_there_is_a_sample_of_each_kind() -> None:
    samples = {kind: NewField.parse(f"CarrierName:{kind}").sample for kind in KINDS}
    assert samples == {
        "str": "carrier name",
        "int": 1,
        "decimal": 20.5,
        "bool": True,
        "date": "2021-10-12T18:07:26.8794398Z",
        "str-list": ["carrier name"],
        "int-list": [1],
        "decimal-list": [20.5],
        "bool-list": [True],
    }
