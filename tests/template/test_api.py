"""The API: its routes, its access log, its limits, its domain."""

import pytest

from tests.template.resources import TEMPLATE, bodies, resources

(STAGE,) = resources("ApiGatewayV2::Stage").values()


def test_both_routes_lead_to_ingest_and_only_this_api_may_call_it() -> None:
    routes = resources("ApiGatewayV2::Route").values()
    assert {route["RouteKey"] for route in routes} == {"POST /webhooks", "POST /webhooks/{eventType}"}
    (permission,) = resources("Lambda::Permission").values()
    assert "${Api}/*/POST/webhooks" in permission["SourceArn"]["Fn::Sub"]


def test_the_access_log_tells_who_what_and_how_fast_and_nothing_that_was_sent() -> None:
    told = STAGE["AccessLogSettings"]["Format"]["Fn::ToJsonString"]
    assert set(told.values()) == {
        "$context.requestTimeEpoch",
        "$context.requestId",
        "$context.identity.sourceIp",
        "$context.routeKey",
        "$context.status",
        "$context.responseLatency",
        "$context.integrationLatency",
        "$context.integrationErrorMessage",
    }
    assert STAGE["AccessLogSettings"]["DestinationArn"] == {"Fn::GetAtt": ["AccessLogGroup", "Arn"]}


def test_a_parameter_limits_what_the_api_takes() -> None:
    assert STAGE["DefaultRouteSettings"] == {
        "ThrottlingRateLimit": {"Ref": "RateLimit"},
        "ThrottlingBurstLimit": {"Ref": "BurstLimit"},
    }
    assert TEMPLATE["Parameters"]["RateLimit"]["Default"] <= TEMPLATE["Parameters"]["BurstLimit"]["Default"]


@pytest.mark.parametrize("kind", ["DomainName", "ApiMapping"])
def test_a_domain_is_there_only_if_it_is_named(kind: str) -> None:
    (body,) = bodies(f"ApiGatewayV2::{kind}").values()
    assert body["Condition"] == TEMPLATE["Outputs"]["DomainTarget"]["Condition"] == "HasDomain"
    assert TEMPLATE["Parameters"]["DomainName"]["Default"] == ""


def test_the_domain_is_regional_and_speaks_tls_1_2_at_least() -> None:
    (domain,) = resources("ApiGatewayV2::DomainName").values()
    (configuration,) = domain["DomainNameConfigurations"]
    assert (configuration["EndpointType"], configuration["SecurityPolicy"]) == ("REGIONAL", "TLS_1_2")


def test_a_domain_needs_its_certificate_and_is_then_the_address_to_enter() -> None:
    rule = TEMPLATE["Rules"]["DomainHasCertificate"]
    assert rule["RuleCondition"] == {"Fn::Not": [{"Fn::Equals": [{"Ref": "DomainName"}, ""]}]}
    assert rule["Assertions"][0]["Assert"] == {"Fn::Not": [{"Fn::Equals": [{"Ref": "CertificateArn"}, ""]}]}
    condition, with_domain, without = TEMPLATE["Outputs"]["Endpoint"]["Value"]["Fn::If"]
    assert (condition, with_domain) == ("HasDomain", {"Fn::Sub": "https://${DomainName}/webhooks"})
    assert without == {"Fn::Sub": "${Api.ApiEndpoint}/webhooks"}
