"""Lets containers reach a server that listens on this machine's loopback only.

`sam local invoke --docker-network host` would be the plain way, but does nothing: the SAM CLI takes the option and
creates the container in the default network all the same (aws/aws-sam-cli#3609).
"""

import json
import socket
import socketserver
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from ipaddress import IPv4Network, ip_network
from threading import Thread

from tools.errors import ToolFailed

_LARGEST_HEAD = 65536


class NoEngine(ToolFailed):
    """No container engine answers."""

    def __init__(self) -> None:
        super().__init__(
            "no container engine answers (`docker network inspect bridge` failed), and `sam local` needs one: "
            "start Docker, or set DOCKER_HOST"
        )


@contextmanager
def seen_from_containers(port: int, access_key: str) -> Iterator[str]:
    """The URL at which containers that hold `access_key` reach this machine's 127.0.0.1:`port`, within the block.

    An engine on this machine gives it an address in the containers' network. An engine in a machine of its own (Docker
    Desktop) has a name for this machine's loopback. Raises `NoEngine`.
    """
    host = _gateway()
    try:
        forwarder = Forwarder(host, port, access_key)
    except OSError:
        host = "host.docker.internal"
        forwarder = Forwarder("127.0.0.1", port, access_key)
    with forwarder.running():
        yield f"http://{host}:{forwarder.address[1]}"


class Forwarder(socketserver.ThreadingTCPServer):
    """Listens at `host`, and passes on to 127.0.0.1:`port` the connections whose first request holds `access_key`.

    Whoever else reaches `host`, another container or a web page, does not know the key.
    """

    daemon_threads = True

    def __init__(self, host: str, port: int, access_key: str) -> None:
        super().__init__((host, 0), _Connection)
        self.port = port
        self.access_key = access_key.encode()

    @property
    def address(self) -> tuple[str, int]:
        """Where it listens: IP address and port."""
        host, port = self.server_address[:2]
        return str(host), port

    @contextmanager
    def running(self) -> Iterator[None]:
        """Serve for the length of the block."""
        with self:
            Thread(target=self.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
            try:
                yield
            finally:
                self.shutdown()


class _Connection(socketserver.BaseRequestHandler):
    server: Forwarder

    def handle(self) -> None:
        """Pass bytes both ways until both sides are done; close the connection if it is not to be admitted."""
        head = _head(self.request)
        if self.server.access_key not in head:
            return
        with socket.create_connection(("127.0.0.1", self.server.port)) as inner:
            inner.sendall(head)
            back = Thread(target=_copy, args=(inner, self.request))
            back.start()
            _copy(self.request, inner)
            back.join()


def _head(source: socket.socket) -> bytes:
    """What arrives up to the end of the first request's headers, and perhaps some more."""
    received = b""
    with suppress(OSError):
        while b"\r\n\r\n" not in received and len(received) < _LARGEST_HEAD and (more := source.recv(65536)):
            received += more
    return received


def _copy(source: socket.socket, sink: socket.socket) -> None:
    # A container that is stopped leaves its connections as they are.
    with suppress(OSError):
        while content := source.recv(65536):
            sink.sendall(content)
    with suppress(OSError):
        sink.shutdown(socket.SHUT_WR)


def _gateway() -> str:
    """The address of the engine's machine in the containers' default network."""
    try:
        told = subprocess.run(["docker", "network", "inspect", "bridge"], capture_output=True, check=True).stdout
    except (OSError, subprocess.CalledProcessError) as error:
        raise NoEngine from error
    configurations = json.loads(told)[0]["IPAM"]["Config"]
    (ipv4,) = [known for known in configurations if isinstance(ip_network(known["Subnet"]), IPv4Network)]
    # A fresh engine states no gateway: it takes the first address then.
    return ipv4.get("Gateway") or str(IPv4Network(ipv4["Subnet"])[1])
