"""docs/schemas/ against the models."""

from tests.template.resources import event_types
from tools.schemas import FOLDER, models, schemas


def test_the_exported_schemas_are_those_of_todays_models() -> None:
    exported = {path.name: path.read_text() for path in FOLDER.iterdir()}
    assert exported == schemas(), "stale: run `make schemas`"


def test_every_event_type_has_a_model() -> None:
    assert set(models()) >= set(event_types())
