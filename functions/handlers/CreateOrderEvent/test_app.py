from webhooks.testing import run_handler


def test_the_order_is_recorded() -> None:
    records = run_handler(__file__).records
    assert records["ORDER#1", "ORDER"]["OrderStatus"] == "Pending processing"
