"""`webhooks new`, `retire`, `schema` and `sample`, on a small checkout of their own."""

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from typer.testing import CliRunner, Result

from tests.cli.receiver import receiver
from tests.unit.examples import ROOT
from tests.unit.models import MODELS
from webhooks.delivery import Delivery
from webhooks.event import EventKey, parse_event
from webhooks.message import event_from_record
from webhooks.routing import Routing, pairs
from webhooks_cli.app import app
from webhooks_cli.operations import checkout as checkouts
from webhooks_cli.operations import event_types
from webhooks_cli.operations.checkout import Checkout
from webhooks_cli.operations.masking import masked
from webhooks_cli.operations.new_type import KINDS

NAME = "PointsAwarded"
FIELDS = ["AssociateId:int", "SKU:str", *(f"Of{kind.title().replace('-', '')}:{kind}" for kind in KINDS)]
FILES = ["app.py", "sample.json", "test_app.py"]
LIST = "# Own types.\nEventTypes:\n  - CreateOrderEvent\n  - CustomEvent\n"


@pytest.fixture
def checkout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Checkout:
    """A checkout with two types, around the current folder."""
    handlers = tmp_path / "functions" / "handlers"
    for name in ("CreateOrderEvent", "CustomEvent"):
        (handlers / name).mkdir(parents=True)
    (handlers / "types.yaml").write_text(LIST)
    (tmp_path / "template.yaml").write_text("Resources:\n  IngestRole:\n      ${EventType}Role:\n")
    monkeypatch.chdir(handlers)
    monkeypatch.setattr(checkouts, "__file__", str(tmp_path / "installed" / "checkout.py"))
    event_types._own_model.cache_clear()  # noqa: SLF001 - each test has other folders
    return Checkout(tmp_path)


def webhooks(*arguments: str, typed: str | None = None) -> Result:
    return CliRunner().invoke(app, arguments, input=typed)


def new(*fields: str, name: str = NAME) -> Result:
    return webhooks("new", name, *(part for field in fields for part in ("--field", field)))


def contents(checkout: Checkout) -> dict[str, str | None]:
    return {str(path): path.read_text() if path.is_file() else None for path in checkout.root.rglob("*")}


def own(checkout: Checkout, app_text: str, sample: str | None = None) -> None:
    """Write the folder of a type by hand, and list it."""
    files = {"app.py": app_text} | ({"sample.json": sample} if sample else {})
    checkout.add_type(NAME, files)


def test_a_type_is_a_folder_and_a_word(checkout: Checkout) -> None:
    before = contents(checkout)
    assert new(*FIELDS).exit_code == 0
    folder = checkout.handlers / NAME
    assert sorted(path.name for path in folder.iterdir()) == FILES
    changed = {path for path, text in contents(checkout).items() if before.get(path, "") != text}
    assert changed == {str(folder), *(str(folder / file) for file in FILES), str(checkout.types_file)}
    assert checkout.types_file.read_text() == LIST.replace("  - Custom", f"  - {NAME}\n  - Custom")


def test_what_is_new_is_clean_and_tested(checkout: Checkout) -> None:
    """Formatter and linter change nothing, and its own tests pass, without this project's."""
    assert new(*FIELDS).exit_code == 0
    assert new(name="DayClosed").exit_code == 0
    vendors = [f"{name}Event" for name in ("CreateOrder", "FinalizeOrder", "CreateOrderPayment", "SubmitOrderPackage")]
    for number, takes in enumerate((["CreateOrderEvent"], ["CreateOrderEvent", NAME], ["*"], vendors)):
        assert further(*takes, name=f"OrderMailing{number}").exit_code == 0
    (checkout.root / "pyproject.toml").write_text((ROOT / "pyproject.toml").read_text())
    for arguments in (
        ["ruff", "format", "--check", "--isolated", "--line-length=120"],
        ["pytest", "-q"],
    ):
        command = [sys.executable, "-m", *arguments, "functions/handlers"]
        ran = subprocess.run(command, cwd=checkout.root, capture_output=True, text=True, check=False)
        assert ran.returncode == 0, ran.stdout + ran.stderr


