"""What carries a container's calls to the local stack."""

import socket
from collections.abc import Iterator
from contextlib import suppress

import pytest

from tools.local.bridge import Forwarder

KEY = "d41d8cd98f00b204e9800998ecf8427e"
REQUEST = f"GET / HTTP/1.1\r\nAuthorization: AWS4-HMAC-SHA256 Credential={KEY}/any\r\n\r\n".encode()


@pytest.fixture
def server() -> Iterator[socket.socket]:
    """A server on loopback that has not yet taken a connection."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        listening.settimeout(5)
        yield listening


def test_bytes_pass_both_ways(server: socket.socket) -> None:
    """A client that has closed its side is still answered."""
    forwarder = Forwarder("127.0.0.1", server.getsockname()[1], KEY)
    with forwarder.running(), socket.create_connection(forwarder.address, timeout=5) as container:
        for part in (REQUEST[:50], REQUEST[50:], b"body"):
            container.sendall(part)
        container.shutdown(socket.SHUT_WR)
        inner, _ = server.accept()
        with inner:
            assert inner.makefile("rb").read() == REQUEST + b"body"
            inner.sendall(b"answer")
        assert container.makefile("rb").read() == b"answer"


@pytest.mark.parametrize("request_sent", [REQUEST.replace(KEY.encode(), b"test"), b"x" * 70_000])
def test_a_client_without_the_key_is_disconnected(server: socket.socket, request_sent: bytes) -> None:
    """Another container, or a web page."""
    server.settimeout(0.2)
    forwarder = Forwarder("127.0.0.1", server.getsockname()[1], KEY)
    with forwarder.running(), socket.create_connection(forwarder.address, timeout=5) as unknown:
        unknown.sendall(request_sent)
        with suppress(ConnectionResetError):
            assert unknown.recv(1) == b""
        with pytest.raises(TimeoutError):
            server.accept()
