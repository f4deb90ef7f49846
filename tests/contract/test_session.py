"""Our own clients: which certificates they trust, what data they read, and when they are made."""

import os
import re
import subprocess
import sys
from pathlib import Path

import boto3
import certifi
import pytest
from botocore.exceptions import NoRegionError

from tests.contract.account import account
from webhooks.aws import clients, session

_CERTIFICATE = re.compile(r"-----BEGIN CERTIFICATE-----.+?-----END CERTIFICATE-----", re.DOTALL)


@pytest.fixture(autouse=True)
def _no_bundle(monkeypatch: pytest.MonkeyPatch) -> None:
    """A developer's machine may have one."""
    for variable in ("AWS_CA_BUNDLE", "REQUESTS_CA_BUNDLE"):
        monkeypatch.delenv(variable, raising=False)


def _trusted() -> object:
    return clients.dynamodb()._endpoint.http_session._verify  # type: ignore[attr-defined]  # noqa: SLF001 - not public


def test_the_amazon_roots_are_publicly_trusted() -> None:
    """Fails if a root is withdrawn."""
    ours = _CERTIFICATE.findall(session.AMAZON_ROOTS.read_text())
    assert len(ours) == 5
    assert set(ours) <= set(_CERTIFICATE.findall(Path(certifi.where()).read_text()))


def test_every_amazon_root_is_among_ours() -> None:
    """Fails if Amazon adds a root."""
    sections = Path(certifi.where()).read_text().split("# Issuer: ")
    amazon = [section for section in sections if section.startswith(("CN=Amazon Root", "CN=Starfield Services Root"))]
    assert {_CERTIFICATE.findall(section)[0] for section in amazon} == set(
        _CERTIFICATE.findall(session.AMAZON_ROOTS.read_text())
    )


def test_amazon_roots_are_trusted_on_aws() -> None:
    with account():
        assert _trusted() == str(session.AMAZON_ROOTS)


@pytest.mark.parametrize(
    ("variable", "value", "trusted"),
    [
        ("AWS_CA_BUNDLE", certifi.where(), certifi.where()),
        ("REQUESTS_CA_BUNDLE", certifi.where(), certifi.where()),
        ("AWS_ENDPOINT_URL", "https://aws.example.com", True),
        ("AWS_ENDPOINT_URL_DYNAMODB", "https://aws.example.com", True),
        ("AWS_ENDPOINT_URL", "", str(session.AMAZON_ROOTS)),
        ("AWS_DEFAULT_REGION", "cn-north-1", True),
    ],
)
def test_a_stated_bundle_or_endpoint_is_honoured(
    monkeypatch: pytest.MonkeyPatch, variable: str, value: str, trusted: object
) -> None:
    with account():
        monkeypatch.setenv(variable, value)
        assert _trusted() == trusted


def test_own_data_is_read_where_it_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for folder, is_ours in ((tmp_path, True), (tmp_path / "missing", False)):
        monkeypatch.setattr(session.OwnData, "BUILTIN_DATA_PATH", str(folder))
        loader = session.session.__wrapped__().get_component("data_loader")
        assert isinstance(loader, session.OwnData) is is_ours


def test_clients_are_made_early_on_lambda_only(monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[str] = []
    clients.make_early(lambda: made.append("elsewhere"))
    monkeypatch.setenv("AWS_LAMBDA_FUNCTION_NAME", "ingest")
    clients.make_early(lambda: made.append("on Lambda"))
    assert made == ["on Lambda"]


def test_a_missing_region_fails_no_import() -> None:
    """Of any function; the first call then says what is missing."""
    code = "import app; from webhooks.aws import clients; clients.dynamodb()"
    for folder in ("functions/ingest", "functions/relay"):
        ran = subprocess.run(
            [sys.executable, "-c", code],
            cwd=Path(__file__).parents[2] / folder,
            env={"AWS_LAMBDA_FUNCTION_NAME": "one", "PATH": os.environ["PATH"], "AWS_CONFIG_FILE": os.devnull},
            capture_output=True,
            text=True,
            check=False,
        )
        assert ran.stderr.splitlines()[-1].startswith(f"{NoRegionError.__module__}.{NoRegionError.__name__}")
        assert "line 1, in <module>" in ran.stderr
        assert "app.py" not in ran.stderr


def test_an_author_has_all_services_of_boto3() -> None:
    with account():
        clients.dynamodb()
        assert boto3.client("lambda").meta.service_model.service_name == "lambda"
        assert len(boto3.Session().get_available_services()) > 100