@pytest.mark.parametrize(
    ("name", "fields", "why"),
    [
        ("pointsAwarded", [], "starting with a capital"),
        ("Points.Awarded", [], "letters and digits"),
        ("P" * 41, [], "2 to 40"),
        ("None", [], "another meaning"),
        ("Exception", [], "another meaning"),
        ("Money", [], "another meaning"),
        ("PointsHandler", [], "another meaning"),
        (NAME, ["Points"], "not a field like"),
        (NAME, ["1st:int"], "not a field like"),
        (NAME, ["Points:float"], "are str, int, decimal"),
        (NAME, ["Points:date-list"], "are str, int, decimal"),
        (NAME, ["eventDateUtc:date"], "every event has it"),
        (NAME, ["Class:str"], "model_extra"),
        (NAME, ["Fields:str-list"], "model_extra"),
        (NAME, ["List:str"], "model_extra"),
        (NAME, ["l:int"], "model_extra"),
        (NAME, ["PointId:str", "point_id:int"], "two fields point_id"),
        (NAME, ["A" * 60 + "Id:int"], "too long"),
    ],
)
def test_wrong_names_exit_with_2(checkout: Checkout, name: str, fields: list[str], why: str) -> None:
    before = contents(checkout)
    result = new(*fields, name=name)
    assert (result.exit_code, contents(checkout) == before) == (2, True)
    assert why in " ".join(result.stderr.replace("│", "").split())


def test_a_vendor_type_comes_back_with_its_model(checkout: Checkout) -> None:
    assert new(name="DailyEvent").exit_code == 0
    assert "from webhooks.handlers import DailyEvent" in (checkout.handlers / "DailyEvent" / "app.py").read_text()
    assert new("Day:int", name="OrderEvent").exit_code == 2


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("CreateOrderEvent", "exists already"),
        ("CUSTOMEvent", "CustomEvent exists"),
        ("Ingest", "in template.yaml"),
    ],
)
def test_taken_names_are_refused(checkout: Checkout, name: str, why: str) -> None:
    before = contents(checkout)
    assert why in str(new(name=name).exception)
    assert contents(checkout) == before


@pytest.mark.parametrize("fails", ["mkdir", "write_text", "rename", "replace"])
def test_an_interrupted_command_leaves_nothing(checkout: Checkout, monkeypatch: pytest.MonkeyPatch, fails: str) -> None:
    before = contents(checkout)

    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(Path, fails, interrupted)
        assert new("AssociateId:int").exit_code == 130
    assert {path: text for path, text in contents(checkout).items() if ".types" not in path} == before


def test_a_broken_list_is_left_alone(checkout: Checkout) -> None:
    checkout.types_file.write_text("EventTypes: CreateOrderEvent,CustomEvent\n")
    before = contents(checkout)
    assert "is not a list of event types" in str(new().exception)
    assert contents(checkout) == before


@pytest.mark.parametrize("takes", ["", "Takes:\n  - CustomEvent=ZetaEvent\n"])
@pytest.mark.parametrize("one", [(), ("CreateOrderEvent",)])
@pytest.mark.parametrize("two", [(), ("*",)])
def test_two_branches_add_a_handler_each(
    tmp_path: Path, takes: str, one: tuple[str, ...], two: tuple[str, ...]
) -> None:
    """Without a conflict, thanks to .gitattributes. A further handler is in two lists of the file."""

    def git(*arguments: str) -> None:
        command = ("git", "-c", "user.name=t", "-c", "user.email=t@example.com", "-c", "commit.gpgsign=false")
        subprocess.run([*command, *arguments], cwd=tmp_path, check=True, capture_output=True)

    file = tmp_path / "functions" / "handlers" / "types.yaml"
    file.parent.mkdir(parents=True)
    file.write_text(LIST + takes)
    (tmp_path / ".gitattributes").write_text((ROOT / ".gitattributes").read_text())
    git("init", "-b", "main")
    git("add", ".")
    git("commit", "-m", "base")
    for branch, taken in (("one", one), ("two", two)):
        git("checkout", "-b", branch, "main")
        Checkout(tmp_path).add_type(f"Type{branch.title()}", {"app.py": ""}, taken)
        git("add", ".")
        git("commit", "-m", branch)
    git("merge", "one")
    merged = yaml.safe_load(file.read_text())
    assert merged["EventTypes"] == ["CreateOrderEvent", "TypeTwo", "TypeOne", "CustomEvent"]
    assert file.read_text().count("Takes:") == bool(takes or one or two)
    expected = [f"TypeOne={each}" for each in one] + [f"TypeTwo={each}" for each in two]
    assert sorted(merged.get("Takes", [])) == sorted([*expected, *(["CustomEvent=ZetaEvent"] if takes else [])])


