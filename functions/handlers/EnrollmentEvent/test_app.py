from webhooks.testing import run_handler


def test_the_enrollment_is_recorded() -> None:
    records = run_handler(__file__).records
    assert records["ASSOCIATE#5", "ENROLLMENT"]["SponsorId"] == "2"
