"""The emulator runs code for its clients, so it serves programs on this machine only, never a web page."""

import json
import socket
import stat
from collections.abc import Iterator
from datetime import UTC, datetime
from http.client import HTTPResponse
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlencode

import psutil
import pytest

from tools.local.bridge import Forwarder
from tools.local.emulator import GUARD, ROOT, Emulator, emulator
from tools.local.stack import LocalStack

USUAL_PORT = 4566
FUNCTION = {
    "FunctionName": "planted",
    "Role": "arn:aws:iam::000000000000:role/any",
    "Runtime": "python3.13",
    "Handler": "index.handler",
    "Code": {"ZipFile": "UEsFBgAAAAAAAAAAAAAAAAAAAAAAAA=="},
}


class Sent(NamedTuple):
    """A request."""

    method: str
    path: str
    content_type: str = ""
    body: str = ""


def signed(service: str) -> str:
    """A query with a signature: its key is well known, and the emulator does not check the rest."""
    now = datetime.now(UTC)
    signature = {
        "Algorithm": "AWS4-HMAC-SHA256",
        "Credential": f"test/{now:%Y%m%d}/us-east-1/{service}/aws4_request",
        "Date": f"{now:%Y%m%dT%H%M%SZ}",
        "Expires": 86400,
        "SignedHeaders": "host",
        "Signature": "any",
    }
    return urlencode({f"X-Amz-{name}": value for name, value in signature.items()})


# What a page may send without a preflight: these methods and content types, no custom header.
# https://fetch.spec.whatwg.org/#cors-safelisted-request-header
CREATE_FUNCTION = Sent("POST", f"/2015-03-31/functions?{signed('lambda')}", "text/plain", json.dumps(FUNCTION))
CREATE_QUEUE = "Action=CreateQueue&QueueName=planted"
POST_QUEUE = Sent("POST", f"/?{signed('sqs')}", "application/x-www-form-urlencoded", CREATE_QUEUE)
GET_QUEUE = Sent("GET", f"/?{CREATE_QUEUE}&{signed('sqs')}")
RESET = Sent("POST", "/_ministack/reset", "multipart/form-data; boundary=x", "--x--\r\n")
HEALTH = Sent("HEAD", "/_ministack/health")
SIMPLE = {"text": CREATE_FUNCTION, "form": POST_QUEUE, "multipart": RESET, "get": GET_QUEUE, "head": HEALTH}

PAGE_HEADERS = {
    "origin": ["Origin: https://attacker.example"],
    "null-origin": ["Origin: null"],
    "origin-of-another-port": ["Origin: http://127.0.0.1:3000"],
    "origin-in-upper-case": ["ORIGIN: HTTPS://ATTACKER.EXAMPLE"],
    "two-origins": ["Origin: http://{host}", "Origin: https://attacker.example"],
    "cross-site": ["Sec-Fetch-Site: cross-site"],
    "same-site": ["Sec-Fetch-Site: same-site"],
    "two-sites": ["Sec-Fetch-Site: none", "Sec-Fetch-Site: cross-site"],
    "rebound-host": ["Host: attacker.example:{port}"],
    "rebound-host-with-its-origin": ["Host: attacker.example:{port}", "Origin: http://attacker.example:{port}"],
    "name-look-alike": ["Host: localhost.attacker.example"],
    "address-look-alike": ["Host: 127.0.0.1.attacker.example"],
    "suffix-look-alike": ["Host: notlocalhost"],
    "trailing-dot": ["Host: localhost.:{port}"],
    "user-in-host": ["Host: localhost@attacker.example"],
    "ipv6-host": ["Host: [::1]:{port}"],
    "empty-host": ["Host: "],
}

LOCAL, ATTACKER = "Host: 127.0.0.1", "Origin: https://attacker.example"
UNUSUAL = {
    "http-1.0-without-host": ["GET / HTTP/1.0"],
    "without-host": ["GET / HTTP/1.1"],
    "two-hosts": ["GET / HTTP/1.1", LOCAL, "Host: attacker.example"],
    "absolute-target": ["GET http://attacker.example/ HTTP/1.1", LOCAL],
    "preflight": ["OPTIONS / HTTP/1.1", LOCAL, ATTACKER, "Access-Control-Request-Method: PUT"],
    "websocket": [
        *("GET /_aws/execute-api/0/any HTTP/1.1", LOCAL, ATTACKER, "Connection: Upgrade", "Upgrade: websocket"),
        *("Sec-WebSocket-Version: 13", "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ=="),
    ],
}


@pytest.fixture(scope="module")
def started() -> Iterator[Emulator]:
    with emulator() as one:
        yield one


@pytest.fixture
def running(started: Emulator) -> Emulator:
    """An emulator with a bucket and a role."""
    assert send(started, RESET, []).status == 200
    started.client("s3").create_bucket(Bucket="untouched")
    started.client("iam").create_role(RoleName="any", AssumeRolePolicyDocument="{}")
    return started


def resources(running: Emulator) -> list[str]:
    """The names of what harmful requests create or delete."""
    functions = running.client("lambda").list_functions()["Functions"]
    queues = running.client("sqs").list_queues().get("QueueUrls", [])
    buckets = running.client("s3").list_buckets()["Buckets"]
    return [
        *(function["FunctionName"] for function in functions),
        *(queue.rpartition("/")[2] for queue in queues),
        *(bucket["Name"] for bucket in buckets),
    ]


