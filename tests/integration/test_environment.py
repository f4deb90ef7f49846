"""events/env.json against the template."""

from tools.local.emulator import ACCOUNT, REGION
from tools.sam_local import parameters
from tools.template import resources, variables

URL = "http://127.0.0.1:1234"


def test_env_json_gives_each_variable_that_needs_aws_and_no_other() -> None:
    """`sam local invoke` overrides only what the template declares, and resolves what names a resource to nothing."""
    declared = {
        name
        for resource in resources().values()
        if resource["Type"] == "AWS::Serverless::Function"
        for name, value in variables(resource).items()
        if value is None
    }
    assert set(parameters(URL)) == declared


def test_env_json_names_what_the_template_names() -> None:
    """For the stack `webhooks`."""

    def named(resource: str, name: str) -> str:
        template: str = declared[resource]["Properties"][name]["Fn::Sub"]
        return template.replace("${AWS::StackName}", "webhooks")

    declared = resources()
    given = parameters(URL)
    assert given["AWS_ENDPOINT_URL"] == URL
    assert given["INBOX_TABLE"] == named("InboxTable", "TableName")
    assert given["RECORDS_TABLE"] == named("RecordsTable", "TableName")
    assert given["ONCE_TABLE"] == named("OnceTable", "TableName")
    place = {"${AWS::AccountId}": ACCOUNT, "${AWS::Region}": REGION}
    bucket = named("Bucket", "BucketName")
    for variable, value in place.items():
        bucket = bucket.replace(variable, value)
    assert given["BUCKET"] == bucket
    assert given["TOKENS_SECRET"] == named("TokensSecret", "Name")
    handlers = [name.removesuffix("Handler") for name in declared if name.endswith("Handler")]
    assert given["EVENT_TYPES"] == ",".join(handlers)
    for event_type in handlers:
        for variable, queue in (("QUEUE_URL_PREFIX", "Queue"), ("DEAD_LETTERS_URL_PREFIX", "DeadLetters")):
            name = named(f"{event_type}{queue}", "QueueName")
            assert given[variable] + event_type == f"{URL}/{ACCOUNT}/{name}"
