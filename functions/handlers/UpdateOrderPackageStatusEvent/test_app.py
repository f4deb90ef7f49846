from webhooks.testing import run_handler


def test_the_package_is_recorded() -> None:
    records = run_handler(__file__).records
    assert records["ORDER#2", "PACKAGE#1"]["PackageStatus"] == "Shipped"