@pytest.mark.parametrize("headers", PAGE_HEADERS.values(), ids=PAGE_HEADERS)
@pytest.mark.parametrize("request_", SIMPLE.values(), ids=SIMPLE)
def test_a_web_page_is_refused(running: Emulator, request_: Sent, headers: list[str]) -> None:
    answer = send(running, request_, headers)
    assert answer.status == 403
    assert answer.headers["Access-Control-Allow-Origin"] is None
    assert resources(running) == ["untouched"]


@pytest.mark.parametrize("lines", UNUSUAL.values(), ids=UNUSUAL)
def test_an_unusual_request_is_refused(running: Emulator, lines: list[str]) -> None:
    answer = exchange(running.port, [*lines, "", ""])
    assert answer.status in {400, 403}
    assert answer.headers["Access-Control-Allow-Origin"] is None


@pytest.mark.parametrize("request_", [CREATE_FUNCTION, POST_QUEUE, GET_QUEUE], ids=["text", "form", "get"])
@pytest.mark.parametrize(
    "headers",
    [
        [],
        ["Host: LocalHost:{port}"],
        ["Sec-Fetch-Site: none"],
        ["Sec-Fetch-Site: same-origin", "Origin: http://{host}"],
    ],
    ids=["program", "localhost", "address-bar", "own-page"],
)
def test_a_program_on_this_machine_is_served(running: Emulator, request_: Sent, headers: list[str]) -> None:
    """The same requests have an effect if no header marks them as a page's."""
    answer = send(running, request_, headers)
    assert answer.status in {200, 201}
    assert answer.headers["Access-Control-Allow-Origin"] is None
    assert resources(running) == ["planted", "untouched"]


def test_its_port_is_not_the_usual_one(started: Emulator) -> None:
    """At a fixed port a web page need not search."""
    assert started.port != USUAL_PORT


def test_a_name_under_localhost_is_served(running: Emulator) -> None:
    assert send(running, HEALTH, ["Host: any.name.localhost"]).status == 200


@pytest.mark.parametrize("host", ["172.17.0.1:1234", "127.0.0.1"])
def test_a_container_needs_the_key(running: Emulator, host: str) -> None:
    def status(access_key: str) -> int:
        credential = f"Authorization: AWS4-HMAC-SHA256 Credential={access_key}/any"
        return exchange(
            forwarder.address[1], ["HEAD /_ministack/health HTTP/1.1", f"Host: {host}", credential, "", ""]
        ).status

    forwarder = Forwarder("127.0.0.1", running.port, running.access_key)
    with forwarder.running():
        assert status(running.access_key) == 200
        with pytest.raises(OSError, match=r"closed|reset"):
            status("test")


def test_it_listens_on_loopback_only(stack: LocalStack) -> None:
    process = psutil.Process(stack.emulator.pid)
    listening = {
        socket.laddr.ip
        for each in (process, *process.children(recursive=True))
        for socket in each.net_connections()
        if socket.status == psutil.CONN_LISTEN
    }
    assert listening
    assert listening <= {"127.0.0.1", "::1"}


def test_processes_share_the_unpacked_layers(stack: LocalStack) -> None:
    """Unpacking takes longer than anything else that the start of a function does."""
    for function in ("relay", "DailyEvent"):
        stack.emulator.client("lambda").invoke(FunctionName=f"{stack.name}-{function}", Payload='{"Records": []}')
    links = list(stack.emulator.log.parent.glob("ministack-lambda-*/layer_0"))
    assert len(links) > len({link.resolve() for link in links})


def test_the_emulator_writes_to_its_home_only(tmp_path: Path) -> None:
    launcher = tmp_path / "watched.py"
    launcher.write_text(f"""
import os, runpy, sys

def watch(event, arguments):
    writes = event == "open" and (arguments[2] or 0) & (os.O_WRONLY | os.O_RDWR | os.O_CREAT)
    if (writes or event in ("os.mkdir", "os.rename")) and not isinstance(arguments[0], int):
        print("wrote", os.path.abspath(os.fsdecode(arguments[0])), flush=True)

sys.addaudithook(watch)
runpy.run_path({str(GUARD)!r}, run_name="__main__")
""")
    with emulator(launcher) as started:
        home = started.log.parent
        assert stat.S_IMODE(home.stat().st_mode) == 0o700
        started.client("cognito-idp").create_user_pool(PoolName="any")
        started.client("s3").create_bucket(Bucket="any")
        started.client("s3").put_object(Bucket="any", Key="any", Body=b"any")
        lines = started.log.read_text().splitlines()
    written = {Path(line.removeprefix("wrote ")) for line in lines if line.startswith("wrote ")}
    assert home / "state" in written
    byte_code = ROOT / ".venv"
    assert [path for path in written if not path.is_relative_to(home) and not path.is_relative_to(byte_code)] == []


def send(running: Emulator, request: Sent, headers: list[str]) -> HTTPResponse:
    """The answer to a request with more headers; `Host` is the emulator's unless they have one."""
    lines = [line.format(host=f"127.0.0.1:{running.port}", port=running.port) for line in headers]
    if not any(line.startswith("Host:") for line in lines):
        lines.insert(0, f"Host: 127.0.0.1:{running.port}")
    if request.body:
        lines += [f"Content-Type: {request.content_type}", f"Content-Length: {len(request.body)}"]
    return exchange(running.port, [f"{request.method} {request.path} HTTP/1.1", *lines, "", request.body])


def exchange(port: int, lines: list[str]) -> HTTPResponse:
    """Send the lines as they are; returns status and headers of the answer."""
    with socket.create_connection(("127.0.0.1", port), timeout=10) as connection:
        connection.sendall("\r\n".join(lines).encode())
        answer = HTTPResponse(connection)
        answer.begin()
        return answer