def test_a_retired_type_is_gone(checkout: Checkout) -> None:
    before = contents(checkout)
    new("AssociateId:int")
    assert webhooks("retire", NAME, typed="n\n").exit_code == 1
    result = webhooks("retire", NAME, "--yes")
    assert (result.exit_code, contents(checkout)) == (0, before)
    assert "deletes no queue before it is empty" in result.stderr
    assert webhooks("retire", "CreateOrderEvent", "--yes").exit_code == 0
    assert checkout.event_types() == ["CustomEvent"]


def test_what_still_names_a_retired_type_is_listed(checkout: Checkout) -> None:
    new()
    assert "still named" not in webhooks("retire", NAME, "--yes").stderr
    new()
    (checkout.handlers / "resources.yaml").write_text(f"Mails:\n  Roles: [{{Ref: {NAME}Role}}]\n  Of: Another{NAME}\n")
    assert "still named in functions/handlers/resources.yaml:2: " in webhooks("retire", NAME, "--yes").stderr


def test_what_cannot_be_retired(checkout: Checkout) -> None:
    before = contents(checkout)
    assert "cannot be retired" in str(webhooks("retire", "CustomEvent", "--yes").exception)
    assert "has no handler of its own" in str(webhooks("retire", "../handlers", "--yes").exception)
    assert contents(checkout) == before


@pytest.mark.usefixtures("checkout")
def test_a_schema_is_that_of_the_model() -> None:
    new("AssociateId:int", "Points:decimal")
    for name in ("CreateOrderEvent", NAME):
        assert "properties" in json.loads(webhooks("schema", name).stdout)
    assert json.loads(webhooks("schema", NAME).stdout)["required"] == ["AssociateId"]
    assert "no event type of the vendor" in str(webhooks("schema", "NeverHeardOf").exception)


def test_a_model_that_cannot_be_imported(checkout: Checkout) -> None:
    """Its texts are masked, its schema says why, and its sample is sent."""
    own(
        checkout,
        "import no_such_package\n",
        '{"Name": "zoe", "EventDateUtc": "2021-01-01", "EventType": "' + NAME + '"}',
    )
    assert masked({"Name": "zoe", "Number": 1}, NAME) == {"***1": "***", "***2": "***"}
    failure = str(webhooks("schema", NAME).exception)
    assert "app.py cannot be imported here: ModuleNotFoundError: No module named 'no_such_package'" in failure
    with receiver() as server:
        done = webhooks("send", NAME, "--url", server.url, "--token", "t", "--set", "Number=7")
    assert done.exit_code == 0
    sent = json.loads(server.requests[0].body.replace(b",\n}", b"}"))
    assert (sent["Name"], sent["Number"], sent["EventDateUtc"] > "2026") == ("zoe", 7, True)


def test_its_model_may_come_from_a_linked_folder(checkout: Checkout) -> None:
    shared = checkout.handlers / "shared"
    shared.mkdir()
    (shared / "models.py").write_text("from webhooks.handlers import Event\nclass Points(Event):\n    level: str\n")
    own(checkout, "from shared.models import Points\nfrom webhooks.handlers import CreateOrderEvent, DailyEvent\n")
    (checkout.handlers / NAME / "shared").symlink_to("../shared")
    assert event_types.required_model(NAME).__name__ == "Points"


def test_a_type_by_hand_is_one_folder(checkout: Checkout) -> None:
    """Its model may have any name, and import a module beside it; another folder may have one of the same name."""
    text = """
from typing import Annotated
from shared import KIND
from webhooks.handlers import PERSONAL, Event

class Points(Event):
    name: Annotated[str | None, PERSONAL] = None
    level: KIND | None = None
"""
    own(checkout, text)
    (checkout.handlers / NAME / "shared.py").write_text("KIND = str\n")
    checkout.add_type("Other", {"app.py": text, "shared.py": "KIND = int\n"})
    assert masked({"Name": "zoe", "Level": "gold"}, NAME) == {"Name": "***", "Level": "gold"}
    assert event_types.model_of("Other").model_fields["level"].annotation == int | None
    assert "shared" not in sys.modules


