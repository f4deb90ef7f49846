"""What carries a container's calls to the local stack."""

import socket
from collections.abc import Iterator
from ipaddress import IPv4Network

import pytest

from tools.local.bridge import Forwarder

HERE, ELSEWHERE = IPv4Network("127.0.0.0/8"), IPv4Network("192.0.2.0/24")


@pytest.fixture
def server() -> Iterator[socket.socket]:
    """A server on loopback that has not yet taken a connection."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        listening.settimeout(5)
        yield listening


def test_bytes_pass_both_ways_until_both_sides_are_done(server: socket.socket) -> None:
    """As HTTP needs it: a side that has said all may still be answered."""
    forwarder = Forwarder("127.0.0.1", HERE, server.getsockname()[1])
    with forwarder.running(), socket.create_connection(forwarder.address, timeout=5) as container:
        container.sendall(b"request")
        container.shutdown(socket.SHUT_WR)
        inner, _ = server.accept()
        with inner:
            assert inner.makefile("rb").read() == b"request"
            inner.sendall(b"answer")
        assert container.makefile("rb").read() == b"answer"


def test_who_is_not_in_the_containers_network_reaches_nothing(server: socket.socket) -> None:
    """The emulator listens on loopback for a reason."""
    forwarder = Forwarder("127.0.0.1", ELSEWHERE, server.getsockname()[1])
    with forwarder.running(), socket.create_connection(forwarder.address, timeout=5) as stranger:
        assert stranger.recv(1) == b""
