"""The alarms: all there, on metrics that there are, with thresholds that fit the code."""

from itertools import accumulate
from typing import Any

import pytest

from tests.template.expanded import STACK, alarms, expanded, of_kind
from tests.template.metrics import exists
from tests.template.resources import bodies, event_types
from webhooks.policy import SCHEDULE

# What each alarm watches: the metric, and the resource that it is measured at, or the dimension's value.
PER_TYPE = {
    "dead-letters": ("ApproximateNumberOfMessagesVisible", "{}DeadLetters"),
    "waiting": ("ApproximateAgeOfOldestMessage", "{}Queue"),
    "failing": ("Failed", "{}"),
    "throttled": ("Throttles", "{}Handler"),
    "slow": ("Duration", "{}Handler"),
}
ONCE = {
    "server-errors": ("5xx", "Api"),
    "throttled-deliveries": ("Throttled", ""),
    "unauthorized": ("Unauthorized", "ingest"),
    "ingest-errors": ("Errors", "IngestFunction"),
    "ingest-throttled": ("Throttles", "IngestFunction"),
    "ingest-slow": ("Duration", "IngestFunction"),
    "rejected": ("Rejected", "ingest"),
    "collisions": ("Collision", "ingest"),
    "silence": ("Accepted", "ingest"),
    "unpublished": ("OldestUnpublishedAge", "relay"),
    "relay-errors": ("Errors", "RelayFunction"),
}
ALARMS = alarms()


def watched(alarm: dict[str, Any]) -> str:
    """The logical id of the resource that an alarm watches, or the value of a dimension of ours."""
    for dimension in alarm.get("Dimensions", []):
        match dimension["Value"]:
            case {"Ref": name}:
                return str(name)
            case {"Fn::GetAtt": [name, _]}:
                return str(name)
            case name:
                named = [key for key, body in of_kind("Lambda::Function").items() if body["FunctionName"] == name]
                return named[0] if named else str(name)
    return ""


def test_every_alarm_is_there_for_every_type_and_watches_what_it_should() -> None:
    per_type = {
        f"{what}-{event_type}": (metric, where.format(event_type))
        for what, (metric, where) in PER_TYPE.items()
        for event_type in event_types()
    }
    assert {name: (alarm["MetricName"], watched(alarm)) for name, alarm in ALARMS.items()} == ONCE | per_type
    resources_of_theirs = {where for _, where in (ONCE | per_type).values()} - {"", "ingest", "relay", *event_types()}
    assert resources_of_theirs <= set(expanded())


@pytest.mark.parametrize("name", ALARMS)
def test_an_alarm_says_what_is_wrong_and_where_to_read_on(name: str) -> None:
    what, _, of = name.rpartition("-")
    what = what if of in event_types() else name
    sentence, _, reference = ALARMS[name]["AlarmDescription"].rpartition(" ")
    assert reference == f"docs/runbook.md#{what}"
    assert sentence[0].isupper()
    assert sentence.endswith(".")


@pytest.mark.parametrize("name", ALARMS)
def test_an_alarm_goes_to_the_topic(name: str) -> None:
    alarm = ALARMS[name]
    assert alarm["AlarmActions"] == [{"Ref": "AlarmTopic"}]
    assert alarm.get("OKActions", alarm["AlarmActions"]) == alarm["AlarmActions"]


def test_cloudwatch_may_publish_to_the_topic_and_mail_is_a_choice() -> None:
    (topic,) = of_kind("SNS::Topic").values()
    assert topic.get("KmsMasterKeyId") != "alias/aws/sns", "CloudWatch may not use that key"
    (subscription,) = bodies("SNS::Subscription").values()
    assert subscription["Condition"] == "HasAlarmEmail"


@pytest.mark.parametrize("name", ALARMS)
def test_an_alarm_watches_a_metric_that_there_is(name: str) -> None:
    alarm = ALARMS[name]
    if not alarm.get("Dimensions"):
        (counted,) = of_kind("Logs::MetricFilter").values()
        (metric,) = counted["MetricTransformations"]
        assert (alarm["Namespace"], alarm["MetricName"]) == (metric["MetricNamespace"], metric["MetricName"])
        return
    (dimension,) = alarm["Dimensions"]
    assert exists(alarm["Namespace"], alarm["MetricName"], dimension["Name"], dimension["Value"])


def test_an_event_that_is_tried_again_does_not_count_as_waiting() -> None:
    """SQS leaves a message out of the age once it was received more than three times."""
    fourth_try, fifth_try = sum(SCHEDULE[:3]), sum(SCHEDULE[:4])
    assert fourth_try < ALARMS["waiting-CustomEvent"]["Threshold"] < fifth_try


def test_an_event_that_still_fails_at_the_fourth_try_is_told_of() -> None:
    """Whenever in a period its first try was."""
    alarm = ALARMS["failing-CustomEvent"]
    assert (alarm["EvaluationPeriods"], alarm["Threshold"]) == (2, 1)
    for first in range(alarm["Period"]):
        periods = {when // alarm["Period"] for when in accumulate(SCHEDULE[:3], initial=first)}
        assert any(period + 1 in periods for period in periods), first


@pytest.mark.parametrize("name", [name for name in ALARMS if "slow" in name])
def test_slow_is_four_fifths_of_the_time_out(name: str) -> None:
    milliseconds = expanded()[watched(ALARMS[name])]["Properties"]["Timeout"] * 1000
    assert ALARMS[name]["Threshold"] == 0.8 * milliseconds


def test_only_two_alarms_take_no_data_for_bad_news() -> None:
    """An idle queue or function tells nothing; a missing event or a missing relay must not pass for peace."""
    breaching = {name for name, alarm in ALARMS.items() if alarm["TreatMissingData"] != "notBreaching"}
    assert breaching == {"silence", "unpublished"}


def test_silence_is_hours_without_an_accepted_event() -> None:
    silence, hours = ALARMS["silence"], bodies("CloudWatch::Alarm")["SilenceAlarm"]["Properties"]["EvaluationPeriods"]
    assert (silence["Namespace"], silence["MetricName"]) == (STACK, "Accepted")
    assert (silence["Statistic"], silence["Period"], hours) == ("Sum", 3600, {"Ref": "SilenceHours"})
    assert (silence["ComparisonOperator"], silence["Threshold"]) == ("LessThanThreshold", 1)


def test_unpublished_is_older_than_five_minutes() -> None:
    unpublished = ALARMS["unpublished"]
    assert (unpublished["ComparisonOperator"], unpublished["Threshold"]) == ("GreaterThanThreshold", 300)


def test_what_the_api_refuses_for_its_limits_is_counted() -> None:
    (counted,) = of_kind("Logs::MetricFilter").values()
    assert counted["FilterPattern"] == '{ $.status = "429" }'
    assert counted["LogGroupName"] == {"Ref": "AccessLogGroup"}
