"""A short soak; `make soak` runs the long one."""

from tools.soak.soak import soak


def test_nothing_is_lost_or_doubled_under_load_kills_and_disturbed_calls() -> None:
    findings = soak(events=60, seed=20261124)
    assert findings.wrong == [], findings.summary()
    assert findings.kills, "nothing was killed"
    assert findings.disturbance.disturbed, "nothing was disturbed"