@pytest.mark.usefixtures("checkout")
@pytest.mark.parametrize("event_type", [*MODELS, NAME])
def test_samples_are_accepted_and_handled(event_type: str) -> None:
    new("AssociateId:int", "Points:decimal")
    printed = {shape: webhooks("sample", event_type, "--as", shape).stdout for shape in ("request", "batch", "body")}
    accepted = parse_event(
        Delivery.from_request(json.loads(printed["request"])), Routing.parse(f"{event_type},CustomEvent"), "now"
    )
    (record,) = json.loads(printed["batch"])["Records"]
    queued = event_from_record(record)
    assert accepted.key == queued.key == EventKey(queued.key.message_id, "acme", event_type)
    assert json.loads(accepted.body) == json.loads(queued.body) == json.loads(printed["body"])
    event_types.model_of(event_type).from_accepted(queued)


# ---- further handlers


def further(*takes: str, name: str = "OrderMailing") -> Result:
    return webhooks("new", name, *(part for each in takes for part in ("--for", each)))


@pytest.mark.parametrize(
    ("takes", "stated"),
    [
        (["CreateOrderEvent"], "  - OrderMailing=CreateOrderEvent\n"),
        (
            ["CreateOrderEvent", "A client's own"],
            '  - OrderMailing=CreateOrderEvent\n  - "OrderMailing=A client\'s own"\n',
        ),
        (["*"], "  - OrderMailing=*\n"),
    ],
)
def test_a_further_handler_is_folder_and_entry(checkout: Checkout, takes: list[str], stated: str) -> None:
    assert further(*takes).exit_code == 0
    text = checkout.types_file.read_text()
    assert text.startswith(LIST.replace("  - Custom", "  - OrderMailing\n  - Custom"))
    assert text.endswith(f"\nTakes:\n{stated}")
    read = yaml.safe_load(checkout.types_file.read_text())
    assert pairs(",".join(read["Takes"])) == [("OrderMailing", each) for each in takes]
    assert sorted(path.name for path in (checkout.handlers / "OrderMailing").iterdir()) == FILES


def test_a_further_handlers_sample_has_a_fitting_type(checkout: Checkout) -> None:
    assert further("FinalizeOrderEvent", "CreateOrderEvent").exit_code == 0
    assert checkout.takes("OrderMailing") == ["FinalizeOrderEvent", "CreateOrderEvent"]
    (record,) = json.loads(webhooks("sample", "OrderMailing").stdout)["Records"]
    assert record["messageAttributes"]["EventType"]["stringValue"] == "FinalizeOrderEvent"
    assert record["eventSourceARN"].endswith("-events-OrderMailing")


def test_retiring_a_further_handler_takes_all_back(checkout: Checkout) -> None:
    assert further("CreateOrderEvent", "FinalizeOrderEvent").exit_code == 0
    assert further("*", name="Archive").exit_code == 0
    done = webhooks("retire", "OrderMailing", "--yes")
    assert (done.exit_code, "no more events go to it" in done.stderr) == (0, True)
    assert "OrderMailing" not in checkout.types_file.read_text()
    assert webhooks("retire", "Archive", "--yes").exit_code == 0
    assert checkout.types_file.read_text() == LIST


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        (["OrderMailing", "--for", ""], "is not an event type"),
        (["OrderMailing", "--for", "A,B"], "is not an event type"),
        (["OrderMailing", "--for", "*", "--for", "CreateOrderEvent"], "name no others"),
        (["OrderMailing", "--for", "CreateOrderEvnt"], "did you mean CreateOrderEvent"),
        (["OrderMailing", "--for", "CreateOrderEvent", "--field", "AId:int"], "give one of them"),
        (["FinalizeOrderEvent", "--for", "CreateOrderEvent"], "a name of its own"),
    ],
)
def test_a_wrong_further_handler_changes_nothing(checkout: Checkout, arguments: list[str], why: str) -> None:
    before = contents(checkout)
    done = webhooks("new", *arguments)
    assert (done.exit_code, why in re.sub(r"[\s│]+", " ", done.stderr)) == (2, True)
    assert contents(checkout) == before
