"""The resources of a deployed stack, by their logical ids."""

from tools.local.stack import LocalStack


def physical_id(stack: LocalStack, logical_id: str) -> str:
    """The name of a resource in AWS."""
    found = stack.emulator.client("cloudformation").describe_stack_resource(
        StackName=stack.name, LogicalResourceId=logical_id
    )
    return str(found["StackResourceDetail"]["PhysicalResourceId"])


def roles_of_functions(stack: LocalStack) -> list[str]:
    """The logical id of each function's role."""
    pages = stack.emulator.client("cloudformation").get_paginator("list_stack_resources").paginate(StackName=stack.name)
    resources = [resource for page in pages for resource in page["StackResourceSummaries"]]
    logical_ids = {resource["PhysicalResourceId"]: resource["LogicalResourceId"] for resource in resources}
    functions = stack.emulator.client("lambda")
    return [
        logical_ids[functions.get_function(FunctionName=name)["Configuration"]["Role"].rpartition("/")[2]]
        for name in (res["PhysicalResourceId"] for res in resources if res["ResourceType"] == "AWS::Lambda::Function")
    ]
