"""Every contract test runs in an account of its own."""

import socket
from collections.abc import Iterator

import pytest
from botocore.config import Config

from tests.contract.account import account


@pytest.fixture(autouse=True)
def _account() -> Iterator[None]:
    with account():
        yield


@pytest.fixture(params=["error response", "connection refused"])
def broken(request: pytest.FixtureRequest) -> Iterator[dict[str, object]]:
    """Arguments of a client whose calls fail: there is no such resource, or the connection is refused."""
    once = Config(retries={"mode": "standard", "total_max_attempts": 1})
    if request.param == "error response":
        yield {"config": once}
        return
    with socket.socket() as never_listens:
        never_listens.bind(("127.0.0.1", 0))
        yield {"config": once, "endpoint_url": f"http://127.0.0.1:{never_listens.getsockname()[1]}"}
