"""webhooks.policy against the template."""

from tools.template import event_types, resources
from webhooks import policy

PROPERTIES = {name: resource.get("Properties", {}) for name, resource in resources().items()}
TYPE = event_types()[0]
QUEUE, DEAD_LETTERS = PROPERTIES[f"{TYPE}Queue"], PROPERTIES[f"{TYPE}DeadLetters"]


def test_the_policy_is_that_of_the_template() -> None:
    deployed = {
        "INGEST_TIMEOUT": PROPERTIES["IngestFunction"]["Timeout"],
        "RELAY_TIMEOUT": PROPERTIES["RelayFunction"]["Timeout"],
        "HANDLER_TIMEOUT": PROPERTIES[f"{TYPE}Handler"]["Timeout"],
        "VISIBILITY_TIMEOUT": QUEUE["VisibilityTimeout"],
        "MAX_RECEIVES": QUEUE["RedrivePolicy"]["maxReceiveCount"],
        "QUEUE_RETENTION": QUEUE["MessageRetentionPeriod"],
    }
    assert deployed == {name: getattr(policy, name) for name in deployed}
    assert DEAD_LETTERS["MessageRetentionPeriod"] == policy.QUEUE_RETENTION
