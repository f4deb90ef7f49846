"""The alarms: all there, on metrics that there are, with thresholds that fit the code."""

from itertools import accumulate
from typing import Any

import pytest

from tests.template.expanded import STACK, alarms, expanded, of_kind
from tests.template.metrics import exists
from tests.template.resources import bodies, event_types
from webhooks.retries import SCHEDULE

PER_TYPE = {"dead-letters", "waiting", "failing", "throttled", "slow"}
ONCE = {
    "server-errors",
    "throttled-deliveries",
    "unauthorized",
    "ingest-errors",
    "ingest-throttled",
    "ingest-slow",
    "rejected",
    "collisions",
    "silence",
    "unpublished",
    "relay-errors",
}
ALARMS = alarms()


def test_every_alarm_is_there_for_every_type() -> None:
    assert set(ALARMS) == ONCE | {f"{what}-{event_type}" for what in PER_TYPE for event_type in event_types()}


@pytest.mark.parametrize("name", ALARMS)
def test_an_alarm_says_what_is_wrong_and_where_to_read_on(name: str) -> None:
    what = name.rpartition("-")[0] if name.endswith("Event") else name
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


@pytest.mark.parametrize("name", ALARMS)
def test_an_alarm_watches_a_resource_that_there_is(name: str) -> None:
    for dimension in ALARMS[name].get("Dimensions", []):
        match dimension["Name"]:
            case "QueueName":
                assert dimension["Value"]["Fn::GetAtt"][0] in of_kind("SQS::Queue")
            case "FunctionName":
                assert function(dimension["Value"]) in of_kind("Lambda::Function")
            case "ApiId":
                assert dimension["Value"] == {"Ref": "Api"}
            case "event_type":
                assert dimension["Value"] in event_types()
            case other:
                assert other == "service"


def function(named: Any) -> str:
    """The logical id of a function, of a reference to it or of its name."""
    if isinstance(named, dict):
        return str(named["Ref"])
    (found,) = (key for key, body in of_kind("Lambda::Function").items() if body["FunctionName"] == named)
    return found


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
    (dimension,) = ALARMS[name]["Dimensions"]
    milliseconds = expanded()[function(dimension["Value"])]["Properties"]["Timeout"] * 1000
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
