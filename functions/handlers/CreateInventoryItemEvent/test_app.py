from webhooks.testing import run_handler


def test_the_item_is_recorded() -> None:
    records = run_handler(__file__).records
    assert records["ITEM#4", "ITEM"]["Sku"] == "TST_EVT"
