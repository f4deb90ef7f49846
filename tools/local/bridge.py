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
from ipaddress import IPv4Network, ip_address, ip_network
from threading import Thread

from tools.errors import ToolFailed


class NoEngine(ToolFailed):
    """No container engine answers."""

    def __init__(self) -> None:
        super().__init__(
            "no container engine answers (`docker network inspect bridge` failed), and `sam local` needs one: "
            "start Docker, or set DOCKER_HOST"
        )


@contextmanager
def seen_from_containers(port: int) -> Iterator[str]:
    """The URL at which containers reach this machine's 127.0.0.1:`port`, for the length of the block.

    An engine on this machine gives it an address in the containers' network: what comes there, from that network
    alone, is passed on. An engine in a machine of its own (Docker Desktop) has a name for the loopback outside.
    Raises `NoEngine`.
    """
    gateway, containers = _bridge()
    try:
        forwarder = Forwarder(gateway, containers, port)
    except OSError:
        yield f"http://host.docker.internal:{port}"
        return
    with forwarder.running():
        yield "http://{}:{}".format(*forwarder.address)


class Forwarder(socketserver.ThreadingTCPServer):
    """Listens at `address`, and passes what comes from the network `peers` on to 127.0.0.1:`port`."""

    daemon_threads = True

    def __init__(self, address: str, peers: IPv4Network, port: int) -> None:
        super().__init__((address, 0), _Connection)
        self.port = port
        self._peers = peers

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

    def verify_request(self, request: object, client_address: tuple[str, int]) -> bool:
        """Whether it comes from a peer; else the connection is closed."""
        del request
        return ip_address(client_address[0]) in self._peers


class _Connection(socketserver.BaseRequestHandler):
    server: Forwarder

    def handle(self) -> None:
        """Pass bytes both ways until both sides are done."""
        with socket.create_connection(("127.0.0.1", self.server.port)) as inner:
            back = Thread(target=_copy, args=(inner, self.request))
            back.start()
            _copy(self.request, inner)
            back.join()


def _copy(source: socket.socket, sink: socket.socket) -> None:
    # A container that is stopped leaves its connections as they are.
    with suppress(OSError):
        while content := source.recv(65536):
            sink.sendall(content)
    with suppress(OSError):
        sink.shutdown(socket.SHUT_WR)


def _bridge() -> tuple[str, IPv4Network]:
    """The address of the engine's machine in the containers' default network, and that network."""
    try:
        told = subprocess.run(["docker", "network", "inspect", "bridge"], capture_output=True, check=True).stdout
    except (OSError, subprocess.CalledProcessError) as error:
        raise NoEngine from error
    configurations = json.loads(told)[0]["IPAM"]["Config"]
    (ipv4,) = [known for known in configurations if isinstance(ip_network(known["Subnet"]), IPv4Network)]
    network = IPv4Network(ipv4["Subnet"])
    # A fresh engine states no gateway: it takes the first address then.
    return ipv4.get("Gateway") or str(network[1]), network
