"""What is in front of the inbox, in an account in memory: an endpoint and the tokens that it accepts."""

import boto3

from tests.contract.account import create_secret
from webhooks_cli.stack import Stack

TYPES = ("CreateOrderEvent", "UpdateAssociateEvent", "DailyEvent", "CustomEvent")
TOKEN = "a-token"  # noqa: S105 - of an account in memory


def entrance(url: str = "https://api.example/webhooks") -> Stack:
    """A stack that has nothing else, and accepts `TOKEN` as `first`."""
    stack = Stack("webhooks", boto3.Session())
    outputs = {"Endpoint": url, "TokensSecret": create_secret(f'{{"first": "{TOKEN}"}}')}
    # What CloudFormation tells of a stack is asked for once: here it is known.
    vars(stack)["_described"] = {
        "Outputs": [{"OutputKey": name, "OutputValue": value} for name, value in outputs.items()],
        "Parameters": [{"ParameterKey": "EventTypes", "ParameterValue": ", ".join(TYPES)}],
    }
    return stack
