"""The API: what may call ingest, and how."""

from tests.template.expanded import expanded, of_kind


def test_every_path_below_webhooks_reaches_ingest() -> None:
    """API Gateway accepts no route key that ends in a slash; a greedy variable takes the slash too."""
    routes = {route["RouteKey"]: route["Target"] for route in of_kind("ApiGatewayV2::Route").values()}
    assert routes.keys() == {"POST /webhooks", "POST /webhooks/{eventType+}"}
    assert len({str(target) for target in routes.values()}) == 1


def test_only_deliveries_of_this_api_reach_ingest() -> None:
    permissions = of_kind("Lambda::Permission")
    assert permissions["ApiMayCallIngest"]["SourceArn"].endswith(":${Api}/*/POST/webhooks*")
    for permission in permissions.values():
        assert permission["SourceArn"], "a permission without a source lets every account call"


def test_an_unknown_path_is_counted() -> None:
    """API Gateway answers it by itself: 404."""
    patterns = {each["MetricTransformations"][0]["MetricName"]: each for each in of_kind("Logs::MetricFilter").values()}
    assert "404" in patterns["NotFound"]["FilterPattern"]


def test_requests_are_limited() -> None:
    (stage,) = of_kind("ApiGatewayV2::Stage").values()
    limits = stage["DefaultRouteSettings"]
    assert 0 < limits["ThrottlingRateLimit"] <= limits["ThrottlingBurstLimit"]


def test_a_domain_requires_tls_1_2() -> None:
    (domain,) = of_kind("ApiGatewayV2::DomainName").values()
    assert [each["SecurityPolicy"] for each in domain["DomainNameConfigurations"]] == ["TLS_1_2"]


def test_a_domain_closes_the_apis_own_url() -> None:
    """Unless subscriptions still use it."""
    closed = [
        expanded(*parameters)["Api"]["Properties"]["DisableExecuteApiEndpoint"]
        for parameters in ((), ("KeepApiUrl=true",), ("DomainName=", "CertificateArn="))
    ]
    assert closed == [True, False, False]
