from webhooks.testing import run_handler


def test_the_subscription_is_recorded() -> None:
    records = run_handler(__file__).records
    assert records["ASSOCIATE#5", "SUBSCRIPTION#9"]["IsVoid"] is False
