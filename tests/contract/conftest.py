"""Every contract runs in an account of its own."""

import socket
from collections.abc import Iterator

import pytest
from botocore.config import Config

from tests.contract.account import account


@pytest.fixture(autouse=True)
def _account() -> Iterator[None]:
    with account():
        yield


@pytest.fixture(params=["an error is answered", "nobody answers"])
def broken(request: pytest.FixtureRequest) -> Iterator[dict[str, object]]:
    """How to make a client of a service that fails: nothing asked for is there, or the connection is refused."""
    once = Config(retries={"mode": "standard", "total_max_attempts": 1})
    if request.param == "an error is answered":
        yield {"config": once}
        return
    with socket.socket() as never_listens:
        never_listens.bind(("127.0.0.1", 0))
        yield {"config": once, "endpoint_url": f"http://127.0.0.1:{never_listens.getsockname()[1]}"}
