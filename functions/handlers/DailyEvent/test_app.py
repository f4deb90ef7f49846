from webhooks.testing import run_handler


def test_the_day_is_recorded() -> None:
    records = run_handler(__file__).records
    assert records["DAILY", "2021-10-12"]["EventType"] == "DailyEvent"
