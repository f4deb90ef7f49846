"""The session of our own clients, made for a fast start. Your `boto3.client(...)` has its own, with all of boto3.

docs/decisions/0054-our-own-clients.md has the reasons and figures.
"""

import os
from functools import cache
from pathlib import Path
from typing import Any

import botocore
from botocore.config import Config
from botocore.loaders import Loader
from botocore.session import Session

from webhooks.policy import ATTEMPTS, CONNECT_TIMEOUT, READ_TIMEOUT

CONFIG = Config(
    connect_timeout=CONNECT_TIMEOUT,
    read_timeout=READ_TIMEOUT,
    retries={"mode": "standard", "total_max_attempts": ATTEMPTS},
    # botocore would otherwise build a user agent for each call: a fifth of the call's instructions.
    user_agent="directscale-webhooks",
)

AMAZON_ROOTS = Path(__file__).with_name("amazon_roots.pem")
"""The five roots of Amazon Trust Services, the list that it recommends: https://www.amazontrust.com/repository

botocore reads its whole list, 126 certificates, for each connection. tests/contract/test_session.py compares this part
of it with the current list.
"""


class OwnData(Loader):
    """Reads the folder that layers/dependencies/build makes of botocore's data: what our own services need of it."""

    BUILTIN_DATA_PATH = str(Path(botocore.__file__).with_name("own-data"))


@cache
def session() -> Session:
    """The session, with botocore's own data where there is no such folder."""
    made = Session()
    if Path(OwnData.BUILTIN_DATA_PATH).exists():
        made.register_component("data_loader", OwnData())
    return made


def client(service: str) -> Any:
    """A client, with timeouts that leave ingest time to answer."""
    return session().create_client(service, config=CONFIG, verify=_certificates())


def _certificates() -> str | None:
    """The file with the trusted certificates; None for botocore's choice, wherever AWS's own may not be the right ones.

    AWS's Regions in China have other certificates.
    """
    stated = ("AWS_CA_BUNDLE", "REQUESTS_CA_BUNDLE", "AWS_ENDPOINT_URL")
    elsewhere = any(value and name.startswith(stated) for name, value in os.environ.items())
    in_china = os.environ.get("AWS_DEFAULT_REGION", "").startswith("cn-")
    return None if elsewhere or in_china else str(AMAZON_ROOTS)
