"""What `make deploy` warns of before a deployment."""

from dataclasses import dataclass
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.template.expanded import of_kind
from tools.account import FOR_INGEST, PER_HANDLER, warnings
from tools.local.emulator import ROOT
from tools.stages import Stage


@dataclass(frozen=True, slots=True)
class Account:
    """An account with a limit of concurrent executions; without one it may not be read."""

    limit: int | None

    def client(self, service: str) -> Any:
        assert service == "lambda"
        return self

    def get_account_settings(self) -> dict[str, Any]:
        if self.limit is None:
            raise ClientError({"Error": {"Code": "AccessDeniedException"}}, "GetAccountSettings")
        return {"AccountLimit": {"ConcurrentExecutions": self.limit}}


def warned(
    limit: int | None = 1000, *, name: str = "live", email: str = "night@example.com", handlers: int = 15
) -> str:
    """The warnings about a stage."""
    parameters = {"AlarmEmail": email, "EventTypes": ",".join(["CustomEvent"] * handlers)}
    return "\n".join(warnings(Account(limit), Stage(name, {}, parameters, ROOT)))


def test_a_sufficient_account_is_no_warning() -> None:
    assert warned() == ""
    assert warned(160) == ""
    assert warned(20, handlers=1) == ""


@pytest.mark.parametrize(("limit", "handlers"), [(10, 1), (159, 15), (10, 15)])
def test_a_low_limit_is_a_warning(limit: int, handlers: int) -> None:
    warning = warned(limit, handlers=handlers)
    assert f"runs {limit} functions at once" in warning
    assert "\n  aws service-quotas request-service-quota-increase --service-code lambda" in warning


def test_what_cannot_be_read_is_a_warning() -> None:
    assert "cannot be read; 160 are needed: " in warned(None)


def test_live_without_an_email_is_a_warning() -> None:
    assert "set AlarmEmail in samconfig.toml (parameter_overrides of live)" in warned(email="")
    assert warned(name="stage", email="") == ""


def test_the_template_has_this_concurrency() -> None:
    sources = of_kind("Lambda::EventSourceMapping").values()
    assert {source["ScalingConfig"]["MaximumConcurrency"] for source in sources} == {PER_HANDLER}
    (stage,) = of_kind("ApiGatewayV2::Stage").values()
    assert int(stage["DefaultRouteSettings"]["ThrottlingRateLimit"]) / 10 == FOR_INGEST
