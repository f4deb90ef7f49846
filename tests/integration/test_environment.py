"""events/env.json against the template."""

from tools.local.emulator import ACCOUNT, REGION
from tools.sam_local import parameters
from tools.template import event_types, resources, template, variables

URL = "http://127.0.0.1:1234"
NAMES = {
    "INBOX_TABLE": ("InboxTable", "TableName"),
    "RECORDS_TABLE": ("RecordsTable", "TableName"),
    "ONCE_TABLE": ("OnceTable", "TableName"),
    "BUCKET": ("Bucket", "BucketName"),
    "TOKENS_SECRET": ("TokensSecret", "Name"),
}


def test_env_json_has_the_variables_that_need_aws() -> None:
    """`sam local invoke` overrides declared variables only.

    It resolves a reference to a resource to nothing, one to a parameter to the parameter's default.
    """
    functions = [each for each in resources().values() if each["Type"] == "AWS::Serverless::Function"]
    declared = {name for each in functions for name, value in variables(each).items() if value is None}
    stated = {
        name: value for each in functions for name, value in each["Properties"]["Environment"]["Variables"].items()
    }
    of_parameters = {name for name in declared if stated[name].get("Ref") in template()["Parameters"]}
    assert declared - of_parameters < set(parameters(URL, [])) < declared


def test_env_json_has_the_names_of_the_template() -> None:
    given = parameters(URL, event_types())
    assert {variable: given[variable] for variable in NAMES} == {
        variable: _name(resource, name) for variable, (resource, name) in NAMES.items()
    }
    for event_type in event_types():
        for variable, suffix in (("QUEUE_URL_PREFIX", "Queue"), ("DEAD_LETTERS_URL_PREFIX", "DeadLetters")):
            queue = _name(f"{event_type}{suffix}", "QueueName")
            assert given[variable] + event_type == f"{URL}/{ACCOUNT}/{queue}"


def _name(resource: str, attribute: str) -> str:
    """The name of a resource in the stack `webhooks`."""
    name: str = resources()[resource]["Properties"][attribute]["Fn::Sub"]
    values = {"StackName": "webhooks", "AccountId": ACCOUNT, "Region": REGION}
    for variable, value in values.items():
        name = name.replace(f"${{AWS::{variable}}}", value)
    return name
